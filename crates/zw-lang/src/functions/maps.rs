//! Functions for maps and objects.

use std::collections::BTreeMap;

use super::args::{Outcome, string_list, text};
use super::collection::top_marks;
use crate::convert::convert;
use crate::function::{CallContext, FuncError, Function, Param};
use crate::ty::Type;
use crate::value::{Marks, Str, Value, ValueKind};

pub(super) fn functions() -> Vec<Function> {
    let any = |name| Param::new(name, Type::Dynamic);
    let strings = || Type::list(Type::String);
    vec![
        Function::new(
            "keys",
            "Returns the keys of a map, sorted.",
            vec![
                any("inputMap")
                    .describe("A map, or an object: then the result is a tuple.")
                    .or_unknown()
                    .with_marks(),
            ],
            Type::Dynamic,
            keys,
        )
        .returns_for(|args| keys_of_type(&args[0].ty()).map(|(ty, _)| ty)),
        Function::new(
            "lookup",
            "Returns the element of a map with a key, or a default if there is none.",
            vec![any("inputMap").with_marks(), Param::new("key", Type::String).with_marks()],
            Type::Dynamic,
            lookup,
        )
        .variadic(any("default").or_null().or_unknown().or_dynamic().with_marks())
        .returns_for(lookup_type)
        .nullable(),
        Function::new(
            "merge",
            "Joins maps or objects; of two elements with one key the later counts.",
            vec![],
            Type::Dynamic,
            merge,
        )
        .variadic(any("maps").or_null().or_dynamic().with_marks())
        .returns_for(merge_type),
        Function::new(
            "transpose",
            "Swaps the keys and the values of a map of lists of strings.",
            vec![Param::new("values", Type::map(strings()))],
            Type::map(strings()),
            transpose,
        ),
        Function::new(
            "values",
            "Returns the values of a map, in the order of its keys.",
            vec![any("mapping").with_marks()],
            Type::Dynamic,
            values,
        )
        .returns_for(values_type),
        Function::new(
            "zipmap",
            "Builds a map from a list of keys and a list of values.",
            vec![Param::new("keys", strings()).with_marks(), any("values").with_marks()],
            Type::Dynamic,
            zipmap,
        )
        .returns_for(zipmap_type),
    ]
}

/// The type of the keys of a map or object type and, if the type says them, the keys.
fn keys_of_type(ty: &Type) -> Result<(Type, Option<Vec<Str>>), FuncError> {
    match ty {
        Type::Map(_) => Ok((Type::list(Type::String), None)),
        Type::Object(object) => {
            let names = object.names().to_vec();
            Ok((Type::tuple(vec![Type::String; names.len()]), Some(names)))
        }
        _ => Err(FuncError::arg(0, "must have map or object type")),
    }
}

fn keys(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let map = &args[0];
    let result = match map.kind() {
        ValueKind::Map(map) => string_list(map.entries.iter().map(|(key, _)| key)),
        ValueKind::Object(object) => {
            Value::tuple(object.names.iter().cloned().map(Value::from).collect())
        }
        _ => match keys_of_type(&map.ty())? {
            (_, Some(names)) => Value::tuple(names.into_iter().map(Value::from).collect()),
            (ty, None) => Value::unknown(ty),
        },
    };
    Ok(result.with_marks(map.marks()))
}

/// A key for a message, unless nobody may see it.
fn shown_key(key: &Value) -> String {
    if key.is_sensitive() {
        "(sensitive value)".into()
    } else {
        format!("{:?}", key.as_str().unwrap_or_default())
    }
}

fn lookup_type(args: &[Value]) -> Result<Type, FuncError> {
    if args.len() > 3 {
        let message = format!("lookup() takes two or three arguments, got {}", args.len());
        return Err(FuncError::new(message));
    }
    let default = args.get(2);
    match args[0].ty() {
        Type::Object(_) if !args[1].is_known() => Ok(Type::Dynamic),
        Type::Object(object) => match (object.get(text(args, 1)), default) {
            (Some(attr), _) => Ok(attr.ty.clone()),
            (None, Some(default)) => Ok(default.ty()),
            (None, None) => {
                let key = shown_key(&args[1]);
                Err(FuncError::arg(0, format!("the given object has no attribute {key}")))
            }
        },
        Type::Map(element) => {
            if let Some(default) = default {
                convert(default, &element).map_err(|_| {
                    let message = "the default value must have the same type as the map elements";
                    FuncError::arg(2, message)
                })?;
            }
            Ok((*element).clone())
        }
        _ => Err(FuncError::arg(0, "lookup() requires a map as the first argument")),
    }
}

fn lookup(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (map, key) = (&args[0], &args[1]);
    let marks = map.marks().union(key.marks());
    let is_map = matches!(map.kind(), ValueKind::Map(_));
    // The type of an object is as large as the object, so it is not made for each key.
    let found = if args.len() <= 3 { map.get(text(args, 1)) } else { None };
    if let Some(found) = found
        && !is_map
    {
        return Ok(found.clone().with_marks(marks));
    }
    let ty = lookup_type(args)?;
    if let Some(found) = found {
        return Ok(found.clone().with_marks(marks));
    }
    let Some(default) = args.get(2) else {
        let message = format!("lookup failed to find key {}", shown_key(key));
        return Err(FuncError::new(message));
    };
    let default = convert(default, &ty).map_err(|error| FuncError::arg(2, error.message))?;
    Ok(default.with_marks(marks))
}

