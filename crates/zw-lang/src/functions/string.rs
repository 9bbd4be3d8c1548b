//! String functions, those of patterns and of formats aside.

use super::args::{Outcome, check_text_len, string, string_list, text, whole};
use super::unicode::{graphemes, lower, title, upper};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::{Refinement, Str, Value};

fn str_param() -> Param {
    Param::new("str", Type::String)
}

fn param(name: &'static str) -> Param {
    Param::new(name, Type::String)
}

pub(super) fn functions() -> Vec<Function> {
    let unary = |name, description, call| {
        Function::new(name, description, vec![str_param()], Type::String, call)
    };
    let binary = |name, description, second, call| {
        Function::new(name, description, vec![str_param(), param(second)], Type::String, call)
    };
    vec![
        unary("chomp", "Removes the line breaks at the end of a string.", chomp),
        Function::new(
            "endswith",
            "Tells whether a string ends with another one.",
            vec![str_param(), param("suffix")],
            Type::Bool,
            endswith,
        ),
        Function::new(
            "indent",
            "Adds spaces to the beginning of every line but the first.",
            vec![
                Param::new("spaces", Type::Number).describe("How many spaces are added."),
                str_param(),
            ],
            Type::String,
            indent,
        ),
        Function::new(
            "join",
            "Concatenates the strings of lists with a separator in between.",
            vec![param("separator").describe("The text between two strings.")],
            Type::String,
            join,
        )
        .variadic(
            Param::new("lists", Type::list(Type::String))
                .or_unknown()
                .describe("Lists of strings, one or more."),
        ),
        unary("lower", "Converts letters to lower case.", |args, _| {
            Ok(string(lower(text(args, 0))))
        }),
        Function::new(
            "split",
            "Divides a string at every occurrence of a separator.",
            vec![param("separator"), str_param()],
            Type::list(Type::String),
            split,
        ),
        Function::new(
            "startswith",
            "Tells whether a string starts with another one.",
            vec![str_param().or_unknown(), param("prefix")],
            Type::Bool,
            startswith,
        ),
        Function::new(
            "strcontains",
            "Tells whether a string contains another one.",
            vec![str_param(), param("substr")],
            Type::Bool,
            |args, _| Ok(Value::from(text(args, 0).contains(text(args, 1)))),
        ),
        unary("strrev", "Reverses the characters of a string.", |args, _| {
            Ok(string(graphemes(text(args, 0)).rev().collect::<String>()))
        }),
        Function::new(
            "substr",
            "Extracts a part of a string by offset and length in characters.",
            vec![
                str_param(),
                Param::new("offset", Type::Number),
                Param::new("length", Type::Number),
            ],
            Type::String,
            substr,
        ),
        unary("title", "Converts the first letter of each word to upper case.", |args, _| {
            Ok(string(title(text(args, 0))))
        }),
        Function::new(
            "trim",
            "Removes characters of a set from both ends of a string.",
            vec![str_param(), param("cutset").describe("The characters to remove, in any order.")],
            Type::String,
            trim,
        ),
        binary(
            "trimprefix",
            "Removes a prefix from a string if it is there.",
            "prefix",
            trimprefix,
        ),
        unary("trimspace", "Removes white space from both ends of a string.", |args, _| {
            Ok(string(text(args, 0).trim()))
        }),
        binary(
            "trimsuffix",
            "Removes a suffix from a string if it is there.",
            "suffix",
            trimsuffix,
        ),
        unary("upper", "Converts letters to upper case.", |args, _| {
            Ok(string(upper(text(args, 0))))
        }),
    ]
}

fn chomp(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    Ok(string(text(args, 0).trim_end_matches(['\r', '\n'])))
}

fn endswith(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    Ok(Value::from(text(args, 0).ends_with(text(args, 1))))
}

