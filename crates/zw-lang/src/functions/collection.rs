//! Functions for collections of any kind.

use super::args::{NOT_WHOLE, Outcome, has_unknown_length, number};
use super::equality::{Equality, equal};
use super::numeric::length_of;
use super::unicode::grapheme_count;
use crate::convert::{convert, unify};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::number::Number;
use crate::ty::Type;
use crate::value::{Marks, Refinement, Value, ValueKind};

pub(super) fn functions() -> Vec<Function> {
    let any = |name| Param::new(name, Type::Dynamic);
    vec![
        Function::new(
            "alltrue",
            "Tells whether all elements of a list are true.",
            vec![Param::new("list", Type::list(Type::Bool))],
            Type::Bool,
            |args, _| Ok(decide(args, false)),
        ),
        Function::new(
            "anytrue",
            "Tells whether an element of a list is true.",
            vec![Param::new("list", Type::list(Type::Bool))],
            Type::Bool,
            |args, _| Ok(decide(args, true)),
        ),
        Function::new(
            "coalesce",
            "Returns the first argument that is neither null nor an empty string.",
            vec![],
            Type::Dynamic,
            coalesce,
        )
        .variadic(any("vals").or_null().or_unknown().or_dynamic())
        .returns_for(coalesce_type),
        Function::new(
            "contains",
            "Tells whether a list, set or tuple contains a value.",
            vec![any("list"), any("value")],
            Type::Bool,
            contains,
        ),
        Function::new(
            "element",
            "Returns the element of a list at an index, counting round and round.",
            vec![any("list").with_marks(), Param::new("index", Type::Number)],
            Type::Dynamic,
            element,
        )
        .returns_for(element_type)
        .nullable(),
        Function::new(
            "index",
            "Returns the position of a value in a list.",
            vec![any("list"), any("value")],
            Type::Number,
            index,
        ),
        Function::new(
            "length",
            "Returns how many elements a collection has, or characters a string.",
            vec![any("value").or_unknown().or_dynamic().with_marks()],
            Type::Number,
            length,
        ),
        Function::new(
            "one",
            "Returns the only element of a list, or null if it is empty.",
            vec![any("list")],
            Type::Dynamic,
            one,
        )
        .returns_for(one_type)
        .nullable(),
        Function::new(
            "sum",
            "Adds up the numbers of a list.",
            vec![any("list")],
            Type::Number,
            sum,
        ),
    ]
}

/// Whether an element is `wanted` (for `anytrue`), or no element is (for `alltrue`, where `wanted`
/// is false). Null counts as false.
fn decide(args: &[Value], wanted: bool) -> Value {
    let mut has_unknown = false;
    for item in args.first().and_then(Value::as_sequence).unwrap_or_default() {
        match item.kind() {
            ValueKind::Unknown(_) => has_unknown = true,
            ValueKind::Bool(value) if *value == wanted => return Value::from(wanted),
            ValueKind::Null(_) if !wanted => return Value::from(false),
            _ => {}
        }
    }
    if has_unknown { Value::unknown(Type::Bool) } else { Value::from(!wanted) }
}

fn coalesce_type(args: &[Value]) -> Result<Type, FuncError> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    unify(&types).ok_or_else(|| FuncError::new("all arguments must have the same type"))
}

fn coalesce(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let ty = coalesce_type(args)?;
    for (at, arg) in args.iter().enumerate() {
        let value = convert(arg, &ty).map_err(|error| FuncError::arg(at, error.message))?;
        if !value.is_known() {
            return Ok(Value::unknown(ty));
        }
        if !value.is_null() && value.as_str() != Some("") {
            return Ok(value);
        }
    }
    Err(FuncError::new("no non-null, non-empty-string arguments"))
}

fn contains(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (Some(items), Some(wanted)) = (args[0].as_sequence(), args.get(1)) else {
        return Err(FuncError::new("argument must be list, tuple, or set"));
    };
    let mut has_unknown = false;
    for item in items {
        match equal(wanted, item) {
            Equality::Yes => return Ok(Value::from(true)),
            Equality::Unknown => has_unknown = true,
            Equality::No => {}
        }
    }
    Ok(if has_unknown { Value::unknown(Type::Bool) } else { Value::from(false) })
}

/// The position in a sequence of `len` elements that an index means, counted round and round.
fn wrapped_index(args: &[Value], len: usize) -> Result<usize, FuncError> {
    let index = number(args, 1)
        .to_i64()
        .ok_or_else(|| FuncError::new(format!("invalid index: {NOT_WHOLE}")))?;
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let wrapped = index
        .checked_rem_euclid(len)
        .ok_or_else(|| FuncError::new("cannot use element function with an empty list"))?;
    Ok(usize::try_from(wrapped).unwrap_or(0))
}

fn element_type(args: &[Value]) -> Result<Type, FuncError> {
    match args[0].ty() {
        Type::List(element) => Ok((*element).clone()),
        Type::Tuple(_) if !args[1].is_known() => Ok(Type::Dynamic),
        Type::Tuple(types) => Ok(types[wrapped_index(args, types.len())?].clone()),
        ty => Err(FuncError::new(format!("cannot read elements from {}", ty.friendly_name()))),
    }
}

