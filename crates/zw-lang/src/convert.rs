//! Conversion of values to types, as the language does it for arguments of functions, for
//! variables with a type constraint and for attributes of resources.
//!
//! Source: `convert.Convert` of `cty`, in effect and in wording. A conversion is first a matter of
//! types (a list is never a number, whatever it contains) and then of values (a string may or may
//! not be a number). Values are converted directly here, without a tree of converters, and types
//! are looked at when that fails or where there is no value to look at.

mod defaults;
mod types;
mod unify;

use std::fmt;
use std::sync::Arc;

pub use defaults::{DefaultChildren, Defaults, apply_defaults};
pub(crate) use types::constraint_name;
pub use unify::{convertible, unify};

use crate::number::Number;
use crate::path::{Path, PathStep};
use crate::ty::{ObjectType, Type};
use crate::value::{Refinement, Str, Unknown, Value, ValueKind};

/// Why a value does not convert to a type.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertError {
    /// The part that does not fit; the root if the types as a whole do not.
    pub path: Path,
    /// What is wrong with it, without a full stop.
    pub message: String,
}

impl ConvertError {
    fn new(message: impl Into<String>) -> Self {
        Self { path: Path::root(), message: message.into() }
    }

    /// The error seen from the value of which the part at `step` was converted.
    fn inside(mut self, step: PathStep) -> Self {
        // Innermost first; `convert` turns it round.
        self.path.0.push(step);
        self
    }
}

impl fmt::Display for ConvertError {
    /// With the path in front, as Terraform writes it: `.a[0]["k"]: a number is required`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.0.is_empty() {
            if matches!(self.path.0.first(), Some(PathStep::Attr(_))) {
                f.write_str(".")?;
            }
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConvertError {}

/// The value as a value of a type. Null and unknown values stay so, and marks stay where they
/// are. The attributes of an object that the type does not have are dropped, optional ones that
/// the value does not have become null, and `any` inside a collection becomes the one type to
/// which all elements can be converted.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    match convert_part(value, ty) {
        Ok(changed) => Ok(changed.unwrap_or_else(|| value.clone())),
        Err(error) => Err(explain(error, value, ty)),
    }
}

/// The error that a user sees: if not even the types convert, that comes first.
fn explain(mut error: ConvertError, value: &Value, ty: &Type) -> ConvertError {
    let from = value.ty();
    if !convertible(&from, ty) {
        return ConvertError::new(types::mismatch(&from, ty));
    }
    error.path.0.reverse();
    error
}

/// The converted value, or `None` if it is of the type already.
type Converted = Result<Option<Value>, ConvertError>;

