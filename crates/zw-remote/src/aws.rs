//! AWS as its SDK finds it, and its credentials: environment, profiles, single sign-on, roles, and the machine.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::{BehaviorVersion, ConfigLoader};
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

/// How long before they end credentials are asked for anew.
const MARGIN: Duration = Duration::from_mins(5);

/// Finds credentials when they are first needed, and again before they end.
#[derive(Debug)]
pub(crate) struct Chain {
    profile: Option<String>,
    region: Option<String>,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    provider: Option<SharedCredentialsProvider>,
    credential: Option<(Arc<AwsCredential>, Option<SystemTime>)>,
}

/// What the SDK needs to find the rest.
pub(crate) fn loader(profile: Option<&str>, region: Option<&str>) -> ConfigLoader {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
            aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region {
        loader = loader.region(aws_config::Region::new(region.to_owned()));
    }
    loader
}

impl Chain {
    pub(crate) fn new(profile: Option<String>, region: Option<String>) -> Self {
        Self { profile, region, found: Mutex::default() }
    }

    async fn provider(&self) -> object_store::Result<SharedCredentialsProvider> {
        let loader = loader(self.profile.as_deref(), self.region.as_deref());
        let provider = loader.load().await.credentials_provider();
        provider.ok_or_else(|| fault("no credentials are configured"))
    }
}

#[async_trait]
impl CredentialProvider for Chain {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut found = self.found.lock().await;
        if let Some((credential, end)) = &found.credential
            && end.is_none_or(|end| end > SystemTime::now() + MARGIN)
        {
            return Ok(credential.clone());
        }
        let provider = match &found.provider {
            Some(provider) => provider.clone(),
            None => self.provider().await?,
        };
        let given = provider.provide_credentials().await.map_err(|error| fault(&words(&error)))?;
        let credential = Arc::new(AwsCredential {
            key_id: given.access_key_id().to_owned(),
            secret_key: given.secret_access_key().to_owned(),
            token: given.session_token().map(str::to_owned),
        });
        found.provider = Some(provider);
        found.credential = Some((credential.clone(), given.expiry()));
        Ok(credential)
    }
}

fn words(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), words)
}

fn fault(reason: &str) -> object_store::Error {
    let reason = format!("no credentials of AWS were found: {reason}");
    object_store::Error::Generic { store: "S3", source: reason.into() }
}
