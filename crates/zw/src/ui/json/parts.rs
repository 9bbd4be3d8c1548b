//! The parts of a value that plans and states write side by side: what is known of it, what is not known
//! yet, and what is sensitive.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use zw_lang::addr::InstanceKey;
use zw_lang::{Path, PathStep, Type, Value, ValueKind};

/// A value without what is not known: attributes and entries are left out, elements of lists are null.
/// Sensitive parts are written; whoever reads this looks at [`Sensitive`] as well.
#[derive(Clone, Copy)]
pub(super) struct Known<'a>(pub(super) &'a Value);

impl Serialize for Known<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.kind() {
            ValueKind::Null(_) | ValueKind::Unknown(_) => serializer.serialize_unit(),
            ValueKind::Bool(value) => serializer.serialize_bool(*value),
            ValueKind::Number(number) => number.serialize(serializer),
            ValueKind::String(text) => serializer.serialize_str(text),
            ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Tuple(_) => {
                serializer.collect_seq(elements(self.0).iter().map(Known))
            }
            ValueKind::Map(_) | ValueKind::Object(_) => serializer.collect_map(
                entries(self.0)
                    .filter(|(_, part)| part.is_known())
                    .map(|(key, part)| (key, Known(part))),
            ),
        }
    }
}

/// `true` for what is not known yet. In objects what is known is left out, unless it could have parts
/// that are not.
///
/// Source: `unknownAsBool` in Terraform's plan format.
#[derive(Clone, Copy)]
pub(super) struct Unknown<'a>(pub(super) &'a Value);

impl Serialize for Unknown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.kind() {
            ValueKind::Unknown(_) => serializer.serialize_bool(true),
            ValueKind::Null(_)
            | ValueKind::Bool(_)
            | ValueKind::Number(_)
            | ValueKind::String(_) => serializer.serialize_bool(false),
            ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Tuple(_) => {
                serializer.collect_seq(elements(self.0).iter().map(Unknown))
            }
            ValueKind::Map(_) | ValueKind::Object(_) => serializer.collect_map(
                entries(self.0)
                    .filter(|(_, part)| !part.is_known() || part.len().is_some())
                    .map(|(key, part)| (key, Unknown(part))),
            ),
        }
    }
}

/// `true` for what is sensitive. In objects what is not is left out, unless it could have parts that are.
///
/// Source: `SensitiveAsBool` in Terraform's state format.
#[derive(Clone, Copy)]
pub(super) struct Sensitive<'a>(pub(super) &'a Value);

impl Serialize for Sensitive<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_sensitive() {
            return serializer.serialize_bool(true);
        }
        match self.0.kind() {
            ValueKind::Unknown(unknown) => match &unknown.ty {
                Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
                    serializer.serialize_seq(Some(0))?.end()
                }
                Type::Map(_) | Type::Object(_) => serializer.serialize_map(Some(0))?.end(),
                _ => serializer.serialize_bool(false),
            },
            ValueKind::Null(_)
            | ValueKind::Bool(_)
            | ValueKind::Number(_)
            | ValueKind::String(_) => serializer.serialize_bool(false),
            ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Tuple(_) => {
                serializer.collect_seq(elements(self.0).iter().map(Sensitive))
            }
            ValueKind::Map(_) | ValueKind::Object(_) => serializer.collect_map(
                entries(self.0)
                    .filter(|(_, part)| says_something(part))
                    .map(|(key, part)| (key, Sensitive(part))),
            ),
        }
    }
}

fn says_something(value: &Value) -> bool {
    let compound_later = value.as_unknown().is_some_and(|unknown| unknown.ty.is_compound());
    value.is_sensitive() || value.len().is_some() || compound_later
}

fn elements(value: &Value) -> &[Value] {
    value.as_sequence().unwrap_or_default()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let map = value.as_map().into_iter().flat_map(|map| &map.entries);
    let object = value.as_object().into_iter().flat_map(zw_lang::ObjectValue::iter);
    map.map(|(key, part)| (key.as_str(), part))
        .chain(object.map(|(name, part)| (name.as_str(), part)))
}

/// A path as a list of names and indices.
pub(super) struct Steps<'a>(pub(super) &'a Path);

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut steps = serializer.serialize_seq(Some(self.0.0.len()))?;
        for step in &self.0.0 {
            match step {
                PathStep::Attr(name) => steps.serialize_element(name.as_str())?,
                PathStep::Index(key) => steps.serialize_element(&Known(key))?,
            }
        }
        steps.end()
    }
}

/// The key of an instance: a number or a text.
pub(super) struct Key<'a>(pub(super) &'a InstanceKey);

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            InstanceKey::None => serializer.serialize_unit(),
            InstanceKey::Int(at) => serializer.serialize_u64(*at),
            InstanceKey::Str(key) => serializer.serialize_str(key),
        }
    }
}
