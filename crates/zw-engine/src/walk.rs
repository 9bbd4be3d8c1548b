//! The state of a plan or apply: every instance of every module, with the values of what it declares.
//!
//! Values are computed in the order of the static graph, each at most once, and kept here. Whoever computes
//! one looks others up through a [`View`], which notes what was looked up: these are the
//! dependencies of what is computed, per instance.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use zw_config::model::{Config, ModuleCall, NodeId, Repetition, Resource, Symbol};
use zw_lang::addr::{InstanceAddr, InstanceKey, ModuleInstancePath, ResourceAddr};
use zw_lang::{
    Diagnostic, EvalError, EvalResult, Host, Marks, Ref, ResolvedStep, Scope, Span, Step, Str,
    SymbolId, Type, Value, ValueKind,
};

use crate::api::Context;
use crate::statics::Statics;

/// An instance of a module, by position in [`Walk::modules`]. The root is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModId(pub(crate) u32);

impl ModId {
    pub(crate) const ROOT: Self = Self(0);

    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// Something that a value was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dep {
    /// One instance of a resource: module, resource, position of the instance.
    Instance(ModId, u32, u32),
    /// All instances of a resource.
    Resource(ModId, u32),
    /// A variable.
    Variable(ModId, u32),
    /// A local value.
    Local(ModId, u32),
    /// An output.
    Output(ModId, u32),
    /// What `depends_on` of a module call names.
    Gate(ModId),
    /// Everything inside a module.
    Close(ModId),
}

/// A value that is computed once.
#[derive(Clone, Debug, Default)]
pub(crate) enum Slot {
    /// Not computed yet.
    #[default]
    Pending,
    /// Waits for something to be read.
    Blocked,
    /// Wrong, or depends on something wrong, which has been reported.
    Failed,
    /// Here it is.
    Ready(Computed),
}

/// A value and what it was computed from.
#[derive(Clone, Debug)]
pub(crate) struct Computed {
    pub(crate) value: Value,
    pub(crate) deps: Box<[Dep]>,
    /// Whether it hangs on something that is put off to a later round: then applying does not make it known.
    pub(crate) deferred: bool,
}

impl Slot {
    pub(crate) const fn needs_work(&self) -> bool {
        matches!(self, Self::Pending | Self::Blocked)
    }

    pub(crate) const fn ready(&self) -> Option<&Computed> {
        match self {
            Self::Ready(computed) => Some(computed),
            _ => None,
        }
    }
}

/// Which instances something has.
#[derive(Clone, Debug, Default)]
pub(crate) enum Expansion {
    /// Not decided yet.
    #[default]
    Pending,
    /// Waits for something to be read.
    Blocked,
    /// Wrong, which has been reported.
    Failed,
    /// One, without a key.
    Single,
    /// So many, numbered from 0.
    Count(u32),
    /// One for each key, with its value; sorted by key.
    ForEach(Arc<Vec<(Str, Value)>>),
    /// Not known before something is applied. What repeats is not known either.
    Unknown,
}

impl Expansion {
    pub(crate) const fn needs_work(&self) -> bool {
        matches!(self, Self::Pending | Self::Blocked)
    }

    /// How many instances there are, as far as is known.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Single => 1,
            Self::Count(count) => *count as usize,
            Self::ForEach(entries) => entries.len(),
            Self::Pending | Self::Blocked | Self::Failed | Self::Unknown => 0,
        }
    }

    /// The key of an instance.
    pub(crate) fn key(&self, at: usize) -> InstanceKey {
        match self {
            Self::Count(_) => InstanceKey::Int(at as u64),
            Self::ForEach(entries) => {
                entries.get(at).map_or(InstanceKey::None, |(key, _)| InstanceKey::Str(key.clone()))
            }
            _ => InstanceKey::None,
        }
    }

    /// The position of a key that an expression gave.
    fn position(&self, key: &Value) -> Option<usize> {
        match self {
            Self::Count(count) => {
                let at = usize::try_from(key.as_i64()?).ok()?;
                (at < *count as usize).then_some(at)
            }
            Self::ForEach(entries) => {
                let key = zw_lang::convert(key, &Type::String).ok()?;
                let key = key.as_str()?;
                entries.binary_search_by(|(known, _)| known.as_str().cmp(key)).ok()
            }
            _ => None,
        }
    }

    /// What `each` and `count` are for an instance.
    pub(crate) fn repetition(&self, at: usize) -> EachData {
        match self {
            Self::Count(_) => EachData {
                count_index: Some(Value::from(i64::try_from(at).unwrap_or(i64::MAX))),
                ..EachData::default()
            },
            Self::ForEach(entries) => entries.get(at).map_or_else(EachData::default, |entry| {
                let (key, value) = entry;
                EachData { each: Some((key.clone().into(), value.clone())), count_index: None }
            }),
            _ => EachData::default(),
        }
    }
}

