//! How much of a plan is shown. What is planned does not depend on it.

use std::str::FromStr;

use zw_engine::{Action, Change};

use super::is_moved;

/// The forms in which changes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Each in full where there are few, those that are alike together where there are many.
    #[default]
    Fitting,
    /// Each in full.
    Full,
    /// A line for those that are alike.
    Compact,
}

/// How much of a plan is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct View<'a> {
    /// In which form.
    pub(crate) form: Form,
    /// Which changes; all of them if there are no filters.
    pub(crate) filters: &'a [Filter],
}

/// More changes than this are put together unless asked otherwise.
const TOGETHER_MIN: usize = 50;

impl View<'_> {
    /// Whether so many changes are shown with those together that are alike.
    pub(crate) const fn is_together(&self, count: usize) -> bool {
        match self.form {
            Form::Fitting => count > TOGETHER_MIN,
            Form::Full => false,
            Form::Compact => true,
        }
    }

    /// Whether a change in a region is shown: for each key that filters name, one of them has to fit.
    pub(crate) fn shows(&self, change: &Change, region: Option<&str>) -> bool {
        let has_failed = |key| {
            let mut of_key = self.filters.iter().filter(|filter| filter.key == key).peekable();
            of_key.peek().is_some() && !of_key.any(|filter| filter.fits(change, region))
        };
        !Key::ALL.into_iter().any(has_failed)
    }

    /// Whether there are filters on regions, which take time to find out.
    pub(crate) fn asks_for_regions(&self) -> bool {
        self.filters.iter().any(|filter| filter.key == Key::Region)
    }
}

/// What a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Address,
    Type,
    Region,
    Action,
}

impl Key {
    const ALL: [Self; 4] = [Self::Address, Self::Type, Self::Region, Self::Action];

    const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Type => "type",
            Self::Region => "region",
            Self::Action => "action",
        }
    }
}

/// Which changes are shown: `type=aws_eks_*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    key: Key,
    /// In which `*` stands for anything.
    pattern: String,
}

/// Words for actions in filters.
const ACTIONS: [&str; 8] =
    ["create", "update", "replace", "delete", "read", "forget", "import", "move"];

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let keys = || Key::ALL.map(Key::name).join(", ");
        let Some((key, pattern)) = text.split_once('=') else {
            return Err(format!("it has to be KEY=PATTERN, where the key is one of {}", keys()));
        };
        let Some(key) = Key::ALL.into_iter().find(|known| known.name() == key) else {
            return Err(format!("there is no key {key:?}; there are {}", keys()));
        };
        if key == Key::Action && !ACTIONS.contains(&pattern) {
            let actions = ACTIONS.join(", ");
            return Err(format!("there is no action {pattern:?}; there are {actions}"));
        }
        Ok(Self { key, pattern: pattern.to_owned() })
    }
}

impl Filter {
    fn fits(&self, change: &Change, region: Option<&str>) -> bool {
        match self.key {
            Key::Address => is_within(&self.pattern, &change.address.to_string()),
            Key::Type => matches(&self.pattern, &change.address.resource().type_name),
            Key::Region => region.is_some_and(|region| matches(&self.pattern, region)),
            Key::Action => does(change, &self.pattern),
        }
    }
}

/// Whether a change does what a word says.
fn does(change: &Change, word: &str) -> bool {
    match word {
        "create" => change.action == Action::Create,
        "update" => change.action == Action::Update,
        "replace" => change.action.is_replace(),
        "delete" => change.action == Action::Delete,
        "read" => change.action == Action::Read,
        "forget" => matches!(change.action, Action::Forget | Action::ForgetThenCreate),
        "import" => change.importing.is_some(),
        "move" => is_moved(change),
        _ => false,
    }
}

/// Whether a pattern is an address or a part of the way to it: a module or a resource with all that is in it.
fn is_within(pattern: &str, address: &str) -> bool {
    let rest = address.strip_prefix(pattern);
    matches(pattern, address) || rest.is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, fits) in [
            ("aws_vpc", "aws_vpc", true),
            ("aws_vpc", "aws_vpc_x", false),
            ("aws_*", "aws_vpc", true),
            ("*_vpc", "aws_vpc", true),
            ("a*s*c", "aws_vpc", true),
            ("a*vpc*vpc", "aws_vpc", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} and {text}");
        }
    }

    #[test]
    fn a_module_stands_for_what_is_in_it() {
        assert!(is_within("module.a", "module.a[\"x\"].aws_vpc.main"));
        assert!(is_within("module.a[\"x\"]", "module.a[\"x\"].aws_vpc.main"));
        assert!(is_within("aws_vpc.a", "aws_vpc.a[0]"));
        assert!(!is_within("module.a", "module.ab.aws_vpc.main"));
    }

    #[test]
    fn a_filter_that_means_nothing_is_refused() {
        for text in ["x", "colour=red", "action=explode"] {
            assert!(text.parse::<Filter>().is_err(), "{text}");
        }
        assert!("type=aws_*".parse::<Filter>().is_ok());
    }
}