fn merge_type(args: &[Value]) -> Result<Type, FuncError> {
    let mut attrs: BTreeMap<Str, Type> = BTreeMap::new();
    let mut attrs_known = true;
    let mut matching = true;
    let first = args.first().map(Value::ty);
    for arg in args {
        let ty = arg.ty();
        matching &= Some(&ty) == first.as_ref();
        match &ty {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(object) => {
                if !arg.is_null() {
                    let found = object.attrs().iter();
                    attrs.extend(found.map(|attr| (attr.name.clone(), attr.ty.clone())));
                }
            }
            Type::Map(element) => match arg.as_map() {
                Some(map) => attrs
                    .extend(map.entries.iter().map(|(key, _)| (key.clone(), (**element).clone()))),
                None => attrs_known &= arg.is_null(),
            },
            _ => return Err(not_mergeable(&ty)),
        }
    }
    Ok(match first {
        Some(first) if matching => first,
        _ if attrs_known => Type::object(attrs),
        _ => Type::Dynamic,
    })
}

fn not_mergeable(ty: &Type) -> FuncError {
    let name = ty.friendly_name();
    FuncError::new(format!("arguments must be maps or objects, got {name:?}"))
}

fn merge(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    // All maps of one type make a map, everything else an object.
    let mut element: Option<Type> = None;
    let mut all_maps = true;
    let mut merged: BTreeMap<Str, Value> = BTreeMap::new();
    let mut marks = Marks::NONE;
    for arg in args {
        match arg.kind() {
            ValueKind::Map(map) => {
                all_maps &= element.get_or_insert_with(|| map.element.clone()) == &map.element;
                merged.extend(map.entries.iter().cloned());
                marks = marks.union(arg.marks());
            }
            ValueKind::Object(object) => {
                all_maps = false;
                merged.extend(object.iter().map(|(name, value)| (name.clone(), value.clone())));
                marks = marks.union(arg.marks());
            }
            ValueKind::Null(Type::Map(inner)) => {
                all_maps &= element.get_or_insert_with(|| (**inner).clone()) == &**inner;
            }
            ValueKind::Null(Type::Object(_) | Type::Dynamic) => all_maps = false,
            _ => return Err(not_mergeable(&arg.ty())),
        }
    }
    let result = match element {
        Some(element) if all_maps => Value::map(element, merged),
        _ => Value::object(merged),
    };
    Ok(result.with_marks(marks))
}

fn transpose(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let strings = Type::list(Type::String);
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown(Type::map(strings)));
    }
    let mut swapped: BTreeMap<Str, Vec<Value>> = BTreeMap::new();
    let entries = args[0].as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
    for (key, list) in entries {
        let Some(items) = list.as_sequence() else {
            return Err(FuncError::new("input must not contain null list"));
        };
        for item in items {
            let ValueKind::String(item) = item.kind() else {
                return Err(FuncError::new("input list must not contain null string"));
            };
            swapped.entry(item.clone()).or_default().push(Value::from(key.clone()));
        }
    }
    let entries = swapped.into_iter();
    let entries = entries.map(|(key, items)| (key, Value::list(Type::String, items)));
    Ok(Value::map(strings, entries))
}

fn values_type(args: &[Value]) -> Result<Type, FuncError> {
    match args[0].ty() {
        Type::Map(element) => Ok(Type::List(element)),
        Type::Object(object) => {
            Ok(Type::tuple(object.attrs().iter().map(|attr| attr.ty.clone()).collect()))
        }
        _ => Err(FuncError::new("values() requires a map as the first argument")),
    }
}

fn values(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let map = &args[0];
    let result = match map.kind() {
        ValueKind::Map(map) => {
            let values = map.entries.iter().map(|(_, value)| value.clone());
            Value::list(map.element.clone(), values.collect())
        }
        ValueKind::Object(object) => Value::tuple(object.values.clone()),
        _ => return values_type(args).map(Value::unknown),
    };
    Ok(result.with_marks(map.marks()))
}

fn zipmap_type(args: &[Value]) -> Result<Type, FuncError> {
    match args[1].ty() {
        Type::List(element) => Ok(Type::Map(element)),
        Type::Tuple(_) if !args[0].is_wholly_known() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            let keys = checked_keys(&args[0], types.len())?;
            Ok(Type::object(keys.into_iter().zip(types.iter().cloned())))
        }
        _ => Err(FuncError::new("values argument must be a list or tuple value")),
    }
}

fn checked_keys(keys: &Value, values: usize) -> Result<Vec<Str>, FuncError> {
    let keys = keys.as_sequence().unwrap_or_default();
    if keys.len() != values {
        return Err(FuncError::new(format!(
            "number of keys ({}) does not match number of values ({values})",
            keys.len()
        )));
    }
    let key = |(at, key): (usize, &Value)| match key.kind() {
        ValueKind::String(key) => Ok(key.clone()),
        _ => Err(FuncError::new(format!("keys list has null value at index {at}"))),
    };
    keys.iter().enumerate().map(key).collect()
}

fn zipmap(args: &[Value], _: &mut CallContext<'_>) -> Outcome {
    let (keys, values) = (&args[0], &args[1]);
    // Keys carry no marks of their own, so those of every key go to the whole.
    let marks = top_marks(args).union(keys.all_marks());
    let (ValueKind::List(_) | ValueKind::Tuple(_), Some(items)) =
        (values.kind(), values.as_sequence())
    else {
        return Err(FuncError::new("values argument must be a list or tuple value"));
    };
    if !keys.is_wholly_known() {
        return Ok(Value::unknown(zipmap_type(args)?).with_marks(marks));
    }
    let keys = checked_keys(keys, items.len())?;
    let entries = keys.into_iter().zip(items.iter().cloned());
    let result = match values.kind() {
        ValueKind::List(list) => Value::map(list.element.clone(), entries),
        _ => Value::object(entries),
    };
    Ok(result.with_marks(marks))
}
