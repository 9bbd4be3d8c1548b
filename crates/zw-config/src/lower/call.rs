//! Module calls and provider configurations.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block as Tree, Structure};
use indexmap::IndexMap;
use zw_lang::parse::Text;
use zw_lang::{Diagnostic, Expr, Span, Str};

use super::fields::{Fields, open_fields};
use super::{Lowerer, broken, header};
use crate::model::{
    Dependency, EarlyFields, ModuleCall, ProviderConfig, ProviderKey, ProviderRef, Repetition,
};
use crate::names::Place;

/// What a module call may have besides the arguments of the module.
const META: [&str; 6] = ["source", "version", "count", "for_each", "depends_on", "providers"];

/// A module call as far as it has been read.
pub(super) struct CallParts {
    pub(super) name: Str,
    pub(super) span: Span,
    pub(super) source: Option<(Str, Span)>,
    pub(super) has_source: bool,
    pub(super) version: Option<(Str, Span)>,
    pub(super) early: EarlyFields,
    pub(super) repetition: Repetition,
    pub(super) depends_on: Vec<Dependency>,
    pub(super) providers: Vec<(ProviderKey, ProviderRef)>,
    pub(super) enabled: Option<Expr>,
    pub(super) wave: Option<Expr>,
    pub(super) arguments: IndexMap<Str, (Span, Expr)>,
}

