//! What blocks in override files change.
//!
//! Source: "Override Files" in Terraform's language reference: arguments replace arguments, nested
//! blocks replace all nested blocks of their type.

use super::call::CallParts;
use super::values::{OutputParts, VariableParts};
use crate::model::{
    Attribute, Block, Body, IgnoreChanges, Lifecycle, ProviderConfig, Repetition, Resource,
};

/// Takes the other's if it has one.
fn replace<T>(mine: &mut Option<T>, other: Option<T>) {
    if other.is_some() {
        *mine = other;
    }
}

impl VariableParts {
    pub(super) fn overridden(&mut self, other: Self) {
        replace(&mut self.ty, other.ty);
        replace(&mut self.default, other.default);
        replace(&mut self.description, other.description);
        replace(&mut self.sensitive, other.sensitive);
        replace(&mut self.ephemeral, other.ephemeral);
        replace(&mut self.nullable, other.nullable);
        replace(&mut self.deprecated, other.deprecated);
        replace(&mut self.constant, other.constant);
        self.validations.extend(other.validations);
    }
}

impl OutputParts {
    pub(super) fn overridden(&mut self, other: Self) {
        replace(&mut self.value, other.value);
        replace(&mut self.description, other.description);
        replace(&mut self.sensitive, other.sensitive);
        replace(&mut self.ephemeral, other.ephemeral);
        replace(&mut self.deprecated, other.deprecated);
        self.depends_on.extend(other.depends_on);
        self.preconditions.extend(other.preconditions);
    }
}

impl CallParts {
    pub(super) fn overridden(&mut self, other: Self) {
        self.has_source |= other.has_source;
        // Whichever of the two forms is written last counts.
        if other.has_source {
            self.source = other.source;
            self.early.source = other.early.source;
        }
        if other.version.is_some() || other.early.version.is_some() {
            self.version = other.version;
            self.early.version = other.early.version;
        }
        replace(&mut self.enabled, other.enabled);
        replace(&mut self.wave, other.wave);
        self.repetition.overridden(other.repetition);
        if !other.providers.is_empty() {
            self.providers = other.providers;
        }
        self.depends_on.extend(other.depends_on);
        self.arguments.extend(other.arguments);
    }
}

impl Repetition {
    fn overridden(&mut self, other: Self) {
        if other.expr().is_some() {
            *self = other;
        }
    }
}

impl Resource {
    pub(super) fn overridden(&mut self, other: Self) {
        self.repetition.overridden(other.repetition);
        if other.provider.span.is_some() {
            self.provider = other.provider;
        }
        self.lifecycle.overridden(other.lifecycle);
        replace(&mut self.connection, other.connection);
        if !other.provisioners.is_empty() {
            self.provisioners = other.provisioners;
        }
        self.body.overridden(other.body);
    }
}

impl Lifecycle {
    fn overridden(&mut self, other: Self) {
        replace(&mut self.create_before_destroy, other.create_before_destroy);
        replace(&mut self.prevent_destroy, other.prevent_destroy);
        replace(&mut self.enabled, other.enabled);
        replace(&mut self.destroy, other.destroy);
        if !matches!(other.ignore_changes, IgnoreChanges::None) {
            self.ignore_changes = other.ignore_changes;
        }
        if !other.replace_triggered_by.is_empty() {
            self.replace_triggered_by = other.replace_triggered_by;
        }
        self.preconditions.extend(other.preconditions);
        self.postconditions.extend(other.postconditions);
    }
}

impl ProviderConfig {
    pub(super) fn overridden(&mut self, other: Self) {
        replace(&mut self.for_each, other.for_each);
        self.body.overridden(other.body);
    }
}

impl Body {
    /// What another body says counts instead, argument by argument: by the rules of override files, which are
    /// those of a `connection` in a provisioner, too.
    pub fn overridden(&mut self, other: Self) {
        // What may be blocks in JSON and YAML replaces blocks, and is replaced by them.
        let may_be_blocks = |attribute: &Attribute| attribute.blocks.is_some();
        self.blocks.retain(|block| {
            let replaces = |other: &Block| other.type_name == block.type_name;
            !other.blocks.iter().any(replaces)
                && !other.attributes.get(&block.type_name).is_some_and(may_be_blocks)
        });
        for block in &other.blocks {
            if self.attributes.get(&block.type_name).is_some_and(may_be_blocks) {
                self.attributes.shift_remove(&block.type_name);
            }
        }
        self.attributes.extend(other.attributes);
        self.blocks.extend(other.blocks);
    }
}
