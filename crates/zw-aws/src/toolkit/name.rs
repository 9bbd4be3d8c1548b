//! Names that nobody has chosen.

/// Beginning of names where the configuration gives neither a name nor a prefix.
const PREFIX: &str = "zw-";
const SUFFIX_LEN: usize = 26;

/// The name as written, or a prefix and a suffix that follows from the token of the creation: an
/// interrupted creation that is tried again finds the name that it had chosen.
pub(crate) fn chosen_name(name: Option<&str>, prefix: Option<&str>, token: &str) -> String {
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let prefix = prefix.filter(|prefix| !prefix.is_empty()).unwrap_or(PREFIX);
    format!("{prefix}{}", suffix(token))
}

/// The prefix of a name that has a generated suffix, ours or Terraform's.
pub(crate) fn prefix_of(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(SUFFIX_LEN)?;
    let (prefix, suffix) = name.split_at_checked(at)?;
    (!prefix.is_empty() && suffix.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(prefix)
}

/// The client token of a service that wants one in the form of a UUID.
pub(crate) fn uuid_of(token: &str) -> String {
    let digits = format!("{:032x}", hash(token));
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    parts.join("-")
}

/// 26 hexadecimal digits: the first 104 bits.
fn suffix(token: &str) -> String {
    format!("{:026x}", hash(token) >> 24)
}

/// FNV-1a. Names need to differ, not to resist anyone.
fn hash(token: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    token.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_name_is_the_same_again_and_shows_its_prefix() {
        let name = chosen_name(None, Some("web-"), "token-1");
        assert_eq!(name, chosen_name(None, Some("web-"), "token-1"));
        assert_ne!(name, chosen_name(None, Some("web-"), "token-2"));
        assert_eq!(prefix_of(&name), Some("web-"));
        assert_eq!(prefix_of("web-server"), None);
        assert_eq!(chosen_name(Some("web"), None, "token-1"), "web");
    }
}
