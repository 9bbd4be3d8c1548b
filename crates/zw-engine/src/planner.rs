//! Making a plan: passes over the static graph, with whatever has to be read between them.
//!
//! A pass computes everything that can be computed. What needs something from outside (a data source, the present
//! form of an object, a connection) is noted and left; then everything noted is fetched at once, and the next pass goes on where
//! this one was blocked. There are as many passes as data sources are chained.

mod checks;
mod configurations;
mod dependencies;
pub(crate) mod ephemeral;
mod repetition;
mod values;

pub(crate) use checks::Kind;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use zw_config::model::NodeId;
use zw_lang::addr::{InstanceAddr, ModuleInstancePath};
use zw_lang::{Diagnostic, Diagnostics, EvalError, Str, Type, Value, evaluate, parallel};
use zw_state::{Ending, Snapshot};

use crate::api::{Context, PlanOptions};
use crate::event::Observer;
use crate::plan::{Action, Change, Changes, Deferred, OutputChange, Plan, PlanMode};
use crate::providers::{ProvId, Providers};
use crate::resource::{Imports, Server};
use crate::returning::Returned;
use crate::state::{PriorState, decode_output};
use crate::statics::{Object, StaticId, Statics};
use crate::target::Targets;
use crate::walk::{Dep, EachData, Expansion, ModId, Slot, Walk, enabled_of, expansion_of, narrow};

/// What a plan knows of a change besides what is shown.
#[derive(Clone, Debug)]
pub(crate) struct Detail {
    /// The instance, unless it is only in the state.
    pub(crate) instance: Option<(ModId, usize, usize)>,
    /// The object of then that it becomes, by position.
    pub(crate) returned: Option<u32>,
    /// The object in the state, by position.
    pub(crate) prior: Option<usize>,
    pub(crate) provider: Option<ProvId>,
    /// How the object is to end.
    pub(crate) ending: Ending,
    /// What the instance was computed from.
    pub(crate) deps: Box<[Dep]>,
}

impl Detail {
    /// What others depend on that is made by the change.
    pub(crate) fn dep(&self) -> Option<Dep> {
        let of_instance =
            |(module, resource, at)| Dep::Instance(module, narrow(resource), narrow(at));
        self.instance.map(of_instance).or_else(|| self.returned.map(Dep::Returned))
    }
}

/// A data source that is to be read.
#[derive(Clone, Debug)]
pub(crate) struct DataRead {
    pub(crate) provider: ProvId,
    pub(crate) type_name: Str,
    pub(crate) config: Value,
    pub(crate) address: InstanceAddr,
}

/// Ephemeral resources that were opened, by address.
pub(crate) type Opened = HashMap<InstanceAddr, Result<Value, ()>>;

/// What a pass found missing.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) connections: Vec<ProvId>,
    pub(crate) objects: Vec<usize>,
    pub(crate) data: Vec<(DataKey, DataRead)>,
    /// Ephemeral resources to open.
    pub(crate) opened: Vec<DataRead>,
    /// Objects to import; their configuration is the id.
    pub(crate) imports: Vec<(DataKey, DataRead)>,
}

impl Wanted {
    pub(crate) fn is_empty(&self) -> bool {
        self.connections.is_empty()
            && self.objects.is_empty()
            && self.data.is_empty()
            && self.opened.is_empty()
            && self.imports.is_empty()
    }
}

/// What decides the answer of a data source: the address of its provider configuration (the first that says the same),
/// its type, and its arguments as text. Reads with one key are one read.
pub(crate) type DataKey = (Arc<str>, Str, String);

/// Whether a run may ask anybody outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Variables without a value and everything outside are unknown.
    Offline,
    /// Everything is asked, but ephemeral resources are not opened.
    Looking,
    /// Everything is asked.
    Online,
}

