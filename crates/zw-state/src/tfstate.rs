//! State as Terraform keeps it: `terraform.tfstate`, format 4.
//!
//! Import takes over managed objects and outputs. Results of data sources are not state here, since every
//! plan reads them again; neither are results of checks. Terraform names what an object depends on by
//! configuration, for all instances of all instances of a module; import finds out which those are.
//!
//! Export writes what Terraform reads. It has no provider configurations with `for_each`, nor in
//! modules that have it; there, the resource names the configuration without keys, and the instance
//! names it in full, where Terraform does not look and import does (as OpenTofu writes it).

mod document;
mod export;
mod import;
mod text;

pub use export::to_tfstate;
pub use import::{Imported, from_tfstate};

/// The format that is read and written.
pub(crate) const FORMAT: u64 = 4;

/// Why a state could not be imported or exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TfstateError {
    /// It is not a state file.
    #[error("it is not a state file of Terraform: {0}")]
    NotState(String),
    /// It has a format that is not format 4.
    #[error("it has format {found}, and only format {FORMAT} can be read: {advice}")]
    Format {
        /// Its format.
        found: u64,
        /// What to do.
        advice: &'static str,
    },
    /// Something in it makes no sense.
    #[error("{what}: {reason}")]
    Invalid {
        /// The object, or the output.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl TfstateError {
    #[expect(clippy::needless_pass_by_value, reason = "callers have errors and texts at hand")]
    pub(crate) fn invalid(what: impl ToString, reason: impl ToString) -> Self {
        Self::Invalid { what: what.to_string(), reason: reason.to_string() }
    }
}