/// What `each` and `count` are within an expression.
#[derive(Clone, Debug, Default)]
pub(crate) struct EachData {
    pub(crate) each: Option<(Value, Value)>,
    pub(crate) count_index: Option<Value>,
}

/// An instance of a module.
#[derive(Debug)]
pub(crate) struct ModuleInstance {
    pub(crate) node: NodeId,
    pub(crate) path: ModuleInstancePath,
    /// The instance that calls it; `None` for the root.
    pub(crate) parent: Option<ModId>,
    /// What `each` and `count` are in the arguments of the call.
    pub(crate) each: EachData,
    pub(crate) variables: Vec<Slot>,
    pub(crate) locals: Vec<Slot>,
    pub(crate) outputs: Vec<Slot>,
    pub(crate) resources: Vec<ResourceSlot>,
    pub(crate) calls: Vec<CallSlot>,
}

/// The instances of a module call.
#[derive(Debug, Default)]
pub(crate) struct CallSlot {
    pub(crate) expansion: Expansion,
    pub(crate) deps: Box<[Dep]>,
    /// In the order of the expansion.
    pub(crate) instances: Vec<ModId>,
}

/// The instances of a resource.
#[derive(Debug, Default)]
pub(crate) struct ResourceSlot {
    pub(crate) expansion: Expansion,
    /// What the expansion was computed from.
    pub(crate) deps: Box<[Dep]>,
    pub(crate) instances: Vec<Slot>,
    /// The value of the whole, put together when first asked for.
    whole: OnceLock<Value>,
}

impl ResourceSlot {
    /// Sets the value of an instance.
    pub(crate) fn set(&mut self, at: usize, slot: Slot) {
        self.whole = OnceLock::new();
        if let Some(place) = self.instances.get_mut(at) {
            *place = slot;
        }
    }

    /// Sets which instances there are.
    pub(crate) fn expand(&mut self, expansion: Expansion, deps: Box<[Dep]>) {
        self.instances = vec![Slot::Pending; expansion.len()];
        self.expansion = expansion;
        self.deps = deps;
        self.whole = OnceLock::new();
    }
}

/// Everything that has been computed so far.
pub(crate) struct Walk {
    pub(crate) cx: Context,
    pub(crate) config: Arc<Config>,
    pub(crate) statics: Arc<Statics>,
    pub(crate) modules: Vec<ModuleInstance>,
    /// The instances of each node of the tree of calls.
    pub(crate) by_node: Vec<Vec<ModId>>,
    /// Positions of resources in their module, by module.
    resources: Vec<HashMap<ResourceAddr, usize>>,
}

impl Walk {
    /// A walk that knows the root module and nothing else.
    pub(crate) fn new(cx: &Context, statics: Arc<Statics>) -> Self {
        let config = cx.config.clone();
        let mut walk = Self {
            cx: cx.clone(),
            statics,
            modules: Vec::new(),
            by_node: vec![Vec::new(); config.tree.len()],
            resources: config
                .modules
                .iter()
                .map(|module| module.resources.iter().map(resource_addr).zip(0..).collect())
                .collect(),
            config,
        };
        walk.add_module(NodeId(0), ModuleInstancePath::root(), None, EachData::default());
        walk
    }

    /// Adds an instance of a module.
    pub(crate) fn add_module(
        &mut self,
        node: NodeId,
        path: ModuleInstancePath,
        parent: Option<ModId>,
        each: EachData,
    ) -> ModId {
        let id = ModId(u32::try_from(self.modules.len()).unwrap_or(u32::MAX));
        let module = self.config.module_of(node);
        let slots = |len| vec![Slot::Pending; len];
        self.modules.push(ModuleInstance {
            node,
            path,
            parent,
            each,
            variables: slots(module.variables.len()),
            locals: slots(module.locals.len()),
            outputs: slots(module.outputs.len()),
            resources: module.resources.iter().map(|_| ResourceSlot::default()).collect(),
            calls: module.calls.iter().map(|_| CallSlot::default()).collect(),
        });
        self.by_node[node.0 as usize].push(id);
        id
    }

