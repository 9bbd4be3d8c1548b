//! Resources of all modes, and checks.

use std::ops::Range;

use hcl_edit::structure::Block as Tree;
use zw_lang::parse::Text;
use zw_lang::{Diagnostic, ExprKind};

use super::fields::{Fields, open_fields};
use super::{Lowerer, header};
use crate::model::{
    Body, CheckBlock, Lifecycle, Provisioner, ProvisionerFailure, ProvisionerWhen, Repetition,
    Resource, ResourceMode,
};
use crate::names::Place;

/// What every resource may have besides the arguments of its type.
const META: [&str; 7] =
    ["count", "for_each", "depends_on", "provider", "lifecycle", "provisioner", "connection"];

/// What data sources and ephemeral resources may have besides the arguments of their type.
const META_READ: [&str; 5] = ["count", "for_each", "depends_on", "provider", "lifecycle"];

impl Lowerer {
    pub(super) fn resource(&mut self, mode: ResourceMode, block: &Tree, text: Text<'_>) {
        self.resource_in(None, mode, block, text);
    }

    /// A resource; `check` is the position of the `check` block around it.
    fn resource_in(
        &mut self,
        check: Option<usize>,
        mode: ResourceMode,
        block: &Tree,
        text: Text<'_>,
    ) -> Option<usize> {
        let [type_name, name] = self.labels(block, text, ["type", "name"])?;
        let fields = open_fields(block, text);
        let repetition = self.repetition(&fields);
        let is_managed = mode == ResourceMode::Managed;
        let place = self.names.place;
        let inner = Place { has_self: true, ..place };
        let lifecycle = self.lifecycle(&fields, is_managed, &repetition);
        let mut connection = None;
        let mut provisioners = Vec::new();
        if is_managed {
            self.names.place = inner;
            let before = self.names.used();
            connection = self.connection(&fields);
            let in_connection = before..self.names.used();
            provisioners = self.provisioners(&fields);
            if provisioners.iter().any(|one| one.when == ProvisionerWhen::Destroy) {
                self.only_the_object(in_connection);
            }
            self.names.place = place;
        }
        let meta = if is_managed { &META[..] } else { &META_READ[..] };
        let resource = Resource {
            mode,
            provider: self.provider_of(&fields, &type_name),
            span: fields.span,
            repetition,
            depends_on: self.depends_on(&fields),
            lifecycle,
            connection,
            provisioners,
            check,
            body: self.body(block, text, fields.span, meta),
            type_name,
            name,
        };
        let key = (mode, resource.type_name.clone(), resource.name.clone());
        let what = match mode {
            ResourceMode::Managed => "resource",
            ResourceMode::Data => "data source",
            ResourceMode::Ephemeral => "ephemeral resource",
        };
        let shown = format!("{:?} {:?}", key.1, key.2);
        match (self.declared.resources.get(&key).copied(), self.is_override) {
            (Some(at), true) => {
                self.refuse_dependencies(&fields);
                self.module.resources[at].overridden(resource);
                None
            }
            (Some(at), false) => {
                let first = self.module.resources[at].span;
                self.duplicate(what, &shown, resource.span, first);
                None
            }
            (None, true) => {
                self.nothing_to_override(what, &shown, resource.span);
                None
            }
            (None, false) => {
                let at = self.module.resources.len();
                self.declared.resources.insert(key, at);
                self.module.resources.push(resource);
                Some(at)
            }
        }
    }

    /// Dependencies of a resource cannot be overridden, as Terraform has it.
    fn refuse_dependencies(&mut self, fields: &Fields<'_>) {
        if let Some(attribute) = fields.get("depends_on") {
            let detail = "The depends_on argument may not be overridden.";
            self.error("Unsupported override", detail, fields.text.span_of(&attribute.key));
        }
    }

