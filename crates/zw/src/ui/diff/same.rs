//! When two values show the same.

use std::hash::{Hash, Hasher};

use zw_lang::{Value, ValueKind};

/// Whether two values are equal as data: as the JSON that a plan is made of. Types of collections, marks and
/// refinements do not count, and nothing is equal to what is not known.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    use ValueKind as K;
    match (a.kind(), b.kind()) {
        (K::Null(_), K::Null(_)) => true,
        (K::Bool(a), K::Bool(b)) => a == b,
        (K::Number(a), K::Number(b)) => a == b,
        (K::String(a), K::String(b)) => a == b,
        _ => match (a.as_sequence(), b.as_sequence(), entries(a), entries(b)) {
            (Some(a), Some(b), _, _) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (_, _, Some(a), Some(b)) => {
                a.len() == b.len()
                    && a.zip(b).all(|((key_a, a), (key_b, b))| key_a == key_b && same(a, b))
            }
            _ => false,
        },
    }
}

/// Keys and values of a map or object, sorted by key.
pub(crate) fn entries(value: &Value) -> Option<Entries<'_>> {
    match value.kind() {
        ValueKind::Map(map) => Some(Entries::Map(map.entries.iter())),
        ValueKind::Object(object) => {
            Some(Entries::Object(object.names.iter().zip(object.values.iter())))
        }
        _ => None,
    }
}

/// See [`entries`].
pub(crate) enum Entries<'a> {
    /// Of a map.
    Map(std::slice::Iter<'a, (zw_lang::Str, Value)>),
    /// Of an object.
    Object(std::iter::Zip<std::slice::Iter<'a, zw_lang::Str>, std::slice::Iter<'a, Value>>),
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Map(entries) => entries.next().map(|(key, value)| (key.as_str(), value)),
            Self::Object(entries) => entries.next().map(|(name, value)| (name.as_str(), value)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Map(entries) => entries.size_hint(),
            Self::Object(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for Entries<'_> {}

/// A value as data, to be looked up in a table.
#[derive(Clone, Copy)]
pub(crate) struct AsData<'a>(pub(crate) &'a Value);

impl PartialEq for AsData<'_> {
    fn eq(&self, other: &Self) -> bool {
        // A key must be equal to itself, even if it is not known.
        std::ptr::eq(self.0, other.0) || same(self.0, other.0)
    }
}

impl Eq for AsData<'_> {}

impl Hash for AsData<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_data(self.0, state);
    }
}

fn hash_data<H: Hasher>(value: &Value, state: &mut H) {
    match value.kind() {
        ValueKind::Null(_) => 0_u8.hash(state),
        ValueKind::Unknown(_) => 1_u8.hash(state),
        ValueKind::Bool(value) => value.hash(state),
        ValueKind::Number(number) => number.hash(state),
        ValueKind::String(text) => text.hash(state),
        _ => {
            if let Some(items) = value.as_sequence() {
                items.len().hash(state);
                for item in items {
                    hash_data(item, state);
                }
            } else if let Some(entries) = entries(value) {
                for (key, value) in entries {
                    key.hash(state);
                    hash_data(value, state);
                }
            }
        }
    }
}