/// A plan being made, and afterwards what is needed to apply it.
pub(crate) struct Planner {
    pub(crate) walk: Walk,
    pub(crate) options: PlanOptions,
    pub(crate) reach: Reach,
    pub(crate) providers: Providers,
    pub(crate) prior: PriorState,
    /// What the store held.
    pub(crate) snapshot: Snapshot,
    pub(crate) changes: Vec<Arc<Change>>,
    pub(crate) details: Vec<Detail>,
    /// Positions in `changes` by instance.
    pub(crate) change_of: HashMap<(ModId, u32, u32), usize>,
    pub(crate) outputs: Vec<OutputChange>,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) wanted: Wanted,
    pub(crate) answers: HashMap<DataKey, Result<Value, ()>>,
    pub(crate) opened: Opened,
    /// What has been said once and need not be said again.
    pub(crate) reported: HashSet<String>,
    /// Objects of the state that an instance of the configuration stands for.
    pub(crate) claimed: foldhash::HashSet<usize>,
    /// What is put off to a later round: addresses and reasons.
    pub(crate) deferred: BTreeMap<String, String>,
    pub(crate) targets: Targets,
    /// Which resources have objects in the state; made when it is first asked for.
    pub(crate) existing: Option<crate::resource::Existing>,
    pub(crate) imports: Imports,
    /// Objects of then that are wanted again, each after those that it depended on.
    pub(crate) returned: Vec<Returned>,
    /// Whether each thing in the static order is looked at.
    included: Vec<bool>,
}

impl Planner {
    /// Prepares a plan.
    ///
    /// # Errors
    /// If the configuration has cycles, or the options make no sense.
    pub(crate) fn new(
        cx: &Context,
        snapshot: Snapshot,
        options: PlanOptions,
        reach: Reach,
    ) -> Result<Self, Diagnostics> {
        let statics = Arc::new(Statics::new(&cx.config)?);
        let mut found = Vec::new();
        let prior = PriorState::new(&snapshot, &mut found);
        let mut diagnostics = statics.warnings.clone();
        diagnostics.extend(crate::unsupported::report(&cx.config, &cx.providers));
        diagnostics.extend(ephemeral::refuse_outputs(cx.config.root()));
        diagnostics.extend(found);
        let targets = Targets::parse(&options.targets, &mut diagnostics);
        let included = targets.included(&cx.config, &statics);
        let imports = Imports::new(&cx.config.root().imports, &options.imports);
        let mut planner = Self {
            walk: Walk::new(cx, statics),
            options,
            reach,
            providers: Providers::default(),
            prior,
            snapshot,
            changes: Vec::new(),
            details: Vec::new(),
            change_of: HashMap::new(),
            outputs: Vec::new(),
            diagnostics,
            wanted: Wanted::default(),
            answers: HashMap::new(),
            opened: HashMap::new(),
            reported: HashSet::new(),
            claimed: foldhash::HashSet::default(),
            deferred: BTreeMap::new(),
            targets,
            existing: None,
            imports,
            returned: Vec::new(),
            included,
        };
        let known = planner.prior.objects.len();
        planner.claimed.reserve(known);
        planner.change_of.reserve(known);
        planner.changes.reserve(known);
        planner.details.reserve(known);
        planner.decode_state();
        Ok(planner)
    }

    /// Makes the plan.
    pub(crate) async fn run(&mut self, observer: &dyn Observer) {
        if !self.options.mode.is_return() {
            self.move_objects();
        }
        self.evaluate_providers(observer).await;
        match self.options.mode {
            PlanMode::Normal | PlanMode::RefreshOnly => loop {
                let included = std::mem::take(&mut self.included);
                self.pass(|at| included[at]);
                self.included = included;
                if !self.fetch(observer).await {
                    break;
                }
            },
            PlanMode::Return(_) => {
                self.evaluate_protection();
                self.plan_return();
            }
            PlanMode::Destroy => self.evaluate_protection(),
        }
        if self.options.mode == PlanMode::Normal {
            self.check_blocks();
        }
        if self.imports_objects() {
            self.report_idle_imports();
        }
        self.plan_orphans();
        // What outputs say follows from the configuration, and is not known before that is applied again.
        if !self.options.mode.is_return() {
            self.plan_outputs();
        }
    }

    /// Computes what `prevent_destroy` depends on, where nothing else of the configuration is looked at.
    fn evaluate_protection(&mut self) {
        let of_protection = self.walk.statics.protection(&self.walk.config);
        self.pass(|at| of_protection[at]);
    }