    /// `count` or `for_each`. What is lowered after it can refer to `count.index` or `each`.
    pub(super) fn repetition(&mut self, fields: &Fields<'_>) -> Repetition {
        let text = fields.text;
        let (count, for_each) = (fields.get("count"), fields.get("for_each"));
        if let (Some(count), Some(for_each)) = (count, for_each) {
            let detail = "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only \
                          one should be used to be explicit about the number of resources to be \
                          created.";
            self.diagnostics.push(
                Diagnostic::error("Invalid combination of \"count\" and \"for_each\"", detail)
                    .at(text.span_of(&for_each.key))
                    .label(text.span_of(&count.key), "\"count\" is here"),
            );
        }
        let repetition = match (count, for_each) {
            (_, Some(for_each)) => self.expression(&for_each.value, text).map(Repetition::ForEach),
            (Some(count), None) => self.expression(&count.value, text).map(Repetition::Count),
            (None, None) => None,
        };
        self.names.place.has_count = count.is_some();
        self.names.place.has_each = for_each.is_some();
        repetition.unwrap_or_default()
    }

    fn lifecycle(
        &mut self,
        fields: &Fields<'_>,
        is_managed: bool,
        repetition: &Repetition,
    ) -> Lifecycle {
        let text = fields.text;
        let Some(block) = self.single_block(fields, "lifecycle") else {
            return Lifecycle::default();
        };
        let arguments = if is_managed {
            &[
                "create_before_destroy",
                "prevent_destroy",
                "ignore_changes",
                "replace_triggered_by",
                "enabled",
                "destroy",
            ][..]
        } else {
            &["enabled"][..]
        };
        let inner = self.fields(block, text, arguments, &["precondition", "postcondition"]);
        let enabled = self.enabled(&inner, repetition);
        let preconditions = self.checks(&inner, "precondition");
        let place = self.names.place;
        self.names.place.has_self = true;
        let postconditions = self.checks(&inner, "postcondition");
        self.names.place = place;
        Lifecycle {
            create_before_destroy: self.bool_field(&inner, "create_before_destroy"),
            prevent_destroy: self.optional(&inner, "prevent_destroy"),
            ignore_changes: self.ignore_changes(&inner),
            replace_triggered_by: self.triggers(&inner),
            preconditions,
            postconditions,
            enabled,
            destroy: self.bool_field(&inner, "destroy"),
        }
    }

    /// `enabled`, which decides alone whether there is an instance.
    pub(super) fn enabled(
        &mut self,
        fields: &Fields<'_>,
        repetition: &Repetition,
    ) -> Option<zw_lang::Expr> {
        let attribute = fields.get("enabled")?;
        if repetition.expr().is_some() {
            let detail =
                "The \"enabled\" argument cannot be combined with \"count\" or \"for_each\".";
            let span = fields.text.span_of(&attribute.key);
            self.error("Invalid combination of \"enabled\" and repetition", detail, span);
        }
        self.optional(fields, "enabled")
    }

    /// `replace_triggered_by`: references to resources or to parts of them.
    fn triggers(&mut self, fields: &Fields<'_>) -> Vec<zw_lang::Expr> {
        let items = self.list_field(fields, "replace_triggered_by");
        let mut triggers = Vec::with_capacity(items.len());
        for item in items {
            let Some(trigger) = self.expression(item, fields.text) else { continue };
            let is_resource = match &trigger.kind {
                ExprKind::Ref(reference) => {
                    reference.name.contains('.') && {
                        let root = reference.name.split('.').next().unwrap_or_default();
                        let others = [
                            "var",
                            "local",
                            "module",
                            "data",
                            "each",
                            "count",
                            "path",
                            "ephemeral",
                        ];
                        !others.contains(&root)
                    }
                }
                _ => false,
            };
            if is_resource {
                triggers.push(trigger);
            } else {
                let detail = "Only resources and their attributes can be referred to in \
                              replace_triggered_by. To use another value, pass it through a \
                              terraform_data resource.";
                let span = fields.text.span_of(item);
                self.error("Invalid replace_triggered_by expression", detail, span);
            }
        }
        triggers
    }

