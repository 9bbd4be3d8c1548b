//! Blocks whose schema is not known here: arguments, nested blocks and `dynamic` blocks.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block as Tree, Body as TreeBody, Structure};
use indexmap::IndexMap;
use zw_lang::parse::{LocalNames, Text};
use zw_lang::{Diagnostic, Span, Str};

use super::{Lowerer, broken, header};
use crate::model::{Attribute, Block, Body, Dynamic};

/// How deep blocks may be nested. The parser has a limit of its own for what it reads.
const DEPTH_MAX: usize = 100;

impl Lowerer {
    /// Lowers the body of a block without the arguments and blocks in `except`.
    pub(super) fn body(
        &mut self,
        block: &Tree,
        text: Text<'_>,
        span: Span,
        except: &[&str],
    ) -> Body {
        self.body_with(&block.body, text, span, except, &mut LocalNames::default())
    }

    fn body_with(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
        span: Span,
        except: &[&str],
        locals: &mut LocalNames,
    ) -> Body {
        let mut body =
            Body { attributes: IndexMap::with_capacity(tree.len()), blocks: Vec::new(), span };
        for structure in tree {
            match structure {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str();
                    if except.contains(&name) {
                        continue;
                    }
                    let name_span = text.span_of(&attribute.key);
                    let written = if text.places.is_some() {
                        self.undecided(name, name_span, &attribute.value, text, locals)
                    } else {
                        let value = self
                            .expression_with(&attribute.value, text, locals)
                            .unwrap_or_else(|| broken(text.span_of(&attribute.value)));
                        Attribute { name_span, value, blocks: None }
                    };
                    body.attributes.insert(name.into(), written);
                }
                Structure::Block(block) if except.contains(&block.ident.as_str()) => {}
                Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                    body.blocks.extend(self.dynamic(block, text, locals));
                }
                Structure::Block(block) => {
                    body.blocks.push(self.nested(block, text, locals));
                }
            }
        }
        body
    }

    fn nested(&mut self, block: &Tree, text: Text<'_>, locals: &mut LocalNames) -> Block {
        let span = header(block, text);
        Block {
            type_name: block.ident.as_str().into(),
            span,
            labels: block.labels.iter().map(|label| Str::from(label.as_str())).collect(),
            dynamic: None,
            body: self.body_with(&block.body, text, span, &[], locals),
        }
    }

    /// A block as it is written, for whoever knows it.
    pub(super) fn kept(&mut self, block: &Tree, text: Text<'_>) -> Block {
        self.nested(block, text, &mut LocalNames::default())
    }

    fn dynamic(&mut self, block: &Tree, text: Text<'_>, locals: &mut LocalNames) -> Option<Block> {
        let [type_name] = self.labels(block, text, ["type"])?;
        let fields = self.fields(block, text, &["for_each", "iterator", "labels"], &["content"]);
        let span = fields.span;
        if locals.0.len() >= DEPTH_MAX {
            let detail = format!("Dynamic blocks can be nested {DEPTH_MAX} levels deep.");
            self.error("Nested too deeply", detail, span);
            return None;
        }
        let for_each = fields.value("for_each");
        if for_each.is_none() {
            self.missing("for_each", span);
        }
        let for_each = for_each.and_then(|tree| self.expression_with(tree, text, locals));
        let iterator = match fields.value("iterator") {
            None => type_name.clone(),
            Some(Expression::Variable(name)) => Str::from(name.as_str()),
            Some(other) => {
                let detail = "The iterator of a dynamic block is a name, without quotes.";
                self.error("Invalid expression", detail, text.span_of(other));
                type_name.clone()
            }
        };
        let mut contents = fields.blocks("content");
        let content = contents.next();
        if let (Some(first), Some(second)) = (content, contents.next()) {
            let detail = "A dynamic block contains one \"content\" block.";
            self.diagnostics.push(
                Diagnostic::error("Duplicate content block", detail)
                    .at(header(second, text))
                    .label(header(first, text), "the first one is here"),
            );
        }
        let Some(content) = content else {
            let detail = "A dynamic block must contain a nested block named \"content\", which is \
                          repeated for each element of \"for_each\".";
            self.error("Insufficient content blocks", detail, span);
            return None;
        };
        let iterator_slot = u16::try_from(locals.0.len()).unwrap_or(u16::MAX);
        locals.0.push(iterator);
        let labels = self.list_field(&fields, "labels");
        let labels = labels
            .into_iter()
            .filter_map(|label| self.expression_with(label, text, locals))
            .collect();
        let body = self.body_with(&content.body, text, span, &[], locals);
        locals.0.pop();
        let dynamic = Dynamic { for_each: for_each?, iterator_slot, labels };
        Some(Block { type_name, span, labels: Vec::new(), dynamic: Some(dynamic), body })
    }
}
