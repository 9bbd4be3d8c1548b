//! The object that a configuration asks for, with a provider's refinements.

use zw_config::model::IgnoreChanges;
use zw_lang::{Path, PathStep, Str, Value, ValueKind};
use zw_provider::schema::{Block, Schema};
use zw_provider::{OpError, PlanRequest, Provider};

use crate::diff;
use crate::state::no_object;

/// Planning with a provider's hook.
pub(crate) struct Work<'a> {
    pub(crate) provider: &'a dyn Provider,
    pub(crate) type_name: &'a str,
    pub(crate) schema: &'a Schema,
    pub(crate) provider_config: Value,
}

impl Work<'_> {
    /// The object that a creation makes.
    pub(crate) fn create(&self, config: &Value) -> Result<Value, OpError> {
        let planned = diff::propose(&self.schema.block, None, config);
        let prior = no_object(Some(self.schema));
        let request = PlanRequest {
            provider_config: &self.provider_config,
            config,
            prior: &prior,
            planned: &planned,
        };
        Ok(self.provider.plan(self.type_name, request)?.planned)
    }

    /// The object that a change makes, and paths whose change means a new object.
    pub(crate) fn change(
        &self,
        before: &Value,
        config: &Value,
    ) -> Result<(Value, Vec<Path>), OpError> {
        let planned = diff::propose(&self.schema.block, Some(before), config);
        let request = PlanRequest {
            provider_config: &self.provider_config,
            config,
            prior: before,
            planned: &planned,
        };
        let refined = self.provider.plan(self.type_name, request)?;
        Ok((refined.planned, refined.force_new))
    }
}

/// The configuration with what is to be ignored taken from the object as it is.
///
/// Terraform: Resource behavior, `ignore_changes`.
pub(crate) fn ignoring(ignore: &IgnoreChanges, before: &Value, config: &Value) -> Value {
    match ignore {
        IgnoreChanges::None => config.clone(),
        IgnoreChanges::All => before.clone(),
        IgnoreChanges::Paths(paths) => paths
            .iter()
            .fold(config.clone(), |config, (path, _)| transplant(&config, before, &path.0)),
    }
}

/// `to` with the part at a path taken from `from`; for an element of a map, added or removed as there.
fn transplant(to: &Value, from: &Value, steps: &[PathStep]) -> Value {
    let Some((step, rest)) = steps.split_first() else { return from.clone() };
    match (to.kind(), step) {
        (ValueKind::Object(object), PathStep::Attr(name)) => {
            let (Some(old), Ok(at)) = (from.get(name), object.names.binary_search(name)) else {
                return to.clone();
            };
            let mut values = object.values.clone();
            values[at] = transplant(&values[at], old, rest);
            Value::object_of_shape(object.names.clone(), values)
        }
        (ValueKind::Map(map), _) => {
            let key: Option<Str> = match step {
                PathStep::Attr(name) => Some(name.clone()),
                PathStep::Index(key) => key.as_str().map(Into::into),
            };
            let Some(key) = key else { return to.clone() };
            let mut entries = map.entries.clone();
            entries.retain(|(known, _)| *known != key);
            if let Some(old) = from.get(&key) {
                entries.push((key, old.clone()));
            }
            Value::map(map.element.clone(), entries)
        }
        (ValueKind::List(list), PathStep::Index(key)) => {
            let at = key.as_i64().and_then(|at| usize::try_from(at).ok());
            let old = at.and_then(|at| from.as_sequence()?.get(at));
            let (Some(at), Some(old)) = (at, old) else { return to.clone() };
            let mut items = list.items.clone();
            if let Some(item) = items.get_mut(at) {
                *item = transplant(item, old, rest);
            }
            Value::list(list.element.clone(), items)
        }
        // A map that is not set in the configuration at all.
        (ValueKind::Null(_), _) if !from.is_null() => from.clone(),
        _ => to.clone(),
    }
}

/// The result of a read as the schema wants it: what it lacks is null.
pub(crate) fn shaped(block: &Block, object: &Value) -> Value {
    let Some(known) = object.as_object() else { return object.clone() };
    if known.names == *block.names() {
        return object.clone();
    }
    let values = block
        .object_type()
        .attrs()
        .iter()
        .map(|attr| known.get(&attr.name).cloned().unwrap_or_else(|| Value::null(attr.ty.clone())))
        .collect();
    Value::object_of_shape(block.names().clone(), values)
}
