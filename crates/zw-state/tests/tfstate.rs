//! State goes to Terraform and comes back.
//!
//! The fixture was written by Terraform 1.11.4, with one tainted object and one deposed, and keys of
//! every kind of character; the list beside it is what `terraform state list` says of it.

#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::fs;
use std::path::Path;
use std::process::Command;

use zw_lang::addr::InstanceAddr;
use zw_state::testing::{full_row, output, row};
use zw_state::{
    ObjectStatus, ResourceRow, RowKey, Snapshot, TfstateError, from_tfstate, to_tfstate,
};

const STATE: &str = include_str!("fixtures/terraform-1.11.tfstate");
const LIST: &str = include_str!("fixtures/terraform-1.11.list");

/// A state of one resource, written in JSON.
fn state_of(resource: &str) -> String {
    format!("{{\"version\": 4, \"serial\": 7, \"lineage\": \"l\", \"resources\": [{resource}]}}")
}

fn instance_of(instance: &str) -> String {
    state_of(&format!(
        "{{\"mode\": \"managed\", \"type\": \"a\", \"name\": \"b\", \
         \"provider\": \"provider[\\\"example.com/x/y\\\"]\", \"instances\": [{instance}]}}"
    ))
}

fn snapshot_of(rows: impl IntoIterator<Item = ResourceRow>) -> Snapshot {
    let rows = rows.into_iter().map(|row| (row.key.clone(), row));
    Snapshot { resources: rows.collect(), ..Snapshot::default() }
}

#[test]
fn what_terraform_wrote_is_read() {
    let imported = from_tfstate(STATE).unwrap();
    let snapshot = &imported.snapshot;
    assert_eq!(imported.data_sources, 1);
    let mut addresses: Vec<InstanceAddr> = snapshot
        .resources
        .keys()
        .filter(|key| key.deposed.is_none())
        .map(|key| key.address.parse().unwrap())
        .collect();
    addresses.sort();
    let listed: Vec<&str> = LIST.lines().filter(|line| !line.starts_with("data.")).collect();
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, listed);

    let a = &snapshot.resources[&RowKey::current("terraform_data.a")];
    assert!(a.ending.create_before_destroy);
    assert_eq!(&*a.provider, "provider[\"terraform.io/builtin/terraform\"]");
    assert_eq!(
        a.sensitive_paths.as_deref(),
        Some("[[{\"type\":\"get_attr\",\"value\":\"input\"}]]")
    );
    let attributes: serde_json::Value = serde_json::from_str(&a.attributes).unwrap();
    assert_eq!(attributes["input"]["value"], "secret");
    assert!(!a.attributes.contains('\n'));
    let tainted = snapshot.resources.values().filter(|row| row.status == ObjectStatus::Tainted);
    assert_eq!(tainted.count(), 1);
    let deposed: Vec<_> = snapshot
        .resources
        .keys()
        .filter(|key| key.deposed.is_some())
        .map(|key| &*key.address)
        .collect();
    assert_eq!(deposed, ["terraform_data.replaced"]);
    assert_eq!(&*snapshot.outputs["o"].value, "{\"a\":1,\"b\":[true,null,\"x\"]}");
    assert_eq!(
        &*snapshot.outputs["o"].ty,
        "[\"object\",{\"a\":\"number\",\"b\":[\"tuple\",[\"bool\",\"dynamic\",\"string\"]]}]"
    );
    assert!(snapshot.outputs["s"].sensitive && !snapshot.outputs["nul"].sensitive);
}

#[test]
fn addresses_sort_as_terraform_lists_them() {
    let mut addresses: Vec<InstanceAddr> =
        LIST.lines().rev().map(|line| line.parse().unwrap()).collect();
    addresses.sort();
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, LIST.lines().collect::<Vec<_>>());
}

#[test]
fn dependencies_are_on_what_is_in_the_same_instances_of_modules() {
    let snapshot = from_tfstate(STATE).unwrap().snapshot;
    let dependencies = |address: &str| {
        let row = &snapshot.resources[&RowKey::current(address)];
        row.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        dependencies("module.m[\"x\"].terraform_data.two[1]"),
        ["module.m[\"x\"].terraform_data.one"]
    );
    assert_eq!(
        dependencies("module.n[1].terraform_data.two[0]"),
        [
            "module.n[1].terraform_data.one",
            "terraform_data.a",
            "terraform_data.counted",
            "terraform_data.keys"
        ]
    );
    assert_eq!(
        dependencies("module.deep.terraform_data.three"),
        [
            "module.deep.module.inner.terraform_data.one",
            "module.deep.module.inner.terraform_data.two"
        ]
    );
}

