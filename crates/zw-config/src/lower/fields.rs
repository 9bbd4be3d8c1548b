//! Blocks whose contents are known: what may be in them, and what is.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block as Tree, Body as TreeBody};
use zw_lang::parse::Text;
use zw_lang::{Span, Str, suggest};

use super::{Lowerer, header};

impl Lowerer<'_, '_> {
    /// Reports attributes and blocks that a block of a known kind does not have.
    pub(super) fn only(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
        attributes: &[&str],
        blocks: &[&str],
    ) {
        for attribute in tree.attributes() {
            let name = attribute.key.as_str();
            if !attributes.contains(&name) {
                let hint = suggest(name, attributes.iter().copied());
                self.error(
                    text.span_of(&attribute.key),
                    "Unsupported argument",
                    format!("An argument named {name:?} is not expected here.{hint}"),
                );
            }
        }
        for block in tree.blocks() {
            let name = block.ident.as_str();
            if !blocks.contains(&name) {
                let hint = suggest(name, blocks.iter().copied());
                self.error(
                    header(block, text),
                    "Unsupported block type",
                    format!("Blocks of type {name:?} are not expected here.{hint}"),
                );
            }
        }
    }

    /// A constant bool.
    pub(super) fn bool_field(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
        name: &str,
    ) -> Option<bool> {
        let attribute = tree.get_attribute(name)?;
        let value = self.constant(&attribute.value, text)?;
        let converted = zw_lang::convert(&value, &zw_lang::Type::Bool).ok();
        let found = converted.as_ref().and_then(zw_lang::Value::as_bool);
        if found.is_none() {
            let span = text.span_of(&attribute.value);
            self.error(span, "Invalid value", format!("{name:?} must be true or false."));
        }
        found
    }

    /// A constant string.
    pub(super) fn string_field(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
        name: &str,
    ) -> Option<(Str, Span)> {
        let attribute = tree.get_attribute(name)?;
        let span = text.span_of(&attribute.value);
        let value = self.constant(&attribute.value, text)?;
        match value.as_str() {
            Some(found) => Some((found.into(), span)),
            None => {
                self.error(span, "Invalid value", format!("{name:?} must be a string."));
                None
            }
        }
    }

    /// The labels of a block that must have so many; `None` and a report otherwise.
    pub(super) fn labels_of(
        &mut self,
        block: &Tree,
        text: Text<'_>,
        wanted: &[&str],
    ) -> Option<Vec<Str>> {
        let labels = super::labels(block);
        if labels.len() == wanted.len() {
            for (label, tree) in labels.iter().zip(&block.labels) {
                let is_name =
                    label.chars().all(|char| char.is_alphanumeric() || "_-".contains(char))
                        && label.starts_with(|char: char| char.is_alphabetic() || char == '_');
                if !is_name {
                    self.error(
                        text.span_of(tree),
                        "Invalid name",
                        "A name must start with a letter or underscore and may contain only letters, digits, \
                         underscores, and dashes.",
                    );
                    return None;
                }
            }
            return Some(labels);
        }
        let kind = block.ident.as_str();
        let (summary, detail) = if labels.len() < wanted.len() {
            let missing = wanted[labels.len()];
            (
                format!("Missing {missing} for {kind}"),
                format!(
                    "All {kind} blocks must have {} label(s) ({}).",
                    wanted.len(),
                    wanted.join(", ")
                ),
            )
        } else {
            (
                format!("Extraneous label for {kind}"),
                if wanted.is_empty() {
                    format!("No labels are expected for {kind} blocks.")
                } else {
                    format!(
                        "Only {} label(s) ({}) are expected for {kind} blocks.",
                        wanted.len(),
                        wanted.join(", ")
                    )
                },
            )
        };
        self.error(header(block, text), &summary, detail);
        None
    }

    /// The elements of a list that is written as one.
    pub(super) fn list_field<'t>(
        &mut self,
        tree: &'t TreeBody,
        text: Text<'_>,
        name: &str,
    ) -> Vec<&'t Expression> {
        match tree.get_attribute(name).map(|attribute| &attribute.value) {
            None => Vec::new(),
            Some(Expression::Array(items)) => items.iter().collect(),
            Some(other) => {
                let span = text.span_of(other);
                self.error(
                    span,
                    "Invalid value",
                    format!("{name:?} must be written as a list: [ ... ]."),
                );
                Vec::new()
            }
        }
    }
}