    /// The plan for showing.
    pub(crate) fn plan(&self) -> Plan {
        let shown = self.changes.iter().filter(|change| !ephemeral::is(change));
        Plan {
            mode: self.options.mode,
            changes: Changes(sorted(shown)),
            drift: self.drift(),
            outputs: self.outputs.clone(),
            deferred: self
                .deferred
                .iter()
                .map(|(address, reason)| Deferred {
                    address: address.clone(),
                    reason: reason.clone(),
                })
                .collect(),
            diagnostics: self.diagnostics.clone(),
            targeted: !self.options.targets.is_empty(),
        }
    }

    /// Computes what can be computed of the things for which `wanted` holds.
    fn pass(&mut self, wanted: impl Fn(usize) -> bool) {
        let statics = self.walk.statics.clone();
        for (at, id) in statics.order.iter().enumerate() {
            if wanted(at) {
                self.process(*id);
            }
        }
    }

    fn process(&mut self, id: StaticId) {
        let node = id.node.0 as usize;
        if id.object == Object::Expansion {
            self.expand_call(id.node);
            return;
        }
        let mut server = Server::Pending;
        // Instances of a node are only added by its expansion, which comes before all of these.
        for at in 0..self.walk.by_node[node].len() {
            let module = self.walk.by_node[node][at];
            match id.object {
                Object::Variable(variable) => self.variable(module, variable),
                Object::Local(local) => self.local(module, local),
                Object::Output(output) => self.output(module, output),
                Object::Provider(provider) => self.provider(module, provider),
                Object::Resource(resource) => self.resource(module, resource, &mut server),
                Object::Expansion | Object::Gate | Object::Close => {}
            }
        }
    }

    /// Makes the instances of a module call in each instance of the caller.
    fn expand_call(&mut self, node: NodeId) {
        let config = self.walk.config.clone();
        let Some((parent, call)) = config.tree[node.0 as usize].parent else { return };
        let declared = &config.module_of(parent).calls[call];
        for at in 0..self.walk.by_node[parent.0 as usize].len() {
            let caller = self.walk.by_node[parent.0 as usize][at];
            if !self.walk.module(caller).calls[call].expansion.needs_work() {
                continue;
            }
            let (expansion, deps) =
                self.expansion(caller, &declared.repetition, declared.enabled.as_ref());
            if let Expansion::Unknown = expansion {
                let name = format!("{}module.{}", prefix(&self.walk, caller), declared.name);
                self.defer(name, &deps);
            }
            let mut instances = Vec::with_capacity(expansion.len());
            for position in 0..expansion.len() {
                let path = self
                    .walk
                    .module(caller)
                    .path
                    .child(declared.name.clone(), expansion.key(position));
                let each = expansion.repetition(position);
                let wave = declared.wave.as_ref().and_then(|wave| self.wave(caller, &each, wave));
                instances.push(self.walk.add_module(node, path, Some(caller), each, wave));
            }
            let slot = &mut self.walk.modules[caller.at()].calls[call];
            slot.expansion = expansion;
            slot.deps = deps;
            slot.instances = instances;
        }
    }

    /// The wave of an instance of a module.
    fn wave(&mut self, caller: ModId, each: &EachData, wave: &zw_lang::Expr) -> Option<u32> {
        let mut view = self.walk.view(caller, each.clone());
        let value = match evaluate(wave, &mut view) {
            Ok(value) => value,
            Err(EvalError::Blocked) => Value::unknown(Type::Number),
            Err(EvalError::Diagnostics(diagnostics)) => {
                self.diagnostics.extend(diagnostics);
                return None;
            }
        };
        let found = value.as_i64().and_then(|wave| u32::try_from(wave).ok());
        if found.is_none() && !value.is_null() {
            let detail =
                "The wave of a module must be a whole number, known before anything is applied.";
            self.diagnostics.push(Diagnostic::error("Invalid wave", detail).at(wave.span));
        }
        found
    }

