//! Differences of values whose type is known.

use std::collections::HashMap;

use zw_lang::{Type, Value};

use super::align::{Pair, align};
use super::cursor::Cursor;
use super::dynamic;
use super::same::{AsData, entries, same};
use super::{Body, Diff, Edit, Secrecy, Style};

/// The difference of two values of a type. `None` is the absence of a value, which within lists and maps is
/// something else than null.
pub(crate) fn of_type<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    ty: &'a Type,
    style: Style,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    guarded(before, after, cursor, |after| {
        // A list of lists of objects has attributes further down, but is itself plain.
        let own_style =
            |element: &Type| if let Type::Object(_) = element { style } else { Style::Plain };
        match ty {
            Type::Dynamic => dynamic::unguarded(before, after, cursor),
            Type::Bool | Type::Number | Type::String => scalar(before, after, cursor),
            Type::Object(object) => {
                let attributes = object.attrs().iter().map(|attr| (attr.name.as_str(), &attr.ty));
                object_of(before, after, attributes, style, cursor)
            }
            Type::Map(element) => map(before, after, element, own_style(element), style, cursor),
            Type::List(element) => match own_style(element) {
                Style::Plain => list(before, after, element, style, cursor),
                Style::Nested => nested_list(before, after, element, cursor),
            },
            Type::Set(element) => {
                set(before, after, own_style(element), cursor, |before, after, cursor| {
                    of_type(before, after, element, style, cursor)
                })
            }
            Type::Tuple(types) => tuple(before, after, types, style, cursor),
        }
    })
}

/// Takes care of what is sensitive and what is not known; `known` compares the rest. It is given the value after,
/// which is `None` where what there is before goes and something unknown comes.
pub(super) fn guarded<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    cursor: &Cursor<'a>,
    known: impl Fn(Option<&'a Value>) -> Diff<'a>,
) -> Diff<'a> {
    let sensitive = |value: Option<&Value>| value.is_some_and(Value::is_sensitive);
    let (was, will_be) = (sensitive(before), sensitive(after));
    let inner = if after.is_none_or(Value::is_known) {
        known(after)
    } else if before.is_none() {
        Diff::new(Edit::Add, cursor.replaces(), Body::Unknown(None))
    } else {
        // Why it is replaced is said once, behind the whole.
        let before = Diff { replace: false, ..known(None) };
        Diff::new(Edit::Change, cursor.replaces(), Body::Unknown(Some(Box::new(before))))
    };
    if !was && !will_be {
        return inner;
    }
    let edit = match inner.edit {
        Edit::Keep if was != will_be => Edit::Change,
        edit => edit,
    };
    let secrecy = Secrecy { was, will_be, edit: inner.edit };
    Diff::new(edit, cursor.replaces(), Body::Sensitive(secrecy))
}

pub(super) fn scalar<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    let edit = match (before, after) {
        (None, None) => Edit::Keep,
        (None, Some(_)) => Edit::Add,
        (Some(_), None) => Edit::Remove,
        (Some(before), Some(after)) if same(before, after) => Edit::Keep,
        (Some(_), Some(_)) => Edit::Change,
    };
    Diff::new(edit, cursor.replaces(), Body::Scalar(before, after))
}

/// An attribute of an object or block: a null one is as good as none.
pub(super) fn attribute<'a>(object: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    object?.get(name).filter(|value| !value.is_null())
}

/// What happens to an attribute; `None` if it is null on both sides. One that is as good as null on both
/// sides counts as unchanged.
pub(super) fn attribute_diff<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    ty: &'a Type,
    style: Style,
    cursor: &Cursor<'a>,
) -> Option<Diff<'a>> {
    if before.is_none() && after.is_none() {
        return None;
    }
    Some(of_type(cursor.counted(before), cursor.counted(after), ty, style, cursor))
}

fn object_of<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    attributes: impl Iterator<Item = (&'a str, &'a Type)>,
    style: Style,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    let mut edit = Edit::of_presence(before, after);
    let mut parts = Vec::new();
    for (name, ty) in attributes {
        let cursor = cursor.key(name);
        let before = attribute(before, name);
        let after = if cursor.is_relevant() { attribute(after, name) } else { before };
        if let Some(part) = attribute_diff(before, after, ty, style, &cursor) {
            edit = edit.and(part.edit);
            parts.push((name, part));
        }
    }
    Diff::new(edit, cursor.replaces(), Body::Object(parts, style))
}

fn map<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    element: &'a Type,
    own_style: Style,
    style: Style,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    let mut edit = Edit::of_presence(before, after);
    let mut parts = Vec::new();
    for (key, before, after) in merged(before, after) {
        let cursor = cursor.key(key);
        let after = if cursor.is_relevant() { after } else { before };
        let part = of_type(before, after, element, style, &cursor);
        edit = edit.and(part.edit);
        parts.push((key, part));
    }
    Diff::new(edit, cursor.replaces(), Body::Map(parts, own_style))
}

/// The entries of two maps or objects by key, in order of the keys.
pub(super) fn merged<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
) -> Vec<(&'a str, Option<&'a Value>, Option<&'a Value>)> {
    let mut before = before.and_then(entries).into_iter().flatten().peekable();
    let mut after = after.and_then(entries).into_iter().flatten().peekable();
    let mut all = Vec::with_capacity(before.size_hint().0.max(after.size_hint().0));
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return all,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((before, _)), Some((after, _))) => before.cmp(after),
        };
        let from_before = if order.is_le() { before.next() } else { None };
        let from_after = if order.is_ge() { after.next() } else { None };
        if let Some((key, _)) = from_before.or(from_after) {
            let value = |entry: Option<(&'a str, &'a Value)>| entry.map(|(_, value)| value);
            all.push((key, value(from_before), value(from_after)));
        }
    }
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_sequence).unwrap_or_default()
}

