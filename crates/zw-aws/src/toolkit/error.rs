//! Errors of the SDK in the words of the engine.

use aws_sdk_sts::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use zw_provider::{OpError, OpErrorKind, OpResult};

use super::reach::unreachable;
use super::traffic::{attempt_of, is_throttled};

/// The answer to a request.
pub(crate) trait Answer<T> {
    /// Turns an error of the SDK into one of ours. `operation` is service and operation, as `ec2:CreateVpc`.
    fn of(self, operation: &str) -> OpResult<T>;

    /// The same, where it is no error that the object does not exist.
    fn if_found(self, operation: &str) -> OpResult<Option<T>>;
}

impl<T, E> Answer<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn of(self, operation: &str) -> OpResult<T> {
        self.map_err(|error| op_error(operation, &error))
    }

    fn if_found(self, operation: &str) -> OpResult<Option<T>> {
        match self.of(operation) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn op_error<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> OpError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let answer = error.raw_response();
    let has_no_route = error.message().is_some_and(|message| message.starts_with("No route for "));
    if answer.is_some_and(is_html) || has_no_route {
        let (service, call) = operation.split_once(':').unwrap_or(("", operation));
        let message = format!("The endpoint of {service} does not implement {call}.");
        return OpError::new(OpErrorKind::NotImplemented, message).operation(operation);
    }
    let code = error.code();
    let kind = match error {
        SdkError::DispatchFailure(_) if is_about_credentials(error) => OpErrorKind::Denied,
        // Of an answer that was cut short nothing is known but that there was one.
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            OpErrorKind::Unreachable
        }
        SdkError::ConstructionFailure(_) => OpErrorKind::Invalid,
        _ => match code.map_or(OpErrorKind::Other, kind_of) {
            // Whether it took effect is not known, as if the connection had broken.
            OpErrorKind::Other
                if answer.is_some_and(|answer| answer.status().is_server_error()) =>
            {
                OpErrorKind::Unreachable
            }
            kind => kind,
        },
    };
    let message = match error.message() {
        Some(message) => message.to_owned(),
        None => unreachable(error).unwrap_or_else(|| DisplayErrorContext(error).to_string()),
    };
    OpError {
        kind,
        operation: Some(operation.to_owned()),
        code: code.map(str::to_owned),
        message,
        request_id: answer.and_then(request_id),
        path: None,
    }
}

fn is_about_credentials<E: std::error::Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    let text = format!("{:?}", DisplayErrorContextDebug(error));
    text.contains("CredentialsNotLoaded") || text.contains("no providers in chain")
}

struct DisplayErrorContextDebug<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Debug for DisplayErrorContextDebug<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut error = Some(self.0);
        while let Some(one) = error {
            write!(f, "{one:?}; {one}; ")?;
            error = one.source();
        }
        Ok(())
    }
}

/// The id of the request: a header or, in EC2's and IAM's answers, an element at the end.
pub(super) fn request_id(answer: &HttpResponse) -> Option<String> {
    let headers = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"];
    let header = headers.iter().find_map(|name| answer.headers().get(name)).map(str::to_owned);
    header.or_else(|| {
        let body = String::from_utf8_lossy(answer.body().bytes()?);
        let (_, rest) =
            body.split_once("<RequestID>").or_else(|| body.split_once("<RequestId>"))?;
        let (id, _) = rest.split_once('<')?;
        Some(id.to_owned())
    })
}

/// What a service's code means to us.
pub(super) fn kind_of(code: &str) -> OpErrorKind {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "SlowDown"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete"
        | "ProvisionedThroughputExceededException"
        | "EC2ThrottledException" => OpErrorKind::Throttled,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthFailure"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "OptInRequired"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => OpErrorKind::Denied,
        "NotImplemented" | "InvalidAction" | "UnknownOperationException" | "UnknownOperation" => {
            OpErrorKind::NotImplemented
        }
        "DependencyViolation"
        | "DeleteConflict"
        | "DeleteConflictException"
        | "ResourceInUseException"
        | "ResourceInUse"
        | "BucketNotEmpty"
        | "RepositoryNotEmptyException" => OpErrorKind::DependencyViolation,
        "ResourceLimitExceeded"
        | "VcpuLimitExceeded"
        | "InstanceLimitExceeded"
        | "ServiceQuotaExceededException"
        | "LimitExceeded"
        | "LimitExceededException" => OpErrorKind::QuotaExceeded,
        "BucketAlreadyOwnedByYou" | "QueueNameExists" => OpErrorKind::AlreadyExists,
        // Most services have a code for each type of object.
        _ if code.contains("NotFound")
            || code.starts_with("NoSuch")
            || code.contains("DoesNotExist")
            || code.contains("NonExistent")
            || code.contains("NonexistentItem") =>
        {
            OpErrorKind::NotFound
        }
        _ if code.ends_with(".InUse") => OpErrorKind::DependencyViolation,
        _ if code.ends_with(".Duplicate")
            || code.contains("AlreadyExist")
            || code.ends_with("ExistsException") =>
        {
            OpErrorKind::AlreadyExists
        }
        _ if code.ends_with("LimitExceeded") => OpErrorKind::QuotaExceeded,
        _ if code.starts_with("Invalid")
            || code.starts_with("Malformed")
            || code.starts_with("Missing")
            || code.starts_with("Validation") =>
        {
            OpErrorKind::Invalid
        }
        _ => OpErrorKind::Other,
    }
}

