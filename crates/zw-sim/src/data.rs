//! Data sources, answered from what exists.
//!
//! A data source of the name of a resource type is an object of that type; one of its plural is the ids
//! of all that match. What there is no rule for is made up, and is always the same.

mod filter;

use zw_lang::{Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpErrorKind, OpResult};

use crate::cloud::Place;
use crate::dice::Dice;
use crate::digest::digest;
use crate::fill::{Answers, Lookup, Making, complete, fit};
use crate::world::{World, identity};

pub(crate) use filter::{Wanted, glob};

/// A data source that is read.
pub(crate) struct Question<'a> {
    pub(crate) type_name: &'a str,
    pub(crate) config: &'a Value,
    pub(crate) place: &'a Place,
    world: &'a World,
    schema: &'a Schema,
    pub(crate) dice: Dice,
}

impl<'a> Question<'a> {
    pub(crate) fn new(
        world: &'a World,
        place: &'a Place,
        type_name: &'a str,
        config: &'a Value,
    ) -> OpResult<Self> {
        let schema = world.provider.data_sources().get(type_name).ok_or_else(|| {
            OpError::new(
                OpErrorKind::NotImplemented,
                format!("This provider has no data source {type_name:?}."),
            )
        })?;
        let scope = world.cloud.scope(type_name, place);
        let dice = world.dice.of(digest(&format!("data {type_name}"), &scope, config));
        Ok(Self { type_name, config, place, world, schema, dice })
    }

    /// What it answers.
    pub(crate) fn answer(&self) -> OpResult<Value> {
        if let Some(answer) = self.world.cloud.read_data(self) {
            return answer;
        }
        let types = self.world.provider.resource_types();
        if types.contains_key(self.type_name) {
            return self.one(&Wanted::of(self.config));
        }
        match self.type_name.strip_suffix('s') {
            Some(singular) if types.contains_key(singular) && self.has("ids") => {
                self.many(singular)
            }
            _ => Ok(self.make(&[])),
        }
    }

    fn has(&self, attribute: &str) -> bool {
        self.schema.block.attribute(attribute).is_some()
    }

    /// Whether there is an object of the type of that name whose attribute has a value.
    pub(crate) fn exists(&self, attribute: &str, value: &str) -> bool {
        let objects = self.world.objects(self.place, self.type_name).unwrap_or_default();
        objects.iter().any(|object| object.get(attribute).and_then(Value::as_str) == Some(value))
    }

    /// The one object that matches.
    fn one(&self, wanted: &Wanted<'_>) -> OpResult<Value> {
        let objects = self.world.objects(self.place, self.type_name)?;
        let mut matching = objects.iter().filter(|object| wanted.matches(object));
        let problem = match (matching.next(), matching.next()) {
            (Some(object), None) => return Ok(self.copy(object)),
            (None, _) => {
                OpError::new(OpErrorKind::NotFound, format!("No {} matches.", self.type_name))
            }
            (Some(_), Some(_)) => OpError::new(
                OpErrorKind::Invalid,
                format!(
                    "More than one {} matches: say more of the one that is meant.",
                    self.type_name
                ),
            ),
        };
        Err(problem)
    }

    /// The ids of all objects that match.
    fn many(&self, singular: &str) -> OpResult<Value> {
        let objects = self.world.objects(self.place, singular)?;
        let wanted = Wanted::of(self.config);
        let ids: Vec<Value> = objects
            .iter()
            .filter(|object| wanted.matches(object))
            .map(|object| Value::from(identity(object)))
            .collect();
        Ok(self.make(&[
            ("id", Value::from(self.place.region.clone())),
            ("ids", Value::list(Type::String, ids)),
        ]))
    }

    /// An answer with the attributes of an object, as far as it has them.
    pub(crate) fn copy(&self, object: &Value) -> Value {
        let Some(object) = object.as_object() else { return self.make(&[]) };
        let attributes: Vec<(&str, Value)> =
            object.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        self.make(&attributes)
    }

    /// An answer with some attributes, and the others made up.
    pub(crate) fn make(&self, attributes: &[(&str, Value)]) -> Value {
        let block = &self.schema.block;
        let values = block.object_type().attrs().iter().map(|attr| {
            let given = self.config.get(&attr.name);
            let is_argument =
                given.is_some_and(|value| !value.is_null() && value.is_empty() != Some(true));
            if is_argument || block.nested(&attr.name).is_some() {
                return given.cloned().unwrap_or_else(|| Value::null(attr.ty.clone()));
            }
            let found = attributes.iter().find(|(name, _)| *name == attr.name.as_str());
            match (found, block.attribute(&attr.name)) {
                (Some((_, value)), _) => fit(value, &attr.ty),
                (None, Some(attribute)) if attribute.is_computed() => {
                    Value::unknown(attr.ty.clone())
                }
                _ => given.cloned().unwrap_or_else(|| Value::null(attr.ty.clone())),
            }
        });
        let planned = Value::object_of_shape(block.names().clone(), values.collect());
        let mut answers = Answers::new(Making {
            type_name: self.type_name,
            block,
            planned: &planned,
            prior: None,
            place: self.place,
            dice: &self.dice,
            now: self.world.now(),
            world: &Nothing,
        });
        self.world.cloud.answer(&mut answers);
        complete(&answers)
    }
}

/// Data sources do not look at other objects for what they make up.
struct Nothing;

impl Lookup for Nothing {
    fn by_handle(&self, _: &str) -> Option<Value> {
        None
    }

    fn by_id(&self, _: &str, _: &str) -> Option<Value> {
        None
    }
}
