//! From the syntax trees of a module's files to the model.
//!
//! Files are read piece by piece: a block is lowered as soon as it is parsed, and its tree is
//! gone before the next one is made. Names are bound at the end ([`crate::names`]).

mod body;
mod call;
mod encryption;
mod fields;
mod overrides;
mod refactor;
mod references;
mod resource;
mod settings;
mod testing;
mod undecided;
mod values;

use std::path::Path;

pub(crate) use testing::{mock_file, test_expression, test_file};

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block as Tree, Structure};
use zw_lang::parse::{LocalNames, Text, lower_expression, structures};
use zw_lang::{Diagnostic, Diagnostics, Expr, Span, Str, Type, Value, suggest};

use crate::model::{Module, ProviderKey, Symbol};
use crate::names::{Declared, Names, Place};
use crate::testing::TestProviders;

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

/// A file of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    /// Its text.
    pub(crate) text: Text<'a>,
    /// Whether it changes what other files declare instead of declaring more.
    pub(crate) is_override: bool,
    /// Whether it was made from the file of an environment.
    pub(crate) is_environment: bool,
    /// The test that it is of, if it is the text of one: its providers take the place of those of the module.
    pub(crate) test: Option<TestProviders<'a>>,
}

/// Lowers the files of the module in `dir`, overriding ones last. `called` is how messages call the
/// module.
pub(crate) fn module(dir: &Path, called: &str, files: &[File<'_>]) -> (Module, Diagnostics) {
    let mut lowerer = Lowerer::new(Names::new(called));
    dir.clone_into(&mut lowerer.module.dir);
    for file in files {
        lowerer.is_override = file.is_override;
        lowerer.of_test = file.test.map(|test| test.keys.to_vec());
        lowerer.names.is_environment = file.is_environment;
        let found =
            structures(file.text, &mut |text, structure| lowerer.structure(structure, text));
        lowerer.diagnostics.extend(found);
    }
    lowerer.finish()
}

/// Compiles an expression as if it were written in a module, for a console. With it comes what its
/// symbols stand for, which are its own.
///
/// # Errors
/// Whatever is wrong with it.
pub fn expression(module: &Module, text: Text<'_>) -> Result<(Expr, Vec<Symbol>), Diagnostics> {
    let mut names = Names::new("this module");
    let expr = zw_lang::parse::expression(text, &LocalNames::default(), &mut names)?;
    let (symbols, undeclared) = names.bind(&Declared::of(module));
    undeclared.into_result((expr, symbols))
}

impl Declared {
    /// What a module declares.
    fn of(module: &Module) -> Self {
        let resources = module.resources.iter().enumerate();
        Self {
            variables: positions(module.variables.iter().map(|one| &one.name)),
            locals: positions(module.locals.iter().map(|one| &one.name)),
            outputs: positions(module.outputs.iter().map(|one| &one.name)),
            calls: positions(module.calls.iter().map(|one| &one.name)),
            resources: resources
                .map(|(at, one)| ((one.mode, one.type_name.clone(), one.name.clone()), at))
                .collect(),
        }
    }
}

fn positions<'a>(names: impl Iterator<Item = &'a Str>) -> std::collections::HashMap<Str, usize> {
    names.enumerate().map(|(at, name)| (name.clone(), at)).collect()
}

/// Lowers one module.
struct Lowerer {
    module: Module,
    names: Names,
    declared: Declared,
    variables: Vec<values::VariableParts>,
    outputs: Vec<values::OutputParts>,
    calls: Vec<call::CallParts>,
    /// Whether the file that is being read changes what others declare.
    is_override: bool,
    /// What the providers of the test that is being read are called in the module.
    of_test: Option<Vec<(ProviderKey, ProviderKey)>>,
    diagnostics: Diagnostics,
}

/// Where the type and labels of a block are written.
fn header(block: &Tree, text: Text<'_>) -> Span {
    let ident = text.span_of(&block.ident);
    // In JSON and YAML many blocks are below one type, far from most of them.
    if let (Some(last), true) = (block.labels.last(), text.places.is_some()) {
        return text.span_of(last);
    }
    block.labels.iter().fold(ident, |span, label| span.to(text.span_of(label)))
}

