//! Functions for sets.

use super::args::{ELEMENTS_MAX, Outcome, has_unknown_length};
use super::collection::top_marks;
use crate::convert::{convert, unify};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::{Refinement, Value};

/// Bounds of a length beyond which it is not worth to keep them.
const BOUND_MAX: usize = 2048;

pub(super) fn functions() -> Vec<Function> {
    let set = |name| Param::new(name, Type::set(Type::Dynamic)).or_dynamic();
    let returns = || Type::set(Type::Dynamic);
    vec![
        Function::new(
            "setintersection",
            "Returns the elements that all of some sets have.",
            vec![set("first_set")],
            returns(),
            setintersection,
        )
        .variadic(set("other_sets"))
        .returns_for(operation_type),
        Function::new(
            "setproduct",
            "Returns all combinations of an element of each of some sets or lists.",
            vec![],
            Type::Dynamic,
            setproduct,
        )
        .variadic(
            Param::new("sets", Type::Dynamic)
                .describe("Sets or lists; if all are lists, their order is kept.")
                .or_unknown()
                .with_marks(),
        )
        .returns_for(setproduct_type),
        Function::new(
            "setsubtract",
            "Returns the elements of a set that another one does not have.",
            vec![set("a"), set("b")],
            returns(),
            setsubtract,
        )
        .returns_for(operation_type),
        Function::new(
            "setunion",
            "Returns the elements that any of some sets has.",
            vec![set("first_set")],
            returns(),
            setunion,
        )
        .variadic(set("other_sets"))
        .returns_for(operation_type),
    ]
}

fn operation_type(args: &[Value]) -> Result<Type, FuncError> {
    let mut elements = Vec::new();
    for arg in args {
        match arg.ty().element() {
            // An empty set of no type goes with any other.
            Some(Type::Dynamic) if arg.is_empty() == Some(true) => {}
            Some(element) => elements.push(element.clone()),
            None => elements.push(Type::Dynamic),
        }
    }
    if elements.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    unify(&elements)
        .map(Type::set)
        .ok_or_else(|| FuncError::new("given sets must all have compatible element types"))
}

/// The arguments as sets of one type, and that of their elements.
fn unified(args: &[Value]) -> Result<(Vec<Value>, Type), FuncError> {
    let ty = operation_type(args)?;
    let convert = |(at, arg)| convert(arg, &ty).map_err(|error| FuncError::arg(at, error.message));
    let sets: Result<Vec<Value>, FuncError> = args.iter().enumerate().map(convert).collect();
    Ok((sets?, ty.element().cloned().unwrap_or(Type::Dynamic)))
}

fn items(set: &Value) -> &[Value] {
    set.as_sequence().unwrap_or_default()
}

/// Keeps the elements of the first set that each of the others has, or has not.
fn filtered(args: &[Value], wanted: bool) -> Outcome {
    let (sets, element) = unified(args)?;
    if !sets.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(Type::set(element)));
    }
    let (first, others) = (&sets[0], sets.get(1..).unwrap_or_default());
    let has = |set: &Value, item: &Value| {
        items(set).binary_search_by(|known| known.canonical_cmp(item)).is_ok()
    };
    let kept = items(first).iter();
    let kept = kept.filter(|item| others.iter().all(|set| has(set, item) == wanted));
    Ok(Value::set(element, kept.cloned().collect()))
}

fn setintersection(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    filtered(args, true)
}

fn setsubtract(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    filtered(args, false)
}

fn setunion(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (sets, element) = unified(args)?;
    Ok(Value::set(element, sets.iter().flat_map(items).cloned().collect()))
}

fn setproduct_type(args: &[Value]) -> Result<Type, FuncError> {
    let (elements, is_list) = product_types(args)?;
    let tuple = Type::tuple(elements);
    Ok(if is_list { Type::list(tuple) } else { Type::set(tuple) })
}

/// The type of an element of each argument, and whether the result is a list.
fn product_types(args: &[Value]) -> Result<(Vec<Type>, bool), FuncError> {
    if args.len() < 2 {
        return Err(FuncError::new("at least two arguments are required"));
    }
    let mut is_list = true;
    let mut elements = Vec::with_capacity(args.len());
    for (at, arg) in args.iter().enumerate() {
        elements.push(match arg.ty() {
            Type::Set(element) => {
                is_list = false;
                (*element).clone()
            }
            Type::List(element) => (*element).clone(),
            Type::Tuple(types) if types.is_empty() => Type::Dynamic,
            Type::Tuple(types) => unify(&types)
                .ok_or_else(|| FuncError::arg(at, "all elements must be of the same type"))?,
            _ => return Err(FuncError::arg(at, "a set or a list is required")),
        });
    }
    Ok((elements, is_list))
}

fn setproduct(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (elements, is_list) = product_types(args)?;
    let marks = top_marks(args);
    let tuple = Type::tuple(elements.clone());
    let build = |items: Vec<Value>| {
        let element = tuple.clone();
        if is_list { Value::list(element, items) } else { Value::set(element, items) }
    };
    if args.iter().any(|arg| known_len(arg).is_none()) {
        let ty = build(vec![]).ty();
        return Ok(unknown_product(args, ty).unwrap_or_else(|| build(vec![])).with_marks(marks));
    }
    let total = args.iter().try_fold(1usize, |total, arg| total.checked_mul(known_len(arg)?));
    let total = total.filter(|total| *total <= ELEMENTS_MAX).ok_or_else(|| {
        FuncError::new(format!("the product would have more than {ELEMENTS_MAX} elements"))
    })?;
    if total == 0 {
        return Ok(build(vec![]).with_marks(marks));
    }
    let mut factors: Vec<Vec<Value>> = Vec::with_capacity(args.len());
    for (at, (arg, element)) in args.iter().zip(&elements).enumerate() {
        let converted = items(arg).iter().map(|item| convert(item, element));
        let converted: Result<Vec<Value>, _> = converted.collect();
        factors.push(converted.map_err(|error| FuncError::arg(at, error.message))?);
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for factor in &factors {
        rows = rows
            .iter()
            .flat_map(|row| {
                factor.iter().map(move |item| {
                    let mut longer = Vec::with_capacity(row.len() + 1);
                    longer.extend_from_slice(row);
                    longer.push(item.clone());
                    longer
                })
            })
            .collect();
    }
    Ok(build(rows.into_iter().map(Value::tuple).collect()).with_marks(marks))
}

/// The length of an argument if it is certain.
fn known_len(arg: &Value) -> Option<usize> {
    if has_unknown_length(arg) { None } else { arg.len() }
}

/// The greatest length that an argument can have, if there is a bound.
fn max_len(arg: &Value) -> Option<usize> {
    let Some(unknown) = arg.as_unknown() else { return arg.len() };
    match &unknown.ty {
        Type::Tuple(types) => Some(types.len()),
        _ => unknown.refinement.length_max,
    }
}

/// An unknown product with what is known of its length, or `None` if it is empty.
fn unknown_product(args: &[Value], ty: Type) -> Option<Value> {
    let mut max = Some(1usize);
    for arg in args {
        max = max.and_then(|max| max.checked_mul(max_len(arg)?)).filter(|max| *max <= BOUND_MAX);
    }
    if max == Some(0) {
        return None;
    }
    let length_min = max.map(|_| 1);
    let refinement = Refinement { length_min, length_max: max, ..Refinement::default() };
    Some(Value::refined(ty, refinement))
}
