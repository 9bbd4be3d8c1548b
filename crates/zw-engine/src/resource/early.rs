//! Data sources that would be read too early: before something exists that they are meant to find.
//!
//! An output that names things in its `depends_on` says that who uses it wants those to be there. Terraform
//! orders by that, but reads a data source that uses the output as soon as its arguments are known. So an
//! apply that was interrupted cannot be completed: the VPC is there, its subnets are not, and a look-up of its
//! subnets finds none. Here the look-up waits, unless something was made from it before: then what it found
//! is in use, and a new thing among those named must not put all that in doubt.

use std::collections::{HashMap, HashSet};

use zw_lang::addr::{ConfigResourceAddr, ModuleInstancePath, ResourceAddr};

use super::Instance;
use crate::graph;
use crate::plan::Action;
use crate::planner::Planner;
use crate::state::PriorState;
use crate::statics::{Object, StaticId};
use crate::target::module_path;
use crate::walk::{Dep, ModId, narrow, resource_addr};

/// Which declared resources have objects in the state.
#[derive(Default)]
pub(crate) struct Existing {
    instances: HashSet<(ModuleInstancePath, ResourceAddr)>,
    declared: HashSet<ConfigResourceAddr>,
    /// The resources that hang on a data source.
    users: HashMap<StaticId, Vec<StaticId>>,
}

impl Existing {
    fn new(prior: &PriorState) -> Self {
        let mut existing = Self::default();
        for object in &prior.objects {
            let (module, resource) = (object.address.module(), object.address.resource());
            existing.instances.insert((module.clone(), resource.clone()));
            let (module, resource) = (module.module(), resource.clone());
            existing.declared.insert(ConfigResourceAddr { module, resource });
        }
        existing
    }
}

impl Planner {
    /// Whether a data source is to wait for things that an output on the way to it names, and that do not
    /// exist yet; `None` if that has not been decided.
    pub(super) fn awaits_creation(&mut self, instance: Instance, deps: &[Dep]) -> Option<bool> {
        let named = self.named_by_outputs(deps);
        if named.is_empty() || self.has_users(instance) {
            return Some(false);
        }
        if named
            .iter()
            .any(|(module, resource)| self.is_undecided(Dep::Resource(*module, *resource)))
        {
            return None;
        }
        Some(named.into_iter().any(|(module, resource)| self.is_being_created(module, resource)))
    }

    /// What outputs name in their `depends_on`, of those that values were computed from.
    fn named_by_outputs(&self, deps: &[Dep]) -> Vec<(ModId, u32)> {
        let mut seen: HashSet<Dep> = HashSet::new();
        let mut found = Vec::new();
        let mut queue = deps.to_vec();
        while let Some(dep) = queue.pop() {
            if !seen.insert(dep) {
                continue;
            }
            if let Dep::Output(module, at) = dep {
                let declared = self.walk.config.module_of(self.walk.module(module).node);
                let named = &declared.outputs[at as usize].depends_on;
                found.extend(self.named_deps(module, named).into_iter().filter_map(
                    |dep| match dep {
                        Dep::Resource(module, resource) => Some((module, resource)),
                        _ => None,
                    },
                ));
            }
            if matches!(dep, Dep::Variable(..) | Dep::Local(..) | Dep::Output(..)) {
                queue.extend(graph::direct(self, dep));
            }
        }
        found
    }

    fn is_being_created(&self, module: ModId, resource: u32) -> bool {
        let count = self.walk.module(module).resources[resource as usize].instances.len();
        (0..count).any(|at| {
            let change = self.change_of.get(&(module, resource, narrow(at)));
            change.is_some_and(|change| {
                let action = self.changes[*change].action;
                action == Action::Create || action.is_replace()
            })
        })
    }

    /// Whether something exists that was made from what a data source found.
    fn has_users(&mut self, instance: Instance) -> bool {
        if self.prior.objects.is_empty() {
            return false;
        }
        let node = self.walk.module(instance.module).node;
        let id = StaticId { node, object: Object::Resource(instance.resource) };
        let (statics, config, prior) = (&self.walk.statics, &self.walk.config, &self.prior);
        let existing = self.existing.get_or_insert_with(|| Existing::new(prior));
        let users =
            existing.users.entry(id).or_insert_with(|| statics.resources_behind(config, id));
        let path = &self.walk.modules[instance.module.at()].path;
        users.iter().any(|user| {
            let Object::Resource(at) = user.object else { return false };
            let address = resource_addr(&config.module_of(user.node).resources[at]);
            if user.node == node {
                existing.instances.contains(&(path.clone(), address))
            } else {
                let module = module_path(config, user.node);
                existing.declared.contains(&ConfigResourceAddr { module, resource: address })
            }
        })
    }
}
