//! Versions and constraints on them, by the rules of Terraform: `~> 1.2`, `>= 1.0, < 2.0`, `1.4.2`.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>

use std::fmt;

pub use semver::Version;

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraints(Vec<Constraint>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Constraint {
    operator: Operator,
    version: Version,
    /// How many numbers were written: `~> 1.2` allows more than `~> 1.2.0`.
    written: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// `~>`: only the last number that is written may grow.
    Pessimistic,
}

/// The longer ones first, so that `>=` is not taken for `>`.
const OPERATORS: [(&str, Operator); 7] = [
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("!=", Operator::NotEqual),
    ("~>", Operator::Pessimistic),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
];

/// The version of Terraform whose language this is: what `required_version` is compared with.
pub const LANGUAGE: Version = Version::new(1, 11, 4);

/// Reads a version as registries and people write it: a leading `v` and missing numbers are fine.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn version(text: &str) -> Result<Version, String> {
    parse(text).map(|(version, _)| version)
}

/// A version, and how many numbers it was written with.
fn parse(text: &str) -> Result<(Version, usize), String> {
    let malformed = || format!("{text:?} is not a version such as 1.2.3.");
    let bare = text.trim();
    let bare = bare.strip_prefix('v').unwrap_or(bare);
    let end = bare.find(['-', '+']).unwrap_or(bare.len());
    let (numbers, rest) = bare.split_at(end);
    let numbers: Vec<&str> = numbers.split('.').collect();
    let written = numbers.len();
    if written > 3 {
        return Err(malformed());
    }
    // A number may have leading zeros here, which semantic versions do not allow.
    let mut parsed = [0_u64; 3];
    for (place, number) in parsed.iter_mut().zip(&numbers) {
        *place = number.parse().map_err(|_| malformed())?;
    }
    let [major, minor, patch] = parsed;
    let version =
        Version::parse(&format!("{major}.{minor}.{patch}{rest}")).map_err(|_| malformed())?;
    Ok((version, written))
}

impl Constraints {
    /// Reads constraints with commas between them. Nothing at all allows every release.
    ///
    /// # Errors
    /// What is wrong with them, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        text.split(',').map(Constraint::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a version is allowed. A pre-release is only if it is asked for by name.
    pub fn allow(&self, version: &Version) -> bool {
        let is_named = || {
            self.0.iter().any(|constraint| {
                constraint.operator == Operator::Equal && constraint.version == *version
            })
        };
        self.0.iter().all(|constraint| constraint.allows(version))
            && (version.pre.is_empty() || is_named())
    }
}

impl Constraint {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let found = OPERATORS.iter().find_map(|(sign, operator)| {
            text.strip_prefix(sign).map(|rest| (*operator, rest.trim()))
        });
        let (operator, rest) = found.unwrap_or((Operator::Equal, text));
        let (version, written) = parse(rest).map_err(|_| {
            format!(
                "{text:?} is not a version constraint. Write one such as \"~> 1.2\", \">= 1.0, < 2.0\" or \
                 \"1.2.3\"."
            )
        })?;
        Ok(Self { operator, version, written })
    }

    fn allows(&self, found: &Version) -> bool {
        let wanted = &self.version;
        let order = found.cmp_precedence(wanted);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            _ if !self.compares_with(found) => false,
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Pessimistic => {
                let fixed = self.written - 1;
                order.is_ge() && numbers(found)[..fixed] == numbers(wanted)[..fixed]
            }
        }
    }

    /// A pre-release is compared with pre-releases of the same version only.
    fn compares_with(&self, found: &Version) -> bool {
        match (found.pre.is_empty(), self.version.pre.is_empty()) {
            (false, false) => numbers(found) == numbers(&self.version),
            (false, true) => false,
            (true, false) => self.operator != Operator::Pessimistic,
            (true, true) => true,
        }
    }
}

fn numbers(version: &Version) -> [u64; 3] {
    [version.major, version.minor, version.patch]
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, constraint) in self.0.iter().enumerate() {
            let sign = OPERATORS.iter().find(|(_, known)| *known == constraint.operator);
            let sign = sign.map_or("=", |(sign, _)| sign);
            let separator = if at == 0 { "" } else { ", " };
            let numbers = numbers(&constraint.version);
            let shown: Vec<String> =
                numbers[..constraint.written].iter().map(u64::to_string).collect();
            write!(f, "{separator}{sign} {}", shown.join("."))?;
            if !constraint.version.pre.is_empty() {
                write!(f, "-{}", constraint.version.pre)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the tests of <https://github.com/hashicorp/go-version>, which Terraform decides with; those of
    /// pre-releases as Terraform narrows them: only by name.
    #[test]
    fn constraints_allow_what_terraform_allows() {
        let cases = [
            (">= 1.0, < 1.2", "1.1.5", true),
            ("< 1.0, < 1.2", "1.1.5", false),
            ("= 1.0", "1.1.5", false),
            ("= 1.0", "1.0.0", true),
            ("1.0", "1.0.0", true),
            ("~> 1.0", "2.0", false),
            ("~> 1.0", "1.1", true),
            ("~> 1.0", "1.2.3", true),
            ("~> 1.0.0", "1.2.3", false),
            ("~> 1.0.0", "1.0.7", true),
            ("~> 1.0.7", "1.0.4", false),
            ("~> 1.0.7", "1.0.7", true),
            ("~> 1", "2.4", true),
            ("> 2.0", "2.1.0-beta", false),
            (">= 2.1.0-a", "2.1.0-beta", false),
            ("2.1.0-beta", "2.1.0-beta", true),
            ("~> 2.1.0-a", "2.1.0", false),
            (">= 2.1.0-a", "2.1.0", true),
            ("!= 1.0", "1.0.0", false),
            ("!=1.0", "1.0.1", true),
            ("", "3.1.4", true),
        ];
        for (text, found, expected) in cases {
            let constraints = Constraints::parse(text).expect("well-formed");
            let found = version(found).expect("well-formed");
            assert_eq!(constraints.allow(&found), expected, "{text:?} and {found}");
        }
    }

    #[test]
    fn what_is_no_constraint_is_refused() {
        for text in ["latest", ">= 1.x", "1.2.3.4", ">=", "1.0,", "^1.0"] {
            assert!(Constraints::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn constraints_are_shown_in_one_form() {
        let shown = |text| Constraints::parse(text).expect("well-formed").to_string();
        assert_eq!(shown(">=1.0,<v2"), ">= 1.0, < 2");
        assert_eq!(shown("1.2.3-beta"), "= 1.2.3-beta");
    }
}
