//! Differences of values whose type may be anything, and change: outputs, attributes of type `any`, and JSON in
//! strings. Maps are shown as objects, and sets as lists.

use zw_lang::{Value, ValueKind};

use super::cursor::{Cursor, Relevant};
use super::typed::{aligned, guarded, merged, scalar, share_a_line};
use super::{Body, Diff, Edit, Style};

/// What happens to an output. Null is as good as no output.
pub(crate) fn output<'a>(before: &'a Value, after: &'a Value) -> Diff<'a> {
    let there = |value: &'a Value| Some(value).filter(|value| !value.is_null());
    any(there(before), there(after), &Cursor::new(&[], Relevant::All))
}

/// The difference of two documents, as JSON in a string is.
pub(super) fn document<'a>(before: Option<&'a Value>, after: Option<&'a Value>) -> Diff<'a> {
    any(before, after, &Cursor::new(&[], Relevant::All))
}

fn any<'a>(before: Option<&'a Value>, after: Option<&'a Value>, cursor: &Cursor<'a>) -> Diff<'a> {
    guarded(before, after, cursor, |after| unguarded(before, after, cursor))
}

/// The shapes that JSON has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

fn shape(value: &Value) -> Shape {
    match value.kind() {
        ValueKind::Null(_) | ValueKind::Unknown(_) => Shape::Null,
        ValueKind::Bool(_) => Shape::Bool,
        ValueKind::Number(_) => Shape::Number,
        ValueKind::String(_) => Shape::String,
        ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Tuple(_) => Shape::Array,
        ValueKind::Map(_) | ValueKind::Object(_) => Shape::Object,
    }
}

/// As [`any`], for values that are not sensitive and, after the change, known.
pub(super) fn unguarded<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    let one = match (before.map(shape), after.map(shape)) {
        (None, None) => Shape::Null,
        (Some(shape), None) | (None, Some(shape)) => shape,
        (Some(before), Some(after)) if before == after => after,
        (Some(was), Some(is)) => {
            // Why it is replaced is said once, behind the whole.
            let goes = Diff { replace: false, ..of_shape(before, None, was, cursor) };
            let comes = Diff { replace: false, ..of_shape(None, after, is, cursor) };
            let body = Body::TypeChange(Box::new(goes), Box::new(comes));
            return Diff::new(Edit::Change, cursor.replaces(), body);
        }
    };
    of_shape(before, after, one, cursor)
}

fn of_shape<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    shape_of_both: Shape,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    match shape_of_both {
        Shape::Null | Shape::Bool | Shape::Number | Shape::String => scalar(before, after, cursor),
        Shape::Array => {
            let is_object = |value: &Value| shape(value) == Shape::Object;
            let pairable = |before: &Value, after: &Value| {
                is_object(before) && is_object(after) || share_a_line(before, after)
            };
            aligned(before, after, cursor, pairable, any)
        }
        Shape::Object => {
            let mut edit = Edit::of_presence(before, after);
            let mut parts = Vec::new();
            for (key, before, after) in merged(before, after) {
                let cursor = cursor.key(key);
                let after = if cursor.is_relevant() { after } else { before };
                let part = any(before, after, &cursor);
                edit = edit.and(part.edit);
                parts.push((key, part));
            }
            Diff::new(edit, cursor.replaces(), Body::Object(parts, Style::Plain))
        }
    }
}
