//! Variables, local values and outputs.

use std::sync::Arc;

use hcl_edit::structure::{Block as Tree, Structure};
use zw_lang::parse::Text;
use zw_lang::{Defaults, Expr, Span, Str, Type, Value, apply_defaults, convert};

use super::fields::Fields;
use super::{Lowerer, broken, header};
use crate::model::{Check, Dependency, Local, Output, Variable};

/// Names that a variable cannot have, because they mean something in a `module` block.
const RESERVED: [&str; 8] =
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

/// A variable as far as it has been read.
pub(super) struct VariableParts {
    pub(super) name: Str,
    pub(super) span: Span,
    pub(super) ty: Option<(Type, Option<Defaults>)>,
    pub(super) default: Option<(Value, Span)>,
    pub(super) description: Option<Str>,
    pub(super) sensitive: Option<bool>,
    pub(super) ephemeral: Option<bool>,
    pub(super) nullable: Option<bool>,
    pub(super) validations: Vec<Check>,
    pub(super) deprecated: Option<Str>,
    pub(super) constant: Option<bool>,
}

/// An output as far as it has been read.
pub(super) struct OutputParts {
    pub(super) name: Str,
    pub(super) span: Span,
    pub(super) value: Option<Expr>,
    pub(super) description: Option<Str>,
    pub(super) sensitive: Option<bool>,
    pub(super) ephemeral: Option<bool>,
    pub(super) depends_on: Vec<Dependency>,
    pub(super) preconditions: Vec<Check>,
    pub(super) deprecated: Option<Str>,
}

impl Lowerer {
    pub(super) fn variable(&mut self, block: &Tree, text: Text<'_>) {
        let Some([name]) = self.labels(block, text, ["name"]) else { return };
        let arguments = [
            "type",
            "default",
            "description",
            "sensitive",
            "ephemeral",
            "nullable",
            "deprecated",
            "const",
        ];
        let fields = self.fields(block, text, &arguments, &["validation"]);
        if RESERVED.contains(&name.as_str()) {
            let detail = format!(
                "The variable name {name:?} is reserved due to its special meaning inside module \
                 blocks."
            );
            self.error("Invalid variable name", detail, fields.span);
        }
        let ty = fields.value("type").and_then(|tree| {
            match zw_lang::parse::type_constraint(tree, text) {
                Ok(found) => Some(found),
                Err(found) => {
                    self.diagnostics.extend(found);
                    None
                }
            }
        });
        let default = fields
            .value("default")
            .and_then(|tree| Some((self.constant(tree, text)?, text.span_of(tree))));
        let parts = VariableParts {
            span: fields.span,
            ty,
            default,
            description: self.text_field(&fields, "description"),
            sensitive: self.bool_field(&fields, "sensitive"),
            ephemeral: self.bool_field(&fields, "ephemeral"),
            nullable: self.bool_field(&fields, "nullable"),
            validations: self.checks(&fields, "validation"),
            deprecated: self.text_field(&fields, "deprecated"),
            constant: self.bool_field(&fields, "const"),
            name,
        };
        let known = self.declared.variables.get(&parts.name).copied();
        match (known, self.is_override) {
            (Some(at), true) => self.variables[at].overridden(parts),
            (Some(at), false) => {
                let first = self.variables[at].span;
                self.duplicate("variable", &quoted(&parts.name), parts.span, first);
            }
            (None, true) => self.nothing_to_override("variable", &quoted(&parts.name), parts.span),
            (None, false) => {
                self.declared.variables.insert(parts.name.clone(), self.variables.len());
                self.variables.push(parts);
            }
        }
    }

    pub(super) fn finished_variable(&mut self, parts: VariableParts) -> Variable {
        let has_type = parts.ty.is_some();
        let (ty, defaults) = parts.ty.unwrap_or((Type::Dynamic, None));
        let nullable = parts.nullable.unwrap_or(true);
        let default = parts.default.and_then(|(value, span)| {
            if value.is_null() && !nullable {
                let detail = "A null default value is not valid when nullable = false.";
                self.error("Invalid default value for variable", detail, span);
                return None;
            }
            let value = match &defaults {
                Some(defaults) if !value.is_null() => apply_defaults(&value, defaults),
                _ => value,
            };
            match convert(&value, &ty) {
                Ok(value) => Some(value),
                Err(error) => {
                    let detail = format!(
                        "This default value is not compatible with the variable's type constraint: \
                         {error}."
                    );
                    self.error("Invalid default value for variable", detail, span);
                    None
                }
            }
        });
        Variable {
            name: parts.name,
            span: parts.span,
            is_literal: !has_type || ty.is_primitive(),
            ty,
            defaults: defaults.map(Arc::new),
            default,
            description: parts.description,
            sensitive: parts.sensitive.unwrap_or(false),
            ephemeral: parts.ephemeral.unwrap_or(false),
            nullable,
            validations: parts.validations,
            deprecated: parts.deprecated,
            constant: parts.constant.unwrap_or(false),
        }
    }

