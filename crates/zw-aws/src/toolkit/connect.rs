//! From the arguments of a `provider "aws"` block to a configuration of the SDK.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, ConfigLoader, FrameworkMetadata, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_http_client::{proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use zw_lang::{Diagnostic, Diagnostics, ObjectValue, Value};
use zw_provider::{Traffic, View};

use super::assume_role::{AssumedRole, Proof, RoleSession};
use super::clients::{http_client, proxied_http_client, shared_http_client};
use super::traffic::{Road, account_of_key};

/// How often a request is tried at most, as in the Terraform AWS provider.
const ATTEMPTS_MAX: u32 = 25;

/// A configuration of the SDK, and where its calls go.
pub(super) async fn sdk_config(
    config: &Value,
    traffic: Traffic,
) -> Result<(SdkConfig, Road), Diagnostics> {
    let config = View::new(config);
    let loader = credentials(config, base(config)?, choose_http_client(config)?);
    let sdk_config = assume_roles(config, loader.load().await, &traffic)?;
    let Some(region) = sdk_config.region().map(ToString::to_string) else {
        return Err(Diagnostic::error(
            "The AWS region is not set",
            "Set `region` in the provider block, the environment variable AWS_REGION, or `region` in the profile.",
        )
        .into());
    };
    if !config.bool("skip_region_validation").unwrap_or(false) && !looks_like_a_region(&region) {
        return Err(Diagnostic::error(
            format!("{region:?} is not an AWS region"),
            "A region looks like \"us-east-1\". With `skip_region_validation = true` any name is accepted.",
        )
        .attribute("region")
        .into());
    }
    let (account, access_key) = match account(&sdk_config).await {
        Ok(found) => found,
        Err(_) if config.bool("skip_credentials_validation") == Some(true) => Default::default(),
        Err(problems) => return Err(problems),
    };
    Ok((sdk_config, Road { traffic, account, region, access_key }))
}

/// The addresses in the blocks `endpoints`.
pub(super) fn endpoints(config: &Value) -> BTreeMap<String, String> {
    View::new(config)
        .blocks("endpoints")
        .filter_map(|block| block.value().as_object())
        .flat_map(ObjectValue::iter)
        .filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned())))
        .filter(|(_, address)| !address.is_empty())
        .collect()
}

/// Everything but credentials.
fn base(config: View<'_>) -> Result<ConfigLoader, Diagnostics> {
    let attempts = config.i64("max_retries").and_then(|attempts| u32::try_from(attempts).ok());
    // Whatever `retry_mode` says: calls always adapt to what a service bears, all of them together.
    let retry = RetryConfig::standard()
        .with_max_attempts(attempts.unwrap_or(ATTEMPTS_MAX).max(1))
        .with_initial_backoff(Duration::from_millis(300));
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(90))
        .build();
    // A request that waits for its turn does not move, and is not to be taken for one that is stuck.
    let stalled = StalledStreamProtectionConfig::enabled().upload_enabled(false).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .stalled_stream_protection(stalled)
        .http_client(choose_http_client(config)?)
        .retry_config(retry)
        .timeout_config(timeouts);
    if let Ok(metadata) = FrameworkMetadata::new("zw", Some(env!("CARGO_PKG_VERSION"))) {
        loader = loader.framework_metadata(metadata);
    }
    if let Some(region) = config.string("region") {
        loader = loader.region(Region::new(region));
    }
    if let Some(profile) = config.str("profile") {
        loader = loader.profile_name(profile);
    }
    if let Some(files) = profile_files(config) {
        loader = loader.profile_files(files);
    }
    if let Some(dual_stack) = config.bool("use_dualstack_endpoint") {
        loader = loader.use_dual_stack(dual_stack);
    }
    if let Some(fips) = config.bool("use_fips_endpoint") {
        loader = loader.use_fips(fips);
    }
    Ok(loader)
}

