//! What `zw init` decided, in the data directory.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{LOCAL, Settings};

/// Where it is, in the data directory. Only its owner can read it, for there may be secrets in it.
const FILE: &str = "backend.json";

/// The form of the file.
const FORMAT: u32 = 1;

/// A backend with its arguments.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    format: u32,
    /// The name of the backend.
    pub(crate) backend: String,
    /// What the block said.
    pub(crate) block: Settings,
    /// What `-backend-config` said.
    pub(crate) given: Settings,
}

impl Remembered {
    pub(crate) fn new(backend: &str, block: Settings, given: Settings) -> Self {
        Self { format: FORMAT, backend: backend.to_owned(), block, given }
    }

    /// What there is where nothing was said: a file in the data directory.
    pub(crate) fn nothing() -> Self {
        Self::new(LOCAL, Settings::default(), Settings::default())
    }

    /// All arguments.
    pub(crate) fn settings(&self) -> Settings {
        self.block.with(&self.given)
    }

    /// Whether it needs no `zw init`.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::nothing()
    }

    pub(crate) fn path(data_dir: &Path) -> PathBuf {
        data_dir.join(FILE)
    }

    /// What is remembered; `None` if there never was anything.
    ///
    /// # Errors
    /// In words, if the file cannot be read.
    pub(crate) fn load(data_dir: &Path) -> Result<Option<Self>, String> {
        let text = match std::fs::read(Self::path(data_dir)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| error.to_string())?,
        };
        let found: Self = serde_json::from_slice(&text).map_err(|error| {
            // What the file holds is not quoted: the message of the parser may do that.
            format!("it is damaged at line {}", error.line())
        })?;
        if found.format == FORMAT {
            Ok(Some(found))
        } else {
            Err(format!("it has format {}, and this zw reads format {FORMAT}", found.format))
        }
    }

    /// The contents of the file.
    pub(crate) fn text(&self) -> Vec<u8> {
        // Maps with text keys are always JSON.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}
