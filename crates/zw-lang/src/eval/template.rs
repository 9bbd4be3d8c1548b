//! Templates: values converted to strings and joined.
//!
//! Source: `hclsyntax/expression_template.go`.

use unicode_segmentation::UnicodeSegmentation;

use super::{Evaluator, Outcome, STRING_BYTES_MAX, Stop};
use crate::convert::convert;
use crate::diag::Diagnostic;
use crate::expr::Expr;
use crate::span::Span;
use crate::text::normalized;
use crate::ty::Type;
use crate::value::{Marks, Refinement, Value, ValueKind};

/// How much of what is known of the beginning of a string is kept.
const PREFIX_BYTES_MAX: usize = 128;

/// A string as it grows.
#[derive(Default)]
struct Text {
    known: String,
    /// Whether something unknown was met. `known` is what came before that.
    is_unknown: bool,
    marks: Marks,
}

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[Expr], span: Span) -> Outcome {
        let mut text = Text::default();
        let mut stop = None;
        for part in parts {
            let outcome = match self.evaluate(part) {
                Ok(value) => self.append(&mut text, &value, part, span),
                Err(stop) => Err(stop),
            };
            match outcome {
                Ok(()) => {}
                Err(Stop::Failed) => stop = Some(Stop::Failed),
                Err(Stop::Blocked) => {
                    stop.get_or_insert(Stop::Blocked);
                }
            }
        }
        match stop {
            Some(stop) => Err(stop),
            None => Ok(text.value()),
        }
    }

    fn append(&mut self, text: &mut Text, value: &Value, part: &Expr, span: Span) -> Outcome<()> {
        const SUMMARY: &str = "Invalid template interpolation value";
        if value.is_null() {
            let detail = "The expression result is null. Cannot include a null value in a string \
                          template.";
            return Err(self.fail_with(SUMMARY, detail, part.span, part));
        }
        text.marks = text.marks.union(value.marks());
        match value.kind() {
            ValueKind::Unknown(unknown) => {
                if !text.is_unknown
                    && unknown.ty == Type::String
                    && let Some(prefix) = &unknown.refinement.string_prefix
                {
                    text.known.push_str(prefix);
                }
                text.is_unknown = true;
                Ok(())
            }
            ValueKind::String(more) => self.push(text, more, span),
            _ => match convert(value, &Type::String) {
                Ok(converted) => self.push(text, converted.as_str().unwrap_or_default(), span),
                Err(error) => {
                    let detail =
                        format!("Cannot include the given value in a string template: {error}.");
                    Err(self.fail_with(SUMMARY, detail, part.span, part))
                }
            },
        }
    }

    fn push(&mut self, text: &mut Text, more: &str, span: Span) -> Outcome<()> {
        if text.is_unknown {
            return Ok(());
        }
        if text.known.len() + more.len() > STRING_BYTES_MAX {
            let detail =
                format!("The result of a template can have {} MiB.", STRING_BYTES_MAX >> 20);
            let diagnostic = Diagnostic::error("Template result is too large", detail);
            return Err(self.fail(diagnostic.at(span)));
        }
        text.known.push_str(more);
        Ok(())
    }

    pub(super) fn template_join(&mut self, repeated: &Expr) -> Outcome {
        let value = self.evaluate(repeated)?;
        let mut text = Text { marks: value.marks(), ..Text::default() };
        let Some(items) = value.as_sequence() else {
            text.is_unknown = true;
            return Ok(text.value());
        };
        for item in items {
            self.append(&mut text, item, repeated, repeated.span)?;
        }
        Ok(text.value())
    }
}

impl Text {
    /// The string. What is known of its beginning is known even if the whole is not.
    fn value(self) -> Value {
        let value = if self.is_unknown {
            let prefix = known_prefix(&self.known);
            Value::refined(
                Type::String,
                Refinement {
                    not_null: true,
                    string_prefix: (!prefix.is_empty()).then(|| normalized(prefix)),
                    ..Refinement::default()
                },
            )
        } else {
            Value::from(normalized(&self.known))
        };
        value.with_marks(self.marks)
    }
}

/// What a string begins with, if it begins with `text` and anything can follow: its last character
/// may still become part of another, as an accent can follow.
///
/// Source: `SafeKnownPrefix` in `cty/ctystrings/prefix.go`.
fn known_prefix(text: &str) -> &str {
    let mut end = text.len().min(PREFIX_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    match text.grapheme_indices(true).next_back() {
        Some((_, last)) if last.len() == 1 && DELIMITERS.contains(last) => text,
        Some((at, _)) => &text[..at],
        None => "",
    }
}

/// What never becomes part of a following character.
const DELIMITERS: &str = "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'";
