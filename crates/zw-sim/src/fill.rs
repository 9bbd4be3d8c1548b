//! Completes a planned object: whatever is not known gets a value that fits its schema.

mod answers;
mod plain;

use zw_lang::{Str, Type, Value, ValueKind, convert};
use zw_provider::schema::{Attribute, Block, NestedBlock};

pub(crate) use answers::{Answers, Lookup, Making};

/// The object with all that was unknown filled in: with an answer of the cloud, with what it was
/// before, or with a value by its name and type.
pub(crate) fn complete(answers: &Answers<'_>) -> Value {
    let making = answers.making();
    let mut path = String::new();
    Walk { answers }.block(making.block, making.planned, making.prior, &mut path)
}

struct Walk<'a> {
    answers: &'a Answers<'a>,
}

impl Walk<'_> {
    fn block(
        &self,
        block: &Block,
        planned: &Value,
        prior: Option<&Value>,
        path: &mut String,
    ) -> Value {
        let Some(object) = planned.as_object() else { return Self::rest(planned) };
        let values = object
            .iter()
            .map(|(name, value)| {
                if value.is_wholly_known() {
                    return value.clone();
                }
                let prior =
                    prior.and_then(|prior| prior.get(name)).filter(|prior| !prior.is_null());
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(name);
                let value = match (block.attribute(name), block.nested(name)) {
                    (Some(attribute), _) => self.attribute(attribute, value, prior, path),
                    (None, Some(nested)) => self.nested(nested, value, prior, path),
                    (None, None) => Self::rest(value),
                };
                path.truncate(length);
                value
            })
            .collect();
        Value::object_of_shape(object.names.clone(), values)
    }

    fn attribute(
        &self,
        attribute: &Attribute,
        planned: &Value,
        prior: Option<&Value>,
        path: &str,
    ) -> Value {
        if planned.is_known() {
            return Self::rest(planned);
        }
        if let Some(value) = self.answer(path, prior, &attribute.ty) {
            return value;
        }
        plain::value(attribute, planned, self.answers, path)
    }

    fn nested(
        &self,
        nested: &NestedBlock,
        planned: &Value,
        prior: Option<&Value>,
        path: &mut String,
    ) -> Value {
        if !planned.is_known() {
            let ty = nested.ty();
            return self.answer(path, prior, &ty).unwrap_or_else(|| empty(&ty));
        }
        let before = prior.and_then(Value::as_sequence).unwrap_or_default();
        let mut item =
            |at: usize, item: &Value| self.block(&nested.block, item, before.get(at), path);
        match planned.kind() {
            ValueKind::List(list) => {
                let items = list.items.iter().enumerate().map(|(at, value)| item(at, value));
                Value::list(list.element.clone(), items.collect())
            }
            ValueKind::Set(set) => {
                // Elements of a set have no counterpart before.
                let items = set.items.iter().map(|value| item(usize::MAX, value));
                Value::set(set.element.clone(), items.collect())
            }
            ValueKind::Map(map) => {
                let entries: Vec<(Str, Value)> = map
                    .entries
                    .iter()
                    .map(|(key, value)| {
                        let prior = prior.and_then(|prior| prior.get(key));
                        (key.clone(), self.block(&nested.block, value, prior, path))
                    })
                    .collect();
                Value::map(map.element.clone(), entries)
            }
            _ => self.block(&nested.block, planned, prior, path),
        }
    }

    /// What is said of a path: that it changes, that it stays as it was, or what it is.
    fn answer(&self, path: &str, prior: Option<&Value>, ty: &Type) -> Option<Value> {
        if let Some(value) = self.answers.changed(path) {
            return Some(fit(value, ty));
        }
        prior.cloned().or_else(|| self.answers.get(path).map(|value| fit(value, ty)))
    }

    /// Unknown parts of something that is known as a whole.
    fn rest(value: &Value) -> Value {
        value.clone().map_deep(&mut |part| match part.kind() {
            ValueKind::Unknown(unknown) => plain::of_type(&unknown.ty, unknown.refinement.not_null),
            _ => part,
        })
    }
}

/// A value made to fit a type: what it lacks is null, what is too much is left out.
pub(crate) fn fit(value: &Value, ty: &Type) -> Value {
    if value.is_null() {
        return Value::null(ty.clone());
    }
    let items = |element: &Type| -> Vec<Value> {
        let items = value.as_sequence().unwrap_or(std::slice::from_ref(value));
        items.iter().map(|item| fit(item, element)).collect()
    };
    match ty {
        Type::List(element) => Value::list((**element).clone(), items(element)),
        Type::Set(element) => Value::set((**element).clone(), items(element)),
        Type::Map(element) => {
            let entries: Vec<(Str, Value)> = match value.kind() {
                ValueKind::Map(map) => map.entries.clone(),
                ValueKind::Object(object) => {
                    object.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
                }
                _ => Vec::new(),
            };
            let entries = entries.into_iter().map(|(key, value)| (key, fit(&value, element)));
            Value::map((**element).clone(), entries)
        }
        Type::Object(object) => {
            let values = object.attrs().iter().map(|attr| {
                let part = value.get(&attr.name);
                part.map_or_else(|| Value::null(attr.ty.clone()), |part| fit(part, &attr.ty))
            });
            Value::object_of_shape(object.names(), values.collect())
        }
        _ => convert(value, ty).unwrap_or_else(|_| Value::null(ty.clone())),
    }
}

/// Nothing, of a type.
fn empty(ty: &Type) -> Value {
    match ty {
        Type::List(element) => Value::list((**element).clone(), Vec::new()),
        Type::Set(element) => Value::set((**element).clone(), Vec::new()),
        Type::Map(element) => Value::map((**element).clone(), [] as [(Str, Value); 0]),
        _ => Value::null(ty.clone()),
    }
}
