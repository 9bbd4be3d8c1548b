//! `zw metadata functions` beside that of the real Terraform.

mod support;

use std::process::Command;

use serde_json::{Map, Value as Json};
use support::Project;

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
        let got = ours.get(&name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(comparable(got), comparable(&theirs), "{name}");
    }
}

#[test]
fn there_is_no_other_form_than_json() {
    let ran = Project::new().zw(&["metadata", "functions"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("--json"), "{}", ran.stderr);
}

/// Functions of the provider that is built into Terraform, too, held against it, and those of other providers with the
/// examples of their documentation.
#[test]
fn functions_of_providers_can_be_called() {
    let config = r#"
        terraform {
          required_providers {
            terraform = { source = "terraform.io/builtin/terraform" }
            clock     = { source = "hashicorp/time" }
          }
        }
        output "encoded" {
          value = provider::terraform::encode_tfvars({ b = [1, "x", null], a = { "k y" = true, long = {} }, text = "a\n$${x}\"" })
        }
        output "decoded" {
          value = provider::terraform::decode_tfvars("a = 1\nb = [\"x\"]\n")
        }
        output "expression" {
          value = provider::terraform::encode_expr({ list = toset(["b", "a"]), number = 1.50 })
        }
        "#;
    let project = Project::of(config);
    project.ok(&["apply", "-auto-approve"]);
    let ours = project.ok(&["output", "-json"]).stdout;
    let ours: Json = serde_json::from_str(&ours).expect("JSON");

    project.write(
        "more.tf",
        r#"
        output "time" {
          value = provider::clock::rfc3339_parse("2023-07-25T23:43:16Z")
        }
        output "duration" {
          value = provider::clock::duration_parse("1h30m").minutes
        }
        output "exists" {
          value = provider::local::direxists(path.module)
        }
        output "arn" {
          value = provider::aws::arn_parse("arn:aws:iam::444455556666:role/example").resource
        }
        output "role" {
          value = provider::aws::trim_iam_role_path("arn:aws:iam::444455556666:role/with/path/example")
        }
        "#,
    );
    project.ok(&["apply", "-auto-approve"]);
    let more = project.ok(&["output", "-json"]).stdout;
    let more: Json = serde_json::from_str(&more).expect("JSON");
    // The example of the documentation of rfc3339_parse.
    let time = serde_json::json!({
        "day": 25, "hour": 23, "iso_week": 30, "iso_year": 2023, "minute": 43, "month": 7, "month_name": "July",
        "second": 16, "unix": 1_690_328_596, "weekday": 2, "weekday_name": "Tuesday", "year": 2023, "year_day": 206,
    });
    assert_eq!(more["time"]["value"], time);
    assert_eq!(more["duration"]["value"], 90);
    assert_eq!(more["exists"]["value"], true);
    assert_eq!(more["arn"]["value"], "role/example");
    assert_eq!(more["role"]["value"], "arn:aws:iam::444455556666:role/example");

    project.write("more.tf", "output \"no\" {\n  value = provider::terraform::encode_all(1)\n}\n");
    let refused = project.zw(&["validate"]);
    assert!(refused.stderr.contains("Unknown provider function"), "{}", refused.stderr);

    let witness = Project::of(&config.replace("clock     = { source = \"hashicorp/time\" }", ""));
    let run =
        |args: &[&str]| Command::new("terraform").args(args).current_dir(witness.path()).output();
    if run(&["init"]).is_err() {
        eprintln!("SKIPPED: there is no terraform on this machine");
        return;
    }
    run(&["apply", "-auto-approve"]).expect("it ran before");
    let theirs = run(&["output", "-json"]).expect("it ran before").stdout;
    let theirs: Json = serde_json::from_slice(&theirs).expect("JSON");
    assert_eq!(ours, theirs);
}
