//! Explicit conversions, marks, and the functions that the evaluator calls in ways of its own.

use super::args::Outcome;
use crate::convert::{constraint_name, convert, convertible};
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::{Marks, Value};

pub(super) fn functions() -> Vec<Function> {
    let value = |name| Param::new(name, Type::Dynamic).or_null().or_dynamic().with_marks();
    let to = |name, description, ty: Type, call, result_type| {
        Function::new(name, description, vec![value("v")], ty, call)
            .returns_for(result_type)
            .nullable()
    };
    let marking = |name, description, call| {
        Function::new(name, description, vec![value("value").or_unknown()], Type::Dynamic, call)
            .nullable()
    };
    vec![
        to("tobool", "Converts a value to a bool.", Type::Bool, to_bool, |args| {
            explicit_type(args, Type::Bool)
        }),
        to("tolist", "Converts a value to a list.", list(), to_list, |args| {
            explicit_type(args, list())
        }),
        to("tomap", "Converts a value to a map.", map(), to_map, |args| explicit_type(args, map())),
        to("tonumber", "Converts a value to a number.", Type::Number, to_number, |args| {
            explicit_type(args, Type::Number)
        }),
        to("toset", "Converts a value to a set.", set(), to_set, |args| explicit_type(args, set())),
        to("tostring", "Converts a value to a string.", Type::String, to_string, |args| {
            explicit_type(args, Type::String)
        }),
        marking("sensitive", "Marks a value as not to be shown.", |args, _| {
            Ok(args[0].clone().sensitive())
        }),
        marking("nonsensitive", "Removes the mark that hides a value.", |args, _| {
            Ok(args[0].clone().without_marks(Marks::SENSITIVE))
        }),
        marking(
            "ephemeralasnull",
            "Replaces values that may not be stored by null.",
            ephemeralasnull,
        ),
        Function::new(
            "issensitive",
            "Tells whether a value is marked as not to be shown.",
            vec![value("value").or_unknown()],
            Type::Bool,
            issensitive,
        ),
        special(
            "try",
            "Returns the value of the first of some expressions that has no error.",
            vec![],
            Some(Param::new("expressions", Type::Dynamic)),
            Type::Dynamic,
        ),
        special(
            "can",
            "Tells whether an expression has no error.",
            vec![Param::new("expression", Type::Dynamic)],
            None,
            Type::Bool,
        ),
        special(
            "convert",
            "Converts a value to a type constraint.",
            vec![value("value"), Param::new("type", Type::Dynamic)],
            None,
            Type::Dynamic,
        ),
    ]
}

fn special(
    name: &'static str,
    description: &'static str,
    params: Vec<Param>,
    variadic: Option<Param>,
    returns: Type,
) -> Function {
    Function {
        variadic,
        special: true,
        not_null: false,
        ..Function::new(name, description, params, returns, |_, _| {
            Err(FuncError::new("it takes expressions, and cannot be called with values"))
        })
    }
}

fn list() -> Type {
    Type::list(Type::Dynamic)
}

fn set() -> Type {
    Type::set(Type::Dynamic)
}

fn map() -> Type {
    Type::map(Type::Dynamic)
}

fn to_bool(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    explicit(args, &Type::Bool)
}

fn to_list(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    explicit(args, &list())
}

fn to_map(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    explicit(args, &map())
}

fn to_number(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    explicit(args, &Type::Number)
}

fn to_set(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    explicit(args, &set())
}

fn to_string(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    explicit(args, &Type::String)
}

fn explicit_type(args: &[Value], ty: Type) -> Result<Type, FuncError> {
    let from = args[0].ty();
    if convertible(&from, &ty) { Ok(ty) } else { Err(cannot(&from.friendly_name(), &ty)) }
}

fn cannot(what: &str, ty: &Type) -> FuncError {
    FuncError::arg(0, format!("cannot convert {what} to {}", constraint_name(ty)))
}

/// A conversion that was asked for by name, with messages that say so.
fn explicit(args: &[Value], ty: &Type) -> Outcome {
    let value = &args[0];
    convert(value, ty).map_err(|_| {
        let from = value.ty().friendly_name();
        if value.all_marks().contains(Marks::SENSITIVE) {
            return cannot(&format!("this sensitive {from}"), ty);
        }
        let (what, hint) = match (value.as_str(), ty) {
            (Some(text), Type::Bool) => {
                (format!("{text:?}"), "; only the strings \"true\" or \"false\" are allowed")
            }
            (Some(text), Type::Number) => {
                let hint = "; given string must be a decimal representation of a number";
                (format!("{text:?}"), hint)
            }
            _ => (from, ""),
        };
        let mut error = cannot(&what, ty);
        error.message.push_str(hint);
        error
    })
}

fn issensitive(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    Ok(if args[0].is_sensitive() {
        Value::from(true)
    } else if args[0].is_known() {
        Value::from(false)
    } else {
        // What turns out to be the value may bring a mark along.
        Value::unknown(Type::Bool)
    })
}

fn ephemeralasnull(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    if !args[0].all_marks().contains(Marks::EPHEMERAL) {
        return Ok(args[0].clone());
    }
    Ok(args[0].clone().map_deep(&mut |value| {
        if value.marks().contains(Marks::EPHEMERAL) {
            Value::null(value.ty()).with_marks(value.marks().without(Marks::EPHEMERAL))
        } else {
            value
        }
    }))
}