#[test]
fn a_state_that_was_imported_is_exported_as_it_was() {
    let imported = from_tfstate(STATE).unwrap();
    let exported = to_tfstate(&imported.snapshot).unwrap();
    // All but the data source, which stands first.
    let start = STATE.find("    {\n      \"mode\": \"data\"").unwrap();
    let end = start + STATE[start..].find("\n    },\n").unwrap() + "\n    },\n".len();
    let expected = format!("{}{}", &STATE[..start], &STATE[end..]);
    for (exported, expected) in exported.lines().zip(expected.lines()) {
        assert_eq!(exported, expected);
    }
    assert_eq!(exported.len(), expected.len());
    assert_eq!(from_tfstate(&exported).unwrap().snapshot, imported.snapshot);
}

#[test]
fn every_field_of_a_row_survives() {
    let provider =
        |provider: &str, row: ResourceRow| ResourceRow { provider: provider.into(), ..row };
    let mut snapshot = snapshot_of([
        full_row("module.m[\"a\"].x.y[\"<&>\"]", None),
        full_row("module.m[\"a\"].x.y[\"<&>\"]", Some("0badcafe")),
        row("module.m[\"a\"].x.y[\"plain\"]"),
        provider("module.m[\"a\"].provider[\"example.com/a/b\"].west[\"x\"]", row("a.b[1]")),
        provider("module.m.provider[\"example.com/a/b\"].west", row("a.b[0]")),
        provider("module.m.provider[\"example.com/a/b\"].east", row("a.b[2]")),
    ]);
    for row in snapshot.resources.values_mut() {
        // In a state file the type is said once, by the address.
        row.type_name = if row.key.address.starts_with("a.b") { "a" } else { "x" }.into();
        if !row.dependencies.is_empty() {
            row.dependencies = vec!["a.b".into(), "data.x.y".into(), "module.q.x.y".into()];
        }
    }
    snapshot.outputs =
        [1, 2].map(|value| output(&value.to_string(), value)).map(|o| (o.name.clone(), o)).into();
    (snapshot.serial, snapshot.lineage) = (12, "lineage".to_owned());
    let exported = to_tfstate(&snapshot).unwrap();
    assert_eq!(from_tfstate(&exported).unwrap().snapshot, snapshot);
    // Terraform has no keys in the address of a provider configuration.
    assert_eq!(
        exported
            .matches("      \"provider\": \"module.m.provider[\\\"example.com/a/b\\\"].west\",")
            .count(),
        2
    );
    assert!(exported.contains("          \"provider\": \"module.m[\\\"a\\\"].provider[\\\"example.com/a/b\\\"].west[\\\"x\\\"]\","));
}

#[test]
fn dependencies_are_exported_without_keys() {
    let mut row = row("a.b");
    row.dependencies =
        ["module.m[\"x\"].c.d[0]", "module.m[\"y\"].c.d[1]", "a.c"].map(Into::into).to_vec();
    let exported = to_tfstate(&snapshot_of([row])).unwrap();
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    let dependencies = &exported["resources"][0]["instances"][0]["dependencies"];
    assert_eq!(*dependencies, serde_json::json!(["a.c", "module.m.c.d"]));
}

