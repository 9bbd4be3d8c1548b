use super::*;
use crate::ty::ObjectAttr;
use crate::value::Marks;

fn text(value: &str) -> Value {
    Value::from(value)
}

fn number(value: i64) -> Value {
    Value::from(value)
}

fn any_null() -> Value {
    Value::null(Type::Dynamic)
}

fn optional(attrs: &[(&str, Type, bool)]) -> Type {
    Type::Object(Arc::new(ObjectType::new(attrs.iter().map(|(name, ty, optional)| ObjectAttr {
        name: (*name).into(),
        ty: ty.clone(),
        optional: *optional,
    }))))
}

fn message(value: &Value, ty: &Type) -> String {
    convert(value, ty).expect_err("does not convert").to_string()
}

fn any_list() -> Type {
    Type::list(Type::Dynamic)
}

#[test]
fn primitives_convert_to_and_from_strings() {
    assert_eq!(convert(&text("7"), &Type::Number), Ok(number(7)));
    assert_eq!(convert(&text("1"), &Type::Bool), Ok(Value::from(true)));
    assert_eq!(convert(&Value::from(true), &Type::String), Ok(text("true")));
    assert_eq!(convert(&number(7), &Type::String), Ok(text("7")));
    assert_eq!(message(&text("x"), &Type::Number), "a number is required");
    assert_eq!(message(&number(1), &Type::Bool), "bool required");
    let hint = "a bool is required; to convert from string, use lowercase \"true\"";
    assert_eq!(message(&text("True"), &Type::Bool), hint);
}

#[test]
fn any_inside_a_list_becomes_the_common_type() {
    let list = |items| convert(&Value::tuple(items), &any_list()).map(|value| value.ty());
    assert_eq!(list(vec![any_null(), text("a")]), Ok(Type::list(Type::String)));
    assert_eq!(list(vec![number(1), text("a"), Value::from(true)]), Ok(Type::list(Type::String)));
    assert_eq!(list(vec![any_null(), any_null()]), Ok(any_list()));
    assert_eq!(list(vec![]), Ok(any_list()));
    let object = |name: &str, value| Value::object([(name, value)]);
    let maps = list(vec![object("a", number(1)), object("b", text("x"))]);
    assert_eq!(maps, Ok(Type::list(Type::map(Type::String))));
    let objects = list(vec![object("a", any_null()), object("a", number(1))]);
    assert_eq!(objects, Ok(Type::list(Type::object([("a", Type::Number)]))));
    for items in [
        vec![number(1), Value::from(true)],
        vec![object("a", number(1)), any_null()],
        vec![Value::tuple(vec![]), text("x")],
    ] {
        let message = message(&Value::tuple(items), &any_list());
        assert_eq!(message, "all list elements must have the same type");
    }
}

#[test]
fn elements_that_come_out_different_are_brought_together() {
    let nested = Type::list(any_list());
    let one = |item| Value::tuple(vec![item]);
    let value = Value::tuple(vec![one(text("a")), one(number(1))]);
    assert_eq!(convert(&value, &nested).unwrap().ty(), Type::list(Type::list(Type::String)));
    let value = Value::tuple(vec![one(Value::from(true)), one(number(1))]);
    let expected = "[1]: cannot find a common base type for all elements";
    assert_eq!(message(&value, &nested), expected);
    let sets = Type::set(any_list());
    let expected = "element types must all match for conversion to set";
    assert_eq!(message(&value, &sets), expected);
}

#[test]
fn the_message_leads_to_the_part() {
    let numbers = Type::list(Type::Number);
    let value = Value::object([("a", Value::tuple(vec![number(1), text("x")]))]);
    let ty = Type::object([("a", numbers.clone())]);
    assert_eq!(message(&value, &ty), ".a[1]: a number is required");
    let value = Value::object([("a", text("x"))]);
    assert_eq!(message(&value, &Type::map(Type::Number)), "[\"a\"]: a number is required");
    assert_eq!(message(&value, &ty), "attribute \"a\": list of number required");
    let value = Value::tuple(vec![Value::object([("a", number(1))]), Value::object::<&str>([])]);
    let ty = Type::list(Type::object([("a", Type::Number)]));
    assert_eq!(message(&value, &ty), "element 1: attribute \"a\" is required");
    assert_eq!(message(&text("x"), &any_list()), "list of any single type required");
    let ty = Type::object([("a", Type::Bool), ("b", Type::Bool), ("c", Type::Bool)]);
    let expected = "attributes \"a\", \"b\", and \"c\" are required";
    assert_eq!(message(&Value::object::<&str>([]), &ty), expected);
}

