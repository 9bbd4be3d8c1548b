//! Whether two values are equal, as the operator `==` and the functions that search mean it.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use crate::ty::Type;
use crate::value::{Value, ValueKind};

/// The answer to whether two values are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equality {
    /// They are.
    Yes,
    /// They are not.
    No,
    /// Something in them is unknown that decides.
    Unknown,
}

impl From<bool> for Equality {
    fn from(equal: bool) -> Self {
        if equal { Self::Yes } else { Self::No }
    }
}

/// Whether two values are equal: of the same type with equal parts, or both null. Marks do not
/// count.
///
/// Source: `Value.Equals` of `cty`.
pub fn equal(a: &Value, b: &Value) -> Equality {
    use ValueKind as K;
    match (a.kind(), b.kind()) {
        (K::Unknown(a), K::Null(_)) if a.refinement.not_null => Equality::No,
        (K::Null(_), K::Unknown(b)) if b.refinement.not_null => Equality::No,
        // Of two that are unknown either can turn out to be null, whatever its type.
        (K::Unknown(_), K::Unknown(_)) => Equality::Unknown,
        (K::Unknown(_), _) | (_, K::Unknown(_)) => equal_types(&a.ty(), &b.ty()),
        (K::Null(_), K::Null(_)) => Equality::Yes,
        (K::Bool(a), K::Bool(b)) => (a == b).into(),
        (K::Number(a), K::Number(b)) => (a == b).into(),
        (K::String(a), K::String(b)) => (a == b).into(),
        (K::List(a), K::List(b)) => match equal_types(&a.element, &b.element) {
            Equality::No => Equality::No,
            _ => equal_all(&a.items, &b.items),
        },
        (K::Set(a), K::Set(b)) => match equal_types(&a.element, &b.element) {
            Equality::No => Equality::No,
            _ => equal_sets(&a.items, &b.items),
        },
        (K::Tuple(a), K::Tuple(b)) => equal_all(a, b),
        (K::Map(a), K::Map(b)) => {
            if equal_types(&a.element, &b.element) == Equality::No
                || a.entries.len() != b.entries.len()
                || a.entries.iter().zip(&b.entries).any(|(a, b)| a.0 != b.0)
            {
                return Equality::No;
            }
            let pairs = a.entries.iter().zip(&b.entries);
            all(pairs.map(|(a, b)| equal(&a.1, &b.1)))
        }
        (K::Object(a), K::Object(b)) => {
            if a.names == b.names {
                equal_all(&a.values, &b.values)
            } else {
                Equality::No
            }
        }
        _ => Equality::No,
    }
}

/// Values of different types are never equal; those of types that are not known may be.
fn equal_types(a: &Type, b: &Type) -> Equality {
    if a == b || a.has_dynamic() || b.has_dynamic() { Equality::Unknown } else { Equality::No }
}

fn equal_all(a: &[Value], b: &[Value]) -> Equality {
    if a.len() != b.len() {
        return Equality::No;
    }
    all(a.iter().zip(b).map(|(a, b)| equal(a, b)))
}

/// One difference decides, whatever is unknown.
fn all(parts: impl Iterator<Item = Equality>) -> Equality {
    let mut result = Equality::Yes;
    for part in parts {
        match part {
            Equality::No => return Equality::No,
            Equality::Unknown => result = Equality::Unknown,
            Equality::Yes => {}
        }
    }
    result
}

fn equal_sets(a: &[Value], b: &[Value]) -> Equality {
    if a.iter().chain(b).all(Value::is_wholly_known) {
        return equal_all(a, b);
    }
    Equality::Unknown
}

/// Wholly known values to look others up in, without comparing each with each.
#[derive(Default)]
pub(super) struct Index<'a> {
    hasher: RandomState,
    buckets: HashMap<u64, Vec<&'a Value>>,
}

impl<'a> Index<'a> {
    fn hash(&self, value: &Value) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        // A null is equal to any other, and what is nested in it does not count.
        if value.is_null() {
            0u8.hash(&mut hasher);
        } else {
            value.hash_canonical(&mut hasher);
        }
        hasher.finish()
    }

    /// Whether an equal value was inserted.
    pub(super) fn contains(&self, value: &Value) -> bool {
        let bucket = self.buckets.get(&self.hash(value));
        bucket.is_some_and(|bucket| bucket.iter().any(|known| equal(known, value) == Equality::Yes))
    }

    /// Inserts a value unless there is an equal one, and says whether it did.
    pub(super) fn insert(&mut self, value: &'a Value) -> bool {
        if self.contains(value) {
            return false;
        }
        let hash = self.hash(value);
        self.buckets.entry(hash).or_default().push(value);
        true
    }
}
