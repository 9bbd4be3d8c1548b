//! Terraform spells long options with one dash. Both spellings are taken.

use std::ffi::OsString;

/// The arguments with two dashes before every long option, up to a lone `--`.
pub(crate) fn normalized(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut rest_is_literal = false;
    args.into_iter()
        .enumerate()
        .map(|(at, arg)| {
            rest_is_literal |= arg == "--";
            match arg.to_str() {
                Some(text) if at > 0 && !rest_is_literal && is_single_dashed(text) => {
                    let mut doubled = OsString::from("-");
                    doubled.push(text);
                    doubled
                }
                _ => arg,
            }
        })
        .collect()
}

/// Whether it is a long option with one dash: `-out=x`, but not `-h`, `-5` or `--out`.
fn is_single_dashed(text: &str) -> bool {
    let Some(name) = text.strip_prefix('-') else { return false };
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    name.len() > 1
        && name.starts_with(|char: char| char.is_ascii_lowercase())
        && name.chars().all(|char| char.is_ascii_lowercase() || char == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_dash_is_as_good_as_two() {
        let given = ["-zw", "plan", "-out=a b", "--json", "-h", "-var", "a=-b", "--", "-out"];
        let wanted = ["-zw", "plan", "--out=a b", "--json", "-h", "--var", "a=-b", "--", "-out"];
        let got = normalized(given.map(OsString::from));
        assert_eq!(got, wanted.map(OsString::from));
    }
}
