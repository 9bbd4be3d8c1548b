//! The blocks that a module is made of.

use std::sync::Arc;

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block as Tree, Body as TreeBody};
use indexmap::IndexMap;
use zw_lang::parse::Text;
use zw_lang::{Span, Str, Type, apply_defaults, convert, suggest};

use super::references::{broken, names_instance};
use super::{Lowerer, header};
use crate::model::{
    Check, CheckBlock, Ephemeral, Import, ImportTarget, Lifecycle, Local, ModuleCall, Moved,
    Output, ProviderConfig, ProviderKey, ProviderRef, Provisioner, ProvisionerFailure,
    ProvisionerWhen, Removed, RequiredProvider, Resource, ResourceMode, Variable,
};

/// The blocks at the top of a file.
const TOP_BLOCKS: [&str; 14] = [
    "check",
    "data",
    "ephemeral",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
    "zw",
];

/// What every resource may have besides the arguments of its type.
const RESOURCE_META: [&str; 7] =
    ["count", "for_each", "depends_on", "provider", "lifecycle", "provisioner", "connection"];

impl Lowerer<'_, '_> {
    pub(super) fn top_block(&mut self, block: &Tree, text: Text<'_>) {
        match block.ident.as_str() {
            "variable" => self.variable(block, text),
            "locals" => self.locals(block, text),
            "output" => self.output(block, text),
            "resource" => self.resource(ResourceMode::Managed, block, text, None),
            "data" => self.resource(ResourceMode::Data, block, text, None),
            "ephemeral" => self.ephemeral(block, text),
            "module" => self.call(block, text),
            "provider" => self.provider(block, text),
            "terraform" | "zw" => self.settings(block, text),
            "moved" => self.moved(block, text),
            "removed" => self.removed(block, text),
            "import" => self.import(block, text),
            "check" => self.check(block, text),
            other => {
                let hint = suggest(other, TOP_BLOCKS);
                let detail = format!("Blocks of type {other:?} are not expected here.{hint}");
                self.error(header(block, text), "Unsupported block type", detail);
            }
        }
    }

    /// Whether this is the declaration that a name got its position for, and not a duplicate.
    fn is_first(found: Option<&(usize, Span)>, span: Span) -> bool {
        found.is_some_and(|(_, first)| *first == span)
    }

    fn variable(&mut self, block: &Tree, text: Text<'_>) {
        let Some(labels) = self.labels_of(block, text, &["name"]) else { return };
        let span = header(block, text);
        let name = labels[0].clone();
        if !Self::is_first(self.symbols.names.variables.get(&name), span) {
            return;
        }
        let body = &block.body;
        self.only(
            body,
            text,
            &[
                "type",
                "default",
                "description",
                "sensitive",
                "ephemeral",
                "nullable",
                "deprecated",
                "const",
            ],
            &["validation"],
        );
        if [
            "source",
            "version",
            "providers",
            "count",
            "for_each",
            "lifecycle",
            "depends_on",
            "locals",
        ]
        .contains(&name.as_str())
        {
            let detail = format!(
                "The variable name {name:?} is reserved due to its special meaning inside module blocks."
            );
            self.error(span, "Invalid variable name", detail);
        }
        let (ty, defaults) = match body.get_attribute("type") {
            None => (Type::Dynamic, None),
            Some(attribute) => match zw_lang::parse::type_constraint(&attribute.value, text) {
                Ok(found) => found,
                Err(found) => {
                    self.diagnostics.extend(found);
                    (Type::Dynamic, None)
                }
            },
        };
        let nullable = self.bool_field(body, text, "nullable").unwrap_or(true);
        let default = body.get_attribute("default").and_then(|attribute| {
            let value = self.constant(&attribute.value, text)?;
            let value = match &defaults {
                Some(defaults) => apply_defaults(&value, defaults),
                None => value,
            };
            match convert(&value, &ty) {
                Ok(value) => Some(value),
                Err(error) => {
                    let detail = format!(
                        "This default value is not compatible with the variable's type constraint: {error}."
                    );
                    self.error(text.span_of(&attribute.value), "Invalid default value for variable", detail);
                    None
                }
            }
        });
        let validations = self.checks(body, text, "validation");
        let variable = Variable {
            name,
            span,
            ty,
            defaults: defaults.map(Arc::new),
            default,
            description: self.string_field(body, text, "description").map(|(found, _)| found),
            sensitive: self.bool_field(body, text, "sensitive").unwrap_or(false),
            ephemeral: self.bool_field(body, text, "ephemeral").unwrap_or(false),
            nullable,
            validations,
            deprecated: self.string_field(body, text, "deprecated").map(|(found, _)| found),
            constant: self.bool_field(body, text, "const").unwrap_or(false),
        };
        self.module.variables.push(variable);
    }

