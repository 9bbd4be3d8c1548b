//! What the parts of an expression were, for messages about a condition that does not hold.

use zw_lang::{
    Expr, Ref, ResolvedStep, Scope, SourceMap, Span, Step, Value, describe_value, evaluate,
};

/// The references in an expression with the values that they had, as written and in order; sensitive ones say so.
pub(crate) fn values(
    sources: &SourceMap,
    scope: &mut dyn Scope,
    expr: &Expr,
) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    expr.for_each_ref(&mut |reference, span| {
        let Some(written) = sources.snippet(span) else { return };
        if found.iter().any(|(known, _)| known == written) {
            return;
        }
        if let Some(value) = value_of(scope, reference, span) {
            found.push((written.to_owned(), shown(&value)));
        }
    });
    found
}

/// The value of a reference, if it has one.
pub(crate) fn value_of(scope: &mut dyn Scope, reference: &Ref, span: Span) -> Option<Value> {
    let mut steps = Vec::with_capacity(reference.steps.len());
    for step in &reference.steps {
        steps.push(match step {
            Step::Attr(name, _) => ResolvedStep::Attr(name.clone()),
            Step::Index(index) => ResolvedStep::Index(evaluate(index, scope).ok()?),
        });
    }
    let (mut value, taken) = scope.lookup(reference.symbol, &steps, span).ok()?;
    for step in &steps[taken.min(steps.len())..] {
        let marks = value.marks();
        let part = match step {
            ResolvedStep::Attr(name) => value.get(name),
            ResolvedStep::Index(key) => value.step(&zw_lang::PathStep::Index(key.clone())),
        };
        value = part?.clone().with_marks(marks);
    }
    Some(value)
}

fn shown(value: &Value) -> String {
    let words = describe_value(value);
    words.map_or_else(|| "has a sensitive value".to_owned(), |words| format!("is {words}"))
}
