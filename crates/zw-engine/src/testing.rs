//! What tests of modules ask of a plan, and of what was applied.

use zw_config::testing::Compiled;
use zw_lang::{
    Diagnostic, Diagnostics, EvalError, Locals, Marks, Str, Type, Value, convert, evaluate_with,
};

use crate::api::Run;
use crate::walk::{EachData, ModId, Slot};

impl Run {
    /// Evaluates an expression that was compiled for the root module, with values for the further names in it, by
    /// position.
    ///
    /// # Errors
    /// Whatever is wrong with it. What could not be computed is unknown.
    pub fn value_of(&self, compiled: &Compiled, names: &[Value]) -> Result<Value, Diagnostics> {
        let walk = &self.planner.walk;
        let mut view = walk.view(ModId::ROOT, EachData::default()).with_symbols(&compiled.symbols);
        match evaluate_with(&compiled.expr, &mut view, &mut locals(names)) {
            Ok(value) => Ok(value),
            Err(EvalError::Diagnostics(found)) => Err(found),
            Err(EvalError::Blocked) => Ok(Value::unknown(Type::Dynamic)),
        }
    }

    /// Holds a condition against what is planned, or was applied: what is wrong if it does not hold.
    ///
    /// # Errors
    /// If it cannot be told.
    pub fn assertion(
        &self,
        condition: &Compiled,
        message: &Compiled,
        names: &[Value],
    ) -> Result<Option<Diagnostic>, Diagnostics> {
        let span = condition.expr.span;
        let value = self.value_of(condition, names)?;
        let value = convert(&value, &Type::Bool).map_err(|error| {
            let detail = format!("The condition must be either true or false: {error}.");
            Diagnostics::from(Diagnostic::error("Invalid condition result", detail).at(span))
        })?;
        if !value.is_known() {
            let detail = "The condition could not be evaluated at this time: it depends on what is known only after \
                          this plan is applied. Either remove this value from the condition, or execute an \
                          `apply` command from this `run` block.";
            return Err(Diagnostic::error("Unknown condition value", detail).at(span).into());
        }
        if value.as_bool() == Some(true) {
            return Ok(None);
        }
        let said = self.value_of(message, names)?;
        let said = if said.all_marks().contains(Marks::SENSITIVE) {
            "The error message included a sensitive value, so it will not be displayed.".to_owned()
        } else {
            said.as_str().unwrap_or("The condition does not hold.").to_owned()
        };
        let walk = &self.planner.walk;
        let mut view = walk.view(ModId::ROOT, EachData::default()).with_symbols(&condition.symbols);
        let mut problem = Diagnostic::error("Test assertion failed", said).at(span);
        problem.values = crate::explain::values(&walk.config.sources, &mut view, &condition.expr);
        Ok(Some(problem))
    }

    /// The outputs of the root module: unknown where they are not known yet.
    pub fn outputs(&self) -> Vec<(Str, Value)> {
        let walk = &self.planner.walk;
        let slots = &walk.module(ModId::ROOT).outputs;
        let declared = walk.config.root().outputs.iter();
        let value = |slot: &Slot| {
            slot.ready().map_or_else(|| Value::unknown(Type::Dynamic), |found| found.value.clone())
        };
        declared.zip(slots).map(|(output, slot)| (output.name.clone(), value(slot))).collect()
    }
}

fn locals(names: &[Value]) -> Locals {
    let mut locals = Locals::default();
    for (slot, value) in (0_u16..).zip(names) {
        locals.set(slot, value.clone());
    }
    locals
}
