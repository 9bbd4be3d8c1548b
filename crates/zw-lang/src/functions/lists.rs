//! Functions for lists and tuples.

use super::args::{NOT_WHOLE, Outcome, has_unknown_length, number};
use super::collection::top_marks;
use super::equality::Index;
use crate::convert::{convert, unify};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::{Marks, Value, ValueKind};

pub(super) fn functions() -> Vec<Function> {
    let any = |name| Param::new(name, Type::Dynamic);
    let any_list = |name| Param::new(name, Type::list(Type::Dynamic));
    let strings = || Type::list(Type::String);
    vec![
        Function::new(
            "chunklist",
            "Divides a list into lists of a fixed length.",
            vec![
                any_list("list").with_marks(),
                Param::new("size", Type::Number)
                    .with_marks()
                    .describe("The length of every list but the last, which may be shorter."),
            ],
            Type::list(any_list("").ty),
            chunklist,
        )
        .returns_for(|args| Ok(Type::list(args[0].ty()))),
        Function::new(
            "coalescelist",
            "Returns the first of some lists that is not empty.",
            vec![],
            Type::Dynamic,
            coalescelist,
        )
        .variadic(
            any("vals")
                .describe("Lists, in the order in which they are tried.")
                .or_null()
                .or_unknown()
                .or_dynamic(),
        ),
        Function::new(
            "compact",
            "Removes null and empty strings from a list.",
            vec![Param::new("list", strings())],
            strings(),
            compact,
        ),
        Function::new("concat", "Joins lists one behind the other.", vec![], Type::Dynamic, concat)
            .variadic(any("seqs").with_marks())
            .returns_for(concat_type),
        Function::new(
            "distinct",
            "Removes elements that occurred before from a list.",
            vec![any_list("list")],
            Type::list(Type::Dynamic),
            distinct,
        )
        .returns_for(|args| Ok(args[0].ty())),
        Function::new(
            "flatten",
            "Replaces lists inside of a list by their elements.",
            vec![any("list").with_marks()],
            Type::Dynamic,
            flatten,
        ),
        Function::new(
            "matchkeys",
            "Returns the elements of a list whose counterparts in another are in a third.",
            vec![any_list("values"), any_list("keys"), any_list("searchset")],
            Type::list(Type::Dynamic),
            matchkeys,
        )
        .returns_for(matchkeys_type),
        Function::new(
            "reverse",
            "Returns the elements of a list in reverse order.",
            vec![any("list").with_marks()],
            Type::Dynamic,
            reverse,
        )
        .returns_for(reverse_type),
        Function::new(
            "slice",
            "Extracts the elements of a list from one index up to another.",
            vec![
                any("list").with_marks(),
                Param::new("start_index", Type::Number),
                Param::new("end_index", Type::Number),
            ],
            Type::Dynamic,
            slice,
        )
        .returns_for(slice_type),
        Function::new(
            "sort",
            "Sorts strings by their Unicode code points.",
            vec![Param::new("list", strings())],
            strings(),
            sort,
        ),
    ]
}

fn items(value: &Value) -> &[Value] {
    value.as_sequence().unwrap_or_default()
}

fn chunklist(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (list, marks) = (&args[0], top_marks(args));
    let size = number(args, 1)
        .to_i64()
        .ok_or_else(|| FuncError::new(format!("invalid size: {NOT_WHOLE}")))?;
    let size =
        usize::try_from(size).map_err(|_| FuncError::new("the size argument must be positive"))?;
    let ty = list.ty();
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let chunk = |items: &[Value]| Value::list(element.clone(), items.to_vec());
    let chunks = match (items(list), size) {
        ([], _) => vec![],
        (items, 0) => vec![chunk(items)],
        (items, size) => items.chunks(size).map(chunk).collect(),
    };
    Ok(Value::list(ty, chunks).with_marks(marks))
}

fn coalescelist(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    if args.is_empty() {
        return Err(FuncError::new("at least one argument is required"));
    }
    // What comes behind an unknown list is not looked at, not even its type.
    for arg in args.iter().take_while(|arg| arg.is_known()) {
        if !matches!(arg.ty(), Type::List(_) | Type::Tuple(_)) {
            return Err(FuncError::new("coalescelist arguments must be lists or tuples"));
        }
    }
    for arg in args {
        if !arg.is_known() {
            return Ok(Value::unknown(Type::Dynamic));
        }
        if arg.len().is_some_and(|len| len > 0) {
            return Ok(arg.clone());
        }
    }
    Err(FuncError::new("no non-null arguments"))
}

