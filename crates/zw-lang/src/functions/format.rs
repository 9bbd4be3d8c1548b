//! `format` and `formatlist`.

mod verb;

use super::args::{Outcome, TEXT_BYTES_MAX, check_text_len, has_unknown_length, string, text};
use super::unicode::{grapheme_count, graphemes};
use crate::convert::convert;
use crate::function::{CallContext, FuncError, Function, Param};
use crate::json::to_go_json;
use crate::number::{FloatVerb, Number};
use crate::ty::Type;
use crate::value::{Refinement, Value, ValueKind};

use verb::Verb;

pub(super) fn functions() -> Vec<Function> {
    let params = || vec![Param::new("format", Type::String)];
    let args = || Param::new("args", Type::Dynamic).or_null().or_unknown();
    vec![
        Function::new(
            "format",
            "Produces a string from a template with verbs like %s and the values for them.",
            params(),
            Type::String,
            format,
        )
        .variadic(args()),
        Function::new(
            "formatlist",
            "Produces a list of strings by formatting the elements of lists one after another.",
            params(),
            Type::list(Type::String),
            formatlist,
        )
        .variadic(args()),
    ]
}

fn format(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let template = text(args, 0);
    let values: Vec<&Value> = args.iter().skip(1).collect();
    if values.iter().all(|value| value.is_wholly_known()) {
        return formatted(template, &values).map(string);
    }
    // What stands before the first verb is known already.
    let prefix = template.find('%').map(|end| &template[..end]).filter(|text| !text.is_empty());
    let string_prefix = prefix.map(Into::into);
    Ok(Value::refined(Type::String, Refinement { string_prefix, ..Refinement::default() }))
}

fn formatlist(args: &[Value], context: &mut CallContext<'_>) -> Outcome {
    let (template, values) = (text(args, 0), args.get(1..).unwrap_or_default());
    if values.is_empty() {
        return Ok(Value::list(Type::String, vec![format(args, context)?]));
    }
    let unknown = || Value::unknown(Type::list(Type::String));
    // The length of the first sequence, and which argument it is.
    let mut chosen: Option<(usize, usize)> = None;
    let mut has_unknown = false;
    for (at, value) in values.iter().enumerate() {
        let Some(len) = sequence_len(value) else {
            has_unknown |= value.as_unknown().is_some_and(|unknown| {
                matches!(unknown.ty, Type::List(_) | Type::Set(_) | Type::Dynamic)
            });
            continue;
        };
        if has_unknown_length(value) {
            has_unknown = true;
            continue;
        }
        has_unknown |= !value.is_known();
        match chosen {
            None => chosen = Some((at, len)),
            Some((first, first_len)) if first_len != len => {
                let message = format!(
                    "argument {} has length {len}, which is inconsistent with argument {} of \
                     length {first_len}",
                    at + 1,
                    first + 1
                );
                return Err(FuncError::arg(at + 1, message));
            }
            Some(_) => {}
        }
    }
    if has_unknown {
        return Ok(unknown());
    }
    let mut results = Vec::new();
    let mut bytes = 0usize;
    for index in 0..chosen.map_or(1, |(_, len)| len) {
        let row: Vec<&Value> = values
            .iter()
            .map(|value| value.as_sequence().and_then(|items| items.get(index)).unwrap_or(value))
            .collect();
        if !row.iter().all(|value| value.is_wholly_known()) {
            results.push(Value::unknown_not_null(Type::String));
            continue;
        }
        let result = formatted(template, &row).map_err(|error| {
            FuncError::new(format!("error on format iteration {index}: {}", error.message))
        })?;
        bytes = check_text_len(bytes.checked_add(result.len()))?;
        results.push(string(result));
    }
    Ok(Value::list(Type::String, results))
}

/// The length of a list, set or tuple, of which a tuple may be unknown.
fn sequence_len(value: &Value) -> Option<usize> {
    match value.as_unknown() {
        Some(unknown) => match &unknown.ty {
            Type::Tuple(types) => Some(types.len()),
            _ => None,
        },
        None => value.as_sequence().map(<[Value]>::len),
    }
}

/// The template with its verbs replaced by known values.
fn formatted(template: &str, values: &[&Value]) -> Result<String, FuncError> {
    let mut out = String::with_capacity(template.len());
    let mut next = 0;
    let mut used = 0;
    let mut at = 0;
    while let Some(found) = template[at..].find('%') {
        out.push_str(&template[at..at + found]);
        at += found;
        let (verb, end) = Verb::parse(template, at, next).map_err(FuncError::new)?;
        at = end;
        let Some(verb) = verb else {
            out.push('%');
            continue;
        };
        next = verb.arg + 1;
        used = used.max(next);
        append(&verb, values, &mut out)?;
        check_text_len(Some(out.len()))?;
    }
    out.push_str(&template[at..]);
    if used < values.len() {
        let message = if used == 0 {
            "too many arguments; no verbs in format string".to_owned()
        } else {
            format!("too many arguments; only {used} used by format string")
        };
        return Err(FuncError::arg(used + 1, message));
    }
    Ok(out)
}

