//! States in blobs of Azure Storage.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/azurerm>

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use zw_state::{Actor, Backend, StoreError};

use crate::cloud::{BucketBackend, Connection, Naming, retries};

/// Where states are, and who asks for them.
#[derive(Clone, Default)]
pub struct Azurerm {
    /// The storage account.
    pub storage_account_name: String,
    /// The container.
    pub container_name: String,
    /// The blob in which Terraform would keep the state of the default workspace.
    pub key: String,
    /// The service, unless it is that of the account in the public cloud.
    pub endpoint: Option<String>,
    /// Who asks.
    pub identity: Identity,
}

/// Who asks Azure.
#[derive(Clone, Default)]
pub enum Identity {
    /// Whoever has the key of the storage account.
    AccessKey(String),
    /// Whoever has a shared access signature.
    SasToken(String),
    /// A service principal with a secret.
    Secret {
        /// The tenant.
        tenant_id: String,
        /// The principal.
        client_id: String,
        /// Its secret.
        client_secret: String,
    },
    /// A service principal with a token of another identity provider, from a file.
    Federated {
        /// The tenant.
        tenant_id: String,
        /// The principal.
        client_id: String,
        /// The file.
        token_file: String,
    },
    /// The managed identity of the machine.
    Managed {
        /// Which of them, if there are many.
        client_id: Option<String>,
    },
    /// Whoever is logged in with the program `az`.
    #[default]
    Cli,
}

impl Azurerm {
    /// The backend. Nothing is asked yet.
    ///
    /// # Errors
    /// If a client cannot be made of that.
    pub fn open(self, actor: Actor) -> Result<Arc<dyn Backend>, StoreError> {
        let naming = Naming::Azure { key: self.key.trim_matches('/').to_owned() };
        let place = format!("azure://{}/{}", self.storage_account_name, self.container_name);
        let backend = BucketBackend::new(place, naming, actor, || self.client())?;
        Ok(Arc::new(backend))
    }

    fn client(self) -> object_store::Result<Arc<dyn ObjectStore>> {
        let mut builder = MicrosoftAzureBuilder::new()
            .with_account(&self.storage_account_name)
            .with_container_name(&self.container_name)
            .with_retry(retries(None))
            .with_client_options(Connection::default().options(self.endpoint.as_deref())?);
        if let Some(endpoint) = &self.endpoint {
            builder = builder
                .with_allow_http(endpoint.starts_with("http://"))
                .with_endpoint(endpoint.trim_end_matches('/').to_owned());
        }
        let builder = match self.identity {
            Identity::AccessKey(key) => builder.with_access_key(key),
            Identity::SasToken(token) => builder.with_config(AzureConfigKey::SasKey, token),
            Identity::Secret { tenant_id, client_id, client_secret } => {
                builder.with_client_secret_authorization(client_id, client_secret, tenant_id)
            }
            Identity::Federated { tenant_id, client_id, token_file } => builder
                .with_tenant_id(tenant_id)
                .with_client_id(client_id)
                .with_federated_token_file(token_file),
            Identity::Managed { client_id: Some(client_id) } => builder.with_client_id(client_id),
            Identity::Managed { client_id: None } => builder,
            Identity::Cli => builder.with_use_azure_cli(true),
        };
        Ok(Arc::new(builder.build()?))
    }
}