fn startswith(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let prefix = text(args, 1);
    let Some(unknown) = args.first().and_then(Value::as_unknown) else {
        return Ok(Value::from(text(args, 0).starts_with(prefix)));
    };
    // What the string will begin with may be enough to tell.
    let known = unknown.refinement.string_prefix.as_deref().unwrap_or_default();
    Ok(if known.starts_with(prefix) {
        Value::from(true)
    } else if prefix.starts_with(known) {
        Value::unknown(Type::Bool)
    } else {
        Value::from(false)
    })
}

fn indent(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let Ok(spaces) = usize::try_from(whole(args, 0)?) else {
        return Err(FuncError::arg(0, "the number of spaces must not be negative"));
    };
    let source = text(args, 1);
    let breaks = source.matches('\n').count();
    let added = breaks.checked_mul(spaces).and_then(|added| added.checked_add(source.len()));
    check_text_len(added)?;
    if breaks == 0 {
        return Ok(string(source));
    }
    Ok(string(source.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn join(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let separator = text(args, 0);
    let lists = args.get(1..).unwrap_or_default();
    if lists.is_empty() {
        return Err(FuncError::new("at least one list is required"));
    }
    let mut parts: Vec<&Str> = Vec::new();
    let mut bytes = 0usize;
    for (at, list) in lists.iter().enumerate() {
        let Some(items) = list.as_sequence() else { return Ok(unknown_join(&parts, separator)) };
        for (index, item) in items.iter().enumerate() {
            if item.is_null() {
                let position = if lists.len() == 1 {
                    format!("element {index} is null; cannot concatenate null values")
                } else {
                    format!(
                        "element {index} of list {} is null; cannot concatenate null values",
                        at + 1
                    )
                };
                return Err(FuncError::arg(at + 1, position));
            }
            let crate::value::ValueKind::String(part) = item.kind() else {
                return Ok(unknown_join(&parts, separator));
            };
            let added = part.len() + separator.len();
            bytes = check_text_len(bytes.checked_add(added))?;
            parts.push(part);
        }
    }
    let mut joined = String::with_capacity(bytes);
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        joined.push_str(part);
    }
    Ok(string(joined))
}

/// The result of joining while something is unknown: what comes before it is known.
fn unknown_join(parts: &[&Str], separator: &str) -> Value {
    let mut prefix = String::new();
    for part in parts {
        prefix.push_str(part);
        prefix.push_str(separator);
    }
    let string_prefix = (!prefix.is_empty()).then(|| prefix.into());
    Value::refined(Type::String, Refinement { string_prefix, ..Refinement::default() })
}

fn split(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (separator, source) = (text(args, 0), text(args, 1));
    if separator.is_empty() {
        return Ok(string_list(source.chars().map(String::from)));
    }
    Ok(string_list(source.split(separator)))
}

fn substr(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let source = text(args, 0);
    let (offset, length) = (whole(args, 1)?, whole(args, 2)?);
    let from_end = offset < 0;
    let offset = if from_end {
        let total = i64::try_from(graphemes(source).count()).unwrap_or(i64::MAX);
        offset.saturating_add(total)
    } else {
        offset
    };
    // Before the beginning is the beginning.
    let offset = usize::try_from(offset).unwrap_or(0);
    let rest = graphemes(source).skip(offset);
    Ok(match usize::try_from(length) {
        // Behind an offset from the end a length of zero is none at all. Terraform has
        // it so, and what it has is what people's plans show.
        Ok(0) if from_end => string(rest.collect::<String>()),
        Ok(length) => string(rest.take(length).collect::<String>()),
        Err(_) => string(rest.collect::<String>()),
    })
}

fn trim(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let cutset = text(args, 1);
    Ok(string(text(args, 0).trim_matches(|c| cutset.contains(c))))
}

fn trimprefix(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let source = text(args, 0);
    Ok(string(source.strip_prefix(text(args, 1)).unwrap_or(source)))
}

fn trimsuffix(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let source = text(args, 0);
    Ok(string(source.strip_suffix(text(args, 1)).unwrap_or(source)))
}