fn element(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let list = &args[0];
    let (ValueKind::List(_) | ValueKind::Tuple(_), Some(items)) = (list.kind(), list.as_sequence())
    else {
        let ty = list.ty().friendly_name();
        return Err(FuncError::new(format!("cannot read elements from {ty}")));
    };
    Ok(items[wrapped_index(args, items.len())?].clone().with_marks(list.marks()))
}

fn index(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let list = &args[0];
    let (ValueKind::List(_) | ValueKind::Tuple(_), Some(items)) = (list.kind(), list.as_sequence())
    else {
        return Err(FuncError::new("argument must be a list or tuple"));
    };
    if items.is_empty() {
        return Err(FuncError::new("cannot search an empty list"));
    }
    for (at, item) in items.iter().enumerate() {
        match equal(item, &args[1]) {
            Equality::Yes => return Ok(Number::from(at).into()),
            Equality::Unknown => return Ok(Value::unknown(Type::Number)),
            Equality::No => {}
        }
    }
    Err(FuncError::new("item not found"))
}

fn length(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let value = &args[0];
    let marks = value.marks();
    if let Some(unknown) = value.as_unknown() {
        let result = match &unknown.ty {
            Type::Tuple(types) => Number::from(types.len()).into(),
            Type::Object(object) => Number::from(object.attrs().len()).into(),
            Type::List(_) | Type::Set(_) | Type::Map(_) => {
                unknown_length(unknown.refinement.length_min, unknown.refinement.length_max)
            }
            Type::String => {
                // What the string begins with is there, whatever follows. Its last character may
                // merge with what follows.
                let prefix = unknown.refinement.string_prefix.as_deref().unwrap_or_default();
                unknown_length(Some(grapheme_count(prefix).saturating_sub(1)), None)
            }
            Type::Dynamic => Value::unknown(Type::Number),
            _ => return Err(no_length()),
        };
        return Ok(result.with_marks(marks));
    }
    if has_unknown_length(value) {
        return Ok(unknown_length(Some(1), value.len()).with_marks(marks));
    }
    length_of(value).map(|length| length.with_marks(marks)).ok_or_else(no_length)
}

fn no_length() -> FuncError {
    FuncError::new("argument must be a string, a collection type, or a structural type")
}

fn unknown_length(min: Option<usize>, max: Option<usize>) -> Value {
    let bound = |len: usize| (Number::from(len), true);
    if let (Some(min), Some(max)) = (min, max)
        && min == max
    {
        return Number::from(min).into();
    }
    Value::refined(
        Type::Number,
        Refinement {
            not_null: true,
            number_min: Some(bound(min.unwrap_or(0))),
            number_max: max.map(bound),
            ..Refinement::default()
        },
    )
}

const NOT_ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(args: &[Value]) -> Result<Type, FuncError> {
    match args[0].ty() {
        Type::List(element) | Type::Set(element) => Ok((*element).clone()),
        Type::Tuple(types) => match types.as_slice() {
            [] => Ok(Type::Dynamic),
            [single] => Ok(single.clone()),
            _ => Err(FuncError::arg(0, NOT_ONE)),
        },
        _ => Err(FuncError::arg(0, NOT_ONE)),
    }
}

fn one(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let ty = one_type(args)?;
    match args[0].as_sequence().unwrap_or_default() {
        [] => Ok(Value::null(ty)),
        [single] => Ok(single.clone()),
        _ if matches!(args[0].kind(), ValueKind::Set(_)) && !args[0].is_wholly_known() => {
            Ok(Value::unknown(ty))
        }
        _ => Err(FuncError::arg(0, NOT_ONE)),
    }
}

fn sum(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let list = &args[0];
    let len = list.len().ok_or_else(|| FuncError::arg(0, "cannot sum noniterable"))?;
    if len == 0 {
        return Err(FuncError::arg(0, "cannot sum an empty list"));
    }
    let Some(items) = list.as_sequence() else {
        let ty = list.ty().friendly_name();
        let message = format!("argument must be list, set, or tuple. Received {ty}");
        return Err(FuncError::arg(0, message));
    };
    if !list.is_wholly_known() {
        return Ok(Value::unknown(Type::Number));
    }
    let wrong = || FuncError::arg(0, "argument must be list, set, or tuple of number values");
    let mut total: Option<Number> = None;
    for item in items {
        let item = convert(item, &Type::Number).map_err(|_| wrong())?;
        let item = item.as_number().ok_or_else(wrong)?;
        total = Some(match total {
            None => item.clone(),
            Some(total) => {
                total.checked_add(item).map_err(|error| FuncError::new(error.to_string()))?
            }
        });
    }
    Ok(total.unwrap_or(Number::ZERO).into())
}

/// The marks of some values at their tops.
pub(super) fn top_marks(values: &[Value]) -> Marks {
    values.iter().fold(Marks::NONE, |marks, value| marks.union(value.marks()))
}
