//! Errors of operations on real objects.

use std::fmt;

use zw_lang::Path;

/// What kind of failure it was, as far as it matters to what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpErrorKind {
    /// The object does not exist (any more).
    NotFound,
    /// Something of that name exists already.
    AlreadyExists,
    /// The service says that the request is wrong.
    Invalid,
    /// Something else still depends on the object.
    DependencyViolation,
    /// Credentials are missing, wrong or not enough.
    Denied,
    /// Too many requests, even after retries.
    Throttled,
    /// A limit of the account is reached.
    QuotaExceeded,
    /// The service could not be reached, or the connection broke; whether the request took effect is not known.
    Unreachable,
    /// Waiting for a state took too long.
    Timeout,
    /// The endpoint does not know the operation.
    NotImplemented,
    /// The provider's answer makes no sense, or anything else.
    Other,
}

impl OpErrorKind {
    /// Whether the request may have taken effect all the same.
    pub const fn leaves_doubt(self) -> bool {
        matches!(self, Self::Unreachable)
    }

    /// What became of an operation, after its name: `ec2:CreateVpc got no answer`.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::NotFound => "found nothing",
            Self::Denied => "is not allowed",
            Self::Throttled => "was throttled",
            Self::Unreachable => "got no answer",
            Self::Timeout => "took too long",
            Self::NotImplemented => "is not implemented",
            Self::AlreadyExists
            | Self::Invalid
            | Self::DependencyViolation
            | Self::QuotaExceeded
            | Self::Other => "failed",
        }
    }
}

/// A failed operation.
#[derive(Clone, Debug, PartialEq)]
pub struct OpError {
    /// What kind of failure.
    pub kind: OpErrorKind,
    /// The API operation, as `ec2:CreateVpc`, if there was one.
    pub operation: Option<String>,
    /// The service's own code, as `InvalidVpcID.NotFound`.
    pub code: Option<String>,
    /// The service's own message, or ours.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// The attribute at fault, if it is known.
    pub path: Option<Path>,
}

impl OpError {
    /// An error without details of a service.
    pub fn new(kind: OpErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: None,
            code: None,
            message: message.into(),
            request_id: None,
            path: None,
        }
    }

    /// An error of an attribute's value.
    pub fn invalid(path: Path, message: impl Into<String>) -> Self {
        Self { path: Some(path), ..Self::new(OpErrorKind::Invalid, message) }
    }

    /// Names the API operation.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Whether the object is simply not there.
    pub fn is_not_found(&self) -> bool {
        self.kind == OpErrorKind::NotFound
    }
}

impl fmt::Display for OpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = &self.operation {
            write!(f, "{operation}: ")?;
        }
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(request_id) = &self.request_id {
            write!(f, " (request id {request_id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for OpError {}
