//! Where the state is: what `backend` blocks mean.
//!
//! `zw init` evaluates the block, adds what `-backend-config` says, and remembers both in the data directory. All other
//! commands hold the block against what is remembered, so that nobody works on another state than was meant.
//! A backend is one entry of [`KINDS`], with a file of its own under `backend/`.

mod arguments;
#[cfg(feature = "remote")]
mod azurerm;
#[cfg(feature = "remote")]
mod gcs;
#[cfg(feature = "remote")]
mod http;
mod local;
pub(crate) mod migrate;
#[cfg(feature = "pg")]
mod pg;
pub(crate) mod remembered;
#[cfg(feature = "remote")]
mod s3;

use std::path::Path;
use std::sync::Arc;

use zw_provider::schema::Attribute;
use zw_state::Backend;

pub(crate) use arguments::{Settings, evaluated, given};
pub(crate) use local::{Local, file_store};

/// A backend that this program has.
pub(crate) struct Kind {
    /// Its name in the block, as Terraform has it.
    pub(crate) name: &'static str,
    /// Its arguments: names and types as Terraform has them, and what they are.
    pub(crate) arguments: fn() -> Vec<Attribute>,
    /// Makes it of its arguments, or says what is wrong with them in sentences, without any secret. Touches nothing yet.
    pub(crate) open: fn(&Settings, &Path) -> Result<Arc<dyn Backend>, String>,
}

/// The backend where there is no block.
pub(crate) const LOCAL: &str = "local";

/// All backends, in the order of their names.
const KINDS: &[Kind] = &[
    #[cfg(feature = "remote")]
    Kind { name: "azurerm", arguments: azurerm::arguments, open: azurerm::open },
    #[cfg(feature = "remote")]
    Kind { name: "gcs", arguments: gcs::arguments, open: gcs::open },
    #[cfg(feature = "remote")]
    Kind { name: "http", arguments: http::arguments, open: http::open },
    Kind { name: LOCAL, arguments: local::arguments, open: local::open },
    #[cfg(feature = "pg")]
    Kind { name: "pg", arguments: pg::arguments, open: pg::open },
    #[cfg(feature = "remote")]
    Kind { name: "s3", arguments: s3::arguments, open: s3::open },
];

/// The backend of a name.
pub(crate) fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The names of all backends.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// Refuses arguments that Terraform has and this backend has not, each with what to do instead.
#[cfg(feature = "remote")]
fn refused(settings: &Settings, refused: &[(&str, &str)]) -> Result<(), String> {
    match refused.iter().find(|(name, _)| settings.get(name).is_some()) {
        Some((name, instead)) => Err(format!("The argument {name:?} is not supported: {instead}.")),
        None => Ok(()),
    }
}

/// Why a backend cannot be made.
#[cfg(feature = "remote")]
fn failed(error: &zw_state::StoreError) -> String {
    format!("{error}.")
}
