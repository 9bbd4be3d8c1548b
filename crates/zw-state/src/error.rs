//! Errors of a store.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::Holder;

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else is changing the state.
    #[error("the state is held by {0}")]
    Held(Holder),
    /// The right to change the state was taken away: somebody forced it to be unlocked, or it ran out, because
    /// there was no sign of life for too long.
    #[error(
        "this run has lost the right to write: it was unlocked by somebody else, or gave no sign of life for too long"
    )]
    Lost,
    /// A run would write what it did not take the right to write.
    #[error("{0} is not among what this run may write. This is a bug in zw")]
    Outside(Arc<str>),
    /// The file is not a state, or is damaged.
    #[error("{path} is not a readable state: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The state was written by a newer `zw`.
    #[error("{path} has format {found}; this zw knows formats up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// It is encrypted, and cannot be decrypted; or it is not, and should be.
    #[error("{0}")]
    Sealed(String),
    /// A row was changed by somebody else since it was read.
    #[error("{0} was changed since it was read")]
    Conflict(String),
    /// The disk is full, the file cannot be written, the server cannot be reached.
    #[error("{context}: {reason}")]
    Io {
        /// What was being done.
        context: String,
        /// The system's words.
        reason: String,
    },
}
