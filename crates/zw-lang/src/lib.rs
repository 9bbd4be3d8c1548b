//! The configuration language: types, values, expressions and functions.
//!
//! This crate is pure. It does no I/O, reads no clock and draws no random numbers: whatever an
//! expression needs from outside comes in through the [`Scope`] trait. It knows nothing of blocks,
//! resources, providers or files.

pub mod addr;
mod convert;
mod diag;
pub mod duration;
mod eval;
mod expr;
mod format;
mod function;
pub mod functions;
mod json;
mod literal;
mod number;
pub mod parallel;
pub mod parse;
mod path;
mod scope;
mod span;
mod suggest;
mod text;
mod ty;
mod value;

pub use addr::{ResourceMode, quoted};
pub use convert::{
    ConvertError, DefaultChildren, Defaults, apply_defaults, convert, convertible, unify,
};
pub use diag::{Diagnostic, Diagnostics, Label, Severity};
pub use eval::{Locals, describe_value, evaluate, evaluate_with, get_attribute, get_index};
pub use expr::{
    BinaryOp, Callee, Expr, ExprKind, ForExpr, FuncCall, ObjectItem, Ref, ResolvedStep, Step,
    SymbolId, UnaryOp,
};
pub use format::format;
pub use function::{
    CallContext, FuncError, Function, Implementation, Param, ResultType, TemplateRenderer, call,
};
pub use json::{
    JsonError, TypedJson, ValueSeed, json_text_to_value, json_to_value, to_go_json, type_from_json,
    value_to_json, value_to_typed_json,
};
pub use literal::{sorted_entries, write_literal};
pub use number::{FloatVerb, Number, NumberError};
pub use path::{Path, PathStep};
pub use scope::{EvalError, EvalResult, Host, Scope};
pub use span::{Source, SourceId, SourceMap, Span};
pub use suggest::{nearest, suggest};
pub use text::{is_printable, normalized};
pub use ty::{ObjectAttr, ObjectType, Type};
pub use value::{
    ListValue, MapValue, Marks, ObjectValue, Refinement, Str, Unknown, Value, ValueKind,
};
