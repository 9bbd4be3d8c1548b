//! The values that a diagnostic shows beside what is wrong.

use super::Evaluator;
use crate::expr::{Expr, ExprKind, Ref, ResolvedStep};
use crate::literal::{sorted_entries, write_literal};
use crate::span::Span;
use crate::ty::Type;
use crate::value::{Value, ValueKind};

/// More would not be read.
const VALUES_MAX: usize = 8;

impl Evaluator<'_> {
    /// The values of what an expression refers to, in words. What is sensitive is left out.
    pub(super) fn values_in(&mut self, expr: &Expr) -> Vec<(String, String)> {
        let mut references: Vec<(&Ref, Span)> = Vec::new();
        expr.for_each_ref(&mut |reference, span| references.push((reference, span)));
        let mut shown = Vec::new();
        self.locals_in(expr, &mut shown);
        for (reference, span) in references {
            if shown.len() >= VALUES_MAX {
                break;
            }
            self.show(reference, span, &mut shown);
        }
        shown
    }

    /// The value of a reference of which a step failed, and the steps that led there.
    pub(super) fn values_of_steps(
        &mut self,
        reference: &Ref,
        steps: &[ResolvedStep],
        span: Span,
    ) -> Vec<(String, String)> {
        let mut shown = Vec::new();
        let whole =
            Ref { symbol: reference.symbol, name: reference.name.clone(), steps: Vec::new() };
        self.show(&whole, span, &mut shown);
        for (written, step) in reference.steps.iter().zip(steps) {
            if let (crate::expr::Step::Index(index), ResolvedStep::Index(value)) = (written, step)
                && index.as_literal().is_none()
                && let ExprKind::Ref(inner) = &index.kind
            {
                push(&mut shown, text_of(inner), value);
            }
        }
        shown
    }

    fn show(&mut self, reference: &Ref, span: Span, shown: &mut Vec<(String, String)>) {
        let text = text_of(reference);
        if shown.iter().any(|(known, _)| *known == text) {
            return;
        }
        let noted = self.diagnostics.0.len();
        self.quiet += 1;
        let value = self.reference(reference, span);
        self.quiet -= 1;
        self.diagnostics.0.truncate(noted);
        if let Ok(value) = value {
            push(shown, text, &value);
        }
    }

    fn locals_in(&self, expr: &Expr, shown: &mut Vec<(String, String)>) {
        if shown.len() >= VALUES_MAX {
            return;
        }
        if let ExprKind::Local(slot, name) = &expr.kind
            && !name.is_empty()
            && let Some(value) = self.locals.get(*slot)
            && !shown.iter().any(|(known, _)| known == name.as_str())
        {
            push(shown, name.to_string(), value);
        }
        super::call::for_each_part(expr, &mut |part| self.locals_in(part, shown));
    }
}

fn push(shown: &mut Vec<(String, String)>, text: String, value: &Value) {
    if let Some(words) = describe_value(value) {
        shown.push((text, format!("is {words}")));
    }
}

/// A reference as it is written, with what is no constant left out.
fn text_of(reference: &Ref) -> String {
    use crate::expr::Step;
    let mut text = reference.name.to_string();
    for step in &reference.steps {
        match step {
            Step::Attr(name, _) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Index(index) => {
                let key = match (index.as_literal().map(Value::kind), &index.kind) {
                    (Some(ValueKind::String(key)), _) => format!("{key:?}"),
                    (Some(ValueKind::Number(at)), _) => at.to_string(),
                    (_, ExprKind::Ref(inner)) => text_of(inner),
                    (_, ExprKind::Local(_, name)) => name.to_string(),
                    _ => "...".to_owned(),
                };
                text.extend(["[", &key, "]"]);
            }
        }
    }
    text
}

/// A value in a few words, for a list of the values involved in what went wrong; `None` if it or a
/// part of it is sensitive.
pub fn describe_value(value: &Value) -> Option<String> {
    const TEXT_CHARS_MAX: usize = 200;
    if value.all_marks().contains(crate::value::Marks::SENSITIVE) {
        return None;
    }
    let counted = |ty: Type, count: usize| match count {
        0 => format!("empty {}", ty.friendly_name()),
        1 => format!("{} with 1 element", ty.friendly_name()),
        _ => format!("{} with {count} elements", ty.friendly_name()),
    };
    Some(match value.kind() {
        ValueKind::Null(_) => "null".to_owned(),
        ValueKind::Unknown(unknown) if unknown.ty == Type::Dynamic => {
            "known only after apply".to_owned()
        }
        ValueKind::Unknown(unknown) => {
            format!("a {}, known only after apply", unknown.ty.friendly_name())
        }
        ValueKind::Bool(truth) => truth.to_string(),
        ValueKind::Number(number) => number.to_string(),
        ValueKind::String(text) if text.chars().count() > TEXT_CHARS_MAX => {
            let beginning: String = text.chars().take(TEXT_CHARS_MAX).collect();
            format!("{beginning:?}...")
        }
        ValueKind::String(text) => format!("{:?}", text.as_str()),
        ValueKind::List(list) | ValueKind::Set(list) => {
            with_parts(counted(value.ty(), list.items.len()), value)
        }
        ValueKind::Map(map) => with_parts(counted(value.ty(), map.entries.len()), value),
        ValueKind::Tuple(items) => with_parts(counted(value.ty(), items.len()), value),
        ValueKind::Object(object) => match &object.names[..] {
            [] => "object with no attributes".to_owned(),
            [one] => with_parts(format!("object with 1 attribute {one:?}"), value),
            names => with_parts(format!("object with {} attributes", names.len()), value),
        },
    })
}

/// What is said of a compound value, with the value itself behind it if that is short.
fn with_parts(words: String, value: &Value) -> String {
    let mut parts = String::new();
    if value.is_empty() != Some(true) && write_brief(value, &mut parts) {
        format!("{words}: {parts}")
    } else {
        words
    }
}

/// Writes a value in one line. `false` if that would be too long to be read there.
fn write_brief(value: &Value, out: &mut String) -> bool {
    const PARTS_BYTES_MAX: usize = 60;
    if let Some(entries) = sorted_entries(value) {
        let mut separator = "{ ";
        let all = entries.iter().all(|(name, value)| {
            out.extend([separator, name, " = "]);
            separator = ", ";
            write_brief(value, out)
        });
        out.push_str(if entries.is_empty() { "{}" } else { " }" });
        return all && out.len() <= PARTS_BYTES_MAX;
    }
    if let Some(items) = value.as_sequence() {
        out.push('[');
        let mut separator = "";
        let all = items.iter().all(|item| {
            out.push_str(separator);
            separator = ", ";
            write_brief(item, out)
        });
        out.push(']');
        return all && out.len() <= PARTS_BYTES_MAX;
    }
    if !value.is_known() {
        out.push_str("(known after apply)");
        return out.len() <= PARTS_BYTES_MAX;
    }
    // Not written at all if it is too long anyway.
    if value.as_str().is_some_and(|text| text.len() > PARTS_BYTES_MAX) {
        return false;
    }
    write_literal(value, out);
    out.len() <= PARTS_BYTES_MAX
}
