//! Data sources: read while planning if they can be, otherwise while applying.

use super::{Connecting, Desired, Instance, operation_diagnostic};
use zw_state::Ending;

use crate::planner::Kind;
use std::sync::Arc;

use zw_config::model::Resource;
use zw_lang::addr::InstanceAddr;
use zw_lang::{Type, Value};
use zw_provider::Provider;
use zw_provider::schema::Schema;

use crate::codec;
use crate::diff;
use crate::plan::{Action, Change, Reason};
use crate::planner::{DataKey, DataRead, Detail, Planner, Reach, Wanted, ephemeral};
use crate::state::{marked, no_object};
use crate::walk::{Computed, Dep, ModId, Slot, narrow};

impl Planner {
    pub(super) fn data(
        &mut self,
        instance: Instance,
        declared: &Resource,
        provider: &Arc<dyn Provider>,
        schema: &Schema,
        desired: Desired,
    ) -> Slot {
        let address = self.walk.address(instance.module, instance.resource, instance.at);
        let config = diff::propose(&schema.block, None, &desired.config);
        let is_known = desired.config.is_wholly_known();
        let Some(waits) = self.waits(instance, declared, &desired) else { return Slot::Blocked };
        if !is_known || waits {
            return self.read_later(instance, declared, schema, desired);
        }
        let provider_id = self.providers.get(desired.provider).same_as;
        let key: DataKey = (
            self.providers.get(provider_id).address.clone(),
            declared.type_name.clone(),
            codec::encode(&desired.config, &desired.config.ty()),
        );
        let answer = if let Some(answer) = self.answers.get(&key) {
            answer.clone()
        } else if let Some(answer) = provider.read_pure_data(&declared.type_name, &desired.config) {
            let answer = answer.map_err(|error| {
                self.diagnostics.push(operation_diagnostic(&address, &error, declared));
            });
            self.answers.insert(key, answer.clone());
            answer
        } else {
            if self.reach == Reach::Offline {
                let value = marked(schema, &config, &desired.sensitive);
                return Slot::Ready(Computed { value, deps: desired.deps, deferred: false });
            }
            return self.want_data(key, desired, declared, address);
        };
        match answer {
            Ok(object) => {
                let value = marked(schema, &object, &desired.sensitive);
                let each = self.each_of(instance);
                let checks = &declared.lifecycle.postconditions;
                if let Some(slot) =
                    self.checks(instance.module, &each, Some(&value), checks, Kind::Postcondition)
                {
                    return slot;
                }
                Slot::Ready(Computed { value, deps: desired.deps, deferred: false })
            }
            Err(()) => Slot::Failed,
        }
    }

    /// Whether something is to be read only after changes that are planned; `None` if those have not been decided.
    pub(super) fn waits(
        &mut self,
        instance: Instance,
        declared: &Resource,
        desired: &Desired,
    ) -> Option<bool> {
        let mut named = self.named_deps(instance.module, &declared.depends_on);
        named.push(Dep::Gate(instance.module));
        if named.into_iter().any(|dep| self.is_undecided(dep)) {
            return None;
        }
        let is_early = self.awaits_creation(instance, &desired.deps)?;
        Some(is_early || self.pending_dependency(&desired.deps, declared))
    }

    /// Plans that something is read while applying. Until then, what it answers is not known.
    pub(super) fn read_later(
        &mut self,
        instance: Instance,
        declared: &Resource,
        schema: &Schema,
        desired: Desired,
    ) -> Slot {
        let config = diff::propose(&schema.block, None, &desired.config);
        let is_known = desired.config.is_wholly_known();
        let reason = if is_known { Reason::DependencyPending } else { Reason::ConfigUnknown };
        let planned =
            ephemeral::of_mode(declared.mode, marked(schema, &config, &desired.sensitive));
        if self.reach != Reach::Offline {
            let change = Change {
                address: self.walk.address(instance.module, instance.resource, instance.at),
                deposed: None,
                previous_address: None,
                provider: self.providers.get(desired.provider).address.clone(),
                action: Action::of_reading(declared.mode),
                reason,
                before: no_object(Some(schema)),
                after: planned.clone(),
                replace_paths: Vec::new(),
                importing: None,
            };
            let detail = Detail {
                instance: Some((instance.module, instance.resource, instance.at)),
                returned: None,
                prior: None,
                provider: Some(desired.provider),
                ending: Ending::default(),
                deps: desired.deps.clone(),
            };
            self.add_change(change, detail);
        }
        Slot::Ready(Computed { value: planned, deps: desired.deps, deferred: false })
    }

