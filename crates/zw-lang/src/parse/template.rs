//! Lowering of templates, by the rules of HCL's own parser.
//!
//! A template is first a flat sequence of parts, those inside of directives included. In this
//! form `~` takes space away and a `<<-` heredoc its indentation, both line by line; only then the
//! directives are put together again.
//!
//! Source: `parseTemplateParts` and `flushHeredocTemplateParts` in `hclsyntax/parser_template.go`.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::template::{
    Directive, Element, ForDirective, HeredocTemplate, IfDirective, StringTemplate, Strip, Template,
};

use super::Lowerer;
use crate::expr::{Expr, ExprKind, ForExpr};
use crate::span::Span;
use crate::text::normalized;
use crate::value::Value;

/// How the text of a template is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    /// In quotes: with escapes, and never over several lines.
    Quoted,
    /// In a heredoc or a file: verbatim. Every line is a part of its own.
    Verbatim,
}

enum Part<'t> {
    Text(String, Span),
    Interpolation(&'t Expression),
    If(&'t Expression, Span),
    Else,
    EndIf,
    For(&'t ForDirective, Span),
    EndFor,
}

impl Lowerer<'_> {
    pub(super) fn quoted_template(&mut self, template: &StringTemplate, span: Span) -> Expr {
        let parts = self.parts(template, Syntax::Quoted);
        self.assembled(parts, span)
    }

    pub(super) fn heredoc(&mut self, heredoc: &HeredocTemplate, span: Span) -> Expr {
        let mut parts = self.parts(&heredoc.template, Syntax::Verbatim);
        let opening = self.text.slice_of(heredoc).unwrap_or_default();
        if opening.starts_with("<<-") {
            remove_indentation(&mut parts);
        }
        self.assembled(parts, span)
    }

    pub(super) fn bare_template(&mut self, template: &Template) -> Expr {
        let parts = self.parts(template, Syntax::Verbatim);
        let span = self.text.span(0..self.text.text.len());
        self.assembled(parts, span)
    }

    /// Quoted strings end where their line ends.
    pub(super) fn check_single_line(&mut self, range: Range<usize>) {
        let Some(text) = self.text.text.get(range.clone()) else { return };
        if let Some(at) = text.find('\n') {
            let at = range.start + at;
            self.error(
                "Invalid multi-line string",
                "Quoted strings may not be split over multiple lines. To produce a multi-line \
                 string, either use the \\n escape to represent a newline character or use the \
                 \"heredoc\" multi-line template syntax.",
                self.text.span(at..at + 1),
            );
        }
    }

    /// Quoted text with its escapes resolved, and where it begins. What the parser has checked already is
    /// only found wrong here inside of directives.
    pub(super) fn unescaped(&mut self, source: &str, start: usize) -> String {
        if !source.contains(['\\', '$', '%']) {
            return source.to_owned();
        }
        let mut result = String::with_capacity(source.len());
        let mut rest = source;
        while let Some(at) = rest.find(['\\', '$', '%']) {
            result.push_str(&rest[..at]);
            rest = &rest[at..];
            let (char, len) = match escape(rest) {
                Ok(found) => found,
                Err(detail) => {
                    let at = start + source.len() - rest.len();
                    self.error("Invalid escape sequence", detail, self.text.span(at..at + 1));
                    return result;
                }
            };
            match char {
                Some(char) => result.push(char),
                None => result.push_str(&rest[1..len]),
            }
            rest = &rest[len..];
        }
        result.push_str(rest);
        result
    }

    fn parts<'t>(&mut self, template: &'t Template, syntax: Syntax) -> Vec<Part<'t>> {
        let mut flattener =
            Flattener { lowerer: self, syntax, parts: Vec::new(), trim_next: false };
        flattener.elements(template);
        flattener.parts
    }

    /// A template that is one interpolation and nothing else is the expression in it.
    fn assembled(&mut self, parts: Vec<Part<'_>>, span: Span) -> Expr {
        if let [Part::Interpolation(inner)] = parts.as_slice() {
            return self.expression(inner);
        }
        let mut parts = parts.into_iter();
        let parts = self.sequence(&mut parts).0;
        Self::folded(Expr { kind: ExprKind::Template(parts), span })
    }

    /// The expressions up to the end of the innermost directive, and which end that is.
    fn sequence<'t>(
        &mut self,
        parts: &mut impl Iterator<Item = Part<'t>>,
    ) -> (Vec<Expr>, Option<Part<'t>>) {
        let mut result: Vec<Expr> = Vec::new();
        let mut text = String::new();
        let mut text_span: Option<Span> = None;
        loop {
            let part = parts.next();
            if let Some(Part::Text(more, span)) = part {
                text.push_str(&more);
                text_span = Some(text_span.map_or(span, |known| known.to(span)));
                continue;
            }
            if let Some(span) = text_span.take() {
                let text = normalized(&std::mem::take(&mut text));
                result.push(Expr::literal(Value::from(text), span));
            }
            match part {
                Some(Part::Interpolation(inner)) => result.push(self.expression(inner)),
                Some(Part::If(condition, span)) => {
                    let condition = self.expression(condition);
                    let (yes, end) = self.sequence(parts);
                    let no = match end {
                        Some(Part::Else) => self.sequence(parts).0,
                        _ => Vec::new(),
                    };
                    result.push(Self::folded(Expr {
                        kind: ExprKind::Conditional(
                            Box::new(condition),
                            Box::new(joined(yes, span)),
                            Box::new(joined(no, span)),
                        ),
                        span,
                    }));
                }
                Some(Part::For(directive, span)) => {
                    let repeated = self.for_directive(directive, span, parts);
                    let kind = ExprKind::TemplateJoin(Box::new(repeated));
                    result.push(Expr { kind, span });
                }
                end => return (result, end),
            }
        }
    }

    fn for_directive<'t>(
        &mut self,
        directive: &ForDirective,
        span: Span,
        parts: &mut impl Iterator<Item = Part<'t>>,
    ) -> Expr {
        let header = &directive.for_expr;
        let collection = self.expression(&header.collection_expr);
        let key = header.key_var.as_ref().map_or("", |name| name.as_str());
        let key_slot = self.bind(key);
        let value_slot = self.bind(header.value_var.as_str());
        let body = self.sequence(parts).0;
        self.unbind(2);
        let repeated = ForExpr {
            key_slot,
            value_slot,
            collection,
            result_key: None,
            result: joined(body, span),
            condition: None,
            grouped: false,
        };
        Expr { kind: ExprKind::For(Box::new(repeated)), span }
    }
}

