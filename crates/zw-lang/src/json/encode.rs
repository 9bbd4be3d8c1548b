//! Values to JSON.

use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::JsonError;
use crate::number::Number;
use crate::path::Path;
use crate::ty::Type;
use crate::value::{Str, Value, ValueKind};

impl Serialize for Number {
    /// With all of its digits, which needs `serde_json` with `arbitrary_precision`. Fails for an
    /// infinity.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(value) = self.to_written_i64() {
            return serializer.serialize_i64(value);
        }
        if !self.is_finite() {
            return Err(S::Error::custom("cannot serialize infinity as JSON"));
        }
        let text = self.to_string();
        text.parse::<serde_json::Number>().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl Serialize for Value {
    /// Without a type. Fails if anything in it is unknown.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        encode(self, None, serializer)
    }
}

/// A value to be written for a reader who knows its type, as in a state file.
#[derive(Clone, Copy, Debug)]
pub struct TypedJson<'a> {
    /// The value.
    pub value: &'a Value,
    /// Its type, or a constraint with `any` that it conforms to.
    pub ty: &'a Type,
}

impl Serialize for TypedJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        encode(self.value, Some(self.ty), serializer)
    }
}

/// A value with its type if the reader of the JSON knows one.
struct Part<'a> {
    value: &'a Value,
    ty: Option<&'a Type>,
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        encode(self.value, self.ty, serializer)
    }
}

fn encode<S: Serializer>(
    value: &Value,
    ty: Option<&Type>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if ty == Some(&Type::Dynamic) {
        if matches!(value.kind(), ValueKind::Null(Type::Dynamic)) {
            return serializer.serialize_unit();
        }
        let actual = value.ty();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("value", &Part { value, ty: Some(&actual) })?;
        map.serialize_entry("type", &actual)?;
        return map.end();
    }
    let element = ty.and_then(Type::element);
    match value.kind() {
        ValueKind::Null(_) => serializer.serialize_unit(),
        ValueKind::Unknown(_) => Err(S::Error::custom("value is not known")),
        ValueKind::Bool(value) => serializer.serialize_bool(*value),
        ValueKind::Number(number) => number.serialize(serializer),
        ValueKind::String(text) => serializer.serialize_str(text),
        ValueKind::List(list) | ValueKind::Set(list) => {
            let parts = list.items.iter().map(|value| Part { value, ty: element });
            serializer.collect_seq(parts)
        }
        ValueKind::Tuple(items) => {
            let types = if let Some(Type::Tuple(types)) = ty { types.as_slice() } else { &[] };
            let mut sequence = serializer.serialize_seq(Some(items.len()))?;
            for (at, value) in items.iter().enumerate() {
                sequence.serialize_element(&Part { value, ty: types.get(at) })?;
            }
            sequence.end()
        }
        ValueKind::Map(map) => {
            let mut out = serializer.serialize_map(Some(map.entries.len()))?;
            for (key, value) in &map.entries {
                out.serialize_entry(key.as_str(), &Part { value, ty: element })?;
            }
            out.end()
        }
        ValueKind::Object(object) => {
            let mut out = serializer.serialize_map(Some(object.values.len()))?;
            for (name, value) in object.iter() {
                let ty = match ty {
                    Some(Type::Object(ty)) => ty.get(name).map(|attr| &attr.ty),
                    _ => None,
                };
                out.serialize_entry(name.as_str(), &Part { value, ty })?;
            }
            out.end()
        }
    }
}

/// The value as a tree of JSON, without its type. What is unknown or infinite becomes null, as
/// JSON has no word for it.
pub fn value_to_json(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value.kind() {
        ValueKind::Null(_) | ValueKind::Unknown(_) => Json::Null,
        ValueKind::Bool(value) => Json::Bool(*value),
        ValueKind::Number(number) => serde_json::to_value(number).unwrap_or(Json::Null),
        ValueKind::String(text) => Json::String(text.to_string()),
        ValueKind::List(list) | ValueKind::Set(list) => {
            Json::Array(list.items.iter().map(value_to_json).collect())
        }
        ValueKind::Tuple(items) => Json::Array(items.iter().map(value_to_json).collect()),
        ValueKind::Map(map) => {
            let entry = |(key, value): &(Str, Value)| (key.to_string(), value_to_json(value));
            Json::Object(map.entries.iter().map(entry).collect())
        }
        ValueKind::Object(object) => {
            let entry = |(name, value): (&Str, &Value)| (name.to_string(), value_to_json(value));
            Json::Object(object.iter().map(entry).collect())
        }
    }
}

/// The value as a tree of JSON for a reader who knows the type. Fails if anything in it is
/// unknown or infinite.
pub fn value_to_typed_json(value: &Value, ty: &Type) -> Result<serde_json::Value, JsonError> {
    serde_json::to_value(TypedJson { value, ty })
        .map_err(|error| JsonError { path: Path::root(), message: error.to_string() })
}

/// The value as the text that Go's `encoding/json` writes, and so `jsonencode`: compact, keys
/// sorted, and `<`, `>`, `&`, U+2028 and U+2029 escaped. Fails if anything in it is unknown or
/// infinite.
pub fn to_go_json(value: &Value) -> Result<String, JsonError> {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, GoFormatter);
    value
        .serialize(&mut serializer)
        .map_err(|error| JsonError { path: Path::root(), message: error.to_string() })?;
    String::from_utf8(out)
        .map_err(|error| JsonError { path: Path::root(), message: error.to_string() })
}

struct GoFormatter;

impl serde_json::ser::Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        let mut done = 0;
        for (at, c) in fragment.char_indices() {
            let escaped = match c {
                '<' => "\\u003c",
                '>' => "\\u003e",
                '&' => "\\u0026",
                '\u{2028}' => "\\u2028",
                '\u{2029}' => "\\u2029",
                _ => continue,
            };
            writer.write_all(&fragment.as_bytes()[done..at])?;
            writer.write_all(escaped.as_bytes())?;
            done = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[done..])
    }
}
