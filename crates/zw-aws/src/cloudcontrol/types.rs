//! What CloudFormation says of its types: which properties make up an identifier, and which can never be changed.
//!
//! The table is written by `cargo xtask coverage` from the resource schemas that are published with `cfn-lint`, and a test
//! compares them: names of properties without `/properties/`, those of nested ones with `/`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// `TYPE|PRIMARY,…|CREATE-ONLY,…|READ-ONLY,…`, a line a type, in order.
static TABLE: &str = include_str!("types.txt");

static TYPES: LazyLock<HashMap<&str, CloudType>> = LazyLock::new(|| {
    let types = TABLE.lines().filter_map(|line| {
        let mut fields = line.split('|');
        let name = fields.next()?;
        let mut properties = || fields.next().map_or_else(Vec::new, split);
        let (primary, create_only) = (properties(), properties());
        Some((name, CloudType { primary, create_only, read_only: properties() }))
    });
    types.collect()
});

/// Which properties of a type are what.
pub(super) struct CloudType {
    /// Those that make up its identifier, in this order.
    pub(super) primary: Vec<&'static str>,
    /// Those that cannot be changed.
    pub(super) create_only: Vec<&'static str>,
    /// Those that cannot be given.
    pub(super) read_only: Vec<&'static str>,
}

fn split(list: &'static str) -> Vec<&'static str> {
    list.split(',').filter(|name| !name.is_empty()).collect()
}

/// A type by its name, as `AWS::Logs::LogGroup`.
pub(super) fn of_name(name: &str) -> Option<&'static CloudType> {
    TYPES.get(name)
}

/// All names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TYPES.keys().copied()
}
