use serde::de::DeserializeSeed;

use super::*;
use crate::number::Number;
use crate::ty::Type;
use crate::value::Value;

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

fn number(text: &str) -> Value {
    Number::parse(text).unwrap().into()
}

fn sample_type() -> Type {
    Type::object([
        ("any", Type::Dynamic),
        ("list", Type::list(Type::Number)),
        ("map", Type::map(Type::Bool)),
        ("name", Type::String),
        ("set", Type::set(Type::String)),
        ("tuple", Type::tuple(vec![Type::Number, Type::String])),
    ])
}

const SAMPLE: &str = concat!(
    r#"{"any":{"value":{"x":[1]},"type":["object",{"x":["tuple",["number"]]}]},"#,
    r#""list":[1,2.5,123456789012345678901234567890],"map":{"a":true,"b":null},"#,
    r#""name":null,"set":["a","b"],"tuple":[-0.1,"x"]}"#
);

#[test]
fn a_typed_value_is_read_and_written_unchanged() {
    let ty = sample_type();
    let value = json_to_value(&json(SAMPLE), &ty).unwrap();
    let mut deserializer = serde_json::Deserializer::from_str(SAMPLE);
    assert_eq!(ValueSeed { ty: &ty }.deserialize(&mut deserializer).unwrap(), value);
    let text = serde_json::to_string(&TypedJson { value: &value, ty: &ty }).unwrap();
    assert_eq!(text, SAMPLE);
    assert_eq!(value.get("any").unwrap().get("x").unwrap().ty(), Type::tuple(vec![Type::Number]));
    assert_eq!(value.get("name"), Some(&Value::null(Type::String)));
    assert_eq!(value_to_typed_json(&value, &ty).unwrap(), json(SAMPLE));
}

#[test]
fn types_are_read_and_written_unchanged() {
    for text in [
        r#""dynamic""#,
        r#"["list",["set",["map","bool"]]]"#,
        r#"["tuple",["string","number"]]"#,
        r#"["object",{"a":"bool","b":"string"}]"#,
        r#"["object",{"a":"bool","b":"string"},["b"]]"#,
    ] {
        let ty = type_from_json(&json(text)).unwrap();
        assert_eq!(serde_json::to_string(&ty).unwrap(), text);
    }
    for text in [r#""any""#, r#"["list"]"#, r#"["object",["a"]]"#, "1", "[]"] {
        assert!(type_from_json(&json(text)).is_none(), "{text}");
    }
}

#[test]
fn text_without_a_type_gives_tuples_and_objects() {
    let value = json_text_to_value(r#" {"b": [1, "x", null, true], "a": 1.50, "b": 2} "#).unwrap();
    assert_eq!(value, Value::object([("a", number("1.5")), ("b", number("2"))]));
    let tuple = json_text_to_value(r#"[{"a":1},{"a":2}]"#).unwrap();
    let parts: Vec<_> = tuple.as_sequence().unwrap().iter().map(|v| v.as_object()).collect();
    let names = |at: usize| std::sync::Arc::clone(&parts[at].unwrap().names);
    assert!(std::sync::Arc::ptr_eq(&names(0), &names(1)), "objects of one shape share its names");
    for text in ["", "[1,]", "{} x", "nul", "{a:1}", "01"] {
        assert!(json_text_to_value(text).is_err(), "{text}");
    }
}

#[test]
fn numbers_keep_all_digits() {
    for text in ["123456789012345678901234567890.5", "0.1", "-9223372036854775809"] {
        let value = json_text_to_value(text).unwrap();
        assert_eq!(value, number(text));
        assert_eq!(to_go_json(&value).unwrap(), text);
        assert_eq!(value_to_json(&value).to_string(), text);
        assert_eq!(json_to_value(&json(text), &Type::Number).unwrap(), value);
    }
    assert_eq!(to_go_json(&number("1e30")).unwrap(), format!("1{}", "0".repeat(30)));
    assert!(to_go_json(&number("Inf")).is_err());
}

#[test]
fn primitives_stand_for_each_other_where_they_convert() {
    let read = |text, ty: Type| json_to_value(&json(text), &ty);
    assert_eq!(read("1", Type::String), Ok(Value::from("1")));
    assert_eq!(read("true", Type::String), Ok(Value::from("true")));
    assert_eq!(read("\"1.5\"", Type::Number), Ok(number("1.5")));
    assert_eq!(read("\"true\"", Type::Bool), Ok(Value::from(true)));
    assert_eq!(read("null", Type::Bool), Ok(Value::null(Type::Bool)));
    let error = read("{\"a\":[1]}", Type::object([("a", Type::list(Type::Bool))])).unwrap_err();
    assert_eq!(error.to_string(), ".a[0]: bool is required");
    let error = read("{\"b\":1}", Type::object([("a", Type::Bool)])).unwrap_err();
    assert_eq!(error.to_string(), "unsupported attribute \"b\"");
    assert!(read("[1]", Type::tuple(vec![])).is_err());
}

#[test]
fn text_is_escaped_as_go_does() {
    let value = Value::from("<a>&\"\\\u{8}\u{c}\n\u{1}\u{7f}é😀\u{2028}\u{2029}");
    let expected =
        r#""\u003ca\u003e\u0026\"\\\b\f\n\u0001"#.to_owned() + "\u{7f}é😀\\u2028\\u2029\"";
    assert_eq!(to_go_json(&value).unwrap(), expected);
}

#[test]
fn unknown_values_have_no_json() {
    let value = Value::tuple(vec![Value::unknown(Type::String)]);
    assert!(to_go_json(&value).is_err());
    assert_eq!(value_to_json(&value).to_string(), "[null]");
}
