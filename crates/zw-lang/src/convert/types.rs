//! What can be decided about conversions from types alone.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::ConvertError;
use crate::ty::{ObjectAttr, ObjectType, Type};
use crate::value::Str;

/// Whether some values of one type convert to another.
pub fn convertible(from: &Type, to: &Type) -> bool {
    use Type as T;
    match (from, to) {
        (_, T::Dynamic)
        | (T::Dynamic, _)
        | (T::Bool | T::Number | T::String, T::String)
        | (T::Bool | T::String, T::Bool)
        | (T::Number | T::String, T::Number) => true,
        (T::List(from) | T::Set(from), T::List(to) | T::Set(to)) | (T::Map(from), T::Map(to)) => {
            convertible(from, to)
        }
        (T::Tuple(from), T::List(to) | T::Set(to)) => parts_convertible(from.iter().collect(), to),
        (T::Tuple(from), T::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(&**to).all(|(from, to)| convertible(from, to))
        }
        (T::Object(from), T::Map(to)) => {
            parts_convertible(from.attrs().iter().map(|attr| &attr.ty).collect(), to)
        }
        (T::Object(from), T::Object(to)) => to.attrs().iter().all(|attr| {
            from.get(&attr.name).map_or(attr.optional, |found| convertible(&found.ty, &attr.ty))
        }),
        // An optional attribute may be absent from all maps that are converted.
        (T::Map(from), T::Object(to)) => {
            to.attrs().iter().all(|attr| attr.optional || convertible(from, &attr.ty))
        }
        _ => false,
    }
}

fn parts_convertible(parts: Vec<&Type>, to: &Type) -> bool {
    if *to != Type::Dynamic || parts.is_empty() {
        return parts.into_iter().all(|from| convertible(from, to));
    }
    let parts: Vec<Type> = parts.into_iter().cloned().collect();
    unify_elements(&parts).is_some()
}

/// [`convertible`] as a check. Its message is only seen if the types at the top convert, which
/// they do not when this fails.
pub(super) fn check(from: &Type, to: &Type) -> Result<(), ConvertError> {
    if convertible(from, to) { Ok(()) } else { Err(ConvertError::new(mismatch(from, to))) }
}

/// The type of a collection of elements of these types where any type will do.
pub(super) fn unify_elements(types: &[Type]) -> Option<Type> {
    let unified = unify(types)?;
    // Nothing but nulls and unknowns may stay without a type.
    let all_dynamic = || types.iter().all(|ty| *ty == Type::Dynamic);
    (unified != Type::Dynamic || all_dynamic()).then_some(unified)
}

/// The type that all of these types convert to, if there is one. What is not known yet makes the
/// type of compounds unknown too.
///
/// Source: `convert.UnifyUnsafe` of `cty`.
pub fn unify(types: &[Type]) -> Option<Type> {
    // What the answer is does not depend on how often a type occurs, and mostly it is one.
    let mut seen = HashSet::new();
    let distinct: Vec<&Type> = types.iter().filter(|ty| seen.insert(*ty)).collect();
    unify_distinct(&distinct)
}

fn unify_all<'a>(types: impl IntoIterator<Item = &'a Type>) -> Option<Type> {
    let mut seen = HashSet::new();
    let distinct: Vec<&Type> = types.into_iter().filter(|ty| seen.insert(*ty)).collect();
    unify_distinct(&distinct)
}

/// How many of the types are of each kind.
#[derive(Default)]
struct Kinds {
    lists: usize,
    sets: usize,
    maps: usize,
    tuples: usize,
    objects: usize,
    dynamic: usize,
}

impl Kinds {
    fn of(types: &[&Type]) -> Self {
        let mut kinds = Self::default();
        for ty in types {
            match ty {
                Type::List(_) => kinds.lists += 1,
                Type::Set(_) => kinds.sets += 1,
                Type::Map(_) => kinds.maps += 1,
                Type::Tuple(_) => kinds.tuples += 1,
                Type::Object(_) => kinds.objects += 1,
                Type::Dynamic => kinds.dynamic += 1,
                Type::Bool | Type::Number | Type::String => {}
            }
        }
        kinds
    }
}

