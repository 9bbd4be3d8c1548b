//! Names, types and presence of attributes, as the bindings have them that were generated from the Terraform
//! provider's schemas.

use serde_json::{Map, Value as Json};
use zw_aws::Aws;
use zw_lang::Type;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Presence};

use crate::{differences, published, unintended};

#[test]
fn attributes_are_those_of_the_terraform_provider() {
    let Some(published) = published() else { return };
    let aws = Aws::new();
    let catalog = aws.catalog();
    let mut found = Vec::new();
    for (name, schema) in &catalog.resource_types {
        compare(&mut found, name, &schema.block, &published["resources"][name]);
    }
    for (name, schema) in &catalog.data_sources {
        compare(&mut found, &format!("data.{name}"), &schema.block, &published["data"][name]);
    }
    let found = unintended(found, &differences().terraform);
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

/// How many attributes, those of nested blocks included, a published type has, and how many of them are ours.
pub(crate) fn coverage(ours: &Block, published: &Json) -> (usize, usize) {
    let mut count = (0, 0);
    for (name, _) in entries(published, "attributes") {
        count.0 += usize::from(ours.attribute(name).is_some());
        count.1 += 1;
    }
    for (name, block) in entries(published, "blocks") {
        let nothing = Block::default();
        let (some, all) = match (ours.nested(name), ours.attribute(name)) {
            // Of a block that is an attribute, the type has all or the comparison fails.
            (None, Some(_)) => {
                let all = coverage(&nothing, &block["block"]).1;
                (all, all)
            }
            (nested, _) => coverage(nested.map_or(&nothing, |it| &it.block), &block["block"]),
        };
        count.0 += some;
        count.1 += all;
    }
    count
}

fn compare(found: &mut Vec<String>, path: &str, ours: &Block, published: &Json) {
    if published.is_null() {
        found.push(format!("{path}: not published"));
        return;
    }
    for (name, theirs) in entries(published, "attributes") {
        let path = format!("{path}.{name}");
        match ours.attribute(name) {
            Some(ours) => compare_attribute(found, &path, ours, theirs),
            None if ours.nested(name).is_some() => found.push(format!("{path}: is an attribute")),
            None => found.push(format!("{path}: missing")),
        }
    }
    for (name, theirs) in entries(published, "blocks") {
        let path = format!("{path}.{name}");
        match ours.nested(name) {
            Some(ours) => compare_nested(found, &path, ours, theirs),
            // Blocks that can be written as an attribute, too, are attributes here.
            None => match ours.attribute(name) {
                Some(ours) if is_of_type(&ours.ty, theirs) => {}
                Some(_) => found.push(format!("{path}: is another block")),
                None => found.push(format!("{path}: missing block")),
            },
        }
    }
    let is_published = |name: &str| {
        ["attributes", "blocks"].iter().any(|kind| published[kind].get(name).is_some())
    };
    let names = ours.names().iter().map(zw_lang::Str::as_str);
    for name in names.filter(|name| !is_published(name)) {
        found.push(format!("{path}.{name}: not published"));
    }
}

fn compare_attribute(found: &mut Vec<String>, path: &str, ours: &Attribute, theirs: &Json) {
    let (required, settable) = (theirs["required"] == true, theirs["settable"] == true);
    if required != (ours.presence == Presence::Required) {
        found.push(format!("{path}: required is {required}"));
    }
    if settable != ours.is_configurable() {
        found.push(format!("{path}: settable is {settable}"));
    }
    if !is_of_type(&ours.ty, theirs) {
        let ty =
            theirs["type"].as_str().map_or_else(|| theirs["nesting"].to_string(), str::to_owned);
        found.push(format!("{path}: type is {ty}, not {}", ours.ty));
    }
}

fn is_of_type(ours: &Type, theirs: &Json) -> bool {
    if let Some(ty) = theirs["type"].as_str() {
        return ty.contains("dynamic") || ours.to_string() == ty;
    }
    let element = match (ours, theirs["nesting"].as_str()) {
        (Type::List(element), Some("list")) | (Type::Set(element), Some("set")) => &**element,
        (ours, Some("single")) => ours,
        _ => return false,
    };
    let Type::Object(object) = element else { return false };
    let (attributes, blocks) = (&theirs["block"]["attributes"], &theirs["block"]["blocks"]);
    let names =
        [attributes, blocks].into_iter().filter_map(Json::as_object).map(Map::len).sum::<usize>();
    names == object.attrs().len()
        && object.attrs().iter().all(|attr| {
            let name = attr.name.as_str();
            let theirs = attributes.get(name).or_else(|| blocks.get(name));
            theirs.is_some_and(|theirs| is_of_type(&attr.ty, theirs))
        })
}

fn compare_nested(found: &mut Vec<String>, path: &str, ours: &NestedBlock, theirs: &Json) {
    let nesting = match ours.nesting {
        Nesting::Single => "single",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    };
    if theirs["nesting"] != nesting {
        found.push(format!("{path}: nesting is {}, not {nesting}", theirs["nesting"]));
    }
    let required = theirs["required"] == true;
    if required != (ours.items_min > 0) {
        found.push(format!("{path}: required is {required}"));
    }
    // The bindings tell one from many, and no other numbers. The newer framework of Terraform checks the number in code,
    // so not even that is published of its types.
    let is_one = ours.items_max == Some(1) || ours.nesting == Nesting::Single;
    if theirs["max"] == 1 && !is_one {
        found.push(format!("{path}: max is {}", theirs["max"]));
    }
    compare(found, path, &ours.block, &theirs["block"]);
}

fn entries<'a>(block: &'a Json, kind: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    block[kind].as_object().into_iter().flatten()
}