fn choose_http_client(config: View<'_>) -> Result<SharedHttpClient, Diagnostics> {
    if config.bool("insecure") == Some(true) {
        return Err(Diagnostic::error(
            "AWS endpoints are never used without checking their certificates",
            "Remove `insecure`; to trust further authorities set `custom_ca_bundle`.",
        )
        .attribute("insecure")
        .into());
    }
    let bundle = config.string("custom_ca_bundle").or_else(|| std::env::var("AWS_CA_BUNDLE").ok());
    let proxy = proxy(config)?;
    if bundle.is_none() && proxy.is_none() {
        return Ok(shared_http_client());
    }
    let mut trust = tls::TrustStore::default();
    if let Some(path) = bundle.filter(|path| !path.is_empty()) {
        let certificates = std::fs::read(&path).map_err(|error| {
            Diagnostic::error(format!("The CA bundle {path} cannot be read"), format!("{error}."))
                .attribute("custom_ca_bundle")
        })?;
        trust.add_pem_certificate(certificates);
    }
    let context = tls::TlsContext::builder().with_trust_store(trust).build().map_err(|error| {
        Diagnostic::error("The CA bundle cannot be used", format!("{error}."))
            .attribute("custom_ca_bundle")
    })?;
    Ok(match proxy {
        Some(proxy) => proxied_http_client(context, proxy),
        None => http_client(context),
    })
}

fn proxy(config: View<'_>) -> Result<Option<ProxyConfig>, Diagnostics> {
    let (http, https) = (config.string("http_proxy"), config.string("https_proxy"));
    let proxy = match (http, https) {
        (None, None) => return Ok(None),
        (_, Some(address)) => ProxyConfig::https(address),
        (Some(address), None) => ProxyConfig::all(address),
    };
    let proxy = proxy.map_err(|error| {
        Diagnostic::error("The proxy's address cannot be used", format!("{error}."))
    })?;
    Ok(Some(match config.str("no_proxy") {
        Some(hosts) => proxy.no_proxy(hosts),
        None => proxy,
    }))
}

fn profile_files(config: View<'_>) -> Option<EnvConfigFiles> {
    let configs = config.strings("shared_config_files");
    let credentials = config.strings("shared_credentials_files");
    if configs.is_empty() && credentials.is_empty() {
        return None;
    }
    let mut files = EnvConfigFiles::builder()
        .include_default_config_file(configs.is_empty())
        .include_default_credentials_file(credentials.is_empty());
    for path in configs {
        files = files.with_file(EnvConfigFileKind::Config, path);
    }
    for path in credentials {
        files = files.with_file(EnvConfigFileKind::Credentials, path);
    }
    Some(files.build())
}

/// Credentials as written, or the SDK's chain.
fn credentials(
    config: View<'_>,
    loader: ConfigLoader,
    http_client: SharedHttpClient,
) -> ConfigLoader {
    if let (Some(key), Some(secret)) = (config.str("access_key"), config.str("secret_key")) {
        let token = config.string("token");
        return loader.credentials_provider(Credentials::new(
            key,
            secret,
            token,
            None,
            "provider block",
        ));
    }
    if config.str("skip_metadata_api_check") != Some("true") {
        return loader;
    }
    // The parts of a chain of one's own do not get the loader's client, and there is no other.
    let region = config.string("region").map(Region::new);
    let with = ProviderConfig::without_region().with_region(region).with_http_client(http_client);
    let mut profile = ProfileFileCredentialsProvider::builder().configure(&with);
    if let Some(name) = config.str("profile") {
        profile = profile.profile_name(name);
    }
    if let Some(files) = profile_files(config) {
        profile = profile.profile_files(files);
    }
    loader.credentials_provider(
        CredentialsProviderChain::first_try(
            "environment",
            EnvironmentVariableCredentialsProvider::new(),
        )
        .or_else("profile", profile.build())
        .or_else(
            "web identity",
            WebIdentityTokenCredentialsProvider::builder().configure(&with).build(),
        )
        .or_else("container", EcsCredentialsProvider::builder().configure(&with).build()),
    )
}

