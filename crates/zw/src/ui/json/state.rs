//! The state as a document.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use zw_engine::{StateObject, StateOutput};
use zw_lang::Value;
use zw_lang::addr::{InstanceAddr, InstanceKey, ModuleInstancePath};

use super::TERRAFORM_VERSION;
use super::modules::ModuleTree;
use super::parts::{Key, Known, Sensitive};
use crate::ui::schemas::provider_source;

/// A state in Terraform's format.
#[derive(Clone, Copy)]
pub(crate) struct StateDocument<'a> {
    /// Objects, sorted by address.
    pub(crate) objects: &'a [StateObject<'a>],
    /// Outputs of the root module.
    pub(crate) outputs: &'a [StateOutput],
}

impl StateDocument<'_> {
    /// Whether there is nothing in it.
    pub(super) const fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.outputs.is_empty()
    }
}

impl Serialize for StateDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format_version", "1.0")?;
        if !self.is_empty() {
            map.serialize_entry("terraform_version", TERRAFORM_VERSION)?;
            map.serialize_entry("zw_version", env!("CARGO_PKG_VERSION"))?;
            map.serialize_entry("values", &StateValues(*self))?;
        }
        map.end()
    }
}

struct StateValues<'a>(StateDocument<'a>);

impl Serialize for StateValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.0.outputs.is_empty() {
            let mut outputs: Vec<&StateOutput> = self.0.outputs.iter().collect();
            outputs.sort_by_key(|output| &output.name);
            let outputs = outputs.into_iter().map(|output| {
                let value = Some(&output.value);
                (output.name.as_str(), OutputValue { value, sensitive: output.sensitive })
            });
            map.serialize_entry("outputs", &Entries(outputs.collect()))?;
        }
        let objects =
            self.0.objects.iter().map(|object| (object.address.module(), ObjectEntry(object)));
        map.serialize_entry("root_module", &ModuleTree::new(objects))?;
        map.end()
    }
}

/// Entries of a map in the order given.
pub(super) struct Entries<'a, T>(pub(super) Vec<(&'a str, T)>);

impl<T: Serialize> Serialize for Entries<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// An output with its value and type, if these are known.
pub(super) struct OutputValue<'a> {
    pub(super) value: Option<&'a Value>,
    pub(super) sensitive: bool,
}

impl Serialize for OutputValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sensitive", &self.sensitive)?;
        if let Some(value) = self.value {
            map.serialize_entry("value", &Known(value))?;
            map.serialize_entry("type", &value.ty())?;
        }
        map.end()
    }
}

struct ObjectEntry<'a>(&'a StateObject<'a>);

impl Serialize for ObjectEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = self.0;
        let mut map = serializer.serialize_map(None)?;
        serialize_identity(&mut map, &object.address, &object.provider)?;
        map.serialize_entry("schema_version", &object.schema.version)?;
        map.serialize_entry("values", &Known(&object.value))?;
        map.serialize_entry("sensitive_values", &Sensitive(&object.value))?;
        let depends_on = resources_of(&object.dependencies);
        if !depends_on.is_empty() {
            map.serialize_entry("depends_on", &depends_on)?;
        }
        if object.is_tainted {
            map.serialize_entry("tainted", &true)?;
        }
        if let Some(key) = &object.deposed {
            map.serialize_entry("deposed_key", &**key)?;
        }
        map.end()
    }
}

/// Which object it is, in the words that plans and states share.
pub(super) fn serialize_identity<M: SerializeMap>(
    map: &mut M,
    address: &InstanceAddr,
    provider: &str,
) -> Result<(), M::Error> {
    let resource = address.resource();
    map.serialize_entry("address", &address.to_string())?;
    map.serialize_entry("mode", resource.mode.name())?;
    map.serialize_entry("type", resource.type_name.as_str())?;
    map.serialize_entry("name", resource.name.as_str())?;
    if *address.key() != InstanceKey::None {
        map.serialize_entry("index", &Key(address.key()))?;
    }
    map.serialize_entry("provider_name", provider_source(provider))
}

/// The resources of instances, without any keys, as Terraform names dependencies.
fn resources_of(instances: &[Arc<str>]) -> BTreeSet<String> {
    instances
        .iter()
        .map(|text| match text.parse::<InstanceAddr>() {
            Ok(address) => {
                let mut module = ModuleInstancePath::root();
                for (name, _) in address.module().steps() {
                    module = module.child(name.clone(), InstanceKey::None);
                }
                InstanceAddr::new(module, address.resource().clone(), InstanceKey::None).to_string()
            }
            Err(_) => text.to_string(),
        })
        .collect()
}
