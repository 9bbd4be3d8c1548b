//! What can be said about conversions from types alone.

use super::ConvertError;
use super::unify::{convertible, unify};
use crate::ty::{ObjectType, Type};
use crate::value::Str;

/// [`convertible`] as a check. Its message is only seen if the types at the top convert, which
/// they do not when this fails.
pub(super) fn check(from: &Type, to: &Type) -> Result<(), ConvertError> {
    if convertible(from, to) { Ok(()) } else { Err(ConvertError::new(mismatch(from, to))) }
}

/// The type that a null or unknown value of type `from` has after conversion to `to`: what `to`
/// leaves open is taken from `from`.
pub(super) fn dynamic_replaced(from: &Type, to: &Type) -> Type {
    use Type as T;
    if *from == T::Dynamic || !to.has_dynamic() {
        return to.clone();
    }
    let unified = |parts: Vec<Type>, to: &Type| {
        unify(&parts).map_or_else(|| to.clone(), |from| dynamic_replaced(&from, to))
    };
    match (from, to) {
        (_, T::Dynamic) => from.clone(),
        (T::Map(from), T::Map(to)) => T::map(dynamic_replaced(from, to)),
        (T::Object(from), T::Map(to)) => {
            T::map(unified(from.attrs().iter().map(|attr| attr.ty.clone()).collect(), to))
        }
        (T::List(from) | T::Set(from), T::List(to)) => T::list(dynamic_replaced(from, to)),
        (T::List(from) | T::Set(from), T::Set(to)) => T::set(dynamic_replaced(from, to)),
        (T::Tuple(from), T::List(to)) => T::list(unified(from.to_vec(), to)),
        (T::Tuple(from), T::Set(to)) => T::set(unified(from.to_vec(), to)),
        (T::Tuple(from), T::Tuple(to)) => {
            T::tuple(from.iter().zip(&**to).map(|(from, to)| dynamic_replaced(from, to)).collect())
        }
        (_, T::Object(to)) => {
            let attr_of = |name: &Str| match from {
                T::Map(element) => Some(&**element),
                T::Object(object) => object.get(name).map(|attr| &attr.ty),
                _ => None,
            };
            T::object(to.attrs().iter().map(|attr| {
                let found = attr_of(&attr.name);
                let ty = found
                    .map_or_else(|| attr.ty.clone(), |found| dynamic_replaced(found, &attr.ty));
                (attr.name.clone(), ty)
            }))
        }
        _ => to.clone(),
    }
}

/// Why values of one type do not convert to another, in Terraform's words.
///
/// Source: `convert.MismatchMessage` of `cty`.
pub(super) fn mismatch(got: &Type, want: &Type) -> String {
    use Type as T;
    match (got, want) {
        (T::Object(got), T::Object(want)) => mismatch_of_objects(got, want),
        (T::Tuple(_), T::List(element)) if **element == T::Dynamic => {
            "all list elements must have the same type".into()
        }
        (T::Tuple(_), T::Set(element)) if **element == T::Dynamic => {
            "all set elements must have the same type".into()
        }
        (T::Object(_), T::Map(element)) if **element == T::Dynamic => {
            "all map elements must have the same type".into()
        }
        (T::Tuple(parts), T::List(element) | T::Set(element)) => {
            let wrong = parts.iter().enumerate().find(|(_, part)| !convertible(part, element));
            match wrong {
                Some((at, part)) => format!("element {at}: {}", mismatch(part, element)),
                None => format!("all elements must be {}", constraint_name(element)),
            }
        }
        (T::Object(object), T::Map(element)) => {
            let wrong = object.attrs().iter().find(|attr| !convertible(&attr.ty, element));
            match wrong {
                Some(attr) => format!("element {:?}: {}", attr.name, mismatch(&attr.ty, element)),
                None => format!("all elements must be {}", constraint_name(element)),
            }
        }
        (T::List(got) | T::Set(got), T::List(element)) => {
            format!("incorrect list element type: {}", mismatch(got, element))
        }
        (T::List(got) | T::Set(got), T::Set(element)) => {
            format!("incorrect set element type: {}", mismatch(got, element))
        }
        (T::Map(got), T::Map(element)) => {
            format!("incorrect map element type: {}", mismatch(got, element))
        }
        _ => format!("{} required", constraint_name(want)),
    }
}

fn mismatch_of_objects(got: &ObjectType, want: &ObjectType) -> String {
    let missing: Vec<&Str> = want
        .attrs()
        .iter()
        .filter(|attr| !attr.optional && got.get(&attr.name).is_none())
        .map(|attr| &attr.name)
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {one:?} is required"),
        [one, two] => return format!("attributes {one:?} and {two:?} are required"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("{name:?}")).collect();
            return format!("attributes {}, and {last:?} are required", first.join(", "));
        }
    }
    let wrong = want.attrs().iter().find_map(|attr| {
        let found = got.get(&attr.name)?;
        (!convertible(&found.ty, &attr.ty)).then_some((attr, &found.ty))
    });
    match wrong {
        Some((attr, found)) => format!("attribute {:?}: {}", attr.name, mismatch(found, &attr.ty)),
        None => "incorrect object attributes".into(),
    }
}

/// The name of a type as something that is asked for.
pub(crate) fn constraint_name(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "any type".into(),
        Type::List(element) => format!("list of {}", element_name(element)),
        Type::Set(element) => format!("set of {}", element_name(element)),
        Type::Map(element) => format!("map of {}", element_name(element)),
        _ => ty.friendly_name(),
    }
}

fn element_name(element: &Type) -> String {
    if *element == Type::Dynamic { "any single type".into() } else { constraint_name(element) }
}
