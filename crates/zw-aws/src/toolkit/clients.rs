//! SDK clients for one account and region.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::OnceCell;
use zw_lang::{Diagnostic, Diagnostics, Value};
use zw_provider::schema::{Block, Schema};
use zw_provider::{Catalog, OpError, OpErrorKind, OpResult, Traffic, View};

use super::connect;
use super::error::{Answer, NoRetryInVain};
use super::gather::Gathering;
use super::reach::Naming;
use super::traffic::Road;
use super::{Tags, blank, dns_suffix, partition};

/// The SDK's clients for one account and region, made when first used.
pub struct AwsClients {
    pub(crate) region: String,
    pub(crate) tags: Tags,
    pub(crate) gathering: Gathering,
    catalog: Arc<Catalog>,
    skips_account_id: bool,
    s3_uses_paths: bool,
    config: SdkConfig,
    road: Road,
    endpoints: BTreeMap<String, String>,
    account: Arc<OnceCell<Caller>>,
    made: Made,
}

/// Who the credentials belong to.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The account.
    pub(crate) account_id: String,
    /// The user or the session of a role.
    pub(crate) arn: String,
    /// The unique id of the user or role.
    pub(crate) user_id: String,
}

/// Who credentials belong to, by the id of their access key and the address of STS: whichever region asks, it is
/// asked once.
static CALLERS: LazyLock<Mutex<HashMap<(String, String), Arc<OnceCell<Caller>>>>> =
    LazyLock::new(Mutex::default);

/// What is known of who credentials belong to.
fn caller_of(
    access_key: &str,
    endpoints: &BTreeMap<String, String>,
    config: &SdkConfig,
) -> Arc<OnceCell<Caller>> {
    if access_key.is_empty() {
        return Arc::default();
    }
    let endpoint = endpoints.get("sts").map(String::as_str).or_else(|| config.endpoint_url());
    let key = (access_key.to_owned(), endpoint.unwrap_or_default().to_owned());
    let mut callers = CALLERS.lock().unwrap_or_else(PoisonError::into_inner);
    callers.entry(key).or_default().clone()
}

/// One pool of connections and one set of trusted certificates for all regions and services.
static HTTP_CLIENT: LazyLock<SharedHttpClient> =
    LazyLock::new(|| http_client(tls::TlsContext::default()));

const TLS: tls::Provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);

/// A client with the certificates of a context.
pub(super) fn http_client(context: tls::TlsContext) -> SharedHttpClient {
    let client = Builder::new().tls_provider(TLS).tls_context(context).build_https();
    SharedHttpClient::new(Naming(client))
}

/// The same, through a proxy.
pub(super) fn proxied_http_client(
    context: tls::TlsContext,
    proxy: ProxyConfig,
) -> SharedHttpClient {
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.tls_provider(TLS).tls_context(context.clone()).build()
    });
    SharedHttpClient::new(Naming(client))
}

/// The client that trusts what the system trusts.
pub(super) fn shared_http_client() -> SharedHttpClient {
    HTTP_CLIENT.clone()
}

/// The settings of a service's client.
macro_rules! settings {
    ($clients:expr, $service:ident, $sdk:ident, $names:tt) => {{
        let metered = $clients.road.metered(stringify!($service), &$clients.config);
        let settings = $sdk::config::Builder::from(&$clients.config)
            .retry_classifier(NoRetryInVain)
            .retry_classifier(metered.retry_classifier)
            .retry_partition(metered.retry_partition)
            .interceptor(metered.interceptor)
            .http_client(metered.http_client);
        match $clients.endpoint(&$names) {
            Some(endpoint) => settings.endpoint_url(endpoint),
            None => settings,
        }
    }};
}

