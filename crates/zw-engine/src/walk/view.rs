//! Names as an expression sees them, and a note of what was looked up.

use super::{Dep, EachData, Expansion, ModId, Slot, Walk, narrow, resource_addr};

use zw_config::model::{ModuleCall, NodeId, Repetition, Symbol};
use zw_lang::{
    Diagnostic, EvalError, EvalResult, Host, Ref, ResolvedStep, Scope, Span, Step, SymbolId, Type,
    Value, ValueKind,
};

/// Names as an expression of a module instance sees them.
pub(crate) struct View<'a> {
    pub(super) walk: &'a Walk,
    pub(super) module: ModId,
    pub(super) each: EachData,
    /// What `self` is.
    pub(super) itself: Option<Value>,
    /// What was looked up so far.
    pub(super) deps: Vec<Dep>,
    /// What symbols stand for, where it is not the table of the module: in a console.
    pub(super) symbols: Option<&'a [Symbol]>,
    /// Whether something was looked up that has failed.
    pub(crate) failed: bool,
    /// Whether something was looked up that is put off to a later round.
    pub(crate) deferred: bool,
}

impl<'a> View<'a> {
    /// The same view with `self`.
    pub(crate) fn with_self(mut self, value: Value) -> Self {
        self.itself = Some(value);
        self
    }

    /// The same view for an expression that was compiled with a table of its own.
    pub(crate) fn with_symbols(mut self, symbols: &'a [Symbol]) -> Self {
        self.symbols = Some(symbols);
        self
    }

    fn symbol(&self, id: SymbolId) -> Symbol {
        if let Some(symbols) = self.symbols {
            return symbols.get(id.0 as usize).copied().unwrap_or(Symbol::Missing);
        }
        let node = self.walk.module(self.module).node;
        self.walk.config.module_of(node).symbol(id)
    }

    /// Notes what the value depends on besides what is looked up for it.
    pub(crate) fn depends_on(&mut self, deps: &[Dep]) {
        self.deps.extend(deps);
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
            Expansion::Disabled => {
                self.deps.extend(slot.deps.iter().copied());
                return Ok((Value::null(Type::Dynamic), 0));
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
            Expansion::Disabled => Ok((Value::null(Type::Dynamic), 0)),
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
        let value = match self.symbol(symbol) {
            Symbol::Variable(at) => {
                self.slot(&here.variables[at], Dep::Variable(self.module, narrow(at)))?
            }
            Symbol::Local(at) => {
                self.slot(&here.locals[at], Dep::Local(self.module, narrow(at)))?
            }
            Symbol::Output(at) => {
                self.slot(&here.outputs[at], Dep::Output(self.module, narrow(at)))?
            }
            Symbol::Resource(at) => return self.resource(at, steps, span),
            Symbol::Module(call) => return self.module_call(call, steps, span),
            Symbol::EachKey | Symbol::EachValue if self.each.each.is_none() => {
                return Err(missing("each", "where for_each is set", span));
            }
            Symbol::EachKey => self.each.each.as_ref().map_or_else(null, |each| each.0.clone()),
            Symbol::EachValue => self.each.each.as_ref().map_or_else(null, |each| each.1.clone()),
            Symbol::CountIndex => match &self.each.count_index {
                Some(index) => index.clone(),
                None => return Err(missing("count", "where count is set", span)),
            },
            Symbol::SelfObject => match &self.itself {
                Some(value) => value.clone(),
                None => {
                    return Err(missing(
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
        match self.symbol(reference.symbol) {
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

/// A name that means something elsewhere only.
fn missing(name: &str, where_it_is: &str, span: Span) -> EvalError {
    Diagnostic::error(
        format!("Reference to {name:?} in a context without it"),
        format!("The name {name:?} can only be used {where_it_is}."),
    )
    .at(span)
    .into()
}
