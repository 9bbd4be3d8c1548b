//! Objects as text.

use std::sync::Arc;

use serde::de::DeserializeSeed;
use zw_lang::{Str, TypedJson, Value, ValueSeed};
use zw_provider::schema::{Block, Schema};
use zw_provider::{OpError, OpErrorKind, OpResult};

use super::index::{Entry, Number};
use super::store::Row;
use crate::dice::Dice;

/// What an object is found by. Most have an id.
pub(crate) fn identity(object: &Value) -> Str {
    let text = |name: &&str| object.get(name).and_then(Value::as_str);
    if let Some(text) = ["id", "arn", "self_link", "name"].iter().find_map(text) {
        return text.into();
    }
    let digest = crate::digest::digest("", "", object);
    Dice::new(0).of(digest).hex("identity", 32).into()
}

pub(super) fn encode(object: &Value, schema: &Schema) -> OpResult<Arc<str>> {
    let json = TypedJson { value: object, ty: &schema.block.ty() };
    serde_json::to_string(&json).map(Into::into).map_err(|error| {
        OpError::new(OpErrorKind::Other, format!("The object cannot be kept: {error}."))
    })
}

pub(super) fn decode(body: &str, block: &Block, type_name: &str) -> OpResult<Value> {
    let mut reader = serde_json::Deserializer::from_str(body);
    ValueSeed { ty: &block.ty() }.deserialize(&mut reader).map_err(|error| {
        OpError::new(
            OpErrorKind::Other,
            format!(
                "The simulated {type_name} was made by another version of its schema: {error}. Delete the file of \
                 the simulated cloud to start anew."
            ),
        )
    })
}

pub(super) fn row(number: Number, entry: &Entry) -> OpResult<Row> {
    let links = serde_json::to_string(&entry.links).map_err(|error| {
        OpError::new(OpErrorKind::Other, format!("The object cannot be kept: {error}."))
    })?;
    Ok(Row {
        number,
        type_name: entry.type_name.as_str().into(),
        scope: (*entry.scope).into(),
        id: entry.id.as_str().into(),
        token: entry.token.as_str().into(),
        links,
        body: entry.body.clone(),
    })
}
