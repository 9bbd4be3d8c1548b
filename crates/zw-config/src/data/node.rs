//! The tree that JSON and YAML are read to.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use serde_json::Value as Json;
use zw_lang::parse::Places;

use super::Problem;

/// How deep arrays and objects may be nested in one another.
pub(super) const DEPTH_MAX: usize = 100;

/// A value with its place in the file. Nodes are shared where an alias of YAML stands for one.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) place: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    /// With all of its digits, as it is written.
    Number(String),
    String(Scalar),
    Array(Rc<[Node]>),
    Object(Rc<[Property]>),
}

/// A property of an object.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) name: Scalar,
    pub(super) name_place: Range<usize>,
    pub(super) value: Node,
}

/// The text that a string means, and where its pieces are written.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: Rc<str>,
    pub(super) places: Rc<Places>,
}

impl Scalar {
    fn moved(&self, by: usize) -> Self {
        Self { text: Rc::clone(&self.text), places: Rc::new(self.places.moved(by)) }
    }
}

impl Node {
    /// The same in a text that begins with so many bytes more.
    pub(super) fn moved(&self, by: usize) -> Self {
        let place = |place: &Range<usize>| place.start + by..place.end + by;
        let kind = match &self.kind {
            Kind::String(scalar) => Kind::String(scalar.moved(by)),
            Kind::Array(items) => Kind::Array(items.iter().map(|item| item.moved(by)).collect()),
            Kind::Object(properties) => {
                let moved = |property: &Property| Property {
                    name: property.name.moved(by),
                    name_place: place(&property.name_place),
                    value: property.value.moved(by),
                };
                Kind::Object(properties.iter().map(moved).collect())
            }
            plain => plain.clone(),
        };
        Self { kind, place: place(&self.place) }
    }

    /// What it is, for messages.
    pub(super) const fn what(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a bool",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::Array(_) => "an array",
            Kind::Object(_) => "an object",
        }
    }

    /// The objects that it holds as the body, or bodies, of blocks: itself, or the elements of an array.
    /// There are none in null. What else there is is returned as the error.
    pub(super) fn bodies(&self) -> Result<Vec<&Self>, &Self> {
        match &self.kind {
            Kind::Null => Ok(Vec::new()),
            Kind::Object(_) => Ok(vec![self]),
            Kind::Array(items) => {
                items.iter().try_fold(Vec::with_capacity(items.len()), |mut bodies, item| {
                    bodies.extend(item.bodies()?);
                    Ok(bodies)
                })
            }
            _ => Err(self),
        }
    }

    /// The properties of an object.
    pub(super) fn properties(&self) -> &[Property] {
        match &self.kind {
            Kind::Object(properties) => properties,
            _ => &[],
        }
    }

    /// About how many bytes it takes on a line; `None` if it holds others.
    pub(super) fn width(&self) -> Option<usize> {
        match &self.kind {
            Kind::Null | Kind::Bool(_) => Some(4),
            Kind::Number(text) => Some(text.len()),
            Kind::String(scalar) => Some(scalar.text.len() + 2),
            Kind::Array(_) | Kind::Object(_) => None,
        }
    }

    /// The same in JSON.
    pub(super) fn json(&self) -> Json {
        match &self.kind {
            Kind::Null => Json::Null,
            Kind::Bool(value) => Json::Bool(*value),
            // Numbers of YAML are read in a form that JSON has, too.
            Kind::Number(text) => text.parse().map_or_else(|_| Json::from(&**text), Json::Number),
            Kind::String(scalar) => Json::from(&*scalar.text),
            Kind::Array(items) => Json::Array(items.iter().map(Self::json).collect()),
            Kind::Object(properties) => {
                let entry = |one: &Property| (one.name.text.to_string(), one.value.json());
                Json::Object(properties.iter().map(entry).collect())
            }
        }
    }

    /// The value of a property of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.properties().iter().find(|one| &*one.name.text == name).map(|one| &one.value)
    }
}

/// Refuses objects in which a name occurs twice.
pub(super) fn check_unique(properties: &[Property]) -> Result<(), Problem> {
    let mut known: HashMap<&str, &Property> = HashMap::with_capacity(properties.len());
    for property in properties {
        if let Some(first) = known.insert(&property.name.text, property) {
            let detail = format!(
                "A property named {:?} is already set in this object. To write several blocks of one type, \
                 use an array of objects.",
                property.name.text
            );
            return Err(Problem {
                other: Some((first.name_place.clone(), "it is set here first")),
                ..Problem::new("Duplicate property", detail, property.name_place.clone())
            });
        }
    }
    Ok(())
}
