//! From the syntax trees of a module's files to the model.
//!
//! Two passes: the first collects what is declared, so that the second can resolve names in any order.

mod blocks;
mod fields;
mod references;

use std::collections::HashMap;
use std::path::Path;

use hcl_edit::structure::{Block as Tree, Body as TreeBody, Structure};
use zw_lang::parse::{LocalNames, Text, lower_expression};
use zw_lang::{Diagnostic, Diagnostics, Expr, SourceId, SourceMap, Span, Str, Value};

use crate::load::text_of;
use crate::model::{Attribute, Block, Body, Dynamic, Module, ResourceMode, Symbol};
use crate::names::{Names, Symbols};

/// Lowers the files of the module in `dir`.
pub(crate) fn lower_module(
    dir: &Path,
    files: &[SourceId],
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
) -> Module {
    let texts: Vec<_> = files.iter().map(|id| (*id, text_of(sources, *id))).collect();
    let mut trees = Vec::with_capacity(texts.len());
    for (id, text) in &texts {
        let text = Text::of_file(*id, text);
        match hcl_edit::parser::parse_body(text.text) {
            Ok(tree) => trees.push((text, tree)),
            Err(error) => diagnostics.push(crate::syntax::diagnostic(&error, text)),
        }
    }
    let mut names = Names::default();
    for (text, tree) in &trees {
        declare(tree, *text, &mut names, diagnostics);
    }
    let mut lowerer = Lowerer {
        module: Module { dir: dir.to_owned(), ..Module::default() },
        symbols: Symbols::new(&names),
        diagnostics,
    };
    for (text, tree) in &trees {
        lowerer.file(tree, *text);
    }
    let symbols = lowerer.symbols.symbols;
    let mut module = lowerer.module;
    module.symbols = symbols;
    module
}

/// Compiles an expression as if it were written in a module, for a console. It may refer only to what the module
/// declares, and the module is not changed, so names get symbols in a copy of its table, which comes back with it.
///
/// # Errors
/// Whatever is wrong with it.
pub fn expression(
    module: &Module,
    text: &str,
    source: SourceId,
) -> Result<(Expr, Vec<Symbol>), Diagnostics> {
    let names = Names::of(module);
    let mut symbols = Symbols::new(&names);
    symbols.symbols.clone_from(&module.symbols);
    let text = Text::of_file(source, text);
    let expr = zw_lang::parse::expression(text, &LocalNames::default(), &mut symbols)?;
    Ok((expr, symbols.symbols))
}

/// Where the type and labels of a block are written.
pub(crate) fn header(block: &Tree, text: Text<'_>) -> Span {
    let ident = text.span_of(&block.ident);
    block.labels.iter().fold(ident, |span, label| span.to(text.span_of(label)))
}

/// The labels of a block.
pub(crate) fn labels(block: &Tree) -> Vec<Str> {
    block.labels.iter().map(|label| Str::from(label.as_str())).collect()
}

