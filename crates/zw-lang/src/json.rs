//! Values and types as JSON, in the forms that Terraform uses.
//!
//! There are two. Without a type (`jsonencode`, outputs, plans) lists, sets and tuples are arrays,
//! maps and objects are objects, and reading gives tuples and objects. With a type (state) the
//! same text is read back as what it was; where the type says `any` the value stands beside its
//! type, as `{"value": ..., "type": ...}`.
//!
//! Both directions stream through `serde`, so that a state of a million resources needs no tree of
//! JSON in between. Marks are not written: who stores or shows values takes care of them.

mod decode;
mod encode;
mod surrogates;
mod types;

use std::fmt;

pub use decode::{ValueSeed, json_text_to_value, json_to_value};
pub use encode::{TypedJson, to_go_json, value_to_json, value_to_typed_json};
pub use types::type_from_json;

use crate::path::{Path, PathStep};

/// Why JSON is not a value, or a value not JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonError {
    /// The part that is at fault.
    pub path: Path,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for JsonError {
    /// With the path in front: `.a[0]: a number is required`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.0.is_empty() {
            if matches!(self.path.0.first(), Some(PathStep::Attr(_))) {
                f.write_str(".")?;
            }
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for JsonError {}

#[cfg(test)]
mod tests;
