//! What scalars without quotes mean.
//!
//! Source: "Core Schema" in YAML 1.2.2, 10.3.2.

use super::super::node::Kind;

/// What a plain scalar means; `None` if it is a string.
pub(super) fn core(text: &str) -> Result<Option<Kind>, String> {
    Ok(Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ => match number(text)? {
            Some(number) => Kind::Number(number),
            None => return Ok(None),
        },
    }))
}

/// What a scalar with a tag means.
pub(super) fn tagged(text: &str, tag: &str) -> Result<Option<Kind>, String> {
    let kind = core(text)?;
    let is_wanted = match kind {
        Some(Kind::Null) => tag == "null",
        Some(Kind::Bool(_)) => tag == "bool",
        Some(Kind::Number(_)) => matches!(tag, "int" | "float"),
        _ => false,
    };
    if is_wanted { Ok(kind) } else { Err(format!("{text:?} is not of the type {tag}.")) }
}

/// The number that a scalar is, as it is written in native syntax.
fn number(text: &str) -> Result<Option<String>, String> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        let Some(digits) = text.strip_prefix(prefix) else { continue };
        if digits.is_empty() || !digits.chars().all(|char| char.is_digit(radix)) {
            return Ok(None);
        }
        let number = u128::from_str_radix(digits, radix);
        let too_large = |_| format!("{text} is too large: write it in decimal digits.");
        return number.map(|number| Some(number.to_string())).map_err(too_large);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return Err(format!("{text} is no number that a configuration can hold."));
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
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
    let mut written = String::with_capacity(text.len() + 1);
    if text.starts_with('-') {
        written.push('-');
    }
    let whole = whole.trim_start_matches('0');
    written.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        written.push('.');
        written.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        written.push('e');
        written.push_str(exponent);
    }
    Ok(Some(written))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match core(text) {
            Ok(Some(Kind::Number(number))) => number,
            Ok(Some(kind)) => format!("{kind:?}"),
            Ok(None) => "string".to_owned(),
            Err(_) => "error".to_owned(),
        }
    }

    #[test]
    fn plain_scalars_are_what_the_core_schema_says() {
        let cases = [
            ("", "Null"),
            ("~", "Null"),
            ("TRUE", "Bool(true)"),
            ("yes", "string"),
            ("on", "string"),
            ("n", "string"),
            ("12", "12"),
            ("+12", "12"),
            ("-0012", "-12"),
            ("000", "0"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("0o8", "string"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-1.50E+3", "-1.50e+3"),
            ("123456789012345678901234567890.12345", "123456789012345678901234567890.12345"),
            ("1e", "string"),
            (".", "string"),
            ("-", "string"),
            ("1_000", "string"),
            ("12:30", "string"),
            ("2020-01-01", "string"),
            (".inf", "error"),
            ("-.INF", "error"),
            (".nan", "error"),
        ];
        for (text, wanted) in cases {
            assert_eq!(shown(text), wanted, "{text:?}");
        }
    }
}
