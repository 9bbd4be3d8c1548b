//! Arguments that name something rather than compute something.

use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use zw_lang::addr::ResourceAddr;
use zw_lang::parse::{Resolver as _, Text};
use zw_lang::{Diagnostic, Number, Path, PathStep, Span, Str, Value};

use super::Lowerer;
use super::fields::Fields;
use crate::model::{Dependency, IgnoreChanges, ProviderKey, ProviderRef, ResourceMode};

/// A name and what follows it.
pub(super) struct Traversal<'t> {
    pub(super) root: &'t str,
    pub(super) steps: Vec<(Step<'t>, Span)>,
}

/// What follows a name.
#[derive(Clone, Copy)]
pub(super) enum Step<'t> {
    Attr(&'t str),
    Key(Key<'t>),
}

/// An index.
#[derive(Clone, Copy)]
pub(super) enum Key<'t> {
    Written(&'t Expression),
    /// `.0`
    Legacy(u64),
}

/// An address of a module or resource whose keys may be expressions.
pub(super) struct Address<'t> {
    pub(super) modules: Vec<(Str, Option<Key<'t>>)>,
    pub(super) resource: Option<(ResourceAddr, Option<Key<'t>>)>,
}

/// An expression as a name and what follows it, if it is one.
pub(super) fn traversal<'t>(tree: &'t Expression, text: Text<'_>) -> Option<Traversal<'t>> {
    match tree {
        Expression::Variable(name) => Some(Traversal { root: name.as_str(), steps: Vec::new() }),
        Expression::Traversal(tree) => {
            let Expression::Variable(name) = &tree.expr else { return None };
            let mut steps = Vec::with_capacity(tree.operators.len());
            for operator in &tree.operators {
                let step = match operator.value() {
                    TraversalOperator::GetAttr(name) => Step::Attr(name.as_str()),
                    TraversalOperator::Index(key) => Step::Key(Key::Written(key)),
                    TraversalOperator::LegacyIndex(at) => Step::Key(Key::Legacy(*at.value())),
                    TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                        return None;
                    }
                };
                steps.push((step, text.span_of(operator)));
            }
            Some(Traversal { root: name.as_str(), steps })
        }
        _ => None,
    }
}

impl Key<'_> {
    /// Its value, if it is constant.
    pub(super) fn constant(self, text: Text<'_>) -> Option<Value> {
        match self {
            Self::Written(tree) => zw_lang::parse::constant(tree, text).ok(),
            Self::Legacy(at) => {
                Some(Value::from(Number::from(usize::try_from(at).unwrap_or(usize::MAX))))
            }
        }
    }
}

/// Names after which a reference is to no object that can be waited for.
const NO_OBJECTS: [&str; 7] = ["each", "count", "self", "path", "terraform", "tofu", "zw"];

