//! Making a plan: passes over the static graph, with whatever has to be read between them.
//!
//! A pass computes everything that can be computed. What needs something from outside (a data source, the present
//! form of an object, a connection) is noted and left; then everything noted is fetched at once, and the next pass goes on where
//! this one was blocked. There are as many passes as data sources are chained.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use zw_config::model::{Check, NodeId, ProviderKey, ResourceMode};
use zw_lang::addr::{InstanceAddr, InstanceKey};
use zw_lang::{
    Diagnostic, Diagnostics, EvalError, EvalResult, Expr, Marks, Str, Type, Value, convert,
    evaluate,
};
use zw_state::Snapshot;

use crate::api::{Context, PlanOptions};
use crate::body;
use crate::event::Observer;
use crate::graph;
use crate::plan::{Action, Change, Deferred, OutputChange, Plan, PlanMode};
use crate::providers::{self, Arguments, ProvId, Providers};
use crate::state::{PriorState, decode_output};
use crate::statics::{Object, StaticId, Statics};
use crate::target::Targets;
use crate::walk::{
    Computed, Dep, EachData, Expansion, ModId, Slot, View, Walk, expansion_of, narrow,
};

/// What a plan knows of a change besides what is shown.
#[derive(Clone, Debug)]
pub(crate) struct Detail {
    /// The instance, unless it is only in the state.
    pub(crate) instance: Option<(ModId, usize, usize)>,
    /// The object in the state, by position.
    pub(crate) prior: Option<usize>,
    pub(crate) provider: Option<ProvId>,
    pub(crate) create_before_destroy: bool,
    /// What the instance was computed from.
    pub(crate) deps: Box<[Dep]>,
}

/// A data source that is to be read.
#[derive(Clone, Debug)]
pub(crate) struct DataRead {
    pub(crate) provider: ProvId,
    pub(crate) type_name: Str,
    pub(crate) config: Value,
    pub(crate) address: InstanceAddr,
}

/// What a pass found missing.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) connections: Vec<ProvId>,
    pub(crate) objects: Vec<usize>,
    pub(crate) data: Vec<(DataKey, DataRead)>,
}

impl Wanted {
    pub(crate) fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.objects.is_empty() && self.data.is_empty()
    }
}

/// What decides the answer of a data source: the address of its provider configuration, its type, and its
/// arguments as text. Reads with one key are one read.
pub(crate) type DataKey = (Arc<str>, Str, String);

