//! The order of compound elements of sets.

use std::sync::LazyLock;

use regex::Regex;

use super::{Value, ValueKind};
use crate::number::FloatVerb;

/// A text that compares, byte by byte, as the value does among elements of its type. Different
/// numbers may have one text, as only ten digits of them count.
///
/// Source: `appendSetHashBytes` of `cty`, by which its sets sort everything but scalars.
pub(super) fn sort_key(value: &Value) -> Vec<u8> {
    let mut key = Vec::new();
    append(value, &mut key);
    key
}

fn append(value: &Value, key: &mut Vec<u8>) {
    match value.kind() {
        ValueKind::Unknown(_) => key.push(b'?'),
        ValueKind::Null(_) => key.push(b'~'),
        ValueKind::Bool(value) => key.push(if *value { b'T' } else { b'F' }),
        ValueKind::Number(number) => {
            key.extend(number.to_text(FloatVerb::General, Some(10)).into_bytes());
        }
        ValueKind::String(text) => append_text(text, key),
        ValueKind::List(list) | ValueKind::Set(list) => {
            append_all(&list.items, [b'[', b']'], key);
        }
        ValueKind::Tuple(items) => append_all(items, [b'<', b'>'], key),
        ValueKind::Object(object) => append_all(&object.values, [b'<', b'>'], key),
        ValueKind::Map(map) => {
            key.push(b'{');
            for (name, value) in &map.entries {
                append_text(name, key);
                key.push(b':');
                append(value, key);
                key.push(b';');
            }
            key.push(b'}');
        }
    }
}

fn append_all(items: &[Value], brackets: [u8; 2], key: &mut Vec<u8>) {
    key.push(brackets[0]);
    for item in items {
        append(item, key);
        key.push(b';');
    }
    key.push(brackets[1]);
}

/// What Go takes for printable.
static PRINTABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").expect("the pattern is a constant")
});

/// The text in quotes, escaped as Go's `%q` does it.
fn append_text(text: &str, key: &mut Vec<u8>) {
    key.push(b'"');
    for char in text.chars() {
        let mut bytes = [0; 4];
        let plain = char.encode_utf8(&mut bytes);
        match char {
            '"' | '\\' => key.extend([b'\\', plain.as_bytes()[0]]),
            '\x07' => key.extend(b"\\a"),
            '\x08' => key.extend(b"\\b"),
            '\x0c' => key.extend(b"\\f"),
            '\n' => key.extend(b"\\n"),
            '\r' => key.extend(b"\\r"),
            '\t' => key.extend(b"\\t"),
            '\x0b' => key.extend(b"\\v"),
            ' '..='~' => key.extend(plain.as_bytes()),
            '\0'..'\u{80}' => key.extend(format!("\\x{:02x}", u32::from(char)).into_bytes()),
            _ if PRINTABLE.is_match(plain) => key.extend(plain.as_bytes()),
            '\u{80}'..='\u{ffff}' => {
                key.extend(format!("\\u{:04x}", u32::from(char)).into_bytes());
            }
            _ => key.extend(format!("\\U{:08x}", u32::from(char)).into_bytes()),
        }
    }
    key.push(b'"');
}

#[cfg(test)]
mod tests {
    use crate::{Type, Value};

    fn strings(items: &[&str]) -> Value {
        Value::set(Type::String, items.iter().map(|item| Value::from(*item)).collect())
    }

    fn shown(set: &Value) -> String {
        format!("{set:?}")
    }

    #[test]
    fn sets_in_sets_come_in_the_order_of_their_text() {
        let element = Type::set(Type::String);
        let items = vec![strings(&[]), strings(&["b"]), strings(&["a", "c"]), strings(&["a"])];
        let set = Value::set(element, items);
        assert_eq!(shown(&set), r#"{{"a", "c"}, {"a"}, {"b"}, {}}"#);
    }

    /// As `terraform console` 1.11.4 orders them.
    #[test]
    fn what_cannot_be_printed_comes_where_its_escape_does() {
        let items = ["true", "\u{2028}\u{7f}", "é", "\u{ad}", "Z"];
        let items = items.map(|item| Value::tuple(vec![Value::from(item)])).to_vec();
        let set = Value::set(Type::tuple(vec![Type::String]), items);
        let order: Vec<_> = set.as_sequence().unwrap_or_default().to_vec();
        let expected = ["Z", "\u{ad}", "\u{2028}\u{7f}", "true", "é"];
        assert_eq!(order, expected.map(|item| Value::tuple(vec![Value::from(item)])));
    }

    #[test]
    fn objects_in_sets_compare_numbers_as_text_and_null_comes_last() {
        let ty = Type::object([("port", Type::Number)]);
        let object = |port: Value| Value::object([("port", port)]);
        let ports = [80_i64, 443, 8080, 9].map(|port| object(Value::from(port)));
        let items = ports.into_iter().chain([object(Value::null(Type::Number))]).collect();
        let set = Value::set(ty, items);
        let expected =
            r#"{{"port": 443}, {"port": 8080}, {"port": 80}, {"port": 9}, {"port": null(number)}}"#;
        assert_eq!(shown(&set), expected);
    }

    #[test]
    fn numbers_that_share_ten_digits_stay_two_elements() {
        let ty = Type::tuple(vec![Type::Number]);
        let items = [12_345_678_901_i64, 12_345_678_902]
            .map(|number| Value::tuple(vec![Value::from(number)]));
        assert_eq!(Value::set(ty, items.to_vec()).len(), Some(2));
    }
}
