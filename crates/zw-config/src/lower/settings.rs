//! `terraform` and `zw` blocks.

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block as Tree, Structure};
use zw_lang::parse::Text;
use zw_lang::{Diagnostic, Span, Str};

use super::{Lowerer, header};
use crate::model::RequiredProvider;
use crate::version::{self, Constraints, Version};

impl Lowerer {
    pub(super) fn settings(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels(block, text, []).is_none() {
            return;
        }
        let fields = self.fields(
            block,
            text,
            &["required_version", "experiments", "language"],
            &["required_providers", "backend", "cloud", "encryption", "history", "provider_meta"],
        );
        if let Some(found) = self.string_field(&fields, "required_version") {
            self.check_version(block.ident.as_str(), &found);
            self.module.settings.required_version.push(found);
        }
        for item in self.list_field(&fields, "experiments") {
            let span = text.span_of(item);
            if let Expression::Variable(name) = item {
                self.module.settings.experiments.push((name.as_str().into(), span));
            } else {
                let detail = "An experiment is named by a keyword, without quotes.";
                self.error("Invalid experiment keyword", detail, span);
            }
        }
        for inner in fields.blocks("required_providers") {
            self.required_providers(inner, text);
        }
        for inner in fields.blocks("backend") {
            self.backend(inner, text);
        }
        for inner in fields.blocks("encryption") {
            self.encryption(inner, text);
        }
        for inner in fields.blocks("history") {
            self.history(inner, text);
        }
        for kind in ["cloud", "provider_meta"] {
            for inner in fields.blocks(kind) {
                let kept = self.kept(inner, text);
                self.module.settings.others.push(kept);
            }
        }
    }

    fn backend(&mut self, block: &Tree, text: Text<'_>) {
        let Some([kind]) = self.labels(block, text, ["type"]) else { return };
        let span = header(block, text);
        let arguments = self.body(block, text, span, &[]);
        if let Some((_, first)) = &self.module.settings.backend
            && !self.is_override
        {
            let detail = "A module may have only one backend configuration.";
            self.diagnostics.push(
                Diagnostic::error("Duplicate backend configuration", detail)
                    .at(span)
                    .label(first.span, "the first one is here"),
            );
            return;
        }
        self.module.settings.backend = Some((kind, arguments));
    }

    fn required_providers(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels(block, text, []).is_none() {
            return;
        }
        for structure in &block.body {
            let attribute = match structure {
                Structure::Attribute(attribute) => attribute,
                Structure::Block(inner) => {
                    let detail = "Provider requirements are arguments: aws = { source = \
                                  \"hashicorp/aws\" }.";
                    self.error("Unsupported block type", detail, header(inner, text));
                    continue;
                }
            };
            let name = Str::from(attribute.key.as_str());
            let span = text.span_of(&attribute.key);
            let provider = self.required_provider(&attribute.value, text, span);
            let known = self.module.settings.required_providers.get(&name);
            if let Some(first) = known.map(|known| known.span)
                && !self.is_override
            {
                self.duplicate("required provider", &format!("{name:?}"), span, first);
                continue;
            }
            self.module.settings.required_providers.insert(name, provider);
        }
    }

    fn required_provider(
        &mut self,
        tree: &Expression,
        text: Text<'_>,
        span: Span,
    ) -> RequiredProvider {
        let mut found = RequiredProvider {
            source: None,
            version: None,
            configuration_aliases: Vec::new(),
            span,
        };
        let object = match tree {
            // Before there were sources an entry was a version constraint.
            Expression::String(version) => {
                found.version = Some(version.value().as_str().into());
                return found;
            }
            Expression::Object(object) => object,
            _ => {
                let detail = "An entry of required_providers is an object with the attributes \
                              \"source\" and \"version\".";
                self.error("Invalid required_providers object", detail, text.span_of(tree));
                return found;
            }
        };
        for (key, value) in object {
            let key_span = text.span_of(key);
            let name = match key {
                ObjectKey::Ident(name) => name.as_str(),
                ObjectKey::Expression(Expression::String(name)) => name.value().as_str(),
                ObjectKey::Expression(_) => "",
            };
            let value = value.expr();
            match name {
                "source" => found.source = self.text(value, text),
                "version" => found.version = self.text(value, text),
                "configuration_aliases" => {
                    let Expression::Array(aliases) = value else {
                        let detail = "A static list of provider configurations is required: \
                                      [ aws.west ].";
                        let span = text.span_of(value);
                        self.error("Invalid configuration_aliases value", detail, span);
                        continue;
                    };
                    found.configuration_aliases = aliases
                        .iter()
                        .filter_map(|alias| self.provider_ref(alias, text))
                        .map(|alias| alias.key)
                        .collect();
                }
                _ => {
                    let detail = "required_providers objects can only contain \"version\", \
                                  \"source\" and \"configuration_aliases\" attributes.";
                    self.error("Invalid required_providers object", detail, key_span);
                }
            }
        }
        found
    }

    /// Whether this program is one that the module says it works with: `zw` blocks mean its own version,
    /// `terraform` blocks that of the language.
    fn check_version(&mut self, block: &str, (constraint, span): &(Str, Span)) {
        let (name, version) = if block == "zw" {
            ("zw", Version::parse(env!("CARGO_PKG_VERSION")).ok())
        } else {
            ("the language of Terraform", Some(version::LANGUAGE))
        };
        let Some(version) = version else { return };
        match Constraints::parse(constraint) {
            Ok(constraints) if constraints.allow(&version) => {}
            Ok(_) => {
                let detail = format!(
                    "The module needs a version {constraint} of {name}, and this is {version}. Use another version \
                     of the module, or of zw."
                );
                self.error("Unsupported version", detail, *span);
            }
            Err(reason) => self.error("Invalid version constraint", reason, *span),
        }
    }

    /// A constant string.
    fn text(&mut self, tree: &Expression, text: Text<'_>) -> Option<Str> {
        let value = self.constant(tree, text)?;
        let found = value.as_str().map(Str::from);
        if found.is_none() {
            let detail = "A string is required here.";
            self.error("Unsuitable value type", detail, text.span_of(tree));
        }
        found
    }
}