/// Whether a run may ask anybody outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Variables without a value and everything outside are unknown.
    Offline,
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
    pub(crate) changes: Vec<Change>,
    pub(crate) details: Vec<Detail>,
    /// Positions in `changes` by instance.
    pub(crate) change_of: HashMap<(ModId, u32, u32), usize>,
    pub(crate) outputs: Vec<OutputChange>,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) wanted: Wanted,
    pub(crate) answers: HashMap<DataKey, Result<Value, ()>>,
    /// What has been said once and need not be said again.
    pub(crate) reported: HashSet<String>,
    /// Objects of the state that an instance of the configuration stands for.
    pub(crate) claimed: HashSet<usize>,
    /// What is put off to a later round: addresses and reasons.
    pub(crate) deferred: BTreeMap<String, String>,
    pub(crate) targets: Targets,
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
        let mut diagnostics = Diagnostics::new();
        diagnostics.extend(found);
        let targets = Targets::parse(&options.targets, &mut diagnostics);
        let included = targets.included(&cx.config, &statics);
        Ok(Self {
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
            reported: HashSet::new(),
            claimed: HashSet::new(),
            deferred: BTreeMap::new(),
            targets,
            included,
        })
    }

    /// Makes the plan.
    pub(crate) async fn run(&mut self, observer: &dyn Observer) {
        self.decode_state();
        self.run_decoded(observer).await;
    }

    /// Makes the plan from a state that has been decoded, and perhaps read, already.
    pub(crate) async fn run_decoded(&mut self, observer: &dyn Observer) {
        self.evaluate_providers(observer).await;
        if self.options.mode != PlanMode::Destroy {
            loop {
                let included = std::mem::take(&mut self.included);
                self.pass(|at| included[at]);
                self.included = included;
                if !self.fetch(observer).await {
                    break;
                }
            }
        }
        self.plan_orphans();
        self.plan_outputs();
        self.sort_changes();
    }

    /// Evaluates provider configurations and what they refer to. They come first: with their connections everything
    /// in the state is read at once, rather than level by level.
    pub(crate) async fn evaluate_providers(&mut self, observer: &dyn Observer) {
        let of_providers = self.provider_closure();
        loop {
            self.pass(|at| of_providers[at]);
            self.want_state();
            if !self.fetch(observer).await {
                break;
            }
        }
    }

    /// The plan for showing.
    pub(crate) fn plan(&self) -> Plan {
        Plan {
            mode: self.options.mode,
            changes: self.changes.clone(),
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

    fn provider_closure(&self) -> Vec<bool> {
        let statics = self.walk.statics.clone();
        let config = self.walk.config.clone();
        let roots = statics.order.iter().filter(|id| matches!(id.object, Object::Provider(_)));
        statics.closure(&config, roots.copied())
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
        // Instances of a node are only added by its expansion, which comes before all of these.
        for at in 0..self.walk.by_node[node].len() {
            let module = self.walk.by_node[node][at];
            match id.object {
                Object::Variable(variable) => self.variable(module, variable),
                Object::Local(local) => self.local(module, local),
                Object::Output(output) => self.output(module, output),
                Object::Provider(provider) => self.provider(module, provider),
                Object::Resource(resource) => self.resource(module, resource),
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
            let (expansion, deps) = self.expansion(caller, &declared.repetition);
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
                instances.push(self.walk.add_module(node, path, Some(caller), each));
            }
            let slot = &mut self.walk.modules[caller.at()].calls[call];
            slot.expansion = expansion;
            slot.deps = deps;
            slot.instances = instances;
        }
    }

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

    /// Which instances `count` or `for_each` asks for.
    pub(crate) fn expansion(
        &mut self,
        module: ModId,
        repetition: &zw_config::model::Repetition,
    ) -> (Expansion, Box<[Dep]>) {
        let Some(expr) = repetition.expr() else { return (Expansion::Single, Box::default()) };
        let mut view = self.walk.view(module, EachData::default());
        let expansion = match evaluate(expr, &mut view) {
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

    /// The outcome of an evaluation as a slot; what is wrong is reported.
    pub(crate) fn settle(
        diagnostics: &mut Diagnostics,
        view: View<'_>,
        result: EvalResult<Value>,
    ) -> Slot {
        match result {
            Ok(value) => {
                let deferred = view.deferred;
                Slot::Ready(Computed { value, deps: view.into_deps(), deferred })
            }
            Err(EvalError::Blocked) => view.blocked_slot(),
            Err(EvalError::Diagnostics(found)) => {
                diagnostics.extend(found);
                Slot::Failed
            }
        }
    }

    fn local(&mut self, module: ModId, at: usize) {
        if self.walk.module(module).locals[at].needs_work() {
            let slot = self.compute_local(module, at);
            self.walk.modules[module.at()].locals[at] = slot;
        }
    }

    pub(crate) fn compute_local(&mut self, module: ModId, at: usize) -> Slot {
        let config = self.walk.config.clone();
        let local = &config.module_of(self.walk.module(module).node).locals[at];
        let mut view = self.walk.view(module, EachData::default());
        let result = evaluate(&local.value, &mut view);
        Self::settle(&mut self.diagnostics, view, result)
    }

    fn output(&mut self, module: ModId, at: usize) {
        if self.walk.module(module).outputs[at].needs_work() {
            let slot = self.compute_output(module, at);
            self.walk.modules[module.at()].outputs[at] = slot;
        }
    }

    pub(crate) fn compute_output(&mut self, module: ModId, at: usize) -> Slot {
        let config = self.walk.config.clone();
        let output = &config.module_of(self.walk.module(module).node).outputs[at];
        if let Some(slot) = self.checks(module, &EachData::default(), None, &output.preconditions) {
            return slot;
        }
        let mut view = self.walk.view(module, EachData::default());
        let mut result = evaluate(&output.value, &mut view);
        if let Ok(value) = &result
            && value.all_marks().contains(Marks::SENSITIVE)
            && !output.sensitive
            && module == ModId::ROOT
        {
            result = Err(Diagnostic::error(
                "Output refers to sensitive values",
                format!(
                    "To reduce the risk of accidentally exporting sensitive data that was intended to be only \
                     internal, a root module's output that contains sensitive data must be marked as such. Add \
                     \"sensitive = true\" to output {:?}.",
                    output.name
                ),
            )
            .at(output.value.span)
            .into());
        }
        if output.sensitive {
            result = result.map(Value::sensitive);
        }
        let slot = Self::settle(&mut self.diagnostics, view, result);
        self.with_dependencies(slot, module, &output.depends_on)
    }

    /// Adds what `depends_on` names to what a value was computed from.
    pub(crate) fn with_dependencies(
        &self,
        slot: Slot,
        module: ModId,
        named: &[zw_config::model::Dependency],
    ) -> Slot {
        let Slot::Ready(mut computed) = slot else { return slot };
        if !named.is_empty() {
            let mut deps = computed.deps.into_vec();
            deps.extend(self.named_deps(module, named));
            deps.sort_unstable();
            deps.dedup();
            computed.deps = deps.into();
        }
        Slot::Ready(computed)
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

    fn variable(&mut self, module: ModId, at: usize) {
        if self.walk.module(module).variables[at].needs_work() {
            let slot = self.compute_variable(module, at);
            self.walk.modules[module.at()].variables[at] = slot;
            self.validate_variable(module, at);
        }
    }

    pub(crate) fn compute_variable(&mut self, module: ModId, at: usize) -> Slot {
        let config = self.walk.config.clone();
        let here = self.walk.module(module);
        let variable = &config.module_of(here.node).variables[at];
        let call = here.parent.zip(config.tree[here.node.0 as usize].parent);
        let Some((caller, (above, call))) = call else { return self.root_variable(variable) };
        let declared = &config.module_of(above).calls[call];
        let Some((_, expr)) = declared.arguments.get(&variable.name) else {
            return match default_of(variable) {
                Some(value) => constant(value),
                None => {
                    self.diagnostics.push(
                        Diagnostic::error(
                            "Missing required argument",
                            format!(
                                "The argument {:?} is required, but no definition was found.",
                                variable.name
                            ),
                        )
                        .at(declared.span)
                        .label(variable.span, "the variable has no default"),
                    );
                    Slot::Failed
                }
            };
        };
        let mut view = self.walk.view(caller, here.each.clone());
        let result = evaluate(expr, &mut view).and_then(|value| {
            conform(variable, value).map_err(|diagnostic| diagnostic.or_at(expr.span).into())
        });
        Self::settle(&mut self.diagnostics, view, result)
    }

    fn root_variable(&mut self, variable: &zw_config::model::Variable) -> Slot {
        if let Some((value, span)) = self.options.variables.get(&variable.name) {
            return match conform(variable, value.clone()) {
                Ok(value) => constant(value),
                Err(diagnostic) => {
                    let diagnostic = match span {
                        Some(span) => diagnostic.at(*span),
                        None => diagnostic.at(variable.span),
                    };
                    self.diagnostics.push(diagnostic);
                    Slot::Failed
                }
            };
        }
        if let Some(value) = default_of(variable) {
            return constant(value);
        }
        if self.reach == Reach::Offline {
            return constant(marked_as(variable, Value::unknown(variable.ty.clone())));
        }
        self.diagnostics.push(
            Diagnostic::error(
                "No value for required variable",
                format!(
                    "The root module input variable {:?} is not set, and has no default value. Use a -var or \
                     -var-file command line argument, a terraform.tfvars file, or the environment variable \
                     TF_VAR_{} to provide a value for this variable.",
                    variable.name, variable.name
                ),
            )
            .at(variable.span),
        );
        Slot::Failed
    }

    fn validate_variable(&mut self, module: ModId, at: usize) {
        let config = self.walk.config.clone();
        let here = self.walk.module(module);
        if here.variables[at].ready().is_none() {
            return;
        }
        let variable = &config.module_of(here.node).variables[at];
        let failed = self.checks(module, &EachData::default(), None, &variable.validations);
        if let Some(slot) = failed {
            self.walk.modules[module.at()].variables[at] = slot;
        }
    }

    /// Evaluates conditions; what is left to do if one does not hold or is not known to hold.
    pub(crate) fn checks(
        &mut self,
        module: ModId,
        each: &EachData,
        itself: Option<&Value>,
        checks: &[Check],
    ) -> Option<Slot> {
        let mut outcome = None;
        for check in checks {
            let mut view = self.walk.view(module, each.clone());
            if let Some(itself) = itself {
                view = view.with_self(itself.clone());
            }
            let result = evaluate(&check.condition, &mut view).and_then(|value| {
                convert(&value, &Type::Bool).map_err(|error| {
                    Diagnostic::error(
                        "Invalid condition result",
                        format!("The condition must be either true or false: {error}."),
                    )
                    .at(check.condition.span)
                    .into()
                })
            });
            let holds = match result {
                // A condition that is not known yet is checked again while applying.
                Ok(value) if !value.is_known() => continue,
                Ok(value) => value.as_bool() == Some(true),
                Err(EvalError::Blocked) => {
                    outcome = Some(view.blocked_slot());
                    continue;
                }
                Err(EvalError::Diagnostics(found)) => {
                    self.diagnostics.extend(found);
                    outcome = Some(Slot::Failed);
                    continue;
                }
            };
            if !holds {
                let message = self.check_message(module, each, itself, check);
                self.diagnostics.push(message);
                outcome = Some(Slot::Failed);
            }
        }
        outcome
    }

    fn check_message(
        &self,
        module: ModId,
        each: &EachData,
        itself: Option<&Value>,
        check: &Check,
    ) -> Diagnostic {
        let mut view = self.walk.view(module, each.clone());
        if let Some(itself) = itself {
            view = view.with_self(itself.clone());
        }
        let message = match evaluate(&check.error_message, &mut view) {
            Ok(value) if value.all_marks().contains(Marks::SENSITIVE) => {
                "The error message included a sensitive value, so it will not be displayed."
                    .to_owned()
            }
            Ok(value) => value.as_str().unwrap_or("The condition does not hold.").to_owned(),
            Err(_) => {
                "The condition does not hold, and its error message cannot be evaluated.".to_owned()
            }
        };
        let values = crate::explain::values(&self.walk, module, each, itself, &check.condition);
        let mut diagnostic = Diagnostic::error(
            if itself.is_some() {
                "Resource postcondition failed"
            } else {
                "Invalid value for variable"
            },
            message,
        )
        .at(check.condition.span);
        diagnostic.values = values;
        diagnostic
    }

    /// Evaluates a provider configuration.
    fn provider(&mut self, module: ModId, at: usize) {
        let config = self.walk.config.clone();
        let node = self.walk.module(module).node;
        let declared = &config.module_of(node).providers[at];
        let repetition = declared
            .for_each
            .clone()
            .map_or_else(Default::default, zw_config::model::Repetition::ForEach);
        let (expansion, deps) = self.expansion(module, &repetition);
        for position in 0..expansion.len() {
            let key = expansion.key(position);
            let Some(id) = self.provider_at(module, &declared.key, &key, Some(declared.span))
            else {
                return;
            };
            if !matches!(self.providers.get(id).arguments, Arguments::Pending) {
                continue;
            }
            let provider = self.providers.get(id).provider.clone();
            let mut view = self.walk.view(module, expansion.repetition(position));
            let block = &provider.config_schema().block;
            let result = body::decode(block, &declared.body, &mut view).map(|(value, _)| value);
            let slot = Self::settle(&mut self.diagnostics, view, result);
            let instance = self.providers.get_mut(id);
            instance.arguments = match slot {
                Slot::Ready(computed) => {
                    instance.deps = computed.deps.iter().chain(&deps).copied().collect();
                    let (value, _) = computed.value.unmark_all();
                    if value.is_wholly_known() {
                        Arguments::Known(value)
                    } else {
                        Arguments::Unknown
                    }
                }
                Slot::Failed => Arguments::Failed,
                Slot::Pending | Slot::Blocked => Arguments::Pending,
            };
        }
    }

    /// The provider configuration at a place, made if it is new; `None` if there is no such provider, which
    /// is reported.
    fn provider_at(
        &mut self,
        module: ModId,
        key: &ProviderKey,
        instance: &InstanceKey,
        span: Option<zw_lang::Span>,
    ) -> Option<ProvId> {
        if let Some(id) = self.providers.of_place(module, key, instance) {
            return Some(id);
        }
        let node = self.walk.module(module).node;
        let source = providers::source_of(&self.walk, node, &key.name);
        let Some(provider) = self.walk.cx.providers.get(&source).cloned() else {
            let known =
                self.walk.cx.providers.iter().map(|(_, provider)| provider.name().to_owned());
            let known: Vec<String> = known.collect();
            let hint = zw_lang::suggest(&key.name, known.iter().map(String::as_str));
            let diagnostic = Diagnostic::error(
                format!("There is no provider {:?}", key.name),
                format!(
                    "Providers are built into zw, and {source} is not among them: it has {}.{hint}",
                    known.join(", ")
                ),
            );
            self.diagnostics.push(match span {
                Some(span) => diagnostic.at(span),
                None => diagnostic,
            });
            return None;
        };
        let address =
            providers::address_of(&self.walk, module, &source, key.alias.as_ref(), instance);
        let place = (module, key.clone(), instance.clone());
        let id = self.providers.add(place, provider.clone(), &source, address);
        if providers::declared(&self.walk, module, key).is_none() {
            // A provider without a block is configured by its environment alone.
            let block = &provider.config_schema().block;
            let nothing = crate::body::empty(block);
            self.providers.get_mut(id).arguments = Arguments::Known(nothing);
        }
        Some(id)
    }

    /// The provider configuration of an instance of a resource.
    pub(crate) fn provider_of(
        &mut self,
        module: ModId,
        each: &EachData,
        reference: &zw_config::model::ProviderRef,
    ) -> EvalResult<Option<ProvId>> {
        let walk = &self.walk;
        let mut evaluate_key =
            |at: ModId, each: EachData, expr: &Expr| -> EvalResult<InstanceKey> {
                let value = evaluate(expr, &mut walk.view(at, each))?;
                let text = convert(&value, &Type::String).ok();
                match text.as_ref().and_then(Value::as_str) {
                Some(text) => Ok(InstanceKey::Str(text.into())),
                None => Err(Diagnostic::error(
                    "Invalid provider instance key",
                    "The key of a provider instance must be a string that is known while planning.",
                )
                .at(expr.span)
                .into()),
            }
            };
        let (at, key, instance) =
            providers::resolve(walk, module, each, reference, &mut evaluate_key)?;
        Ok(self.provider_at(at, &key, &instance, reference.span))
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

    /// Sorts changes by address, and what goes with them likewise.
    fn sort_changes(&mut self) {
        let mut order: Vec<usize> = (0..self.changes.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&self.changes[*a], &self.changes[*b]);
            a.address.cmp(&b.address).then_with(|| a.deposed.cmp(&b.deposed))
        });
        let mut changes: Vec<Option<Change>> =
            std::mem::take(&mut self.changes).into_iter().map(Some).collect();
        let mut details: Vec<Option<Detail>> =
            std::mem::take(&mut self.details).into_iter().map(Some).collect();
        self.changes = order.iter().filter_map(|at| changes[*at].take()).collect();
        self.details = order.iter().filter_map(|at| details[*at].take()).collect();
        self.change_of = self
            .details
            .iter()
            .enumerate()
            .filter_map(|(at, detail)| {
                let (module, resource, instance) = detail.instance?;
                Some(((module, narrow(resource), narrow(instance)), at))
            })
            .collect();
    }
}

/// A value that depends on nothing.
fn constant(value: Value) -> Slot {
    Slot::Ready(Computed { value, deps: Box::default(), deferred: false })
}

fn default_of(variable: &zw_config::model::Variable) -> Option<Value> {
    variable.default.as_ref().map(|default| marked_as(variable, default.clone()))
}

fn marked_as(variable: &zw_config::model::Variable, value: Value) -> Value {
    let value = if variable.sensitive { value.sensitive() } else { value };
    if variable.ephemeral { value.with_marks(Marks::EPHEMERAL) } else { value }
}

/// A value as a variable takes it: converted, with defaults.
fn conform(variable: &zw_config::model::Variable, value: Value) -> Result<Value, Diagnostic> {
    let value = match &variable.defaults {
        Some(defaults) => zw_lang::apply_defaults(&value, defaults),
        None => value,
    };
    let value = convert(&value, &variable.ty).map_err(|error| {
        Diagnostic::error(
            "Invalid value for input variable",
            format!("The given value is not suitable for var.{}: {error}.", variable.name),
        )
        .label(variable.span, "the variable is declared here")
    })?;
    if value.is_null() && !variable.nullable {
        return match &variable.default {
            Some(default) => Ok(marked_as(variable, default.clone())),
            None => Err(Diagnostic::error(
                "Required variable not set",
                format!(
                    "The given value is not suitable for var.{}: required variable may not be set to null.",
                    variable.name
                ),
            )),
        };
    }
    Ok(marked_as(variable, value))
}

/// The path of a module instance as the beginning of an address.
pub(crate) fn prefix(walk: &Walk, module: ModId) -> String {
    let path = walk.module(module).path.to_string();
    if path.is_empty() { path } else { path + "." }
}