    /// The position of a resource in the module of a node.
    pub(crate) fn resource_index(&self, node: NodeId, address: &ResourceAddr) -> Option<usize> {
        let module = self.config.tree[node.0 as usize].module;
        self.resources[module.0 as usize].get(address).copied()
    }

    pub(crate) fn module(&self, id: ModId) -> &ModuleInstance {
        &self.modules[id.at()]
    }

    /// The address of an instance of a resource.
    pub(crate) fn address(&self, id: ModId, resource: usize, at: usize) -> InstanceAddr {
        let module = self.module(id);
        let declared = &self.config.module_of(module.node).resources[resource];
        let key = module.resources[resource].expansion.key(at);
        InstanceAddr::new(module.path.clone(), resource_addr(declared), key)
    }

    /// A view from inside a module instance.
    pub(crate) fn view(&self, module: ModId, each: EachData) -> View<'_> {
        View {
            walk: self,
            module,
            each,
            itself: None,
            deps: Vec::new(),
            failed: false,
            deferred: false,
        }
    }
}

/// The address of a resource within its module.
pub(crate) fn resource_addr(resource: &Resource) -> ResourceAddr {
    ResourceAddr::new(resource.mode, resource.type_name.clone(), resource.name.clone())
}

/// Names as an expression of a module instance sees them.
pub(crate) struct View<'a> {
    walk: &'a Walk,
    module: ModId,
    each: EachData,
    /// What `self` is.
    itself: Option<Value>,
    /// What was looked up so far.
    deps: Vec<Dep>,
    /// Whether something was looked up that has failed.
    pub(crate) failed: bool,
    /// Whether something was looked up that is put off to a later round.
    pub(crate) deferred: bool,
}

