//! What is known of an object that is being made, and what a cloud says of it.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zw_lang::{Str, Value};
use zw_provider::schema::Block;

use crate::cloud::Place;
use crate::dice::Dice;

/// An object that is being made.
#[derive(Clone, Copy)]
pub(crate) struct Making<'a> {
    pub(crate) type_name: &'a str,
    pub(crate) block: &'a Block,
    pub(crate) planned: &'a Value,
    /// The object as it was, if it is changed rather than created.
    pub(crate) prior: Option<&'a Value>,
    pub(crate) place: &'a Place,
    /// Of this object alone.
    pub(crate) dice: &'a Dice,
    pub(crate) now: OffsetDateTime,
    pub(crate) world: &'a dyn Lookup,
}

/// Other objects.
pub(crate) trait Lookup {
    /// The object that an id or ARN leads to.
    fn by_handle(&self, handle: &str) -> Option<Value>;

    /// The object of a type with an id, in the same account and region.
    fn by_id(&self, type_name: &str, id: &str) -> Option<Value>;
}

/// What a cloud says of attributes, by their path without indices: `vpc_config.vpc_id`.
pub(crate) struct Answers<'a> {
    making: Making<'a>,
    values: BTreeMap<Str, Value>,
    changed: BTreeMap<Str, Value>,
}

impl<'a> Answers<'a> {
    pub(crate) fn new(making: Making<'a>) -> Self {
        Self { making, values: BTreeMap::new(), changed: BTreeMap::new() }
    }

    pub(crate) fn making(&self) -> &Making<'a> {
        &self.making
    }

    pub(crate) fn type_name(&self) -> &'a str {
        self.making.type_name
    }

    pub(crate) fn dice(&self) -> &'a Dice {
        self.making.dice
    }

    /// Answers a path. An attribute that has a value already, or had one before, keeps that.
    pub(crate) fn set(&mut self, path: impl Into<Str>, value: impl Into<Value>) {
        self.values.insert(path.into(), value.into());
    }

    /// Answers a path whose value changes with a change of the object.
    pub(crate) fn change(&mut self, path: impl Into<Str>, value: impl Into<Value>) {
        self.changed.insert(path.into(), value.into());
    }

    pub(crate) fn get(&self, path: &str) -> Option<&Value> {
        self.values.get(path)
    }

    pub(crate) fn changed(&self, path: &str) -> Option<&Value> {
        self.changed.get(path)
    }

    /// An attribute as it will be, as far as that is known by now.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        let is_given = |value: &&Value| value.is_known() && !value.is_null();
        let Making { planned, prior, .. } = self.making;
        let planned = planned.get(name).filter(is_given);
        let before = || prior.and_then(|prior| prior.get(name)).filter(is_given);
        planned.or_else(before).or_else(|| self.values.get(name))
    }

    /// The text of an attribute.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// The first object of a nested block.
    pub(crate) fn block(&self, name: &str) -> Option<&Value> {
        self.value(name)?.as_sequence()?.first()
    }

    /// Whether a value is asked for.
    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.making.planned.get(name).is_some_and(|value| !value.is_known())
    }

    /// The time as services write it.
    pub(crate) fn now(&self) -> String {
        rfc3339(self.making.now)
    }

    /// A text with placeholders: `{region}`, `{account}`, `{partition}`, `{now}`, chance of some length
    /// (`{hex:17}`, `{digits:12}`, `{BASE32:17}`, `{uuid}`), and names of attributes. Nothing if
    /// an attribute is not known.
    pub(crate) fn expand(&self, label: &str, template: &str) -> Option<String> {
        let mut text = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (placeholder, after) = after.split_once('}')?;
            text.push_str(before);
            rest = after;
            let Making { place, dice, .. } = self.making;
            let (kind, length) = placeholder.split_once(':').unwrap_or((placeholder, "0"));
            let length = length.parse().ok()?;
            match kind {
                "region" => text.push_str(&place.region),
                "account" => text.push_str(&place.account),
                "partition" => text.push_str(&place.partition),
                "now" => text.push_str(&self.now()),
                "hex" => text.push_str(&dice.hex(label, length)),
                "HEX" => text.push_str(&dice.hex(label, length).to_uppercase()),
                "digits" => text.push_str(&dice.digits(label, length)),
                "BASE32" => text.push_str(&dice.base32(label, length)),
                "uuid" => text.push_str(&dice.uuid(label)),
                name => text.push_str(self.text(name)?),
            }
        }
        text.push_str(rest);
        Some(text)
    }

    /// Answers a path with a text with placeholders, if all of them are known.
    pub(crate) fn set_text(&mut self, path: &str, template: &str) {
        if let Some(text) = self.expand(path, template) {
            self.set(path, text);
        }
    }
}

/// `2024-05-06T07:08:09Z`
pub(crate) fn rfc3339(time: OffsetDateTime) -> String {
    let time = time.replace_nanosecond(0).unwrap_or(time);
    time.format(&Rfc3339).unwrap_or_default()
}