    /// Blocks with a condition and a message.
    fn checks(&mut self, tree: &TreeBody, text: Text<'_>, kind: &str) -> Vec<Check> {
        let blocks: Vec<&Tree> = tree.get_blocks(kind).collect();
        blocks
            .into_iter()
            .filter_map(|block| {
                self.only(&block.body, text, &["condition", "error_message"], &[]);
                let span = header(block, text);
                let condition = self.required(&block.body, text, "condition", span)?;
                let error_message = self.required(&block.body, text, "error_message", span)?;
                Some(Check { condition, error_message, span })
            })
            .collect()
    }

    fn required(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
        name: &str,
        span: Span,
    ) -> Option<zw_lang::Expr> {
        match tree.get_attribute(name) {
            Some(attribute) => self.expression(&attribute.value, text),
            None => {
                let detail =
                    format!("The argument {name:?} is required, but no definition was found.");
                self.error(span, "Missing required argument", detail);
                None
            }
        }
    }

    fn locals(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels_of(block, text, &[]).is_none() {
            return;
        }
        for attribute in block.body.attributes() {
            let span = text.span_of(&attribute.key);
            let name = Str::from(attribute.key.as_str());
            if !Self::is_first(self.symbols.names.locals.get(&name), span) {
                continue;
            }
            let value = self.expression(&attribute.value, text).unwrap_or_else(|| broken(span));
            self.module.locals.push(Local { name, span, value });
        }
        for inner in block.body.blocks() {
            let detail = "Only arguments are expected in a locals block.";
            self.error(header(inner, text), "Unsupported block type", detail);
        }
    }

    fn output(&mut self, block: &Tree, text: Text<'_>) {
        let Some(labels) = self.labels_of(block, text, &["name"]) else { return };
        let span = header(block, text);
        let name = labels[0].clone();
        if !Self::is_first(self.symbols.names.outputs.get(&name), span) {
            return;
        }
        let body = &block.body;
        self.only(
            body,
            text,
            &["value", "description", "sensitive", "ephemeral", "depends_on", "deprecated", "type"],
            &["precondition"],
        );
        let value = self.required(body, text, "value", span).unwrap_or_else(|| broken(span));
        let depends_on = self.depends_on(body, text);
        self.check_dependencies(&depends_on);
        let output = Output {
            name,
            span,
            value,
            description: self.string_field(body, text, "description").map(|(found, _)| found),
            sensitive: self.bool_field(body, text, "sensitive").unwrap_or(false),
            ephemeral: self.bool_field(body, text, "ephemeral").unwrap_or(false),
            depends_on,
            preconditions: self.checks(body, text, "precondition"),
            deprecated: self.string_field(body, text, "deprecated").map(|(found, _)| found),
        };
        self.module.outputs.push(output);
    }

    fn resource(&mut self, mode: ResourceMode, block: &Tree, text: Text<'_>, check: Option<usize>) {
        let Some(labels) = self.labels_of(block, text, &["type", "name"]) else { return };
        let span = header(block, text);
        let (type_name, name) = (labels[0].clone(), labels[1].clone());
        let key = (mode, type_name.clone(), name.clone());
        if !Self::is_first(self.symbols.names.resources.get(&key), span) {
            return;
        }
        let body = &block.body;
        let depends_on = self.depends_on(body, text);
        self.check_dependencies(&depends_on);
        let resource = Resource {
            mode,
            provider: self.provider_of(body, text, &type_name),
            type_name,
            name,
            span,
            repetition: self.repetition(body, text),
            depends_on,
            lifecycle: self.lifecycle(body, text),
            connection: self.connection(body, text),
            provisioners: self.provisioners(body, text),
            check,
            body: self.body(body, text, span, &RESOURCE_META),
        };
        self.module.resources.push(resource);
    }

    /// The provider that `provider` names, or the one whose name a type begins with.
    fn provider_of(&mut self, tree: &TreeBody, text: Text<'_>, type_name: &str) -> ProviderRef {
        let written = tree.get_attribute("provider");
        let written = written.and_then(|attribute| self.provider_ref(&attribute.value, text));
        written.unwrap_or_else(|| {
            let name = type_name.split_once('_').map_or(type_name, |(name, _)| name);
            let key = ProviderKey { name: name.into(), alias: None };
            ProviderRef { key, instance: None, span: None }
        })
    }

