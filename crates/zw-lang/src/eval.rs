//! Evaluation of compiled expressions.
//!
//! Semantics are those of HCL with Terraform's functions: what is unknown spreads, and so do marks;
//! both arms of a conditional are evaluated, as both decide its type, and only errors of the
//! chosen one count. Errors are collected where that is possible: all wrong elements of a list are
//! reported, not only the first.

mod access;
mod call;
mod conditional;
mod construct;
mod explain;
mod iterate;
mod operator;
mod render;
mod size;
mod splat;
mod template;

use crate::diag::{Diagnostic, Diagnostics};
use crate::expr::{Expr, ExprKind, Ref, ResolvedStep, Step};
use crate::scope::{EvalError, EvalResult, Scope};
use crate::span::Span;
use crate::value::{Marks, Value};

pub use access::{get_attribute, get_index};
pub use explain::describe_value;

/// How deep evaluation may go, templates within templates included.
const DEPTH_MAX: usize = 600;

/// How many elements all iterations of one evaluation may visit together.
const ITERATIONS_MAX: usize = 2_000_000;

/// How long a string may become in a template, in bytes.
const STRING_BYTES_MAX: usize = 64 << 20;

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
///
/// # Errors
/// Everything that is wrong, or that something is not there yet.
pub fn evaluate(expr: &Expr, scope: &mut dyn Scope) -> EvalResult<Value> {
    evaluate_with(expr, scope, &mut Locals::default())
}

/// The value of an expression inside of something that binds local variables.
///
/// # Errors
/// Everything that is wrong, or that something is not there yet.
pub fn evaluate_with(expr: &Expr, scope: &mut dyn Scope, locals: &mut Locals) -> EvalResult<Value> {
    if let ExprKind::Literal(value) = &expr.kind {
        return Ok(value.clone());
    }
    let mut limits = Limits::default();
    Evaluator::new(scope, locals, &mut limits).run(expr)
}

/// What bounds an evaluation, templates that it renders included.
#[derive(Default)]
struct Limits {
    depth: usize,
    iterations: usize,
    template_depth: usize,
}

/// Why there is no value. If something is wrong, the evaluator has noted what.
enum Stop {
    Failed,
    Blocked,
}

type Outcome<T = Value> = Result<T, Stop>;

struct Evaluator<'a> {
    scope: &'a mut dyn Scope,
    locals: &'a mut Locals,
    limits: &'a mut Limits,
    diagnostics: Diagnostics,
    /// How many enclosing things throw errors away. Then nothing is spent on explaining them.
    quiet: usize,
}

impl<'a> Evaluator<'a> {
    fn new(scope: &'a mut dyn Scope, locals: &'a mut Locals, limits: &'a mut Limits) -> Self {
        Self { scope, locals, limits, diagnostics: Diagnostics::new(), quiet: 0 }
    }

    fn run(mut self, expr: &Expr) -> EvalResult<Value> {
        match self.evaluate(expr) {
            Ok(value) => Ok(value),
            Err(Stop::Blocked) => Err(EvalError::Blocked),
            Err(Stop::Failed) => Err(EvalError::Diagnostics(self.diagnostics)),
        }
    }

    /// The value of an expression. Every form has a function of its own, so that a level of nesting
    /// costs little stack.
    fn evaluate(&mut self, expr: &Expr) -> Outcome {
        if let ExprKind::Literal(value) = &expr.kind {
            return Ok(value.clone());
        }
        if self.limits.depth >= DEPTH_MAX {
            return Err(self.too_deep(expr.span));
        }
        self.limits.depth += 1;
        let outcome = match &expr.kind {
            ExprKind::Literal(value) => Ok(value.clone()),
            ExprKind::Ref(reference) => self.reference(reference, expr.span),
            ExprKind::Local(slot, name) => self.local(*slot, name, expr.span),
            ExprKind::Template(parts) => self.template(parts, expr.span),
            ExprKind::TemplateJoin(repeated) => self.template_join(repeated),
            ExprKind::GetAttr(object, name) => self.attribute(expr, object, name),
            ExprKind::Index(collection, key) => self.index(expr, collection, key),
            ExprKind::Splat { source, item, each } => self.splat(source, *item, each),
            ExprKind::Call(call) => self.call(call, expr),
            ExprKind::Conditional(condition, yes, no) => self.conditional(expr, condition, yes, no),
            ExprKind::Binary(..) => self.binary(expr),
            ExprKind::Unary(operator, operand) => self.unary(*operator, operand, expr),
            ExprKind::Tuple(items) => self.tuple(items, expr.span),
            ExprKind::Object(items) => self.object(items, expr.span),
            ExprKind::For(repeated) => self.repeated(repeated, expr.span),
            ExprKind::Parens(inner) => self.evaluate(inner),
        };
        self.limits.depth -= 1;
        outcome
    }

    #[cold]
    fn too_deep(&mut self, span: Span) -> Stop {
        let detail = format!("Evaluation cannot go deeper than {DEPTH_MAX} levels.");
        self.fail(Diagnostic::error("Expression is nested too deeply", detail).at(span))
    }

    /// Notes what is wrong.
    fn fail(&mut self, diagnostic: Diagnostic) -> Stop {
        self.diagnostics.push(diagnostic);
        Stop::Failed
    }

