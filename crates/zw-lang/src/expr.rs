//! Compiled expressions: names resolved to symbols and slots, spans kept.
//!
//! A module is compiled once and shared by all its instances, so an expression holds nothing that
//! depends on an instance.

use std::fmt;

use crate::diag::Diagnostic;
use crate::function::Function;
use crate::span::Span;
use crate::ty::Type;
use crate::value::{Str, Value};

/// A name outside of expressions (`var.x`, `aws_vpc.main`, `each.key`), numbered by whoever
/// compiles the expression. The evaluator hands it back to the [`Scope`](crate::Scope).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(pub u32);

/// An expression with its place in the source.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is written.
    pub span: Span,
}

/// The forms of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant, possibly folded from a larger expression.
    Literal(Value),
    /// A reference to a symbol and the steps written behind it.
    Ref(Ref),
    /// A variable of an enclosing `for`, splat, `dynamic` or template directive: its slot in the
    /// frame of local variables, counted from the outermost, and its name, empty in a splat.
    Local(u16, Str),
    /// `"text ${expr}"`: parts converted to strings and joined. A lone `${expr}` is the
    /// expression itself and never a template.
    Template(Vec<Expr>),
    /// The parts of `%{ for }` in a template: a `for` that yields strings, joined.
    TemplateJoin(Box<Expr>),
    /// `object.name`
    GetAttr(Box<Expr>, Str),
    /// `collection[key]`
    Index(Box<Expr>, Box<Expr>),
    /// `source[*].a.b` and `source.*.a.b`: `each` is evaluated for each element, which is bound
    /// to the local slot `item`.
    Splat {
        /// What is iterated over; a value that is not a list stands for a list of itself.
        source: Box<Expr>,
        /// The slot of the element.
        item: u16,
        /// What is taken of each element.
        each: Box<Expr>,
    },
    /// `name(args...)`
    Call(FuncCall),
    /// `condition ? yes : no`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `left op right`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `op operand`
    Unary(UnaryOp, Box<Expr>),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ a = b }`
    Object(Vec<ObjectItem>),
    /// `[for ...]` and `{for ...}`
    For(Box<ForExpr>),
    /// `(expr)`, kept because `(name) = value` in an object means the value of `name`.
    Parens(Box<Expr>),
}

/// A reference to a symbol.
#[derive(Clone, Debug)]
pub struct Ref {
    /// What it refers to.
    pub symbol: SymbolId,
    /// The part of it that is written for the symbol, as `var.x` or `data.aws_ami.y`, for messages.
    pub name: Str,
    /// Attributes and indices behind the name, as far as they form one traversal.
    pub steps: Vec<Step>,
}

/// A step of a reference as written.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`
    Attr(Str, Span),
    /// `[expr]`; `.0` is an index too.
    Index(Expr),
}

/// A step of a reference with its index evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum ResolvedStep {
    /// `.name`
    Attr(Str),
    /// `[value]`
    Index(Value),
}

/// A function call.
#[derive(Clone, Debug)]
pub struct FuncCall {
    /// The name as written, `provider::aws::arn_parse` included.
    pub name: Str,
    /// Where the name is written.
    pub name_span: Span,
    /// What is called.
    pub callee: Callee,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Whether `...` follows the last argument.
    pub expand_final: bool,
}

/// What a call calls.
#[derive(Clone)]
pub enum Callee {
    /// A built-in function.
    Builtin(&'static Function),
    /// A function of a provider, which the [`Host`](crate::Host) knows: the local name of the
    /// provider and the function.
    Provider(Str, Str),
    /// `convert(value, type)`, with the type that is written as its second argument.
    Convert(Type),
    /// A function that does not exist, where that may not count, as in `try`: what is wrong.
    Unknown(Box<Diagnostic>),
}

impl fmt::Debug for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(function) => f.write_str(function.name),
            Self::Provider(provider, function) => write!(f, "provider::{provider}::{function}"),
            Self::Convert(ty) => write!(f, "convert to {ty}"),
            Self::Unknown(problem) => f.write_str(&problem.detail),
        }
    }
}

/// An item of an object constructor. A key that is a bare name is a literal string.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key.
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct ForExpr {
    /// The slot of the key or index. Always there, so that slots are uniform.
    pub key_slot: u16,
    /// The slot of the element.
    pub value_slot: u16,
    /// What is iterated over.
    pub collection: Expr,
    /// The key of the result: present in `{for ...}` only.
    pub result_key: Option<Expr>,
    /// The element of the result.
    pub result: Expr,
    /// `if condition`
    pub condition: Option<Expr>,
    /// `...` after the value of `{for ...}`: elements of one key are grouped into a tuple.
    pub grouped: bool,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    And,
    Or,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-x`
    Neg,
    /// `!x`
    Not,
}

impl Expr {
    /// A constant.
    pub fn literal(value: Value, span: Span) -> Self {
        Self { kind: ExprKind::Literal(value), span }
    }

    /// The constant that it is, if it is one.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.kind {
            ExprKind::Literal(value) => Some(value),
            ExprKind::Parens(inner) => inner.as_literal(),
            _ => None,
        }
    }

    /// Calls `visit` for every reference in the expression, those in index steps included.
    pub fn for_each_ref<'a>(&'a self, visit: &mut dyn FnMut(&'a Ref, Span)) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Local(..) => {}
            ExprKind::Ref(reference) => {
                visit(reference, self.span);
                for step in &reference.steps {
                    if let Step::Index(index) = step {
                        index.for_each_ref(visit);
                    }
                }
            }
            ExprKind::Template(parts) | ExprKind::Tuple(parts) => {
                for part in parts {
                    part.for_each_ref(visit);
                }
            }
            ExprKind::TemplateJoin(inner)
            | ExprKind::GetAttr(inner, _)
            | ExprKind::Unary(_, inner)
            | ExprKind::Parens(inner) => inner.for_each_ref(visit),
            ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) => {
                left.for_each_ref(visit);
                right.for_each_ref(visit);
            }
            ExprKind::Splat { source, each, .. } => {
                source.for_each_ref(visit);
                each.for_each_ref(visit);
            }
            ExprKind::Call(call) => {
                for arg in &call.args {
                    arg.for_each_ref(visit);
                }
            }
            ExprKind::Conditional(condition, yes, no) => {
                condition.for_each_ref(visit);
                yes.for_each_ref(visit);
                no.for_each_ref(visit);
            }
            ExprKind::Object(items) => {
                for item in items {
                    item.key.for_each_ref(visit);
                    item.value.for_each_ref(visit);
                }
            }
            ExprKind::For(inner) => {
                inner.collection.for_each_ref(visit);
                if let Some(key) = &inner.result_key {
                    key.for_each_ref(visit);
                }
                inner.result.for_each_ref(visit);
                if let Some(condition) = &inner.condition {
                    condition.for_each_ref(visit);
                }
            }
        }
    }
}