impl Lowerer {
    /// Calls `read` with a reference. One in quotes, as they had to be once, is read without them.
    pub(super) fn with_reference<T>(
        &mut self,
        tree: &Expression,
        text: Text<'_>,
        read: impl FnOnce(&mut Self, &Expression, Text<'_>) -> Option<T>,
    ) -> Option<T> {
        let Expression::String(_) = tree else { return read(self, tree, text) };
        let range = tree.span()?;
        let inner = text.part(range.start + 1..range.end.saturating_sub(1));
        let Ok(unquoted) = hcl_edit::parser::parse_expr(inner.text) else {
            return read(self, tree, text);
        };
        self.diagnostics.push(
            Diagnostic::warning(
                "Quoted references are deprecated",
                "In this context, references are expected literally rather than in quotes. Remove the \
                 quotes surrounding this reference to silence this warning.",
            )
            .at(text.span_of(tree)),
        );
        read(self, &unquoted, inner)
    }

    /// `depends_on`
    pub(super) fn depends_on(&mut self, fields: &Fields<'_>) -> Vec<Dependency> {
        let items = self.list_field(fields, "depends_on");
        items
            .into_iter()
            .filter_map(|item| self.with_reference(item, fields.text, Self::dependency))
            .collect()
    }

    fn dependency(&mut self, tree: &Expression, text: Text<'_>) -> Option<Dependency> {
        let span = text.span_of(tree);
        let Some(reference) = traversal(tree, text) else {
            let detail = "An entry of depends_on is a reference to an object, not an expression.";
            self.error("Invalid depends_on reference", detail, span);
            return None;
        };
        if NO_OBJECTS.contains(&reference.root) {
            let detail = "Only resources, data sources, modules, variables and local values can be \
                          waited for.";
            self.error("Invalid depends_on reference", detail, span);
            return None;
        }
        let attrs: Vec<(Str, Span)> = reference
            .steps
            .iter()
            .map_while(|(step, span)| match step {
                Step::Attr(name) => Some((Str::from(*name), *span)),
                Step::Key(_) => None,
            })
            .collect();
        let (symbol, consumed) = match self.names.resolve(reference.root, &attrs, span) {
            Ok(found) => found,
            Err(diagnostic) => {
                self.diagnostics.push(diagnostic.or_at(span));
                return None;
            }
        };
        let rest = &reference.steps[consumed..];
        if rest.iter().any(|(step, _)| matches!(step, Step::Attr(_))) {
            let detail = "References in depends_on must be to a whole object (resource, etc), not to \
                          an attribute of an object.";
            self.error("Invalid depends_on reference", detail, span);
        }
        Some(Dependency { symbol, span })
    }

    /// `provider`: a name, a name and an alias, and perhaps the key of an instance.
    pub(super) fn provider_ref(
        &mut self,
        tree: &Expression,
        text: Text<'_>,
    ) -> Option<ProviderRef> {
        self.with_reference(tree, text, Self::unquoted_provider_ref)
    }

    fn unquoted_provider_ref(&mut self, tree: &Expression, text: Text<'_>) -> Option<ProviderRef> {
        let span = text.span_of(tree);
        let mut key = None;
        let mut instance = None;
        let mut is_valid = true;
        if let Some(reference) = traversal(tree, text) {
            let mut found = ProviderKey { name: reference.root.into(), alias: None };
            for (step, _) in &reference.steps {
                match step {
                    Step::Attr(alias) if found.alias.is_none() && instance.is_none() => {
                        found.alias = Some((*alias).into());
                    }
                    Step::Key(Key::Written(tree)) if instance.is_none() => {
                        instance = Some(Arc::new(self.expression(tree, text)?));
                    }
                    _ => is_valid = false,
                }
            }
            key = Some(found).filter(|_| is_valid);
        }
        let Some(key) = key else {
            let detail = "A provider configuration is named by the local name of the provider, followed \
                          by its alias if it has one: aws, or aws.west. An instance of one with \
                          for_each is aws.by_region[each.key].";
            self.error("Invalid provider configuration reference", detail, span);
            return None;
        };
        Some(ProviderRef { key, instance, span: Some(span) })
    }

    /// The provider that `provider` names, or the one whose name the type begins with.
    pub(super) fn provider_of(&mut self, fields: &Fields<'_>, type_name: &str) -> ProviderRef {
        let written =
            fields.value("provider").and_then(|tree| self.provider_ref(tree, fields.text));
        written.unwrap_or_else(|| {
            let name = type_name.split_once('_').map_or(type_name, |(name, _)| name);
            let key = ProviderKey { name: name.into(), alias: None };
            ProviderRef { key, instance: None, span: None }
        })
    }

    /// `providers` of a module call.
    pub(super) fn providers(&mut self, fields: &Fields<'_>) -> Vec<(ProviderKey, ProviderRef)> {
        let text = fields.text;
        let object = match fields.value("providers") {
            None => return Vec::new(),
            Some(Expression::Object(object)) => object,
            Some(other) => {
                let detail = "A static map expression is required: { aws = aws.west }.";
                self.error("Invalid expression", detail, text.span_of(other));
                return Vec::new();
            }
        };
        let mut found: Vec<(ProviderKey, ProviderRef)> = Vec::new();
        for (key, value) in object {
            let span = text.span_of(key);
            let key = match key {
                ObjectKey::Ident(name) => {
                    Some(ProviderKey { name: name.as_str().into(), alias: None })
                }
                ObjectKey::Expression(tree) => self.provider_ref(tree, text).map(|found| found.key),
            };
            let value = self.provider_ref(value.expr(), text);
            let (Some(key), Some(value)) = (key, value) else { continue };
            if found.iter().any(|(known, _)| *known == key) {
                let detail = "A provider configuration can be passed to a module once only.";
                self.error("Duplicate provider address", detail, span);
                continue;
            }
            found.push((key, value));
        }
        found
    }

    /// `ignore_changes`
    pub(super) fn ignore_changes(&mut self, fields: &Fields<'_>) -> IgnoreChanges {
        match fields.value("ignore_changes") {
            None => return IgnoreChanges::None,
            Some(Expression::Variable(name)) if name.as_str() == "all" => {
                return IgnoreChanges::All;
            }
            Some(_) => {}
        }
        let mut paths = Vec::new();
        for item in self.list_field(fields, "ignore_changes") {
            let span = fields.text.span_of(item);
            if matches!(item, Expression::String(star) if star.value() == "*") {
                let detail = "The [\"*\"] form of ignore_changes wildcard is deprecated. Use \
                              \"ignore_changes = all\" to ignore changes to all attributes.";
                let warning = Diagnostic::warning("Deprecated ignore_changes wildcard", detail);
                self.diagnostics.push(warning.at(span));
                return IgnoreChanges::All;
            }
            let path = self.with_reference(item, fields.text, |this, tree, text| {
                let path = traversal(tree, text).and_then(|reference| path_of(&reference, text));
                if path.is_none() {
                    this.error(
                        "Invalid ignore_changes expression",
                        "An entry of ignore_changes is an attribute of the resource itself, with \
                         constant indices: tags, or tags[\"Name\"].",
                        span,
                    );
                }
                path
            });
            paths.extend(path.map(|path| (path, span)));
        }
        IgnoreChanges::Paths(paths)
    }

    /// An argument that is the address of a module or a resource.
    pub(super) fn address<'t>(
        &mut self,
        fields: &Fields<'t>,
        name: &str,
    ) -> Option<(Address<'t>, Span)> {
        let Some(tree) = fields.value(name) else {
            self.missing(name, fields.span);
            return None;
        };
        let span = fields.text.span_of(tree);
        match traversal(tree, fields.text)
            .ok_or("it is no address")
            .and_then(|found| found.address())
        {
            Ok(address) => Some((address, span)),
            Err(reason) => {
                let detail = format!(
                    "The address of a resource or module is required here, but {reason}: \
                     aws_vpc.main, module.network, or module.network.aws_vpc.main[\"a\"]."
                );
                self.error("Invalid address", detail, span);
                None
            }
        }
    }
}

