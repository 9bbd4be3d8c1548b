//! Planning the instances of a resource or data source.

use std::sync::Arc;

use zw_config::model::{IgnoreChanges, Resource, ResourceMode};
use zw_lang::addr::InstanceAddr;
use zw_lang::{
    Diagnostic, Diagnostics, EvalError, Marks, Path, PathStep, Severity, Str, Type, Value,
    ValueKind, evaluate,
};
use zw_provider::schema::{Block, Schema};
use zw_provider::{OpError, PlanRequest, Provider};

use crate::body;
use crate::codec;
use crate::diff;
use crate::plan::{Action, Change, PlanMode, Reason};
use crate::planner::{DataKey, DataRead, Detail, Planner, Reach, prefix};
use crate::providers::{Arguments, Link, ProvId};
use crate::state::{Current, marked, no_object};
use crate::statics::{Object, StaticId};
use crate::walk::{Computed, Dep, EachData, Expansion, ModId, Slot, narrow};

/// An instance of a resource as the planner works on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Instance {
    pub(crate) module: ModId,
    pub(crate) resource: usize,
    pub(crate) at: usize,
}

/// What the configuration says of an instance.
pub(crate) struct Desired {
    /// The arguments, without marks.
    pub(crate) config: Value,
    /// Paths of arguments that are sensitive because of what they were set to.
    pub(crate) sensitive: Vec<Path>,
    pub(crate) provider: ProvId,
    pub(crate) deps: Box<[Dep]>,
    /// Whether it hangs on something that is put off to a later round.
    pub(crate) deferred: bool,
    /// Warnings of the body.
    pub(crate) warnings: Diagnostics,
}

impl Planner {
    /// Expands a resource and plans its instances, as far as that is not done yet.
    pub(crate) fn resource(&mut self, module: ModId, at: usize) {
        let config = self.walk.config.clone();
        let node = self.walk.module(module).node;
        let declared = &config.module_of(node).resources[at];
        if self.walk.module(module).resources[at].expansion.needs_work() {
            let (expansion, deps) = self.expansion(module, &declared.repetition);
            if let Expansion::Unknown = expansion {
                let name = crate::walk::resource_addr(declared).to_string();
                self.defer(format!("{}{name}", prefix(&self.walk, module)), &deps);
            }
            self.walk.modules[module.at()].resources[at].expand(expansion, deps);
        }
        let count = self.walk.module(module).resources[at].instances.len();
        let provider = if count > 0 { self.provider_or_report(module, declared) } else { None };
        let known = provider.as_ref().and_then(|provider| {
            let types = match declared.mode {
                ResourceMode::Managed => provider.resource_types(),
                ResourceMode::Data => provider.data_sources(),
            };
            Some((provider, types.get(&*declared.type_name)?))
        });
        for position in 0..count {
            if !self.walk.module(module).resources[at].instances[position].needs_work() {
                continue;
            }
            let instance = Instance { module, resource: at, at: position };
            let slot = match known {
                Some((provider, schema)) => self.instance(instance, declared, provider, schema),
                None => Slot::Failed,
            };
            self.walk.modules[module.at()].resources[at].set(position, slot);
        }
    }

    /// The provider of a resource, if it has the type. What is wrong is reported once for each
    /// type, not once an instance.
    fn provider_or_report(
        &mut self,
        module: ModId,
        declared: &Resource,
    ) -> Option<Arc<dyn Provider>> {
        let node = self.walk.module(module).node;
        let name = &declared.provider.key.name;
        let source = crate::providers::source_of(&self.walk, node, name);
        let registry = self.walk.cx.providers.clone();
        let Some(provider) = registry.get(&source) else {
            if self.reported.insert(format!("provider {source}")) {
                let known: Vec<&str> =
                    registry.iter().map(|(_, provider)| provider.name()).collect();
                let hint = zw_lang::suggest(name, known.iter().copied());
                self.diagnostics.push(
                    Diagnostic::error(
                        format!("There is no provider {name:?}"),
                        format!(
                            "Providers are built into zw, and {source} is not among them: it has {}.{hint}",
                            known.join(", ")
                        ),
                    )
                    .at(declared.span),
                );
            }
            return None;
        };
        let (types, kind) = match declared.mode {
            ResourceMode::Managed => (provider.resource_types(), "resource type"),
            ResourceMode::Data => (provider.data_sources(), "data source"),
        };
        if !types.contains_key(&*declared.type_name) {
            if self.reported.insert(format!("{kind} {}", declared.type_name)) {
                let hint = zw_lang::suggest(&declared.type_name, types.keys().copied());
                self.diagnostics.push(
                    Diagnostic::error(
                        format!("Invalid {kind}"),
                        format!(
                            "The provider {source} does not support {kind} {:?}.{hint}",
                            declared.type_name
                        ),
                    )
                    .at(declared.span),
                );
            }
            return None;
        }
        Some(provider.clone())
    }

