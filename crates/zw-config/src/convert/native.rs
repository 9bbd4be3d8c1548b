//! Native syntax as a tree of JSON.

use hcl_edit::structure::{Block, BlockLabel, Body, Structure};
use serde_json::Value as Json;
use zw_lang::parse::{Text, structures};
use zw_lang::{Diagnostic, Diagnostics};

use super::Object;
use crate::data::{Argument, FILE, Grammar, LABELLED, OPEN, Rest};

/// All of a file.
pub(super) fn tree(text: Text<'_>) -> Result<Json, Diagnostics> {
    let mut reader = Reader { diagnostics: Diagnostics::new() };
    let mut root = Object::new();
    let found = structures(text, &mut |text, structure| match structure {
        Structure::Block(block) => reader.block(block, text, &FILE, &mut root),
        Structure::Attribute(attribute) => {
            let detail = "At the top of a file there are only blocks.";
            let span = text.span_of(&attribute.key);
            reader.diagnostics.push(Diagnostic::error("Unsupported argument", detail).at(span));
        }
    });
    let mut problems = found;
    problems.extend(reader.diagnostics);
    problems.into_result(Json::Object(root))
}

/// Reads native syntax, noting what cannot be said in JSON.
pub(super) struct Reader {
    pub(super) diagnostics: Diagnostics,
}

impl Reader {
    fn body(&mut self, tree: &Body, text: Text<'_>, grammar: &'static Grammar) -> Object {
        let mut body = Object::new();
        let late = if grammar.rest == Rest::Open { blocks_after_dynamic(tree) } else { Vec::new() };
        for structure in tree {
            match structure {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str();
                    let argument = grammar.argument(name).unwrap_or(match grammar.rest {
                        Rest::Argument(argument) => argument,
                        Rest::Open | Rest::UnknownBlock => Argument::Expression,
                    });
                    let value = self.argument(&attribute.value, text, argument);
                    if body.insert(name.to_owned(), value).is_some() {
                        self.two_things(name, text.span_of(&attribute.key));
                    }
                }
                Structure::Block(block) if late.contains(&block.ident.as_str()) => {
                    self.as_dynamic(block, text, &mut body);
                }
                Structure::Block(block) => self.block(block, text, grammar, &mut body),
            }
        }
        body
    }

    /// Adds a block to the body that it is in.
    fn block(&mut self, block: &Block, text: Text<'_>, outer: &'static Grammar, body: &mut Object) {
        let name = block.ident.as_str();
        let grammar = match outer.block(name) {
            Some(grammar) => grammar,
            None if outer.rest == Rest::Open && name == "dynamic" => &crate::data::DYNAMIC,
            None if outer.rest == Rest::Open && !block.labels.is_empty() => &LABELLED,
            None if outer.rest == Rest::Open => &OPEN,
            None => {
                let detail = format!("Blocks of type {name:?} are not expected here.");
                let span = text.span_of(&block.ident);
                self.diagnostics.push(Diagnostic::error("Unsupported block type", detail).at(span));
                return;
            }
        };
        if block.labels.len() != grammar.labels {
            let detail = format!(
                "A {name} block has {} labels, not {}.",
                grammar.labels,
                block.labels.len()
            );
            let span = text.span_of(&block.ident);
            self.diagnostics.push(Diagnostic::error("Wrong number of labels", detail).at(span));
            return;
        }
        let inner = Json::Object(self.body(&block.body, text, grammar));
        let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
        // The order of provisioners of different types counts, which is lost below their labels.
        let is_added = if name == "provisioner" {
            let labelled = labels.iter().fold(inner, |inner, label| {
                Json::Object([((*label).to_owned(), inner)].into_iter().collect())
            });
            add(body, name, &[], labelled)
        } else {
            add(body, name, &labels, inner)
        };
        if !is_added {
            self.two_things(name, text.span_of(&block.ident));
        }
    }

    /// A block behind a dynamic one of its type, as one that is dynamic, too: in an object of JSON all blocks of
    /// a type are at one place, and so are all dynamic ones.
    fn as_dynamic(&mut self, block: &Block, text: Text<'_>, body: &mut Object) {
        let content = Json::Object(self.body(&block.body, text, &OPEN));
        let dynamic = Object::from_iter([
            ("for_each".to_owned(), Json::Array(vec![Json::Bool(true)])),
            ("content".to_owned(), content),
        ]);
        if !add(body, "dynamic", &[block.ident.as_str()], Json::Object(dynamic)) {
            self.two_things("dynamic", text.span_of(&block.ident));
        }
    }

    fn two_things(&mut self, name: &str, span: zw_lang::Span) {
        let detail = format!(
            "{name:?} is set as an argument and as a block, or more than once. In JSON and YAML a name can stand \
             for one thing only."
        );
        self.diagnostics.push(Diagnostic::error("Name used twice", detail).at(span));
    }
}

/// The types of blocks without labels that stand behind dynamic ones.
fn blocks_after_dynamic(body: &Body) -> Vec<&str> {
    let mut dynamic = Vec::new();
    let mut late = Vec::new();
    for block in body.blocks() {
        let name = block.ident.as_str();
        if let ("dynamic", [label]) = (name, block.labels.as_slice()) {
            dynamic.push(label.as_str());
        } else if dynamic.contains(&name) {
            late.push(name);
        }
    }
    late
}

/// Adds the body of a block below its name and labels. Several of the same make an array.
fn add(object: &mut Object, name: &str, labels: &[&str], body: Json) -> bool {
    if let [label, labels @ ..] = labels {
        let inner = object.entry(name).or_insert_with(|| Json::Object(Object::new()));
        return inner.as_object_mut().is_some_and(|inner| add(inner, label, labels, body));
    }
    match object.get_mut(name) {
        None => {
            object.insert(name.to_owned(), body);
        }
        Some(Json::Array(bodies)) => bodies.push(body),
        Some(first @ Json::Object(_)) => {
            let bodies = vec![first.take(), body];
            *first = Json::Array(bodies);
        }
        Some(_) => return false,
    }
    true
}