fn append(verb: &Verb<'_>, values: &[&Value], out: &mut String) -> Result<(), FuncError> {
    let (raw, offset) = (verb.raw, verb.offset);
    let Some(value) = values.get(verb.arg) else {
        let (need, total) = (verb.arg + 1, values.len());
        return Err(FuncError::new(format!(
            "not enough arguments for {raw:?} at {offset}: need index {need} but have {total} total"
        )));
    };
    let unsupported = |reason: &dyn std::fmt::Display| {
        FuncError::new(format!("unsupported value for {raw:?} at {offset}: {reason}"))
    };
    if verb.mode != 'v' && value.is_null() {
        return Err(unsupported(&"null value cannot be formatted"));
    }
    if verb.width.unwrap_or(0) > TEXT_BYTES_MAX || verb.precision.unwrap_or(0) > TEXT_BYTES_MAX {
        return Err(unsupported(&"width or precision is too large"));
    }
    let as_type = |ty: &Type| convert(value, ty).map_err(|error| unsupported(&error.message));
    match verb.mode {
        'v' => {
            let text = match value.kind() {
                ValueKind::String(text) if !verb.sharp => text.to_string(),
                ValueKind::Number(number) if !verb.sharp => {
                    number.to_text(FloatVerb::General, None)
                }
                _ => to_go_json(value).map_err(|error| unsupported(&error))?,
            };
            out.push_str(&padded(verb, &text));
        }
        't' => {
            let value = as_type(&Type::Bool)?;
            out.push_str(if value.as_bool() == Some(true) { "true" } else { "false" });
        }
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let value = as_type(&Type::Number)?;
            let number = value.as_number().and_then(Number::to_big_integer);
            let (negative, magnitude) =
                number.ok_or_else(|| unsupported(&"an integer is required"))?;
            let radix = match verb.mode {
                'b' => 2,
                'o' => 8,
                'd' => 10,
                _ => 16,
            };
            out.push_str(&integer(verb, negative, &magnitude.in_radix(radix).to_string()));
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            let value = as_type(&Type::Number)?;
            out.push_str(&float(verb, value.as_number().unwrap_or(&Number::ZERO)));
        }
        's' | 'q' => {
            let value = as_type(&Type::String)?;
            let mut text = value.as_str().unwrap_or_default().to_owned();
            if let Some(precision) = verb.precision.filter(|precision| *precision > 0) {
                text = graphemes(&text).take(precision).collect();
            }
            if verb.mode == 'q' {
                let quoted = to_go_json(&Value::from(text));
                text = quoted.map_err(|error| unsupported(&error))?;
            }
            out.push_str(&padded(verb, &text));
        }
        mode => {
            return Err(FuncError::new(format!(
                "unsupported format verb {mode:?} in {raw:?} at offset {offset}"
            )));
        }
    }
    Ok(())
}

/// Text filled up to the width of a verb, counted in characters as people see them.
fn padded(verb: &Verb<'_>, text: &str) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(grapheme_count(text));
    let fill = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
}

fn sign(verb: &Verb<'_>, negative: bool) -> &'static str {
    match (negative, verb.plus, verb.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

/// Source: `big.Int.Format` of Go.
fn integer(verb: &Verb<'_>, negative: bool, digits: &str) -> String {
    let prefix = match verb.mode {
        'b' if verb.sharp => "0b",
        'o' if verb.sharp => "0",
        'x' if verb.sharp => "0x",
        'X' if verb.sharp => "0X",
        _ => "",
    };
    let digits = if verb.mode == 'X' { digits.to_uppercase() } else { digits.to_owned() };
    if verb.precision == Some(0) && digits == "0" {
        return String::new();
    }
    let sign = sign(verb, negative);
    let mut zeros = verb.precision.unwrap_or(0).saturating_sub(digits.len());
    let len = sign.len() + prefix.len() + zeros + digits.len();
    let missing = verb.width.unwrap_or(0).saturating_sub(len);
    let (mut left, mut right) = (0, 0);
    if verb.minus {
        right = missing;
    } else if verb.zero && verb.precision.is_none() {
        zeros += missing;
    } else {
        left = missing;
    }
    let (left, right) = (" ".repeat(left), " ".repeat(right));
    format!("{left}{sign}{prefix}{}{digits}{right}", "0".repeat(zeros))
}

/// Source: `big.Float.Format` of Go.
fn float(verb: &Verb<'_>, number: &Number) -> String {
    let (float_verb, default) = match verb.mode {
        'e' | 'E' => (FloatVerb::Exponent, Some(6)),
        'f' => (FloatVerb::Fixed, Some(6)),
        _ => (FloatVerb::General, None),
    };
    let precision = verb.precision.map_or(default, |precision| u32::try_from(precision).ok());
    let text = number.to_text(float_verb, precision);
    let text = if verb.mode.is_uppercase() { text.replace('e', "E") } else { text };
    let (sign, digits) = if let Some(digits) = text.strip_prefix('-') {
        ("-", digits)
    } else if let Some(digits) = text.strip_prefix('+') {
        (if verb.space { " " } else { "+" }, digits)
    } else {
        (sign(verb, false), text.as_str())
    };
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
    if verb.zero && number.is_finite() {
        format!("{sign}{}{digits}", "0".repeat(missing))
    } else if verb.minus {
        format!("{sign}{digits}{}", " ".repeat(missing))
    } else {
        format!("{}{sign}{digits}", " ".repeat(missing))
    }
}
