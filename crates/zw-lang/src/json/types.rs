//! Types as JSON: `"string"`, `["list", "string"]`, `["object", {"a": "bool"}, ["a"]]`.

use serde::de::Error as _;
use serde::ser::{SerializeMap, SerializeSeq, SerializeTuple};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ty::{ObjectAttr, ObjectType, Type};

/// Types nested deeper than this are refused, so that reading cannot exhaust the stack.
const DEPTH_MAX: usize = 128;

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Dynamic => serializer.serialize_str("dynamic"),
            Self::Bool => serializer.serialize_str("bool"),
            Self::Number => serializer.serialize_str("number"),
            Self::String => serializer.serialize_str("string"),
            Self::List(element) => ("list", &**element).serialize(serializer),
            Self::Set(element) => ("set", &**element).serialize(serializer),
            Self::Map(element) => ("map", &**element).serialize(serializer),
            Self::Tuple(elements) => ("tuple", Elements(elements)).serialize(serializer),
            Self::Object(object) => {
                let optional: Vec<&str> = object
                    .attrs()
                    .iter()
                    .filter(|attr| attr.optional)
                    .map(|attr| attr.name.as_str())
                    .collect();
                let len = if optional.is_empty() { 2 } else { 3 };
                let mut tuple = serializer.serialize_tuple(len)?;
                tuple.serialize_element("object")?;
                tuple.serialize_element(&Attrs(object))?;
                if !optional.is_empty() {
                    tuple.serialize_element(&optional)?;
                }
                tuple.end()
            }
        }
    }
}

struct Elements<'a>(&'a [Type]);

impl Serialize for Elements<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for element in self.0 {
            sequence.serialize_element(element)?;
        }
        sequence.end()
    }
}

struct Attrs<'a>(&'a ObjectType);

impl Serialize for Attrs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.attrs().len()))?;
        for attr in self.0.attrs() {
            map.serialize_entry(attr.name.as_str(), &attr.ty)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        type_from_json(&json).ok_or_else(|| D::Error::custom("not a type"))
    }
}

/// The type that JSON stands for, if it does.
pub fn type_from_json(json: &serde_json::Value) -> Option<Type> {
    read(json, DEPTH_MAX)
}

fn read(json: &serde_json::Value, depth: usize) -> Option<Type> {
    let depth = depth.checked_sub(1)?;
    let parts = match json {
        serde_json::Value::String(name) => {
            return match name.as_str() {
                "dynamic" => Some(Type::Dynamic),
                "bool" => Some(Type::Bool),
                "number" => Some(Type::Number),
                "string" => Some(Type::String),
                _ => None,
            };
        }
        serde_json::Value::Array(parts) => parts.as_slice(),
        _ => return None,
    };
    let (kind, rest) = parts.split_first()?;
    match (kind.as_str()?, rest) {
        ("list", [element]) => read(element, depth).map(Type::list),
        ("set", [element]) => read(element, depth).map(Type::set),
        ("map", [element]) => read(element, depth).map(Type::map),
        ("tuple", [serde_json::Value::Array(elements)]) => {
            let elements: Option<Vec<Type>> =
                elements.iter().map(|element| read(element, depth)).collect();
            elements.map(Type::tuple)
        }
        ("object", [serde_json::Value::Object(attrs), optional @ ..]) => {
            let optional: Vec<&str> = match optional {
                [] => Vec::new(),
                [serde_json::Value::Array(names)] => {
                    names.iter().map(serde_json::Value::as_str).collect::<Option<_>>()?
                }
                _ => return None,
            };
            let attrs: Option<Vec<ObjectAttr>> = attrs
                .iter()
                .map(|(name, ty)| {
                    let optional = optional.contains(&name.as_str());
                    Some(ObjectAttr { name: name.as_str().into(), ty: read(ty, depth)?, optional })
                })
                .collect();
            attrs.map(|attrs| Type::Object(ObjectType::new(attrs).into()))
        }
        _ => None,
    }
}
