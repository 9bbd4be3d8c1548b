//! OpenTofu's `assume...` functions: what an author knows of a value that is not known yet.

use super::args::{NOT_WHOLE, Outcome, number, text};
use super::equality::{Equality, equal};
use crate::convert::{convert, unify};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::{Refinement, Str, Unknown, Value, ValueKind};

const NOT_UPHELD: &str = "assumption was not upheld";

pub(super) fn functions() -> Vec<Function> {
    let value = |ty| Param::new("value", ty).or_null().or_unknown().or_dynamic();
    let mut functions = vec![
        Function::new(
            "assumeequal",
            "Assumes that a value will be equal to another one, and returns that.",
            vec![value(Type::Dynamic), Param::new("expected", Type::Dynamic).or_unknown()],
            Type::Dynamic,
            assumeequal,
        ),
        Function::new(
            "assumenotnull",
            "Assumes that a value will not be null.",
            vec![value(Type::Dynamic)],
            Type::Dynamic,
            assumenotnull,
        ),
        Function::new(
            "assumestringprefix",
            "Assumes that a string will start with another one.",
            vec![value(Type::String), Param::new("prefix", Type::String)],
            Type::String,
            assumestringprefix,
        )
        .nullable(),
    ];
    let collections = [
        (
            Type::list(Type::Dynamic),
            ["assumelistlength", "assumelistlengthmax", "assumelistlengthmin"],
        ),
        (Type::map(Type::Dynamic), ["assumemaplength", "assumemaplengthmax", "assumemaplengthmin"]),
        (Type::set(Type::Dynamic), ["assumesetlength", "assumesetlengthmax", "assumesetlengthmin"]),
    ];
    for (ty, [both, max, min]) in collections {
        let bound = |name| Param::new(name, Type::Number);
        let define = |name, description, bounds: &[&'static str], call| {
            let params = std::iter::once(value(ty.clone()));
            let params = params.chain(bounds.iter().map(|name| bound(name))).collect();
            Function::new(name, description, params, ty.clone(), call).nullable()
        };
        functions.extend([
            define(
                both,
                "Assumes that the length of a collection will be between two numbers.",
                &["min_length", "max_length"],
                |args, _| length_between(&args[0], length(args, 1)?, length(args, 2)?),
            ),
            define(
                max,
                "Assumes that a collection will have no more elements than a number.",
                &["max_length"],
                |args, _| length_between(&args[0], 0, length(args, 1)?),
            ),
            define(
                min,
                "Assumes that a collection will have no fewer elements than a number.",
                &["min_length"],
                |args, _| length_between(&args[0], length(args, 1)?, usize::MAX),
            ),
        ]);
    }
    functions
}

fn length(args: &[Value], index: usize) -> Result<usize, FuncError> {
    number(args, index).to_usize().ok_or_else(|| FuncError::arg(index, NOT_WHOLE))
}

fn assumeequal(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (value, expected) = (&args[0], &args[1]);
    let not_upheld = || FuncError::arg(0, NOT_UPHELD);
    let ty = unify(&[value.ty(), expected.ty()]).ok_or_else(not_upheld)?;
    // A type that is not known yet says nothing against the other.
    let ty = if ty == Type::Dynamic { expected.ty() } else { ty };
    let value = convert(value, &ty).map_err(|_| not_upheld())?;
    let expected = convert(expected, &ty).map_err(|_| not_upheld())?;
    match equal(&value, &expected) {
        Equality::No => Err(not_upheld()),
        Equality::Yes | Equality::Unknown => Ok(expected),
    }
}

fn assumenotnull(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let value = &args[0];
    match value.kind() {
        ValueKind::Null(Type::Dynamic) => Err(untyped()),
        ValueKind::Null(_) => Err(FuncError::arg(0, NOT_UPHELD)),
        ValueKind::Unknown(unknown) if unknown.ty == Type::Dynamic => Err(untyped()),
        ValueKind::Unknown(unknown) => {
            Ok(narrowed(unknown, |refinement| refinement.not_null = true))
        }
        _ => Ok(value.clone()),
    }
}

fn untyped() -> FuncError {
    FuncError::arg(
        0,
        "given value must have a known type; consider using the \"convert\" function to specify a \
         type to assume",
    )
}

fn assumestringprefix(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (value, prefix) = (&args[0], text(args, 1));
    let not_upheld = || FuncError::arg(0, NOT_UPHELD);
    match value.kind() {
        ValueKind::String(text) if !text.starts_with(prefix) => Err(not_upheld()),
        ValueKind::Unknown(unknown) => {
            let known: &str = unknown.refinement.string_prefix.as_deref().unwrap_or_default();
            if !known.starts_with(prefix) && !prefix.starts_with(known) {
                return Err(not_upheld());
            }
            let longer = if known.len() > prefix.len() { known } else { prefix };
            let longer = Some(Str::from(longer)).filter(|prefix| !prefix.is_empty());
            Ok(narrowed(unknown, |refinement| refinement.string_prefix = longer))
        }
        _ => Ok(value.clone()),
    }
}

fn length_between(value: &Value, min: usize, max: usize) -> Outcome {
    let not_upheld = || FuncError::arg(0, NOT_UPHELD);
    if min > max {
        return Err(not_upheld());
    }
    let Some(unknown) = value.as_unknown() else {
        let fits = value.len().is_none_or(|len| (min..=max).contains(&len));
        return if fits { Ok(value.clone()) } else { Err(not_upheld()) };
    };
    let known = &unknown.refinement;
    let min = known.length_min.unwrap_or(0).max(min);
    let max = known.length_max.unwrap_or(usize::MAX).min(max);
    if min > max {
        return Err(not_upheld());
    }
    Ok(narrowed(unknown, |refinement| {
        refinement.length_min = (min > 0).then_some(min);
        refinement.length_max = (max < usize::MAX).then_some(max);
    }))
}

/// An unknown value of which something more is known.
fn narrowed(unknown: &Unknown, narrow: impl FnOnce(&mut Refinement)) -> Value {
    let mut refinement = unknown.refinement.clone();
    narrow(&mut refinement);
    Value::refined(unknown.ty.clone(), refinement)
}
