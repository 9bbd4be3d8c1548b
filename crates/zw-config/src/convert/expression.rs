//! Expressions of native syntax as values of JSON.

use std::ops::Range;

use hcl_edit::expr::{Expression, Object as ObjectTree, ObjectKey};
use hcl_edit::template::{Element, HeredocTemplate, StringTemplate, Strip};
use serde_json::Value as Json;
use zw_lang::Diagnostic;
use zw_lang::parse::Text;

use super::Object;
use super::native::Reader;
use crate::data::{Argument, in_quotes};

impl Reader {
    /// The value of an argument.
    pub(super) fn argument(
        &mut self,
        tree: &Expression,
        text: Text<'_>,
        argument: Argument,
    ) -> Json {
        match argument {
            Argument::Expression => self.expression(tree, text),
            Argument::Literal => self.constant(tree, text),
            Argument::Name => unquoted(tree, text),
            Argument::Requirement => self.requirement(tree, text),
        }
    }

    fn expression(&mut self, tree: &Expression, text: Text<'_>) -> Json {
        let found = match tree {
            Expression::Null(_) => Some(Json::Null),
            Expression::Bool(value) => Some(Json::Bool(*value.value())),
            Expression::Number(_) => number(text.slice_of(tree).unwrap_or_default()),
            Expression::String(value) => escaped(value.value()).map(Json::String),
            Expression::StringTemplate(template) => quoted(template, text).map(Json::String),
            Expression::HeredocTemplate(heredoc) => return self.heredoc(heredoc, tree, text),
            Expression::Array(items) => {
                Some(Json::Array(items.iter().map(|item| self.expression(item, text)).collect()))
            }
            Expression::Object(object) => self.object(object, text),
            _ => None,
        };
        found.unwrap_or_else(|| interpolation(text.slice_of(tree).unwrap_or_default()))
    }

    /// `None` if a key occurs twice.
    fn object(&mut self, object: &ObjectTree, text: Text<'_>) -> Option<Json> {
        let mut found = Object::new();
        for (key, value) in object {
            let name = match key {
                ObjectKey::Ident(name) => name.as_str().to_owned(),
                ObjectKey::Expression(Expression::Parenthesis(inner)) => {
                    format!("${{{}}}", text.slice_of(inner.inner())?)
                }
                ObjectKey::Expression(tree) => match self.expression(tree, text) {
                    Json::String(name) => name,
                    Json::Null => "null".to_owned(),
                    other => other.to_string(),
                },
            };
            let value = self.expression(value.expr(), text);
            if found.insert(name, value).is_some() {
                return None;
            }
        }
        Some(Json::Object(found))
    }

    /// A value that must be constant.
    fn constant(&mut self, tree: &Expression, text: Text<'_>) -> Json {
        let value = match zw_lang::parse::constant(tree, text) {
            Ok(value) => value,
            Err(found) => {
                self.diagnostics.extend(found);
                return Json::Null;
            }
        };
        zw_lang::value_to_json(&value)
    }

    /// An entry of `required_providers`.
    fn requirement(&mut self, tree: &Expression, text: Text<'_>) -> Json {
        let Expression::Object(object) = tree else { return self.constant(tree, text) };
        let mut found = Object::new();
        for (key, value) in object {
            let name = text.slice_of(key).unwrap_or_default().trim_matches('"').to_owned();
            let value = match name.as_str() {
                "configuration_aliases" => unquoted(value.expr(), text),
                _ => self.constant(value.expr(), text),
            };
            found.insert(name, value);
        }
        Json::Object(found)
    }

