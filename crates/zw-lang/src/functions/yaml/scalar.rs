//! What plain scalars of YAML mean.
//!
//! Source: `resolve.go` of `go-cty-yaml`: the words of YAML 1.1, the numbers of YAML 1.2.

use dashu_int::UBig;

use super::super::args::string;
use super::super::datetime::Timestamp;
use crate::convert::convert;
use crate::number::Number;
use crate::ty::Type;
use crate::value::Value;

/// The prefix of the tags of YAML itself.
const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// How a scalar is written, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Quoted,
    Block,
}

/// The value of a scalar with its tag in full, if it has one.
pub(super) fn resolve(text: &str, style: Style, tag: Option<&str>) -> Result<Value, String> {
    let Some(tag) = tag else {
        return match style {
            Style::Plain => implicit(text),
            Style::Quoted => Ok(string(text)),
            // A block is a string, but what it means as a plain scalar shows through: `012` comes
            // out as `12`, and nothing as null.
            Style::Block => convert(&implicit(text)?, &Type::String).map_err(|error| error.message),
        };
    };
    let cannot = |reason: &str| format!("cannot parse {text:?} as {tag}{reason}");
    let Some(name) = tag.strip_prefix(TAG_PREFIX) else {
        return Err(format!("unsupported tag {tag:?}"));
    };
    match name {
        "str" => Ok(string(text)),
        "null" if style == Style::Quoted && text.is_empty() => Ok(string(text)),
        "null" => Ok(Value::null(Type::Dynamic)),
        "binary" => {
            use base64::Engine as _;
            let digits: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            let decoded = base64::engine::general_purpose::STANDARD.decode(digits);
            decoded.map(|_| string(text)).map_err(|_| cannot(": not valid base64"))
        }
        "int" | "float" | "bool" | "timestamp" if style == Style::Quoted => Ok(string(text)),
        "timestamp" => Timestamp::parse_loosely(text)
            .map(|time| string(time.to_string()))
            .ok_or_else(|| cannot("")),
        "int" | "float" | "bool" => match implicit(text)? {
            value if value.as_str().is_some() => Err(cannot("")),
            value => Ok(value),
        },
        _ => Err(format!("unsupported tag {tag:?}")),
    }
}

fn implicit(text: &str) -> Result<Value, String> {
    let infinity = |negative: bool| {
        Number::parse(if negative { "-Inf" } else { "Inf" })
            .map_or(Value::null(Type::Number), Value::from)
    };
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::null(Type::Dynamic),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Value::from(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::from(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => infinity(false),
        "-.inf" | "-.Inf" | "-.INF" => infinity(true),
        ".nan" | ".NaN" | ".NAN" => return Err("floating point NaN is not supported".into()),
        _ => match number(text)? {
            Some(number) => number.into(),
            None => match Timestamp::parse_loosely(text) {
                Some(time) => string(time.to_string()),
                None => string(text),
            },
        },
    })
}

/// The number that a plain scalar is, if it is one.
fn number(text: &str) -> Result<Option<Number>, String> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        let Some(digits) = text.strip_prefix(prefix) else { continue };
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return Ok(None);
        }
        let value = u64::from_str_radix(digits, radix)
            .map_err(|_| format!("cannot parse {text:?} as {TAG_PREFIX}int"))?;
        return Ok(Some(Number::from(UBig::from(value))));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        });
    if !is_number {
        return Ok(None);
    }
    let parsed = Number::parse(text);
    parsed.map(Some).ok_or_else(|| format!("cannot parse {text:?} as {TAG_PREFIX}float"))
}
