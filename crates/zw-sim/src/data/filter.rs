//! Which objects a data source means.

use zw_lang::{Str, Type, Value, convert};
use zw_provider::View;

/// What objects must have.
pub(crate) struct Wanted<'a> {
    /// Attributes with these values.
    attributes: Vec<(&'a str, &'a Value)>,
    tags: Vec<(Str, Str)>,
    /// Filters with one of their values each.
    filters: Vec<(&'a str, Vec<String>)>,
}

impl<'a> Wanted<'a> {
    /// What the arguments of a data source ask for.
    pub(crate) fn of(config: &'a Value) -> Self {
        let view = View::new(config);
        let filters = view.blocks("filter").filter_map(|filter| {
            let name = filter.value().get("name")?.as_str()?;
            Some((name, filter.strings("values")))
        });
        let attributes = config.as_object().into_iter().flat_map(zw_lang::ObjectValue::iter);
        let attributes = attributes
            .map(|(name, value)| (name.as_str(), value))
            .filter(|(name, _)| !matches!(*name, "filter" | "tags" | "timeouts" | "most_recent"))
            .filter(|(_, value)| !value.is_null() && value.is_empty() != Some(true));
        Self {
            attributes: attributes.collect(),
            tags: view.string_map("tags"),
            filters: filters.collect(),
        }
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.attributes.iter().all(|(name, wanted)| {
            // What the object does not have cannot be asked of it.
            object.get(name).is_none_or(|value| {
                value == *wanted
                    || matches!((text(value), text(wanted)), (Some(a), Some(b)) if a == b)
            })
        }) && self.tags.iter().all(|(key, value)| tag(object, key) == Some(value))
            && self.filters.iter().all(|(name, values)| is_passed(object, name, values))
    }
}

fn text(value: &Value) -> Option<Str> {
    convert(value, &Type::String).ok()?.as_str().map(Into::into)
}

fn tag<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    let of = |name: &str| object.get(name)?.get(key)?.as_str();
    of("tags_all").or_else(|| of("tags"))
}

/// A filter as those of EC2: the name of an attribute with hyphens, or `tag:KEY`; values with `*` and `?`.
fn is_passed(object: &Value, name: &str, values: &[String]) -> bool {
    let matches = |text: &str| values.iter().any(|pattern| glob(pattern, text));
    if let Some(key) = name.strip_prefix("tag:") {
        return tag(object, key).is_some_and(matches);
    }
    if name == "tag-key" {
        return values.iter().any(|key| tag(object, key).is_some());
    }
    let attribute = name.replace(['-', '.'], "_");
    // `vpc-id` is an attribute of a subnet, but of a VPC it is the id.
    let value = match attribute.as_str() {
        "cidr" => object.get("cidr_block"),
        name => object.get(name).or_else(|| {
            let kind = name.strip_suffix("_id")?;
            object.get("arn")?.as_str()?.contains(&format!(":{kind}/")).then(|| object.get("id"))?
        }),
    };
    match value {
        Some(value) if value.as_sequence().is_some() => value
            .as_sequence()
            .unwrap_or_default()
            .iter()
            .filter_map(text)
            .any(|text| matches(&text)),
        Some(value) => text(value).is_some_and(|text| matches(&text)),
        // Such as a state: all objects that exist are fine.
        None => true,
    }
}

/// Whether a text is of the form of a pattern with `*` and `?`.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // Where the last `*` was, and how much of the text it has eaten.
    let mut star: Option<(usize, usize)> = None;
    let (mut p, mut t) = (0, 0);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, eaten)) => {
                    star = Some((at, eaten + 1));
                    p = at + 1;
                    t = eaten + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*-1.3?-v*", "eks-node-1.33-v2025", true),
            ("a?", "a", false),
            ("a", "ab", false),
            ("*a*b*", "xxaxxbxx", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