/// The parts as one string, even if there is but one part or none.
fn joined(parts: Vec<Expr>, span: Span) -> Expr {
    let span = match (parts.first(), parts.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span { start: span.end, ..span },
    };
    Lowerer::folded(Expr { kind: ExprKind::Template(parts), span })
}

struct Flattener<'l, 'a, 't> {
    lowerer: &'l mut Lowerer<'a>,
    syntax: Syntax,
    parts: Vec<Part<'t>>,
    /// Whether what came last ends in `~}`.
    trim_next: bool,
}

impl<'t> Flattener<'_, '_, 't> {
    fn elements(&mut self, template: &'t Template) {
        for element in template {
            match element {
                Element::Literal(literal) => {
                    let text = self.lowerer.text;
                    match (text.slice_of(literal), literal.span()) {
                        (Some(source), Some(range)) => self.source(source, range.start),
                        _ => self.text(literal.value().clone(), text.span_of(literal)),
                    }
                }
                Element::Interpolation(interpolation) => {
                    self.marker(interpolation.strip, |_| Part::Interpolation(&interpolation.expr));
                }
                Element::Directive(directive) => {
                    let span = self.lowerer.text.span_of(element);
                    match &**directive {
                        Directive::If(tree) => self.if_directive(tree, span),
                        Directive::For(tree) => {
                            let header = &tree.for_expr;
                            self.marker(header.strip, |_| Part::For(tree, span));
                            self.elements(&header.template);
                            self.marker(tree.endfor_expr.strip, |_| Part::EndFor);
                        }
                    }
                }
            }
        }
    }

    fn if_directive(&mut self, tree: &'t IfDirective, span: Span) {
        let header = &tree.if_expr;
        self.marker(header.strip, |_| Part::If(&header.cond_expr, span));
        self.elements(&header.template);
        if let Some(other) = &tree.else_expr {
            self.marker(other.strip, |_| Part::Else);
            self.elements(&other.template);
        }
        self.marker(tree.endif_expr.strip, |_| Part::EndIf);
    }