fn convert_part(value: &Value, ty: &Type) -> Converted {
    use ValueKind as K;
    let kind = match (value.kind(), ty) {
        (_, Type::Dynamic)
        | (K::Bool(_), Type::Bool)
        | (K::Number(_), Type::Number)
        | (K::String(_), Type::String) => return Ok(None),
        (K::Null(from), _) => {
            if from == ty && !ty.has_optional() {
                return Ok(None);
            }
            types::check(from, ty)?;
            K::Null(types::dynamic_replaced(from, &ty.without_optional()))
        }
        (K::Unknown(unknown), _) => {
            if unknown.ty == *ty && !ty.has_optional() {
                return Ok(None);
            }
            types::check(&unknown.ty, ty)?;
            K::Unknown(Arc::new(converted_unknown(unknown, ty)))
        }
        (K::Bool(value), Type::String) => K::String(if *value { "true" } else { "false" }.into()),
        (K::Number(number), Type::String) => K::String(number.to_string().into()),
        (K::String(text), Type::Number) => match Number::parse(text) {
            Some(number) => K::Number(number),
            None => return Err(ConvertError::new("a number is required")),
        },
        (K::String(text), Type::Bool) => K::Bool(parse_bool(text)?),
        (K::List(list), Type::List(to)) => match convert_items(&list.items, &list.element, to)? {
            None => return Ok(None),
            Some(items) => list_of(items, &list.element, to)?.into_kind(),
        },
        (K::Set(list), Type::List(to)) => {
            let items = convert_items(&list.items, &list.element, to)?;
            let items = items.unwrap_or_else(|| list.items.clone());
            list_of(items, &list.element, to)?.into_kind()
        }
        (K::Set(list), Type::Set(to)) => match convert_items(&list.items, &list.element, to)? {
            None => return Ok(None),
            Some(items) => return set_of(items, &list.element, to, value),
        },
        (K::List(list), Type::Set(to)) => {
            let items = convert_items(&list.items, &list.element, to)?;
            let items = items.unwrap_or_else(|| list.items.clone());
            return set_of(items, &list.element, to, value);
        }
        (K::Tuple(items), Type::List(to)) => {
            let to = element_type(items.iter(), to, unify::unify_elements)?;
            let mut items = convert_elements(items, &to)?;
            let element = unify_items(&mut items, &to)?;
            Value::list(element, items).into_kind()
        }
        (K::Tuple(items), Type::Set(to)) => {
            let to = element_type(items.iter(), to, unify::unify_elements)?;
            let items = convert_elements(items, &to)?;
            return set_of(items, &to, &to, value);
        }
        (K::Tuple(items), Type::Tuple(to)) => return convert_tuple(value, items, to),
        (K::Map(map), Type::Map(to)) => {
            if map.element == **to && !to.has_optional() && !to.has_dynamic() {
                return Ok(None);
            }
            types::check(&map.element, to)?;
            let entries = map.entries.iter().map(|(key, value)| (key, value));
            map_of(entries, &map.element, to)?
        }
        (K::Object(object), Type::Map(to)) => {
            let to = element_type(object.values.iter(), to, unify)?;
            map_of(object.iter(), &to, &to)?
        }
        (K::Object(object), Type::Object(to)) => {
            let get = |name: &Str, at: usize| {
                // Mostly both have the same names, and so the same positions.
                let same = object.names.get(at).is_some_and(|own| own == name);
                if same { object.values.get(at) } else { object.get(name) }
            };
            let unchanged = object.names.len() == to.attrs().len();
            return convert_object(value, to, unchanged, get, PathStep::Attr);
        }
        (K::Map(map), Type::Object(to)) => {
            for attr in to.attrs() {
                if convertible(&map.element, &attr.ty) {
                    continue;
                }
                let reason = types::mismatch(&map.element, &attr.ty);
                if !attr.optional || map.get(&attr.name).is_some() {
                    return Err(ConvertError::new(format!(
                        "map element type is incompatible with attribute {:?}: {reason}",
                        attr.name
                    )));
                }
            }
            let step = |name| PathStep::Index(Value::from(name));
            return convert_object(value, to, false, |name, _| map.get(name), step);
        }
        _ => return Err(ConvertError::new(types::mismatch(&value.ty(), ty))),
    };
    Ok(Some(Value::from(kind).with_marks(value.marks())))
}

fn parse_bool(text: &str) -> Result<bool, ConvertError> {
    match text {
        "true" | "1" => return Ok(true),
        "false" | "0" => return Ok(false),
        _ => {}
    }
    Err(ConvertError::new(if text.eq_ignore_ascii_case("true") {
        "a bool is required; to convert from string, use lowercase \"true\""
    } else if text.eq_ignore_ascii_case("false") {
        "a bool is required; to convert from string, use lowercase \"false\""
    } else {
        "a bool is required"
    }))
}

/// What is known of an unknown value is known of the converted one as far as it goes.
///
/// Source: `prepareUnknownResult` in `cty/convert/conversion.go`.
fn converted_unknown(unknown: &Unknown, ty: &Type) -> Unknown {
    let from = &unknown.refinement;
    let mut refinement = Refinement { not_null: from.not_null, ..Refinement::default() };
    let exactly = |len: usize| (Some(len), Some(len));
    let (min, max) = match (&unknown.ty, ty) {
        (Type::Object(object), Type::Map(_)) => exactly(object.attrs().len()),
        (Type::Tuple(elements), Type::List(_)) => exactly(elements.len()),
        // Elements of a set may coalesce, but not into none.
        (Type::Tuple(elements), Type::Set(_)) => {
            (Some(elements.len().min(1)), Some(elements.len()))
        }
        (Type::List(_) | Type::Set(_), Type::Set(_)) => {
            (from.length_min.map(|min| min.min(1)), from.length_max)
        }
        (Type::Set(_) | Type::List(_), Type::List(_)) | (Type::Map(_), Type::Map(_)) => {
            (from.length_min, from.length_max)
        }
        _ => (None, None),
    };
    (refinement.length_min, refinement.length_max) = (min, max);
    Unknown { ty: types::dynamic_replaced(&unknown.ty, &ty.without_optional()), refinement }
}

