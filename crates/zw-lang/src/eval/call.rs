//! Function calls.
//!
//! Source: `FunctionCallExpr.Value` in `hclsyntax/expression.go`, `ext/tryfunc` for `try` and `can`.

use super::render::Renderer;
use super::{Evaluator, Outcome, Stop};
use crate::convert::convert;
use crate::diag::Diagnostic;
use crate::expr::{Callee, Expr, ExprKind, FuncCall};
use crate::function::{CallContext, FuncError, Function, call};
use crate::suggest::suggest;
use crate::ty::Type;
use crate::value::Value;

impl Evaluator<'_> {
    pub(super) fn call(&mut self, called: &FuncCall, expr: &Expr) -> Outcome {
        match &called.callee {
            Callee::Builtin(function) if function.special => match function.name {
                "try" => self.first_without_error(called, expr),
                _ => self.has_no_error(called, expr),
            },
            Callee::Builtin(function) => self.builtin(function, called, expr),
            Callee::Provider(provider, function) => {
                self.of_provider(provider, function, called, expr)
            }
            Callee::Convert(ty) => self.converted_to(ty, called),
            Callee::Unknown(problem) => Err(self.fail((**problem).clone())),
        }
    }

    fn builtin(&mut self, function: &Function, called: &FuncCall, expr: &Expr) -> Outcome {
        let Some(args) = self.arguments(called, expr)? else {
            return Ok(Value::unknown(Type::Dynamic));
        };
        if let Err((summary, detail)) = function.check_arity(&called.name, args.len()) {
            return Err(self.fail(Diagnostic::error(summary, detail).at(expr.span)));
        }
        let result = {
            let host = self.scope.host();
            let mut templates = Renderer::new(host, self.limits);
            let template_depth = templates.template_depth();
            let mut context = CallContext { host, templates: &mut templates, template_depth };
            call(function, &args, &mut context)
        };
        result.map_err(|error| {
            let (summary, detail) = error.explain(function, &called.name);
            self.call_failed(summary, detail, &error, called, expr)
        })
    }

    fn call_failed(
        &mut self,
        summary: &str,
        detail: String,
        error: &FuncError,
        called: &FuncCall,
        expr: &Expr,
    ) -> Stop {
        // Of expanded arguments it is the last expression that they are all written in.
        let arg = error.arg.and_then(|at| called.args.get(at).or_else(|| called.args.last()));
        match arg {
            Some(arg) => self.fail_with(summary, detail, arg.span, arg),
            None => self.fail_with(summary, detail, called.name_span, expr),
        }
    }

    /// The arguments; `None` if it is not known how many there are.
    fn arguments(&mut self, called: &FuncCall, expr: &Expr) -> Outcome<Option<Vec<Value>>> {
        if !called.expand_final {
            return super::all(called.args.iter().map(|arg| self.evaluate(arg))).map(Some);
        }
        let Some((last, first)) = called.args.split_last() else { return Ok(Some(Vec::new())) };
        let expanded = self.evaluate(last)?;
        let refuse = |this: &mut Self, detail: &str| {
            let summary = "Invalid expanding argument value";
            Err(this.fail_with(summary, detail, last.span, last))
        };
        let is_sequence =
            matches!(expanded.ty(), Type::Dynamic | Type::Tuple(_) | Type::List(_) | Type::Set(_));
        if !is_sequence {
            let detail = "The expanding argument (indicated by ...) must be of a tuple, list, or set \
                          type.";
            return refuse(self, detail);
        }
        if expanded.is_null() {
            let detail = "The expanding argument (indicated by ...) must not be null.";
            return refuse(self, detail);
        }
        let mut args = super::all(first.iter().map(|arg| self.evaluate(arg)))?;
        let marks = expanded.marks();
        let Some(items) = expanded.as_sequence() else { return Ok(None) };
        for item in items {
            self.count_iteration(expr.span)?;
            args.push(item.clone().with_marks(marks));
        }
        Ok(Some(args))
    }

    fn of_provider(
        &mut self,
        provider: &str,
        function: &str,
        called: &FuncCall,
        expr: &Expr,
    ) -> Outcome {
        let Some(args) = self.arguments(called, expr)? else {
            return Ok(Value::unknown(Type::Dynamic));
        };
        match self.scope.host().provider_function(provider, function, &args) {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => {
                let detail = match error.arg {
                    Some(at) => {
                        format!("Invalid value for argument {}: {}.", at + 1, error.message)
                    }
                    None => {
                        format!("Call to function {:?} failed: {}.", called.name, error.message)
                    }
                };
                Err(self.call_failed("Error in function call", detail, &error, called, expr))
            }
            None => {
                let known = self.scope.host().provider_function_names(provider);
                let hint = suggest(function, known);
                let detail = format!(
                    "There is no function named {:?}. Ensure that provider name {provider:?} is \
                     declared in this module's required_providers block, and that this provider \
                     offers a function named {function:?}.{hint}",
                    called.name
                );
                let diagnostic = Diagnostic::error("Unknown provider function", detail);
                Err(self.fail(diagnostic.at(called.name_span)))
            }
        }
    }

    fn converted_to(&mut self, ty: &Type, called: &FuncCall) -> Outcome {
        let Some(arg) = called.args.first() else { return Ok(Value::null(ty.clone())) };
        let value = self.evaluate(arg)?;
        convert(&value, ty).map_err(|error| {
            let detail = format!("Invalid value for \"value\" parameter: {error}.");
            self.fail_with("Invalid function argument", detail, arg.span, arg)
        })
    }

    /// `try(...)`
    fn first_without_error(&mut self, called: &FuncCall, expr: &Expr) -> Outcome {
        let noted = self.diagnostics.0.len();
        for (at, arg) in called.args.iter().enumerate() {
            self.quiet += 1;
            let outcome = self.evaluate(arg);
            self.quiet -= 1;
            match outcome {
                Ok(value) => {
                    self.diagnostics.0.truncate(noted);
                    if value.is_wholly_known() {
                        return Ok(value);
                    }
                    // Once all of it is known it may turn out to be wrong, and another argument to count.
                    for later in &called.args[at + 1..] {
                        self.skip(later);
                    }
                    return Ok(Value::unknown(Type::Dynamic));
                }
                Err(Stop::Blocked) => return Err(Stop::Blocked),
                // What is wrong now stays wrong whatever becomes known.
                Err(Stop::Failed) => {}
            }
        }
        let tried = self.diagnostics.0.split_off(noted);
        let detail = if called.args.is_empty() {
            "Call to function \"try\" failed: at least one argument is required.".to_owned()
        } else {
            let mut text =
                String::from("Call to function \"try\" failed: no expression succeeded:\n");
            for Diagnostic { summary, detail, .. } in &tried {
                text.extend(["- ", summary, "\n  ", detail, "\n"]);
            }
            text.push_str("\nAt least one expression must produce a successful result.");
            text
        };
        Err(self.fail_with("Error in function call", detail, called.name_span, expr))
    }

    /// `can(...)`
    fn has_no_error(&mut self, called: &FuncCall, expr: &Expr) -> Outcome {
        let [arg] = called.args.as_slice() else {
            let (summary, detail) = match called.args.len() {
                0 => (
                    "Not enough function arguments",
                    "Function \"can\" expects 1 argument(s). Missing value for \"expression\".",
                ),
                _ => {
                    ("Too many function arguments", "Function \"can\" expects only 1 argument(s).")
                }
            };
            return Err(self.fail(Diagnostic::error(summary, detail).at(expr.span)));
        };
        Ok(match self.attempt(arg)? {
            Some(value) if !value.is_wholly_known() => Value::unknown(Type::Bool),
            outcome => Value::from(outcome.is_some()),
        })
    }
}

/// Calls `visit` for every direct part of an expression.
pub(super) fn for_each_part<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Ref(_) | ExprKind::Local(..) => {}
        ExprKind::Template(parts) | ExprKind::Tuple(parts) => parts.iter().for_each(visit),
        ExprKind::TemplateJoin(inner)
        | ExprKind::GetAttr(inner, _)
        | ExprKind::Unary(_, inner)
        | ExprKind::Parens(inner) => visit(inner),
        ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) => {
            visit(left);
            visit(right);
        }
        ExprKind::Splat { source, each, .. } => {
            visit(source);
            visit(each);
        }
        ExprKind::Call(call) => call.args.iter().for_each(visit),
        ExprKind::Conditional(condition, yes, no) => {
            visit(condition);
            visit(yes);
            visit(no);
        }
        ExprKind::Object(items) => {
            for item in items {
                visit(&item.key);
                visit(&item.value);
            }
        }
        ExprKind::For(inner) => {
            visit(&inner.collection);
            inner.result_key.iter().for_each(&mut *visit);
            visit(&inner.result);
            inner.condition.iter().for_each(visit);
        }
    }
}
