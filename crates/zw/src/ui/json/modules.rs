//! Resources by module: the tree that plans and states write them in.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use zw_lang::addr::ModuleInstancePath;

/// An instance of a module with what is in it.
pub(super) struct ModuleTree<T> {
    address: String,
    resources: Vec<T>,
    children: BTreeMap<String, Self>,
}

impl<T> Default for ModuleTree<T> {
    fn default() -> Self {
        Self { address: String::new(), resources: Vec::new(), children: BTreeMap::new() }
    }
}

impl<T> ModuleTree<T> {
    /// The tree of resources, each with its module.
    pub(super) fn new<'p>(
        resources: impl IntoIterator<Item = (&'p ModuleInstancePath, T)>,
    ) -> Self {
        let mut root = Self::default();
        for (path, resource) in resources {
            let mut module = &mut root;
            let mut at = ModuleInstancePath::root();
            for (name, key) in path.steps() {
                at = at.child(name.clone(), key.clone());
                let address = at.to_string();
                module = module
                    .children
                    .entry(address.clone())
                    .or_insert_with(|| Self { address, ..Self::default() });
            }
            module.resources.push(resource);
        }
        root
    }
}

impl<T: Serialize> Serialize for ModuleTree<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.resources.is_empty() {
            map.serialize_entry("resources", &self.resources)?;
        }
        if !self.address.is_empty() {
            map.serialize_entry("address", &self.address)?;
        }
        if !self.children.is_empty() {
            let children: Vec<&Self> = self.children.values().collect();
            map.serialize_entry("child_modules", &children)?;
        }
        map.end()
    }
}