    fn want_data(
        &mut self,
        key: DataKey,
        desired: Desired,
        declared: &Resource,
        address: InstanceAddr,
    ) -> Slot {
        self.want(declared, desired, address, |wanted, read| wanted.data.push((key, read)))
    }

    /// Wants something to be read, as soon as its provider can be asked.
    pub(super) fn want(
        &mut self,
        declared: &Resource,
        desired: Desired,
        address: InstanceAddr,
        add: impl FnOnce(&mut Wanted, DataRead),
    ) -> Slot {
        match self.connection(desired.provider) {
            Connecting::Ready | Connecting::Soon => {
                let (provider, config) = (desired.provider, desired.config);
                let type_name = declared.type_name.clone();
                add(&mut self.wanted, DataRead { provider, type_name, config, address });
                Slot::Blocked
            }
            Connecting::Never => Slot::Failed,
            Connecting::Later => Slot::Ready(Computed {
                value: Value::unknown(Type::Dynamic),
                deps: desired.deps,
                deferred: true,
            }),
        }
    }

    /// Whether something that `depends_on` names is going to change, so that a data source has to be
    /// read after it.
    fn pending_dependency(&self, deps: &[Dep], declared: &Resource) -> bool {
        let explicit = !declared.depends_on.is_empty();
        deps.iter().any(|dep| match dep {
            Dep::Gate(module) => self.gate_is_pending(*module),
            Dep::Resource(module, resource) if explicit => self.is_changing(*module, *resource),
            Dep::Close(module) if explicit => self.closes_pending(*module),
            _ => false,
        })
    }

    /// Whether what is done with something has not been decided, because it waits for something to be read.
    pub(super) fn is_undecided(&self, dep: Dep) -> bool {
        match dep {
            Dep::Resource(module, resource) => {
                let slot = &self.walk.module(module).resources[resource as usize];
                slot.expansion.needs_work() || slot.instances.iter().any(Slot::needs_work)
            }
            Dep::Gate(module) => {
                self.gate_deps(module).into_iter().any(|dep| self.is_undecided(dep))
            }
            Dep::Close(module) => {
                let here = self.walk.module(module);
                here.calls.iter().any(|call| call.expansion.needs_work())
                    || crate::graph::direct(self, dep).into_iter().any(|dep| self.is_undecided(dep))
            }
            _ => false,
        }
    }

    fn gate_is_pending(&self, module: ModId) -> bool {
        self.gate_deps(module).into_iter().any(|dep| match dep {
            Dep::Resource(module, resource) => self.is_changing(module, resource),
            Dep::Close(module) => self.closes_pending(module),
            Dep::Gate(parent) => self.gate_is_pending(parent),
            _ => false,
        })
    }

    fn closes_pending(&self, module: ModId) -> bool {
        let here = self.walk.module(module);
        (0..here.resources.len()).any(|at| self.is_changing(module, narrow(at)))
            || here
                .calls
                .iter()
                .flat_map(|call| &call.instances)
                .any(|child| self.closes_pending(*child))
    }

    /// Whether an instance of a resource is going to change.
    fn is_changing(&self, module: ModId, resource: u32) -> bool {
        let count = self.walk.module(module).resources[resource as usize].instances.len();
        (0..count).any(|at| {
            self.change_of
                .get(&(module, resource, narrow(at)))
                .is_some_and(|change| self.changes[*change].action != Action::NoOp)
        })
    }
}
