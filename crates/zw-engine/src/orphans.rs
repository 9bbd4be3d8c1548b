//! Objects that the configuration does not ask for any more.

use std::sync::Arc;

use zw_config::model::{Removed, Repetition, ResourceMode};
use zw_lang::addr::{InstanceAddr, InstanceKey};
use zw_lang::{Diagnostic, Str};

use crate::fetch::source_in;
use crate::plan::{Action, Change, PlanMode, Reason};
use crate::planner::{Detail, Planner};
use crate::providers::ProvId;
use crate::resource::Instance;
use crate::state::{Current, marked, no_object};
use crate::walk::{Expansion, ModId};

impl Planner {
    /// Plans the deletion of whatever is in the state and has no instance in the configuration, and of
    /// what was left over from replacements.
    pub(crate) fn plan_orphans(&mut self) {
        if self.is_refresh_only() {
            return;
        }
        // Whether the configuration has no say in what there is to be.
        let destroy = matches!(self.options.mode, PlanMode::Destroy | PlanMode::Return(_));
        for at in 0..self.prior.objects.len() {
            let object = &self.prior.objects[at];
            if self.claimed.contains(&at) || !self.targets.contains_instance(&object.address) {
                continue;
            }
            let is_deposed = object.row.key.deposed.is_some();
            let reason = if is_deposed || destroy {
                Some(Reason::None)
            } else {
                self.orphaned(&object.address.clone())
            };
            let Some(reason) = reason else { continue };
            let address = self.prior.objects[at].address.clone();
            let action = if self.is_kept(at) || (!destroy && self.is_forgotten(&address)) {
                Action::Forget
            } else {
                Action::Delete
            };
            self.plan_deletion(at, action, reason);
        }
    }

    fn plan_deletion(&mut self, at: usize, action: Action, reason: Reason) {
        let Some(provider) = self.provider_of_row(at) else {
            let row = &self.prior.objects[at].row;
            self.diagnostics.push(
                Diagnostic::error(
                    "Provider configuration not present",
                    format!(
                        "To work with {} its original provider configuration at {} is required, but it has been \
                         removed. Add it back until the object is destroyed, or remove the object from the \
                         state with \"zw state rm\".",
                        row.key.address, row.provider
                    ),
                )
                .about(row.key.address.to_string()),
            );
            return;
        };
        let address = self.prior.objects[at].address.clone();
        if let Some((instance, declared)) = self.declared(&address)
            && action != Action::Forget
            && !self.may_destroy(instance, &declared, &address)
        {
            return;
        }
        let object = &self.prior.objects[at];
        if matches!(object.current, Current::Failed) {
            return;
        }
        let source = source_in(&object.row.provider);
        let schema = self.walk.cx.providers.resource_type(source, &object.row.type_name);
        // What is gone already only has to be forgotten, which applying does without a call.
        let Some(before) = object.object() else { return };
        let before = schema.map_or_else(
            || before.clone(),
            |schema| marked(schema, before, &object.sensitive_paths()),
        );
        let change = Change {
            address: object.address.clone(),
            deposed: object.row.key.deposed.clone(),
            previous_address: object.moved_from.clone(),
            provider: object.row.provider.clone(),
            action,
            reason,
            before,
            after: no_object(schema),
            replace_paths: Vec::new(),
            importing: None,
        };
        let ending = object.row.ending;
        self.add_change(
            change,
            Detail {
                instance: None,
                returned: None,
                prior: Some(at),
                provider: Some(provider),
                ending,
                deps: Box::default(),
            },
        );
    }

    /// Whether the block of an object says that it is not to be destroyed, or said so when it was last there.
    fn is_kept(&self, at: usize) -> bool {
        let object = &self.prior.objects[at];
        match self.declared(&object.address) {
            Some((_, declared)) => declared.lifecycle.destroy == Some(false),
            None => object.row.ending.skip_destroy,
        }
    }

    /// Whether a `removed` block says that an object is to be left alone.
    fn is_forgotten(&self, address: &InstanceAddr) -> bool {
        self.removed_block(address).is_some_and(|(_, removed)| !removed.destroy)
    }

    /// The `removed` block for an object, and the module that it is written in, which may be any on the way to it.
    pub(crate) fn removed_block(&self, address: &InstanceAddr) -> Option<(ModId, &Removed)> {
        let mut module = ModId::ROOT;
        let mut path = address.module().steps();
        loop {
            let here = self.walk.module(module);
            let declared = self.walk.config.module_of(here.node);
            let meant = |removed: &&Removed| is_meant(removed, path, address);
            if let Some(removed) = declared.removed.iter().find(meant) {
                return Some((module, removed));
            }
            let [(name, key), below @ ..] = path else { return None };
            let call = declared.calls.iter().position(|call| call.name == *name)?;
            let Known::At(at) = position_of(&here.calls[call].expansion, key) else { return None };
            (module, path) = (here.calls[call].instances[at], below);
        }
    }

