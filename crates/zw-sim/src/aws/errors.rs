//! Errors as AWS words them.

use zw_provider::{OpError, OpErrorKind};

pub(super) fn error(kind: OpErrorKind, code: &str, message: impl Into<String>) -> OpError {
    OpError { code: Some(code.into()), ..OpError::new(kind, message) }
}