fn index(at: usize) -> PathStep {
    PathStep::Index(Value::from(Number::from(at)))
}

/// The items of a list or set of `from` elements, unless none of them changes.
fn convert_items(
    items: &[Value],
    from: &Type,
    to: &Type,
) -> Result<Option<Vec<Value>>, ConvertError> {
    if from == to && !to.has_optional() && !to.has_dynamic() {
        return Ok(None);
    }
    types::check(from, to)?;
    convert_elements(items, to).map(Some)
}

fn convert_elements(items: &[Value], to: &Type) -> Result<Vec<Value>, ConvertError> {
    let mut converted = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let changed = convert_part(item, to).map_err(|error| error.inside(index(at)))?;
        converted.push(changed.unwrap_or_else(|| item.clone()));
    }
    Ok(converted)
}

/// The element type for elements of a tuple or attributes of an object: where `any` is wanted,
/// the one type to which all can be converted.
fn element_type<'a>(
    parts: impl ExactSizeIterator<Item = &'a Value>,
    to: &Type,
    unify: fn(&[Type]) -> Option<Type>,
) -> Result<Type, ConvertError> {
    if *to != Type::Dynamic || parts.len() == 0 {
        return Ok(to.clone());
    }
    let found: Vec<Type> = parts.map(Value::ty).collect();
    // The message is made from the types at the top, where it matters.
    unify(&found).ok_or_else(|| ConvertError::new("no single type"))
}

fn list_of(mut items: Vec<Value>, from: &Type, to: &Type) -> Result<Value, ConvertError> {
    if items.is_empty() {
        return Ok(Value::list(empty_element(from, to), items));
    }
    if to.has_dynamic() {
        let Some(element) = common_type(&items) else {
            return Err(ConvertError::new("element types must all match for conversion to list"));
        };
        retype_nulls(&mut items, &element);
        return Ok(Value::list(element, items));
    }
    Ok(Value::list(to.without_optional(), items))
}

fn set_of(mut items: Vec<Value>, from: &Type, to: &Type, source: &Value) -> Converted {
    let element = if items.is_empty() {
        empty_element(from, to)
    } else if to.has_dynamic() {
        let Some(element) = common_type(&items) else {
            return Err(ConvertError::new("element types must all match for conversion to set"));
        };
        retype_nulls(&mut items, &element);
        element
    } else {
        to.without_optional()
    };
    Ok(Some(Value::set(element, items).with_marks(source.marks())))
}

/// An empty collection keeps its element type where any will do.
fn empty_element(from: &Type, to: &Type) -> Type {
    if *to == Type::Dynamic { from.clone() } else { to.without_optional() }
}

/// The type of all of the items, those of no type aside.
fn common_type(items: &[Value]) -> Option<Type> {
    let mut common = Type::Dynamic;
    for item in items {
        let ty = item.ty();
        if common == Type::Dynamic {
            common = ty;
        } else if ty != Type::Dynamic && ty != common {
            return None;
        }
    }
    Some(common)
}

/// Gives nulls and unknowns of no type the type of their siblings.
fn retype_nulls(items: &mut [Value], element: &Type) {
    for item in items {
        let kind = match item.kind() {
            ValueKind::Null(Type::Dynamic) => ValueKind::Null(element.clone()),
            ValueKind::Unknown(unknown) if unknown.ty == Type::Dynamic => {
                ValueKind::Unknown(Arc::new(Unknown {
                    ty: element.clone(),
                    refinement: unknown.refinement.clone(),
                }))
            }
            _ => continue,
        };
        *item = Value::from(kind).with_marks(item.marks());
    }
}

