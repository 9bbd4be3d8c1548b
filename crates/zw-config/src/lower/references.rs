//! Attributes that name something rather than compute something.

use std::sync::Arc;

use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::Body as TreeBody;
use zw_lang::addr::{InstanceAddr, InstanceKey, ModuleInstancePath};
use zw_lang::parse::Text;
use zw_lang::{Expr, ExprKind, Path, PathStep, Span, Str, Value};

use super::Lowerer;
use crate::model::{
    Dependency, Endpoint, IgnoreChanges, ProviderKey, ProviderRef, Repetition, Symbol,
};

impl Lowerer<'_, '_> {
    /// `depends_on`
    pub(super) fn depends_on(&mut self, tree: &TreeBody, text: Text<'_>) -> Vec<Dependency> {
        let mut found = Vec::new();
        for item in self.list_field(tree, text, "depends_on") {
            let span = text.span_of(item);
            match self.expression(item, text).map(|expr| expr.kind) {
                Some(ExprKind::Ref(reference)) => {
                    found.push(Dependency { symbol: reference.symbol, span });
                }
                Some(_) => self.error(
                    span,
                    "Invalid depends_on reference",
                    "References in depends_on must be to a whole object (resource, data source or module), without \
                     quotes.",
                ),
                None => {}
            }
        }
        found
    }

    /// `count` or `for_each`
    pub(super) fn repetition(&mut self, tree: &TreeBody, text: Text<'_>) -> Repetition {
        match (tree.get_attribute("count"), tree.get_attribute("for_each")) {
            (Some(count), Some(_)) => {
                self.error(
                    text.span_of(&count.key),
                    "Invalid combination of \"count\" and \"for_each\"",
                    "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used.",
                );
                Repetition::Single
            }
            (Some(count), None) => {
                self.expression(&count.value, text).map_or(Repetition::Single, Repetition::Count)
            }
            (None, Some(for_each)) => self
                .expression(&for_each.value, text)
                .map_or(Repetition::Single, Repetition::ForEach),
            (None, None) => Repetition::Single,
        }
    }

    /// `provider`: a name, a name and an alias, and perhaps the key of an instance.
    pub(super) fn provider_ref(
        &mut self,
        tree: &Expression,
        text: Text<'_>,
    ) -> Option<ProviderRef> {
        let span = text.span_of(tree);
        let invalid = |lowerer: &mut Self| {
            lowerer.error(
                span,
                "Invalid provider configuration reference",
                "A provider configuration is named by the provider's local name, followed by its alias if it has one: \
                 aws, or aws.west.",
            );
        };
        let (name, operators) = match tree {
            Expression::Variable(name) => (Str::from(name.as_str()), &[][..]),
            Expression::String(text) => {
                let mut parts = text.as_str().splitn(2, '.');
                let name = Str::from(parts.next().unwrap_or_default());
                let alias = parts.next().map(Str::from);
                let key = ProviderKey { name, alias };
                return Some(ProviderRef { key, instance: None, span: Some(span) });
            }
            Expression::Traversal(traversal) => match &traversal.expr {
                Expression::Variable(name) => {
                    (Str::from(name.as_str()), traversal.operators.as_slice())
                }
                _ => {
                    invalid(self);
                    return None;
                }
            },
            _ => {
                invalid(self);
                return None;
            }
        };
        let mut alias = None;
        let mut instance = None;
        for operator in operators {
            match operator.value() {
                TraversalOperator::GetAttr(name) if alias.is_none() && instance.is_none() => {
                    alias = Some(Str::from(name.as_str()));
                }
                TraversalOperator::Index(key) if instance.is_none() => {
                    instance = Some(Arc::new(self.expression(key, text)?));
                }
                _ => {
                    invalid(self);
                    return None;
                }
            }
        }
        Some(ProviderRef { key: ProviderKey { name, alias }, instance, span: Some(span) })
    }

    /// `providers` of a module call.
    pub(super) fn providers(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
    ) -> Vec<(ProviderKey, ProviderRef)> {
        let Some(attribute) = tree.get_attribute("providers") else { return Vec::new() };
        let Expression::Object(object) = &attribute.value else {
            let span = text.span_of(&attribute.value);
            self.error(
                span,
                "Invalid providers map",
                "\"providers\" must be written as a map: { ... }.",
            );
            return Vec::new();
        };
        let mut found = Vec::new();
        for (key, value) in object.iter() {
            let key = match key {
                ObjectKey::Ident(name) => {
                    Some(ProviderKey { name: Str::from(name.as_str()), alias: None })
                }
                ObjectKey::Expression(expr) => self.provider_ref(expr, text).map(|found| found.key),
            };
            let value = self.provider_ref(value.expr(), text);
            found.extend(key.zip(value));
        }
        found
    }