    /// A heredoc is a template as JSON has them, once its indentation is taken away.
    fn heredoc(&mut self, heredoc: &HeredocTemplate, tree: &Expression, text: Text<'_>) -> Json {
        let source = text.slice_of(heredoc).unwrap_or_default();
        let start = source.find('\n').map_or(source.len(), |at| at + 1);
        let end = source.rfind('\n').map_or(start, |at| at + 1).max(start);
        let content = &source[start..end];
        if !source.starts_with("<<-") {
            return Json::String(content.to_owned());
        }
        let sequences = zw_lang::parse::sequences(content).unwrap_or_default();
        if sequences.is_empty() {
            return match self.constant(tree, text) {
                Json::String(value) => Json::String(
                    escaped(&value).unwrap_or_else(|| format!("${{{}}}", in_quotes(&value))),
                ),
                other => other,
            };
        }
        let strips = |sequence: &Range<usize>| {
            let inner = &content[sequence.start + 2..sequence.end - 1];
            inner.starts_with('~') || inner.ends_with('~')
        };
        if sequences.iter().any(strips) {
            let detail = "A heredoc that begins with \"<<-\" cannot be converted if it has strip markers in it. \
                          Remove the markers, or the indentation.";
            let diagnostic = Diagnostic::error("Heredoc cannot be converted", detail);
            self.diagnostics.push(diagnostic.at(text.span_of(tree)));
        }
        Json::String(without_indentation(content, &sequences))
    }
}

/// What is written without quotes in native syntax.
fn unquoted(tree: &Expression, text: Text<'_>) -> Json {
    match tree {
        Expression::Array(items) => {
            Json::Array(items.iter().map(|item| unquoted(item, text)).collect())
        }
        Expression::Object(object) => {
            let entry = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                let key = text.slice_of(key).unwrap_or_default().trim_matches('"').to_owned();
                (key, unquoted(value.expr(), text))
            };
            Json::Object(object.iter().map(entry).collect())
        }
        Expression::Null(_) => Json::Null,
        Expression::String(value) => Json::String(value.value().to_owned()),
        other => Json::String(text.slice_of(other).unwrap_or_default().to_owned()),
    }
}

/// A number as JSON has it, if it is written so.
fn number(text: &str) -> Option<Json> {
    text.parse().ok().map(Json::Number)
}

/// An expression in a string.
fn interpolation(source: &str) -> Json {
    Json::String(format!("${{{source}}}"))
}

/// A text as a template that means it. `None` if doubled signs would mean something else.
fn escaped(text: &str) -> Option<String> {
    if text.contains("$${") || text.contains("%%{") {
        return None;
    }
    Some(text.replace("${", "$${").replace("%{", "%%{"))
}

/// A template in quotes as one without. `None` if it has directives, or strips space: that means something
/// else where lines are not escaped.
fn quoted(template: &StringTemplate, text: Text<'_>) -> Option<String> {
    let mut found = String::new();
    for element in template {
        match element {
            Element::Literal(literal) => found.push_str(&escaped(literal.value())?),
            Element::Interpolation(interpolation) => {
                if interpolation.strip != Strip::None || found.ends_with(['$', '%']) {
                    return None;
                }
                found.push_str("${");
                found.push_str(text.slice_of(&interpolation.expr)?);
                found.push('}');
            }
            Element::Directive(_) => return None,
        }
    }
    Some(found)
}

/// The text of a heredoc without the indentation that all of its lines have.
///
/// Source: `flushHeredocTemplateParts` in `hclsyntax/parser_template.go`.
fn without_indentation(content: &str, sequences: &[Range<usize>]) -> String {
    let is_inside = |at: usize| sequences.iter().any(|one| one.start < at && at < one.end);
    // The literal text that each line begins with.
    let mut at = 0;
    let lines: Vec<(bool, &str, &str)> = content
        .split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            let next = sequences.iter().map(|one| one.start).find(|next| *next >= start);
            let len = next.map_or(line.len(), |next| (next - start).min(line.len()));
            (!is_inside(start), &line[..len], line)
        })
        .collect();
    let counts = |(begins, literal, _): &&(bool, &str, &str)| {
        *begins && (!literal.trim_start().is_empty() || !literal.ends_with('\n'))
    };
    let indentation =
        |literal: &str| literal.chars().take_while(|char| char.is_whitespace()).count();
    let least = lines.iter().filter(counts).map(|(_, literal, _)| indentation(literal)).min();
    let least = least.unwrap_or(0);
    let cut = |line: &(bool, &str, &str)| {
        let bytes: usize = line.1.chars().take(least).map(char::len_utf8).sum();
        line.2[if counts(&line) { bytes } else { 0 }..].to_owned()
    };
    lines.iter().map(cut).collect()
}
