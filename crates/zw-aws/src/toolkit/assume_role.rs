//! Credentials of an assumed role.
//!
//! The SDK has a provider of its own for this, but that takes neither a source identity nor transitive tags.

use std::path::PathBuf;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, future};
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use zw_lang::Str;

/// A role that is assumed anew whenever its credentials run out.
#[derive(Debug)]
pub(super) struct AssumedRole {
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) session: RoleSession,
    pub(super) proof: Proof,
}

/// What the session of a role is to be like.
#[derive(Debug)]
pub(super) struct RoleSession {
    pub(super) role_arn: String,
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    pub(super) source_identity: Option<String>,
    pub(super) duration: Option<Duration>,
    pub(super) policy: Option<String>,
    pub(super) policy_arns: Vec<String>,
    pub(super) tags: Vec<(Str, Str)>,
    pub(super) transitive_tag_keys: Vec<String>,
}

/// How one proves to be someone who may assume the role.
pub(super) enum Proof {
    /// With the credentials of the STS client.
    Credentials,
    /// With a token of an identity provider.
    Token(String),
    /// With a token in a file, which its owner renews from time to time.
    TokenFile(PathBuf),
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Credentials => "Credentials",
            Self::Token(_) => "Token(..)",
            Self::TokenFile(_) => "TokenFile(..)",
        })
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

impl AssumedRole {
    async fn assume(&self) -> Result {
        let token = match &self.proof {
            Proof::Credentials => return self.assume_with_credentials().await,
            Proof::Token(token) => token.clone(),
            Proof::TokenFile(path) => {
                std::fs::read_to_string(path).map_err(CredentialsError::provider_error)?
            }
        };
        let session = &self.session;
        let answer = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&session.role_arn)
            .role_session_name(&session.name)
            .web_identity_token(token.trim())
            .set_duration_seconds(session.duration_seconds())
            .set_policy(session.policy.clone())
            .set_policy_arns(session.policies())
            .send()
            .await
            .map_err(CredentialsError::provider_error)?;
        credentials(answer.credentials)
    }

    async fn assume_with_credentials(&self) -> Result {
        let session = &self.session;
        let tags = session
            .tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key.as_str()).value(value.as_str()).build())
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(CredentialsError::invalid_configuration)?;
        let answer = self
            .sts
            .assume_role()
            .role_arn(&session.role_arn)
            .role_session_name(&session.name)
            .set_external_id(session.external_id.clone())
            .set_source_identity(session.source_identity.clone())
            .set_duration_seconds(session.duration_seconds())
            .set_policy(session.policy.clone())
            .set_policy_arns(session.policies())
            .set_tags((!tags.is_empty()).then_some(tags))
            .set_transitive_tag_keys(
                (!session.transitive_tag_keys.is_empty())
                    .then(|| session.transitive_tag_keys.clone()),
            )
            .send()
            .await
            .map_err(CredentialsError::provider_error)?;
        credentials(answer.credentials)
    }
}

impl RoleSession {
    fn duration_seconds(&self) -> Option<i32> {
        self.duration.and_then(|duration| i32::try_from(duration.as_secs()).ok())
    }

    fn policies(&self) -> Option<Vec<PolicyDescriptorType>> {
        let policies: Vec<_> = self
            .policy_arns
            .iter()
            .map(|arn| PolicyDescriptorType::builder().arn(arn).build())
            .collect();
        (!policies.is_empty()).then_some(policies)
    }
}

fn credentials(found: Option<aws_sdk_sts::types::Credentials>) -> Result {
    let found =
        found.ok_or_else(|| CredentialsError::unhandled("the answer of STS has no credentials"))?;
    let expires = found.expiration.try_into().map_err(CredentialsError::unhandled)?;
    Ok(Credentials::new(
        found.access_key_id,
        found.secret_access_key,
        Some(found.session_token),
        Some(expires),
        "assume_role",
    ))
}
