//! The backend `azurerm`: blobs of Azure Storage.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/azurerm>

use std::path::Path;
use std::sync::Arc;

use zw_lang::Type;
use zw_provider::schema::Attribute;
use zw_remote::{Azurerm, Identity};
use zw_state::{Actor, Backend};

use super::{Settings, failed, refused};

/// Arguments of Terraform's backend that are not here, and what to do instead.
const REFUSED: &[(&str, &str)] = &[
    ("client_certificate", "use client_secret, use_oidc or use_msi instead"),
    ("client_certificate_password", "use client_secret, use_oidc or use_msi instead"),
    ("client_certificate_path", "use client_secret, use_oidc or use_msi instead"),
    ("lookup_blob_endpoint", "give endpoint instead"),
    ("metadata_host", "give endpoint instead"),
    ("msi_endpoint", "set IDENTITY_ENDPOINT instead"),
    ("oidc_request_token", "give oidc_token_file_path instead"),
    ("oidc_request_url", "give oidc_token_file_path instead"),
    ("oidc_token", "write the token into a file, and give oidc_token_file_path"),
    ("snapshot", "there is a history: see \"zw history\". Leave it out"),
];

pub(super) fn arguments() -> Vec<Attribute> {
    let text = |name| Attribute::optional(name, Type::String);
    let flag = |name| Attribute::optional(name, Type::Bool);
    let mut arguments = vec![
        Attribute::required("storage_account_name", Type::String).describe("The storage account."),
        Attribute::required("container_name", Type::String).describe("The container."),
        Attribute::required("key", Type::String)
            .describe("What the names of blobs begin with, as prod.terraform.tfstate."),
        text("endpoint").describe("The address of the account's blobs."),
        text("environment").describe("The cloud, which is public."),
        text("resource_group_name")
            .describe("Where the account is; its name says that to the service, too."),
        text("subscription_id").describe("The same."),
        text("access_key").sensitive().describe("The key of the account."),
        text("sas_token").sensitive().describe("A shared access signature."),
        flag("use_azuread_auth")
            .describe("Whether an identity is used, and no key of the account."),
        flag("use_cli").describe("Whether that is who is logged in with az."),
        flag("use_msi").describe("Whether that is the machine's."),
        flag("use_oidc").describe("Whether that is proved by a token of another provider."),
        text("oidc_token_file_path").describe("The file with that token."),
        text("tenant_id").describe("The tenant."),
        text("client_id").describe("The principal."),
        text("client_secret").sensitive().describe("Its secret."),
    ];
    arguments.extend(REFUSED.iter().map(|(name, _)| Attribute::optional(name, Type::Dynamic)));
    arguments
}

pub(super) fn open(settings: &Settings, _: &Path) -> Result<Arc<dyn Backend>, String> {
    refused(settings, REFUSED)?;
    let environment = settings.text_or_env("environment", &["ARM_ENVIRONMENT"]);
    let endpoint = settings.text("endpoint").map(str::to_owned);
    if endpoint.is_none() && environment.as_deref().is_some_and(|name| name != "public") {
        return Err("Only the cloud \"public\" is known by name. For another one, give endpoint, and access_key or \
                    sas_token."
            .to_owned());
    }
    Azurerm {
        storage_account_name: settings.text("storage_account_name").unwrap_or_default().to_owned(),
        container_name: settings.text("container_name").unwrap_or_default().to_owned(),
        key: settings.text("key").unwrap_or_default().to_owned(),
        endpoint,
        identity: identity(settings)?,
    }
    .open(Actor::of_this_process())
    .map_err(|error| failed(&error))
}

/// Who asks: a key of the account, unless an identity is wanted, or the first identity that is configured.
fn identity(settings: &Settings) -> Result<Identity, String> {
    let flag = |name: &str, variable: &str| {
        let of_env = std::env::var(variable).is_ok_and(|value| matches!(&*value, "true" | "1"));
        settings.flag(name) || (settings.get(name).is_none() && of_env)
    };
    if !flag("use_azuread_auth", "ARM_USE_AZUREAD") {
        if let Some(key) = settings.text_or_env("access_key", &["ARM_ACCESS_KEY"]) {
            return Ok(Identity::AccessKey(key));
        }
        if let Some(token) = settings.text_or_env("sas_token", &["ARM_SAS_TOKEN"]) {
            return Ok(Identity::SasToken(token));
        }
    }
    let tenant_id = settings.text_or_env("tenant_id", &["ARM_TENANT_ID"]);
    let client_id = settings.text_or_env("client_id", &["ARM_CLIENT_ID"]);
    let client_secret = settings.text_or_env("client_secret", &["ARM_CLIENT_SECRET"]);
    if flag("use_oidc", "ARM_USE_OIDC") {
        let variables = ["ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"];
        let file = settings.text_or_env("oidc_token_file_path", &variables);
        return match (tenant_id, client_id, file) {
            (Some(tenant_id), Some(client_id), Some(token_file)) => {
                Ok(Identity::Federated { tenant_id, client_id, token_file })
            }
            _ => Err("use_oidc needs tenant_id, client_id and oidc_token_file_path.".to_owned()),
        };
    }
    if flag("use_msi", "ARM_USE_MSI") {
        return Ok(Identity::Managed { client_id });
    }
    match (tenant_id, client_id, client_secret) {
        (Some(tenant_id), Some(client_id), Some(client_secret)) => {
            Ok(Identity::Secret { tenant_id, client_id, client_secret })
        }
        (_, _, Some(_)) => Err("client_secret needs tenant_id and client_id.".to_owned()),
        _ if settings.get("use_cli").is_some() && !settings.flag("use_cli") => Err(
            "Nobody is named who could ask for the state. Give access_key, sas_token, client_secret, use_msi or use_oidc."
                .to_owned(),
        ),
        _ => Ok(Identity::Cli),
    }
}
