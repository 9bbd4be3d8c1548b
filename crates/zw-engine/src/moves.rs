//! Objects of the state that go by another address now: `moved` blocks, and `count` that comes or goes.

use std::collections::HashMap;
use std::sync::Arc;

use zw_config::model::{Endpoint, Moved, NodeId};
use zw_lang::addr::{
    ConfigResourceAddr, InstanceAddr, InstanceKey, ModuleInstancePath, ModulePath, ResourceAddr,
};
use zw_lang::{Diagnostic, Str};

use crate::full_source;
use crate::planner::Planner;
use crate::state::Current;
use crate::statics::node_id;

/// What decides which `moved` blocks concern an object: names of modules without keys, and the resource, unless the block
/// is about a module.
type Place = (Vec<Str>, Option<ResourceAddr>);

impl Planner {
    /// Gives objects the addresses that `moved` blocks say. Blocks may follow on each other.
    pub(crate) fn move_objects(&mut self) {
        let config = self.walk.config.clone();
        let mut moves: HashMap<Place, Vec<(NodeId, &Moved)>> = HashMap::new();
        let mut count = 0;
        for at in 0..config.tree.len() {
            let node = node_id(at);
            for moved in &config.module_of(node).moved {
                let mut names = self.names_of(node);
                names.extend(moved.from.module.steps().iter().map(|(name, _)| name.clone()));
                let resource = moved.from.resource.as_ref().map(|(resource, _)| resource.clone());
                moves.entry((names, resource)).or_default().push((node, moved));
                count += 1;
            }
        }
        if moves.is_empty() {
            return;
        }
        for at in 0..self.prior.objects.len() {
            // Each block moves an object at most once, so a ring of them comes to an end.
            for _ in 0..count {
                let address = self.prior.objects[at].address.clone();
                let Some(to) = self.moved(&moves, &address) else { break };
                if self.prior.position(&to).is_some() {
                    // Something is there already: the old object is an orphan.
                    break;
                }
                self.prior.rename(&address, &to);
            }
            self.retype_object(at);
        }
    }

    /// Makes an object that has moved to a resource of another type one of that type.
    fn retype_object(&mut self, at: usize) {
        let address = self.prior.objects[at].address.clone();
        let resource = address.resource();
        if *resource.type_name == *self.prior.objects[at].row.type_name {
            return;
        }
        let names = address.module().steps().iter().map(|(name, _)| name.clone()).collect();
        let place =
            ConfigResourceAddr { module: ModulePath::new(names), resource: resource.clone() };
        // What is declared nowhere is an orphan, and can be destroyed as what it was.
        let Some((node, declared)) = crate::resource::declared(&self.walk.config, &place) else {
            return;
        };
        let module = self.walk.config.module_of(node);
        let local = &module.resources[declared].provider.key.name;
        let required = module.settings.required_providers.get(local);
        let source = full_source(local, required.and_then(|required| required.source.as_deref()));
        let Some(provider) = self.walk.cx.providers.get(&source) else { return };
        let prior = &mut self.prior.objects[at];
        let Some(recorded) = &prior.recorded else { return };
        let (to, from) = (&*resource.type_name, &*prior.row.type_name);
        let Some(object) = provider.moved_object(to, from, recorded) else {
            let detail = format!(
                "A \"moved\" block makes {} the {from} that is in the state as {}, and a {from} cannot become a \
                 {to}. Import the object as a {to}, and remove the other address with a \"removed\" block.",
                address, prior.row.key.address
            );
            let summary = "Resource type mismatch in moved block";
            let span = module.resources[declared].span;
            self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
            prior.current = Current::Failed;
            return;
        };
        prior.row.type_name = Arc::from(to);
        prior.row.provider = format!("provider[{source:?}]").into();
        prior.row.schema_version =
            provider.resource_types().get(to).map_or(0, |schema| schema.version);
        // It is written down as what it has become.
        prior.recorded = None;
        prior.current = Current::Read(object);
    }