fn compact(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown(Type::list(Type::String)));
    }
    let kept = items(&args[0]).iter().filter(|item| item.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

/// The list type that all arguments convert to, if all of them are lists.
fn common_list(args: &[Value]) -> Option<Type> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    if !types.iter().all(|ty| matches!(ty, Type::List(_))) {
        return None;
    }
    unify(&types)
}

fn concat_type(args: &[Value]) -> Result<Type, FuncError> {
    if args.is_empty() {
        return Err(FuncError::new("at least one argument is required"));
    }
    if let Some(common) = common_list(args) {
        return Ok(common);
    }
    let mut types = Vec::new();
    for (at, arg) in args.iter().enumerate() {
        match (arg.ty(), arg.len()) {
            (Type::Tuple(elements), _) => types.extend(elements.iter().cloned()),
            (Type::List(element), Some(len)) => {
                types.extend(std::iter::repeat_n((*element).clone(), len));
            }
            (Type::List(_), None) => return Ok(Type::Dynamic),
            (ty, _) => {
                let message =
                    format!("all arguments must be lists or tuples; got {}", ty.friendly_name());
                return Err(FuncError::arg(at, message));
            }
        }
    }
    Ok(Type::tuple(types))
}

fn concat(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    if args.is_empty() {
        return Err(FuncError::new("at least one argument is required"));
    }
    let marks = top_marks(args);
    let all_lists = args.iter().all(|arg| matches!(arg.kind(), ValueKind::List(_)));
    if all_lists && let Some(common) = common_list(args) {
        let mut joined = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            let list = convert(arg, &common).map_err(|error| FuncError::arg(at, error.message))?;
            joined.extend_from_slice(items(&list));
        }
        let element = common.element().cloned().unwrap_or(Type::Dynamic);
        return Ok(Value::list(element, joined).with_marks(marks));
    }
    let mut joined = Vec::new();
    for (at, arg) in args.iter().enumerate() {
        let (ValueKind::List(_) | ValueKind::Tuple(_)) = arg.kind() else {
            let ty = arg.ty().friendly_name();
            let message = format!("all arguments must be lists or tuples; got {ty}");
            return Err(FuncError::arg(at, message));
        };
        joined.extend_from_slice(items(arg));
    }
    Ok(Value::tuple(joined).with_marks(marks))
}

fn distinct(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let list = &args[0];
    if !list.is_wholly_known() {
        return Ok(Value::unknown(list.ty()));
    }
    let mut seen = Index::default();
    let kept = items(list).iter().filter(|item| seen.insert(item)).cloned().collect();
    Ok(Value::list(list.ty().element().cloned().unwrap_or(Type::Dynamic), kept))
}

fn flatten(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let list = &args[0];
    if list.as_sequence().is_none() {
        return Err(FuncError::new("can only flatten lists, sets and tuples"));
    }
    let (mut flat, mut marks) = (Vec::new(), Marks::NONE);
    let known = flatten_into(list, &mut flat, &mut marks);
    let result = if known { Value::tuple(flat) } else { Value::unknown(Type::Dynamic) };
    Ok(result.with_marks(marks))
}

/// Appends the elements of a sequence and of those in it. `false` if one of them is unknown, as
/// then it cannot be said how many there are.
fn flatten_into(value: &Value, flat: &mut Vec<Value>, marks: &mut Marks) -> bool {
    *marks = marks.union(value.marks());
    if has_unknown_length(value) {
        return false;
    }
    let mut known = true;
    for item in items(value) {
        if item.as_sequence().is_some() {
            known &= flatten_into(item, flat, marks);
        } else if item.is_known() {
            flat.push(item.clone());
        } else {
            *marks = marks.union(item.marks());
            known = false;
        }
    }
    known
}

fn matchkeys_type(args: &[Value]) -> Result<Type, FuncError> {
    unify(&[args[1].ty(), args[2].ty()])
        .ok_or_else(|| FuncError::new("keys and searchset must be of the same type"))?;
    Ok(args[0].ty())
}

fn matchkeys(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let ty = matchkeys_type(args)?;
    if has_unknown_length(&args[0]) || has_unknown_length(&args[1]) {
        return Ok(Value::unknown(ty));
    }
    let values = items(&args[0]);
    if values.len() != items(&args[1]).len() {
        return Err(FuncError::new("length of keys and values should be equal"));
    }
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let empty = || Value::list(element.clone(), vec![]);
    let common = unify(&[args[1].ty(), args[2].ty()]).unwrap_or(Type::Dynamic);
    let converted =
        |at: usize| convert(&args[at], &common).map_err(|error| FuncError::arg(at, error.message));
    let (keys, searched) = (converted(1)?, converted(2)?);
    if items(&searched).is_empty() {
        return Ok(empty());
    }
    if !args[0].is_wholly_known() || !keys.is_wholly_known() {
        return Ok(Value::unknown(ty));
    }
    if !searched.is_wholly_known() {
        return Ok(empty());
    }
    let mut wanted = Index::default();
    for key in items(&searched) {
        wanted.insert(key);
    }
    let pairs = values.iter().zip(items(&keys));
    let kept = pairs.filter(|(_, key)| wanted.contains(key)).map(|(value, _)| value.clone());
    Ok(Value::list(element.clone(), kept.collect()))
}

