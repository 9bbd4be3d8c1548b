//! Differences of objects that a schema describes.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::{self, Attribute, NestedBlock, Nesting};

use super::cursor::{Cursor, Relevant};
use super::typed::{attribute, attribute_diff, by_position, guarded, merged, of_type, set_members};
use super::{Block, Body, Diff, Edit, Group, Secrecy, Style};

/// What happens to an object of a resource.
pub(crate) fn resource<'a>(
    before: &'a Value,
    after: &'a Value,
    schema: &'a schema::Block,
    replace: &'a [Path],
    relevant: Relevant<'a>,
) -> Diff<'a> {
    let there = |value: &'a Value| Some(value).filter(|value| !value.is_null());
    let mut cursor = Cursor::new(replace, relevant);
    if !has_exact_strings(schema) {
        cursor = cursor.with_empty_as_none();
    }
    block(there(before), there(after), schema, &cursor)
}

/// As [`resource`], for an object whose schema is not known any more: everything in it is shown as an attribute.
pub(crate) fn object_of_unknown_schema<'a>(
    before: &'a Value,
    after: &'a Value,
    replace: &'a [Path],
) -> Diff<'a> {
    let there = |value: &'a Value| Some(value).filter(|value| !value.is_null());
    let (before, after) = (there(before), there(after));
    let cursor = Cursor::new(replace, Relevant::All);
    let mut edit = Edit::of_presence(before, after);
    let mut attributes = Vec::new();
    for (name, was, is) in merged(before, after) {
        let [was, is] = [was, is].map(|value| value.filter(|value| !value.is_null()));
        if was.is_some() || is.is_some() {
            let part = of_type(was, is, &Type::Dynamic, Style::Plain, &cursor.key(name));
            edit = edit.and(part.edit);
            attributes.push((name, part));
        }
    }
    let block = Block { attributes, groups: Vec::new() };
    Diff::new(edit, cursor.replaces(), Body::Block(block))
}

/// Whether the provider tells an empty string from none. Those that came with Terraform's old SDK, and whose
/// types are taken over here, do not; what that SDK could not describe gives the others away.
fn has_exact_strings(schema: &schema::Block) -> bool {
    schema.attributes.iter().any(|attribute| attribute.nested)
        || schema
            .blocks
            .iter()
            .any(|nested| nested.nesting == Nesting::Map || has_exact_strings(&nested.block))
}

fn block<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    schema: &'a schema::Block,
    cursor: &Cursor<'a>,
) -> Diff<'a> {
    let guarded = guarded(before, after, cursor, |after| {
        let mut edit = Edit::of_presence(before, after);
        let mut attributes = Vec::with_capacity(schema.attributes.len());
        for attr in &schema.attributes {
            if let Some(part) = attribute_part(before, after, attr, cursor) {
                edit = edit.and(part.edit);
                attributes.push((attr.name, part));
            }
        }
        let mut groups = Vec::with_capacity(schema.blocks.len());
        for nested in &schema.blocks {
            if let Some((group, of_group)) = group(before, after, nested, cursor) {
                edit = edit.and(of_group);
                groups.push(group);
            }
        }
        Diff::new(edit, cursor.replaces(), Body::Block(Block { attributes, groups }))
    });
    match guarded.body {
        Body::Sensitive(secrecy) => Diff { body: Body::SensitiveBlock(secrecy), ..guarded },
        _ => guarded,
    }
}

fn attribute_part<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    attr: &'a Attribute,
    cursor: &Cursor<'a>,
) -> Option<Diff<'a>> {
    let cursor = cursor.key(attr.name);
    if attr.write_only {
        // It has no value on either side, and shares the fate of the object.
        let edit = Edit::of_presence(before, after);
        return Some(Diff::new(edit, cursor.replaces(), Body::WriteOnly));
    }
    let before = attribute(before, attr.name);
    let after = if cursor.is_relevant() { attribute(after, attr.name) } else { before };
    let style = if attr.nested { Style::Nested } else { Style::Plain };
    attribute_diff(before, after, &attr.ty, style, &cursor)
}

/// The nested blocks of a type, and what happens to them as a whole; `None` if there are none on either side.
fn group<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    nested: &'a NestedBlock,
    cursor: &Cursor<'a>,
) -> Option<(Group<'a>, Edit)> {
    let cursor = cursor.key(nested.name);
    let before = attribute(before, nested.name);
    let mut after = if cursor.is_relevant() { attribute(after, nested.name) } else { before };
    if before.is_none() && after.is_none() {
        return None;
    }
    let sensitive = |value: Option<&Value>| value.is_some_and(Value::is_sensitive);
    let (was, will_be) = (sensitive(before), sensitive(after));
    let unknown = after.is_some_and(|after| !after.is_known()).then_some(match before {
        None => Edit::Add,
        Some(_) => Edit::Change,
    });
    if unknown.is_some() {
        after = None;
    }
    let compare = |before, after, cursor: &Cursor<'a>| block(before, after, &nested.block, cursor);
    let sequence =
        |value: Option<&'a Value>| value.and_then(Value::as_sequence).unwrap_or_default();
    let blocks: Vec<(Option<&'a str>, Diff<'a>)> = match nested.nesting {
        Nesting::Single if unknown.is_some() && before.is_none() => Vec::new(),
        Nesting::Single => vec![(None, compare(before, after, &cursor))],
        Nesting::List => by_position(sequence(before), sequence(after), &cursor)
            .map(|(before, after, cursor)| (None, compare(before, after, &cursor)))
            .collect(),
        Nesting::Set => set_members(sequence(before), sequence(after))
            .into_iter()
            .map(|(was, is)| (None, compare(was, is, &cursor.element(was.or(is)))))
            .collect(),
        Nesting::Map => merged(before, after)
            .into_iter()
            .map(|(key, was, is)| (Some(key), compare(was, is, &cursor.key(key))))
            .collect(),
    };
    let mut edit =
        blocks.iter().fold(Edit::of_presence(before, after), |edit, (_, part)| edit.and(part.edit));
    if let Some(unknown) = unknown {
        edit = if before.is_none() { unknown } else { Edit::Change };
    }
    // A single block takes care of itself.
    let secrecy = (nested.nesting != Nesting::Single && (was || will_be)).then_some(Secrecy {
        was,
        will_be,
        edit,
    });
    let group = Group {
        name: nested.name,
        replace: cursor.replaces(),
        secrecy,
        is_set: nested.nesting == Nesting::Set,
        unknown,
        blocks,
    };
    Some((group, edit))
}
