//! What the server's errors mean.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use zw_state::StoreError;

/// An error of the database as one of the store: `doing` is what was tried, as `cannot read`.
pub(crate) fn fault(place: &str, doing: &str, error: &Error) -> StoreError {
    let advice = match error.code() {
        Some(code) if *code == SqlState::INVALID_PASSWORD => {
            ". Give the right password in conn_str or PGPASSWORD"
        }
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            ". Have somebody who may grant it to this user, or create what is missing"
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
            ". Create the database first, or name another one"
        }
        Some(code) if *code == SqlState::DISK_FULL => {
            ". Free some space, and run the same command again"
        }
        None if words(error).contains("does not support TLS") => {
            ". With sslmode=disable in conn_str, or PGSSLMODE=disable, the connection is not encrypted"
        }
        _ => "",
    };
    let words = words(error);
    let words = words.trim_end_matches('.');
    StoreError::Io {
        context: format!("{doing} the state at {place}"),
        reason: format!("{words}{advice}"),
    }
}

/// What happened, with its causes.
fn words(error: &Error) -> String {
    if let Some(error) = error.as_db_error() {
        let detail = error.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        return format!("{}{detail}", error.message());
    }
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words.push_str(": ");
            words.push_str(&cause_words);
        }
        source = cause.source();
    }
    words
}

/// A problem that is none of the server's.
pub(crate) fn problem(place: &str, doing: &str, reason: impl Into<String>) -> StoreError {
    StoreError::Io { context: format!("{doing} the state at {place}"), reason: reason.into() }
}
