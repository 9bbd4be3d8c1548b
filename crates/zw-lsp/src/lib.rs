//! A language server for configurations.
//!
//! What is wrong is found by loading and validating the module that a file is in, with what the editor has for what is on the
//! disk. Names are found by reading tokens ([`scan`]): that works while a file is half written, when nothing can be loaded.
//! What a name means comes from the schemas of the providers and from what was last loaded.
//!
//! It asks no cloud and no server, and changes nothing but what the editor is told to change.

mod check;
mod complete;
mod documents;
mod explain;
mod module;
mod navigate;
mod place;
mod scan;
mod server;
mod yaml;

use std::path::Path;
use std::sync::Arc;

use zw_config::Files;
use zw_config::model::Config;
use zw_engine::Registry;
use zw_lang::{Diagnostics, Host};

pub use server::serve;

/// What the server needs to know of the program.
pub struct Setup {
    /// The providers whose types are known.
    pub registry: Arc<Registry>,
    /// The world outside of the language.
    pub host: fn() -> Arc<dyn Host>,
    /// Loads the module in a directory.
    pub load: fn(&Path, &dyn Files) -> (Config, Diagnostics),
}

/// Why the server ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The editor does not keep to the protocol.
    #[error("the editor does not keep to the protocol: {0}")]
    Protocol(#[from] lsp_server::ProtocolError),
    /// A message that makes no sense.
    #[error("a message of the editor makes no sense: {0}")]
    Message(#[from] serde_json::Error),
    /// The streams broke.
    #[error("the connection to the editor broke: {0}")]
    Stream(#[from] std::io::Error),
}