    /// The block of a type of which there can be one.
    pub(super) fn single_block<'t>(
        &mut self,
        fields: &Fields<'t>,
        kind: &'static str,
    ) -> Option<&'t Tree> {
        let mut blocks = fields.blocks(kind);
        let block = blocks.next()?;
        self.labels(block, fields.text, []);
        for second in blocks {
            let detail = format!("There can be only one {kind:?} block here.");
            self.diagnostics.push(
                Diagnostic::error(format!("Duplicate {kind} block"), detail)
                    .at(header(second, fields.text))
                    .label(header(block, fields.text), "the first one is here"),
            );
        }
        Some(block)
    }

    pub(super) fn connection(&mut self, fields: &Fields<'_>) -> Option<Body> {
        let block = self.single_block(fields, "connection")?;
        let span = header(block, fields.text);
        Some(self.body(block, fields.text, span, &[]))
    }

    /// Reports what is used where an object is destroyed and may be gone by then.
    fn only_the_object(&mut self, uses: Range<usize>) {
        for span in self.names.beyond_the_object(uses) {
            let detail = "Destroy-time provisioners and their connection configurations may only reference \
                          attributes of the related resource, via \"self\", \"count.index\" or \"each.key\". \
                          What else there is may be destroyed before it. Keep the value in the resource, as in an \
                          \"input\" or \"triggers\" argument, and refer to it there.";
            self.error("Invalid reference from destroy provisioner", detail, span);
        }
    }

    pub(super) fn provisioners(&mut self, fields: &Fields<'_>) -> Vec<Provisioner> {
        fields
            .blocks("provisioner")
            .filter_map(|block| self.provisioner(block, fields.text))
            .collect()
    }

    fn provisioner(&mut self, block: &Tree, text: Text<'_>) -> Option<Provisioner> {
        let [type_name] = self.labels(block, text, ["type"])?;
        let fields = open_fields(block, text);
        let when = match self.word_field(&fields, "when", &["create", "destroy"]) {
            Some("destroy") => ProvisionerWhen::Destroy,
            _ => ProvisionerWhen::Create,
        };
        let on_failure = match self.word_field(&fields, "on_failure", &["continue", "fail"]) {
            Some("continue") => ProvisionerFailure::Continue,
            _ => ProvisionerFailure::Fail,
        };
        let before = self.names.used();
        let connection = self.connection(&fields);
        let meta = ["when", "on_failure", "connection"];
        let body = self.body(block, text, fields.span, &meta);
        if when == ProvisionerWhen::Destroy {
            self.only_the_object(before..self.names.used());
        }
        Some(Provisioner { type_name, span: fields.span, when, on_failure, connection, body })
    }

    pub(super) fn check(&mut self, block: &Tree, text: Text<'_>) {
        let Some([name]) = self.labels(block, text, ["name"]) else { return };
        let fields = self.fields(block, text, &[], &["data", "assert"]);
        let known = self.module.checks.iter().find(|known| known.name == name);
        if let Some(first) = known.map(|known| known.span) {
            self.duplicate("check", &format!("{name:?}"), fields.span, first);
            return;
        }
        let at = self.module.checks.len();
        let mut data = None;
        for inner in fields.blocks("data") {
            self.names.place = Place::PLAIN;
            if data.is_some() {
                let detail = "A check block can have one data block.";
                self.error("Multiple data resource blocks", detail, header(inner, text));
                continue;
            }
            data = self.resource_in(Some(at), ResourceMode::Data, inner, text);
        }
        self.names.place = Place::PLAIN;
        let asserts = self.checks(&fields, "assert");
        if asserts.is_empty() && fields.blocks("assert").next().is_none() {
            let detail = "A check block must contain at least one assert block.";
            self.error("Zero assert blocks", detail, fields.span);
        }
        self.module.checks.push(CheckBlock { name, span: fields.span, data, asserts });
    }
}
