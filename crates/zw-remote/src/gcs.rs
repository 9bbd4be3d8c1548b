//! States in Google Cloud Storage.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/gcs>

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::gcp::GoogleCloudStorageBuilder;
use zw_state::{Actor, Backend, StoreError};

use crate::cloud::{BucketBackend, Connection, Naming, retries};

/// Where states are, and who asks for them. What is left out comes from the environment, or from the credentials of
/// the machine or the user (Application Default Credentials).
#[derive(Clone, Default)]
pub struct Gcs {
    /// The bucket.
    pub bucket: String,
    /// What the names of all states begin with.
    pub prefix: String,
    /// The key of a service account: a file, or its contents.
    pub credentials: Option<String>,
    /// A token of OAuth 2.0.
    pub access_token: Option<String>,
    /// The service, unless it is Google's.
    pub endpoint: Option<String>,
}

impl Gcs {
    /// The backend. Nothing is asked yet.
    ///
    /// # Errors
    /// If a client cannot be made of that.
    pub fn open(self, actor: Actor) -> Result<Arc<dyn Backend>, StoreError> {
        let naming = Naming::Gcs { prefix: self.prefix.trim_matches('/').to_owned() };
        let place = format!("gs://{}", self.bucket);
        let backend = BucketBackend::new(place, naming, actor, || self.client())?;
        Ok(Arc::new(backend))
    }

    fn client(self) -> object_store::Result<Arc<dyn ObjectStore>> {
        let options = Connection::default().options(self.endpoint.as_deref())?;
        let mut builder = GoogleCloudStorageBuilder::from_env()
            .with_bucket_name(&self.bucket)
            .with_retry(retries(None))
            .with_client_options(options);
        if let Some(endpoint) = &self.endpoint {
            // Terraform's argument names the JSON API; this is asked through the XML API beside it.
            let root = endpoint.trim_end_matches('/').trim_end_matches("/storage/v1/b");
            builder = builder.with_base_url(root);
        }
        if let Some(token) = &self.access_token {
            builder = builder.with_bearer_token(token);
        } else if let Some(credentials) = &self.credentials {
            builder = if credentials.trim_start().starts_with('{') {
                builder.with_service_account_key(credentials)
            } else {
                builder.with_service_account_path(credentials)
            };
        }
        Ok(Arc::new(builder.build()?))
    }
}