#[test]
fn attributes_are_dropped_or_null_as_the_type_says() {
    let ty = optional(&[("a", Type::String, false), ("b", Type::String, true)]);
    let value = Value::object([("a", number(1)), ("z", number(2))]);
    let expected = Value::object([("a", text("1")), ("b", Value::null(Type::String))]);
    assert_eq!(convert(&value, &ty), Ok(expected.clone()));
    let map = Value::map(Type::Number, [("a", number(1)), ("z", number(2))]);
    assert_eq!(convert(&map, &ty), Ok(expected));
    let map = Value::map(Type::Number, [("z", number(2))]);
    assert_eq!(message(&map, &ty), "map has no element for required attribute \"a\"");
}

#[test]
fn nulls_unknowns_and_marks_are_kept() {
    let strings = Type::list(Type::String);
    assert_eq!(convert(&any_null(), &strings), Ok(Value::null(strings.clone())));
    let unknown = Value::unknown_not_null(Type::tuple(vec![Type::Number, Type::Bool]));
    let converted = convert(&unknown, &strings).unwrap();
    let ValueKind::Unknown(unknown) = converted.kind() else { panic!("unknown") };
    assert_eq!(unknown.ty, strings);
    assert!(unknown.refinement.not_null);
    assert_eq!(unknown.refinement.length_min, Some(2));
    let value = Value::tuple(vec![number(1).sensitive()]);
    let list = convert(&value, &strings).unwrap();
    assert!(!list.is_sensitive() && list.all_marks() == Marks::SENSITIVE);
    let set = convert(&value, &Type::set(Type::String)).unwrap();
    assert!(set.is_sensitive());
}

#[test]
fn a_value_of_the_type_is_shared_not_copied() {
    let value = Value::object([("a", text("x")), ("b", Value::list(Type::Number, vec![]))]);
    let converted = convert(&value, &value.ty()).unwrap();
    let (ValueKind::Object(a), ValueKind::Object(b)) = (value.kind(), converted.kind()) else {
        panic!("objects")
    };
    assert!(Arc::ptr_eq(a, b));
}

#[test]
fn lists_and_tuples_unify_as_lists() {
    let list = Type::list(Type::Number);
    let tuple = Type::tuple(vec![Type::String, Type::Bool]);
    assert_eq!(unify(&[list.clone(), tuple]), Some(Type::list(Type::String)));
    assert_eq!(unify(&[list.clone(), Type::set(Type::String)]), Some(list.clone()));
    assert_eq!(unify(&[Type::Bool, Type::Number]), None);
    assert_eq!(unify(&[list, Type::Dynamic]), Some(Type::Dynamic));
    assert_eq!(unify(&[Type::Dynamic, Type::Number]), Some(Type::Number));
    assert_eq!(unify(&[]), None);
}

#[test]
fn defaults_fill_what_is_absent_or_null() {
    let defaults =
        Defaults { values: [("a".into(), text("d"))].into(), children: DefaultChildren::None };
    let list =
        Defaults { children: DefaultChildren::Element(Box::new(defaults)), ..Defaults::default() };
    let value = Value::tuple(vec![
        Value::object::<&str>([]),
        Value::object([("a", any_null())]),
        Value::object([("a", text("x"))]),
        any_null(),
    ]);
    let filled = |value| Value::object([("a", text(value))]);
    let expected = Value::tuple(vec![filled("d"), filled("d"), filled("x"), any_null()]);
    assert_eq!(apply_defaults(&value, &list), expected);
}

#[test]
fn types_that_would_take_for_ever_do_not_go_together() {
    // Each level is a tuple of the one below and a list of nothing known.
    let level = |ty| Type::tuple(vec![ty, any_list()]);
    let nested = (0..100).fold(Type::Number, |ty, _| level(ty));
    let started = std::time::Instant::now();
    let _ = convertible(&nested, &any_list());
    let _ = unify(&[nested, any_list()]);
    assert!(started.elapsed().as_secs() < 5);
}
