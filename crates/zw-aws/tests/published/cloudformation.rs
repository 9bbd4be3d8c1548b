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