fn unify_distinct(types: &[&Type]) -> Option<Type> {
    if types.len() <= 1 {
        return types.first().map(|ty| (*ty).clone());
    }
    let kinds = Kinds::of(types);
    let total = types.len();
    let all = |count: usize| count > 0 && count + kinds.dynamic == total;
    let all_of = |a: usize, b: usize| a > 0 && a + b + kinds.dynamic == total;
    if all(kinds.lists) || all(kinds.sets) || all(kinds.maps) {
        return unify_collections(types, kinds.dynamic > 0);
    }
    if all(kinds.objects) {
        return if kinds.dynamic > 0 { Some(Type::Dynamic) } else { unify_objects(types) };
    }
    if all(kinds.tuples) {
        return if kinds.dynamic > 0 { Some(Type::Dynamic) } else { unify_tuples(types) };
    }
    // An object among maps, or a tuple among lists, is meant as one of them.
    if all_of(kinds.maps, kinds.objects) || all_of(kinds.lists, kinds.tuples) {
        if let Some(unified) = unify_structures_as_collections(types) {
            return Some(unified);
        }
    } else if kinds.objects > 0 && kinds.tuples > 0 {
        return None;
    }
    by_preference(types)
}

/// The most general of the types to which all others convert.
fn by_preference(types: &[&Type]) -> Option<Type> {
    most_general_first(types)
        .into_iter()
        .find(|want| types.iter().all(|from| convertible(from, want)))
        .cloned()
}

fn unify_collections(types: &[&Type], has_dynamic: bool) -> Option<Type> {
    if has_dynamic {
        return Some(Type::Dynamic);
    }
    let element = unify_all(types.iter().filter_map(|ty| ty.element()))?;
    let unified = match types.first()? {
        Type::Set(_) => Type::set(element),
        Type::Map(_) => Type::map(element),
        _ => Type::list(element),
    };
    types.iter().all(|from| convertible(from, &unified)).then_some(unified)
}

fn objects<'a>(types: &[&'a Type]) -> Vec<&'a ObjectType> {
    types
        .iter()
        .filter_map(|ty| if let Type::Object(object) = ty { Some(&**object) } else { None })
        .collect()
}

fn tuples<'a>(types: &[&'a Type]) -> Vec<&'a [Type]> {
    types
        .iter()
        .filter_map(|ty| if let Type::Tuple(elements) = ty { Some(&***elements) } else { None })
        .collect()
}

fn unify_objects(types: &[&Type]) -> Option<Type> {
    let objects = objects(types);
    let first = objects.first()?;
    let names = |object: &ObjectType| -> Vec<Str> {
        object.attrs().iter().map(|attr| attr.name.clone()).collect()
    };
    let first_names = names(first);
    if objects.iter().any(|object| names(object) != first_names) {
        return objects_as_map(&objects);
    }
    // An attribute that has no common type cannot be an element of a common map either.
    let attrs = first_names
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let ty = unify_all(objects.iter().map(|object| &object.attrs()[at].ty))?;
            Some(ObjectAttr { name, ty, optional: false })
        })
        .collect::<Option<Vec<_>>>()?;
    let unified = Type::Object(ObjectType::new(attrs).into());
    if types.iter().all(|from| convertible(from, &unified)) {
        Some(unified)
    } else {
        objects_as_map(&objects)
    }
}

fn objects_as_map(objects: &[&ObjectType]) -> Option<Type> {
    let attrs = objects.iter().flat_map(|object| object.attrs());
    let element = unify_all(attrs.map(|attr| &attr.ty))?;
    let convertible = objects
        .iter()
        .all(|object| object.attrs().iter().all(|attr| convertible(&attr.ty, &element)));
    convertible.then(|| Type::map(element))
}

fn unify_tuples(types: &[&Type]) -> Option<Type> {
    let tuples = tuples(types);
    let first = tuples.first()?;
    if tuples.iter().any(|elements| elements.len() != first.len()) {
        return tuples_as_list(&tuples);
    }
    let elements = (0..first.len())
        .map(|at| unify_all(tuples.iter().map(|elements| &elements[at])))
        .collect::<Option<Vec<_>>>()?;
    let unified = Type::tuple(elements);
    if types.iter().all(|from| convertible(from, &unified)) {
        Some(unified)
    } else {
        tuples_as_list(&tuples)
    }
}