    fn instance(
        &mut self,
        instance: Instance,
        declared: &Resource,
        provider: &Arc<dyn Provider>,
        schema: &Schema,
    ) -> Slot {
        let desired = match self.desired(instance, declared, schema) {
            Ok(desired) => desired,
            Err(slot) => return slot,
        };
        self.diagnostics.extend(desired.warnings.clone());
        if desired.deferred {
            let address = self.walk.address(instance.module, instance.resource, instance.at);
            if let Some(at) = self.prior.position(&address) {
                self.claimed.insert(at);
            }
            self.defer(address.to_string(), &desired.deps);
            let value = diff::propose(&schema.block, None, &desired.config);
            let value = marked(schema, &value, &desired.sensitive);
            return Slot::Ready(Computed { value, deps: desired.deps, deferred: true });
        }
        match declared.mode {
            ResourceMode::Managed => self.managed(instance, declared, provider, schema, desired),
            ResourceMode::Data => self.data(instance, declared, provider, schema, desired),
        }
    }

    /// What `each` and `count` are for an instance.
    pub(crate) fn each_of(&self, instance: Instance) -> EachData {
        self.walk.module(instance.module).resources[instance.resource]
            .expansion
            .repetition(instance.at)
    }

    /// Evaluates what the configuration says of an instance.
    pub(crate) fn desired(
        &mut self,
        instance: Instance,
        declared: &Resource,
        schema: &Schema,
    ) -> Result<Desired, Slot> {
        let each = self.each_of(instance);
        let failed = |diagnostics: &mut Diagnostics, error: EvalError, blocked: Slot| match error {
            EvalError::Blocked => blocked,
            EvalError::Diagnostics(found) => {
                diagnostics.extend(found);
                Slot::Failed
            }
        };
        if let Some(slot) =
            self.checks(instance.module, &each, None, &declared.lifecycle.preconditions)
        {
            return Err(slot);
        }
        let provider = match self.provider_of(instance.module, &each, &declared.provider) {
            Ok(Some(provider)) => provider,
            Ok(None) => return Err(Slot::Failed),
            Err(error) => return Err(failed(&mut self.diagnostics, error, Slot::Blocked)),
        };
        let address = self.walk.address(instance.module, instance.resource, instance.at);
        let mut view = self.walk.view(instance.module, each);
        let result = body::decode(&schema.block, &declared.body, &mut view);
        let blocked = view.blocked_slot();
        let mut deferred = view.deferred;
        let own = view.into_deps();
        let value = match result {
            Ok((value, warnings)) => {
                let deps = self.all_deps(instance, declared, &own);
                let sensitive = value.marked_paths(Marks::SENSITIVE);
                let (config, _) = value.unmark_all();
                let deps = [&*deps, &*self.providers.get(provider).deps].concat().into();
                // A provider that cannot be configured yet never falls back to a default.
                deferred |= matches!(self.providers.get(provider).arguments, Arguments::Unknown);
                Desired { config, sensitive, provider, deps, deferred, warnings }
            }
            Err(EvalError::Diagnostics(found)) => {
                let named =
                    found.into_iter().map(|diagnostic| diagnostic.about(address.to_string()));
                self.diagnostics.extend(named);
                return Err(Slot::Failed);
            }
            Err(error) => return Err(failed(&mut self.diagnostics, error, blocked)),
        };
        let problems =
            self.providers.get(provider).provider.validate(&declared.type_name, &value.config);
        if problems.is_empty() {
            return Ok(value);
        }
        for problem in problems {
            self.diagnostics.push(operation_diagnostic(&address, &problem, declared));
        }
        Err(Slot::Failed)
    }

