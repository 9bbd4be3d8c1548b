//! From HCL's syntax to compiled expressions.
//!
//! `hcl-edit` reads the syntax; its trees are lowered here to [`Expr`]: names become symbols (by a
//! [`Resolver`]) or slots of local variables, templates become what they mean, and what does not
//! depend on anything is computed once and for all.

use hcl_edit::expr::Expression;

use crate::convert::Defaults;
use crate::diag::{Diagnostic, Diagnostics};
use crate::expr::{Expr, SymbolId};
use crate::span::{SourceId, Span};
use crate::ty::Type;
use crate::value::Str;

/// Says what names in expressions stand for.
pub trait Resolver {
    /// The symbol for the name `root` followed by attributes, and how many of the attributes belong
    /// to the symbol: for `data.aws_ami.x.id` these are the first two.
    ///
    /// # Errors
    /// If there is no such thing. The diagnostic says what there is.
    fn resolve(
        &mut self,
        root: &str,
        attrs: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic>;
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
    let _ = (expr, text, locals, resolver);
    Err(Diagnostics::new())
}

/// Parses and lowers an expression.
///
/// # Errors
/// If it is not one, and whatever else is wrong with it.
pub fn expression(
    text: Text<'_>,
    locals: &LocalNames,
    resolver: &mut dyn Resolver,
) -> Result<Expr, Diagnostics> {
    let _ = (text, locals, resolver);
    Err(Diagnostics::new())
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
    let _ = (text, locals, resolver);
    Err(Diagnostics::new())
}

/// The type constraint that a syntax tree means: `list(string)`, `object({ a = optional(string, "x") })`.
///
/// # Errors
/// If it is none.
pub fn type_constraint(
    expr: &Expression,
    text: Text<'_>,
) -> Result<(Type, Option<Defaults>), Diagnostics> {
    let _ = (expr, text);
    Err(Diagnostics::new())
}
