//! Properties of JSON and YAML that are attributes or nested blocks, as a schema says.

use hcl_edit::expr::{Expression, Object, ObjectKey};
use indexmap::IndexMap;
use zw_lang::parse::{LocalNames, Text};
use zw_lang::{Expr, ExprKind, ObjectItem, Span};

use super::{Lowerer, broken};
use crate::model::{Attribute, Block, Body};

impl Lowerer {
    /// A property as both. What is in it is lowered once, so that nothing is reported twice.
    pub(super) fn undecided(
        &mut self,
        name: &str,
        name_span: Span,
        tree: &Expression,
        text: Text<'_>,
        locals: &LocalNames,
    ) -> Attribute {
        let span = text.span_of(tree);
        let (value, bodies) = match tree {
            Expression::Object(object) => {
                let (value, body) = self.undecided_object(object, span, text, locals);
                (value, Some(vec![body]))
            }
            Expression::Array(items) => {
                let mut bodies = Some(Vec::with_capacity(items.len()));
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    let item = self.undecided(name, name_span, item, text, locals);
                    values.push(item.value);
                    match (&mut bodies, item.blocks) {
                        (Some(bodies), Some(blocks)) => {
                            bodies.extend(blocks.into_iter().map(|block| block.body));
                        }
                        _ => bodies = None,
                    }
                }
                (Expr { kind: ExprKind::Tuple(values), span }, bodies)
            }
            other => {
                let value = self.expression_with(other, text, locals);
                let bodies = matches!(other, Expression::Null(_)).then(Vec::new);
                (value.unwrap_or_else(|| broken(span)), bodies)
            }
        };
        let blocks = bodies.map(|bodies| {
            let block = |body| Block {
                type_name: name.into(),
                span: name_span,
                labels: Vec::new(),
                dynamic: None,
                body,
            };
            bodies.into_iter().map(block).collect()
        });
        Attribute { name_span, value: zw_lang::parse::folded(value), blocks }
    }

    /// An object as a value, and as the body of a block.
    fn undecided_object(
        &mut self,
        object: &Object,
        span: Span,
        text: Text<'_>,
        locals: &LocalNames,
    ) -> (Expr, Body) {
        let mut body =
            Body { attributes: IndexMap::with_capacity(object.len()), blocks: Vec::new(), span };
        let mut items = Vec::with_capacity(object.len());
        for (key, value) in object {
            let key_span = text.span_of(key);
            let key = match key {
                ObjectKey::Expression(tree) => self.expression_with(tree, text, locals),
                ObjectKey::Ident(name) => Some(Expr::literal(name.as_str().into(), key_span)),
            };
            let key = key.unwrap_or_else(|| broken(key_span));
            // A name of an argument is no template, and no argument has a name with a sequence in it.
            let name = key.as_literal().and_then(|name| name.as_str()).unwrap_or("${}").to_owned();
            let value = self.undecided(&name, key_span, value.expr(), text, locals);
            items.push(ObjectItem { key, value: value.value.clone() });
            if name != "//" {
                body.attributes.insert(name.into(), value);
            }
        }
        (Expr { kind: ExprKind::Object(items), span }, body)
    }
}