/// Acts as the roles of `assume_role_with_web_identity` and `assume_role`, one after the other.
fn assume_roles(
    config: View<'_>,
    mut sdk_config: SdkConfig,
    traffic: &Traffic,
) -> Result<SdkConfig, Diagnostics> {
    let endpoint = endpoints(config.value()).remove("sts");
    let sts = |sdk_config: &SdkConfig| {
        let given = config.string("sts_region");
        let region = given.clone().or_else(|| sdk_config.region().map(ToString::to_string));
        // Which account it is shows only with the credentials, and there are few of these calls.
        let road = Road {
            traffic: traffic.clone(),
            account: String::new(),
            region: region.unwrap_or_default(),
            access_key: String::new(),
        };
        let metered = road.metered("sts", sdk_config);
        let mut sts = aws_sdk_sts::config::Builder::from(sdk_config)
            .retry_classifier(metered.retry_classifier)
            .retry_partition(metered.retry_partition)
            .interceptor(metered.interceptor)
            .http_client(metered.http_client);
        if let Some(region) = given {
            sts = sts.region(Region::new(region));
        }
        if let Some(endpoint) = &endpoint {
            sts = sts.endpoint_url(endpoint);
        }
        aws_sdk_sts::Client::from_conf(sts.build())
    };
    if let Some(block) = config.block("assume_role_with_web_identity") {
        let proof =
            match (block.string("web_identity_token"), block.string("web_identity_token_file")) {
                (Some(token), _) => Proof::Token(token),
                (None, Some(path)) => Proof::TokenFile(path.into()),
                (None, None) => {
                    return Err(Diagnostic::error(
                        "The web identity token is missing",
                        "Set `web_identity_token` or `web_identity_token_file`.",
                    )
                    .attribute("assume_role_with_web_identity")
                    .into());
                }
            };
        let role = AssumedRole { sts: sts(&sdk_config), session: session(block)?, proof };
        sdk_config = with_credentials(sdk_config, role);
    }
    for block in config.blocks("assume_role") {
        let role = AssumedRole {
            sts: sts(&sdk_config),
            session: session(block)?,
            proof: Proof::Credentials,
        };
        sdk_config = with_credentials(sdk_config, role);
    }
    Ok(sdk_config)
}

fn session(block: View<'_>) -> Result<RoleSession, Diagnostics> {
    let Some(role_arn) = block.string("role_arn") else {
        return Err(Diagnostic::error("The role to assume is missing", "Set `role_arn`.").into());
    };
    Ok(RoleSession {
        role_arn,
        name: block.string("session_name").unwrap_or_else(|| "zw".to_owned()),
        external_id: block.string("external_id"),
        source_identity: block.string("source_identity"),
        duration: block.str("duration").and_then(|text| zw_lang::duration::parse(text).ok()),
        policy: block.string("policy"),
        policy_arns: block.strings("policy_arns"),
        tags: block.string_map("tags"),
        transitive_tag_keys: block.strings("transitive_tag_keys"),
    })
}

fn with_credentials(
    sdk_config: SdkConfig,
    provider: impl ProvideCredentials + 'static,
) -> SdkConfig {
    let provider = SharedCredentialsProvider::new(provider);
    sdk_config.into_builder().credentials_provider(provider).build()
}

/// The account, as far as it is known without asking, and the id of the access key. That there are no credentials is
/// found out now, rather than at the first of a thousand requests.
async fn account(sdk_config: &SdkConfig) -> Result<(String, String), Diagnostics> {
    let Some(provider) = sdk_config.credentials_provider() else { return Err(no_credentials("")) };
    match provider.provide_credentials().await {
        Ok(credentials) => {
            let access_key = credentials.access_key_id();
            let account = match credentials.account_id() {
                Some(account) => account.as_str().to_owned(),
                None => account_of_key(access_key),
            };
            Ok((account, access_key.to_owned()))
        }
        Err(error) => {
            Err(no_credentials(&format!("\n{}", aws_sdk_sts::error::DisplayErrorContext(&error))))
        }
    }
}

fn no_credentials(cause: &str) -> Diagnostics {
    Diagnostic::error(
        "There are no AWS credentials",
        format!(
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile of ~/.aws/config \
             (`profile` or AWS_PROFILE), or `assume_role` in the provider block.{cause}"
        ),
    )
    .into()
}

/// Letters, dashes and a number at the end: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
fn looks_like_a_region(region: &str) -> bool {
    let Some((place, number)) = region.rsplit_once('-') else { return false };
    place.contains('-')
        && place
            .split('-')
            .all(|part| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_look_like_regions() {
        for region in ["us-east-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-5"] {
            assert!(looks_like_a_region(region), "{region}");
        }
        for wrong in ["", "us-east", "east-1", "us_east-1", "us-east-1a", "https://x"] {
            assert!(!looks_like_a_region(wrong), "{wrong}");
        }
    }
}