    fn lifecycle(&mut self, tree: &TreeBody, text: Text<'_>) -> Lifecycle {
        let mut blocks = tree.get_blocks("lifecycle");
        let Some(block) = blocks.next() else { return Lifecycle::default() };
        let body = &block.body;
        if let Some(second) = blocks.next() {
            let detail = "There may be only one lifecycle block.";
            self.error(header(second, text), "Duplicate lifecycle block", detail);
        }
        self.only(
            body,
            text,
            &[
                "create_before_destroy",
                "prevent_destroy",
                "ignore_changes",
                "replace_triggered_by",
                "enabled",
                "destroy",
            ],
            &["precondition", "postcondition"],
        );
        let mut expression = |lowerer: &mut Self, name: &str| {
            let attribute = body.get_attribute(name)?;
            lowerer.expression(&attribute.value, text)
        };
        let prevent_destroy = expression(self, "prevent_destroy");
        let enabled = expression(self, "enabled");
        let triggers = self.list_field(body, text, "replace_triggered_by");
        Lifecycle {
            create_before_destroy: self.bool_field(body, text, "create_before_destroy"),
            prevent_destroy,
            ignore_changes: self.ignore_changes(body, text),
            replace_triggered_by: triggers
                .into_iter()
                .filter_map(|trigger| self.expression(trigger, text))
                .collect(),
            preconditions: self.checks(body, text, "precondition"),
            postconditions: self.checks(body, text, "postcondition"),
            enabled,
            destroy: self.bool_field(body, text, "destroy"),
        }
    }

    fn connection(&mut self, tree: &TreeBody, text: Text<'_>) -> Option<crate::model::Body> {
        let block = tree.get_blocks("connection").next()?;
        let span = header(block, text);
        Some(self.body(&block.body, text, span, &[]))
    }

    fn provisioners(&mut self, tree: &TreeBody, text: Text<'_>) -> Vec<Provisioner> {
        let blocks: Vec<&Tree> = tree.get_blocks("provisioner").collect();
        blocks
            .into_iter()
            .filter_map(|block| {
                let labels = self.labels_of(block, text, &["type"])?;
                let span = header(block, text);
                let body = &block.body;
                let word = |name: &str| match body.get_attribute(name).map(|found| &found.value) {
                    Some(Expression::Variable(word)) => Some(word.as_str().to_owned()),
                    Some(Expression::String(word)) => Some(word.as_str().to_owned()),
                    _ => None,
                };
                Some(Provisioner {
                    type_name: labels[0].clone(),
                    span,
                    when: match word("when").as_deref() {
                        Some("destroy") => ProvisionerWhen::Destroy,
                        _ => ProvisionerWhen::Create,
                    },
                    on_failure: match word("on_failure").as_deref() {
                        Some("continue") => ProvisionerFailure::Continue,
                        _ => ProvisionerFailure::Fail,
                    },
                    connection: self.connection(body, text),
                    body: self.body(body, text, span, &["when", "on_failure", "connection"]),
                })
            })
            .collect()
    }

    fn ephemeral(&mut self, block: &Tree, text: Text<'_>) {
        let Some(labels) = self.labels_of(block, text, &["type", "name"]) else { return };
        let span = header(block, text);
        let key = (labels[0].clone(), labels[1].clone());
        if !Self::is_first(self.symbols.names.ephemerals.get(&key), span) {
            return;
        }
        let body = &block.body;
        let ephemeral = Ephemeral {
            provider: self.provider_of(body, text, &labels[0]),
            type_name: key.0,
            name: key.1,
            span,
            repetition: self.repetition(body, text),
            depends_on: self.depends_on(body, text),
            lifecycle: self.lifecycle(body, text),
            body: self.body(body, text, span, &RESOURCE_META),
        };
        self.module.ephemerals.push(ephemeral);
    }