impl View<'_> {
    /// The same view with `self`.
    pub(crate) fn with_self(mut self, value: Value) -> Self {
        self.itself = Some(value);
        self
    }

    /// What was looked up, each once.
    pub(crate) fn into_deps(mut self) -> Box<[Dep]> {
        self.deps.sort_unstable();
        self.deps.dedup();
        self.deps.into_boxed_slice()
    }

    /// What became of something that has no value: whether it failed, or waits.
    pub(crate) const fn blocked_slot(&self) -> Slot {
        if self.failed { Slot::Failed } else { Slot::Blocked }
    }

    fn slot(&mut self, slot: &Slot, dep: Dep) -> EvalResult<Value> {
        match slot {
            Slot::Ready(computed) => {
                // What depends on nothing that can change is no dependency.
                if !computed.deps.is_empty() || matches!(dep, Dep::Instance(..)) {
                    self.deps.push(dep);
                }
                self.deferred |= computed.deferred;
                Ok(computed.value.clone())
            }
            Slot::Failed => {
                self.failed = true;
                Err(EvalError::Blocked)
            }
            Slot::Pending | Slot::Blocked => Err(EvalError::Blocked),
        }
    }

    fn resource(
        &mut self,
        at: usize,
        steps: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)> {
        let walk = self.walk;
        let slot = &walk.module(self.module).resources[at];
        let number = narrow(at);
        match &slot.expansion {
            Expansion::Failed => {
                self.failed = true;
                return Err(EvalError::Blocked);
            }
            Expansion::Pending | Expansion::Blocked => return Err(EvalError::Blocked),
            Expansion::Unknown => {
                self.deferred = true;
                self.deps.push(Dep::Resource(self.module, number));
                return Ok((Value::unknown(Type::Dynamic), 0));
            }
            Expansion::Single => {
                let dep = Dep::Instance(self.module, number, 0);
                return Ok((self.slot(&slot.instances[0], dep)?, 0));
            }
            Expansion::Count(_) | Expansion::ForEach(_) => {}
        }
        if let Some(ResolvedStep::Index(key)) = steps.first()
            && key.is_known()
            && key.marks().is_empty()
        {
            let Some(position) = slot.expansion.position(key) else {
                let declared = &walk.config.module_of(walk.module(self.module).node).resources[at];
                let name = resource_addr(declared).to_string();
                return Err(no_such_key(&name, &slot.expansion, key).at(span).into());
            };
            let dep = Dep::Instance(self.module, number, narrow(position));
            return Ok((self.slot(&slot.instances[position], dep)?, 1));
        }
        for instance in &slot.instances {
            match instance {
                Slot::Ready(computed) => self.deferred |= computed.deferred,
                Slot::Failed => {
                    self.failed = true;
                    return Err(EvalError::Blocked);
                }
                Slot::Pending | Slot::Blocked => return Err(EvalError::Blocked),
            }
        }
        self.deps.push(Dep::Resource(self.module, number));
        let values = || slot.instances.iter().filter_map(|slot| Some(slot.ready()?.value.clone()));
        let whole = slot.whole.get_or_init(|| whole_of(&slot.expansion, values()));
        Ok((whole.clone(), 0))
    }

    fn module_call(
        &mut self,
        call: usize,
        steps: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)> {
        let walk = self.walk;
        let here = walk.module(self.module);
        let child = walk.config.tree[here.node.0 as usize].children[call];
        let slot = &here.calls[call];
        let declared = &walk.config.module_of(here.node).calls[call];
        self.deps.extend(slot.deps.iter().copied());
        match &slot.expansion {
            Expansion::Failed => {
                self.failed = true;
                Err(EvalError::Blocked)
            }
            Expansion::Pending | Expansion::Blocked => Err(EvalError::Blocked),
            Expansion::Unknown => {
                self.deferred = true;
                Ok((Value::unknown(Type::Dynamic), 0))
            }
            Expansion::Single => match steps.first() {
                Some(ResolvedStep::Attr(name)) => {
                    Ok((self.output(slot.instances[0], child, declared, name, span)?, 1))
                }
                _ => Ok((self.all_outputs(slot.instances[0], child)?, 0)),
            },
            Expansion::Count(_) | Expansion::ForEach(_) => match steps {
                [ResolvedStep::Index(key), rest @ ..]
                    if key.is_known() && key.marks().is_empty() =>
                {
                    let Some(position) = slot.expansion.position(key) else {
                        let name = format!("module.{}", declared.name);
                        return Err(no_such_key(&name, &slot.expansion, key).at(span).into());
                    };
                    let instance = slot.instances[position];
                    match rest.first() {
                        Some(ResolvedStep::Attr(name)) => {
                            Ok((self.output(instance, child, declared, name, span)?, 2))
                        }
                        _ => Ok((self.all_outputs(instance, child)?, 1)),
                    }
                }
                _ => {
                    let mut values = Vec::with_capacity(slot.instances.len());
                    for instance in &slot.instances {
                        values.push(self.all_outputs(*instance, child)?);
                    }
                    Ok((whole_of(&slot.expansion, values.into_iter()), 0))
                }
            },
        }
    }

    fn output(
        &mut self,
        instance: ModId,
        child: NodeId,
        call: &ModuleCall,
        name: &str,
        span: Span,
    ) -> EvalResult<Value> {
        let outputs = &self.walk.config.module_of(child).outputs;
        let Some(at) = outputs.iter().position(|output| output.name == name) else {
            let hint = zw_lang::suggest(name, outputs.iter().map(|output| output.name.as_str()));
            return Err(Diagnostic::error(
                "Unsupported attribute",
                format!("The module \"module.{}\" has no output named {name:?}.{hint}", call.name),
            )
            .at(span)
            .into());
        };
        let walk = self.walk;
        self.slot(&walk.module(instance).outputs[at], Dep::Output(instance, narrow(at)))
    }

    fn all_outputs(&mut self, instance: ModId, child: NodeId) -> EvalResult<Value> {
        let walk = self.walk;
        let outputs = &walk.config.module_of(child).outputs;
        let mut attrs = Vec::with_capacity(outputs.len());
        for (at, output) in outputs.iter().enumerate() {
            let slot = &walk.module(instance).outputs[at];
            let value = self.slot(slot, Dep::Output(instance, narrow(at)))?;
            attrs.push((output.name.clone(), value));
        }
        Ok(Value::object(attrs))
    }

    fn missing(&self, name: &str, where_it_is: &str, span: Span) -> EvalError {
        Diagnostic::error(
            format!("Reference to {name:?} in a context without it"),
            format!("The name {name:?} can only be used {where_it_is}."),
        )
        .at(span)
        .into()
    }
}

/// A position as it is kept in a [`Dep`].
pub(crate) fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn whole_of(expansion: &Expansion, values: impl Iterator<Item = Value>) -> Value {
    match expansion {
        Expansion::ForEach(entries) => {
            Value::object(entries.iter().map(|(key, _)| key.clone()).zip(values))
        }
        _ => Value::tuple(values.collect()),
    }
}

