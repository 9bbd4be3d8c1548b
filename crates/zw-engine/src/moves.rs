//! Objects of the state that go by another address now: `moved` blocks, and `count` that comes or goes.

use std::collections::HashMap;

use zw_config::model::{Endpoint, Moved, NodeId};
use zw_lang::Str;
use zw_lang::addr::{InstanceAddr, InstanceKey, ModuleInstancePath, ResourceAddr};

use crate::planner::Planner;
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
        }
    }

    /// Takes over the object of a resource whose `count` came or went, for the first instance.
    ///
    /// Terraform: Refactoring, "Enabling count for a resource".
    pub(crate) fn move_for_count(&mut self, address: &InstanceAddr) {
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