impl Lowerer {
    pub(super) fn call(&mut self, block: &Tree, text: Text<'_>) {
        let Some([name]) = self.labels(block, text, ["name"]) else { return };
        let fields = open_fields(block, text);
        let repetition = self.repetition(&fields);
        let (mut enabled, mut wave) = (None, None);
        if let Some(lifecycle) = self.single_block(&fields, "lifecycle") {
            let inner = self.fields(lifecycle, text, &["enabled", "wave"], &[]);
            enabled = self.enabled(&inner, &repetition);
            wave = self.optional(&inner, "wave");
        }
        let mut arguments = IndexMap::new();
        for structure in &block.body {
            match structure {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str();
                    if META.contains(&name) {
                        continue;
                    }
                    let value = self
                        .expression(&attribute.value, text)
                        .unwrap_or_else(|| broken(text.span_of(&attribute.value)));
                    arguments.insert(name.into(), (text.span_of(&attribute.key), value));
                }
                Structure::Block(inner) if inner.ident.as_str() == "lifecycle" => {}
                Structure::Block(inner) => {
                    let name = inner.ident.as_str();
                    let detail = format!(
                        "Blocks of type {name:?} are not expected here. Did you mean to define \
                         argument {name:?}? If so, use the equals sign to assign it a value."
                    );
                    self.error("Unsupported block type", detail, header(inner, text));
                }
            }
        }
        let mut early = EarlyFields::default();
        let parts = CallParts {
            span: fields.span,
            has_source: fields.get("source").is_some(),
            source: self.early_field(&fields, "source", &mut early.source),
            version: self.early_field(&fields, "version", &mut early.version),
            early,
            repetition,
            depends_on: self.depends_on(&fields),
            providers: self.providers(&fields),
            enabled,
            wave,
            arguments,
            name,
        };
        let shown = format!("{:?}", parts.name);
        match (self.declared.calls.get(&parts.name).copied(), self.is_override) {
            (Some(at), true) => self.calls[at].overridden(parts),
            (Some(at), false) => {
                let first = self.calls[at].span;
                self.duplicate("module call", &shown, parts.span, first);
            }
            (None, true) => self.nothing_to_override("module call", &shown, parts.span),
            (None, false) => {
                self.declared.calls.insert(parts.name.clone(), self.calls.len());
                self.calls.push(parts);
            }
        }
    }

    /// A constant text, or what has to be evaluated to have it.
    fn early_field(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        early: &mut Option<Expr>,
    ) -> Option<(Str, Span)> {
        let tree = fields.value(name)?;
        let is_constant = |tree: &Expression| zw_lang::parse::constant(tree, fields.text).is_ok();
        if is_constant(tree) {
            return self.string_field(fields, name);
        }
        // Neither an instance nor its key is known by then.
        let place = std::mem::replace(&mut self.names.place, Place::PLAIN);
        *early = self.expression(tree, fields.text);
        self.names.place = place;
        None
    }

    pub(super) fn finished_call(&mut self, parts: CallParts) -> ModuleCall {
        if !parts.has_source {
            self.missing("source", parts.span);
        }
        let (source, source_span) = parts.source.unwrap_or((Str::new(), parts.span));
        ModuleCall {
            name: parts.name,
            span: parts.span,
            source,
            source_span,
            version: parts.version,
            repetition: parts.repetition,
            depends_on: parts.depends_on,
            providers: parts.providers,
            enabled: parts.enabled,
            wave: parts.wave,
            arguments: parts.arguments,
            early: parts.early,
        }
    }

    pub(super) fn provider(&mut self, block: &Tree, text: Text<'_>) {
        let Some([name]) = self.labels(block, text, ["name"]) else { return };
        let fields = open_fields(block, text);
        for reserved in ["count", "depends_on", "source"] {
            if let Some(attribute) = fields.get(reserved) {
                let detail =
                    format!("The argument {reserved:?} means nothing in a provider block.");
                let span = text.span_of(&attribute.key);
                self.error("Reserved argument name in provider block", detail, span);
            }
        }
        if let Some(version) = fields.get("version") {
            let detail = "Version constraints inside provider configuration blocks are deprecated. Put \
                          the constraint into the required_providers block.";
            let warning = Diagnostic::warning(
                "Version constraints inside provider configuration blocks are deprecated",
                detail,
            );
            self.diagnostics.push(warning.at(text.span_of(&version.key)));
        }
        let alias = self.string_field(&fields, "alias").and_then(|(alias, span)| {
            if hcl_edit::Ident::try_new(alias.as_str()).is_ok() {
                return Some(alias);
            }
            let detail = "An alias must start with a letter or underscore and may contain only \
                          letters, digits, underscores, and dashes.";
            self.error("Invalid provider configuration alias", detail, span);
            None
        });
        let for_each = fields.value("for_each").and_then(|tree| self.expression(tree, text));
        if let (Some(attribute), None) = (fields.get("for_each"), &alias) {
            let detail = "A provider configuration that uses for_each must have an alias, by which its \
                          instances are referred to.";
            let span = text.span_of(&attribute.key);
            self.error("Alias required when using \"for_each\"", detail, span);
        }
        self.names.place.has_each = fields.get("for_each").is_some();
        let meta = ["alias", "for_each", "version", "count", "depends_on", "source"];
        let config = ProviderConfig {
            key: ProviderKey { name, alias },
            span: fields.span,
            for_each,
            body: self.body(block, text, fields.span, &meta),
        };
        if let Some(keys) = self.of_test.clone() {
            for (_, inner) in keys.into_iter().filter(|(outer, _)| *outer == config.key) {
                self.module.providers.retain(|known| known.key != inner);
                self.module.providers.push(ProviderConfig { key: inner, ..config.clone() });
            }
            return;
        }
        let known = self.module.providers.iter().position(|known| known.key == config.key);
        match (known, self.is_override) {
            (Some(at), true) => self.module.providers[at].overridden(config),
            (Some(at), false) => {
                let first = self.module.providers[at].span;
                self.duplicate_provider(&config, first);
            }
            (None, _) => self.module.providers.push(config),
        }
    }

    fn duplicate_provider(&mut self, config: &ProviderConfig, first: Span) {
        let name = &config.key.name;
        let detail = match &config.key.alias {
            None => format!(
                "A default (non-aliased) provider configuration for {name:?} was already given. If \
                 multiple configurations are required, set the \"alias\" argument for alternative \
                 configurations."
            ),
            Some(alias) => format!(
                "A provider configuration for {name:?} with alias {alias:?} was already given. Each \
                 configuration for the same provider must have a distinct alias."
            ),
        };
        self.diagnostics.push(
            Diagnostic::error("Duplicate provider configuration", detail)
                .at(config.span)
                .label(first, "the first one is here"),
        );
    }
}