fn no_such_key(name: &str, expansion: &Expansion, key: &Value) -> Diagnostic {
    let shown = match key.kind() {
        ValueKind::String(text) => format!("{text:?}"),
        ValueKind::Number(number) => number.to_string(),
        _ => "this value".to_owned(),
    };
    let known = match expansion {
        Expansion::Count(0) => format!("{name} has no instances"),
        Expansion::Count(count) => {
            format!("{name} has {count} instances, numbered from 0")
        }
        Expansion::ForEach(entries) if entries.is_empty() => format!("{name} has no instances"),
        Expansion::ForEach(entries) => {
            let mut keys: Vec<String> =
                entries.iter().take(KEYS_SHOWN).map(|(key, _)| format!("{key:?}")).collect();
            if entries.len() > KEYS_SHOWN {
                keys.push(format!("and {} more", entries.len() - KEYS_SHOWN));
            }
            format!("the instances of {name} have the keys {}", keys.join(", "))
        }
        _ => format!("{name} has one instance, without a key"),
    };
    Diagnostic::error("Invalid index", format!("There is no instance {shown}: {known}."))
}

/// How many keys of a `for_each` a message lists.
const KEYS_SHOWN: usize = 8;

impl Scope for View<'_> {
    fn lookup(
        &mut self,
        symbol: SymbolId,
        steps: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)> {
        let walk = self.walk;
        let here = walk.module(self.module);
        let module = walk.config.module_of(here.node);
        let value = match module.symbol(symbol) {
            Symbol::Variable(at) => {
                self.slot(&here.variables[at], Dep::Variable(self.module, narrow(at)))?
            }
            Symbol::Local(at) => {
                self.slot(&here.locals[at], Dep::Local(self.module, narrow(at)))?
            }
            Symbol::Resource(at) => return self.resource(at, steps, span),
            Symbol::Module(call) => return self.module_call(call, steps, span),
            Symbol::EachKey | Symbol::EachValue if self.each.each.is_none() => {
                return Err(self.missing("each", "where for_each is set", span));
            }
            Symbol::EachKey => {
                self.each.each.as_ref().map(|each| each.0.clone()).unwrap_or_else(null)
            }
            Symbol::EachValue => {
                self.each.each.as_ref().map(|each| each.1.clone()).unwrap_or_else(null)
            }
            Symbol::CountIndex => match &self.each.count_index {
                Some(index) => index.clone(),
                None => return Err(self.missing("count", "where count is set", span)),
            },
            Symbol::SelfObject => match &self.itself {
                Some(value) => value.clone(),
                None => {
                    return Err(self.missing(
                        "self",
                        "in postconditions, provisioners and connections",
                        span,
                    ));
                }
            },
            Symbol::PathModule => path_value(&module.dir),
            Symbol::PathRoot => path_value(&walk.config.root().dir),
            Symbol::PathCwd => match walk.cx.host.current_dir() {
                Ok(dir) => Value::from(dir),
                Err(error) => {
                    return Err(Diagnostic::error(
                        "The current directory is not known",
                        format!("{error}."),
                    )
                    .at(span)
                    .into());
                }
            },
            Symbol::Workspace => Value::from(walk.cx.workspace.clone()),
            _ => {
                // Loading has reported it.
                self.failed = true;
                return Err(EvalError::Blocked);
            }
        };
        Ok((value, 0))
    }

    fn skip(&mut self, reference: &Ref, _span: Span) {
        let walk = self.walk;
        let here = walk.module(self.module);
        match walk.config.module_of(here.node).symbol(reference.symbol) {
            Symbol::Variable(at) => self.deps.push(Dep::Variable(self.module, narrow(at))),
            Symbol::Local(at) => self.deps.push(Dep::Local(self.module, narrow(at))),
            Symbol::Resource(at) => self.deps.push(Dep::Resource(self.module, narrow(at))),
            Symbol::Module(call) => {
                let child = walk.config.tree[here.node.0 as usize].children[call];
                let outputs = &walk.config.module_of(child).outputs;
                let declared = &walk.config.module_of(here.node).calls[call];
                let named = reference.steps.iter().find_map(|step| match step {
                    Step::Attr(name, _) => outputs.iter().position(|output| output.name == *name),
                    Step::Index(_) => None,
                });
                let positions = match named {
                    Some(at) if matches!(declared.repetition, Repetition::Single) => at..at + 1,
                    _ => 0..outputs.len(),
                };
                for instance in &here.calls[call].instances {
                    let all = positions.clone().map(|at| Dep::Output(*instance, narrow(at)));
                    self.deps.extend(all);
                }
            }
            _ => {}
        }
    }

    fn host(&self) -> &dyn Host {
        &*self.walk.cx.host
    }
}

