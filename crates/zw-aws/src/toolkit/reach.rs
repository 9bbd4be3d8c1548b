//! Errors of connections that name the host.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

/// A client whose errors say which host could not be reached.
#[derive(Debug)]
pub(super) struct Naming(pub(super) SharedHttpClient);

impl HttpClient for Naming {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(NamingConnector(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_base_client_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

#[derive(Debug)]
struct NamingConnector(SharedHttpConnector);

impl HttpConnector for NamingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let host = host_of(request.uri()).to_owned();
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move { answer.await.map_err(|error| named(host, error)) })
    }
}

/// Scheme, host and port.
fn host_of(uri: &str) -> &str {
    let start = uri.find("://").map_or(0, |at| at + 3);
    let length = uri[start..].find(['/', '?']).unwrap_or(uri.len() - start);
    &uri[..start + length]
}

/// The same error, of the same kind, so that it is retried or not as before.
fn named(host: String, error: ConnectorError) -> ConnectorError {
    let (is_timeout, is_user, other) = (error.is_timeout(), error.is_user(), error.as_other());
    let unreachable = Box::new(Unreachable { host, cause: error });
    match other {
        _ if is_timeout => ConnectorError::timeout(unreachable),
        _ if is_user => ConnectorError::user(unreachable),
        Some(kind) => ConnectorError::other(unreachable, Some(kind)),
        None => ConnectorError::io(unreachable),
    }
}

/// A host did not answer.
#[derive(Debug)]
struct Unreachable {
    host: String,
    cause: ConnectorError,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut root: &dyn Error = &self.cause;
        while let Some(cause) = root.source() {
            root = cause;
        }
        write!(f, "{} does not answer: {root}.", self.host)
    }
}

impl Error for Unreachable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

/// What an error says about a host that does not answer, if it is about one.
pub(super) fn unreachable(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(unreachable) = error.downcast_ref::<Unreachable>() {
            return Some(unreachable.to_string());
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_with_scheme_and_port() {
        assert_eq!(host_of("http://127.0.0.1:5000/clusters?x=1"), "http://127.0.0.1:5000");
        assert_eq!(
            host_of("https://eks.us-east-1.amazonaws.com"),
            "https://eks.us-east-1.amazonaws.com"
        );
        assert_eq!(host_of("https://iam.amazonaws.com?a"), "https://iam.amazonaws.com");
    }
}
