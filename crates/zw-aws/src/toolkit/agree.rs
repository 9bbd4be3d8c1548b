//! Whether a service already says what it was asked to do.

use std::collections::BTreeSet;

use zw_lang::{Value, ValueKind};

use super::is_zero;

/// Whether what was found is as planned, as far as the plan goes. Absent, `""`, `false`, `0` and empty are the same.
pub(crate) fn agrees(planned: &Value, found: &Value) -> bool {
    if !planned.is_known() || planned == found || (is_zero(planned) && is_zero(found)) {
        return true;
    }
    match (planned.kind(), found.kind()) {
        (ValueKind::Object(planned), ValueKind::Object(found)) => planned
            .iter()
            .all(|(name, part)| found.get(name).is_none_or(|found| agrees(part, found))),
        (ValueKind::Map(planned), ValueKind::Map(found)) => {
            let same = |(some, other): (&(_, Value), &(_, Value))| {
                some.0 == other.0 && agrees(&some.1, &other.1)
            };
            planned.entries.len() == found.entries.len()
                && planned.entries.iter().zip(&found.entries).all(same)
        }
        (ValueKind::List(planned), ValueKind::List(found)) => {
            planned.items.len() == found.items.len()
                && planned.items.iter().zip(&found.items).all(|(some, other)| agrees(some, other))
        }
        (ValueKind::Set(planned), ValueKind::Set(found)) => {
            // An element that is known in part stands for one of those that are left.
            let mut left: BTreeSet<usize> = (0..found.items.len()).collect();
            planned.items.iter().all(|item| {
                let at = left.iter().copied().find(|at| agrees(item, &found.items[*at]));
                at.is_some_and(|at| left.remove(&at))
            }) && left.is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use zw_lang::Type;

    use super::*;

    fn rule(port: i64, id: Value) -> Value {
        Value::object([("port", Value::from(port)), ("id", id)])
    }

    fn rules(items: Vec<Value>) -> Value {
        Value::set(Type::object([("port", Type::Number), ("id", Type::String)]), items)
    }

    #[test]
    fn what_is_not_known_may_become_anything() {
        let planned = rules(vec![rule(80, Value::unknown(Type::String)), rule(81, "b".into())]);
        assert!(agrees(&planned, &rules(vec![rule(80, "a".into()), rule(81, "b".into())])));
        assert!(!agrees(&planned, &rules(vec![rule(80, "a".into()), rule(81, "c".into())])));
        assert!(!agrees(&planned, &rules(vec![rule(81, "b".into())])));
        assert!(agrees(&Value::unknown(Type::Bool), &true.into()));
        assert!(!agrees(&false.into(), &true.into()));
        assert!(agrees(&false.into(), &Value::null(Type::Bool)));
    }
}
