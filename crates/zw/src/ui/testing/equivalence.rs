//! The equivalence scenarios of OpenTofu: plans and states of its mock provider, with what it made of them.
//!
//! They are not part of the repository; the tests that read them say so and pass where they are not found.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use zw_lang::Type;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Presence};

use super::terraform::{KnownSchemas, leak, read_json};

/// One scenario.
pub(crate) struct Scenario {
    /// Its name.
    pub(crate) name: String,
    /// What it is made of.
    pub(crate) inputs: PathBuf,
    /// What OpenTofu makes of it.
    pub(crate) outputs: PathBuf,
}

impl Scenario {
    /// The text of an output, if it has that one.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.outputs.join(name)).ok()
    }

    /// An output as JSON, if it has that one.
    pub(crate) fn json(&self, name: &str) -> Option<Json> {
        let path = self.outputs.join(name);
        path.exists().then(|| read_json(&path))
    }

    /// The schemas of the types in it.
    pub(crate) fn schemas(&self) -> KnownSchemas {
        let mut schemas = KnownSchemas::default();
        schemas.add("tfcoremock_simple_resource", &simple());
        schemas.add("tfcoremock_complex_resource", &complex());
        for (name, block) in other_providers() {
            schemas.add(name, &block);
        }
        let declared = self.inputs.join("dynamic_resources.json");
        if declared.exists() {
            for (name, json) in read_json(&declared).as_object().expect("an object of types") {
                let mut block = declared_block(json);
                if block.attribute("id").is_none() {
                    let with_id =
                        block.attributes.into_iter().chain([primitive("id", Type::String)]);
                    block = Block::new(with_id.collect::<Vec<_>>(), block.blocks);
                }
                schemas.add(name, &block);
            }
        }
        schemas
    }
}

/// All scenarios; none if they are not there.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let root = std::env::var_os("ZW_CONFORMANCE_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"),
        PathBuf::from,
    );
    let root = root.join("equivalence");
    let Ok(list) = std::fs::read_dir(root.join("outputs")) else {
        eprintln!("There are no equivalence scenarios in {}: nothing is tested.", root.display());
        return Vec::new();
    };
    let mut names: Vec<String> =
        list.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
        .into_iter()
        .map(|name| Scenario {
            inputs: root.join("tests").join(&name),
            outputs: root.join("outputs").join(&name),
            name,
        })
        .collect()
}

fn primitive(name: &str, ty: Type) -> Attribute {
    Attribute::new(leak(name), ty, Presence::OptionalComputed)
}

fn primitives() -> Vec<(&'static str, Type)> {
    vec![
        ("bool", Type::Bool),
        ("float", Type::Number),
        ("integer", Type::Number),
        ("number", Type::Number),
        ("string", Type::String),
    ]
}

fn simple() -> Block {
    let with_id = primitives().into_iter().chain([("id", Type::String)]);
    Block::new(with_id.map(|(name, ty)| primitive(name, ty)).collect::<Vec<_>>(), [])
}

/// The object of a complex resource, which holds such objects in all ways there are.
fn complex_attributes(depth: usize) -> Vec<(&'static str, Type)> {
    let mut attributes = primitives();
    if depth > 0 {
        let inner = Type::object(complex_attributes(depth - 1));
        attributes.push(("list", Type::list(inner.clone())));
        attributes.push(("set", Type::set(inner.clone())));
        attributes.push(("map", Type::map(inner.clone())));
        attributes.push(("object", inner));
    }
    attributes
}

fn complex() -> Block {
    let attributes = || {
        complex_attributes(3).into_iter().map(|(name, ty)| {
            let nested = ty.is_compound();
            Attribute { nested, ..primitive(name, ty) }
        })
    };
    let inner = |blocks: Vec<NestedBlock>| Block::new(attributes().collect::<Vec<_>>(), blocks);
    let both = |block: Block| {
        vec![
            NestedBlock::new("list_block", Nesting::List, block.clone()),
            NestedBlock::new("set_block", Nesting::Set, block),
        ]
    };
    let with_id = attributes().chain([primitive("id", Type::String)]).collect::<Vec<_>>();
    Block::new(with_id, both(inner(both(inner(Vec::new())))))
}

/// The types of other providers that occur.
fn other_providers() -> Vec<(&'static str, Block)> {
    let block = |attributes: &[(&str, Type)]| {
        let attributes = attributes.iter().map(|(name, ty)| primitive(name, ty.clone()));
        Block::new(attributes.collect::<Vec<_>>(), [])
    };
    let strings =
        |names: &[&'static str]| names.iter().map(|name| (*name, Type::String)).collect::<Vec<_>>();
    let file = strings(&[
        "content",
        "content_base64",
        "directory_permission",
        "file_permission",
        "filename",
        "id",
        "sensitive_content",
        "source",
    ]);
    let mut integer = strings(&["id", "seed"]);
    integer.push(("keepers", Type::map(Type::String)));
    integer.extend(["max", "min", "result"].map(|name| (name, Type::Number)));
    vec![("local_file", block(&file)), ("random_integer", block(&integer))]
}

fn declared_block(json: &Json) -> Block {
    let empty = serde_json::Map::new();
    let of = |key: &str| json[key].as_object().unwrap_or(&empty).clone();
    let attributes = of("attributes").into_iter().map(|(name, json)| {
        let ty = declared_type(&json);
        let nested = has_object(&ty);
        Attribute { nested, ..primitive(&name, ty) }
    });
    let blocks = of("blocks").into_iter().map(|(name, json)| {
        let nesting = if json["mode"] == "set" { Nesting::Set } else { Nesting::List };
        NestedBlock::new(leak(&name), nesting, declared_block(&json))
    });
    Block::new(attributes.collect::<Vec<_>>(), blocks.collect::<Vec<_>>())
}

fn declared_type(json: &Json) -> Type {
    match json["type"].as_str() {
        Some("boolean") => Type::Bool,
        Some("number" | "integer" | "float") => Type::Number,
        Some("string") => Type::String,
        Some("list") => Type::list(declared_type(&json["list"])),
        Some("set") => Type::set(declared_type(&json["set"])),
        Some("map") => Type::map(declared_type(&json["map"])),
        Some("object") => Type::object(
            json["object"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, json)| (name.as_str(), declared_type(json))),
        ),
        other => panic!("unknown type {other:?}"),
    }
}

fn has_object(ty: &Type) -> bool {
    matches!(ty, Type::Object(_)) || ty.element().is_some_and(has_object)
}
