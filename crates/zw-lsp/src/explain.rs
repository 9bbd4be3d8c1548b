//! What things are, as Markdown for the editor.

use std::fmt::Write as _;

use zw_engine::Registry;
use zw_lang::{Function, ResourceMode};
use zw_provider::schema::{Attribute, Block, NestedBlock, Presence, Schema};

use crate::module::{Module, Target};

/// Words of the language that blocks take besides what their schema says, with what they do.
pub(crate) const META: [(&str, &str); 7] = [
    ("count", "How many instances there are."),
    ("for_each", "A map or a set of strings: an instance for each."),
    ("depends_on", "What it waits for, besides what it refers to."),
    ("provider", "The provider configuration, where it is not the default one."),
    ("lifecycle", "How it is replaced, what is ignored, and conditions."),
    ("provisioner", "Something that is run once it is created, or before it is destroyed."),
    ("connection", "How provisioners reach it."),
];

/// The schema of a type.
pub(crate) fn schema<'r>(
    registry: &'r Registry,
    mode: ResourceMode,
    type_name: &str,
) -> Option<&'r Schema> {
    registry.iter().find_map(|(_, provider)| provider.types(mode).get(type_name))
}

/// What a block takes, by the words of the blocks that it is in.
pub(crate) fn block_of<'r>(registry: &'r Registry, path: &[Vec<String>]) -> Option<&'r Block> {
    let (outermost, inner) = path.split_first()?;
    let mode = match outermost.first()?.as_str() {
        "resource" => ResourceMode::Managed,
        "data" => ResourceMode::Data,
        "ephemeral" => ResourceMode::Ephemeral,
        "provider" => {
            let name = outermost.get(1)?;
            let found = registry.iter().find(|(_, provider)| provider.name() == *name);
            return nested(&found?.1.config_schema().block, inner);
        }
        _ => return None,
    };
    nested(&schema(registry, mode, outermost.get(1)?)?.block, inner)
}

fn nested<'r>(mut block: &'r Block, path: &[Vec<String>]) -> Option<&'r Block> {
    for words in path {
        let name = match words.first()?.as_str() {
            // What is in it is the content of the block that it is named after.
            "dynamic" => words.get(1)?,
            "content" => continue,
            _ => words.first()?,
        };
        block = &block.nested(name)?.block;
    }
    Some(block)
}

/// An attribute.
pub(crate) fn attribute(attribute: &Attribute) -> String {
    let presence = match attribute.presence {
        Presence::Required => "required",
        Presence::Optional => "optional",
        Presence::Computed => "read-only",
        Presence::OptionalComputed => "optional, given by the provider otherwise",
    };
    let mut text = format!("**{}** `{}`, {presence}", attribute.name, attribute.ty);
    if attribute.force_new {
        text.push_str("; a change means a new object");
    }
    if attribute.sensitive {
        text.push_str("; sensitive");
    }
    if let Some(default) = &attribute.default {
        let _ = write!(text, "; default `{}`", zw_lang::value_to_json(default));
    }
    if let Some(instead) = attribute.deprecated {
        let _ = write!(text, "\n\nDeprecated: {instead}");
    }
    with_description(text, attribute.description)
}

/// A nested block.
pub(crate) fn nested_block(nested: &NestedBlock) -> String {
    let count = match (nested.items_min, nested.items_max) {
        (0, None) => "any number".to_owned(),
        (0, Some(1)) => "at most one".to_owned(),
        (1, Some(1)) => "exactly one".to_owned(),
        (min, None) => format!("at least {min}"),
        (min, Some(max)) => format!("{min} to {max}"),
    };
    with_description(format!("block **{}**, {count}", nested.name), nested.description)
}

/// A type.
pub(crate) fn type_of(registry: &Registry, mode: ResourceMode, type_name: &str) -> Option<String> {
    let schema = schema(registry, mode, type_name)?;
    let required: Vec<String> = schema
        .block
        .attributes
        .iter()
        .filter(|attribute| attribute.presence == Presence::Required)
        .map(|attribute| format!("`{}`", attribute.name))
        .collect();
    let mut text =
        with_description(format!("{} **{type_name}**", mode.keyword()), schema.description);
    if !required.is_empty() {
        let _ = write!(text, "\n\nRequired: {}", required.join(", "));
    }
    Some(text)
}

/// A function.
pub(crate) fn function(function: &Function) -> String {
    let mut params: Vec<String> =
        function.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
    params.extend(function.variadic.iter().map(|param| format!("{}...: {}", param.name, param.ty)));
    let head =
        format!("```\n{}({}) -> {}\n```", function.name, params.join(", "), function.returns);
    with_description(head, function.description)
}

/// Something that a module declares: its block, up to a few lines.
pub(crate) fn declared(registry: &Registry, module: &Module, target: &Target) -> Option<String> {
    const LINES_MAX: usize = 12;
    let shown = match target {
        Target::Local(name) => {
            let of = |(path, text): &(std::path::PathBuf, std::sync::Arc<str>)| {
                let _ = path;
                crate::scan::blocks(text).iter().find_map(|block| {
                    if block.words.first()?.0 != "locals" {
                        return None;
                    }
                    let found = block.attributes.iter().find(|(known, ..)| known == name)?;
                    Some(text.get(found.1.start..)?.lines().next()?.to_owned())
                })
            };
            module.files.iter().find_map(of)?
        }
        target => {
            let (block, text) = module.block_of(target)?;
            let start = block.words.first()?.1.start;
            let lines: Vec<&str> = text.get(start..block.end)?.lines().collect();
            let more = if lines.len() > LINES_MAX { "\n  …" } else { "" };
            format!("{}{more}", lines[..lines.len().min(LINES_MAX)].join("\n"))
        }
    };
    let mut text = format!("```terraform\n{shown}\n```");
    if let Target::Resource(mode, type_name, _) = target
        && let Some(of) = type_of(registry, *mode, type_name)
    {
        let _ = write!(text, "\n\n{of}");
    }
    Some(text)
}

fn with_description(mut text: String, description: &str) -> String {
    if !description.is_empty() {
        let _ = write!(text, "\n\n{description}");
    }
    text
}
