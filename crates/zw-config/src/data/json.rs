//! Reading JSON as RFC 8259 has it.

use std::ops::Range;
use std::rc::Rc;

use jsonc_parser::ast::{ObjectPropName, StringLit, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use zw_lang::parse::Places;

use super::Problem;
use super::node::{DEPTH_MAX, Kind, Node, Property, Scalar, check_unique};

/// The value that a file holds.
pub(super) fn read(text: &str) -> Result<Option<Node>, Problem> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &strict).map_err(|error| {
        let range = error.range();
        syntax(explained(error.kind()), range.start..range.end)
    })?;
    let Some(value) = parsed.value else {
        return Err(syntax("A JSON object is required, but the file is empty.".to_owned(), 0..0));
    };
    node(&value, text, DEPTH_MAX).map(Some)
}

fn syntax(detail: String, place: Range<usize>) -> Problem {
    Problem::new("Invalid JSON syntax", detail, place)
}

fn explained(kind: &ParseErrorKind) -> String {
    match kind {
        ParseErrorKind::CommentsNotAllowed => {
            "JSON has no comments. A property named \"//\" in the body of a block is ignored."
                .to_owned()
        }
        ParseErrorKind::NestingDepthExceeded => too_deep(),
        ParseErrorKind::TrailingCommasNotAllowed => {
            "There is no comma behind the last element in JSON.".to_owned()
        }
        other => format!("{other}."),
    }
}

fn too_deep() -> String {
    format!("Arrays and objects can be nested {DEPTH_MAX} levels deep.")
}

fn node(value: &Value<'_>, text: &str, depth: usize) -> Result<Node, Problem> {
    let range = value.range();
    let place = range.start..range.end;
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Problem::new("Nested too deeply", too_deep(), place));
    };
    let kind = match value {
        Value::NullKeyword(_) => Kind::Null,
        Value::BooleanLit(value) => Kind::Bool(value.value),
        Value::NumberLit(number) => Kind::Number(number.value.to_owned()),
        Value::StringLit(literal) => Kind::String(string(literal, text)?),
        Value::Array(array) => {
            let items = array.elements.iter().map(|item| node(item, text, depth));
            Kind::Array(items.collect::<Result<Vec<_>, _>>()?.into())
        }
        Value::Object(object) => {
            let mut properties = Vec::with_capacity(object.properties.len());
            for property in &object.properties {
                let name = property.name.range();
                properties.push(Property {
                    name: match &property.name {
                        ObjectPropName::String(literal) => string(literal, text)?,
                        ObjectPropName::Word(word) => plain(word.value, name.start),
                    },
                    name_place: name.start..name.end,
                    value: node(&property.value, text, depth)?,
                });
            }
            check_unique(&properties)?;
            Kind::Object(properties.into())
        }
    };
    Ok(Node { kind, place })
}

/// A text that is written as it is meant.
fn plain(text: &str, start: usize) -> Scalar {
    let mut places = Places::default();
    places.copy(0, start..start + text.len());
    Scalar { text: text.into(), places: Rc::new(places) }
}

fn string(literal: &StringLit<'_>, text: &str) -> Result<Scalar, Problem> {
    let range = literal.range.start + 1..literal.range.end.saturating_sub(1);
    let source = text.get(range.clone()).unwrap_or_default();
    if let Some(at) = source.find(|char: char| char < ' ') {
        let at = range.start + at;
        let detail =
            "A line break or another control character in a string is written as an escape: \\n.";
        return Err(syntax(detail.to_owned(), at..at + 1));
    }
    if !source.contains('\\') {
        return Ok(plain(source, range.start));
    }
    let decoded: &str = &literal.value;
    let mut places = Places::default();
    let mut at = 0;
    let mut rest = source;
    while !rest.is_empty() {
        let start = range.start + source.len() - rest.len();
        let copied = rest.find('\\').unwrap_or(rest.len());
        if copied > 0 {
            places.copy(at, start..start + copied);
            at += copied;
            rest = &rest[copied..];
            continue;
        }
        let len = escape_len(rest);
        places.stand_in(at, start..start + len);
        at += decoded.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(Scalar { text: decoded.into(), places: Rc::new(places) })
}

/// How many bytes an escape has that a text begins with. Two of them can stand for one character.
fn escape_len(text: &str) -> usize {
    let code = |text: &str| u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    match code(text) {
        None => 2,
        Some(0xd800..=0xdbff) if text.get(6..).and_then(code).is_some() => 12,
        Some(_) => 6,
    }
}