#[test]
fn addresses_of_providers_from_before_are_understood() {
    for (written, read) in [
        ("provider.aws", "provider[\"registry.terraform.io/hashicorp/aws\"]"),
        ("provider.terraform", "provider[\"terraform.io/builtin/terraform\"]"),
        (
            "module.a.provider.aws.west",
            "module.a.provider[\"registry.terraform.io/hashicorp/aws\"].west",
        ),
        (
            "provider[\\\"registry.terraform.io/-/aws\\\"]",
            "provider[\"registry.terraform.io/hashicorp/aws\"]",
        ),
    ] {
        let state = instance_of("{\"attributes\": {}}")
            .replace("provider[\\\"example.com/x/y\\\"]", written);
        let snapshot = from_tfstate(&state).unwrap().snapshot;
        assert_eq!(&*snapshot.resources[&RowKey::current("a.b")].provider, read);
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (state, message) in [
        (
            String::new(),
            "it is not a state file of Terraform: EOF while parsing a value at line 1 column 0",
        ),
        (
            "[]".to_owned(),
            "it is not a state file of Terraform: invalid length 0, expected struct Version with 1 element at line 1 column 2",
        ),
        (
            "{\"version\": 3}".to_owned(),
            "it has format 3, and only format 4 can be read: run \"terraform apply -refresh-only\" with Terraform 1, which writes format 4",
        ),
        (
            "{\"version\": 5}".to_owned(),
            "it has format 5, and only format 4 can be read: it was written by a newer Terraform",
        ),
        (
            STATE[..STATE.len() / 2].to_owned(),
            "it is not a state file of Terraform: EOF while parsing",
        ),
        (instance_of("{\"status\": \"odd\"}"), "a.b: there is no such status"),
        (instance_of("{\"index_key\": 1.5}"), "a.b: there is no such index key"),
        (instance_of("{\"index_key\": -1}"), "a.b: there is no such index key"),
        (
            instance_of("{\"index_key\": \"x\", \"deposed\": \"1\"}"),
            "a.b[\"x\"]: the key of a deposed object has eight hexadecimal digits",
        ),
        (instance_of("{}, {}"), "a.b: it is there twice"),
        (
            instance_of("{\"attributes_flat\": {}}"),
            "a.b: it was written by Terraform before version 0.12.",
        ),
        (
            instance_of("{\"dependencies\": [\"a\"]}"),
            "a.b: \"a\" is not the address of a resource instance",
        ),
        (instance_of("{}").replace("managed", "odd"), "odd a.b: there is no such mode"),
        (
            instance_of("{}").replace("\"b\"", "\"b.c\""),
            "managed a.b.c: \"a.b.c\" is not the address",
        ),
        (
            instance_of("{}").replace("\"b\"", "\"b[0]\""),
            "managed a.b[0]: it has no proper address",
        ),
        (
            instance_of("{}").replace("provider[", "odd["),
            "a.b: \"odd[\\\"example.com/x/y\\\"]\" is not the address of a provider configuration",
        ),
    ] {
        let error = from_tfstate(&state).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let error = to_tfstate(&snapshot_of([row("nothing")])).unwrap_err();
    assert!(matches!(error, TfstateError::Invalid { what, .. } if what == "nothing"));
}

fn terraform(dir: &Path, arguments: &[&str]) -> Option<(Option<i32>, String)> {
    let mut command = Command::new("terraform");
    command
        .args(arguments)
        .current_dir(dir)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1");
    let output = command.output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.code(), String::from_utf8(text).unwrap()))
}

/// Only where Terraform is installed.
#[test]
fn terraform_lists_what_was_exported() {
    let dir = tempfile::tempdir().unwrap();
    let exported = to_tfstate(&from_tfstate(STATE).unwrap().snapshot).unwrap();
    fs::write(dir.path().join("terraform.tfstate"), exported).unwrap();
    let Some((code, listed)) = terraform(dir.path(), &["state", "list"]) else { return };
    let expected: Vec<&str> = LIST.lines().filter(|line| !line.starts_with("data.")).collect();
    let listed: Vec<&str> = listed.lines().filter(|line| line.contains("terraform_data")).collect();
    assert_eq!((code, listed), (Some(0), expected));
}

/// Only where Terraform is installed.
#[test]
fn terraform_plans_no_change_on_what_was_exported() {
    let dir = tempfile::tempdir().unwrap();
    let configuration = "
        resource \"terraform_data\" \"a\" {
          for_each = toset([\"x\", \"y<&>\\n\"])
          input    = { text = sensitive(each.key), list = [1.5, true, null] }
          lifecycle { create_before_destroy = true }
        }
        resource \"terraform_data\" \"b\" {
          count            = 2
          triggers_replace = [for one in terraform_data.a : one.id]
        }
        output \"ids\" { value = terraform_data.b[*].id }";
    fs::write(dir.path().join("main.tf"), configuration).unwrap();
    let Some((code, text)) = terraform(dir.path(), &["init"]) else { return };
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = terraform(dir.path(), &["apply", "-auto-approve"]).unwrap();
    assert_eq!(code, Some(0), "{text}");
    let path = dir.path().join("terraform.tfstate");
    let mut imported = from_tfstate(&fs::read_to_string(&path).unwrap()).unwrap();
    imported.snapshot.serial += 1;
    fs::write(&path, to_tfstate(&imported.snapshot).unwrap()).unwrap();
    let (code, text) = terraform(dir.path(), &["plan", "-detailed-exitcode"]).unwrap();
    assert_eq!(code, Some(0), "{text}");
}
