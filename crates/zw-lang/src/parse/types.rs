//! Type constraints: `string`, `list(any)`, `object({ a = optional(string, "x") })`.
//!
//! Source: `getType` in HCL's `ext/typeexpr`, in effect and in wording.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};

use super::Text;
use crate::convert::{DefaultChildren, Defaults, convert};
use crate::diag::{Diagnostic, Diagnostics};
use crate::span::Span;
use crate::suggest::suggest;
use crate::ty::{ObjectAttr, ObjectType, Type};
use crate::value::Str;

const SUMMARY: &str = "Invalid type specification";
const PRIMITIVES: [&str; 4] = ["any", "bool", "number", "string"];
const CONSTRUCTORS: [&str; 5] = ["list", "map", "object", "set", "tuple"];

pub(super) fn constraint(
    expr: &Expression,
    text: Text<'_>,
) -> Result<(Type, Option<Defaults>), Diagnostics> {
    let mut reader = Reader { text, diagnostics: Diagnostics::new() };
    let ty = match expr {
        // Shorthands from before there were type constraints.
        Expression::Variable(name) if name.as_str() == "list" => {
            Some((Type::list(Type::Dynamic), None))
        }
        Expression::Variable(name) if name.as_str() == "map" => {
            Some((Type::map(Type::Dynamic), None))
        }
        _ => reader.constraint(expr),
    };
    let found = reader.diagnostics.into_result(ty)?;
    Ok(found.unwrap_or((Type::Dynamic, None)))
}

struct Reader<'a> {
    text: Text<'a>,
    diagnostics: Diagnostics,
}

type Found = Option<(Type, Option<Defaults>)>;