fn tuples_as_list(tuples: &[&[Type]]) -> Option<Type> {
    let element = unify_all(tuples.iter().flat_map(|elements| elements.iter()))?;
    let convertible =
        tuples.iter().all(|elements| elements.iter().all(|from| convertible(from, &element)));
    convertible.then(|| Type::list(element))
}

/// Maps and objects as maps, or lists and tuples as lists.
fn unify_structures_as_collections(types: &[&Type]) -> Option<Type> {
    let objects = objects(types);
    let collection = if objects.is_empty() {
        tuples_as_list(&tuples(types))?
    } else {
        objects_as_map(&objects)?
    };
    let collections = types.iter().copied().filter(|ty| ty.element().is_some());
    let unified = unify_all(collections.chain([&collection]))?;
    (types.iter().all(|from| convertible(from, &unified)) && unified.element().is_some())
        .then_some(unified)
}

/// The types, the more general ones before those that convert to them, `Dynamic` last.
///
/// There are few: of primitive types three, and compounds of one kind were dealt with before.
fn most_general_first<'a>(types: &[&'a Type]) -> Vec<&'a Type> {
    let count = types.len();
    let mut more_general_than = vec![Vec::new(); count];
    let mut in_degree = vec![0usize; count];
    for i in 0..count {
        for j in i + 1..count {
            match compare(types[i], types[j]) {
                Ordering::Less => {
                    more_general_than[i].push(j);
                    in_degree[j] += 1;
                }
                Ordering::Greater => {
                    more_general_than[j].push(i);
                    in_degree[i] += 1;
                }
                Ordering::Equal => {}
            }
        }
    }
    let mut order: Vec<usize> = (0..count).filter(|at| in_degree[*at] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for at in std::mem::take(&mut more_general_than[order[next]]) {
            in_degree[at] -= 1;
            if in_degree[at] == 0 {
                order.push(at);
            }
        }
        next += 1;
    }
    let (dynamic, known): (Vec<&Type>, Vec<&Type>) =
        order.into_iter().map(|at| types[at]).partition(|ty| **ty == Type::Dynamic);
    known.into_iter().chain(dynamic).collect()
}

/// `Less` if the first is more general, as far as that can be said without looking deeper.
fn compare(a: &Type, b: &Type) -> Ordering {
    use Type as T;
    match (a, b) {
        (T::String, T::Bool | T::Number)
        | (T::List(_), T::Tuple(_) | T::Set(_))
        | (T::Tuple(_), T::Set(_))
        | (T::Map(_), T::Object(_)) => Ordering::Less,
        (T::Bool | T::Number, T::String)
        | (T::Tuple(_) | T::Set(_), T::List(_))
        | (T::Set(_), T::Tuple(_))
        | (T::Object(_), T::Map(_)) => Ordering::Greater,
        (T::List(a), T::List(b)) | (T::Set(a), T::Set(b)) | (T::Map(a), T::Map(b)) => compare(a, b),
        _ => Ordering::Equal,
    }
}

/// The type that a null or unknown value of type `from` has after conversion to `to`: what `to`
/// leaves open is taken from `from`.
pub(super) fn dynamic_replaced(from: &Type, to: &Type) -> Type {
    use Type as T;
    if *from == T::Dynamic || !to.has_dynamic() {
        return to.clone();
    }
    let unified = |parts: Vec<&Type>, to: &Type| {
        unify_all(parts).map_or_else(|| to.clone(), |from| dynamic_replaced(&from, to))
    };
    match (from, to) {
        (_, T::Dynamic) => from.clone(),
        (T::Map(from), T::Map(to)) => T::map(dynamic_replaced(from, to)),
        (T::Object(from), T::Map(to)) => {
            T::map(unified(from.attrs().iter().map(|attr| &attr.ty).collect(), to))
        }
        (T::List(from) | T::Set(from), T::List(to)) => T::list(dynamic_replaced(from, to)),
        (T::List(from) | T::Set(from), T::Set(to)) => T::set(dynamic_replaced(from, to)),
        (T::Tuple(from), T::List(to)) => T::list(unified(from.iter().collect(), to)),
        (T::Tuple(from), T::Set(to)) => T::set(unified(from.iter().collect(), to)),
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