    /// Takes over the object of a resource whose `count` came or went, for the first instance.
    ///
    /// Terraform: Refactoring, "Enabling count for a resource".
    pub(crate) fn move_for_count(&mut self, address: &InstanceAddr) {
        if self.prior.objects.is_empty() {
            return;
        }
        let other = match address.key() {
            InstanceKey::None => InstanceKey::Int(0),
            InstanceKey::Int(0) => InstanceKey::None,
            _ => return,
        };
        let other = InstanceAddr::new(address.module().clone(), address.resource().clone(), other);
        if self.prior.position(address).is_none() && self.prior.position(&other).is_some() {
            self.prior.rename(&other, address);
        }
    }

    fn names_of(&self, node: NodeId) -> Vec<Str> {
        let config = &self.walk.config;
        let mut names = Vec::new();
        let mut node = node;
        while let Some((parent, call)) = config.tree[node.0 as usize].parent {
            names.push(config.module_of(parent).calls[call].name.clone());
            node = parent;
        }
        names.reverse();
        names
    }

    fn moved(
        &self,
        moves: &HashMap<Place, Vec<(NodeId, &Moved)>>,
        address: &InstanceAddr,
    ) -> Option<InstanceAddr> {
        let names: Vec<Str> =
            address.module().steps().iter().map(|(name, _)| name.clone()).collect();
        let of_resource = moves.get(&(names.clone(), Some(address.resource().clone())));
        let of_modules =
            (1..=names.len()).rev().filter_map(|len| moves.get(&(names[..len].to_vec(), None)));
        of_resource
            .into_iter()
            .chain(of_modules)
            .flatten()
            .find_map(|(node, moved)| renamed(address, self.names_of(*node).len(), moved))
    }
}

/// The address that a block gives an object; `None` if it is about other instances. `depth` is how many modules the
/// block itself is in.
fn renamed(address: &InstanceAddr, depth: usize, moved: &Moved) -> Option<InstanceAddr> {
    let steps = address.module().steps();
    let (outer, inner) = steps.split_at_checked(depth)?;
    let from = moved.from.module.steps();
    let (named, rest) = inner.split_at_checked(from.len())?;
    let mut kept = Vec::new();
    for ((name, key), (known, known_key)) in from.iter().zip(named) {
        if name != known || (*key != InstanceKey::None && key != known_key) {
            return None;
        }
        kept.push(known_key.clone());
    }
    let base = outer.iter().fold(ModuleInstancePath::root(), |path, (name, key)| {
        path.child(name.clone(), key.clone())
    });
    let to_module = target_module(&moved.to, &base, &kept);
    match (&moved.from.resource, &moved.to.resource) {
        (Some((_, from_key)), Some((resource, to_key))) if rest.is_empty() => {
            if from_key != address.key() && *from_key != InstanceKey::None {
                return None;
            }
            // A resource as a whole keeps the keys of its instances.
            let is_whole = *from_key == InstanceKey::None && *to_key == InstanceKey::None;
            if *from_key == InstanceKey::None && !is_whole && *address.key() != InstanceKey::None {
                return None;
            }
            let key = if is_whole { address.key().clone() } else { to_key.clone() };
            Some(InstanceAddr::new(to_module, resource.clone(), key))
        }
        (None, None) => {
            let module = rest
                .iter()
                .fold(to_module, |path, (name, key)| path.child(name.clone(), key.clone()));
            Some(InstanceAddr::new(module, address.resource().clone(), address.key().clone()))
        }
        _ => None,
    }
}

/// The module that a block names, below the instance that the block is in. Where it names no key and
/// neither did `from`, instances keep theirs.
fn target_module(
    to: &Endpoint,
    base: &ModuleInstancePath,
    kept: &[InstanceKey],
) -> ModuleInstancePath {
    let steps = to.module.steps();
    steps.iter().enumerate().fold(base.clone(), |path, (at, (name, key))| {
        let key = match (key, kept.get(at)) {
            (InstanceKey::None, Some(kept)) if steps.len() == 1 => kept.clone(),
            (key, _) => key.clone(),
        };
        path.child(name.clone(), key)
    })
}