impl Reader<'_> {
    fn error(&mut self, detail: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::error(SUMMARY, detail).at(span));
    }

    fn constraint(&mut self, expr: &Expression) -> Found {
        let span = self.text.span_of(expr);
        match expr {
            Expression::Variable(name) => self.keyword(name.as_str(), span),
            Expression::FuncCall(call) if !call.name.is_namespaced() => {
                self.constructed(call, span)
            }
            Expression::Parenthesis(inner) => self.constraint(inner.inner()),
            Expression::String(quoted) => {
                let quoted = quoted.value();
                let detail = match quoted.as_str() {
                    "string" | "number" | "bool" | "any" => {
                        format!("Remove the quotes around {quoted:?}: a type is not a string.")
                    }
                    "list" | "map" => format!(
                        "A type is not a string. To accept a {quoted} of strings, write \
                         {quoted}(string), without quotes."
                    ),
                    _ => "A type is not a string: write it without quotes.".to_owned(),
                };
                self.error(detail, span);
                None
            }
            _ => {
                self.error(
                    "A type specification is either a primitive type keyword (bool, number, \
                     string) or a complex type constructor call, like list(string).",
                    span,
                );
                None
            }
        }
    }

    fn keyword(&mut self, name: &str, span: Span) -> Found {
        let ty = match name {
            "bool" => Type::Bool,
            "string" => Type::String,
            "number" => Type::Number,
            "any" => Type::Dynamic,
            _ => {
                let detail = if CONSTRUCTORS.contains(&name) {
                    requirement(name)
                } else {
                    let hint = suggest(name, PRIMITIVES.into_iter().chain(CONSTRUCTORS));
                    format!("The keyword {name:?} is not a valid type specification.{hint}")
                };
                self.error(detail, span);
                return None;
            }
        };
        Some((ty, None))
    }

    fn constructed(&mut self, call: &FuncCall, span: Span) -> Found {
        let name = call.name.name.as_str();
        let args: Vec<&Expression> = call.args.iter().collect();
        match (name, args.as_slice()) {
            ("bool" | "string" | "number", _) => {
                let detail = format!("Primitive type keyword {name:?} does not expect arguments.");
                self.error(detail, span);
            }
            ("any", _) => {
                let detail = "Type constraint keyword \"any\" does not expect arguments.";
                self.error(detail, span);
            }
            ("list", [element]) => return self.collection(element, Type::list),
            ("set", [element]) => return self.collection(element, Type::set),
            ("map", [element]) => return self.collection(element, Type::map),
            ("object", [attributes]) => return self.object(attributes),
            ("tuple", [elements]) => return self.tuple(elements),
            ("list" | "set" | "map" | "object" | "tuple", _) => {
                self.error(requirement(name), span);
            }
            ("optional", _) => {
                let detail = "Keyword \"optional\" is valid only as a modifier for object type \
                              attributes.";
                self.error(detail, span);
            }
            _ => {
                let hint = suggest(name, CONSTRUCTORS);
                self.error(
                    format!("Keyword {name:?} is not a valid type constructor.{hint}"),
                    span,
                );
            }
        }
        None
    }

    fn collection(&mut self, element: &Expression, of: impl FnOnce(Type) -> Type) -> Found {
        let (element, defaults) = self.constraint(element)?;
        let defaults = defaults.map(|defaults| Defaults {
            values: BTreeMap::new(),
            children: DefaultChildren::Element(Box::new(defaults)),
        });
        Some((of(element), defaults))
    }

    fn tuple(&mut self, elements: &Expression) -> Found {
        let Expression::Array(elements) = elements else {
            let span = self.text.span_of(elements);
            self.error("Tuple type constructor requires a list of element types.", span);
            return None;
        };
        let mut types = Vec::with_capacity(elements.len());
        let mut children = BTreeMap::new();
        for (at, element) in elements.iter().enumerate() {
            // The other elements are looked at even if one is wrong.
            if let Some((ty, defaults)) = self.constraint(element) {
                types.push(ty);
                children.extend(defaults.map(|defaults| (at, defaults)));
            }
        }
        let defaults = (!children.is_empty()).then(|| Defaults {
            values: BTreeMap::new(),
            children: DefaultChildren::Elements(children),
        });
        Some((Type::tuple(types), defaults))
    }

    fn object(&mut self, attributes: &Expression) -> Found {
        let Expression::Object(attributes) = attributes else {
            let span = self.text.span_of(attributes);
            self.error(
                "Object type constructor requires a map whose keys are attribute names and whose \
                 values are the corresponding attribute types.",
                span,
            );
            return None;
        };
        let mut attrs = Vec::with_capacity(attributes.len());
        let mut defaults = Defaults::default();
        let mut children = BTreeMap::new();
        for (key, value) in attributes {
            let Some(name) = self.attribute_name(key) else { continue };
            let mut ty = value.expr();
            let mut optional = false;
            let mut default = None;
            if let Expression::FuncCall(call) = ty
                && call.name.name.as_str() == "optional"
            {
                let args: Vec<&Expression> = call.args.iter().collect();
                let Some(first) = args.first() else {
                    let span = self.text.span_of(ty);
                    let detail =
                        "Optional attribute modifier requires the attribute type as its argument.";
                    self.error(detail, span);
                    continue;
                };
                if args.len() > 2 {
                    let span = self.text.span_of(args[2]);
                    let detail = "Optional attribute modifier expects at most two arguments: the \
                                  attribute type, and a default value.";
                    self.error(detail, span);
                }
                optional = true;
                default = args.get(1).copied();
                ty = first;
            }
            let Some((ty, inner)) = self.constraint(ty) else { continue };
            if let Some(default) = default {
                self.default(&name, default, &ty, &mut defaults);
            }
            children.extend(inner.map(|inner| (name.clone(), inner)));
            attrs.push(ObjectAttr { name, ty, optional });
        }
        if !children.is_empty() {
            defaults.children = DefaultChildren::Attributes(children);
        }
        let ty = Type::Object(ObjectType::new(attrs).into());
        Some((ty, (!defaults.is_empty()).then_some(defaults)))
    }

    fn attribute_name(&mut self, key: &ObjectKey) -> Option<Str> {
        match key {
            ObjectKey::Ident(name) => return Some(name.as_str().into()),
            ObjectKey::Expression(Expression::Bool(value)) => {
                return Some(if *value.value() { "true" } else { "false" }.into());
            }
            ObjectKey::Expression(Expression::Null(_)) => return Some("null".into()),
            ObjectKey::Expression(_) => {}
        }
        let span = self.text.span_of(key);
        self.error("Object constructor map keys must be attribute names.", span);
        None
    }

    fn default(&mut self, name: &Str, expr: &Expression, ty: &Type, defaults: &mut Defaults) {
        match super::constant(expr, self.text) {
            Ok(value) => match convert(&value, ty) {
                Ok(value) => {
                    defaults.values.insert(name.clone(), value);
                }
                Err(error) => {
                    let detail = format!(
                        "This default value is not compatible with the attribute's type \
                         constraint: {error}."
                    );
                    self.diagnostics.push(
                        Diagnostic::error("Invalid default value for optional attribute", detail)
                            .at(self.text.span_of(expr)),
                    );
                }
            },
            Err(diagnostics) => self.diagnostics.extend(diagnostics),
        }
    }
}

/// What a type constructor needs.
fn requirement(constructor: &str) -> String {
    match constructor {
        "object" => "The object type constructor requires one argument specifying the attribute \
                     types and values as a map."
            .to_owned(),
        "tuple" => "The tuple type constructor requires one argument specifying the element types \
                    as a list."
            .to_owned(),
        _ => format!(
            "The {constructor} type constructor requires one argument specifying the element type."
        ),
    }
}