fn reverse_type(args: &[Value]) -> Result<Type, FuncError> {
    match args[0].ty() {
        Type::Tuple(types) => Ok(Type::tuple(types.iter().rev().cloned().collect())),
        Type::List(element) | Type::Set(element) => Ok(Type::List(element)),
        ty => {
            let message =
                format!("can only reverse list or tuple values, not {}", ty.friendly_name());
            Err(FuncError::arg(0, message))
        }
    }
}

fn reverse(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let list = &args[0];
    let reversed = || items(list).iter().rev().cloned().collect();
    let result = match list.kind() {
        ValueKind::Tuple(_) => Value::tuple(reversed()),
        ValueKind::List(inner) | ValueKind::Set(inner) => {
            Value::list(inner.element.clone(), reversed())
        }
        _ => return reverse_type(args).map(Value::unknown),
    };
    Ok(result.with_marks(list.marks()))
}

/// Start and end of a slice as far as they are known, checked against each other and against the
/// length of the list.
fn slice_bounds(args: &[Value]) -> Result<(Option<usize>, Option<usize>), FuncError> {
    let list = &args[0];
    match list.ty() {
        Type::List(_) | Type::Tuple(_) => {}
        Type::Set(_) => {
            return Err(FuncError::arg(
                0,
                "cannot slice a set, because its elements do not have indices; explicitly convert \
                 to a list if the ordering of the result is not important",
            ));
        }
        _ => return Err(FuncError::arg(0, "must be a list or tuple value")),
    }
    let len = match list.as_unknown().map(|unknown| &unknown.ty) {
        Some(Type::Tuple(types)) => Some(types.len()),
        _ => list.len(),
    };
    let bound = |at: usize, which: &str| {
        if !args[at].is_known() {
            return Ok(None);
        }
        let index = number(args, at)
            .to_i64()
            .ok_or_else(|| FuncError::arg(at, format!("invalid {which} index: {NOT_WHOLE}")))?;
        let index = usize::try_from(index)
            .map_err(|_| FuncError::arg(at, format!("{which} index must not be less than zero")))?;
        if len.is_some_and(|len| index > len) {
            let message = format!("{which} index must not be greater than the length of the list");
            return Err(FuncError::arg(at, message));
        }
        Ok(Some(index))
    };
    let (start, end) = (bound(1, "start")?, bound(2, "end")?);
    if matches!((start, end), (Some(start), Some(end)) if start > end) {
        return Err(FuncError::arg(1, "start index must not be greater than end index"));
    }
    Ok((start, end))
}

fn slice_type(args: &[Value]) -> Result<Type, FuncError> {
    let bounds = slice_bounds(args)?;
    Ok(match (args[0].ty(), bounds) {
        (Type::Tuple(types), (Some(start), Some(end))) => {
            Type::tuple(types.get(start..end).unwrap_or_default().to_vec())
        }
        (Type::Tuple(_), _) => Type::Dynamic,
        (ty, _) => ty,
    })
}

fn slice(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let list = &args[0];
    let (start, end) = slice_bounds(args)?;
    let range = start.unwrap_or(0)..end.unwrap_or(0);
    let part = items(list).get(range).unwrap_or_default().to_vec();
    let result = match list.kind() {
        ValueKind::List(inner) => Value::list(inner.element.clone(), part),
        _ => Value::tuple(part),
    };
    Ok(result.with_marks(list.marks()))
}

fn sort(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let mut sorted = items(&args[0]).to_vec();
    if !args[0].is_wholly_known() {
        // The order is not known, but the length is.
        let unknown = Value::unknown(Type::String);
        return Ok(Value::list(Type::String, vec![unknown; sorted.len()]));
    }
    if let Some(at) = sorted.iter().position(Value::is_null) {
        return Err(FuncError::new(format!(
            "given list element {at} is null; a null string cannot be sorted"
        )));
    }
    sorted.sort_by(Value::canonical_cmp);
    Ok(Value::list(Type::String, sorted))
}
