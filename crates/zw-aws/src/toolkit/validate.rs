//! Checks of known values that several types share.

use std::net::{Ipv4Addr, Ipv6Addr};

use zw_lang::{Path, Value, json_text_to_value};
use zw_provider::OpError;

/// One of a few words.
macro_rules! one_of {
    ($($word:literal),+ $(,)?) => {
        |value: &zw_lang::Value| crate::toolkit::validate::word(value, &[$($word),+])
    };
}
pub(crate) use one_of;

/// Whether a text is one of a few words.
pub(crate) fn word(value: &Value, words: &[&str]) -> Result<(), String> {
    match value.as_str() {
        Some(text) if !words.contains(&text) => {
            let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
            Err(format!("expected one of {}, got {text:?}.", words.join(", ")))
        }
        _ => Ok(()),
    }
}

/// A whole number of a range.
macro_rules! between {
    ($least:literal, $most:literal) => {
        |value: &zw_lang::Value| match value.as_i64() {
            Some(number) if !($least..=$most).contains(&number) => {
                Err(format!("expected a number from {} to {}, got {number}.", $least, $most))
            }
            _ => Ok(()),
        }
    };
}
pub(crate) use between;

/// An IPv4 network in CIDR notation, with no bits set beyond its prefix.
pub(crate) fn ipv4_cidr(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return Ok(()) };
    let Some((address, length)) = split_cidr::<Ipv4Addr>(text, 32) else {
        return Err(format!("{text:?} is not an IPv4 network in CIDR notation."));
    };
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    let network = Ipv4Addr::from(u32::from(address) & mask);
    if network == address {
        return Ok(());
    }
    Err(format!("{text:?} has bits set beyond its prefix; did you mean \"{network}/{length}\"?"))
}

/// An IPv6 network in CIDR notation, with no bits set beyond its prefix.
pub(crate) fn ipv6_cidr(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return Ok(()) };
    let Some((address, length)) = split_cidr::<Ipv6Addr>(text, 128) else {
        return Err(format!("{text:?} is not an IPv6 network in CIDR notation."));
    };
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    let network = Ipv6Addr::from(u128::from(address) & mask);
    if network == address {
        return Ok(());
    }
    Err(format!("{text:?} has bits set beyond its prefix; did you mean \"{network}/{length}\"?"))
}

/// An IPv4 network of a size that a VPC can have.
pub(crate) fn vpc_cidr(value: &Value) -> Result<(), String> {
    ipv4_cidr(value)?;
    let length = value.as_str().and_then(|text| text.split_once('/')?.1.parse::<u32>().ok());
    match length {
        Some(length) if !(16..=28).contains(&length) => {
            Err(format!("the prefix must be from /16 to /28, not /{length}."))
        }
        _ => Ok(()),
    }
}

/// Text that may not be empty.
pub(crate) fn not_empty(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some("") => Err("it must not be empty.".into()),
        _ => Ok(()),
    }
}

/// Text of so many characters.
pub(crate) fn length<const LEAST: usize, const MOST: usize>(value: &Value) -> Result<(), String> {
    match value.as_str().map(|text| text.chars().count()) {
        Some(length) if !(LEAST..=MOST).contains(&length) => {
            Err(format!("it must have {LEAST} to {MOST} characters, and has {length}."))
        }
        _ => Ok(()),
    }
}

/// An ARN.
pub(crate) fn arn(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if !text.is_empty() && !is_arn(text) => {
            Err(format!("{text:?} is not an ARN, as arn:aws:iam::123456789012:role/name."))
        }
        _ => Ok(()),
    }
}

/// ARNs.
pub(crate) fn arns(value: &Value) -> Result<(), String> {
    value.as_sequence().unwrap_or_default().iter().try_for_each(arn)
}

/// Whether a text has the six parts of an ARN.
pub(crate) fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, service, _, _, resource]
        if !partition.is_empty() && !service.is_empty() && !resource.is_empty())
}

/// At most one of a name and its beginning. A hook of types with both.
pub(crate) fn one_name(config: &Value) -> Vec<OpError> {
    exclusive(config, &[("name", "name_prefix")])
}

