//! `zw metadata functions` beside that of the real Terraform.

mod support;

use serde_json::{Map, Value as Json};
use support::Project;

/// Functions whose results always have a type that Terraform does not say: it derives the type of the result from
/// arguments of which it knows nothing, for which its own calls are unknown altogether. Ours say what every call yields.
const RETURN_TYPES_WE_KNOW: &[(&str, &str)] = &[
    ("contains", r#""bool""#),
    ("format", r#""string""#),
    ("formatlist", r#"["list","string"]"#),
    ("index", r#""number""#),
    ("parseint", r#""number""#),
    ("sum", r#""number""#),
];

/// What OpenTofu 1.10 has beyond Terraform 1.11.
const OF_OPENTOFU: &[&str] = &["base64gunzip", "cidrcontains", "urldecode"];

fn signatures(text: &str) -> Map<String, Json> {
    let document: Json = serde_json::from_str(text).expect("it is JSON");
    assert_eq!(document["format_version"], "1.0");
    document["function_signatures"].as_object().expect("it is an object").clone()
}

/// A signature in which a description counts only as being there.
fn comparable(signature: &Json) -> Json {
    let mut signature = signature.clone();
    let hide = |holder: Option<&mut Json>| {
        if let Some(description) = holder.and_then(|holder| holder.get_mut("description")) {
            assert!(description.as_str().is_some_and(|text| !text.is_empty()));
            *description = Json::Bool(true);
        }
    };
    hide(Some(&mut signature));
    hide(signature.get_mut("variadic_parameter"));
    if let Some(Json::Array(parameters)) = signature.get_mut("parameters") {
        for parameter in parameters {
            hide(Some(parameter));
        }
    }
    signature
}

#[test]
fn every_function_of_terraform_is_there_with_its_signature() {
    let project = Project::new();
    let ours = signatures(&project.ok(&["metadata", "functions", "-json"]).stdout);
    for name in OF_OPENTOFU {
        assert!(ours.contains_key(*name) && ours.contains_key(&format!("core::{name}")), "{name}");
    }
    let Some(ran) = project.terraform(&["metadata", "functions", "-json"], "") else { return };
    for (name, theirs) in signatures(&ran.stdout) {
        let mut expected = comparable(&theirs);
        let short = name.trim_start_matches("core::");
        if let Some((_, known)) = RETURN_TYPES_WE_KNOW.iter().find(|(known, _)| *known == short) {
            assert_eq!(expected["return_type"], "dynamic", "{name} is an exception no longer");
            expected["return_type"] = serde_json::from_str(known).expect("it is JSON");
        }
        let got = ours.get(&name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(comparable(got), expected, "{name}");
    }
}

#[test]
fn there_is_no_other_form_than_json() {
    let ran = Project::new().zw(&["metadata", "functions"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("--json"), "{}", ran.stderr);
}
