//! What the database's errors mean.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::error::StoreError;

/// An error of the database as one of the store: `doing` is what was tried, as `cannot open`.
pub(crate) fn fault(path: &Path, doing: &str, error: &Error) -> StoreError {
    match error.sqlite_error_code() {
        // What has no code are values that are not what this program writes.
        None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(path, error),
        Some(code) => {
            let advice = match code {
                ErrorCode::DiskFull => ". Free some space, and run the same command again",
                ErrorCode::DatabaseBusy => ". Another process uses it; run the same command again",
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                    ". See who may write the file and its directory"
                }
                _ => "",
            };
            StoreError::Io {
                context: format!("{doing} {}", path.display()),
                reason: format!("{error}{advice}"),
            }
        }
    }
}

fn damaged(path: &Path, error: &Error) -> StoreError {
    StoreError::Corrupt {
        path: path.to_owned(),
        reason: format!(
            "{error}. Restore it from a backup; \"sqlite3 FILE .recover\" saves what can be saved"
        ),
    }
}