/// A JSON document.
pub(crate) fn json(value: &Value) -> Result<(), String> {
    match value.as_str().map(json_text_to_value) {
        Some(Err(error)) => Err(format!("it is not JSON: {error}.")),
        _ => Ok(()),
    }
}

/// A regular expression.
pub(crate) fn regular_expression(value: &Value) -> Result<(), String> {
    match value.as_str().map(regex::Regex::new) {
        Some(Err(error)) => Err(format!("it is not a regular expression: {error}.")),
        _ => Ok(()),
    }
}

/// The address of a web service.
pub(crate) fn url(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text)
            if !text.is_empty()
                && !text.starts_with("http://")
                && !text.starts_with("https://") =>
        {
            Err(format!("{text:?} is not an address that begins with http:// or https://."))
        }
        _ => Ok(()),
    }
}

/// An error for each pair of attributes that exclude each other and are both given.
pub(crate) fn exclusive(config: &Value, pairs: &[(&'static str, &'static str)]) -> Vec<OpError> {
    let given = |name| config.get(name).is_some_and(|value| !value.is_null());
    pairs
        .iter()
        .filter(|(name, other)| given(name) && given(other))
        .map(|(name, other)| {
            let message = format!("`{name}` and `{other}` cannot be given both.");
            OpError::invalid(Path::attr_of_root(*other), message)
        })
        .collect()
}

/// An error unless exactly one of these is given.
pub(crate) fn exactly_one(config: &Value, names: &[&'static str]) -> Vec<OpError> {
    let given = |name: &&&str| config.get(name).is_some_and(|value| !value.is_null());
    let listed = || names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let Some(first) = names.first() else { return Vec::new() };
    match names.iter().filter(given).collect::<Vec<_>>()[..] {
        [] => {
            let message = format!("one of {} has to be given.", listed());
            vec![OpError::invalid(Path::attr_of_root(*first), message)]
        }
        [_] => Vec::new(),
        [_, other, ..] => {
            let message = format!("only one of {} can be given.", listed());
            vec![OpError::invalid(Path::attr_of_root(*other), message)]
        }
    }
}

/// An error if some of these are given and others are not.
pub(crate) fn together(config: &Value, names: &[&'static str]) -> Vec<OpError> {
    let given = |name: &&&str| config.get(name).is_some_and(|value| !value.is_null());
    let missing = names.iter().find(|name| !given(name));
    match (names.iter().find(given), missing) {
        (Some(given), Some(missing)) => {
            let message = format!("`{missing}` has to be given along with it.");
            vec![OpError::invalid(Path::attr_of_root(*given), message)]
        }
        _ => Vec::new(),
    }
}

fn split_cidr<A: std::str::FromStr>(text: &str, most: u32) -> Option<(A, u32)> {
    let (address, length) = text.split_once('/')?;
    let length: u32 = length.parse().ok().filter(|length| *length <= most)?;
    Some((address.parse().ok()?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_six_parts() {
        for right in ["arn:aws:iam::123456789012:role/a", "arn:aws-cn:s3:::bucket/key:x"] {
            assert!(arn(&right.into()).is_ok(), "{right}");
        }
        for wrong in ["role/a", "arn:aws:iam::123456789012", "arn:aws:iam::1:"] {
            assert!(arn(&wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn networks_must_be_networks() {
        assert!(vpc_cidr(&"10.0.0.0/16".into()).is_ok());
        assert!(ipv4_cidr(&"0.0.0.0/0".into()).is_ok());
        assert!(ipv6_cidr(&"::/0".into()).is_ok());
        assert_eq!(
            ipv4_cidr(&"10.0.0.1/16".into()),
            Err("\"10.0.0.1/16\" has bits set beyond its prefix; did you mean \"10.0.0.0/16\"?"
                .into())
        );
        for wrong in ["10.0.0.0", "10.0.0/16", "10.0.0.0/33", "10.0.0.0/8"] {
            assert!(vpc_cidr(&wrong.into()).is_err(), "{wrong}");
        }
    }
}
