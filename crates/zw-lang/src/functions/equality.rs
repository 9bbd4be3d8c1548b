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

/// Whether two values are equal: of the same type with equal parts, or both null, whatever the type of
/// these is. Marks do not count.
///
/// Source: `Value.Equals` of `cty`.
pub fn equal(a: &Value, b: &Value) -> Equality {
    use ValueKind as K;
    match (a.kind(), b.kind()) {
        (K::Unknown(a), K::Null(_)) if a.refinement.not_null => Equality::No,
        (K::Null(_), K::Unknown(b)) if b.refinement.not_null => Equality::No,
        // Of two that are unknown either can turn out to be null, whatever its type.
        (K::Unknown(_), K::Unknown(_) | K::Null(_)) | (K::Null(_), K::Unknown(_)) => {
            Equality::Unknown
        }
        (K::Unknown(unknown), _) => can_become(&unknown.ty, b),
        (_, K::Unknown(unknown)) => can_become(&unknown.ty, a),
        (K::Null(_), K::Null(_)) => Equality::Yes,
        (K::Bool(a), K::Bool(b)) => (a == b).into(),
        (K::Number(a), K::Number(b)) => (a == b).into(),
        (K::String(a), K::String(b)) => (a == b).into(),
        (K::List(a), K::List(b)) => {
            same_elements(&a.element, &b.element, || equal_all(&a.items, &b.items))
        }
        (K::Set(a), K::Set(b)) => {
            same_elements(&a.element, &b.element, || equal_sets(&a.items, &b.items))
        }
        (K::Tuple(a), K::Tuple(b)) => equal_all(a, b),
        (K::Map(a), K::Map(b)) => {
            if a.entries.len() != b.entries.len()
                || a.entries.iter().zip(&b.entries).any(|(a, b)| a.0 != b.0)
            {
                return Equality::No;
            }
            let pairs = a.entries.iter().zip(&b.entries);
            same_elements(&a.element, &b.element, || {
                all(pairs.map(|(a, b)| equal_parts(&a.1, &b.1)))
            })
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

/// Whether an unknown value can turn out to be a known one, which it can if that is of its type.
fn can_become(unknown: &Type, known: &Value) -> Equality {
    if conforms(&known.ty(), unknown) { Equality::Unknown } else { Equality::No }
}

/// Whether a type is another one, in which `Dynamic` stands for any.
///
/// Source: `Type.TestConformance` of `cty`.
fn conforms(given: &Type, wanted: &Type) -> bool {
    use Type as T;
    match (given, wanted) {
        (_, T::Dynamic) => true,
        (T::List(given), T::List(wanted))
        | (T::Set(given), T::Set(wanted))
        | (T::Map(given), T::Map(wanted)) => conforms(given, wanted),
        (T::Tuple(given), T::Tuple(wanted)) => {
            let mut pairs = given.iter().zip(&**wanted);
            given.len() == wanted.len() && pairs.all(|(given, wanted)| conforms(given, wanted))
        }
        (T::Object(given), T::Object(wanted)) => {
            let mut pairs = given.attrs().iter().zip(wanted.attrs());
            given.names() == wanted.names()
                && pairs.all(|(given, wanted)| conforms(&given.ty, &wanted.ty))
        }
        _ => given == wanted,
    }
}

/// The answer for collections with these types of elements: those of different types are never equal,
/// even if they are empty, and where one has `Dynamic` for what is not known yet, they may be.
fn same_elements(a: &Type, b: &Type, parts: impl FnOnce() -> Equality) -> Equality {
    if a == b {
        return parts();
    }
    let unknown = (conforms(a, b) || conforms(b, a)) && parts() == Equality::Unknown;
    if unknown { Equality::Unknown } else { Equality::No }
}

/// Whether parts of two values are equal: in them, a null is one of its type.
fn equal_parts(a: &Value, b: &Value) -> Equality {
    match (a.kind(), b.kind()) {
        (ValueKind::Null(a), ValueKind::Null(b)) => (a == b).into(),
        _ => equal(a, b),
    }
}

fn equal_all(a: &[Value], b: &[Value]) -> Equality {
    if a.len() != b.len() {
        return Equality::No;
    }
    all(a.iter().zip(b).map(|(a, b)| equal_parts(a, b)))
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
