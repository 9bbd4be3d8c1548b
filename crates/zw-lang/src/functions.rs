//! The built-in functions, those of Terraform 1.11 and of OpenTofu 1.10 and later.
//!
//! One file a family. What they do to null, unknown and marked values is declared with their
//! parameters and done by [`call`](crate::call); a function sees such values only where its
//! parameter asks for them.

#![expect(clippy::unnecessary_wraps, reason = "all functions have one signature")]

mod args;
mod assume;
mod collection;
mod conversion;
mod crypto;
mod datetime;
mod encoding;
mod equality;
mod filesystem;
mod format;
mod glob;
mod ip_network;
mod lists;
mod maps;
mod numeric;
pub(crate) mod path;
mod regex;
mod sets;
mod string;
mod unicode;
mod yaml;

use std::sync::LazyLock;

use crate::function::Function;

pub use equality::{Equality, equal};
pub use glob::{FileKind, FileTree, find_files};

/// The namespace under which every built-in function can be called too.
const CORE_NAMESPACE: &str = "core::";

static FUNCTIONS: LazyLock<Vec<Function>> = LazyLock::new(|| {
    let mut functions: Vec<Function> = [
        assume::functions(),
        collection::functions(),
        conversion::functions(),
        crypto::functions(),
        datetime::functions(),
        encoding::functions(),
        filesystem::functions(),
        format::functions(),
        ip_network::functions(),
        lists::functions(),
        maps::functions(),
        numeric::functions(),
        regex::functions(),
        sets::functions(),
        string::functions(),
        yaml::functions(),
    ]
    .into_iter()
    .flatten()
    .collect();
    functions.sort_by_key(|function| function.name);
    functions
});

/// All built-in functions, sorted by name.
pub fn all() -> &'static [Function] {
    &FUNCTIONS
}

/// The built-in function of a name, which may begin with `core::`.
pub fn lookup(name: &str) -> Option<&'static Function> {
    let name = name.strip_prefix(CORE_NAMESPACE).unwrap_or(name);
    let at = FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok()?;
    FUNCTIONS.get(at)
}

#[cfg(test)]
pub(crate) mod tests;