    fn call(&mut self, block: &Tree, text: Text<'_>) {
        let Some(labels) = self.labels_of(block, text, &["name"]) else { return };
        let span = header(block, text);
        let name = labels[0].clone();
        if !Self::is_first(self.symbols.names.calls.get(&name), span) {
            return;
        }
        let body = &block.body;
        let (source, source_span) = match self.string_field(body, text, "source") {
            Some(found) => found,
            None => {
                if body.get_attribute("source").is_none() {
                    let detail =
                        "The argument \"source\" is required, but no definition was found.";
                    self.error(span, "Missing required argument", detail);
                }
                (Str::new(), span)
            }
        };
        let mut arguments = IndexMap::new();
        for attribute in body.attributes() {
            let name = attribute.key.as_str();
            let meta = ["source", "version", "count", "for_each", "depends_on", "providers"];
            if meta.contains(&name) {
                continue;
            }
            let name_span = text.span_of(&attribute.key);
            if let Some(value) = self.expression(&attribute.value, text) {
                arguments.insert(Str::from(name), (name_span, value));
            }
        }
        for inner in body.blocks().filter(|inner| inner.ident.as_str() != "lifecycle") {
            let name = inner.ident.as_str();
            let detail = format!(
                "Blocks of type {name:?} are not expected here. Did you mean to define argument {name:?}? If so, use \
                 the equals sign to assign it a value."
            );
            self.error(header(inner, text), "Unsupported block type", detail);
        }
        let depends_on = self.depends_on(body, text);
        self.check_dependencies(&depends_on);
        let call = ModuleCall {
            name,
            span,
            source,
            source_span,
            version: self.string_field(body, text, "version"),
            repetition: self.repetition(body, text),
            depends_on,
            providers: self.providers(body, text),
            enabled: self.lifecycle(body, text).enabled,
            arguments,
        };
        self.module.calls.push(call);
    }

    fn provider(&mut self, block: &Tree, text: Text<'_>) {
        let Some(labels) = self.labels_of(block, text, &["name"]) else { return };
        let span = header(block, text);
        let body = &block.body;
        let key = ProviderKey {
            name: labels[0].clone(),
            alias: self.string_field(body, text, "alias").map(|(found, _)| found),
        };
        if let Some(first) = self.module.providers.iter().find(|known| known.key == key) {
            let first = first.span;
            self.diagnostics.push(
                zw_lang::Diagnostic::error(
                    "Duplicate provider configuration",
                    format!(
                        "A provider configuration for {:?} with the same alias is there already. Give this one another \
                         alias.",
                        key.name
                    ),
                )
                .at(span)
                .label(first, "the first one is here"),
            );
            return;
        }
        let for_each = body
            .get_attribute("for_each")
            .and_then(|attribute| self.expression(&attribute.value, text));
        let config = ProviderConfig {
            key,
            span,
            for_each,
            body: self.body(body, text, span, &["alias", "for_each", "version"]),
        };
        self.module.providers.push(config);
    }

    fn settings(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels_of(block, text, &[]).is_none() {
            return;
        }
        let body = &block.body;
        self.only(
            body,
            text,
            &["required_version", "experiments", "language"],
            &["required_providers", "backend", "cloud", "encryption", "provider_meta"],
        );
        if let Some(found) = self.string_field(body, text, "required_version") {
            self.module.settings.required_version.push(found);
        }
        for inner in body.get_blocks("required_providers") {
            for attribute in inner.body.attributes() {
                let name = Str::from(attribute.key.as_str());
                let provider = self.required_provider(&attribute.value, text);
                self.module.settings.required_providers.insert(name, provider);
            }
        }
        for inner in body.get_blocks("backend") {
            if let Some(labels) = self.labels_of(inner, text, &["type"]) {
                let span = header(inner, text);
                let arguments = self.body(&inner.body, text, span, &[]);
                self.module.settings.backend = Some((labels[0].clone(), arguments));
            }
        }
        let kept: Vec<&Tree> = body
            .blocks()
            .filter(|inner| {
                ["cloud", "encryption", "provider_meta"].contains(&inner.ident.as_str())
            })
            .collect();
        for inner in kept {
            let span = header(inner, text);
            let kept = crate::model::Block {
                type_name: inner.ident.as_str().into(),
                span,
                labels: super::labels(inner),
                dynamic: None,
                body: self.body(&inner.body, text, span, &[]),
            };
            self.module.settings.others.push(kept);
        }
    }