/// Collects the names that a file declares, in the order in which the second pass meets them.
fn declare(tree: &TreeBody, text: Text<'_>, names: &mut Names, diagnostics: &mut Diagnostics) {
    for block in tree.blocks() {
        let span = header(block, text);
        let labels = labels(block);
        match (block.ident.as_str(), labels.as_slice()) {
            ("variable", [name]) => {
                add(&mut names.variables, name.clone(), span, "variable", diagnostics);
            }
            ("output", [name]) => {
                add(&mut names.outputs, name.clone(), span, "output", diagnostics);
            }
            ("module", [name]) => {
                add(&mut names.calls, name.clone(), span, "module call", diagnostics);
            }
            ("locals", []) => {
                for attribute in block.body.attributes() {
                    let span = text.span_of(&attribute.key);
                    let name = Str::from(attribute.key.as_str());
                    add(&mut names.locals, name, span, "local value", diagnostics);
                }
            }
            ("resource", [type_name, name]) => {
                let key = (ResourceMode::Managed, type_name.clone(), name.clone());
                add(&mut names.resources, key, span, "resource", diagnostics);
            }
            ("data", [type_name, name]) => {
                let key = (ResourceMode::Data, type_name.clone(), name.clone());
                add(&mut names.resources, key, span, "data source", diagnostics);
            }
            ("ephemeral", [type_name, name]) => {
                let key = (type_name.clone(), name.clone());
                add(&mut names.ephemerals, key, span, "ephemeral resource", diagnostics);
            }
            ("check", [_]) => {
                for inner in block.body.get_blocks("data") {
                    let span = header(inner, text);
                    if let [type_name, name] = self::labels(inner).as_slice() {
                        let key = (ResourceMode::Data, type_name.clone(), name.clone());
                        add(&mut names.resources, key, span, "data source", diagnostics);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A name as messages show it.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for Str {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl Shown for (Str, Str) {
    fn shown(&self) -> String {
        format!("{:?} {:?}", self.0, self.1)
    }
}

impl Shown for (ResourceMode, Str, Str) {
    fn shown(&self) -> String {
        format!("{:?} {:?}", self.1, self.2)
    }
}

/// Gives a name the next position. One that is there already keeps its position and is reported; the second pass skips it.
fn add<K: std::hash::Hash + Eq + Shown>(
    names: &mut HashMap<K, (usize, Span)>,
    name: K,
    span: Span,
    kind: &str,
    diagnostics: &mut Diagnostics,
) {
    if let Some((_, first)) = names.get(&name) {
        diagnostics.push(
            Diagnostic::error(
                format!("Duplicate {kind} {}", name.shown()),
                format!(
                    "A {kind} of that name is declared already. Names of {kind}s must be unique in a module: rename \
                     one of them, or remove it."
                ),
            )
            .at(span)
            .label(*first, "the first one is here"),
        );
        return;
    }
    let at = names.len();
    names.insert(name, (at, span));
}

/// Lowers one module.
pub(crate) struct Lowerer<'a, 'n> {
    pub(crate) module: Module,
    pub(crate) symbols: Symbols<'n>,
    pub(crate) diagnostics: &'a mut Diagnostics,
}

impl Lowerer<'_, '_> {
    fn file(&mut self, tree: &TreeBody, text: Text<'_>) {
        for structure in tree {
            match structure {
                Structure::Block(block) => self.top_block(block, text),
                Structure::Attribute(attribute) => self.diagnostics.push(
                    Diagnostic::error(
                        "Unsupported argument",
                        format!(
                            "An argument named {:?} is not expected here: at the top of a file there are only blocks.",
                            attribute.key.as_str()
                        ),
                    )
                    .at(text.span_of(&attribute.key)),
                ),
            }
        }
    }

    /// Reports an error at a place.
    pub(crate) fn error(&mut self, span: Span, summary: &str, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }

    /// Lowers an expression; what is wrong with it is reported.
    pub(crate) fn expression(
        &mut self,
        tree: &hcl_edit::expr::Expression,
        text: Text<'_>,
    ) -> Option<Expr> {
        self.expression_with(tree, text, &LocalNames::default())
    }

    fn expression_with(
        &mut self,
        tree: &hcl_edit::expr::Expression,
        text: Text<'_>,
        locals: &LocalNames,
    ) -> Option<Expr> {
        match lower_expression(tree, text, locals, &mut self.symbols) {
            Ok(expr) => Some(expr),
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    /// The constant that an expression is; what is wrong with it is reported.
    pub(crate) fn constant(
        &mut self,
        tree: &hcl_edit::expr::Expression,
        text: Text<'_>,
    ) -> Option<Value> {
        match zw_lang::parse::constant(tree, text) {
            Ok(value) => Some(value),
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    /// Lowers a body whose schema is not known, without the attributes and blocks in `except`.
    pub(crate) fn body(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
        span: Span,
        except: &[&str],
    ) -> Body {
        self.body_with(tree, text, span, except, &mut LocalNames::default())
    }

    fn body_with(
        &mut self,
        tree: &TreeBody,
        text: Text<'_>,
        span: Span,
        except: &[&str],
        locals: &mut LocalNames,
    ) -> Body {
        let mut body = Body {
            attributes: indexmap::IndexMap::with_capacity(tree.len()),
            blocks: Vec::new(),
            span,
        };
        for structure in tree {
            match structure {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str();
                    if except.contains(&name) {
                        continue;
                    }
                    let name_span = text.span_of(&attribute.key);
                    let Some(value) = self.expression_with(&attribute.value, text, locals) else {
                        continue;
                    };
                    let previous =
                        body.attributes.insert(Str::from(name), Attribute { name_span, value });
                    if let Some(previous) = previous {
                        self.diagnostics.push(
                            Diagnostic::error(
                                "Attribute redefined",
                                format!("The argument {name:?} was already set. Each argument may be set only once."),
                            )
                            .at(name_span)
                            .label(previous.name_span, "it is set here first"),
                        );
                    }
                }
                Structure::Block(block) if except.contains(&block.ident.as_str()) => {}
                Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                    body.blocks.extend(self.dynamic(block, text, locals));
                }
                Structure::Block(block) => {
                    let span = header(block, text);
                    let inner = self.body_with(&block.body, text, span, &[], locals);
                    body.blocks.push(Block {
                        type_name: block.ident.as_str().into(),
                        span,
                        labels: labels(block),
                        dynamic: None,
                        body: inner,
                    });
                }
            }
        }
        body
    }

    fn dynamic(&mut self, block: &Tree, text: Text<'_>, locals: &mut LocalNames) -> Option<Block> {
        let span = header(block, text);
        let names = labels(block);
        let [type_name] = names.as_slice() else {
            self.error(
                span,
                "Invalid dynamic block",
                "A dynamic block has one label: the type of the blocks that it makes.",
            );
            return None;
        };
        let for_each = match block.body.get_attribute("for_each") {
            Some(attribute) => self.expression_with(&attribute.value, text, locals)?,
            None => {
                self.error(
                    span,
                    "Missing required argument",
                    "The argument \"for_each\" is required.",
                );
                return None;
            }
        };
        let iterator = match block.body.get_attribute("iterator").map(|found| &found.value) {
            None => type_name.clone(),
            Some(hcl_edit::expr::Expression::Variable(name)) => Str::from(name.as_str()),
            Some(other) => {
                let span = text.span_of(other);
                self.error(
                    span,
                    "Invalid iterator name",
                    "The iterator of a dynamic block must be a name.",
                );
                return None;
            }
        };
        let Some(content) = block.body.get_blocks("content").next() else {
            self.error(
                span,
                "Missing content block",
                "A dynamic block must contain a \"content\" block.",
            );
            return None;
        };
        let slot = u16::try_from(locals.0.len()).unwrap_or(u16::MAX);
        locals.0.push(iterator);
        let labels = match block.body.get_attribute("labels").map(|found| &found.value) {
            Some(hcl_edit::expr::Expression::Array(items)) => {
                items.iter().filter_map(|item| self.expression_with(item, text, locals)).collect()
            }
            _ => Vec::new(),
        };
        let body = self.body_with(&content.body, text, span, &[], locals);
        locals.0.pop();
        Some(Block {
            type_name: type_name.clone(),
            span,
            labels: Vec::new(),
            dynamic: Some(Dynamic { for_each, iterator_slot: slot, labels }),
            body,
        })
    }
}
