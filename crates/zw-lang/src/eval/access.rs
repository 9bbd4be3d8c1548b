//! Attributes and indices.
//!
//! Source: `Index` and `GetAttr` in HCL's `ops.go`, in effect and in wording, with a "did you
//! mean" where there is something to mean.

use super::{Evaluator, Outcome};
use crate::convert::convert;
use crate::expr::Expr;
use crate::number::Number;
use crate::suggest::suggest;
use crate::ty::Type;
use crate::value::{MapValue, Marks, Value, ValueKind};

/// Summary and detail of what is wrong.
type Problem = (&'static str, String);

impl Evaluator<'_> {
    pub(super) fn attribute(&mut self, expr: &Expr, object: &Expr, name: &str) -> Outcome {
        let value = self.evaluate(object)?;
        get_attribute(&value, name).map_err(|(summary, detail)| {
            let mut at = expr.span;
            at.start = object.span.end.clamp(at.start, at.end);
            self.fail_with(summary, detail, at, expr)
        })
    }

    pub(super) fn index(&mut self, expr: &Expr, collection: &Expr, key: &Expr) -> Outcome {
        let value = self.evaluate(collection);
        let found = self.evaluate(key);
        let (value, found) = (value?, found?);
        get_index(&value, &found).map_err(|(summary, detail)| {
            let mut at = expr.span;
            at.start = collection.span.end.clamp(at.start, at.end);
            self.fail_with(summary, detail, at, expr)
        })
    }
}

/// `value.name`
///
/// # Errors
/// Summary and detail of a diagnostic, if there is no such attribute.
pub fn get_attribute(value: &Value, name: &str) -> Result<Value, Problem> {
    const UNSUPPORTED: &str = "Unsupported attribute";
    let marks = value.marks();
    let unknown = |ty: Type| Ok(Value::unknown(ty).with_marks(marks));
    if value.is_null() {
        return Err((
            "Attempt to get attribute from null value",
            "This value is null, so it does not have any attributes.".into(),
        ));
    }
    match value.kind() {
        ValueKind::Object(object) => match object.get(name) {
            Some(attribute) => Ok(attribute.clone().with_marks(marks)),
            None => Err((UNSUPPORTED, no_attribute(name, object.names.iter().map(|name| &**name)))),
        },
        ValueKind::Map(map) => {
            let found = map.get(name).map(|element| element.clone().with_marks(marks));
            found.ok_or_else(|| {
                let hint = hint_of(map, name, marks);
                let detail =
                    format!("This map does not have an element with the key {name:?}.{hint}");
                ("Missing map element", detail)
            })
        }
        ValueKind::Unknown(unknown_value) => match &unknown_value.ty {
            Type::Dynamic => unknown(Type::Dynamic),
            Type::Map(element) => unknown(Type::clone(element)),
            Type::Object(object) => object.get(name).map_or_else(
                || {
                    let names = object.attrs().iter().map(|attr| &*attr.name);
                    Err((UNSUPPORTED, no_attribute(name, names)))
                },
                |attr| unknown(attr.ty.clone()),
            ),
            ty => Err((UNSUPPORTED, without_attributes(ty, name))),
        },
        _ => Err((UNSUPPORTED, without_attributes(&value.ty(), name))),
    }
}

fn no_attribute<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = suggest(name, known);
    format!("This object does not have an attribute named {name:?}.{hint}")
}

fn without_attributes(ty: &Type, name: &str) -> String {
    let element_is_object = matches!(ty.element(), Some(Type::Object(_)));
    match ty {
        Type::List(element) if element_is_object => {
            let has = matches!(&**element, Type::Object(object) if object.get(name).is_some());
            let which = if has { format!("attribute {name:?}") } else { "an attribute".to_owned() };
            format!(
                "Can't access attributes on a list of objects. Did you mean to access {which} for a \
                 specific element of the list, or across all elements of the list?"
            )
        }
        Type::Set(_) if element_is_object => {
            "Can't access attributes on a set of objects. Did you \
                                              mean to access an attribute across all elements of \
                                              the set?"
                .into()
        }
        Type::Bool | Type::Number | Type::String => {
            format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly_name())
        }
        _ => "This value does not have any attributes.".into(),
    }
}

const INVALID_INDEX: &str = "Invalid index";