impl<'t> Traversal<'t> {
    fn address(&self) -> Result<Address<'t>, &'static str> {
        let mut steps = std::iter::once(Step::Attr(self.root))
            .chain(self.steps.iter().map(|(step, _)| *step))
            .peekable();
        let mut modules = Vec::new();
        while matches!(steps.peek(), Some(Step::Attr("module"))) {
            steps.next();
            let Some(Step::Attr(name)) = steps.next() else {
                return Err("the name of a module is missing");
            };
            modules.push((Str::from(name), next_key(&mut steps)));
        }
        let mut mode = ResourceMode::Managed;
        let type_name = match steps.next() {
            None => return Ok(Address { modules, resource: None }),
            Some(Step::Attr("data")) => {
                mode = ResourceMode::Data;
                steps.next()
            }
            Some(Step::Attr("resource")) => steps.next(),
            other => other,
        };
        let (Some(Step::Attr(type_name)), Some(Step::Attr(name))) = (type_name, steps.next())
        else {
            return Err("the type or the name of a resource is missing");
        };
        let key = next_key(&mut steps);
        if steps.next().is_some() {
            return Err("it names something inside of a resource");
        }
        let resource = ResourceAddr::new(mode, type_name.into(), name.into());
        Ok(Address { modules, resource: Some((resource, key)) })
    }
}

fn next_key<'t>(
    steps: &mut std::iter::Peekable<impl Iterator<Item = Step<'t>>>,
) -> Option<Key<'t>> {
    let Some(Step::Key(key)) = steps.peek().copied() else { return None };
    steps.next();
    Some(key)
}

/// The path that a reference relative to a resource means.
fn path_of(reference: &Traversal<'_>, text: Text<'_>) -> Option<Path> {
    let mut path = Path::attr_of_root(reference.root);
    for (step, _) in &reference.steps {
        path.0.push(match step {
            Step::Attr(name) => PathStep::Attr((*name).into()),
            Step::Key(key) => PathStep::Index(key.constant(text)?),
        });
    }
    Some(path)
}
