//! Evaluation of compiled expressions.

use crate::expr::Expr;
use crate::scope::{EvalResult, Scope};
use crate::value::Value;

/// The values of local variables by slot: iterators of `dynamic` blocks and variables of `for`.
#[derive(Clone, Debug, Default)]
pub struct Locals(Vec<Option<Value>>);

impl Locals {
    /// The value in a slot.
    pub fn get(&self, slot: u16) -> Option<&Value> {
        self.0.get(usize::from(slot)).and_then(Option::as_ref)
    }

    /// Puts a value into a slot and returns what was there, for [`Self::restore`].
    pub fn set(&mut self, slot: u16, value: Value) -> Option<Value> {
        self.replace(slot, Some(value))
    }

    /// Puts back what [`Self::set`] returned.
    pub fn restore(&mut self, slot: u16, outer: Option<Value>) {
        self.replace(slot, outer);
    }

    fn replace(&mut self, slot: u16, value: Option<Value>) -> Option<Value> {
        let at = usize::from(slot);
        if at >= self.0.len() {
            self.0.resize(at + 1, None);
        }
        std::mem::replace(&mut self.0[at], value)
    }
}

/// The value of an expression.
pub fn evaluate(expr: &Expr, scope: &mut dyn Scope) -> EvalResult<Value> {
    evaluate_with(expr, scope, &mut Locals::default())
}

/// The value of an expression inside of something that binds local variables.
pub fn evaluate_with(
    expr: &Expr,
    scope: &mut dyn Scope,
    locals: &mut Locals,
) -> EvalResult<Value> {
    let _ = (expr, scope, locals);
    Err(crate::diag::Diagnostics::new().into())
}
