//! Values as the provider keeps them: JSON in which each says its type.

use serde_json::{Map, Value as Json, json};
use zw_lang::{Number, Type, Value, ValueKind};

/// A value as it is kept; `None` for null.
pub(crate) fn encode(value: &Value) -> Option<Json> {
    Some(match value.kind() {
        ValueKind::Null(_) | ValueKind::Unknown(_) => return None,
        ValueKind::Bool(truth) => json!({ "boolean": truth }),
        ValueKind::Number(number) => json!({ "number": number.to_string() }),
        ValueKind::String(text) => json!({ "string": text.as_str() }),
        ValueKind::List(list) => json!({ "list": all(&list.items) }),
        ValueKind::Set(list) => json!({ "set": all(&list.items) }),
        ValueKind::Tuple(items) => json!({ "list": all(items) }),
        ValueKind::Map(map) => {
            json!({ "map": named(map.entries.iter().map(|(key, value)| (key.as_str(), value))) })
        }
        ValueKind::Object(object) => {
            json!({ "object": named(object.iter().map(|(name, value)| (name.as_str(), value))) })
        }
    })
}

fn all(items: &[Value]) -> Vec<Json> {
    items.iter().map(|item| encode(item).unwrap_or(Json::Null)).collect()
}

fn named<'a>(entries: impl Iterator<Item = (&'a str, &'a Value)>) -> Map<String, Json> {
    entries.filter_map(|(name, value)| Some((name.to_owned(), encode(value)?))).collect()
}

/// A value of a type from the form in which it is kept.
///
/// # Errors
/// If it is of another type, with what was found.
pub(crate) fn decode(json: Option<&Json>, ty: &Type) -> Result<Value, String> {
    let Some(json) = json.filter(|json| !json.is_null()) else {
        return Ok(match ty {
            // Blocks that are not there are none.
            Type::List(_) | Type::Set(_) if json.is_some() => empty(ty),
            _ => Value::null(ty.clone()),
        });
    };
    let wrong = || format!("{json} is no {}", ty.friendly_name());
    let items = |name: &str, element: &Type| -> Result<Vec<Value>, String> {
        let items = json[name].as_array().ok_or_else(wrong)?;
        items.iter().map(|item| decode(Some(item), element)).collect()
    };
    Ok(match ty {
        Type::Bool => Value::from(json["boolean"].as_bool().ok_or_else(wrong)?),
        Type::String => Value::from(json["string"].as_str().ok_or_else(wrong)?),
        Type::Number => {
            let text = json["number"].as_str().ok_or_else(wrong)?;
            Value::from(Number::parse(text).ok_or_else(wrong)?)
        }
        Type::List(element) => Value::list((**element).clone(), items("list", element)?),
        Type::Set(element) => Value::set((**element).clone(), items("set", element)?),
        Type::Map(element) => {
            let entries = json["map"].as_object().ok_or_else(wrong)?;
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((key.as_str(), decode(Some(value), element)?)))
                .collect::<Result<Vec<_>, String>>()?;
            Value::map((**element).clone(), entries)
        }
        Type::Object(object) => {
            let entries = json["object"].as_object().ok_or_else(wrong)?;
            let attrs = object.attrs().iter();
            let attrs = attrs.map(|attr| {
                Ok((attr.name.clone(), decode(entries.get(attr.name.as_str()), &attr.ty)?))
            });
            Value::object(attrs.collect::<Result<Vec<_>, String>>()?)
        }
        _ => return Err(wrong()),
    })
}

fn empty(ty: &Type) -> Value {
    match ty {
        Type::Set(element) => Value::set((**element).clone(), Vec::new()),
        Type::List(element) => Value::list((**element).clone(), Vec::new()),
        other => Value::null(other.clone()),
    }
}
