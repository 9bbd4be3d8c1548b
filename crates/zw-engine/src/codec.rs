//! Values, types and paths as the text that the state keeps.

use serde::de::DeserializeSeed;
use zw_lang::{Path, PathStep, Type, TypedJson, Value, ValueSeed};

/// Writes a value for whoever knows its type. It must be wholly known; what is not becomes null.
pub(crate) fn encode(value: &Value, ty: &Type) -> String {
    // Known values of their own type always have a form in JSON.
    serde_json::to_string(&TypedJson { value, ty }).unwrap_or_else(|_| "null".to_owned())
}

/// Reads a value of a type.
pub(crate) fn decode(text: &str, ty: &Type) -> Result<Value, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = ValueSeed { ty }.deserialize(&mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Writes a type as Terraform's state does.
pub(crate) fn encode_type(ty: &Type) -> String {
    serde_json::to_string(ty).unwrap_or_else(|_| "\"dynamic\"".to_owned())
}

/// Reads a type.
pub(crate) fn decode_type(text: &str) -> Option<Type> {
    zw_lang::type_from_json(&serde_json::from_str(text).ok()?)
}

/// Writes paths as Terraform's state does: lists of `get_attr` and `index` steps.
pub(crate) fn encode_paths(paths: &[Path]) -> String {
    let paths: Vec<serde_json::Value> = paths.iter().map(encode_path).collect();
    serde_json::Value::Array(paths).to_string()
}

fn encode_path(path: &Path) -> serde_json::Value {
    path.0
        .iter()
        .map(|step| match step {
            PathStep::Attr(name) => {
                serde_json::json!({ "type": "get_attr", "value": name.as_str() })
            }
            PathStep::Index(key) => serde_json::json!({
                "type": "index",
                "value": { "value": zw_lang::value_to_json(key), "type": key.ty() },
            }),
        })
        .collect()
}

/// Reads paths; those that make no sense are left out.
pub(crate) fn decode_paths(text: &str) -> Vec<Path> {
    let Ok(serde_json::Value::Array(paths)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    paths.iter().filter_map(decode_path).collect()
}

fn decode_path(path: &serde_json::Value) -> Option<Path> {
    let steps = path.as_array()?.iter().map(|step| {
        let value = &step["value"];
        match step["type"].as_str()? {
            "get_attr" => Some(PathStep::Attr(value.as_str()?.into())),
            "index" => {
                let ty = zw_lang::type_from_json(&value["type"])?;
                let key = zw_lang::json_to_value(&value["value"], &ty).ok()?;
                Some(PathStep::Index(key))
            }
            _ => None,
        }
    });
    steps.collect::<Option<Vec<_>>>().map(Path)
}