fn list<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    element: &'a Type,
    style: Style,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    let is_object = matches!(element, Type::Object(_));
    aligned(
        before,
        after,
        cursor,
        |before, after| is_object || share_a_line(before, after),
        |before, after, cursor| of_type(before, after, element, style, cursor),
    )
}

/// Elements of two lists, those that are in both opposite to each other.
pub(super) fn aligned<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    cursor: &Cursor<'a>,
    pairable: impl Fn(&Value, &Value) -> bool,
    compare: impl Fn(Option<&'a Value>, Option<&'a Value>, &Cursor<'a>) -> Diff<'a>,
) -> Diff<'a> {
    let mut edit = Edit::of_presence(before, after);
    let (before, after) = (items(before), items(after));
    let before_data: Vec<AsData<'_>> = before.iter().map(AsData).collect();
    let after_data: Vec<AsData<'_>> = after.iter().map(AsData).collect();
    let pairs = align(&before_data, &after_data, |before, after| pairable(before.0, after.0));
    let mut parts = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (was_at, is_at) = match pair {
            Pair::Both(b, a) => (Some(b), Some(a)),
            Pair::Before(b) => (Some(b), None),
            Pair::After(a) => (None, Some(a)),
        };
        let cursor = cursor.aligned_index(is_at.or(was_at).unwrap_or_default());
        let part = compare(was_at.map(|at| &before[at]), is_at.map(|at| &after[at]), &cursor);
        edit = edit.and(part.edit);
        parts.push(part);
    }
    Diff::new(edit, cursor.replaces(), Body::List(parts, Style::Plain))
}

/// Whether two texts of several lines have a line in common, so that it is worth comparing them.
pub(super) fn share_a_line(before: &Value, after: &Value) -> bool {
    let (Some(before), Some(after)) = (before.as_str(), after.as_str()) else { return false };
    if !before.contains('\n') && !after.contains('\n') {
        return false;
    }
    let lines: std::collections::HashSet<&str> = before.split('\n').collect();
    after.split('\n').any(|line| lines.contains(line))
}

fn nested_list<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    element: &'a Type,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    let mut edit = Edit::of_presence(before, after);
    let mut parts = Vec::new();
    for (before, after, cursor) in by_position(items(before), items(after), cursor) {
        let part = of_type(before, after, element, Style::Nested, &cursor);
        edit = edit.and(part.edit);
        parts.push(part);
    }
    Diff::new(edit, cursor.replaces(), Body::List(parts, Style::Nested))
}

/// The elements of two lists by position.
pub(super) fn by_position<'a>(
    before: &'a [Value],
    after: &'a [Value],
    cursor: &Cursor<'a>,
) -> impl Iterator<Item = (Option<&'a Value>, Option<&'a Value>, Cursor<'a>)> {
    (0..before.len().max(after.len())).map(move |at| {
        let cursor = cursor.index(at);
        let before = before.get(at);
        let after = if cursor.is_relevant() { after.get(at) } else { before };
        (before, after, cursor)
    })
}

fn tuple<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    types: &'a [Type],
    style: Style,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    let mut edit = Edit::of_presence(before, after);
    let mut parts = Vec::with_capacity(types.len());
    let pairs = by_position(items(before), items(after), cursor);
    for ((before, after, cursor), ty) in pairs.zip(types) {
        let part = of_type(before, after, ty, style, &cursor);
        edit = edit.and(part.edit);
        parts.push(part);
    }
    Diff::new(edit, cursor.replaces(), Body::List(parts, Style::Plain))
}

fn set<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    own_style: Style,
    cursor: &Cursor<'a>,
    compare: impl Fn(Option<&'a Value>, Option<&'a Value>, &Cursor<'a>) -> Diff<'a>,
) -> Diff<'a> {
    let mut edit = Edit::of_presence(before, after);
    let mut parts = Vec::new();
    for (before, after) in set_members(items(before), items(after)) {
        let part = compare(before, after, &cursor.element(before.or(after)));
        edit = edit.and(part.edit);
        parts.push(part);
    }
    Diff::new(edit, cursor.replaces(), Body::Set(parts, own_style))
}

/// The elements of two sets: first those that were there, with themselves where they stay, and then those that are
/// new.
pub(super) fn set_members<'a>(
    before: &'a [Value],
    after: &'a [Value],
) -> Vec<(Option<&'a Value>, Option<&'a Value>)> {
    let mut waiting: HashMap<AsData<'a>, Vec<usize>> = HashMap::with_capacity(after.len());
    for (at, element) in after.iter().enumerate().rev() {
        waiting.entry(AsData(element)).or_default().push(at);
    }
    let mut found = vec![false; after.len()];
    let mut members = Vec::with_capacity(before.len().max(after.len()));
    for element in before {
        let twin = waiting.get_mut(&AsData(element)).and_then(Vec::pop);
        if let Some(at) = twin {
            found[at] = true;
        }
        members.push((Some(element), twin.map(|at| &after[at])));
    }
    let new = after.iter().zip(found).filter(|(_, found)| !found);
    members.extend(new.map(|(element, _)| (None, Some(element))));
    members
}
