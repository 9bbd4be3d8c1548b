//! Values that differ only in how they say that something is absent.
//!
//! Services and older state say `""`, `false` or `0` where a configuration says nothing.
//! What is read keeps the form in which it was known, so that nothing looks like a change that is none.

use zw_lang::{Value, ValueKind};

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

/// What was found, in the form in which it was known before, down to its parts: where the two differ only in
/// how they say that something is absent, the known form stays. What was not known is as found.
pub(crate) fn settled(known: &Value, found: Value) -> Value {
    if *known == found || (is_zero(known) && is_zero(&found)) {
        return known.clone();
    }
    match (known.kind(), found.kind()) {
        (ValueKind::Object(old), ValueKind::Object(new)) if old.names == new.names => {
            let parts = old.values.iter().zip(&new.values);
            let values = parts.map(|(old, new)| settled(old, new.clone())).collect();
            Value::object_of_shape(new.names.clone(), values)
        }
        (ValueKind::List(old), ValueKind::List(new)) => {
            let parts = new.items.iter().enumerate().map(|(at, new)| match old.items.get(at) {
                Some(old) => settled(old, new.clone()),
                None => new.clone(),
            });
            Value::list(new.element.clone(), parts.collect())
        }
        (ValueKind::Set(old), ValueKind::Set(new)) => {
            let parts =
                new.items.iter().map(|new| match old.items.iter().find(|old| may_be(old, new)) {
                    Some(old) => settled(old, new.clone()),
                    None => new.clone(),
                });
            Value::set(new.element.clone(), parts.collect())
        }
        _ => found,
    }
}

/// Whether what was known, perhaps in part, may have become what was found.
fn may_be(known: &Value, found: &Value) -> bool {
    match (known.as_object(), found.as_object()) {
        _ if !known.is_known() => true,
        (Some(old), Some(new)) if old.names == new.names => {
            old.values.iter().zip(&new.values).all(|(old, new)| may_be(old, new))
        }
        _ => same_but_for_zeros(known, found),
    }
}

#[cfg(test)]
mod tests {
    use zw_lang::Type;

    use super::*;

    fn rule(port: i64, about: Value) -> Value {
        Value::object([("port", Value::from(port)), ("about", about)])
    }

    fn set(rules: Vec<Value>) -> Value {
        let element = Type::object([("port", Type::Number), ("about", Type::String)]);
        Value::set(element, rules)
    }

    #[test]
    fn absent_parts_keep_the_form_in_which_they_were_known() {
        let known = set(vec![rule(80, Value::null(Type::String)), rule(81, "web".into())]);
        let found = set(vec![rule(80, "".into()), rule(81, "web".into())]);
        assert_eq!(settled(&known, found), known);
    }

    #[test]
    fn what_was_not_known_is_as_found() {
        let known = set(vec![rule(80, Value::unknown(Type::String))]);
        let found = set(vec![rule(80, "web".into())]);
        assert_eq!(settled(&known, found.clone()), found);
    }

    #[test]
    fn what_differs_is_as_found() {
        let known = set(vec![rule(80, "web".into())]);
        let found = set(vec![rule(80, "".into())]);
        assert_eq!(settled(&known, found.clone()), found);
    }
}
