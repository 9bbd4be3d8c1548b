//! From HCL's syntax to compiled expressions.
//!
//! `hcl-edit` reads the syntax; its trees are lowered here to [`Expr`]: names become symbols (by a
//! [`Resolver`]) or slots of local variables, templates become what they mean, and what depends on
//! nothing is computed once and for all.
//!
//! Where `hcl-edit` differs from HCL, the lowering follows HCL: numbers and the text of templates
//! are read again from the source, as the trees keep numbers as 64-bit floats and leave directives
//! inside of templates out when they take indentation and escapes away.

mod expression;
mod fold;
mod places;
mod question;
mod scan;
mod syntax;
mod template;
mod traversal;
mod types;

use std::ops::Range;

use hcl_edit::expr::Expression;

pub use places::Places;
pub use question::{Question, question};
pub(crate) use scan::is_name_char;
pub use scan::{is_unfinished, sequences};
pub use syntax::structures;

use crate::convert::Defaults;
use crate::diag::{Diagnostic, Diagnostics};
use crate::expr::{Expr, SymbolId};
use crate::span::{SourceId, Span};
use crate::ty::Type;
use crate::value::{Str, Value};

/// How deep expressions may be nested. The syntax trees have limits of their own; this one makes
/// sure that nothing that walks over an [`Expr`] runs out of stack.
const DEPTH_MAX: usize = 200;

/// How many steps may follow one another in a traversal, for the same reason.
const STEPS_MAX: usize = 100;

/// Says what names in expressions stand for.
pub trait Resolver {
    /// The symbol for the name `root` followed by attributes, and how many of the attributes belong
    /// to the symbol: for `data.aws_ami.x.id` these are the first two. `span` covers all of them.
    ///
    /// # Errors
    /// If there is no such thing. The diagnostic says what there is.
    fn resolve(
        &mut self,
        root: &str,
        attrs: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic>;

    /// Whether functions can be called.
    fn allows_functions(&self) -> bool {
        true
    }
}

/// Text that syntax trees were made of, and where it is from.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The file.
    pub source: SourceId,
    /// The text that was parsed: all of the file, or a part of it.
    pub text: &'a str,
    /// Where in the file the text begins.
    pub base: usize,
    /// Where its pieces are written, if the text does not stand in the file as it is. Its places count
    /// from `base` on.
    pub places: Option<&'a Places>,
}

impl<'a> Text<'a> {
    /// All of a file.
    pub const fn of_file(source: SourceId, text: &'a str) -> Self {
        Self { source, text, base: 0, places: None }
    }

    /// A text that was made from a file.
    pub const fn derived(source: SourceId, text: &'a str, places: &'a Places) -> Self {
        Self { source, text, base: 0, places: Some(places) }
    }

    /// A part of it.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let text = self.text.get(range.clone()).unwrap_or_default();
        Self { text, base: self.base + range.start, ..*self }
    }

    /// The place of a range of the text.
    pub fn span(&self, range: Range<usize>) -> Span {
        let range = self.base + range.start..self.base + range.end;
        match self.places {
            Some(places) => places.span(range, self.source),
            None => Span::new(self.source, range),
        }
    }

    /// The place of a piece of syntax; the beginning of the text for one that was not parsed.
    pub fn span_of(&self, syntax: &impl hcl_edit::Span) -> Span {
        self.span(syntax.span().unwrap_or(0..0))
    }

    /// The source of a piece of syntax, if it was parsed from this text.
    pub fn slice_of(&self, syntax: &impl hcl_edit::Span) -> Option<&'a str> {
        self.text.get(syntax.span()?)
    }
}

/// Names of local variables that enclose an expression, outermost first: the iterators of `dynamic`
/// blocks. The position of a name is its slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalNames(pub Vec<Str>);

/// Lowers a syntax tree.
///
/// # Errors
/// Everything that is wrong with it: names and functions that do not exist, nesting that is too deep.
pub fn lower_expression(
    expr: &Expression,
    text: Text<'_>,
    locals: &LocalNames,
    resolver: &mut dyn Resolver,
) -> Result<Expr, Diagnostics> {
    let mut lowerer = Lowerer::new(text, locals, resolver);
    let lowered = lowerer.expression(expr);
    lowerer.diagnostics.into_result(lowered)
}

