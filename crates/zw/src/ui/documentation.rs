//! What a type is made of, from its schema.

use std::io::{self, Write};

use zw_engine::Registry;
use zw_lang::{Function, ResourceMode, Type};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema};

use super::style::{Styles, styled};
use super::terminal::Ui;
use super::text::{counted, wrap};

/// Something that has a schema.
pub(crate) struct Subject<'r> {
    /// `resource`, `data`, `ephemeral` or `provider`.
    pub(crate) prefix: &'r str,
    /// The name of the type.
    pub(crate) name: String,
    /// The provider's source address.
    pub(crate) source: &'r str,
    /// What it is made of.
    pub(crate) schema: &'r Schema,
}

/// A part of a type that can be explained.
#[derive(Clone, Copy)]
pub(crate) enum Part<'r> {
    /// All of it.
    Whole,
    /// A nested block.
    Block(&'r NestedBlock),
    /// An attribute.
    Attribute(&'r Attribute),
}

/// The part at the end of a path of names.
///
/// # Errors
/// The name that leads nowhere, and the block that does not have it.
pub(crate) fn part<'r, 'n>(
    block: &'r Block,
    path: &[&'n str],
) -> Result<Part<'r>, (&'n str, &'r Block)> {
    let mut part = Part::Whole;
    let mut at = block;
    for name in path {
        if matches!(part, Part::Attribute(_)) {
            return Err((name, &NOTHING));
        }
        part = match (at.attribute(name), at.nested(name)) {
            (Some(attribute), _) => Part::Attribute(attribute),
            (None, Some(nested)) => {
                at = &nested.block;
                Part::Block(nested)
            }
            (None, None) => return Err((name, at)),
        };
    }
    Ok(part)
}

/// What an attribute has within it, as far as schemas say it.
static NOTHING: std::sync::LazyLock<Block> = std::sync::LazyLock::new(Block::default);

/// All types, by provider.
pub(crate) fn list(ui: &Ui, registry: &Registry) {
    ui.out.render(|out| {
        for (source, provider) in registry.iter() {
            writeln!(out, "{}", styled(ui.out.styles.bold, source))?;
            for mode in ResourceMode::ALL {
                for (name, schema) in provider.types(mode) {
                    let name = format!("{}{name}", mode.prefix());
                    writeln!(out, "  {}", titled(&name, schema.description))?;
                }
            }
            writeln!(out)?;
        }
        Ok(())
    });
}

/// A name with the first sentence about it, if there is one.
fn titled(name: &str, description: &str) -> String {
    match description.split_once(". ").map_or(description, |(first, _)| first) {
        "" => name.to_owned(),
        first => format!("{name:<40} {}", first.trim_end_matches('.')),
    }
}

/// A type, or a part of it.
pub(crate) fn show(ui: &Ui, subject: &Subject<'_>, path: &[&str], part: Part<'_>) {
    ui.out.render(|out| {
        Page { out, styles: ui.out.styles, columns: ui.out.columns }.write(subject, path, part)
    });
}

/// A function.
pub(crate) fn function(ui: &Ui, function: &Function) {
    ui.out.render(|out| {
        let mut page = Page { out, styles: ui.out.styles, columns: ui.out.columns };
        page.function(function)
    });
}

struct Page<'w> {
    out: &'w mut dyn Write,
    styles: Styles,
    columns: usize,
}

