//! `zw providers schema -json`
//!
//! Source: "Command: providers schema" in Terraform's documentation, version 1.0 of the format.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use zw_lang::ResourceMode;
use zw_provider::Provider;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema};

/// The version of the format.
const FORMAT_VERSION: &str = "1.0";

/// The schemas of providers, by their source addresses.
pub(super) fn document(providers: &BTreeMap<String, &Arc<dyn Provider>>) -> Json {
    let mut document = json!({ "format_version": FORMAT_VERSION });
    if !providers.is_empty() {
        let schemas: Map<String, Json> = providers
            .iter()
            .map(|(source, provider)| (source.clone(), provider_json(&***provider)))
            .collect();
        document["provider_schemas"] = schemas.into();
    }
    document
}

fn provider_json(provider: &dyn Provider) -> Json {
    let mut out = Map::new();
    let config = provider.config_schema();
    let is_empty = config.block.attributes.is_empty() && config.block.blocks.is_empty();
    // Of a provider that takes nothing, Terraform says only that.
    let config = if is_empty { json!({ "version": config.version }) } else { schema_json(config) };
    out.insert("provider".to_owned(), config);
    for (name, mode) in [
        ("resource_schemas", ResourceMode::Managed),
        ("data_source_schemas", ResourceMode::Data),
        ("ephemeral_resource_schemas", ResourceMode::Ephemeral),
    ] {
        let types = provider.types(mode);
        if !types.is_empty() {
            let types: Map<String, Json> = types
                .iter()
                .map(|(name, schema)| ((*name).to_owned(), schema_json(schema)))
                .collect();
            out.insert(name.to_owned(), types.into());
        }
    }
    let functions = provider.functions();
    if !functions.is_empty() {
        out.insert("functions".to_owned(), super::functions::by_name(functions));
    }
    out.into()
}

fn schema_json(schema: &Schema) -> Json {
    let mut block = block_json(&schema.block);
    describe(&mut block, schema.description);
    json!({ "version": schema.version, "block": block })
}

/// A block without its description.
fn block_json(block: &Block) -> Map<String, Json> {
    let mut out = Map::new();
    if !block.attributes.is_empty() {
        let attributes: Map<String, Json> = block
            .attributes
            .iter()
            .map(|attribute| (attribute.name.to_owned(), attribute_json(attribute)))
            .collect();
        out.insert("attributes".to_owned(), attributes.into());
    }
    if !block.blocks.is_empty() {
        let blocks: Map<String, Json> = block
            .blocks
            .iter()
            .map(|nested| (nested.name.to_owned(), nested_json(nested)))
            .collect();
        out.insert("block_types".to_owned(), blocks.into());
    }
    out
}

fn describe(out: &mut Map<String, Json>, description: &str) {
    if !description.is_empty() {
        out.insert("description".to_owned(), description.into());
    }
    out.insert("description_kind".to_owned(), "plain".into());
}

fn attribute_json(attribute: &Attribute) -> Json {
    let mut out = Map::new();
    let ty = serde_json::to_value(&attribute.ty).unwrap_or(Json::Null);
    out.insert("type".to_owned(), ty);
    describe(&mut out, attribute.description);
    let (required, optional, computed) = match attribute.presence {
        Presence::Required => (true, false, false),
        Presence::Optional => (false, true, false),
        Presence::Computed => (false, false, true),
        Presence::OptionalComputed => (false, true, true),
    };
    for (name, holds) in [
        ("deprecated", attribute.deprecated.is_some()),
        ("required", required),
        ("optional", optional),
        ("computed", computed),
        ("sensitive", attribute.sensitive),
        ("write_only", attribute.write_only),
    ] {
        if holds {
            out.insert(name.to_owned(), true.into());
        }
    }
    out.into()
}

fn nested_json(nested: &NestedBlock) -> Json {
    let mode = match nested.nesting {
        Nesting::Single => "single",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    };
    let mut block = block_json(&nested.block);
    describe(&mut block, nested.description);
    let mut out = Map::new();
    out.insert("nesting_mode".to_owned(), mode.into());
    out.insert("block".to_owned(), block.into());
    if nested.items_min > 0 {
        out.insert("min_items".to_owned(), nested.items_min.into());
    }
    if let Some(max) = nested.items_max {
        out.insert("max_items".to_owned(), max.into());
    }
    out.into()
}
