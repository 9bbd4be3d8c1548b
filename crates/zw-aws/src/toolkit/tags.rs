//! Tags: a resource's own, the provider's `default_tags`, and those that nobody here looks at.
//!
//! `tags` are as written, `tags_all` are what the object has: both are known in a plan.
//!
//! A few EC2 types have neither a client token nor a name by which an interrupted creation could be
//! found again. Those are created with the tag `zw:token`; tags that begin with `zw:` are hidden
//! from `tags` and `tags_all`, like `aws:` ones, and are never changed after creation.

use std::collections::{BTreeMap, BTreeSet};

use zw_lang::{Type, Value};
use zw_provider::schema::Attribute;
use zw_provider::{OpResult, PlanRequest, Planned, View};

use super::Draft;
use super::attr::{computed, optional};

/// The attribute with the tags as written.
const TAGS: &str = "tags";
const TAGS_ALL: &str = "tags_all";

/// The tag that names the creation of an object which has no other natural key.
pub(crate) const TOKEN_TAG: &str = "zw:token";

/// Prefixes of keys that belong to AWS and to `zw`.
const HIDDEN_PREFIXES: [&str; 2] = ["aws:", "zw:"];

/// `tags` and `tags_all`.
pub(crate) fn tag_attributes() -> [Attribute; 2] {
    [
        optional(
            TAGS,
            Type::map(Type::String),
            "Tags of this object, besides the provider's `default_tags`.",
        ),
        computed(
            TAGS_ALL,
            Type::map(Type::String),
            "All tags of the object, those of the provider's `default_tags` included.",
        ),
    ]
}

/// What a provider configuration says of tags.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags {
    /// Tags that every object gets.
    pub(crate) default: BTreeMap<String, String>,
    /// Keys that are left alone.
    pub(crate) ignored_keys: BTreeSet<String>,
    /// Beginnings of keys that are left alone.
    pub(crate) ignored_prefixes: Vec<String>,
}

/// How the tags of an object are to change.
#[derive(Clone, Debug, Default)]
pub(crate) struct TagChange {
    /// Keys to remove.
    pub(crate) removed: Vec<String>,
    /// Tags to set.
    pub(crate) set: Vec<(String, String)>,
}

impl Tags {
    /// Reads the blocks `default_tags` and `ignore_tags` of a provider configuration; `None` if they are not known yet.
    pub(crate) fn of(provider_config: &Value) -> Option<Self> {
        if !provider_config.is_known() {
            return None;
        }
        let config = View::new(provider_config);
        for block in ["default_tags", "ignore_tags"] {
            if config.value().get(block).is_some_and(|block| !block.is_wholly_known()) {
                return None;
            }
        }
        let default = config.block("default_tags").map(|block| text_map(block, TAGS));
        let ignored = config.block("ignore_tags");
        Some(Self {
            default: default.unwrap_or_default(),
            ignored_keys: ignored
                .map(|block| block.strings("keys"))
                .unwrap_or_default()
                .into_iter()
                .collect(),
            ignored_prefixes: ignored
                .map(|block| block.strings("key_prefixes"))
                .unwrap_or_default(),
        })
    }

    /// All tags that an object of these attributes should have.
    pub(crate) fn wanted(&self, object: &Value) -> BTreeMap<String, String> {
        let mut all = self.default.clone();
        all.extend(text_map(View::new(object), TAGS));
        all.retain(|key, _| !self.is_ignored(key));
        all
    }

    /// What has to change so that an object's tags become as planned.
    pub(crate) fn change(&self, prior: &Value, planned: &Value) -> TagChange {
        let old = text_map(View::new(prior), TAGS_ALL);
        let new = self.wanted(planned);
        let removed = old.keys().filter(|key| !new.contains_key(*key)).cloned().collect();
        let set = new.into_iter().filter(|(key, value)| old.get(key) != Some(value)).collect();
        TagChange { removed, set }
    }

    /// Sets `tags` and `tags_all` to what the service says. A tag that is as in `default_tags` is
    /// shown in `tags` only where it is written there too.
    pub(crate) fn show(
        &self,
        draft: &mut Draft,
        found: impl IntoIterator<Item = (String, String)>,
    ) {
        let all: BTreeMap<String, String> =
            found.into_iter().filter(|(key, _)| !self.is_ignored(key)).collect();
        let own = all.iter().filter(|(key, value)| {
            self.default.get(*key) != Some(value)
                || draft.get(TAGS).and_then(|tags| tags.get(key)).is_some()
        });
        let own = text_value(own);
        draft.set(TAGS, own).set(TAGS_ALL, text_value(&all));
    }

    /// Plans `tags_all`. The plan hook of every type that has tags and no other need.
    pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
        Ok(Planned::unchanged(Self::planned(&request)))
    }

    /// The planned object with `tags_all` filled in, for plan hooks that do more.
    pub(crate) fn planned(request: &PlanRequest<'_>) -> Value {
        let known = request.planned.get(TAGS).is_none_or(Value::is_wholly_known);
        let all = match Self::of(request.provider_config) {
            Some(tags) if known => text_value(&tags.wanted(request.planned)),
            _ => Value::unknown_not_null(Type::map(Type::String)),
        };
        let mut draft = Draft::from(request.planned);
        draft.set(TAGS_ALL, all);
        draft.into_planned()
    }

    /// Whether a tag is left alone.
    pub(crate) fn is_ignored(&self, key: &str) -> bool {
        HIDDEN_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
            || self.ignored_keys.contains(key)
            || self.ignored_prefixes.iter().any(|prefix| key.starts_with(prefix))
    }
}

fn text_map(object: View<'_>, name: &str) -> BTreeMap<String, String> {
    object.string_map(name).into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}

fn text_value<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>) -> Value {
    Value::map(
        Type::String,
        tags.into_iter().map(|(key, value)| (key.as_str(), Value::from(value.as_str()))),
    )
}