/// Whether an answer is a web page: AWS never sends one, an emulator does for a call that it does not have. An answer to `HEAD` has no
/// text, whatever type an emulator says that it has.
fn is_html(answer: &HttpResponse) -> bool {
    if !matches!(answer.status().as_u16(), 404 | 405 | 500 | 501) {
        return false;
    }
    let header = answer.headers().get("content-type").unwrap_or_default();
    let body = answer.body().bytes().unwrap_or_default();
    let start = body.trim_ascii_start();
    let starts_with = |prefix: &[u8]| {
        start.len() >= prefix.len() && start[..prefix.len()].eq_ignore_ascii_case(prefix)
    };
    starts_with(b"<!doctype html")
        || starts_with(b"<html")
        || (header.starts_with("text/html") && !start.is_empty() && !starts_with(b"<"))
}

/// How often a call is sent whose answer is a web page that speaks of a server's trouble. An emulator sends one for a
/// call that it does not have, and also when it stumbles over two calls at once.
const PAGES_MAX: i32 = 3;

/// Whether an answer says that the endpoint does not have the call, and will not have it.
fn is_in_vain(answer: &HttpResponse) -> bool {
    is_html(answer) && (answer.status().as_u16() != 500 || attempt_of(answer) >= PAGES_MAX)
}

/// Keeps the SDK from repeating what cannot get better: calls that the endpoint does not have, whose
/// answers look like a server's trouble, and connections that nobody accepts.
#[derive(Debug)]
pub(crate) struct NoRetryInVain;

impl ClassifyRetry for NoRetryInVain {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        forbid_if(context.response().is_some_and(is_in_vain) || is_refused(context))
    }

    fn name(&self) -> &'static str {
        "no retry in vain"
    }

    fn priority(&self) -> RetryClassifierPriority {
        after_those_of_the_sdk()
    }
}

/// Keeps the SDK from repeating a creation without a client token of which it is not known whether it
/// took effect. What was throttled did not, and is repeated.
#[derive(Debug)]
pub(crate) struct NoRetryOfUncertain;

impl ClassifyRetry for NoRetryOfUncertain {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let broke = error.is_some_and(|error| {
            error.is_connector_error() || error.is_timeout_error() || error.is_response_error()
        });
        let failed = context
            .response()
            .is_some_and(|answer| answer.status().is_server_error() && !is_throttled(answer));
        forbid_if(broke || failed)
    }

    fn name(&self) -> &'static str {
        "no retry of uncertain creations"
    }

    fn priority(&self) -> RetryClassifierPriority {
        after_those_of_the_sdk()
    }
}

fn forbid_if(in_vain: bool) -> RetryAction {
    if in_vain { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
}

pub(super) fn after_those_of_the_sdk() -> RetryClassifierPriority {
    RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
}

/// Whether nobody listens at the endpoint.
fn is_refused(context: &InterceptorContext) -> bool {
    let error = context.output_or_error().and_then(Result::err);
    let error = error.and_then(OrchestratorError::as_connector_error);
    let mut cause = error.map(|error| error as &dyn std::error::Error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>()
            && error.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_services_have_their_kind() {
        for (code, kind) in [
            ("InvalidVpcID.NotFound", OpErrorKind::NotFound),
            ("NoSuchEntity", OpErrorKind::NotFound),
            ("AWS.SimpleQueueService.NonExistentQueue", OpErrorKind::NotFound),
            ("QueueDoesNotExist", OpErrorKind::NotFound),
            ("ServerSideEncryptionConfigurationNotFoundError", OpErrorKind::NotFound),
            ("WAFNonexistentItemException", OpErrorKind::NotFound),
            ("InvalidGroup.Duplicate", OpErrorKind::AlreadyExists),
            ("ResourceExistsException", OpErrorKind::AlreadyExists),
            ("ResourceAlreadyExistsException", OpErrorKind::AlreadyExists),
            ("BucketAlreadyExists", OpErrorKind::AlreadyExists),
            ("DependencyViolation", OpErrorKind::DependencyViolation),
            ("RequestLimitExceeded", OpErrorKind::Throttled),
            ("VpcLimitExceeded", OpErrorKind::QuotaExceeded),
            ("InvalidParameterValue", OpErrorKind::Invalid),
            ("UnauthorizedOperation", OpErrorKind::Denied),
        ] {
            assert_eq!(kind_of(code), kind, "{code}");
        }
    }
}