impl Page<'_> {
    fn write(&mut self, subject: &Subject<'_>, path: &[&str], part: Part<'_>) -> io::Result<()> {
        let prefix = if subject.prefix == "resource" { "" } else { subject.prefix };
        let names = [prefix, &subject.name].into_iter().chain(path.iter().copied());
        let title = names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".");
        write!(self.out, "{}", styled(self.styles.bold, title))?;
        match part {
            Part::Whole => {
                writeln!(self.out, " of {}", subject.source)?;
                self.paragraph(subject.schema.description, 0)?;
                self.block(&subject.schema.block)?;
                self.import(subject)
            }
            Part::Block(nested) => {
                writeln!(self.out, "  {}", repeated(nested))?;
                self.paragraph(nested.description, 0)?;
                self.block(&nested.block)
            }
            Part::Attribute(attribute) => {
                writeln!(self.out, "  {}", attribute.ty)?;
                self.paragraph(attribute.description, 0)?;
                writeln!(self.out)?;
                for fact in facts(attribute) {
                    writeln!(self.out, "  - {fact}")?;
                }
                Ok(())
            }
        }
    }

    fn function(&mut self, function: &Function) -> io::Result<()> {
        let mut params: Vec<String> =
            function.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
        params.extend(
            function.variadic.iter().map(|param| format!("{}...: {}", param.name, param.ty)),
        );
        let name = styled(self.styles.bold, function.name);
        writeln!(self.out, "{name}({}) -> {}", params.join(", "), function.returns)?;
        self.paragraph(function.description, 0)?;
        for param in function.params.iter().chain(&function.variadic) {
            if !param.description.is_empty() {
                writeln!(self.out, "\n  {}", styled(self.styles.bold, param.name))?;
                self.indented(param.description)?;
            }
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> io::Result<()> {
        let of = |wanted: fn(&Attribute) -> bool| {
            block.attributes.iter().filter(move |attribute| wanted(attribute))
        };
        self.attributes("Required:", of(|attribute| attribute.presence == Presence::Required))?;
        let is_optional = |attribute: &Attribute| {
            matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed)
        };
        self.attributes("Optional:", of(is_optional))?;
        if !block.blocks.is_empty() {
            writeln!(self.out, "\nBlocks:")?;
            for nested in &block.blocks {
                let name = styled(self.styles.bold, nested.name);
                let inside =
                    counted(nested.block.attributes.len() + nested.block.blocks.len(), "argument");
                writeln!(self.out, "  {name} {{ {inside} }}  {}", repeated(nested))?;
                self.indented(nested.description)?;
            }
        }
        self.attributes("Read-only:", of(|attribute| attribute.presence == Presence::Computed))
    }

    fn attributes<'a>(
        &mut self,
        heading: &str,
        attributes: impl Iterator<Item = &'a Attribute>,
    ) -> io::Result<()> {
        for (at, attribute) in attributes.enumerate() {
            if at == 0 {
                writeln!(self.out, "\n{heading}")?;
            }
            let name = styled(self.styles.bold, attribute.name);
            // What the heading says already is not said again.
            let facts: Vec<String> = facts(attribute).into_iter().skip(1).collect();
            let facts =
                if facts.is_empty() { String::new() } else { format!("; {}", facts.join("; ")) };
            writeln!(
                self.out,
                "  {name}  {}{}",
                short(&attribute.ty),
                styled(self.styles.dim, facts)
            )?;
            self.indented(attribute.description)?;
        }
        Ok(())
    }

    fn import(&mut self, subject: &Subject<'_>) -> io::Result<()> {
        let Some(id) = subject.schema.import_id else { return Ok(()) };
        writeln!(self.out, "\nImport: zw import {}.NAME ID, where ID is {id}", subject.name)
    }

    fn paragraph(&mut self, text: &str, indent: usize) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{}", wrap(text, self.columns.saturating_sub(indent)))
    }

    fn indented(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        for line in wrap(text, self.columns.saturating_sub(6)).lines() {
            writeln!(self.out, "      {line}")?;
        }
        Ok(())
    }
}

/// A type in a few words.
fn short(ty: &Type) -> String {
    match ty {
        Type::Object(_) => "object".to_owned(),
        Type::List(inner) => format!("list({})", short(inner)),
        Type::Set(inner) => format!("set({})", short(inner)),
        Type::Map(inner) => format!("map({})", short(inner)),
        ty => ty.to_string(),
    }
}

/// What a schema says of an attribute, first who gives it its value.
pub(super) fn facts(attribute: &Attribute) -> Vec<String> {
    let mut facts = vec![
        match attribute.presence {
            Presence::Required => "required",
            Presence::Optional => "optional",
            Presence::Computed => "given by the provider",
            Presence::OptionalComputed => "optional; given by the provider otherwise",
        }
        .to_owned(),
    ];
    if attribute.presence == Presence::OptionalComputed {
        facts = vec!["optional".to_owned(), "given by the provider otherwise".to_owned()];
    }
    if let Some(default) = &attribute.default {
        facts.push(format!("default {}", zw_lang::value_to_json(default)));
    }
    let mut when = |holds: bool, fact: &str| {
        if holds {
            facts.push(fact.to_owned());
        }
    };
    when(attribute.force_new, "a change means a new object");
    when(attribute.sensitive, "sensitive");
    when(attribute.write_only, "write-only: passed on and never stored");
    if let Some(instead) = attribute.deprecated {
        facts.push(format!("deprecated: {instead}"));
    }
    facts
}

/// How often a block may be there.
pub(super) fn repeated(nested: &NestedBlock) -> String {
    let kind = match nested.nesting {
        Nesting::Single => "block",
        Nesting::List => "list of blocks",
        Nesting::Set => "set of blocks",
        Nesting::Map => "map of blocks, by label",
    };
    let count = match (nested.items_min, nested.items_max) {
        (0, Some(1)) => "at most one".to_owned(),
        (1, Some(1)) => "exactly one".to_owned(),
        (0, None) => kind.to_owned(),
        (min, None) => format!("{kind}, at least {min}"),
        (0, Some(max)) => format!("{kind}, at most {max}"),
        (min, Some(max)) => format!("{kind}, {min} to {max}"),
    };
    let force_new = if nested.force_new { "; a change means a new object" } else { "" };
    let computed = if nested.computed { "; given by the provider otherwise" } else { "" };
    format!("{count}{computed}{force_new}")
}
