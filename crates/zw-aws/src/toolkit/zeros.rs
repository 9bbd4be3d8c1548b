//! Values that differ only in how they say that something is absent.
//!
//! Services and older state say `""`, `false` or `0` where a configuration says nothing. For a whole
//! attribute [`super::Draft::set`] takes care of that; this is for objects within sets.

use zw_lang::Value;

use super::is_zero;

/// Whether two values are the same, absent ones and zeros taken as one. An [`Equality`](zw_provider::schema::Equality).
pub(crate) fn same_but_for_zeros(some: &Value, other: &Value) -> bool {
    if some == other || (is_zero(some) && is_zero(other)) {
        return true;
    }
    if let (Some(some), Some(other)) = (some.as_object(), other.as_object()) {
        return some.iter().all(|(name, value)| {
            other.get(name).is_some_and(|other| same_but_for_zeros(value, other))
        });
    }
    match (some.as_sequence(), other.as_sequence()) {
        (Some(some), Some(others)) if some.len() == others.len() => {
            some.iter().all(|value| others.iter().any(|other| same_but_for_zeros(value, other)))
        }
        _ => false,
    }
}

/// The values that were found, in the form in which they were known before.
pub(crate) fn as_before(prior: Option<&Value>, found: Vec<Value>) -> Vec<Value> {
    let before = prior.and_then(Value::as_sequence).unwrap_or_default();
    let known = |value: Value| {
        before.iter().find(|known| same_but_for_zeros(known, &value)).cloned().unwrap_or(value)
    };
    found.into_iter().map(known).collect()
}