/// Parses and lowers an expression. Space and comments around it mean nothing.
///
/// # Errors
/// If it is not one, and whatever else is wrong with it.
pub fn expression(
    text: Text<'_>,
    locals: &LocalNames,
    resolver: &mut dyn Resolver,
) -> Result<Expr, Diagnostics> {
    let text = text.part(scan::without_margins(text.text));
    let tree = syntax::expression(text)?;
    lower_expression(&tree, text, locals, resolver)
}

/// Parses and lowers a template: the contents of a file for `templatefile`, a string in JSON or YAML.
///
/// # Errors
/// If it is not one, and whatever else is wrong with it.
pub fn template(
    text: Text<'_>,
    locals: &LocalNames,
    resolver: &mut dyn Resolver,
) -> Result<Expr, Diagnostics> {
    let tree = syntax::template(text)?;
    let mut lowerer = Lowerer::new(text, locals, resolver);
    let lowered = lowerer.bare_template(&tree);
    lowerer.diagnostics.into_result(lowered)
}

/// The value of an expression that may refer to nothing and call nothing: a default of a variable,
/// a value in a file of variables.
///
/// # Errors
/// If it does, and whatever else is wrong with it.
pub fn constant(expr: &Expression, text: Text<'_>) -> Result<Value, Diagnostics> {
    constant_value(&lower_expression(expr, text, &LocalNames::default(), &mut NoNames)?)
}

/// The value of a compiled expression that refers to nothing.
///
/// # Errors
/// If it does, and whatever else is wrong with it.
pub fn constant_value(expr: &Expr) -> Result<Value, Diagnostics> {
    match expr.as_literal() {
        Some(value) => Ok(value.clone()),
        None => fold::evaluate_constant(expr),
    }
}

/// An expression that was put together from compiled ones, or its value if all of its parts are constants.
pub fn folded(expr: Expr) -> Expr {
    Lowerer::folded(expr)
}

/// The type constraint that a syntax tree means: `list(string)`, `object({ a = optional(string, "x") })`.
///
/// # Errors
/// If it is none.
pub fn type_constraint(
    expr: &Expression,
    text: Text<'_>,
) -> Result<(Type, Option<Defaults>), Diagnostics> {
    types::constraint(expr, text)
}

/// Lowers the expressions of one text. What is wrong is noted, and something stands in its place.
struct Lowerer<'a> {
    text: Text<'a>,
    /// The names of local variables by slot. Those that have none have an empty name.
    locals: Vec<Str>,
    resolver: &'a mut dyn Resolver,
    diagnostics: Diagnostics,
    depth: usize,
    /// Inside of how many expressions whose errors may not count when they are evaluated.
    caught: usize,
}

impl<'a> Lowerer<'a> {
    fn new(text: Text<'a>, locals: &LocalNames, resolver: &'a mut dyn Resolver) -> Self {
        let locals = locals.0.clone();
        Self { text, locals, resolver, diagnostics: Diagnostics::new(), depth: 0, caught: 0 }
    }

    fn error(&mut self, summary: &str, detail: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }

    /// Makes a local variable known to what is lowered next and returns its slot.
    fn bind(&mut self, name: impl Into<Str>) -> u16 {
        let slot = self.locals.len();
        self.locals.push(name.into());
        // The depth is limited, and with it the number of slots.
        u16::try_from(slot).unwrap_or(u16::MAX)
    }

    fn unbind(&mut self, count: usize) {
        self.locals.truncate(self.locals.len().saturating_sub(count));
    }

    /// The slot of the innermost local variable of that name.
    fn local(&self, name: &str) -> Option<u16> {
        let slot = self.locals.iter().rposition(|known| known == name)?;
        u16::try_from(slot).ok()
    }
}

/// Where nothing can be referred to.
struct NoNames;

impl Resolver for NoNames {
    fn resolve(
        &mut self,
        _: &str,
        _: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        let detail = "Variables may not be used here.";
        Err(Diagnostic::error("Variables not allowed", detail).at(span))
    }

    fn allows_functions(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
