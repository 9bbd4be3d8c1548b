//! Checks of known values that several types share.

use std::net::{Ipv4Addr, Ipv6Addr};

use zw_lang::Value;

/// One of a few words.
macro_rules! one_of {
    ($($word:literal),+ $(,)?) => {
        |value: &zw_lang::Value| match value.as_str() {
            None $(| Some($word))+ => Ok(()),
            Some(other) => Err(format!(
                "expected one of {}, got {other:?}.",
                [$(concat!("\"", $word, "\"")),+].join(", "),
            )),
        }
    };
}
pub(crate) use one_of;

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

fn split_cidr<A: std::str::FromStr>(text: &str, most: u32) -> Option<(A, u32)> {
    let (address, length) = text.split_once('/')?;
    let length: u32 = length.parse().ok().filter(|length| *length <= most)?;
    Some((address.parse().ok()?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

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