    fn text_field(&mut self, fields: &Fields<'_>, name: &str) -> Option<Str> {
        self.string_field(fields, name).map(|(text, _)| text)
    }

    /// Blocks with a condition and a message.
    pub(super) fn checks(&mut self, fields: &Fields<'_>, kind: &'static str) -> Vec<Check> {
        fields.blocks(kind).filter_map(|block| self.condition(block, fields.text)).collect()
    }

    fn condition(&mut self, block: &Tree, text: Text<'_>) -> Option<Check> {
        self.labels(block, text, [])?;
        let fields = self.fields(block, text, &["condition", "error_message"], &[]);
        let condition = self.required(&fields, "condition");
        let error_message = self.required(&fields, "error_message");
        Some(Check { condition: condition?, error_message: error_message?, span: fields.span })
    }

    pub(super) fn locals(&mut self, block: &Tree, text: Text<'_>) {
        if self.labels(block, text, []).is_none() {
            return;
        }
        for structure in &block.body {
            let attribute = match structure {
                Structure::Attribute(attribute) => attribute,
                Structure::Block(inner) => {
                    let name = inner.ident.as_str();
                    let detail = format!(
                        "Blocks are not expected here. To define the local value {name:?}, use the \
                         equals sign to assign it a value."
                    );
                    self.error("Unsupported block type", detail, header(inner, text));
                    continue;
                }
            };
            let span = text.span_of(&attribute.key);
            let name = Str::from(attribute.key.as_str());
            let value = self
                .expression(&attribute.value, text)
                .unwrap_or_else(|| broken(text.span_of(&attribute.value)));
            match (self.declared.locals.get(&name).copied(), self.is_override) {
                (Some(at), true) => self.module.locals[at].value = value,
                (Some(at), false) => {
                    let first = self.module.locals[at].span;
                    self.duplicate("local value", &quoted(&name), span, first);
                }
                (None, true) => self.nothing_to_override("local value", &quoted(&name), span),
                (None, false) => {
                    self.declared.locals.insert(name.clone(), self.module.locals.len());
                    self.module.locals.push(Local { name, span, value });
                }
            }
        }
    }

    pub(super) fn output(&mut self, block: &Tree, text: Text<'_>) {
        let Some([name]) = self.labels(block, text, ["name"]) else { return };
        let arguments =
            ["value", "description", "sensitive", "ephemeral", "depends_on", "deprecated"];
        let fields = self.fields(block, text, &arguments, &["precondition"]);
        let parts = OutputParts {
            name,
            span: fields.span,
            value: fields.value("value").map(|tree| {
                self.expression(tree, text).unwrap_or_else(|| broken(text.span_of(tree)))
            }),
            description: self.text_field(&fields, "description"),
            sensitive: self.bool_field(&fields, "sensitive"),
            ephemeral: self.bool_field(&fields, "ephemeral"),
            depends_on: self.depends_on(&fields),
            preconditions: self.checks(&fields, "precondition"),
            deprecated: self.text_field(&fields, "deprecated"),
        };
        match (self.declared.outputs.get(&parts.name).copied(), self.is_override) {
            (Some(at), true) => self.outputs[at].overridden(parts),
            (Some(at), false) => {
                let first = self.outputs[at].span;
                self.duplicate("output", &quoted(&parts.name), parts.span, first);
            }
            (None, true) => self.nothing_to_override("output", &quoted(&parts.name), parts.span),
            (None, false) => {
                self.declared.outputs.insert(parts.name.clone(), self.outputs.len());
                self.outputs.push(parts);
            }
        }
    }

    pub(super) fn finished_output(&mut self, parts: OutputParts) -> Output {
        let value = parts.value.unwrap_or_else(|| {
            self.missing("value", parts.span);
            broken(parts.span)
        });
        Output {
            name: parts.name,
            span: parts.span,
            value,
            description: parts.description,
            sensitive: parts.sensitive.unwrap_or(false),
            ephemeral: parts.ephemeral.unwrap_or(false),
            depends_on: parts.depends_on,
            preconditions: parts.preconditions,
            deprecated: parts.deprecated,
        }
    }
}

/// A name as messages show it.
pub(super) fn quoted(name: &str) -> String {
    format!("{name:?}")
}