/// `value[key]`
///
/// # Errors
/// Summary and detail of a diagnostic, if there is no such element.
pub fn get_index(value: &Value, key: &Value) -> Result<Value, Problem> {
    if value.is_null() {
        return Err((
            "Attempt to index null value",
            "This value is null, so it does not have any indices.".into(),
        ));
    }
    if key.is_null() {
        return Err((INVALID_INDEX, "Can't use a null value as an indexing key.".into()));
    }
    let own = value.marks();
    let is_dynamic =
        |value: &Value| value.as_unknown().is_some_and(|unknown| unknown.ty == Type::Dynamic);
    if is_dynamic(value) || is_dynamic(key) {
        return Ok(Value::unknown(Type::Dynamic).with_marks(own));
    }
    // A sensitive key says which element it is.
    let marks = own.union(key.marks());
    match value.kind() {
        ValueKind::List(list) => at_position(&list.items, Some(&list.element), key, own, marks),
        ValueKind::Tuple(items) => at_position(items, None, key, own, marks),
        ValueKind::Map(map) => {
            let key = converted(key, &Type::String)?;
            let Some(name) = key.as_str() else {
                return Ok(Value::unknown(map.element.clone()).with_marks(own));
            };
            map.get(name).map(|element| element.clone().with_marks(marks)).ok_or_else(|| {
                let hint = hint_of(map, name, marks);
                (INVALID_INDEX, format!("{NOT_AN_ELEMENT}.{hint}"))
            })
        }
        ValueKind::Object(object) => {
            let name = converted(key, &Type::String)?;
            let Some(name) = name.as_str() else {
                return Ok(Value::unknown(Type::Dynamic).with_marks(own));
            };
            object.get(name).map(|attribute| attribute.clone().with_marks(own)).ok_or_else(|| {
                let names = object.names.iter().map(|name| &**name);
                (INVALID_INDEX, no_attribute_at(key, name, names))
            })
        }
        ValueKind::Unknown(unknown) => of_unknown(&unknown.ty, key, own),
        _ => Err((INVALID_INDEX, without_indices(&value.ty()))),
    }
}

/// The key that may be meant, unless that says what is not to be shown.
fn hint_of(map: &MapValue, name: &str, marks: Marks) -> String {
    if marks.is_empty() {
        suggest(name, map.entries.iter().map(|(key, _)| &**key))
    } else {
        String::new()
    }
}

const NOT_AN_ELEMENT: &str = "The given key does not identify an element in this collection value";

fn converted(key: &Value, ty: &Type) -> Result<Value, Problem> {
    convert(key, ty).map_err(|error| (INVALID_INDEX, format!("{NOT_AN_ELEMENT}: {error}.")))
}

fn no_attribute_at<'a>(key: &Value, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let hint = if key.as_number().is_some() {
        " An object only supports looking up attributes by name, not by numeric index.".to_owned()
    } else if key.marks().is_empty() {
        suggest(name, known)
    } else {
        String::new()
    };
    format!("{NOT_AN_ELEMENT}.{hint}")
}

fn at_position(
    items: &[Value],
    element: Option<&Type>,
    key: &Value,
    own: Marks,
    marks: Marks,
) -> Result<Value, Problem> {
    let key = converted(key, &Type::Number)?;
    let Some(number) = key.as_number() else {
        let ty = element.cloned().unwrap_or(Type::Dynamic);
        return Ok(Value::unknown(ty).with_marks(own));
    };
    if let Some(item) = number.to_usize().and_then(|at| items.get(at)) {
        return Ok(item.clone().with_marks(marks));
    }
    Err((INVALID_INDEX, out_of_range(number, items.is_empty())))
}

fn out_of_range(number: &Number, is_empty: bool) -> String {
    let reason = if !number.is_integer() {
        "indexing a sequence requires a whole number, but the given index has a fractional part"
    } else if number.is_sign_negative() && !number.is_zero() {
        "a negative number is not a valid index for a sequence"
    } else if is_empty {
        "the collection has no elements"
    } else {
        "the given index is greater than or equal to the length of the collection"
    };
    format!("{NOT_AN_ELEMENT}: {reason}.")
}

fn of_unknown(ty: &Type, key: &Value, marks: Marks) -> Result<Value, Problem> {
    let ty = match ty {
        Type::List(element) => {
            converted(key, &Type::Number)?;
            Type::clone(element)
        }
        Type::Map(element) => {
            converted(key, &Type::String)?;
            Type::clone(element)
        }
        Type::Tuple(elements) => {
            let key = converted(key, &Type::Number)?;
            let Some(number) = key.as_number() else {
                return Ok(Value::unknown(Type::Dynamic).with_marks(marks));
            };
            let element = number.to_usize().and_then(|at| elements.get(at)).cloned();
            element.ok_or_else(|| (INVALID_INDEX, out_of_range(number, elements.is_empty())))?
        }
        Type::Object(object) => {
            let name = converted(key, &Type::String)?;
            let Some(name) = name.as_str() else {
                return Ok(Value::unknown(Type::Dynamic).with_marks(marks));
            };
            let found = object.get(name).map(|attr| attr.ty.clone());
            found.ok_or_else(|| {
                let names = object.attrs().iter().map(|attr| &*attr.name);
                (INVALID_INDEX, no_attribute_at(key, name, names))
            })?
        }
        ty => return Err((INVALID_INDEX, without_indices(ty))),
    };
    Ok(Value::unknown(ty).with_marks(marks))
}

fn without_indices(ty: &Type) -> String {
    if matches!(ty, Type::Set(_)) {
        "Elements of a set are identified only by their value and don't have any separate index or \
         key to select with, so it's only possible to perform operations across all elements of \
         the set."
            .into()
    } else {
        "This value does not have any indices.".into()
    }
}