impl Lowerer {
    fn new(names: Names) -> Self {
        Self {
            module: Module::default(),
            names,
            declared: Declared::default(),
            variables: Vec::new(),
            outputs: Vec::new(),
            calls: Vec::new(),
            is_override: false,
            of_test: None,
            diagnostics: Diagnostics::new(),
        }
    }

    fn finish(mut self) -> (Module, Diagnostics) {
        self.module.variables = std::mem::take(&mut self.variables)
            .into_iter()
            .map(|parts| self.finished_variable(parts))
            .collect();
        self.module.outputs = std::mem::take(&mut self.outputs)
            .into_iter()
            .map(|parts| self.finished_output(parts))
            .collect();
        self.module.calls = std::mem::take(&mut self.calls)
            .into_iter()
            .map(|parts| self.finished_call(parts))
            .collect();
        let (symbols, undeclared) = self.names.bind(&self.declared);
        self.diagnostics.extend(undeclared);
        // As they are met when the files are read from top to bottom.
        self.diagnostics.0.sort_by_key(|one| one.span.map(|span| (span.source, span.start)));
        self.module.symbols = symbols;
        (self.module, self.diagnostics)
    }

    fn structure(&mut self, structure: &Structure, text: Text<'_>) {
        let block = match structure {
            Structure::Block(block) => block,
            Structure::Attribute(attribute) => {
                let name = attribute.key.as_str();
                let detail = format!(
                    "An argument named {name:?} is not expected here: at the top of a file there are \
                     only blocks. Values of variables belong in a file named terraform.tfvars."
                );
                self.error("Unsupported argument", detail, text.span_of(&attribute.key));
                return;
            }
        };
        self.names.place = Place::PLAIN;
        match block.ident.as_str() {
            "resource" => self.resource(crate::model::ResourceMode::Managed, block, text),
            "data" => self.resource(crate::model::ResourceMode::Data, block, text),
            "ephemeral" => self.resource(crate::model::ResourceMode::Ephemeral, block, text),
            "variable" => self.variable(block, text),
            "locals" => self.locals(block, text),
            "output" => self.output(block, text),
            "module" => self.call(block, text),
            "provider" => self.provider(block, text),
            "terraform" | "zw" => self.settings(block, text),
            "moved" => self.moved(block, text),
            "removed" => self.removed(block, text),
            "import" => self.import(block, text),
            "check" => self.check(block, text),
            other => {
                let hint = match other {
                    "variables" | "vars" => " Did you mean \"variable\"?".to_owned(),
                    "local" => " Did you mean \"locals\"?".to_owned(),
                    _ => suggest(other, TOP_BLOCKS),
                };
                let detail = format!("Blocks of type {other:?} are not expected here.{hint}");
                self.error("Unsupported block type", detail, header(block, text));
            }
        }
    }

    /// Reports an error at a place.
    fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }

    /// Lowers an expression; what is wrong with it is reported.
    fn expression(&mut self, tree: &Expression, text: Text<'_>) -> Option<Expr> {
        self.expression_with(tree, text, &LocalNames::default())
    }

    fn expression_with(
        &mut self,
        tree: &Expression,
        text: Text<'_>,
        locals: &LocalNames,
    ) -> Option<Expr> {
        match lower_expression(tree, text, locals, &mut self.names) {
            Ok(expr) => Some(expr),
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    /// The value of an expression that must be constant; what is wrong with it is reported.
    fn constant(&mut self, tree: &Expression, text: Text<'_>) -> Option<Value> {
        match zw_lang::parse::constant(tree, text) {
            Ok(value) => Some(value),
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }
}

/// What stands where an expression could not be lowered, which has been reported.
fn broken(span: Span) -> Expr {
    Expr::literal(Value::unknown(Type::Dynamic), span)
}
