//! JSON to values.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::JsonError;
use super::surrogates::whole_characters;
use crate::convert::convert;
use crate::number::Number;
use crate::path::{Path, PathStep};
use crate::text::normalized;
use crate::ty::{ObjectType, Type};
use crate::value::{Str, Value};

/// The key under which `serde_json` hands over numbers of arbitrary precision.
const NUMBER_TOKEN: &str = "$serde_json::private::Number";

/// Reads a value of a type from a tree of JSON.
///
/// Source: `Unmarshal` of `cty/json`. Strings, numbers and bools stand for each other where they
/// convert; attributes that are missing are null.
pub fn json_to_value(json: &serde_json::Value, ty: &Type) -> Result<Value, JsonError> {
    let mut context = Context::default();
    let seed = PartSeed { ty: Some(ty), context: &mut context };
    seed.deserialize(json).map_err(|error| context.error(&error))
}

/// Reads JSON text as a value of whatever type it implies: arrays are tuples.
pub fn json_text_to_value(text: &str) -> Result<Value, JsonError> {
    let mut context = Context::default();
    let text = whole_characters(text);
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let value = PartSeed { ty: None, context: &mut context }.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| context.error(&error))
}

/// Reads a value of a type from any deserializer of a self-describing format.
#[derive(Clone, Copy, Debug)]
pub struct ValueSeed<'t> {
    /// The type of the value.
    pub ty: &'t Type,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let mut context = Context::default();
        PartSeed { ty: Some(self.ty), context: &mut context }.deserialize(deserializer).map_err(
            |error| {
                let path = context.path();
                if path.0.is_empty() {
                    error
                } else {
                    D::Error::custom(JsonError { path, message: error.to_string() })
                }
            },
        )
    }
}

/// What is shared while one document is read.
#[derive(Default)]
struct Context {
    /// Where it went wrong, innermost step first.
    path_reversed: Vec<PathStep>,
    /// The names of the last object without a type: most documents repeat a few shapes.
    last_names: Option<Arc<[Str]>>,
}

impl Context {
    fn path(&mut self) -> Path {
        self.path_reversed.reverse();
        Path(std::mem::take(&mut self.path_reversed))
    }

    fn error(&mut self, error: &serde_json::Error) -> JsonError {
        let text = error.to_string();
        let message = match text.rfind(" at line ") {
            // A tree of JSON has no lines.
            Some(at) if error.line() == 0 => text[..at].to_owned(),
            _ => text,
        };
        JsonError { path: self.path(), message }
    }

    fn object(&mut self, mut entries: Vec<(Str, Value)>) -> Value {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            return Value::object(entries);
        }
        if let Some(names) = &self.last_names
            && names.len() == entries.len()
            && names.iter().zip(&entries).all(|(name, entry)| *name == entry.0)
        {
            let values = entries.drain(..).map(|(_, value)| value).collect();
            return Value::object_of_shape(Arc::clone(names), values);
        }
        let (names, values): (Vec<Str>, Vec<Value>) = entries.into_iter().unzip();
        let names: Arc<[Str]> = names.into();
        self.last_names = Some(Arc::clone(&names));
        Value::object_of_shape(names, values)
    }
}

/// Reads one part of a document: of a type, or of the type that it implies.
struct PartSeed<'t, 'c> {
    ty: Option<&'t Type>,
    context: &'c mut Context,
}

impl<'de> DeserializeSeed<'de> for PartSeed<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> PartSeed<'t, '_> {
    fn number<E: Error>(&self, text: &str) -> Result<Value, E> {
        match self.ty {
            None | Some(Type::Number) => Number::parse(text)
                .map(Value::from)
                .ok_or_else(|| E::custom("a number is required")),
            Some(Type::String) => Ok(Value::from(text)),
            Some(ty) => Err(wrong(ty)),
        }
    }