    /// What an instance depends on: what was looked up for it, what its repetition was computed from, and what
    /// `depends_on` names here and at the calls around.
    fn all_deps(&self, instance: Instance, declared: &Resource, own: &[Dep]) -> Box<[Dep]> {
        let slot = &self.walk.module(instance.module).resources[instance.resource];
        let mut deps: Vec<Dep> = own.iter().chain(&slot.deps).copied().collect();
        deps.extend(self.named_deps(instance.module, &declared.depends_on));
        if self.has_gate(instance.module) {
            deps.push(Dep::Gate(instance.module));
        }
        deps.sort_unstable();
        deps.dedup();
        deps.into()
    }

    /// Whether `depends_on` is said of the call of a module or of one around it.
    fn has_gate(&self, module: ModId) -> bool {
        let mut at = module;
        loop {
            let here = self.walk.module(at);
            let call = here.parent.zip(self.walk.config.tree[here.node.0 as usize].parent);
            let Some((parent, (above, call))) = call else { return false };
            if !self.walk.config.module_of(above).calls[call].depends_on.is_empty() {
                return true;
            }
            at = parent;
        }
    }

    fn data(
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
        let waits = self.pending_dependency(&desired.deps, declared);
        if !is_known || waits {
            let reason = if is_known { Reason::DependencyPending } else { Reason::ConfigUnknown };
            let planned = marked(schema, &config, &desired.sensitive);
            if self.reach == Reach::Online {
                self.add_change(
                    Change {
                        address,
                        deposed: None,
                        previous_address: None,
                        provider: self.providers.get(desired.provider).address.clone(),
                        action: Action::Read,
                        reason,
                        before: no_object(Some(schema)),
                        after: planned.clone(),
                        replace_paths: Vec::new(),
                        importing: None,
                    },
                    Detail {
                        instance: Some((instance.module, instance.resource, instance.at)),
                        prior: None,
                        provider: Some(desired.provider),
                        create_before_destroy: false,
                        deps: desired.deps.clone(),
                    },
                );
            }
            return Slot::Ready(Computed { value: planned, deps: desired.deps, deferred: false });
        }
        let key: DataKey = (
            self.providers.get(desired.provider).address.clone(),
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
                if let Some(slot) = self.checks(instance.module, &each, Some(&value), checks) {
                    return slot;
                }
                Slot::Ready(Computed { value, deps: desired.deps, deferred: false })
            }
            Err(()) => Slot::Failed,
        }
    }

    fn want_data(
        &mut self,
        key: DataKey,
        desired: Desired,
        declared: &Resource,
        address: InstanceAddr,
    ) -> Slot {
        match self.connection(desired.provider) {
            Connecting::Ready | Connecting::Soon => {
                let read = DataRead {
                    provider: desired.provider,
                    type_name: declared.type_name.clone(),
                    config: desired.config,
                    address,
                };
                self.wanted.data.push((key, read));
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

    fn managed(
        &mut self,
        instance: Instance,
        declared: &Resource,
        provider: &Arc<dyn Provider>,
        schema: &Schema,
        desired: Desired,
    ) -> Slot {
        let address = self.walk.address(instance.module, instance.resource, instance.at);
        let position = self.prior.position(&address);
        if let Some(at) = position {
            let is_unread = matches!(self.prior.objects[at].current, Current::Unread);
            if is_unread && self.want_object(at, desired.provider) {
                return Slot::Blocked;
            }
            if matches!(self.prior.objects[at].current, Current::Failed) {
                return Slot::Failed;
            }
        }
        if let Some(at) = position {
            self.claimed.insert(at);
        }
        let planned = self.plan_managed(&address, declared, provider, schema, &desired, position);
        let planned = match planned {
            Ok(planned) => planned,
            Err(slot) => return slot,
        };
        let id = StaticId {
            node: self.walk.module(instance.module).node,
            object: Object::Resource(instance.resource),
        };
        let create_before_destroy = self.walk.statics.create_before_destroy(&self.walk.config, id);
        let Decision { mut action, reason, before, after, replace_paths } = planned;
        if action.is_replace() && create_before_destroy {
            action = Action::CreateThenDelete;
        }
        if action.is_replace() && !self.may_destroy(instance, declared, &address) {
            return Slot::Failed;
        }
        let after = marked(schema, &after, &desired.sensitive);
        let prior = position.map(|at| &self.prior.objects[at]);
        let before = match (&before, prior) {
            (Some(before), Some(prior)) => marked(schema, before, &prior.sensitive_paths()),
            _ => no_object(Some(schema)),
        };
        let value =
            if self.options.mode == PlanMode::RefreshOnly { before.clone() } else { after.clone() };
        let previous_address = prior.and_then(|prior| prior.moved_from.clone());
        self.add_change(
            Change {
                address,
                deposed: None,
                previous_address,
                provider: self.providers.get(desired.provider).address.clone(),
                action,
                reason,
                before,
                after,
                replace_paths,
                importing: None,
            },
            Detail {
                instance: Some((instance.module, instance.resource, instance.at)),
                prior: position,
                provider: Some(desired.provider),
                create_before_destroy,
                deps: desired.deps.clone(),
            },
        );
        if action == Action::NoOp && value.is_wholly_known() {
            let each = self.each_of(instance);
            let checks = &declared.lifecycle.postconditions;
            if let Some(slot) = self.checks(instance.module, &each, Some(&value), checks) {
                return slot;
            }
        }
        Slot::Ready(Computed { value, deps: desired.deps, deferred: false })
    }

    /// Whether an object may be destroyed, going by `prevent_destroy`; if not, that is reported.
    pub(crate) fn may_destroy(
        &mut self,
        instance: Instance,
        declared: &Resource,
        address: &InstanceAddr,
    ) -> bool {
        let Some(expr) = &declared.lifecycle.prevent_destroy else { return true };
        let each = self.each_of(instance);
        let mut view = self.walk.view(instance.module, each);
        match evaluate(expr, &mut view) {
            Ok(value) if value.as_bool() == Some(true) => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Instance cannot be destroyed",
                        format!(
                            "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this \
                             resource to be destroyed. To avoid this error and continue with the plan, either \
                             disable lifecycle.prevent_destroy or reduce the scope of the plan using the \
                             -target option."
                        ),
                    )
                    .at(declared.span)
                    .about(address.to_string()),
                );
                false
            }
            Ok(_) | Err(EvalError::Blocked) => true,
            Err(EvalError::Diagnostics(found)) => {
                self.diagnostics.extend(found);
                false
            }
        }
    }

    pub(crate) fn add_change(&mut self, change: Change, detail: Detail) {
        if let Some((module, resource, at)) = detail.instance {
            self.change_of.insert((module, narrow(resource), narrow(at)), self.changes.len());
        }
        self.changes.push(change);
        self.details.push(detail);
    }

    /// Decides what is done with a managed instance.
    fn plan_managed(
        &mut self,
        address: &InstanceAddr,
        declared: &Resource,
        provider: &Arc<dyn Provider>,
        schema: &Schema,
        desired: &Desired,
        position: Option<usize>,
    ) -> Result<Decision, Slot> {
        let prior = position.map(|at| &self.prior.objects[at]);
        let object = prior.and_then(|prior| prior.object()).cloned();
        let is_tainted = prior.is_some_and(crate::state::Prior::is_tainted);
        if self.options.mode == PlanMode::RefreshOnly {
            return Ok(Decision {
                action: Action::NoOp,
                reason: Reason::None,
                after: object.clone().unwrap_or_else(|| no_object(Some(schema))),
                before: object,
                replace_paths: Vec::new(),
            });
        }
        let provider_config = match &self.providers.get(desired.provider).arguments {
            Arguments::Known(config) => config.clone(),
            Arguments::Failed => return Err(Slot::Failed),
            Arguments::Pending | Arguments::Unknown => Value::unknown(Type::Dynamic),
        };
        let work =
            Work { provider: &**provider, type_name: &declared.type_name, schema, provider_config };
        let fail = |planner: &mut Self, error: &OpError| {
            let diagnostic = operation_diagnostic(address, error, declared);
            planner.diagnostics.push(diagnostic);
            Slot::Failed
        };
        let Some(before) = object else {
            let created = work.create(&desired.config).map_err(|error| fail(self, &error))?;
            return Ok(Decision {
                action: Action::Create,
                reason: Reason::None,
                before: None,
                after: created,
                replace_paths: Vec::new(),
            });
        };
        let config = ignoring(&declared.lifecycle.ignore_changes, &before, &desired.config);
        let (after, forced) = work.change(&before, &config).map_err(|error| fail(self, &error))?;
        let mut replace_paths = diff::replacing(&schema.block, &before, &after);
        for path in forced {
            if before.at_path(&path) != after.at_path(&path) && !replace_paths.contains(&path) {
                replace_paths.push(path);
            }
        }
        let triggered = self.is_triggered(declared, address);
        let reason = if is_tainted {
            Reason::Tainted
        } else if self.options.replace.contains(address) {
            Reason::Requested
        } else if triggered? {
            Reason::Triggered
        } else if replace_paths.is_empty() {
            Reason::None
        } else {
            Reason::CannotUpdate
        };
        if reason == Reason::None {
            let action = if after == before { Action::NoOp } else { Action::Update };
            return Ok(Decision {
                action,
                reason,
                before: Some(before),
                after,
                replace_paths: Vec::new(),
            });
        }
        let after = work.create(&config).map_err(|error| fail(self, &error))?;
        Ok(Decision {
            action: Action::DeleteThenCreate,
            reason,
            before: Some(before),
            after,
            replace_paths,
        })
    }

    /// Whether something that `replace_triggered_by` names changes.
    fn is_triggered(&mut self, declared: &Resource, address: &InstanceAddr) -> Result<bool, Slot> {
        let Some(instance) = self.instance_of(address) else { return Ok(false) };
        let mut triggered = false;
        for expr in &declared.lifecycle.replace_triggered_by {
            match crate::trigger::fires(self, instance, expr) {
                Ok(fires) => triggered |= fires,
                Err(diagnostic) => {
                    self.diagnostics.push(diagnostic);
                    return Err(Slot::Failed);
                }
            }
        }
        Ok(triggered)
    }
}

