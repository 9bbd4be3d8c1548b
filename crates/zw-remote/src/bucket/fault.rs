//! Errors of object stores as errors of a state.

use std::error::Error as _;

use object_store::Error;
use zw_state::StoreError;

use crate::event::Unreadable;

/// Where a bucket's state is, for messages: as `s3://bucket/key`.
#[derive(Clone, Debug)]
pub(crate) struct Place(pub(crate) String);

impl Place {
    /// Something went wrong with the network, the service or the credentials.
    pub(crate) fn fault(&self, what: &str, error: &Error) -> StoreError {
        StoreError::Io { context: format!("cannot {what} {}", self.0), reason: reason(error) }
    }

    /// An object makes no sense.
    pub(crate) fn unreadable(&self, object: &str, why: Unreadable) -> StoreError {
        let path = format!("{}/{object}", self.0).into();
        match why {
            Unreadable::Newer(found) => {
                StoreError::Newer { path, found, known: crate::event::FORMAT }
            }
            Unreadable::Damaged(reason) => StoreError::Corrupt { path, reason },
        }
    }
}

/// What the services call it when they do not know who asks.
const UNKNOWN: &[&str] = &[
    "AuthenticationFailed",
    "AuthorizationFailure",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
];

/// What they call it when they know and refuse.
const FORBIDDEN: &[&str] = &["AccessDenied", "AuthorizationPermissionMismatch"];

/// What they call it when there is no such bucket.
const MISSING: &[&str] = &["ContainerNotFound", "NoSuchBucket"];

/// The cause at the bottom, and what to do about it.
fn reason(error: &Error) -> String {
    let cause = deepest(error);
    let says = |codes: &[&str]| codes.iter().any(|code| cause.starts_with(code));
    let advice = match error {
        Error::NotImplemented { .. } | Error::NotSupported { .. } => {
            ". Without conditional writes two runs could overwrite each other: use another service or backend"
        }
        Error::Unauthenticated { .. } => {
            ". Check the credentials and the environment that they come from"
        }
        _ if says(UNKNOWN) => ". Check the credentials and the environment that they come from",
        Error::PermissionDenied { .. } => {
            ". The credentials must permit to list, read, write and delete objects"
        }
        _ if says(FORBIDDEN) => {
            ". The credentials must permit to list, read, write and delete objects"
        }
        Error::NotFound { .. } => ". Create the bucket or container first",
        _ if says(MISSING) => ". Create the bucket or container first",
        _ => "",
    };
    format!("{cause}{advice}")
}

fn deepest(error: &Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !words.is_empty() {
            text = words;
        }
        cause = inner.source();
    }
    said_by_service(&text)
}

/// Services answer with pages of XML; the code and the message are what people can use.
fn said_by_service(text: &str) -> String {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (inner, _) = rest.split_once(&format!("</{name}>"))?;
        Some(inner.lines().next().unwrap_or_default().trim())
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("{code}: {}", message.trim_end_matches('.')),
        (Some(code), None) => code.to_owned(),
        _ => text.trim().trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_service_are_found_in_its_page() {
        let page = "Server returned non-2xx: <?xml?><Error><Code>InvalidAccessKeyId</Code>\
                    <Message>The key does not exist.</Message><RequestId>1</RequestId></Error>";
        assert_eq!(said_by_service(page), "InvalidAccessKeyId: The key does not exist");
        assert_eq!(
            said_by_service("Connection refused (os error 111)."),
            "Connection refused (os error 111)"
        );
    }
}
