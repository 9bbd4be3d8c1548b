//! What the functions share to read their arguments and to make their results.

use crate::function::FuncError;
use crate::number::Number;
use crate::text::normalized;
use crate::ty::Type;
use crate::value::{Value, ValueKind};

/// The longest text that a function makes, in bytes. It is far beyond any use, and keeps
/// expressions that multiply text from taking all memory.
pub(super) const TEXT_BYTES_MAX: usize = 64 << 20;

/// The most elements of a collection that a function makes out of fewer.
pub(super) const ELEMENTS_MAX: usize = 1 << 20;

/// The result of the implementation of a function.
pub(super) type Outcome = Result<Value, FuncError>;

/// The text of an argument that was converted to `string` and is known.
pub(super) fn text(args: &[Value], index: usize) -> &str {
    args.get(index).and_then(Value::as_str).unwrap_or_default()
}

/// The number of an argument that was converted to `number` and is known.
pub(super) fn number(args: &[Value], index: usize) -> &Number {
    const ZERO: &Number = &Number::ZERO;
    args.get(index).and_then(Value::as_number).unwrap_or(ZERO)
}

/// What is said of a number that should be a whole one of 64 bits.
pub(super) const NOT_WHOLE: &str =
    "value must be a whole number, between -9223372036854775808 and 9223372036854775807";

/// The whole number of an argument.
pub(super) fn whole(args: &[Value], index: usize) -> Result<i64, FuncError> {
    number(args, index).to_i64().ok_or_else(|| FuncError::new(NOT_WHOLE))
}

/// The whole number of an argument, or an error of that argument.
pub(super) fn whole_arg(args: &[Value], index: usize) -> Result<i64, FuncError> {
    number(args, index).to_i64().ok_or_else(|| FuncError::arg(index, NOT_WHOLE))
}

/// Text as a value, in normal form.
pub(super) fn string(text: impl AsRef<str>) -> Value {
    Value::from(normalized(text.as_ref()))
}

/// A list of strings.
pub(super) fn string_list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::list(Type::String, items.into_iter().map(string).collect())
}

/// A count as a value.
pub(super) fn count(count: usize) -> Value {
    Value::from(Number::from(count))
}

/// Refuses text that would be longer than [`TEXT_BYTES_MAX`].
pub(super) fn check_text_len(bytes: Option<usize>) -> Result<usize, FuncError> {
    bytes.filter(|bytes| *bytes <= TEXT_BYTES_MAX).ok_or_else(|| {
        FuncError::new(format!("the result would be longer than {TEXT_BYTES_MAX} bytes"))
    })
}

/// Whether a set may turn out to be smaller, as unknown elements can be equal to others.
pub(super) fn has_unknown_length(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Set(set) if set.items.len() > 1 && !value.is_wholly_known())
}
