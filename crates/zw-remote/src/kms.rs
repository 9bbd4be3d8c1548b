//! Keys of AWS KMS, with which states are encrypted.
//!
//! KMS makes a key for each record and gives it twice: as it is, and as a ciphertext that only KMS can decrypt. The
//! ciphertext is recorded. Whoever may ask KMS to decrypt it, by the policy of the key, may read the state.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_sdk_kms::Client;
use aws_sdk_kms::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;
use zw_state::{Key, KeySource};

use crate::aws;

/// A key of AWS KMS, and how to get there.
#[derive(Clone, Default)]
pub struct AwsKms {
    /// Its id, ARN or alias.
    pub kms_key_id: String,
    /// Where it is; otherwise where its ARN says, or where the AWS SDK finds.
    pub region: Option<String>,
    /// Another address of the service.
    pub endpoint: Option<String>,
    /// A key, with its secret, of who asks. Otherwise the AWS SDK finds who that is.
    pub access_key: Option<String>,
    /// Its secret.
    pub secret_key: Option<String>,
    /// The token of a session.
    pub token: Option<String>,
    /// A profile of the shared configuration.
    pub profile: Option<String>,
    /// How often a request is tried again.
    pub max_retries: Option<u32>,
}

impl AwsKms {
    /// The source of keys. Nothing is asked before one is needed.
    pub fn open(self) -> Arc<dyn KeySource> {
        Arc::new(Source { configured: self, client: OnceCell::new() })
    }

    fn region(&self) -> Option<&str> {
        // arn:aws:kms:REGION:ACCOUNT:key/ID
        let of_arn = || self.kms_key_id.strip_prefix("arn:")?.split(':').nth(2);
        self.region.as_deref().or_else(of_arn).filter(|region| !region.is_empty())
    }

    async fn client(&self) -> Client {
        let mut loader = aws::loader(self.profile.as_deref(), self.region());
        if let (Some(access_key), Some(secret_key)) = (&self.access_key, &self.secret_key) {
            let token = self.token.clone();
            let given = Credentials::new(access_key, secret_key, token, None, "configuration");
            loader = loader.credentials_provider(given);
        }
        if let Some(retries) = self.max_retries {
            let attempts = retries.saturating_add(1);
            loader = loader.retry_config(RetryConfig::standard().with_max_attempts(attempts));
        }
        let shared = loader.load().await;
        let mut config = aws_sdk_kms::config::Builder::from(&shared);
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint_url(endpoint);
        }
        Client::from_conf(config.build())
    }
}

struct Source {
    configured: AwsKms,
    client: OnceCell<Client>,
}

impl Source {
    async fn client(&self) -> &Client {
        self.client.get_or_init(|| self.configured.client()).await
    }

    fn refused<E>(&self, doing: &str, error: &SdkError<E>) -> String
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let reason = match (error.code(), error.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.to_owned(),
            _ => DisplayErrorContext(error).to_string(),
        };
        let reason = reason.trim_end_matches('.');
        format!("AWS KMS does not {doing} with the key {:?}: {reason}.", self.configured.kms_key_id)
    }
}

#[async_trait]
impl KeySource for Source {
    fn kind(&self) -> &'static str {
        "aws_kms"
    }

    async fn new_key(&self) -> Result<(Key, Json), String> {
        let doing = "make a data key";
        let request = self.client().await.generate_data_key();
        let request = request.key_id(&self.configured.kms_key_id).key_spec(DataKeySpec::Aes256);
        let made = request.send().await.map_err(|error| self.refused(doing, &error))?;
        let plain = made.plaintext.map(|plain| Zeroizing::new(plain.into_inner()));
        let key = plain.and_then(|plain| Key::of_bytes(&plain));
        let (Some(key), Some(sealed)) = (key, made.ciphertext_blob) else {
            return Err("AWS KMS answers with no key of 256 bits.".to_owned());
        };
        // Which key it was is for people; KMS reads it from the ciphertext.
        let hint = json!({ "key_id": made.key_id, "ciphertext": STANDARD.encode(sealed) });
        Ok((key, hint))
    }

    async fn key(&self, hint: &Json) -> Result<Key, String> {
        let sealed = hint["ciphertext"].as_str().and_then(|text| STANDARD.decode(text).ok());
        let Some(sealed) = sealed else {
            return Err("The ciphertext of AWS KMS is not recorded in a form that this zw knows."
                .to_owned());
        };
        // Named, so that a ciphertext that somebody put there under a key of theirs is refused.
        let request = self.client().await.decrypt().key_id(&self.configured.kms_key_id);
        let opened = request.ciphertext_blob(Blob::new(sealed)).send().await;
        let opened = opened.map_err(|error| self.refused("decrypt the data key", &error))?;
        let plain = opened.plaintext.map(|plain| Zeroizing::new(plain.into_inner()));
        plain
            .and_then(|plain| Key::of_bytes(&plain))
            .ok_or_else(|| "AWS KMS answers with no key of 256 bits.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_in_the_arn_unless_it_is_given() {
        let of = |kms_key_id: &str, region: Option<&str>| AwsKms {
            kms_key_id: kms_key_id.to_owned(),
            region: region.map(str::to_owned),
            ..AwsKms::default()
        };
        let arn = "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        assert_eq!(of(arn, None).region(), Some("cn-north-1"));
        assert_eq!(of(arn, Some("eu-west-1")).region(), Some("eu-west-1"));
        assert_eq!(of("alias/states", None).region(), None);
        assert_eq!(of("1234abcd-12ab-34cd-56ef-1234567890ab", None).region(), None);
    }
}