    /// The elements of an array; the type of each by its position.
    fn elements<'de, A: SeqAccess<'de>>(
        &mut self,
        access: &mut A,
        type_at: impl Fn(usize) -> Option<&'t Type>,
    ) -> Result<Vec<Value>, A::Error> {
        let mut items = Vec::with_capacity(access.size_hint().unwrap_or(0).min(4096));
        loop {
            let seed = PartSeed { ty: type_at(items.len()), context: self.context };
            match access.next_element_seed(seed) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return Ok(items),
                Err(error) => {
                    let index = Value::from(Number::from(items.len()));
                    self.context.path_reversed.push(PathStep::Index(index));
                    return Err(error);
                }
            }
        }
    }

    /// The value of the entry whose key was read last.
    fn entry<'de, A: MapAccess<'de>>(
        &mut self,
        access: &mut A,
        ty: Option<&'t Type>,
        step: impl FnOnce() -> PathStep,
    ) -> Result<Value, A::Error> {
        access.next_value_seed(PartSeed { ty, context: self.context }).inspect_err(|_| {
            self.context.path_reversed.push(step());
        })
    }

    /// An object without a type, or a number in the clothes of an object.
    fn implied_object<'de, A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::with_capacity(access.size_hint().unwrap_or(0).min(4096));
        while let Some(Key(name)) = access.next_key()? {
            if name == NUMBER_TOKEN {
                return self.number(&access.next_value::<String>()?);
            }
            let value = self.entry(&mut access, None, || PathStep::Attr(name.clone()))?;
            entries.push((name, value));
        }
        Ok(self.context.object(entries))
    }

    fn map<'de, A: MapAccess<'de>>(
        mut self,
        mut access: A,
        element: &'t Type,
    ) -> Result<Value, A::Error> {
        let mut entries = Vec::with_capacity(access.size_hint().unwrap_or(0).min(4096));
        while let Some(Key(key)) = access.next_key()? {
            let step = || PathStep::Index(Value::from(key.clone()));
            let value = self.entry(&mut access, Some(element), step)?;
            entries.push((key, value));
        }
        let element = actual_element(element, entries.first().map(|(_, value)| value));
        Ok(Value::map(element, entries))
    }

    fn object<'de, A: MapAccess<'de>>(
        mut self,
        mut access: A,
        object: &'t ObjectType,
    ) -> Result<Value, A::Error> {
        let mut values: Vec<Option<Value>> = vec![None; object.attrs().len()];
        while let Some(Key(name)) = access.next_key()? {
            let Some(at) = object.position(&name) else {
                return Err(A::Error::custom(format_args!("unsupported attribute {name:?}")));
            };
            let step = || PathStep::Attr(name.clone());
            values[at] = Some(self.entry(&mut access, Some(&object.attrs()[at].ty), step)?);
        }
        let values = values.into_iter().zip(object.attrs());
        let values = values
            .map(|(value, attr)| value.unwrap_or_else(|| Value::null(attr.ty.without_optional())))
            .collect();
        Ok(Value::object_of_shape(object.names(), values))
    }

    /// `{"value": ..., "type": ...}`
    fn with_type<'de, A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut found: (Option<serde_json::Value>, Option<Type>) = (None, None);
        while let Some(Key(key)) = access.next_key()? {
            match key.as_str() {
                "value" => found.0 = Some(access.next_value()?),
                "type" => found.1 = Some(access.next_value()?),
                _ => {
                    let message = format_args!("invalid key {key:?} in dynamically-typed value");
                    return Err(A::Error::custom(message));
                }
            }
        }
        let (Some(json), Some(ty)) = found else {
            return Err(A::Error::custom("dynamically-typed value without value or type"));
        };
        PartSeed { ty: Some(&ty), context: self.context }
            .deserialize(json)
            .map_err(A::Error::custom)
    }
}

impl<'de> Visitor<'de> for PartSeed<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ty {
            Some(ty) => write!(f, "{}", ty.friendly_name()),
            None => f.write_str("any JSON value"),
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        match self.ty {
            None | Some(Type::Bool) => Ok(Value::from(value)),
            Some(Type::String) => Ok(Value::from(if value { "true" } else { "false" })),
            Some(ty) => Err(wrong(ty)),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.number(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.number(&value.to_string())
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        self.number(&value.to_string())
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        self.number(&value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // The shortest decimal of the float is the text that it was read from.
        self.number(&value.to_string())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        match self.ty {
            None | Some(Type::String) => Ok(Value::from(normalized(value))),
            Some(Type::Number) => self.number(value),
            Some(ty @ Type::Bool) => {
                convert(&Value::from(value), ty).map_err(|error| E::custom(error.message))
            }
            Some(ty) => Err(wrong(ty)),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::null(self.ty.map_or(Type::Dynamic, Type::without_optional)))
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        match self.ty {
            None => Ok(Value::tuple(self.elements(&mut access, |_| None)?)),
            Some(Type::List(element)) => {
                let items = self.elements(&mut access, |_| Some(element))?;
                Ok(Value::list(actual_element(element, items.first()), items))
            }
            Some(Type::Set(element)) => {
                let items = self.elements(&mut access, |_| Some(element))?;
                Ok(Value::set(actual_element(element, items.first()), items))
            }
            Some(Type::Tuple(types)) => {
                let len = types.len();
                // What is too much is read without a type, and refused by its number.
                let items = self.elements(&mut access, |at| types.get(at))?;
                if items.len() == len {
                    Ok(Value::tuple(items))
                } else {
                    Err(A::Error::custom(format_args!("a tuple of {len} elements is required")))
                }
            }
            Some(ty) => Err(wrong(ty)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        match self.ty {
            None => self.implied_object(access),
            Some(Type::Map(element)) => self.map(access, element),
            Some(Type::Object(object)) => self.object(access, object),
            Some(Type::Dynamic) => self.with_type(access),
            Some(ty) => match access.next_key()? {
                Some(Key(name)) if name == NUMBER_TOKEN => {
                    self.number(&access.next_value::<String>()?)
                }
                _ => Err(wrong(ty)),
            },
        }
    }
}

/// The element type of a collection whose constraint may leave it open.
fn actual_element(element: &Type, first: Option<&Value>) -> Type {
    match first {
        Some(first) if element.has_dynamic() => first.ty(),
        _ => element.without_optional(),
    }
}

fn wrong<E: Error>(ty: &Type) -> E {
    E::custom(format_args!("{} is required", ty.friendly_name()))
}

/// A key of an object, read without an allocation where it is short.
struct Key(Str);

impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Key, E> {
                Ok(Key(normalized(value)))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
