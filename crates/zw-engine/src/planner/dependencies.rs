//! What hangs on what: named dependencies, gates of module calls, and what is put off.

use super::Planner;
use std::collections::HashSet;

use zw_config::model::ResourceMode;

use crate::graph;
use crate::walk::{Dep, ModId, narrow};

impl Planner {
    /// Puts something off to a later round, because it depends on what is not known before then.
    pub(crate) fn defer(&mut self, address: String, deps: &[Dep]) {
        let on = graph::Dependencies::default().of(self, deps).join(", ");
        let reason = if on.is_empty() {
            "how many there will be is not known yet".to_owned()
        } else {
            format!("it depends on {on}")
        };
        self.deferred.insert(address, reason);
    }

    /// The managed instances that something was computed from, directly or not.
    pub(crate) fn instances_behind(&self, deps: Vec<Dep>) -> Vec<(ModId, usize, usize)> {
        let mut seen: HashSet<Dep> = HashSet::new();
        let mut found = Vec::new();
        let mut queue = deps;
        while let Some(dep) = queue.pop() {
            if !seen.insert(dep) {
                continue;
            }
            if let Dep::Instance(module, resource, at) = dep
                && self.is_managed(module, resource as usize)
            {
                found.push((module, resource as usize, at as usize));
            }
            queue.extend(graph::direct(self, dep));
        }
        found
    }

    /// Whether a resource is managed, rather than only read.
    pub(crate) fn is_managed(&self, module: ModId, resource: usize) -> bool {
        let node = self.walk.module(module).node;
        self.walk.config.module_of(node).resources[resource].mode == ResourceMode::Managed
    }

    /// What `depends_on` of the call of a module and of those around it names.
    pub(crate) fn gate_deps(&self, module: ModId) -> Vec<Dep> {
        let here = self.walk.module(module);
        let call = here.parent.zip(self.walk.config.tree[here.node.0 as usize].parent);
        let Some((parent, (above, call))) = call else { return Vec::new() };
        let named = &self.walk.config.module_of(above).calls[call].depends_on;
        let mut deps = self.named_deps(parent, named);
        deps.push(Dep::Gate(parent));
        deps
    }

    /// What `depends_on` names.
    pub(crate) fn named_deps(
        &self,
        module: ModId,
        named: &[zw_config::model::Dependency],
    ) -> Vec<Dep> {
        use zw_config::model::Symbol;
        let here = self.walk.module(module);
        let declared = self.walk.config.module_of(here.node);
        let mut deps = Vec::with_capacity(named.len());
        for dependency in named {
            match declared.symbol(dependency.symbol) {
                Symbol::Resource(at) => deps.push(Dep::Resource(module, narrow(at))),
                Symbol::Variable(at) => deps.push(Dep::Variable(module, narrow(at))),
                Symbol::Local(at) => deps.push(Dep::Local(module, narrow(at))),
                Symbol::Module(call) => {
                    deps.extend(here.calls[call].instances.iter().copied().map(Dep::Close));
                }
                _ => {}
            }
        }
        deps
    }
}