    /// Adds what is not text, and lets it strip the text before it.
    fn marker(&mut self, strip: Strip, part: impl FnOnce(&mut Self) -> Part<'t>) {
        // Between two sequences there is no text, and that before them is not stripped.
        if strip.strip_start()
            && let Some(Part::Text(text, _)) = self.parts.last_mut()
        {
            text.truncate(text.trim_end().len());
        }
        let part = part(self);
        self.parts.push(part);
        self.trim_next = strip.strip_end();
    }

    fn source(&mut self, source: &str, start: usize) {
        let whole = self.lowerer.text;
        match self.syntax {
            Syntax::Quoted => {
                let range = start..start + source.len();
                self.lowerer.check_single_line(range.clone());
                let text = self.lowerer.unescaped(source, start);
                self.text(text, whole.span(range));
            }
            Syntax::Verbatim => {
                let mut start = start;
                for line in source.split_inclusive('\n') {
                    let end = start + line.len();
                    self.text(without_doubled_markers(line), whole.span(start..end));
                    start = end;
                }
            }
        }
    }

    fn text(&mut self, mut text: String, span: Span) {
        if std::mem::take(&mut self.trim_next) {
            let trimmed = text.trim_start().len();
            text.drain(..text.len() - trimmed);
        }
        self.parts.push(Part::Text(text, span));
    }
}

/// The character that an escape at the beginning of a text means, or `None` if it is all but its
/// first character that it means, and how many bytes the escape has.
fn escape(text: &str) -> Result<(Option<char>, usize), String> {
    if text.starts_with("$${") || text.starts_with("%%{") {
        return Ok((None, 3));
    }
    let mut chars = text.chars();
    let first = chars.next();
    if first != Some('\\') {
        return Ok((first, first.map_or(0, char::len_utf8)));
    }
    let digits = match chars.next() {
        Some('n') => return Ok((Some('\n'), 2)),
        Some('r') => return Ok((Some('\r'), 2)),
        Some('t') => return Ok((Some('\t'), 2)),
        Some('"') => return Ok((Some('"'), 2)),
        Some('\\') => return Ok((Some('\\'), 2)),
        Some('u') => 4,
        Some('U') => 8,
        Some(other) => {
            return Err(format!(
                "The symbol {:?} is not a valid escape sequence selector.",
                other.to_string()
            ));
        }
        None => {
            return Err(
                "Backslash must be followed by an escape sequence selector character.".into()
            );
        }
    };
    text.get(2..2 + digits)
        .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        .and_then(char::from_u32)
        .map(|char| (Some(char), 2 + digits))
        .ok_or_else(|| {
            let (letter, count) = if digits == 4 { ('u', "four") } else { ('U', "eight") };
            format!(
                "The \\{letter} escape sequence must be followed by {count} hexadecimal digits of \
                 a character."
            )
        })
}

/// Verbatim text has two escapes: `$${` and `%%{`.
fn without_doubled_markers(text: &str) -> String {
    if !text.contains("$${") && !text.contains("%%{") {
        return text.to_owned();
    }
    text.replace("$${", "${").replace("%%{", "%{")
}

/// Takes from every line the indentation that all lines have.
fn remove_indentation(parts: &mut [Part<'_>]) {
    let mut least = usize::MAX;
    let mut lines: Vec<usize> = Vec::new();
    let mut is_line_start = true;
    for (at, part) in parts.iter().enumerate() {
        if std::mem::take(&mut is_line_start) {
            match part {
                Part::Text(text, _) => {
                    let trimmed = text.trim_start();
                    // A blank line may have less indentation than the others.
                    if !trimmed.is_empty() || !text.ends_with('\n') {
                        let indentation = &text[..text.len() - trimmed.len()];
                        least = least.min(indentation.chars().count());
                        lines.push(at);
                    }
                }
                _ => least = 0,
            }
        }
        is_line_start = matches!(part, Part::Text(text, _) if text.ends_with('\n'));
    }
    for at in lines {
        if let Some(Part::Text(text, _)) = parts.get_mut(at) {
            let bytes: usize = text.chars().take(least).map(char::len_utf8).sum();
            text.drain(..bytes);
        }
    }
}
