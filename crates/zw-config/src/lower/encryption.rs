//! `encryption` and `history` blocks of settings.

use hcl_edit::expr::Expression;
use hcl_edit::structure::Block as Tree;
use zw_lang::parse::Text;
use zw_lang::{Diagnostic, Span, Str, Type};

use super::fields::Fields;
use super::references::{Step, traversal};
use super::{Lowerer, header};
use crate::model::{Encryption, History};

impl Lowerer {
    pub(super) fn encryption(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels(block, text, []).is_none() {
            return;
        }
        let span = header(block, text);
        let fields = self.fields(block, text, &[], &["key_provider", "method", "state"]);
        let mut found = Encryption {
            span,
            key_providers: Vec::new(),
            methods: Vec::new(),
            method: None,
            fallbacks: Vec::new(),
            enforced: false,
            scope: None,
        };
        for inner in fields.blocks("key_provider") {
            let labels = self.labels(inner, text, ["type", "name"]);
            let body = self.body(inner, text, header(inner, text), &[]);
            found.key_providers.extend(labels.map(|[kind, name]| (kind, name, body)));
        }
        for inner in fields.blocks("method") {
            let Some([kind, name]) = self.labels(inner, text, ["type", "name"]) else { continue };
            if kind != "aes_gcm" {
                let detail = format!("There is no method {kind:?}: there is \"aes_gcm\".");
                self.error("Unsupported encryption method", detail, header(inner, text));
            }
            let fields = self.fields(inner, text, &["keys"], &[]);
            if let Some(([kind, key], _)) = self.name_of(&fields, "keys", ["key_provider"]) {
                found.methods.push((name, (kind, key)));
            }
        }
        for inner in fields.blocks("state") {
            let fields = self.fields(inner, text, &["method", "enforced", "scope"], &["fallback"]);
            if let Some(([name], span)) = self.name_of(&fields, "method", ["method", "aes_gcm"]) {
                found.method = Some((name, span));
            }
            found.enforced = self.bool_field(&fields, "enforced").unwrap_or_default();
            found.scope = self.word_field(&fields, "scope", &["all", "sensitive"]);
            for fallback in fields.blocks("fallback") {
                let fields = self.fields(fallback, text, &["method"], &[]);
                let name = self.name_of(&fields, "method", ["method", "aes_gcm"]);
                found.fallbacks.extend(name.map(|([name], span)| (name, span)));
            }
        }
        if let Some(first) = self.module.settings.encryption.as_ref().map(|first| first.span)
            && !self.is_override
        {
            let detail = "A module may have only one encryption configuration.";
            self.diagnostics.push(
                Diagnostic::error("Duplicate encryption configuration", detail)
                    .at(span)
                    .label(first, "the first one is here"),
            );
            return;
        }
        self.module.settings.encryption = Some(found);
    }

    /// What follows some words in an argument that must be there.
    fn name_of<const WORDS: usize, const NAMES: usize>(
        &mut self,
        fields: &Fields<'_>,
        argument: &str,
        words: [&str; WORDS],
    ) -> Option<([Str; NAMES], Span)> {
        let Some(tree) = fields.value(argument) else {
            self.missing(argument, fields.span);
            return None;
        };
        let span = fields.text.span_of(tree);
        let named = |tree: &Expression, text: Text<'_>| {
            let reference = traversal(tree, text)?;
            let steps = reference.steps.iter().map(|(step, _)| match step {
                Step::Attr(name) => Some(*name),
                Step::Key(_) => None,
            });
            let all: Option<Vec<&str>> =
                std::iter::once(Some(reference.root)).chain(steps).collect();
            let rest = all?.strip_prefix(&words[..])?.to_vec();
            <[&str; NAMES]>::try_from(rest).ok().map(|names| names.map(Str::from))
        };
        let found = self.with_reference(tree, fields.text, |_, tree, text| named(tree, text));
        if found.is_none() {
            let detail = format!(
                "A name is expected here, as {}.{}.",
                words.join("."),
                if NAMES == 1 { "main" } else { "passphrase.main" }
            );
            self.error("Invalid reference", detail, span);
        }
        Some((found?, span))
    }

    pub(super) fn history(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels(block, text, []).is_none() {
            return;
        }
        let fields = self.fields(block, text, &["keep_runs", "keep_days"], &[]);
        let mut number = |name: &str| {
            let (value, span) = self.constant_field(&fields, name, &Type::Number)?;
            let number = value.as_i64().and_then(|number| u32::try_from(number).ok());
            let number = number.and_then(std::num::NonZeroU32::new);
            if number.is_none() {
                let detail = format!("{name:?} is a whole number, and at least 1.");
                self.error("Unsuitable value", detail, span);
            }
            number
        };
        let keep_runs = number("keep_runs").and_then(|runs| runs.try_into().ok());
        let keep_days = number("keep_days");
        self.module.settings.history = Some(History { keep_runs, keep_days });
    }
}
