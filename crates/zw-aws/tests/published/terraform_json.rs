//! Every schema against the one that the Terraform AWS provider publishes.
//!
//! `ZW_TF_SCHEMA` is a file with the output of `terraform providers schema -json` for
//! `hashicorp/aws` 5.x; without it the test says so and passes.

use serde_json::Value as Json;
use zw_lang::Type;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema};

/// Where we differ on purpose, and why. A path ends with `*` where it stands for all that begin so.
const ON_PURPOSE: [(&str, &str); 4] = [
    ("*.id: presence", "Terraform's old SDK declares every id as optional; nobody sets one."),
    ("*.tags_all: presence", "Terraform's old SDK declares it as optional; nobody sets it."),
    (
        "aws_eks_cluster.access_config.bootstrap_cluster_creator_admin_permissions: presence",
        "Terraform replaces a cluster when somebody adds the block without it; here it stays what it was.",
    ),
    ("provider.simulate", "Ours: the objects exist in the simulated cloud only."),
];

#[test]
fn schemas_are_those_of_the_terraform_provider() {
    let Some(path) = std::env::var_os("ZW_TF_SCHEMA") else {
        println!("skipped: ZW_TF_SCHEMA names no file with the published schemas");
        return;
    };
    let text = std::fs::read_to_string(path).expect("ZW_TF_SCHEMA names a file");
    let published: Json = serde_json::from_str(&text).expect("the file is JSON");
    let published = published["provider_schemas"]
        .as_object()
        .and_then(|providers| providers.values().next())
        .expect("the file has schemas of a provider");

    let aws = zw_aws::Aws::new();
    let mut differences = Vec::new();
    let config = zw_provider::Provider::config_schema(&aws);
    compare(&mut differences, "provider", config, &published["provider"]);
    let catalog = aws.catalog();
    for (kind, ours) in [
        ("resource_schemas", &catalog.resource_types),
        ("data_source_schemas", &catalog.data_sources),
    ] {
        for (name, schema) in ours {
            let prefix = if kind == "resource_schemas" { "" } else { "data." };
            compare(&mut differences, &format!("{prefix}{name}"), schema, &published[kind][name]);
        }
    }
    differences.retain(|difference| !ON_PURPOSE.iter().any(|(what, _)| matches(what, difference)));
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

fn matches(pattern: &str, difference: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) => difference.contains(end),
        None => difference.starts_with(pattern),
    }
}

fn compare(differences: &mut Vec<String>, name: &str, ours: &Schema, published: &Json) {
    if published.is_null() {
        differences.push(format!("{name}: not published"));
        return;
    }
    if published["version"].as_u64() != Some(u64::from(ours.version)) && name != "provider" {
        differences.push(format!("{name}: version {} is published", published["version"]));
    }
    compare_block(differences, name, &ours.block, &published["block"]);
}

fn compare_block(differences: &mut Vec<String>, path: &str, ours: &Block, published: &Json) {
    let empty = serde_json::Map::new();
    let attributes = published["attributes"].as_object().unwrap_or(&empty);
    let blocks = published["block_types"].as_object().unwrap_or(&empty);
    for name in attributes.keys().filter(|name| ours.attribute(name).is_none()) {
        differences.push(format!("{path}.{name}: missing"));
    }
    for name in blocks.keys().filter(|name| ours.nested(name).is_none()) {
        differences.push(format!("{path}.{name}: missing block"));
    }
    for attribute in &ours.attributes {
        let path = format!("{path}.{}", attribute.name);
        match attributes.get(attribute.name) {
            None => differences.push(format!("{path}: not published")),
            Some(published) => compare_attribute(differences, &path, attribute, published),
        }
    }
    for nested in &ours.blocks {
        let path = format!("{path}.{}", nested.name);
        match blocks.get(nested.name) {
            None => differences.push(format!("{path}: block not published")),
            Some(published) => compare_nested(differences, &path, nested, published),
        }
    }
}

fn compare_attribute(
    differences: &mut Vec<String>,
    path: &str,
    ours: &Attribute,
    published: &Json,
) {
    let flag = |name: &str| published[name].as_bool().unwrap_or(false);
    let presence = match (flag("required"), flag("optional"), flag("computed")) {
        (true, _, _) => Presence::Required,
        (_, true, true) => Presence::OptionalComputed,
        (_, true, false) => Presence::Optional,
        _ => Presence::Computed,
    };
    if presence != ours.presence {
        let ours = ours.presence;
        differences.push(format!("{path}: presence is {presence:?}, not {ours:?}"));
    }
    if flag("sensitive") && !ours.sensitive {
        differences.push(format!("{path}: is sensitive"));
    }
    if flag("write_only") != ours.write_only {
        differences.push(format!("{path}: write_only is {}", flag("write_only")));
    }
    let ty = type_of(&published["type"]);
    if ty.as_ref().is_some_and(|ty| *ty != ours.ty) {
        let ty = ty.map(|ty| ty.to_string()).unwrap_or_default();
        differences.push(format!("{path}: type is {ty}, not {}", ours.ty));
    }
}

fn compare_nested(differences: &mut Vec<String>, path: &str, ours: &NestedBlock, published: &Json) {
    let nesting = match ours.nesting {
        Nesting::Single => "single",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    };
    if published["nesting_mode"].as_str() != Some(nesting) {
        differences
            .push(format!("{path}: nesting is {}, not {nesting}", published["nesting_mode"]));
    }
    let least = published["min_items"].as_u64().unwrap_or(0);
    if least != ours.items_min as u64 {
        differences.push(format!("{path}: min_items is {least}, not {}", ours.items_min));
    }
    // The newer framework of Terraform checks the number of blocks in code, so nothing of it is published.
    let most = published["max_items"].as_u64();
    if most.is_some() && most != ours.items_max.map(|most| most as u64) {
        differences.push(format!("{path}: max_items is {most:?}, not {:?}", ours.items_max));
    }
    compare_block(differences, path, &ours.block, &published["block"]);
}

/// A type as Terraform's JSON has it: `"string"`, `["set", "string"]`, `["object", {...}]`.
fn type_of(json: &Json) -> Option<Type> {
    match json {
        Json::String(name) => Some(match name.as_str() {
            "bool" => Type::Bool,
            "number" => Type::Number,
            "string" => Type::String,
            _ => Type::Dynamic,
        }),
        Json::Array(parts) => {
            let of = parts.get(1)?;
            Some(match parts.first()?.as_str()? {
                "list" => Type::list(type_of(of)?),
                "set" => Type::set(type_of(of)?),
                "map" => Type::map(type_of(of)?),
                _ => {
                    let attributes = of.as_object()?.iter();
                    let typed = attributes.map(|(name, ty)| Some((name.as_str(), type_of(ty)?)));
                    Type::object(typed.collect::<Option<Vec<_>>>()?)
                }
            })
        }
        _ => None,
    }
}