    fn required_provider(&mut self, tree: &Expression, text: Text<'_>) -> RequiredProvider {
        let span = text.span_of(tree);
        let mut found = RequiredProvider {
            source: None,
            version: None,
            configuration_aliases: Vec::new(),
            span,
        };
        match tree {
            Expression::String(version) => found.version = Some(version.as_str().into()),
            Expression::Object(object) => {
                for (key, value) in object.iter() {
                    let key = match key {
                        ObjectKey::Ident(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(Expression::String(name)) => name.as_str().to_owned(),
                        ObjectKey::Expression(_) => String::new(),
                    };
                    match (key.as_str(), value.expr()) {
                        ("source", Expression::String(source)) => {
                            found.source = Some(source.as_str().into());
                        }
                        ("version", Expression::String(version)) => {
                            found.version = Some(version.as_str().into());
                        }
                        ("configuration_aliases", Expression::Array(aliases)) => {
                            let aliases: Vec<&Expression> = aliases.iter().collect();
                            found.configuration_aliases = aliases
                                .into_iter()
                                .filter_map(|alias| self.provider_ref(alias, text))
                                .map(|alias| alias.key)
                                .collect();
                        }
                        (key, value) => {
                            let detail = format!(
                                "{key:?} is not expected here, or not of this type: there are source, version and \
                                 configuration_aliases."
                            );
                            let span = text.span_of(value);
                            self.error(span, "Invalid required_providers entry", detail);
                        }
                    }
                }
            }
            _ => self.error(
                span,
                "Invalid required_providers entry",
                "An entry is a map with source and version, or a version constraint.",
            ),
        }
        found
    }

    fn moved(&mut self, block: &Tree, text: Text<'_>) {
        let span = header(block, text);
        self.only(&block.body, text, &["from", "to"], &[]);
        let from = self.endpoint(&block.body, text, "from", span);
        let to = self.endpoint(&block.body, text, "to", span);
        if let (Some(from), Some(to)) = (from, to) {
            if from.resource.is_some() == to.resource.is_some() {
                self.module.moved.push(Moved { from, to, span });
            } else {
                let detail = "Both must be resources, or both modules.";
                self.error(span, "Invalid moved block", detail);
            }
        }
    }

    fn removed(&mut self, block: &Tree, text: Text<'_>) {
        let span = header(block, text);
        let body = &block.body;
        self.only(body, text, &["from"], &["lifecycle", "connection", "provisioner"]);
        let Some(from) = self.endpoint(body, text, "from", span) else { return };
        if names_instance(&from) {
            let detail =
                "A removed block names a resource or module as a whole, without instance keys.";
            self.error(from.span, "Invalid removed block", detail);
        }
        let removed = Removed {
            from,
            destroy: self.lifecycle(body, text).destroy.unwrap_or(true),
            connection: self.connection(body, text),
            provisioners: self.provisioners(body, text),
            span,
        };
        self.module.removed.push(removed);
    }

    fn import(&mut self, block: &Tree, text: Text<'_>) {
        let span = header(block, text);
        let body = &block.body;
        self.only(body, text, &["to", "id", "identity", "for_each", "provider"], &[]);
        let Some(to) = self.endpoint(body, text, "to", span) else { return };
        let Some((resource, key)) = to.resource else {
            self.error(
                to.span,
                "Invalid import target",
                "An import block imports into a resource instance.",
            );
            return;
        };
        let _ = key;
        let mut expression = |lowerer: &mut Self, name: &str| {
            let attribute = body.get_attribute(name)?;
            lowerer.expression(&attribute.value, text)
        };
        let import = Import {
            to: ImportTarget {
                modules: to.module.steps().iter().map(|(name, _)| (name.clone(), None)).collect(),
                resource,
                key: None,
                span: to.span,
            },
            id: expression(self, "id"),
            identity: expression(self, "identity"),
            for_each: expression(self, "for_each"),
            provider: body
                .get_attribute("provider")
                .and_then(|attribute| self.provider_ref(&attribute.value, text)),
            span,
        };
        self.module.imports.push(import);
    }

    fn check(&mut self, block: &Tree, text: Text<'_>) {
        let Some(labels) = self.labels_of(block, text, &["name"]) else { return };
        let span = header(block, text);
        let at = self.module.checks.len();
        let data: Vec<&Tree> = block.body.get_blocks("data").collect();
        let position = self.module.resources.len();
        for inner in data {
            self.resource(ResourceMode::Data, inner, text, Some(at));
        }
        let has_data = self.module.resources.len() > position;
        let asserts = self.checks(&block.body, text, "assert");
        self.module.checks.push(CheckBlock {
            name: labels[0].clone(),
            span,
            data: has_data.then_some(position),
            asserts,
        });
    }
}
