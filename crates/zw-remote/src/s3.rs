//! States in Amazon S3, and in what speaks its protocol.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/s3>

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use zw_state::{Actor, Backend, StoreError};

use crate::cloud::{BucketBackend, Connection, Naming, retries};

/// Where states are, and who asks for them. What is left out comes from the environment.
#[derive(Clone, Default)]
pub struct S3 {
    /// The bucket.
    pub bucket: String,
    /// The object in which Terraform would keep the state of the default workspace.
    pub key: String,
    /// What the objects of other workspaces begin with; `env:` unless it is given.
    pub workspace_key_prefix: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The service, unless it is that of the region.
    pub endpoint: Option<String>,
    /// Whether the bucket is in the path of addresses, rather than in the name of the host.
    pub use_path_style: Option<bool>,
    /// A key, with `secret_key` and perhaps `token`.
    pub access_key: Option<String>,
    /// Its secret.
    pub secret_key: Option<String>,
    /// The token of a session.
    pub token: Option<String>,
    /// A profile of the shared configuration.
    pub profile: Option<String>,
    /// Whether objects are encrypted by the service with a key of its own.
    pub encrypt: bool,
    /// The key of AWS KMS that objects are encrypted with.
    pub kms_key_id: Option<String>,
    /// A key in Base64 that the service encrypts objects with and does not keep.
    pub sse_customer_key: Option<String>,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// A file with certificates besides those of the system.
    pub custom_ca_bundle: Option<String>,
    /// How often a request is tried again.
    pub max_retries: Option<usize>,
}

impl S3 {
    /// The backend. Nothing is asked yet.
    ///
    /// # Errors
    /// If a client cannot be made of that.
    pub fn open(self, actor: Actor) -> Result<Arc<dyn Backend>, StoreError> {
        let prefix = self.workspace_key_prefix.clone().unwrap_or_else(|| "env:".to_owned());
        let naming = Naming::S3 { key: trimmed(&self.key), prefix: trimmed(&prefix) };
        let place = format!("s3://{}", self.bucket);
        let backend = BucketBackend::new(place, naming, actor, || self.client())?;
        Ok(Arc::new(backend))
    }

    fn client(self) -> object_store::Result<Arc<dyn ObjectStore>> {
        use AmazonS3ConfigKey as Key;
        // What is in the environment belongs to other keys than those that are given.
        let is_given = self.access_key.is_some();
        let builder = if is_given { AmazonS3Builder::new() } else { AmazonS3Builder::from_env() };
        let mut builder = builder
            .with_bucket_name(&self.bucket)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_retry(retries(self.max_retries));
        let of_env = [Key::S3Endpoint, Key::Endpoint].map(|key| builder.get_config_value(&key));
        let endpoint = self.endpoint.clone().or_else(|| of_env.into_iter().flatten().next());
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        // Names with dots are not in the certificates of the service.
        let path_style =
            self.use_path_style.unwrap_or(endpoint.is_some() || self.bucket.contains('.'));
        builder = builder.with_virtual_hosted_style_request(!path_style);
        if let Some(endpoint) = &endpoint {
            let address =
                if path_style { endpoint.clone() } else { hosted(endpoint, &self.bucket) };
            builder = builder.with_endpoint(address);
        }
        let connection =
            Connection { insecure: self.insecure, ca_file: self.custom_ca_bundle.clone() };
        builder = builder.with_client_options(connection.options(endpoint.as_deref())?);
        if self.encrypt && self.kms_key_id.is_none() && self.sse_customer_key.is_none() {
            builder = builder.with_config("aws_server_side_encryption".parse()?, "AES256");
        }
        if let Some(key) = &self.kms_key_id {
            builder = builder.with_sse_kms_encryption(key);
        }
        if let Some(key) = &self.sse_customer_key {
            builder = builder.with_ssec_encryption(key);
        }
        builder = self.identified(builder)?;
        Ok(Arc::new(builder.build()?))
    }

    /// With credentials: those that are given, or else as the AWS SDK finds them.
    #[cfg_attr(
        feature = "aws-config",
        expect(clippy::unnecessary_wraps, reason = "without the SDK it can fail")
    )]
    fn identified(&self, builder: AmazonS3Builder) -> object_store::Result<AmazonS3Builder> {
        if let (Some(key), Some(secret)) = (&self.access_key, &self.secret_key) {
            let builder = builder.with_access_key_id(key).with_secret_access_key(secret);
            return Ok(match &self.token {
                Some(token) => builder.with_token(token),
                None => builder,
            });
        }
        #[cfg(feature = "aws-config")]
        return Ok(builder.with_credentials(Arc::new(crate::aws::Chain::new(
            self.profile.clone(),
            self.region.clone(),
        ))));
        #[cfg(not(feature = "aws-config"))]
        if self.profile.is_some() || std::env::var_os("AWS_PROFILE").is_some() {
            return Err(object_store::Error::Generic {
                store: "S3",
                source: "this zw is built without the AWS SDK, which reads profiles; use keys"
                    .into(),
            });
        }
        #[cfg(not(feature = "aws-config"))]
        Ok(builder)
    }
}

/// An address with the bucket before the host.
fn hosted(endpoint: &str, bucket: &str) -> String {
    match endpoint.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{bucket}.{rest}"),
        None => format!("https://{bucket}.{endpoint}"),
    }
}

fn trimmed(key: &str) -> String {
    key.trim_matches('/').to_owned()
}
