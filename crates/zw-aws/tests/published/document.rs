//! `docs/providers/aws.md`: the table of types follows from the schemas and the cases, that of permissions from what is
//! called.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value as Json;
use zw_aws::Aws;
use zw_lang::{ResourceMode, Str, Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{Deed, PermissionsRequest, Provider};

use crate::bindings::coverage;
use crate::permissions::types;
use crate::{differences, published};

const BEGIN: &str = "<!-- written by `cargo xtask coverage` -->\n";
const BEGIN_PERMISSIONS: &str = "<!-- written by `cargo xtask coverage`, too -->\n";
const END: &str = "<!-- until here -->\n";

#[test]
fn the_document_says_what_there_is() {
    let Some(published) = published() else { return };
    let path = zw_testing::workspace().join("docs/providers/aws.md");
    let text = std::fs::read_to_string(&path).expect("the document can be read");
    let written = with_section(&text, BEGIN, &tables(&published));
    let written = with_section(&written, BEGIN_PERMISSIONS, &permissions());
    if std::env::var_os("ZW_WRITE_DOCS").is_some() {
        std::fs::write(&path, written).expect("the document can be written");
        return;
    }
    assert!(text == written, "docs/providers/aws.md is out of date: run `cargo xtask coverage`");
}

/// A document with a section of it written anew.
fn with_section(text: &str, begin: &str, section: &str) -> String {
    let (before, rest) = text.split_once(begin).expect("the section begins");
    let (_, after) = rest.split_once(END).expect("the section ends");
    format!("{before}{begin}{section}{END}{after}")
}

/// Which actions each type needs to be allowed.
fn permissions() -> String {
    let aws = Aws::new();
    let mut text =
        String::from("\n| type | read | create | update | delete |\n|---|---|---|---|---|\n");
    for (key, mode, type_name) in types(&aws) {
        let all = |deed| needed(&aws, mode, type_name, deed);
        let reading = all(Deed::Read);
        let cell = |actions: &BTreeSet<String>| {
            let actions: Vec<String> = actions.iter().map(ToString::to_string).collect();
            actions.join(", ")
        };
        let mut cells = vec![cell(&reading)];
        // What cannot be changed has no column of its own, as it has no calls.
        for deed in [Deed::Create, Deed::Update, Deed::Delete] {
            cells.push(cell(&all(deed).difference(&reading).cloned().collect()));
        }
        let _ = writeln!(text, "| `{key}` | {} |", cells.join(" | "));
    }
    text.push('\n');
    text
}

/// The actions that a deed needs, in code, with a star behind those that only some objects need.
fn needed(aws: &Aws, mode: ResourceMode, type_name: &str, deed: Deed) -> BTreeSet<String> {
    let ask = |object: &Value| {
        aws.permissions(PermissionsRequest { mode, type_name, deed, object }).unwrap_or_default()
    };
    let always = ask(&Value::object::<Str>([]));
    ask(&Value::null(Type::Dynamic))
        .into_iter()
        .map(|action| {
            let star = if always.contains(&action) { "" } else { "\\*" };
            format!("`{action}`{star}")
        })
        .collect()
}

fn tables(published: &Json) -> String {
    let aws = Aws::new();
    let witnesses = witnesses();
    let checked = differences().cloudformation.types;
    let mut text = String::from(
        "\n| resource type | attributes | replacement checked against | witness |\n|---|---|---|---|\n",
    );
    for (name, schema) in &aws.catalog().resource_types {
        let covered = covered(schema, &published["resources"][name]);
        let checked = checked.get(*name).map_or_else(String::new, |name| format!("`{name}`"));
        let witness = witnesses.get(*name).map_or("", String::as_str);
        let _ = writeln!(text, "| `{name}` | {covered} | {checked} | {witness} |");
    }
    text.push_str("\n| data source | attributes |\n|---|---|\n");
    for (name, schema) in &aws.catalog().data_sources {
        let covered = covered(schema, &published["data"][name]);
        let _ = writeln!(text, "| `{name}` | {covered} |");
    }
    text.push('\n');
    text
}

fn covered(schema: &Schema, published: &Json) -> String {
    let (ours, all) = coverage(&schema.block, published);
    if ours == all { format!("all {all}") } else { format!("{ours} of {all}") }
}

/// Who stands behind a type: the emulator of its case and boto3, or a test of its own.
fn witnesses() -> BTreeMap<String, String> {
    let tests = zw_testing::workspace().join("crates/zw-aws/tests/aws");
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let aws = Aws::new();
    for file in ["ec2.rs", "eks.rs", "iam.rs"] {
        let text = std::fs::read_to_string(tests.join(file)).expect("the test can be read");
        let names = aws.catalog().resource_types.keys();
        for name in names.filter(|name| text.contains(&format!("\"{name}\""))) {
            found.insert((*name).to_owned(), format!("`tests/aws/{file}`"));
        }
    }
    let cases = std::fs::read_dir(tests.join("cases")).expect("the cases can be listed");
    for case in cases {
        let path = case.expect("the cases can be listed").path();
        let text = std::fs::read_to_string(&path).expect("the case can be read");
        let cases: Vec<Json> = serde_json::from_str(&text).expect("cases are JSON");
        for case in cases {
            let name = case["type"].as_str().unwrap_or_default().to_owned();
            let peer = case["on"].as_str().unwrap_or("moto");
            let said = found.entry(name).or_default();
            if !said.contains(peer) {
                let and = if said.is_empty() { "" } else { ", " };
                let by = if peer == "model" { "the service's model" } else { peer };
                let with = if peer == "model" { "" } else { " and boto3" };
                let _ = write!(said, "{and}{by}{with}");
            }
        }
    }
    found
}