    /// Notes what is wrong with an expression, and the values of what it refers to.
    fn fail_with(&mut self, summary: &str, detail: impl Into<String>, at: Span, of: &Expr) -> Stop {
        let mut diagnostic = Diagnostic::error(summary, detail).at(at);
        if self.quiet == 0 {
            diagnostic.values = self.values_in(of);
        }
        self.fail(diagnostic)
    }

    /// Evaluates without keeping errors: `Ok(None)` if there are some.
    fn attempt(&mut self, expr: &Expr) -> Outcome<Option<Value>> {
        let noted = self.diagnostics.0.len();
        self.quiet += 1;
        let outcome = self.evaluate(expr);
        self.quiet -= 1;
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Stop::Blocked) => Err(Stop::Blocked),
            Err(Stop::Failed) => {
                self.diagnostics.0.truncate(noted);
                Ok(None)
            }
        }
    }

    /// Evaluates with a value in a local slot.
    fn with_local<T>(
        &mut self,
        slot: u16,
        value: Value,
        evaluate: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.locals.set(slot, value);
        let result = evaluate(self);
        self.locals.restore(slot, outer);
        result
    }

    /// Tells the scope of what an expression refers to, when it is not evaluated because something
    /// unknown decides whether it will be.
    fn skip(&mut self, expr: &Expr) {
        let scope = &mut *self.scope;
        expr.for_each_ref(&mut |reference, span| scope.skip(reference, span));
    }

    /// Counts one more element of an iteration.
    fn count_iteration(&mut self, span: Span) -> Outcome<()> {
        self.limits.iterations += 1;
        if self.limits.iterations <= ITERATIONS_MAX {
            return Ok(());
        }
        let detail = format!(
            "The 'for' and splat expressions in this value visit more than {ITERATIONS_MAX} \
             elements together."
        );
        Err(self.fail(Diagnostic::error("Iteration is too long", detail).at(span)))
    }

    fn local(&mut self, slot: u16, name: &str, span: Span) -> Outcome {
        if let Some(value) = self.locals.get(slot) {
            return Ok(value.clone());
        }
        let detail = format!("The local variable {name:?} has no value here.");
        Err(self.fail(Diagnostic::error("Variables not allowed", detail).at(span)))
    }

    fn reference(&mut self, reference: &Ref, span: Span) -> Outcome {
        let mut steps = Vec::with_capacity(reference.steps.len());
        let mut failed = false;
        for step in &reference.steps {
            match step {
                Step::Attr(name, _) => steps.push(ResolvedStep::Attr(name.clone())),
                Step::Index(index) => match self.evaluate(index) {
                    Ok(index) => steps.push(ResolvedStep::Index(index)),
                    Err(Stop::Blocked) => return Err(Stop::Blocked),
                    Err(Stop::Failed) => failed = true,
                },
            }
        }
        if failed {
            return Err(Stop::Failed);
        }
        let (mut value, consumed) = self.look_up(reference, &steps, span)?;
        for (at, step) in steps.iter().enumerate().skip(consumed) {
            let found = match step {
                ResolvedStep::Attr(name) => get_attribute(&value, name),
                ResolvedStep::Index(key) => get_index(&value, key),
            };
            value = match found {
                Ok(part) => part,
                Err((summary, detail)) => {
                    let at = match &reference.steps[at] {
                        Step::Attr(_, span) => *span,
                        Step::Index(index) => index.span,
                    };
                    let mut diagnostic = Diagnostic::error(summary, detail).at(at);
                    if self.quiet == 0 {
                        diagnostic.values = self.values_of_steps(reference, &steps, span);
                    }
                    return Err(self.fail(diagnostic));
                }
            };
        }
        Ok(value)
    }

    /// Asks the scope for a symbol with steps.
    fn look_up(
        &mut self,
        reference: &Ref,
        steps: &[ResolvedStep],
        span: Span,
    ) -> Outcome<(Value, usize)> {
        // A null index is an error whatever it is an index of, and no scope need know of it.
        let is_null =
            |step: &ResolvedStep| matches!(step, ResolvedStep::Index(key) if key.is_null());
        let offered = steps.iter().position(is_null).unwrap_or(steps.len());
        match self.scope.lookup(reference.symbol, &steps[..offered], span) {
            Ok((value, consumed)) => Ok((value, consumed.min(offered))),
            Err(EvalError::Blocked) => Err(Stop::Blocked),
            Err(EvalError::Diagnostics(diagnostics)) => {
                self.diagnostics.extend(diagnostics);
                Err(Stop::Failed)
            }
        }
    }
}

/// The outcomes of parts that are all evaluated, whatever is wrong with some of them.
fn all(parts: impl Iterator<Item = Outcome>) -> Outcome<Vec<Value>> {
    let mut values = Vec::with_capacity(parts.size_hint().0);
    let mut stop = None;
    for part in parts {
        match part {
            Ok(value) => values.push(value),
            // What is wrong already comes before what may be wrong later.
            Err(Stop::Failed) => stop = Some(Stop::Failed),
            Err(Stop::Blocked) => {
                stop.get_or_insert(Stop::Blocked);
            }
        }
    }
    stop.map_or(Ok(values), Err)
}

/// The marks of two values.
const fn marks_of(a: &Value, b: &Value) -> Marks {
    a.marks().union(b.marks())
}

#[cfg(test)]
mod tests;
