//! The backend `gcs`: Google Cloud Storage.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/gcs>

use std::path::Path;
use std::sync::Arc;

use zw_lang::Type;
use zw_provider::schema::Attribute;
use zw_remote::Gcs;
use zw_state::{Actor, Backend};

use super::{Settings, failed, refused};

/// Arguments of Terraform's backend that are not here, and what to do instead.
const REFUSED: &[(&str, &str)] = &[
    ("encryption_key", "the bucket's own encryption holds for its objects. Leave it out"),
    ("impersonate_service_account", "give access_token a token of that account instead"),
    ("impersonate_service_account_delegates", "give access_token a token of that account instead"),
    (
        "kms_encryption_key",
        "make the key the default of the bucket instead, which holds for all its objects",
    ),
];

pub(super) fn arguments() -> Vec<Attribute> {
    let text = |name| Attribute::optional(name, Type::String);
    let mut arguments = vec![
        Attribute::required("bucket", Type::String).describe("The bucket."),
        text("prefix").describe("What the names of objects begin with."),
        text("credentials")
            .sensitive()
            .describe("The key of a service account: a file, or its contents."),
        text("access_token").sensitive().describe("A token of OAuth 2.0."),
        text("storage_custom_endpoint").describe("The address of the service."),
    ];
    arguments.extend(REFUSED.iter().map(|(name, _)| Attribute::optional(name, Type::Dynamic)));
    arguments
}

pub(super) fn open(settings: &Settings, _: &Path) -> Result<Arc<dyn Backend>, String> {
    refused(settings, REFUSED)?;
    Gcs {
        bucket: settings.text("bucket").unwrap_or_default().to_owned(),
        prefix: settings.text("prefix").unwrap_or_default().to_owned(),
        credentials: settings
            .text_or_env("credentials", &["GOOGLE_BACKEND_CREDENTIALS", "GOOGLE_CREDENTIALS"]),
        access_token: settings.text_or_env("access_token", &["GOOGLE_OAUTH_ACCESS_TOKEN"]),
        endpoint: settings.text_or_env(
            "storage_custom_endpoint",
            &["GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT", "GOOGLE_STORAGE_CUSTOM_ENDPOINT"],
        ),
    }
    .open(Actor::of_this_process())
    .map_err(|error| failed(&error))
}
