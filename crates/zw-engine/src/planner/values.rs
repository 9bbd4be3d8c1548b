//! Variables, locals and outputs: each computed once, and what it was computed from.

use super::checks::Kind;
use super::{Planner, Reach};

use zw_lang::{Diagnostic, Diagnostics, EvalError, EvalResult, Marks, Value, convert, evaluate};

use crate::plan::PlanMode;
use crate::walk::{Computed, EachData, ModId, Slot, View};

impl Planner {
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

    pub(super) fn local(&mut self, module: ModId, at: usize) {
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

    pub(super) fn output(&mut self, module: ModId, at: usize) {
        if self.walk.module(module).outputs[at].needs_work() {
            let slot = self.compute_output(module, at);
            self.walk.modules[module.at()].outputs[at] = slot;
        }
    }

    pub(crate) fn compute_output(&mut self, module: ModId, at: usize) -> Slot {
        let config = self.walk.config.clone();
        let output = &config.module_of(self.walk.module(module).node).outputs[at];
        if let Some(slot) = self.checks(
            module,
            &EachData::default(),
            None,
            &output.preconditions,
            Kind::OutputPrecondition,
        ) {
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
        if let Ok(value) = &result
            && let Err(refused) = super::ephemeral::refuse_in_output(output, value)
        {
            result = Err(refused.into());
        }
        if output.sensitive {
            result = result.map(Value::sensitive);
        }
        if output.ephemeral {
            result = result.map(|value| value.with_marks(Marks::EPHEMERAL));
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

    pub(super) fn variable(&mut self, module: ModId, at: usize) {
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
            return if let Some(value) = default_of(variable) {
                constant(value)
            } else {
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
            };
        };
        let mut view = self.walk.view(caller, here.each.clone());
        if !super::repetition::is_known(&here.each) {
            view.depends_on(&self.walk.module(caller).calls[call].deps);
        }
        let result = evaluate(expr, &mut view).and_then(|value| {
            super::ephemeral::refuse_in_variable(variable, &value, expr.span)?;
            conform(variable, value).map_err(|diagnostic| diagnostic.or_at(expr.span).into())
        });
        Self::settle(&mut self.diagnostics, view, result)
    }

    /// Says which values of variables are wrong or missing, before anything is asked of a cloud. A plan of a part may do
    /// without some of them.
    pub(crate) fn check_root_variables(&mut self) {
        let config = self.walk.config.clone();
        let is_whole = self.reach == Reach::Online && self.options.targets.is_empty();
        let needs_all = is_whole && self.options.mode == PlanMode::Normal;
        for variable in &config.root().variables {
            match self.given(variable) {
                Some(Err(diagnostic)) => self.diagnostics.push(diagnostic),
                None if needs_all && variable.default.is_none() => {
                    self.diagnostics.push(missing(variable));
                }
                Some(Ok(_)) | None => {}
            }
        }
    }

    /// The value that a variable of the root module was given, as the variable takes it.
    fn given(&self, variable: &zw_config::model::Variable) -> Option<Result<Value, Diagnostic>> {
        let (value, span) = self.options.variables.get(&variable.name)?;
        let conformed = conform(variable, value.clone());
        Some(conformed.map_err(|diagnostic| diagnostic.at(span.unwrap_or(variable.span))))
    }

    fn root_variable(&mut self, variable: &zw_config::model::Variable) -> Slot {
        if let Some(given) = self.given(variable) {
            return match given {
                Ok(value) => constant(value),
                Err(diagnostic) => {
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
        self.diagnostics.push(missing(variable));
        Slot::Failed
    }

    fn validate_variable(&mut self, module: ModId, at: usize) {
        let config = self.walk.config.clone();
        let here = self.walk.module(module);
        if here.variables[at].ready().is_none() {
            return;
        }
        let variable = &config.module_of(here.node).variables[at];
        let failed = self.checks(
            module,
            &EachData::default(),
            None,
            &variable.validations,
            Kind::Validation,
        );
        if let Some(slot) = failed {
            self.walk.modules[module.at()].variables[at] = slot;
        }
    }
}

/// The error of a variable of the root module without a value.
fn missing(variable: &zw_config::model::Variable) -> Diagnostic {
    Diagnostic::error(
        "No value for required variable",
        format!(
            "The root module input variable {:?} is not set, and has no default value. Use a -var or -var-file \
             command line argument, a terraform.tfvars file, or the environment variable TF_VAR_{} to provide a \
             value for this variable.",
            variable.name, variable.name
        ),
    )
    .at(variable.span)
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
