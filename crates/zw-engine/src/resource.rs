//! Planning the instances of a resource or data source.

mod data;
mod early;
mod ephemeral;
mod importing;
mod managed;
mod work;

use crate::planner::Kind;
use std::sync::Arc;

use zw_config::model::{Provisioner, ProvisionerWhen, Resource, ResourceMode};
use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, Diagnostics, EvalError, Marks, Path, PathStep, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, Provider};

use crate::body;
use crate::diff;
use crate::plan::Change;
use crate::planner::{Detail, Planner, ephemeral as ephemerals, prefix};
use crate::providers::{Arguments, Link, ProvId};
use crate::state::marked;
use crate::walk::{Computed, Dep, EachData, Expansion, ModId, Slot, View, narrow};

pub(crate) use early::Existing;
pub(crate) use importing::{Imports, declared, target as import_target};
pub(crate) use managed::{Decision, decide};
pub(crate) use work::{Work, ignoring, shaped};

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

/// Who serves a resource: the same for it in all instances of its module, and looked for when there is the first.
pub(crate) enum Server {
    Pending,
    /// There is nobody, which has been reported.
    None,
    Found(Arc<dyn Provider>),
}

impl Planner {
    /// Expands a resource and plans its instances, as far as that is not done yet.
    pub(crate) fn resource(&mut self, module: ModId, at: usize, server: &mut Server) {
        let config = self.walk.config.clone();
        let node = self.walk.module(module).node;
        let declared = &config.module_of(node).resources[at];
        if self.walk.module(module).resources[at].expansion.needs_work() {
            let (expansion, deps) =
                self.expansion(module, &declared.repetition, declared.lifecycle.enabled.as_ref());
            if let Expansion::Unknown = expansion {
                let name = crate::walk::resource_addr(declared).to_string();
                self.defer(format!("{}{name}", prefix(&self.walk, module)), &deps);
            }
            self.walk.modules[module.at()].resources[at].expand(expansion, deps);
        }
        let count = self.walk.module(module).resources[at].instances.len();
        if count > 0 && matches!(server, Server::Pending) {
            let found = self.provider_or_report(module, declared);
            *server = found.map_or(Server::None, Server::Found);
        }
        let known = match server {
            Server::Found(provider) => {
                let schema = provider.types(declared.mode).get(&*declared.type_name);
                schema.map(|schema| (&*provider, schema))
            }
            Server::Pending | Server::None => None,
        };
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
        let types = provider.types(declared.mode);
        let kind = match declared.mode {
            ResourceMode::Managed => "resource type",
            ResourceMode::Data => "data source",
            ResourceMode::Ephemeral => "ephemeral resource",
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
            let value = ephemerals::of_mode(declared.mode, value);
            return Slot::Ready(Computed { value, deps: desired.deps, deferred: true });
        }
        match declared.mode {
            ResourceMode::Managed => self.managed(instance, declared, provider, schema, desired),
            ResourceMode::Data => self.data(instance, declared, provider, schema, desired),
            ResourceMode::Ephemeral => self.ephemeral(instance, declared, schema, desired),
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
        if let Some(slot) = self.checks(
            instance.module,
            &each,
            None,
            &declared.lifecycle.preconditions,
            Kind::Precondition,
        ) {
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
        skip_provisioners(declared, &mut view);
        let own = view.into_deps();
        let value = match result {
            Ok((value, warnings)) => {
                let refused = ephemerals::refuse_in_body(
                    &schema.block,
                    &declared.body,
                    &value,
                    declared.span,
                );
                if let (Err(found), true) = (refused, declared.mode != ResourceMode::Ephemeral) {
                    let named = found.into_iter().map(|one| one.about(address.to_string()));
                    self.diagnostics.extend(named);
                    return Err(Slot::Failed);
                }
                let deps = self.all_deps(instance, declared, provider, &own);
                let sensitive = value.marked_paths(Marks::SENSITIVE);
                let (config, _) = value.unmark_all();
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

    /// What an instance depends on: what was looked up for it, what its repetition was computed from, what
    /// `depends_on` names here and at the calls around, and what its provider was configured with.
    fn all_deps(
        &self,
        instance: Instance,
        declared: &Resource,
        provider: ProvId,
        own: &[Dep],
    ) -> Box<[Dep]> {
        let slot = &self.walk.module(instance.module).resources[instance.resource];
        let mut deps: Vec<Dep> = own.iter().chain(&slot.deps).copied().collect();
        deps.extend(self.named_deps(instance.module, &declared.depends_on));
        if self.has_gate(instance.module) {
            deps.push(Dep::Gate(instance.module));
        }
        deps.extend(self.providers.get(provider).deps.iter().copied());
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

    pub(crate) fn add_change(&mut self, change: Change, detail: Detail) {
        if let Some((module, resource, at)) = detail.instance {
            self.change_of.insert((module, narrow(resource), narrow(at)), self.changes.len());
        }
        self.changes.push(Arc::new(change));
        self.details.push(detail);
    }
}

/// Notes what the provisioners of a creation refer to: it can only be begun once they can be run.
fn skip_provisioners(declared: &Resource, view: &mut View<'_>) {
    let at_creation = |one: &&Provisioner| one.when == ProvisionerWhen::Create;
    let mut is_connected = false;
    for one in declared.provisioners.iter().filter(at_creation) {
        is_connected = true;
        body::skip(view, &one.body);
        one.connection.iter().for_each(|connection| body::skip(view, connection));
    }
    if let (true, Some(connection)) = (is_connected, &declared.connection) {
        body::skip(view, connection);
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
        match (self.providers.link(id), &instance.arguments) {
            (Link::Open(_), _) => Connecting::Ready,
            (Link::Failed, _) | (_, Arguments::Failed) => Connecting::Never,
            (Link::None, Arguments::Known(_)) => {
                self.wanted.connections.push(instance.same_as);
                Connecting::Soon
            }
            (Link::None, Arguments::Unknown) => Connecting::Later,
            (Link::None, Arguments::Pending) => Connecting::Soon,
        }
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
        (Some(operation), None) => format!("{operation} {}", error.kind.outcome()),
        (None, Some(code)) => code.clone(),
        (None, None) => "Operation failed".to_owned(),
    };
    let detail = match &error.request_id {
        Some(request_id) => format!("{}\n\nRequest id: {request_id}", error.message),
        None => error.message.clone(),
    };
    Diagnostic::error(summary, detail)
}
