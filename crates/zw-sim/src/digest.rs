//! The fingerprint of a planned object: the natural inputs from which its ids derive.

use sha2::{Digest, Sha256};
use zw_lang::{Value, ValueKind};

/// Of an object as planned; what is not known yet does not count. Stable for ever, as files keep it.
pub(crate) fn digest(type_name: &str, scope: &str, planned: &Value) -> [u8; 16] {
    let mut hash = Sha256::new();
    text(&mut hash, type_name);
    text(&mut hash, scope);
    value(&mut hash, planned);
    let whole: [u8; 32] = hash.finalize().into();
    let mut short = [0; 16];
    short.copy_from_slice(&whole[..16]);
    short
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

fn value(hash: &mut Sha256, value_: &Value) {
    match value_.kind() {
        ValueKind::Null(_) => hash.update([0]),
        ValueKind::Unknown(_) => hash.update([1]),
        ValueKind::Bool(value) => hash.update([2, u8::from(*value)]),
        ValueKind::Number(number) => {
            hash.update([3]);
            text(hash, &number.to_string());
        }
        ValueKind::String(string) => {
            hash.update([4]);
            text(hash, string);
        }
        ValueKind::List(list) | ValueKind::Set(list) => items(hash, &list.items),
        ValueKind::Tuple(list) => items(hash, list),
        ValueKind::Map(map) => {
            hash.update([6]);
            hash.update((map.entries.len() as u64).to_le_bytes());
            for (key, part) in &map.entries {
                text(hash, key);
                value(hash, part);
            }
        }
        ValueKind::Object(object) => {
            // Attributes without a value are left out, so that an attribute that is added to a
            // schema does not change the ids of objects that do not have it.
            hash.update([7]);
            for (name, part) in object.iter().filter(|(_, part)| part.is_known() && !part.is_null())
            {
                text(hash, name);
                value(hash, part);
            }
            hash.update([8]);
        }
    }
}

fn items(hash: &mut Sha256, items: &[Value]) {
    hash.update([5]);
    hash.update((items.len() as u64).to_le_bytes());
    for item in items {
        value(hash, item);
    }
}

#[cfg(test)]
mod tests {
    use zw_lang::Type;

    use super::*;

    fn of(parts: &[(&str, Value)]) -> [u8; 16] {
        digest("t", "here", &Value::object(parts.iter().cloned()))
    }

    #[test]
    fn what_has_no_value_does_not_count_and_everything_else_does() {
        let a = ("a", Value::from("x"));
        let plain = of(std::slice::from_ref(&a));
        assert_eq!(plain, of(&[a.clone(), ("b", Value::null(Type::String))]));
        assert_eq!(plain, of(&[a.clone(), ("b", Value::unknown(Type::String))]));
        assert_ne!(plain, of(&[a, ("b", Value::from(""))]));
        assert_ne!(plain, of(&[("a", Value::from("y"))]));
        let list = |items: &[&str]| {
            let items = items.iter().map(|item| Value::from(*item)).collect();
            [("a", Value::list(Type::String, items))]
        };
        assert_ne!(of(&list(&["ab"])), of(&list(&["a", "b"])));
        assert_ne!(digest("t", "here", &Value::from(1)), digest("t", "there", &Value::from(1)));
    }
}