fn null() -> Value {
    Value::null(Type::Dynamic)
}

fn path_value(path: &std::path::Path) -> Value {
    let text = path.to_string_lossy();
    Value::from(if text.is_empty() { "." } else { &*text })
}

/// Why a value cannot decide how many instances there are.
pub(crate) fn expansion_of(
    repetition: &Repetition,
    value: Option<Value>,
) -> Result<Expansion, Diagnostic> {
    match (repetition, value) {
        (Repetition::Single, _) | (_, None) => Ok(Expansion::Single),
        (Repetition::Count(expr), Some(value)) => {
            count_of(&value).map_err(|diagnostic| diagnostic.or_at(expr.span))
        }
        (Repetition::ForEach(expr), Some(value)) => {
            keys_of(&value).map_err(|diagnostic| diagnostic.or_at(expr.span))
        }
    }
}

fn count_of(value: &Value) -> Result<Expansion, Diagnostic> {
    let invalid = |detail: &str| Diagnostic::error("Invalid count argument", detail);
    if value.marks().contains(Marks::SENSITIVE) {
        return Err(invalid(
            "Sensitive values, or values derived from sensitive values, cannot be used as count \
             arguments: the number of instances would disclose them. Use nonsensitive() if it may be seen.",
        ));
    }
    if !value.is_known() {
        return Ok(Expansion::Unknown);
    }
    if value.is_null() {
        return Err(invalid("The given \"count\" argument value is null. An integer is required."));
    }
    let number = zw_lang::convert(value, &Type::Number).map_err(|error| {
        invalid(&format!("The given \"count\" argument value is unsuitable: {error}."))
    })?;
    let count = number.as_i64().ok_or_else(|| {
        invalid("The given \"count\" argument value is unsuitable: a whole number is required.")
    })?;
    let count = u32::try_from(count).map_err(|_| {
        invalid(
            "The given \"count\" argument value is unsuitable: must be greater than or equal to zero, \
             and less than 4294967296.",
        )
    })?;
    Ok(Expansion::Count(count))
}

fn keys_of(value: &Value) -> Result<Expansion, Diagnostic> {
    let invalid = |detail: &str| Diagnostic::error("Invalid for_each argument", detail);
    if value.marks().contains(Marks::SENSITIVE) {
        return Err(invalid(
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each \
             arguments: the keys would disclose them. Use nonsensitive() if they may be seen.",
        ));
    }
    let is_usable = match value.ty() {
        Type::Map(_) | Type::Object(_) | Type::Dynamic => true,
        Type::Set(element) => matches!(*element, Type::String | Type::Dynamic),
        _ => false,
    };
    if !is_usable {
        return Err(invalid(&format!(
            "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, \
             or set of strings, and you have provided a value of type {}.",
            value.ty().friendly_name()
        )));
    }
    let null = "The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value \
                is null. A map, or set of strings is allowed.";
    match value.kind() {
        ValueKind::Unknown(_) => Ok(Expansion::Unknown),
        ValueKind::Null(_) => Err(invalid(null)),
        ValueKind::Map(map) => Ok(Expansion::ForEach(Arc::new(map.entries.clone()))),
        ValueKind::Object(object) => Ok(Expansion::ForEach(Arc::new(
            object.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        ))),
        ValueKind::Set(set) => {
            let mut keys = Vec::with_capacity(set.items.len());
            for item in &set.items {
                match item.kind() {
                    ValueKind::String(text) => keys.push((text.clone(), item.clone())),
                    ValueKind::Null(_) => {
                        return Err(invalid(
                            "The given \"for_each\" argument value is unsuitable: \"for_each\" sets must \
                             not contain null values.",
                        ));
                    }
                    _ => return Ok(Expansion::Unknown),
                }
            }
            keys.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(Expansion::ForEach(Arc::new(keys)))
        }
        _ => Err(invalid("The given \"for_each\" argument value is unsuitable.")),
    }
}