/// Elements that were converted to a type with `any` inside can differ still. Brings them to one
/// type and returns it.
fn unify_items(items: &mut [Value], to: &Type) -> Result<Type, ConvertError> {
    if !to.has_dynamic() || items.is_empty() {
        return Ok(to.without_optional());
    }
    let found: Vec<Type> = items.iter().map(Value::ty).collect();
    let unified = unify(&found).filter(|ty| *ty != Type::Dynamic || is_all_dynamic(&found));
    let Some(unified) = unified else {
        return Err(ConvertError::new("cannot find a common base type for all elements")
            .inside(index(items.len() - 1)));
    };
    for (at, item) in items.iter_mut().enumerate() {
        if found[at] != unified {
            let changed = convert_part(item, &unified).map_err(|error| error.inside(index(at)))?;
            if let Some(changed) = changed {
                *item = changed;
            }
        }
    }
    Ok(unified)
}

fn is_all_dynamic(types: &[Type]) -> bool {
    types.iter().all(|ty| *ty == Type::Dynamic)
}

fn map_of<'a>(
    entries: impl ExactSizeIterator<Item = (&'a Str, &'a Value)>,
    from: &Type,
    to: &Type,
) -> Result<ValueKind, ConvertError> {
    if entries.len() == 0 {
        return Ok(Value::map::<Str>(empty_element(from, to), []).into_kind());
    }
    let step = |key: &Str| PathStep::Index(Value::from(key.clone()));
    let mut keys = Vec::with_capacity(entries.len());
    let mut values = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let changed = convert_part(value, to).map_err(|error| error.inside(step(key)))?;
        keys.push(key.clone());
        values.push(changed.unwrap_or_else(|| value.clone()));
    }
    let element = if to.is_compound() {
        // The place of the failure is the map, as no single entry is at fault.
        unify_items(&mut values, to).map_err(|mut error| {
            error.path.0.pop();
            error
        })?
    } else if to.has_dynamic() {
        let Some(element) = common_type(&values) else {
            return Err(ConvertError::new("element types must all match for conversion to map"));
        };
        retype_nulls(&mut values, &element);
        element
    } else {
        to.clone()
    };
    Ok(Value::map(element, keys.into_iter().zip(values)).into_kind())
}

fn convert_tuple(value: &Value, items: &[Value], to: &[Type]) -> Converted {
    if items.len() != to.len() {
        return Err(ConvertError::new("tuple required"));
    }
    let mut changed_items: Option<Vec<Value>> = None;
    for (at, (item, to)) in items.iter().zip(to).enumerate() {
        if let Some(changed) = convert_part(item, to).map_err(|error| error.inside(index(at)))? {
            changed_items.get_or_insert_with(|| items.to_vec())[at] = changed;
        }
    }
    Ok(changed_items.map(|items| Value::tuple(items).with_marks(value.marks())))
}

fn convert_object<'a>(
    value: &Value,
    to: &ObjectType,
    mut unchanged: bool,
    get: impl Fn(&Str, usize) -> Option<&'a Value>,
    step: impl Fn(Str) -> PathStep,
) -> Converted {
    let is_map = matches!(value.kind(), ValueKind::Map(_));
    let mut values = Vec::with_capacity(to.attrs().len());
    for (at, attr) in to.attrs().iter().enumerate() {
        let Some(found) = get(&attr.name, at) else {
            if attr.optional {
                unchanged = false;
                values.push(Value::null(attr.ty.without_optional()));
                continue;
            }
            return Err(ConvertError::new(if is_map {
                format!("map has no element for required attribute {:?}", attr.name)
            } else {
                format!("attribute {:?} is required", attr.name)
            }));
        };
        let changed =
            convert_part(found, &attr.ty).map_err(|error| error.inside(step(attr.name.clone())))?;
        unchanged &= changed.is_none();
        values.push(changed.unwrap_or_else(|| found.clone()));
    }
    if unchanged {
        return Ok(None);
    }
    Ok(Some(Value::object_of_shape(to.names(), values).with_marks(value.marks())))
}

#[cfg(test)]
mod tests;
