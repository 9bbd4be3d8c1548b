//! The reference as Markdown: commands from what `clap` knows of them, types from their schemas.

use std::fmt::Write as _;

use zw_engine::Registry;
use zw_lang::ResourceMode;
use zw_provider::Provider;
use zw_provider::schema::{Block, Schema};

use super::documentation::{facts, repeated};

/// A page: its path below the directory of the reference, and what is in it.
pub(crate) type Page = (String, String);

/// All pages.
pub(crate) fn pages(program: &clap::Command, registry: &Registry) -> Vec<Page> {
    let mut index = String::from("# Types\n\nBuilt in are these providers:\n\n");
    let mut pages = vec![("commands.md".to_owned(), commands(program))];
    for (source, provider) in registry.iter() {
        let name = provider.name();
        let count: usize = ResourceMode::ALL.iter().map(|mode| provider.types(*mode).len()).sum();
        let count = super::text::counted(count, "type");
        let _ = writeln!(index, "- [{name}](types/{name}.md), `{source}`: {count}");
        pages.push((format!("types/{name}.md"), types(&**provider)));
    }
    pages.push(("types.md".to_owned(), index));
    pages
}

fn commands(program: &clap::Command) -> String {
    let mut out = String::from("# Commands\n\nOptions are written with one dash or two.\n");
    let _ = write!(out, "\n## Options of all commands\n\n{}", options(program));
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_command(&mut out, command, "zw", 2);
    }
    out
}

fn write_command(out: &mut String, command: &clap::Command, above: &str, level: usize) {
    let name = format!("{above} {}", command.get_name());
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let _ = write!(out, "\n{} {name}\n\n{}\n", "#".repeat(level), text(&about));
    let options = options(command);
    if !options.is_empty() {
        let _ = write!(out, "\n{options}");
    }
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if let Some((_, examples)) = help.split_once("Examples:\n") {
        let examples: Vec<&str> = examples.lines().map(str::trim).collect();
        let _ = write!(out, "\n```sh\n{}\n```\n", examples.join("\n"));
    }
    for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_command(out, below, &name, level + 1);
    }
}

/// A line for each argument and option.
fn options(command: &clap::Command) -> String {
    let mut out = String::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let values: Vec<&str> = arg
            .get_value_names()
            .unwrap_or_default()
            .iter()
            .map(clap::builder::Str::as_str)
            .collect();
        let values = if arg.get_action().takes_values() { values.join(" ") } else { String::new() };
        let name = match arg.get_long() {
            Some(long) if values.is_empty() => format!("-{long}"),
            Some(long) => format!("-{long}={values}"),
            None => values,
        };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let possible: Vec<String> = arg
            .get_possible_values()
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let possible = if possible.is_empty() || !arg.get_action().takes_values() {
            String::new()
        } else {
            format!(" ({})", possible.join(", "))
        };
        let _ = writeln!(out, "- `{name}`: {}{possible}", text(&help));
    }
    out
}

/// Text that means itself in Markdown.
fn text(text: &str) -> String {
    text.replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_")
}

fn types(provider: &dyn Provider) -> String {
    let mut out = format!("# {}\n\n## provider\n", provider.name());
    write_schema(&mut out, provider.config_schema());
    for mode in ResourceMode::ALL {
        for (name, schema) in provider.types(mode) {
            let prefix = mode.prefix();
            let _ = writeln!(out, "\n## {prefix}{}", text(name));
            write_schema(&mut out, schema);
            if let Some(id) = schema.import_id {
                let _ = write!(
                    out,
                    "\nImport: `zw import {name}.NAME ID`, where ID is {}.\n",
                    text(id)
                );
            }
        }
    }
    out
}

fn write_schema(out: &mut String, schema: &Schema) {
    if !schema.description.is_empty() {
        let _ = write!(out, "\n{}\n", text(schema.description));
    }
    if !schema.block.attributes.is_empty() || !schema.block.blocks.is_empty() {
        out.push('\n');
    }
    write_block(out, &schema.block, 0);
}

fn write_block(out: &mut String, block: &Block, level: usize) {
    let indent = "  ".repeat(level);
    for attribute in &block.attributes {
        let facts = facts(attribute).join("; ");
        let _ = write!(out, "{indent}- `{}`: `{}`, {}", attribute.name, attribute.ty, text(&facts));
        finish_line(out, attribute.description);
    }
    for nested in &block.blocks {
        let _ = write!(out, "{indent}- `{}` {{ … }}: {}", nested.name, repeated(nested));
        finish_line(out, nested.description);
        write_block(out, &nested.block, level + 1);
    }
}

fn finish_line(out: &mut String, description: &str) {
    if description.is_empty() {
        out.push('\n');
    } else {
        let _ = writeln!(out, ". {}", text(description));
    }
}
