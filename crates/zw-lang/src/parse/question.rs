//! What is asked of a console: the value of an expression, or with `type(...)` its type.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall};
use hcl_edit::visit::{Visit, visit_func_call};

use super::{Text, scan, syntax};
use crate::diag::{Diagnostic, Diagnostics};

/// The function that only a console has.
const TYPE: &str = "type";

/// What is asked of a console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The value of the whole text.
    Value,
    /// The type of the expression in this range of the text.
    TypeOf(Range<usize>),
}

/// What a text asks. Text that is no expression asks for its value: evaluating it says what is wrong.
///
/// # Errors
/// If `type` is called where its result would be a value, or with other than one argument.
pub fn question(text: Text<'_>) -> Result<Question, Diagnostics> {
    let range = scan::without_margins(text.text);
    let start = range.start;
    let trimmed = text.part(range);
    let Ok(tree) = syntax::expression(trimmed) else { return Ok(Question::Value) };
    let mut calls = Calls(Vec::new());
    calls.visit_expr(&tree);
    let [call] = calls.0.as_slice() else {
        return match calls.0.first() {
            None => Ok(Question::Value),
            Some(call) => Err(misused(call, trimmed)),
        };
    };
    let mut outermost = &tree;
    while let Expression::Parenthesis(inner) = outermost {
        outermost = inner.inner();
    }
    if !matches!(outermost, Expression::FuncCall(outer) if is_type(outer)) {
        return Err(misused(call, trimmed));
    }
    let mut args = call.args.iter();
    match (args.next().and_then(hcl_edit::Span::span), args.next()) {
        (Some(range), None) if !call.args.expand_final() => {
            Ok(Question::TypeOf(range.start + start..range.end + start))
        }
        _ => Err(Diagnostic::error(
            "Wrong number of function arguments",
            format!("Function {TYPE:?} expects 1 argument."),
        )
        .at(place(call, trimmed))
        .into()),
    }
}

fn misused(call: &FuncCall, text: Text<'_>) -> Diagnostics {
    // In Terraform's words.
    Diagnostic::error(
        "Invalid use of type function",
        "The console-only \"type\" function cannot be used as part of an expression.",
    )
    .at(place(call, text))
    .into()
}

fn place(call: &FuncCall, text: Text<'_>) -> crate::span::Span {
    text.span(call.span().or_else(|| call.name.name.span()).unwrap_or(0..text.text.len()))
}

fn is_type(call: &FuncCall) -> bool {
    call.name.namespace.is_empty() && call.name.name.as_str() == TYPE
}

/// Calls of `type`.
struct Calls(Vec<FuncCall>);

impl Visit for Calls {
    fn visit_func_call(&mut self, call: &FuncCall) {
        if is_type(call) {
            self.0.push(call.clone());
        }
        visit_func_call(self, call);
    }
}
