//! The backend `s3`: Amazon S3, and what speaks its protocol.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/s3>

use std::path::Path;
use std::sync::Arc;

use zw_lang::Type;
use zw_provider::schema::Attribute;
use zw_remote::S3;
use zw_state::{Actor, Backend};

use super::{Settings, failed, refused};

/// Arguments of Terraform's backend that mean something else here, and what to do instead.
const REFUSED: &[(&str, &str)] = &[
    ("acl", "objects have the access that the bucket's policy gives. Leave it out"),
    (
        "assume_role",
        "give a profile with role_arn instead, with the argument profile or with AWS_PROFILE",
    ),
    ("assume_role_with_web_identity", "set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE instead"),
    ("dynamodb_endpoint", "locks are in the bucket. Leave it out"),
    (
        "dynamodb_table",
        "locks are in the bucket, for which S3 has conditional writes, and a lock in DynamoDB would keep nobody from \
         writing who does not look there. Leave it out",
    ),
    ("shared_config_files", "set AWS_CONFIG_FILE instead"),
    ("shared_credentials_file", "set AWS_SHARED_CREDENTIALS_FILE instead"),
    ("shared_credentials_files", "set AWS_SHARED_CREDENTIALS_FILE instead"),
];

/// Arguments that turn off what is never done here.
const NEVER_DONE: &[&str] = &[
    "skip_credentials_validation",
    "skip_region_validation",
    "skip_requesting_account_id",
    "skip_s3_checksum",
];

pub(super) fn arguments() -> Vec<Attribute> {
    let text = |name| Attribute::optional(name, Type::String);
    let flag = |name| Attribute::optional(name, Type::Bool);
    let mut arguments = vec![
        Attribute::required("bucket", Type::String).describe("The bucket."),
        Attribute::required("key", Type::String)
            .describe("What the names of objects begin with, as prod/terraform.tfstate."),
        text("workspace_key_prefix").describe("What those of other workspaces begin with."),
        text("region").describe("The region."),
        text("endpoint").describe("The address of the service."),
        Attribute::optional("endpoints", Type::map(Type::String))
            .describe("The same, as s3; there are no others."),
        flag("use_path_style").describe("Whether the bucket is in the path of addresses."),
        flag("force_path_style").describe("The same."),
        text("access_key").describe("A key."),
        text("secret_key").sensitive().describe("Its secret."),
        text("token").sensitive().describe("The token of a session."),
        text("profile").describe("A profile of the shared configuration."),
        flag("encrypt").describe("Whether the service encrypts objects."),
        text("kms_key_id").describe("The key of AWS KMS with which it does."),
        text("sse_customer_key").sensitive().describe("A key in Base64 with which it does."),
        flag("insecure").describe("Whether any certificate will do."),
        text("custom_ca_bundle").describe("A file with certificates."),
        Attribute::optional("max_retries", Type::Number)
            .describe("How often a request is tried again."),
        flag("use_lockfile").describe("Whether the lock is in the bucket, which it always is."),
        flag("skip_metadata_api_check").describe("Whether the machine is not asked who it is."),
    ];
    arguments.extend(NEVER_DONE.iter().map(|name| flag(name).describe("It is never done.")));
    arguments.extend(REFUSED.iter().map(|(name, _)| Attribute::optional(name, Type::Dynamic)));
    arguments
}

pub(super) fn open(settings: &Settings, _: &Path) -> Result<Arc<dyn Backend>, String> {
    refused(settings, REFUSED)?;
    if settings.get("use_lockfile").is_some() && !settings.flag("use_lockfile") {
        return Err(
            "There is always a lock, and it is in the bucket: use_lockfile cannot be false."
                .to_owned(),
        );
    }
    let given = |name: &str| settings.text(name).map(str::to_owned);
    let (access_key, secret_key) = (given("access_key"), given("secret_key"));
    if access_key.is_some() != secret_key.is_some() {
        return Err("access_key and secret_key go together: give both or none.".to_owned());
    }
    let profile = settings.text_or_env("profile", &["AWS_PROFILE"]);
    let is_known = access_key.is_some()
        || profile.is_some()
        || ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
    if settings.flag("skip_metadata_api_check") && !is_known {
        return Err("No credentials are given, and skip_metadata_api_check keeps the machine from being asked for \
                    them. Give access_key and secret_key, a profile, or the variables AWS_ACCESS_KEY_ID and \
                    AWS_SECRET_ACCESS_KEY."
            .to_owned());
    }
    let path_style = ["use_path_style", "force_path_style"].into_iter();
    let mut path_style = path_style.filter(|name| settings.get(name).is_some());
    S3 {
        bucket: settings.text("bucket").unwrap_or_default().to_owned(),
        key: settings.text("key").unwrap_or_default().to_owned(),
        workspace_key_prefix: given("workspace_key_prefix"),
        region: settings.text_or_env("region", &["AWS_REGION", "AWS_DEFAULT_REGION"]),
        endpoint: endpoint(settings)?,
        use_path_style: path_style.next().map(|name| settings.flag(name)),
        access_key,
        secret_key,
        token: given("token"),
        profile: given("profile"),
        encrypt: settings.flag("encrypt"),
        kms_key_id: given("kms_key_id"),
        sse_customer_key: settings.text_or_env("sse_customer_key", &["AWS_SSE_CUSTOMER_KEY"]),
        insecure: settings.flag("insecure"),
        custom_ca_bundle: settings.text_or_env("custom_ca_bundle", &["AWS_CA_BUNDLE"]),
        max_retries: settings.number("max_retries")?,
    }
    .open(Actor::of_this_process())
    .map_err(|error| failed(&error))
}

fn endpoint(settings: &Settings) -> Result<Option<String>, String> {
    let endpoints = settings.get("endpoints").and_then(|value| value.as_object());
    if let Some(other) = endpoints.and_then(|all| all.keys().find(|name| *name != "s3")) {
        return Err(format!(
            "In endpoints there can be s3 only: zw asks nothing of {other:?} for the state."
        ));
    }
    let of_map = endpoints.and_then(|all| all.get("s3")).and_then(|value| value.as_str());
    let variables = ["AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT", "AWS_ENDPOINT_URL"];
    Ok(of_map.map(str::to_owned).or_else(|| settings.text_or_env("endpoint", &variables)))
}
