//! Expressions, templates and specification tests of HCL with the results that HCL expects.
//!
//! The cases lie outside of the repository: in `conformance/` of the folder `shared` beside it, or
//! where `ZW_CONFORMANCE_DIR` says. Without them there is nothing to test, and the test says so.
#![expect(clippy::print_stderr, clippy::expect_used, reason = "it is a test")]

mod support;

use std::collections::BTreeMap;

use serde_json::Value as Json;
use support::{TestScope, conformance_dir};
use zw_lang::parse::{LocalNames, Text};
use zw_lang::{Marks, SourceId, Type, Value, convert, evaluate};

/// Cases in which the result differs, and why.
const KNOWN_DIFFERENCES: &[(&str, &str)] = &[];

#[test]
fn expressions_have_the_values_that_hcl_expects() {
    let Some(dir) = conformance_dir() else { return };
    let text = std::fs::read_to_string(dir.join("hcl_expressions.json")).expect("the cases");
    let file: Json = serde_json::from_str(&text).expect("JSON");
    let cases = file["cases"].as_array().expect("a list of cases");
    let mut failures = Vec::new();
    let mut differences = 0;
    for case in cases {
        let input = case["input"].as_str().expect("an input");
        if let Err(reason) = check(case) {
            if KNOWN_DIFFERENCES.iter().any(|(known, _)| *known == input) {
                differences += 1;
            } else {
                failures.push(format!("{input:?}: {reason}"));
            }
        }
    }
    let held = cases.len() - failures.len() - differences;
    eprintln!("{held} of {} expressions hold, {differences} known differences", cases.len());
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

fn check(case: &Json) -> Result<(), String> {
    let input = case["input"].as_str().expect("an input");
    let is_template = case["source"]["test"] == "TestTemplateExprParseAndValue";
    let mut scope = TestScope::default();
    if let Some(variables) = case.get("variables").and_then(Json::as_object) {
        for (name, variable) in variables {
            let ty = type_of(variable["type"].as_str().unwrap_or("any"));
            let mut value = decode(&variable["value"], &ty)?;
            if variable["marked"] == true {
                value = value.sensitive();
            }
            scope.variables.insert(name.clone(), value);
        }
    }
    let text = Text::of_file(SourceId(0), input);
    // HCL parses all of a file; the parser here wants the expression alone.
    let compiled = if is_template {
        zw_lang::parse::template(text, &LocalNames::default(), &mut scope)
    } else {
        let text = Text { text: input.trim(), ..text };
        zw_lang::parse::expression(text, &LocalNames::default(), &mut scope)
    };
    let wants_errors = case["diag_count"].as_u64().unwrap_or(0) > 0;
    let result = compiled
        .map_err(|diagnostics| diagnostics.to_string())
        .and_then(|expr| evaluate(&expr, &mut scope).map_err(|error| format!("{error:?}")));
    let value = match (result, wants_errors) {
        (Err(_), true) => return Ok(()),
        (Ok(value), true) => return Err(format!("there should be an error, but it is {value:?}")),
        (Err(error), false) => return Err(error),
        (Ok(value), false) => value,
    };
    let want = &case["want"];
    let ty = value.ty();
    // Not every type of the cases can be written: some attributes have names that are numbers.
    let wanted_type = want["type"].as_str().unwrap_or("any").replace(" = ", "=");
    if ty.to_string() != wanted_type {
        return Err(format!("the type should be {wanted_type}, but is {ty}"));
    }
    let is_marked = !value.all_marks().is_empty();
    if is_marked != (want["marked"] == true) {
        return Err(format!("marked: {is_marked}"));
    }
    let expected = decode(&want["value"], &ty)?;
    if !matches(&value.clone().unmark_all().0, &expected) {
        return Err(format!("it should be {expected:?}, but is {:?}", value.unmark_all().0));
    }
    Ok(())
}

/// Whether two values are the same, refinements aside.
fn matches(a: &Value, b: &Value) -> bool {
    let strip = |value: &Value| {
        value.clone().map_deep(&mut |part| {
            if part.is_known() { part } else { Value::unknown(part.ty()) }
        })
    };
    strip(a) == strip(b)
}

fn type_of(text: &str) -> Type {
    let tree: hcl_edit::expr::Expression = text.parse().expect("a type");
    let text = Text::of_file(SourceId(0), text);
    let (ty, _) = zw_lang::parse::type_constraint(&tree, text).expect("a type");
    ty.without_optional()
}

/// A value from the notation of the cases.
fn decode(json: &Json, ty: &Type) -> Result<Value, String> {
    let value = decode_any(json)?;
    convert(&value, ty).map_err(|error| error.to_string())
}

fn decode_any(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Object(fields) => match fields.iter().next() {
            Some((key, inner)) if key == "$unknown" => {
                Value::unknown(type_of(inner.as_str().unwrap_or("any")))
            }
            Some((key, inner)) if key == "$num" => {
                let text = inner.as_str().unwrap_or_default();
                Value::from(zw_lang::Number::parse(text).ok_or("a number")?)
            }
            Some((key, Json::Array(items))) if key == "$set" => {
                let items: Result<Vec<Value>, String> = items.iter().map(decode_any).collect();
                Value::tuple(items?)
            }
            _ => {
                let attrs: Result<BTreeMap<String, Value>, String> = fields
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), decode_any(value)?)))
                    .collect();
                Value::object(attrs?)
            }
        },
        Json::Array(items) => {
            let items: Result<Vec<Value>, String> = items.iter().map(decode_any).collect();
            Value::tuple(items?)
        }
        Json::Null => Value::null(Type::Dynamic),
        Json::Bool(value) => Value::from(*value),
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => {
            Value::from(zw_lang::Number::parse(&number.to_string()).ok_or("a number")?)
        }
    })
}

#[test]
fn marks_are_no_part_of_what_is_compared() {
    assert!(matches(&Value::from(1), &Value::from(1)));
    assert!(!Value::from(1).with_marks(Marks::SENSITIVE).all_marks().is_empty());
}
