//! The backend `http`: a server of Terraform's protocol.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/http>

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zw_lang::Type;
use zw_provider::schema::Attribute;
use zw_remote::{Http, Url};
use zw_state::{Actor, Backend};

use super::{Settings, failed};

pub(super) fn arguments() -> Vec<Attribute> {
    let text = |name| Attribute::optional(name, Type::String);
    let number = |name| Attribute::optional(name, Type::Number);
    vec![
        text("address").describe("The address of the state."),
        text("update_method").describe("The method that writes it, POST if not given."),
        text("lock_address").describe("The address to lock. Without one there are no locks."),
        text("lock_method").describe("The method that locks, LOCK if not given."),
        text("unlock_address").describe("The address to unlock."),
        text("unlock_method").describe("The method that unlocks, UNLOCK if not given."),
        text("username").describe("A user."),
        text("password").sensitive().describe("The password."),
        Attribute::optional("skip_cert_verification", Type::Bool)
            .describe("Whether any certificate will do."),
        number("retry_max").describe("How often a request is tried again, 2 if not given."),
        number("retry_wait_min").describe("Seconds before that at first, 1 if not given."),
        number("retry_wait_max").describe("Seconds before that at most, 30 if not given."),
        text("client_ca_certificate_pem").describe("The certificates to trust, in PEM."),
        text("client_certificate_pem").describe("A certificate to show, in PEM."),
        text("client_private_key_pem").sensitive().describe("Its key, in PEM."),
    ]
}

pub(super) fn open(settings: &Settings, _: &Path) -> Result<Arc<dyn Backend>, String> {
    let given = |name: &str| {
        settings.text_or_env(name, &[format!("TF_HTTP_{}", name.to_uppercase()).as_str()])
    };
    let url = |name: &str| given(name).map(|text| address(name, &text)).transpose();
    let Some(at) = url("address")? else {
        return Err(
            "The argument \"address\" is required, in the block or as TF_HTTP_ADDRESS.".to_owned()
        );
    };
    let (lock_address, unlock_address) = (url("lock_address")?, url("unlock_address")?);
    if lock_address.is_some() != unlock_address.is_some() {
        return Err("lock_address and unlock_address go together: with one of them only, the state would be locked for \
                    ever, or never."
            .to_owned());
    }
    let (certificate, key) = (given("client_certificate_pem"), given("client_private_key_pem"));
    if certificate.is_some() != key.is_some() {
        return Err(
            "client_certificate_pem and client_private_key_pem go together: give both or none."
                .to_owned(),
        );
    }
    let number = |name: &str, otherwise: u32| match (settings.number(name)?, given(name)) {
        (Some(number), _) => Ok(number),
        (None, Some(text)) => {
            text.parse().map_err(|_| format!("{name} is {text:?}, which is no number."))
        }
        (None, None) => Ok(otherwise),
    };
    let seconds = |name: &str, otherwise| {
        number(name, otherwise).map(|seconds| Duration::from_secs(u64::from(seconds)))
    };
    let defaults = Http::at(at);
    Http {
        update_method: given("update_method").unwrap_or(defaults.update_method),
        lock_address,
        lock_method: given("lock_method").unwrap_or(defaults.lock_method),
        unlock_address,
        unlock_method: given("unlock_method").unwrap_or(defaults.unlock_method),
        username: given("username"),
        password: given("password"),
        skip_cert_verification: settings.flag("skip_cert_verification"),
        retry_max: number("retry_max", defaults.retry_max)?,
        retry_wait_min: seconds("retry_wait_min", 1)?,
        retry_wait_max: seconds("retry_wait_max", 30)?,
        client_ca_certificate_pem: given("client_ca_certificate_pem"),
        client_certificate_pem: certificate,
        client_private_key_pem: key,
        address: defaults.address,
    }
    .open(Actor::of_this_process())
    .map_err(|error| failed(&error))
}

/// An address that can be asked. It is not quoted, for there may be a password in it.
fn address(name: &str, text: &str) -> Result<Url, String> {
    match text.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(_) => Err(format!("The address in {name} must begin with http:// or https://.")),
        Err(error) => Err(format!("The address in {name} cannot be read: {error}.")),
    }
}