    /// Why an instance is not in the configuration; `None` if it is, or if that is not known because
    /// something failed or is not known yet.
    fn orphaned(&self, address: &InstanceAddr) -> Option<Reason> {
        let mut module = ModId::ROOT;
        for (name, key) in address.module().steps() {
            let here = self.walk.module(module);
            let declared = self.walk.config.module_of(here.node);
            let Some(call) = declared.calls.iter().position(|call| call.name == *name) else {
                return Some(Reason::NoModule);
            };
            match position_of(&here.calls[call].expansion, key) {
                Known::At(at) => module = here.calls[call].instances[at],
                Known::Not => return Some(Reason::NoModule),
                Known::Perhaps => return None,
            }
        }
        let here = self.walk.module(module);
        let declared = self.walk.config.module_of(here.node);
        let found = declared
            .resources
            .iter()
            .position(|resource| crate::walk::resource_addr(resource) == *address.resource());
        let Some(at) = found else { return Some(Reason::NoResourceConfig) };
        let slot = &here.resources[at];
        match position_of(&slot.expansion, address.key()) {
            Known::At(_) | Known::Perhaps => None,
            Known::Not if matches!(slot.expansion, Expansion::Disabled) => Some(Reason::Disabled),
            Known::Not => Some(match (&declared.resources[at].repetition, address.key()) {
                (Repetition::Count(_), InstanceKey::Int(_)) => Reason::CountIndex,
                (Repetition::ForEach(_), InstanceKey::Str(_)) => Reason::EachKey,
                _ => Reason::WrongRepetition,
            }),
        }
    }

    /// The instance of an address, if the configuration has it.
    pub(crate) fn instance_of(&self, address: &InstanceAddr) -> Option<Instance> {
        let module = self.module_of(address)?;
        let resource = self.resource_of(module, address)?;
        let slot = &self.walk.module(module).resources[resource];
        match position_of(&slot.expansion, address.key()) {
            Known::At(at) => Some(Instance { module, resource, at }),
            _ => None,
        }
    }

    fn module_of(&self, address: &InstanceAddr) -> Option<ModId> {
        let mut module = ModId::ROOT;
        for (name, key) in address.module().steps() {
            let here = self.walk.module(module);
            let declared = self.walk.config.module_of(here.node);
            let call = declared.calls.iter().position(|call| call.name == *name)?;
            match position_of(&here.calls[call].expansion, key) {
                Known::At(at) => module = here.calls[call].instances[at],
                _ => return None,
            }
        }
        Some(module)
    }

    fn resource_of(&self, module: ModId, address: &InstanceAddr) -> Option<usize> {
        let node = self.walk.module(module).node;
        self.walk.resource_index(node, address.resource())
    }

    /// The block of an address, whether or not it has that instance.
    pub(crate) fn declared(
        &self,
        address: &InstanceAddr,
    ) -> Option<(Instance, Arc<zw_config::model::Resource>)> {
        let module = self.module_of(address)?;
        let resource = self.resource_of(module, address)?;
        let node = self.walk.module(module).node;
        let declared = &self.walk.config.module_of(node).resources[resource];
        (declared.mode == ResourceMode::Managed)
            .then(|| (Instance { module, resource, at: usize::MAX }, Arc::new(declared.clone())))
    }

    /// The configuration of an address in the state that no block declares: the default configuration
    /// of a provider that needs none.
    pub(crate) fn implied_provider(&mut self, address: &str) -> Option<ProvId> {
        let source = source_in(address);
        let provider = self.walk.cx.providers.get(source)?.clone();
        if address != format!("provider[{source:?}]") {
            return None;
        }
        // What a test overrides is served under a name of its own by a provider of another name.
        let local = source.rsplit('/').next().unwrap_or(source);
        let key = zw_config::model::ProviderKey { name: local.into(), alias: None };
        if crate::providers::declared(&self.walk, ModId::ROOT, &key).is_some() {
            return None;
        }
        let nothing = crate::body::empty(&provider.config_schema().block);
        let source = source.to_owned();
        let place = (ModId::ROOT, key, InstanceKey::None);
        let id = self.providers.add(place, provider, &source, address.into());
        self.providers.know(id, nothing);
        Some(id)
    }
}

/// Whether a block names an object whose module is at a path from that of the block.
fn is_meant(removed: &Removed, path: &[(Str, InstanceKey)], address: &InstanceAddr) -> bool {
    let from = removed.from.module.steps();
    let is_inside = from.len() <= path.len()
        && from.iter().zip(path).all(|((name, _), (known, _))| name == known);
    match &removed.from.resource {
        Some((resource, _)) => {
            is_inside && from.len() == path.len() && resource == address.resource()
        }
        None => is_inside,
    }
}

/// Whether an expansion has a key.
enum Known {
    At(usize),
    Not,
    Perhaps,
}

fn position_of(expansion: &Expansion, key: &InstanceKey) -> Known {
    let found = |at: Option<usize>| at.map_or(Known::Not, Known::At);
    match (expansion, key) {
        (Expansion::Single, InstanceKey::None) => Known::At(0),
        (Expansion::Count(count), InstanceKey::Int(at)) => {
            found(usize::try_from(*at).ok().filter(|at| *at < *count as usize))
        }
        (Expansion::ForEach(entries), InstanceKey::Str(key)) => {
            found(entries.binary_search_by(|(known, _)| known.cmp(key)).ok())
        }
        (
            Expansion::Single | Expansion::Disabled | Expansion::Count(_) | Expansion::ForEach(_),
            _,
        ) => Known::Not,
        _ => Known::Perhaps,
    }
}