    /// `ignore_changes`
    pub(super) fn ignore_changes(&mut self, tree: &TreeBody, text: Text<'_>) -> IgnoreChanges {
        let Some(attribute) = tree.get_attribute("ignore_changes") else {
            return IgnoreChanges::None;
        };
        if let Expression::Variable(name) = &attribute.value
            && name.as_str() == "all"
        {
            return IgnoreChanges::All;
        }
        let mut paths = Vec::new();
        for item in self.list_field(tree, text, "ignore_changes") {
            let span = text.span_of(item);
            match path_of(item) {
                Some(path) => paths.push((path, span)),
                None => self.error(
                    span,
                    "Invalid ignore_changes expression",
                    "Only attributes of the resource itself can be named in ignore_changes, as in tags[\"Name\"].",
                ),
            }
        }
        IgnoreChanges::Paths(paths)
    }

    /// `from` and `to` of `moved` and `removed` blocks.
    pub(super) fn endpoint(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
        name: &str,
        span: Span,
    ) -> Option<Endpoint> {
        let Some(attribute) = tree.get_attribute(name) else {
            let detail = format!("The argument {name:?} is required, but no definition was found.");
            self.error(span, "Missing required argument", detail);
            return None;
        };
        let span = text.span_of(&attribute.value);
        let written = text.slice_of(&attribute.value).unwrap_or_default().trim();
        if let Ok(module) = written.parse::<ModuleInstancePath>()
            && !module.is_root()
        {
            return Some(Endpoint { module, resource: None, span });
        }
        match written.parse::<InstanceAddr>() {
            Ok(address) => Some(Endpoint {
                module: address.module().clone(),
                resource: Some((address.resource().clone(), address.key().clone())),
                span,
            }),
            Err(error) => {
                self.error(span, "Invalid address", format!("{error}."));
                None
            }
        }
    }

    /// Reports references in `depends_on` to what cannot be waited for.
    pub(super) fn check_dependencies(&mut self, dependencies: &[Dependency]) {
        for dependency in dependencies {
            let symbol = self.symbols.symbols.get(dependency.symbol.0 as usize);
            let is_object = matches!(
                symbol,
                Some(
                    Symbol::Resource(_)
                        | Symbol::Module(_)
                        | Symbol::Ephemeral(_)
                        | Symbol::Variable(_)
                        | Symbol::Local(_)
                )
            );
            if !is_object {
                self.error(
                    dependency.span,
                    "Invalid depends_on reference",
                    "Only resources, data sources, modules, variables and local values can be waited for.",
                );
            }
        }
    }
}

/// Whether an endpoint names one instance of a resource.
pub(super) fn names_instance(endpoint: &Endpoint) -> bool {
    matches!(&endpoint.resource, Some((_, key)) if *key != InstanceKey::None)
}

/// The path that a relative traversal means.
fn path_of(tree: &Expression) -> Option<Path> {
    let root = |name: &str| Path::attr_of_root(name);
    match tree {
        Expression::Variable(name) => Some(root(name.as_str())),
        Expression::String(name) => Some(root(name.as_str())),
        Expression::Traversal(traversal) => {
            let Expression::Variable(name) = &traversal.expr else { return None };
            let mut path = root(name.as_str());
            for operator in &traversal.operators {
                path.0.push(match operator.value() {
                    TraversalOperator::GetAttr(name) => PathStep::Attr(name.as_str().into()),
                    TraversalOperator::LegacyIndex(at) => {
                        PathStep::Index(Value::from(i64::try_from(*at.value()).ok()?))
                    }
                    TraversalOperator::Index(Expression::String(key)) => {
                        PathStep::Index(Value::from(key.as_str()))
                    }
                    TraversalOperator::Index(Expression::Number(at)) => {
                        PathStep::Index(Value::from(at.as_i64()?))
                    }
                    _ => return None,
                });
            }
            Some(path)
        }
        _ => None,
    }
}

/// An expression that always fails to be anything, where one could not be lowered.
pub(super) fn broken(span: Span) -> Expr {
    Expr::literal(Value::unknown(zw_lang::Type::Dynamic), span)
}
