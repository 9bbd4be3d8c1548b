//! The documents that the Terraform AWS provider 5.100.0 makes of the same arguments are in `cases.json`.

use serde_json::json;
use zw_lang::json_to_value;
use zw_provider::OpErrorKind;

use super::*;

fn config(json: &Json) -> Value {
    json_to_value(json, &schema().block.ty()).expect("the arguments are those of the schema")
}

#[test]
fn documents_are_those_of_terraform() {
    let cases: Vec<Json> =
        serde_json::from_str(include_str!("cases.json")).expect("the cases are JSON");
    assert!(!cases.is_empty());
    for case in cases {
        let name = &case["name"];
        let document = read(&config(&case["config"])).expect("the arguments are right");
        for attribute in ["json", "minified_json", "id"] {
            let found = document.get(attribute).and_then(Value::as_str);
            assert_eq!(found, case[attribute].as_str(), "{attribute} of {name}");
        }
    }
}

#[test]
fn an_id_stands_for_one_statement() {
    let source = r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "*"}]}"#;
    for wrong in [
        json!({ "statement": [{ "sid": "A" }, { "sid": "A" }] }),
        json!({ "source_policy_documents": [source, source] }),
    ] {
        let error = read(&config(&wrong)).expect_err("the id is there twice");
        assert_eq!(error.kind, OpErrorKind::Invalid);
        assert!(error.message.contains("\"A\""), "{error}");
    }
}

#[test]
fn what_is_no_policy_is_refused() {
    for wrong in ["", "[]", "{", r#"{"Statement": [1]}"#, r#"{"Statement": {"Principal": 1}}"#] {
        let error = read(&config(&json!({ "override_policy_documents": ["{}", wrong] })));
        let error = error.expect_err("it is no policy");
        assert!(error.message.starts_with("Document 1 of override_policy_documents"), "{error}");
    }
    let old =
        json!({ "version": "2008-10-17", "statement": [{ "resources": ["&{aws:username}"] }] });
    let error = read(&config(&old)).expect_err("there were no variables then");
    assert!(error.message.contains("2012-10-17"), "{error}");
}

#[test]
fn what_is_not_written_has_its_default() {
    let document = read(&config(&json!({ "statement": [{ "actions": ["*"] }] }))).expect("right");
    assert_eq!(document.get("version"), Some(&VERSION.into()));
    let statement = &document.get("statement").and_then(Value::as_sequence).expect("a list")[0];
    assert_eq!(statement.get("effect"), Some(&EFFECT.into()));
}
