//! `-target`: a plan of a part.

use zw_config::model::{Config, NodeId};
use zw_lang::addr::{InstanceAddr, InstanceKey, ModuleInstancePath, ModulePath};
use zw_lang::{Diagnostic, Diagnostics};

use crate::statics::{Object, StaticId, Statics};

/// What a plan looks at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Targets(Vec<Target>);

#[derive(Clone, Debug)]
enum Target {
    Module(ModuleInstancePath),
    Resource(InstanceAddr),
}

impl Targets {
    /// Reads the addresses of targets; those that are none are reported.
    pub(crate) fn parse(texts: &[String], diagnostics: &mut Diagnostics) -> Self {
        let mut targets = Vec::new();
        for text in texts {
            if let Ok(module) = text.parse::<ModuleInstancePath>()
                && !module.is_root()
            {
                targets.push(Target::Module(module));
                continue;
            }
            match text.parse::<InstanceAddr>() {
                Ok(address) => targets.push(Target::Resource(address)),
                Err(error) => {
                    diagnostics.push(Diagnostic::error("Invalid target", format!("{error}.")));
                }
            }
        }
        Self(targets)
    }

    /// Whether an object in the state is looked at.
    pub(crate) fn contains_instance(&self, address: &InstanceAddr) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|target| match target {
                Target::Module(module) => begins_with(address.module(), module),
                Target::Resource(target) => {
                    target.module() == address.module()
                        && target.resource() == address.resource()
                        && (*target.key() == InstanceKey::None || target.key() == address.key())
                }
            })
    }

    /// Whether a target names a resource as declared, whatever its instances.
    fn names(&self, path: &[zw_lang::Str], resource: Option<&zw_lang::addr::ResourceAddr>) -> bool {
        self.0.iter().any(|target| match target {
            Target::Module(module) => {
                let steps = module.steps();
                steps.len() <= path.len()
                    && steps.iter().zip(path).all(|((name, _), known)| name == known)
            }
            Target::Resource(target) => {
                let steps = target.module().steps();
                resource == Some(target.resource())
                    && steps.len() == path.len()
                    && steps.iter().zip(path).all(|((name, _), known)| name == known)
            }
        })
    }

    /// Whether each declared thing, in the static order, is looked at: the targets, what they refer to, and the outputs
    /// of the root module that refer to nothing else.
    pub(crate) fn included(&self, config: &Config, statics: &Statics) -> Vec<bool> {
        if self.0.is_empty() {
            return vec![true; statics.order.len()];
        }
        let roots = statics.order.iter().filter(|id| {
            let path = module_path(config, id.node);
            let path = path.names();
            match id.object {
                Object::Resource(at) => {
                    let declared = &config.module_of(id.node).resources[at];
                    self.names(path, Some(&crate::walk::resource_addr(declared)))
                }
                Object::Output(_) => !path.is_empty() && self.names(path, None),
                _ => false,
            }
        });
        let mut included = statics.closure(config, roots.copied());
        // An output is computed if everything that it needs is.
        let outputs: Vec<(usize, StaticId)> = statics
            .order
            .iter()
            .enumerate()
            .filter(|(_, id)| id.node == NodeId(0) && matches!(id.object, Object::Output(_)))
            .map(|(at, id)| (at, *id))
            .collect();
        for (at, id) in outputs {
            let needed = statics.closure(config, [id]);
            let resources = statics
                .order
                .iter()
                .enumerate()
                .filter(|(at, id)| needed[*at] && matches!(id.object, Object::Resource(_)));
            let mut resources = resources.peekable();
            if resources.peek().is_some() && resources.all(|(at, _)| included[at]) {
                for (at, needed) in needed.iter().enumerate() {
                    included[at] |= needed;
                }
                included[at] = true;
            }
        }
        included
    }
}

fn begins_with(path: &ModuleInstancePath, start: &ModuleInstancePath) -> bool {
    let (path, start) = (path.steps(), start.steps());
    start.len() <= path.len()
        && start.iter().zip(path).all(|((name, key), (known, known_key))| {
            name == known && (*key == InstanceKey::None || key == known_key)
        })
}

/// The path of a module call, without keys.
pub(crate) fn module_path(config: &Config, node: NodeId) -> ModulePath {
    let mut path = Vec::new();
    let mut node = node;
    while let Some((parent, call)) = config.tree[node.0 as usize].parent {
        path.push(config.module_of(parent).calls[call].name.clone());
        node = parent;
    }
    path.reverse();
    ModulePath::new(path)
}
