//! Spans of what is asked of providers, one for each operation, for whoever listens. Where nobody does they cost nothing.

use std::fmt::Display;

use tracing::Span;
use tracing::field::{Empty, display};
use zw_provider::{Connection, OpError};

/// The span of an operation that is about to be carried out.
pub(crate) fn operation(
    action: &'static str,
    address: &dyn Display,
    type_name: &str,
    provider: &str,
    connection: &dyn Connection,
) -> Span {
    tracing::info_span!(
        target: "zw::operation",
        "operation",
        action,
        address = %address,
        "type" = type_name,
        provider,
        region = connection.region(),
        error = Empty,
        request_id = Empty,
    )
}

/// Notes in the span of the operation under way that it failed.
pub(crate) fn failed(error: &OpError) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    span.record("error", display(error));
    if let Some(id) = &error.request_id {
        span.record("request_id", id.as_str());
    }
}

/// Notes how it ended.
pub(crate) fn ended<T>(result: &Result<T, OpError>) {
    if let Err(error) = result {
        failed(error);
    }
}
