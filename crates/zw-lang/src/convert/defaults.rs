//! Defaults of optional attributes in type constraints: `optional(T, default)`.

use std::collections::BTreeMap;

use super::{convert, unify};
use crate::ty::Type;
use crate::value::{Str, Value, ValueKind};

/// The defaults that a type constraint gives, as a tree of the same shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Defaults {
    /// Defaults of attributes of this object, converted to the types of the attributes.
    pub values: BTreeMap<Str, Value>,
    /// Defaults inside of its parts.
    pub children: DefaultChildren,
}

/// The defaults of the parts of a type constraint.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum DefaultChildren {
    /// There are none.
    #[default]
    None,
    /// Those of every element of a list, set or map.
    Element(Box<Defaults>),
    /// Those of elements of a tuple, by index.
    Elements(BTreeMap<usize, Defaults>),
    /// Those of attributes of an object.
    Attributes(BTreeMap<Str, Defaults>),
}

impl Defaults {
    /// Whether there is no default anywhere.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
            && match &self.children {
                DefaultChildren::None => true,
                DefaultChildren::Element(child) => child.is_empty(),
                DefaultChildren::Elements(children) => children.values().all(Self::is_empty),
                DefaultChildren::Attributes(children) => children.values().all(Self::is_empty),
            }
    }

    fn of_index(&self, at: usize) -> Option<&Self> {
        match &self.children {
            DefaultChildren::Element(child) => Some(child),
            DefaultChildren::Elements(children) => children.get(&at),
            DefaultChildren::None | DefaultChildren::Attributes(_) => None,
        }
    }

    fn of_name(&self, name: &str) -> Option<&Self> {
        match &self.children {
            DefaultChildren::Element(child) => Some(child),
            DefaultChildren::Attributes(children) => children.get(name),
            DefaultChildren::None | DefaultChildren::Elements(_) => None,
        }
    }
}

/// The value with defaults in place of absent or null attributes. To be called before the
/// conversion to the type of the constraint, which cannot tell null from absent any more.
///
/// Source: `Defaults.Apply` in HCL's `ext/typeexpr`.
pub fn apply_defaults(value: &Value, defaults: &Defaults) -> Value {
    if defaults.is_empty() {
        return value.clone();
    }
    let marks = value.marks();
    let result = match value.kind() {
        ValueKind::List(list) => {
            let mut items = apply_to_items(&list.items, defaults);
            match unify_in_place(&mut items, &list.element) {
                Some(element) => Value::list(element, items),
                None => Value::tuple(items),
            }
        }
        ValueKind::Set(list) => {
            let mut items = apply_to_items(&list.items, defaults);
            match unify_in_place(&mut items, &list.element) {
                Some(element) => Value::set(element, items),
                None => Value::tuple(items),
            }
        }
        ValueKind::Tuple(items) => Value::tuple(apply_to_items(items, defaults)),
        ValueKind::Object(object) => Value::object(apply_to_named(object.iter(), defaults)),
        ValueKind::Map(map) => {
            let entries = map.entries.iter().map(|(key, value)| (key, value));
            let entries = apply_to_named(entries, defaults);
            let (keys, mut values): (Vec<Str>, Vec<Value>) = entries.into_iter().unzip();
            match unify_in_place(&mut values, &map.element) {
                Some(element) => Value::map(element, keys.into_iter().zip(values)),
                None => Value::object(keys.into_iter().zip(values)),
            }
        }
        ValueKind::Null(_)
        | ValueKind::Unknown(_)
        | ValueKind::Bool(_)
        | ValueKind::Number(_)
        | ValueKind::String(_) => return value.clone(),
    };
    result.with_marks(marks)
}

fn apply_to_items(items: &[Value], defaults: &Defaults) -> Vec<Value> {
    let apply = |(at, item): (usize, &Value)| {
        defaults.of_index(at).map_or_else(|| item.clone(), |child| apply_defaults(item, child))
    };
    items.iter().enumerate().map(apply).collect()
}

fn apply_to_named<'a>(
    entries: impl Iterator<Item = (&'a Str, &'a Value)>,
    defaults: &Defaults,
) -> BTreeMap<Str, Value> {
    let mut result: BTreeMap<Str, Value> = entries
        .map(|(name, value)| {
            let child = defaults.of_name(name);
            let value = child.map_or_else(|| value.clone(), |child| apply_defaults(value, child));
            (name.clone(), value)
        })
        .collect();
    for (name, default) in &defaults.values {
        if result.get(name).is_none_or(Value::is_null) {
            let child = defaults.of_name(name);
            let default = child.map_or_else(|| default.clone(), |c| apply_defaults(default, c));
            result.insert(name.clone(), default);
        }
    }
    result
}

/// Converts all values to one type and returns it; `element` if there are none. If there is no such
/// type the values stay as they are: the conversion that follows says what is wrong.
fn unify_in_place(values: &mut [Value], element: &Type) -> Option<Type> {
    if values.is_empty() {
        return Some(element.clone());
    }
    let types: Vec<Type> = values.iter().map(Value::ty).collect();
    let unified = unify(&types)?;
    let converted: Result<Vec<Value>, _> =
        values.iter().map(|value| convert(value, &unified)).collect();
    values.clone_from_slice(&converted.ok()?);
    Some(unified)
}
