//! Errors of the simulated cloud itself, as opposed to those that it simulates.

use std::path::PathBuf;
use std::sync::Arc;

use zw_provider::{OpError, OpErrorKind};

/// Why the simulated cloud cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SimError {
    /// The file system does not let us.
    #[error("The simulated cloud {path:?} cannot be used: {source}.")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: Arc<std::io::Error>,
    },
    /// The database does not let us.
    #[error("The simulated cloud {path:?} cannot be used: {source}.")]
    Database {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: Arc<rusqlite::Error>,
    },
    /// The file was made by a later version.
    #[error(
        "The simulated cloud {path:?} was made by a newer zw (format {version}). Use that one, or delete the file."
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its format.
        version: i64,
    },
    /// The file is a database of something else.
    #[error("{path:?} is not a simulated cloud.")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Something in the file makes no sense.
    #[error(
        "The simulated cloud {path:?} holds an object that makes no sense ({detail}). Delete the file to start anew."
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What makes no sense.
        detail: String,
    },
    /// Somebody else changes it.
    #[error(
        "Another process is working in the simulated cloud {path:?}. Wait until it is done, and try again."
    )]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else has changed it.
    #[error("The simulated cloud {path:?} was changed by another process. Plan again.")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The environment makes no sense.
    #[error("{0}")]
    Options(String),
    /// The thread that writes is gone.
    #[error("The simulated cloud is not written any more.")]
    Gone,
}

impl From<SimError> for OpError {
    fn from(error: SimError) -> Self {
        Self::new(OpErrorKind::Other, error.to_string())
    }
}