    /// Which instances `count`, `for_each` or `enabled` asks for.
    pub(crate) fn expansion(
        &mut self,
        module: ModId,
        repetition: &zw_config::model::Repetition,
        enabled: Option<&zw_lang::Expr>,
    ) -> (Expansion, Box<[Dep]>) {
        let Some(expr) = enabled.or(repetition.expr()) else {
            return (Expansion::Single, Box::default());
        };
        let mut view = self.walk.view(module, EachData::default());
        let expansion = match evaluate(expr, &mut view) {
            Ok(value) if enabled.is_some() => {
                enabled_of(&value).map_err(|diagnostic| diagnostic.or_at(expr.span))
            }
            Ok(value) => expansion_of(repetition, Some(value)),
            Err(EvalError::Blocked) if view.failed => Ok(Expansion::Failed),
            Err(EvalError::Blocked) => Ok(Expansion::Blocked),
            Err(EvalError::Diagnostics(diagnostics)) => {
                self.diagnostics.extend(diagnostics);
                Ok(Expansion::Failed)
            }
        };
        let deps = view.into_deps();
        match expansion {
            Ok(expansion) => (expansion, deps),
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic);
                (Expansion::Failed, deps)
            }
        }
    }

    fn plan_outputs(&mut self) {
        let config = self.walk.config.clone();
        let mut seen = HashSet::new();
        let destroy = self.options.mode == PlanMode::Destroy;
        let mut changes = BTreeMap::new();
        for (at, output) in config.root().outputs.iter().enumerate() {
            let before = self.prior.outputs.get(&output.name).and_then(decode_output);
            let after = if destroy {
                None
            } else {
                match &self.walk.module(ModId::ROOT).outputs[at] {
                    Slot::Ready(computed) => Some(computed.value.clone()),
                    _ => continue,
                }
            };
            seen.insert(output.name.clone());
            changes.insert(output.name.clone(), (before, after, output.sensitive));
        }
        if self.options.targets.is_empty() {
            for (name, row) in &self.prior.outputs {
                if !seen.contains(name)
                    && config.root().outputs.iter().all(|output| output.name != *name)
                {
                    changes.insert(name.clone(), (decode_output(row), None, row.sensitive));
                }
            }
        }
        for (name, (before, after, sensitive)) in changes {
            // A null output is as good as none.
            let before = before.filter(|value| !value.is_null());
            let after = after.filter(|value| !value.is_null());
            let action = match (&before, &after) {
                (None, None) => continue,
                (None, Some(_)) => Action::Create,
                (Some(_), None) => Action::Delete,
                (Some(before), Some(after)) => {
                    let same = before.clone().unmark_all().0 == after.clone().unmark_all().0;
                    if same { Action::NoOp } else { Action::Update }
                }
            };
            let missing = || Value::null(Type::Dynamic);
            self.outputs.push(OutputChange {
                name,
                action,
                before: before.unwrap_or_else(missing),
                after: after.unwrap_or_else(missing),
                sensitive,
            });
        }
    }
}

/// Changes in the order of their addresses, which begins with that of modules. Most of a large estate are in
/// modules, and only what is in the same one has to be compared.
fn sorted<'a>(changes: impl Iterator<Item = &'a Arc<Change>>) -> Vec<Arc<Change>> {
    let mut by_module: HashMap<&ModuleInstancePath, Vec<&Arc<Change>>> = HashMap::new();
    for change in changes {
        by_module.entry(change.address.module()).or_default().push(change);
    }
    let mut modules: Vec<_> = by_module.into_iter().collect();
    modules.sort_by_key(|(path, _)| *path);
    let sorted = parallel::map(&modules, |(_, changes)| {
        let mut changes: Vec<Arc<Change>> = changes.iter().copied().cloned().collect();
        changes.sort_by(|a, b| a.address.cmp(&b.address).then_with(|| a.deposed.cmp(&b.deposed)));
        changes
    });
    sorted.into_iter().flatten().collect()
}

/// The path of a module instance as the beginning of an address.
pub(crate) fn prefix(walk: &Walk, module: ModId) -> String {
    let path = walk.module(module).path.to_string();
    if path.is_empty() { path } else { path + "." }
}