/// What is done with an instance.
struct Decision {
    action: Action,
    reason: Reason,
    before: Option<Value>,
    after: Value,
    replace_paths: Vec<Path>,
}

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

/// Whether a connection can be used.
pub(crate) enum Connecting {
    /// Now.
    Ready,
    /// After the next fetch.
    Soon,
    /// After something was applied.
    Later,
    /// Not at all, which has been reported.
    Never,
}

impl Planner {
    /// Asks for the connection of a provider configuration.
    pub(crate) fn connection(&mut self, id: ProvId) -> Connecting {
        let instance = self.providers.get(id);
        match (&instance.link, &instance.arguments) {
            (Link::Open(_), _) => Connecting::Ready,
            (Link::Failed, _) | (_, Arguments::Failed) => Connecting::Never,
            (Link::None, Arguments::Known(_)) => {
                self.wanted.connections.push(id);
                Connecting::Soon
            }
            (Link::None, Arguments::Unknown) => Connecting::Later,
            (Link::None, Arguments::Pending) => Connecting::Soon,
        }
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

/// A failed operation as a diagnostic.
pub(crate) fn operation_diagnostic(
    address: &InstanceAddr,
    error: &OpError,
    declared: &Resource,
) -> Diagnostic {
    let mut diagnostic = describe_error(error).about(address.to_string());
    diagnostic.span = Some(declared.span);
    if let Some(path) = &error.path {
        diagnostic = diagnostic.attribute(path.to_string());
        if let Some(PathStep::Attr(name)) = path.0.first()
            && let Some(attribute) = declared.body.attributes.get(name)
        {
            diagnostic.span = Some(attribute.value.span);
        }
    }
    diagnostic
}

/// A failed operation as a diagnostic without a place.
pub(crate) fn describe_error(error: &OpError) -> Diagnostic {
    let summary = match (&error.operation, &error.code) {
        (Some(operation), Some(code)) => format!("{operation}: {code}"),
        (Some(operation), None) => operation.clone(),
        (None, Some(code)) => code.clone(),
        (None, None) => "Operation failed".to_owned(),
    };
    let mut detail = error.message.clone();
    if let Some(request_id) = &error.request_id {
        detail.push_str(&format!("\n\nRequest id: {request_id}"));
    }
    let mut diagnostic = Diagnostic::error(summary, detail);
    diagnostic.severity = Severity::Error;
    diagnostic
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
