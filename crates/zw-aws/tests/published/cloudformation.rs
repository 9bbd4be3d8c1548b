//! What cannot be changed, and what cannot be set, as `CloudFormation` has it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;
use zw_aws::Aws;
use zw_provider::schema::Schema;

use crate::{Difference, differences, published, unintended};

/// Which of `CloudFormation`'s types are which of ours.
#[derive(Deserialize)]
pub(crate) struct Names {
    /// Types by our name.
    pub(crate) types: BTreeMap<String, String>,
    /// Our names of properties whose name does not follow from theirs, by our name of the type.
    properties: BTreeMap<String, BTreeMap<String, String>>,
    differences: Vec<Difference>,
}

#[test]
fn what_cannot_be_changed_is_what_cloudformation_cannot_change() {
    let Some(published) = published() else { return };
    let names = differences().cloudformation;
    let aws = Aws::new();
    let mut found = Vec::new();
    for (name, theirs) in &names.types {
        let Some(schema) = aws.catalog().resource_types.get(name.as_str()) else {
            found.push(format!("{name}: is no type of ours"));
            continue;
        };
        let theirs = &published["cloudformation"][theirs];
        if theirs.is_null() {
            found.push(format!("{name}: CloudFormation has no such type"));
            continue;
        }
        compare(&mut found, name, schema, theirs, &names);
    }
    let found = unintended(found, &names.differences);
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

fn compare(found: &mut Vec<String>, name: &str, ours: &Schema, theirs: &Json, names: &Names) {
    let properties = |kind: &str| -> Vec<String> {
        let paths = theirs[kind].as_array().into_iter().flatten().filter_map(Json::as_str);
        let tops = paths.filter_map(|path| path.strip_prefix("/properties/"));
        tops.filter(|path| !path.contains('/')).map(|path| our_name(name, path, names)).collect()
    };
    let (create_only, read_only) = (properties("create_only"), properties("read_only"));
    for attribute in &ours.block.attributes {
        let path = format!("{name}.{}", attribute.name);
        let is = |names: &[String]| names.iter().any(|name| name == attribute.name);
        // Ids are made of what is created only, here as there.
        if attribute.is_configurable() && attribute.force_new != is(&create_only) {
            found.push(format!("{path}: create-only is {}", is(&create_only)));
        }
        if attribute.is_configurable() && is(&read_only) {
            found.push(format!("{path}: is read-only"));
        }
    }
    for nested in &ours.block.blocks {
        let is_create_only = create_only.iter().any(|name| name == nested.name);
        if is_create_only && !nested.force_new {
            found.push(format!("{name}.{}: create-only is true", nested.name));
        }
    }
}

/// `delay_seconds` of `DelaySeconds`.
fn our_name(type_name: &str, property: &str, names: &Names) -> String {
    let known = names.properties.get(type_name).and_then(|names| names.get(property));
    known.cloned().unwrap_or_else(|| {
        let letters: Vec<char> = property.chars().collect();
        let mut name = String::new();
        for (at, letter) in letters.iter().enumerate() {
            let after_small = at > 0 && !letters[at - 1].is_uppercase();
            let before_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
            if letter.is_uppercase() && at > 0 && (after_small || before_small) {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        name
    })
}

/// The table from which `aws_cloudcontrolapi_resource` knows what means a new object.
#[test]
fn the_table_of_types_is_what_cloudformation_publishes() {
    const PLACE: &str = "src/cloudcontrol/types.txt";
    let Some(published) = published() else { return };
    let types = published["cloudformation"].as_object().expect("types by name");
    let handled = types.iter().filter(|(_, it)| it["is_handled"] == true);
    let table: String = handled.map(|(name, it)| line(name, it)).collect();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PLACE);
    if std::env::var_os("ZW_WRITE_DOCS").is_some() {
        std::fs::write(&path, &table).expect("it can be written");
    }
    let ours = std::fs::read_to_string(&path).expect("it is there");
    let wrong = ours.lines().zip(table.lines()).find(|(ours, theirs)| ours != theirs);
    assert_eq!(wrong, None, "`cargo xtask coverage` writes the table anew");
    assert_eq!(ours.lines().count(), table.lines().count());
}

fn line(name: &str, published: &Json) -> String {
    let list = |kind: &str| -> String {
        let paths = published[kind].as_array().into_iter().flatten().filter_map(Json::as_str);
        let names: Vec<&str> =
            paths.map(|path| path.strip_prefix("/properties/").unwrap_or(path)).collect();
        names.join(",")
    };
    format!("{name}|{}|{}|{}\n", list("primary"), list("create_only"), list("read_only"))
}