/// Clients of services, each made when first used: the feature, the method, the crate, and the names of the service
/// in the block `endpoints`.
macro_rules! services {
    ($($feature:literal $service:ident $sdk:ident $names:tt,)+) => {
        #[derive(Default)]
        struct Made {
            $(#[cfg(feature = $feature)] $service: OnceLock<$sdk::Client>,)+
            #[cfg(feature = "s3")]
            s3: OnceLock<aws_sdk_s3::Client>,
        }

        impl AwsClients {
            $(
                #[cfg(feature = $feature)]
                #[doc = concat!("The client of `", stringify!($sdk), "`.")]
                pub(crate) fn $service(&self) -> &$sdk::Client {
                    let config = || settings!(self, $service, $sdk, $names).build();
                    self.made.$service.get_or_init(|| $sdk::Client::from_conf(config()))
                }
            )+
        }
    };
}

services! {
    "acm" acm aws_sdk_acm ["acm"],
    "cloudcontrol" cloudcontrol aws_sdk_cloudcontrol ["cloudcontrol", "cloudcontrolapi"],
    "cloudwatch" cloudwatch aws_sdk_cloudwatch ["cloudwatch"],
    "cloudwatchlogs" logs aws_sdk_cloudwatchlogs ["logs", "cloudwatchlogs", "cloudwatchlog"],
    "dynamodb" dynamodb aws_sdk_dynamodb ["dynamodb"],
    "ec2" ec2 aws_sdk_ec2 ["ec2"],
    "ecr" ecr aws_sdk_ecr ["ecr"],
    "eks" eks aws_sdk_eks ["eks"],
    "iam" iam aws_sdk_iam ["iam"],
    "kms" kms aws_sdk_kms ["kms"],
    "route53" route53 aws_sdk_route53 ["route53"],
    "secretsmanager" secretsmanager aws_sdk_secretsmanager ["secretsmanager"],
    "sns" sns aws_sdk_sns ["sns"],
    "sqs" sqs aws_sdk_sqs ["sqs"],
    "ssm" ssm aws_sdk_ssm ["ssm"],
    "client" sts aws_sdk_sts ["sts"],
}

impl AwsClients {
    /// Connects with the arguments of a `provider "aws"` block.
    pub(crate) async fn connect(
        config: &Value,
        catalog: Arc<Catalog>,
        traffic: Traffic,
    ) -> Result<Self, Diagnostics> {
        let tags = Tags::of(config).unwrap_or_default();
        let (sdk_config, road) = connect::sdk_config(config, traffic).await?;
        let clients = Self {
            region: road.region.clone(),
            tags,
            gathering: Gathering::default(),
            catalog,
            skips_account_id: View::new(config).bool("skip_requesting_account_id") == Some(true),
            s3_uses_paths: View::new(config).bool("s3_use_path_style") == Some(true),
            account: caller_of(&road.access_key, &connect::endpoints(config), &sdk_config),
            config: sdk_config,
            endpoints: connect::endpoints(config),
            road,
            made: Made::default(),
        };
        clients.check_account(View::new(config)).await?;
        Ok(clients)
    }

    /// The client of `aws_sdk_s3`.
    #[cfg(feature = "s3")]
    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        let settings = || settings!(self, s3, aws_sdk_s3, ["s3", "s3api"]);
        let config = || settings().force_path_style(self.s3_uses_paths).build();
        self.made.s3.get_or_init(|| aws_sdk_s3::Client::from_conf(config()))
    }

    /// Who the credentials belong to; asked once.
    pub(crate) async fn caller(&self) -> OpResult<&Caller> {
        self.account
            .get_or_try_init(async || {
                let answer = self.sts().get_caller_identity().send().await;
                let answer = answer.of("sts:GetCallerIdentity")?;
                Ok(Caller {
                    account_id: answer.account.unwrap_or_default(),
                    arn: answer.arn.unwrap_or_default(),
                    user_id: answer.user_id.unwrap_or_default(),
                })
            })
            .await
    }

    /// Where STS is, for requests that somebody else sends.
    pub(crate) fn sts_endpoint(&self) -> String {
        let own = self.endpoint(&["sts"]).or_else(|| self.config.endpoint_url().map(str::to_owned));
        own.unwrap_or_else(|| {
            let suffix = dns_suffix(partition(&self.region));
            format!("https://sts.{}.{suffix}", self.region)
        })
    }

    /// The credentials, for requests that somebody else sends.
    pub(crate) async fn credentials(&self) -> OpResult<Credentials> {
        let Some(provider) = self.config.credentials_provider() else {
            return Err(OpError::new(OpErrorKind::Denied, "There are no AWS credentials."));
        };
        provider.provide_credentials().await.map_err(|error| {
            let error = aws_sdk_sts::error::DisplayErrorContext(&error);
            OpError::new(OpErrorKind::Denied, format!("There are no AWS credentials: {error}"))
        })
    }

    /// The account; empty where the provider configuration says not to ask for it.
    pub(crate) async fn account_id(&self) -> OpResult<&str> {
        if self.skips_account_id {
            return Ok("");
        }
        Ok(&self.caller().await?.account_id)
    }

    /// The ARN of something in this region of a known account.
    pub(crate) fn arn_of(&self, service: &str, account: &str, resource: &str) -> String {
        let Self { region, .. } = self;
        format!("arn:{}:{service}:{region}:{account}:{resource}", partition(region))
    }

    /// The schema of a resource type or data source.
    pub(crate) fn schema(&self, type_name: &str) -> Option<&Schema> {
        let schema = self.catalog.resource_types.get(type_name);
        schema.or_else(|| self.catalog.data_sources.get(type_name))
    }

    /// An object of a resource type or data source with nothing but its defaults.
    pub(crate) fn blank(&self, type_name: &str) -> Value {
        blank(self.schema(type_name).map_or(&Block::default(), |schema| &schema.block))
    }

    fn endpoint(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.endpoints.get(*name)).cloned()
    }

    async fn check_account(&self, config: View<'_>) -> Result<(), Diagnostics> {
        let allowed = config.strings("allowed_account_ids");
        let forbidden = config.strings("forbidden_account_ids");
        if allowed.is_empty() && forbidden.is_empty() {
            return Ok(());
        }
        let account = match self.caller().await {
            Ok(caller) => &caller.account_id,
            Err(error) => {
                return Err(Diagnostic::error(
                    "The AWS account of the credentials is not known",
                    format!("{error}\n`allowed_account_ids` and `forbidden_account_ids` need it."),
                )
                .into());
            }
        };
        if forbidden.contains(account) || !(allowed.is_empty() || allowed.contains(account)) {
            return Err(Diagnostic::error(
                format!("AWS account {account} may not be worked on"),
                "The credentials belong to an account that `allowed_account_ids` or \
                 `forbidden_account_ids` excludes. Use credentials of another account.",
            )
            .into());
        }
        Ok(())
    }
}
