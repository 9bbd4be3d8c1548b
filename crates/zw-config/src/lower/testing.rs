//! Files of tests and of mocks.

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Block as Tree, Structure};
use hcl_edit::visit::{Visit, visit_expr};
use zw_lang::addr::ResourceMode;
use zw_lang::parse::{LocalNames, Text, structures};
use zw_lang::{Diagnostics, Expr, SourceId, Span, Str, suggest};

use super::fields::{Fields, open_fields};
use super::references::{Step, traversal};
use super::{Lowerer, header};
use crate::model::{Module, ProviderKey, Symbol};
use crate::names::{Declared, Names};
use crate::testing::{
    Expected, MockProvider, MockType, Mocks, Override, TestAssert, TestFile, TestModule,
    TestOptions, TestProvider, TestRun, TestText, Written,
};

/// The blocks at the top of a file of tests.
const BLOCKS: [&str; 8] = [
    "mock_provider",
    "override_data",
    "override_module",
    "override_resource",
    "provider",
    "run",
    "test",
    "variables",
];

/// The blocks of a mocked provider, and of a file of mocks.
const MOCK_BLOCKS: [&str; 5] =
    ["mock_data", "mock_resource", "override_data", "override_module", "override_resource"];

/// Reads a file of tests.
pub(crate) fn test_file(text: &TestText, id: SourceId) -> (TestFile, Diagnostics) {
    let mut lowerer = Lowerer::new(Names::new("the test"));
    let mut file = TestFile::default();
    let found = structures(text.text(id), &mut |part, structure| {
        lowerer.test_structure(text, structure, part, &mut file);
    });
    lowerer.diagnostics.extend(found);
    (file, lowerer.diagnostics)
}

/// Reads a file of mocks.
pub(crate) fn mock_file(text: &TestText, id: SourceId) -> (Mocks, Diagnostics) {
    let mut lowerer = Lowerer::new(Names::new("the test"));
    let mut mocks = Mocks::default();
    let found = structures(text.text(id), &mut |part, structure| match structure {
        Structure::Block(block) if MOCK_BLOCKS.contains(&block.ident.as_str()) => {
            lowerer.mock_block(text, block, part, &mut mocks);
        }
        Structure::Block(block) => {
            lowerer.unexpected(block.ident.as_str(), &MOCK_BLOCKS, header(block, part));
        }
        Structure::Attribute(attribute) => {
            lowerer.unexpected(attribute.key.as_str(), &[], part.span_of(&attribute.key));
        }
    });
    lowerer.diagnostics.extend(found);
    (mocks, lowerer.diagnostics)
}

/// Compiles an expression of a test for a module, whose outputs it can name, too.
pub(crate) fn test_expression(
    module: &Module,
    text: Text<'_>,
    locals: &LocalNames,
) -> Result<(Expr, Vec<Symbol>), Diagnostics> {
    let mut names = Names::new("the module under test");
    names.is_test = true;
    let expr = zw_lang::parse::expression(text, locals, &mut names)?;
    let (symbols, undeclared) = names.bind(&Declared::of(module));
    undeclared.into_result((expr, symbols))
}

/// The runs that an expression names, as `run.NAME`; nothing for one that could be any.
#[derive(Default)]
struct RunsNamed(Vec<Option<Str>>);

impl Visit for RunsNamed {
    fn visit_expr(&mut self, tree: &Expression) {
        if is_run(tree) {
            self.0.push(None);
        }
        visit_expr(self, tree);
    }

    fn visit_traversal(&mut self, tree: &Traversal) {
        match tree.operators.first().map(|operator| &**operator) {
            Some(TraversalOperator::GetAttr(name)) if is_run(&tree.expr) => {
                self.0.push(Some(name.as_str().into()));
            }
            _ => self.visit_expr(&tree.expr),
        }
        for operator in &tree.operators {
            self.visit_traversal_operator(operator);
        }
    }
}

fn is_run(tree: &Expression) -> bool {
    matches!(tree, Expression::Variable(name) if name.as_str() == "run")
}

impl Lowerer {
    fn unexpected(&mut self, name: &str, known: &[&str], span: Span) {
        let hint = suggest(name, known.iter().copied());
        let detail = format!("{name:?} is not expected here.{hint}");
        self.error("Unsupported block type", detail, span);
    }

    fn test_structure(
        &mut self,
        whole: &TestText,
        structure: &Structure,
        text: Text<'_>,
        file: &mut TestFile,
    ) {
        let block = match structure {
            Structure::Block(block) => block,
            Structure::Attribute(attribute) => {
                self.unexpected(attribute.key.as_str(), &BLOCKS, text.span_of(&attribute.key));
                return;
            }
        };
        match block.ident.as_str() {
            "variables" => file.variables.extend(self.all_values(whole, block, text)),
            "provider" => file.providers.extend(self.test_provider(block, text)),
            "mock_provider" => file.mocks.extend(self.mock_provider(whole, block, text)),
            "override_resource" | "override_data" | "override_module" => {
                file.overrides.extend(self.override_block(whole, block, text));
            }
            "run" => {
                if let Some(run) = self.run_block(whole, block, text) {
                    if let Some(first) = file.runs.iter().find(|known| known.name == run.name) {
                        let shown = format!("{:?}", run.name);
                        self.duplicate("run block", &shown, run.span, first.span);
                    }
                    file.runs.push(run);
                }
            }
            "test" => {
                let fields = self.fields(block, text, &["parallel"], &[]);
                file.is_parallel = self.bool_field(&fields, "parallel").unwrap_or_default();
            }
            other => self.unexpected(other, &BLOCKS, header(block, text)),
        }
    }

    /// An expression, to be compiled later.
    fn written(whole: &TestText, tree: &Expression, text: Text<'_>) -> Written {
        let range = tree.span().unwrap_or_default();
        let range = text.base + range.start..text.base + range.end;
        let mut named = RunsNamed::default();
        named.visit_expr(tree);
        Written::new(whole, range, text.span_of(tree), named.0)
    }

    fn written_field(whole: &TestText, fields: &Fields<'_>, name: &str) -> Option<Written> {
        Some(Self::written(whole, fields.value(name)?, fields.text))
    }

    /// The arguments of a block that can have any.
    fn all_values(
        &mut self,
        whole: &TestText,
        block: &Tree,
        text: Text<'_>,
    ) -> Vec<(Str, Written)> {
        let mut values = Vec::new();
        for structure in &block.body {
            match structure {
                Structure::Attribute(attribute) => {
                    let value = Self::written(whole, &attribute.value, text);
                    values.push((attribute.key.as_str().into(), value));
                }
                Structure::Block(inner) => {
                    self.unexpected(inner.ident.as_str(), &[], header(inner, text));
                }
            }
        }
        values
    }

    fn test_provider(&mut self, block: &Tree, text: Text<'_>) -> Option<TestProvider> {
        let [name] = self.labels(block, text, ["name"])?;
        let fields = open_fields(block, text);
        let alias = self.string_field(&fields, "alias").map(|(alias, _)| alias);
        let range = block.span().unwrap_or_default();
        let range = text.base + range.start..text.base + range.end;
        Some(TestProvider::new(ProviderKey { name, alias }, fields.span, range))
    }

    fn mock_provider(
        &mut self,
        whole: &TestText,
        block: &Tree,
        text: Text<'_>,
    ) -> Option<MockProvider> {
        let [name] = self.labels(block, text, ["name"])?;
        let fields =
            self.fields(block, text, &["alias", "source", "override_during"], &MOCK_BLOCKS);
        let mut mocks =
            Mocks { at_plan: self.during(&fields).unwrap_or_default(), ..Mocks::default() };
        for kind in MOCK_BLOCKS {
            for inner in fields.blocks(kind) {
                self.mock_block(whole, inner, text, &mut mocks);
            }
        }
        Some(MockProvider {
            key: ProviderKey {
                name,
                alias: self.string_field(&fields, "alias").map(|(alias, _)| alias),
            },
            span: fields.span,
            source: self.string_field(&fields, "source"),
            mocks,
        })
    }

    fn mock_block(&mut self, whole: &TestText, block: &Tree, text: Text<'_>, mocks: &mut Mocks) {
        let mode = match block.ident.as_str() {
            "mock_resource" => ResourceMode::Managed,
            "mock_data" => ResourceMode::Data,
            _ => {
                mocks.overrides.extend(self.override_block(whole, block, text));
                return;
            }
        };
        let Some([type_name]) = self.labels(block, text, ["type"]) else { return };
        let fields = self.fields(block, text, &["defaults", "override_during"], &[]);
        mocks.types.push(MockType {
            mode,
            type_name,
            defaults: Self::written_field(whole, &fields, "defaults"),
            span: fields.span,
            at_plan: self.during(&fields),
        });
    }

    /// `override_during`
    fn during(&mut self, fields: &Fields<'_>) -> Option<bool> {
        self.word_field(fields, "override_during", &["plan", "apply"]).map(|word| word == "plan")
    }

    fn override_block(
        &mut self,
        whole: &TestText,
        block: &Tree,
        text: Text<'_>,
    ) -> Option<Override> {
        self.labels(block, text, [])?;
        let is_module = block.ident.as_str() == "override_module";
        let values = if is_module { "outputs" } else { "values" };
        let fields = self.fields(block, text, &["target", values, "override_during"], &[]);
        let Some(target) = fields.value("target") else {
            self.missing("target", fields.span);
            return None;
        };
        Some(Override {
            target: text.slice_of(target)?.to_owned(),
            span: text.span_of(target),
            is_module,
            values: Self::written_field(whole, &fields, values),
            at_plan: self.during(&fields),
        })
    }

    fn run_block(&mut self, whole: &TestText, block: &Tree, text: Text<'_>) -> Option<TestRun> {
        let [name] = self.labels(block, text, ["name"])?;
        let fields = self.fields(
            block,
            text,
            &["command", "providers", "expect_failures", "state_key", "parallel"],
            &[
                "plan_options",
                "variables",
                "module",
                "assert",
                "override_resource",
                "override_data",
                "override_module",
            ],
        );
        let command = self.word_field(&fields, "command", &["plan", "apply"]);
        let options = self.single_block(&fields, "plan_options");
        let options = options.map(|inner| self.plan_options(inner, text));
        let mut overrides = Vec::new();
        for kind in ["override_resource", "override_data", "override_module"] {
            for inner in fields.blocks(kind) {
                overrides.extend(self.override_block(whole, inner, text));
            }
        }
        let mut variables = Vec::new();
        for inner in fields.blocks("variables") {
            variables.extend(self.all_values(whole, inner, text));
        }
        let mut asserts = Vec::new();
        for inner in fields.blocks("assert") {
            asserts.extend(self.test_assert(whole, inner, text));
        }
        let module = self.single_block(&fields, "module");
        let expected = self.list_field(&fields, "expect_failures");
        Some(TestRun {
            name,
            span: fields.span,
            applies: command != Some("plan"),
            options: options.unwrap_or_default(),
            variables,
            module: module.and_then(|inner| self.test_module(inner, text)),
            providers: fields.get("providers").map(|_| self.providers(&fields)),
            asserts,
            expected: expected.into_iter().filter_map(|item| self.expected(item, text)).collect(),
            overrides,
            state_key: self.string_field(&fields, "state_key").map(|(key, _)| key),
            parallel: self.bool_field(&fields, "parallel"),
        })
    }

    fn plan_options(&mut self, block: &Tree, text: Text<'_>) -> TestOptions {
        let fields = self.fields(block, text, &["mode", "refresh", "replace", "target"], &[]);
        let mode = self.word_field(&fields, "mode", &["normal", "refresh-only"]);
        let mut addresses = |name: &str| -> Vec<String> {
            let items = self.list_field(&fields, name);
            items.into_iter().filter_map(|item| Some(text.slice_of(item)?.to_owned())).collect()
        };
        let (replace, targets) = (addresses("replace"), addresses("target"));
        TestOptions {
            refresh_only: mode == Some("refresh-only"),
            refresh: self.bool_field(&fields, "refresh").unwrap_or(true),
            replace,
            targets,
        }
    }

    fn test_module(&mut self, block: &Tree, text: Text<'_>) -> Option<TestModule> {
        let fields = self.fields(block, text, &["source", "version"], &[]);
        let Some(source) = self.string_field(&fields, "source") else {
            if fields.get("source").is_none() {
                self.missing("source", fields.span);
            }
            return None;
        };
        Some(TestModule { source, version: self.string_field(&fields, "version") })
    }

    fn test_assert(
        &mut self,
        whole: &TestText,
        block: &Tree,
        text: Text<'_>,
    ) -> Option<TestAssert> {
        let fields = self.fields(block, text, &["condition", "error_message"], &[]);
        let mut required = |name: &str| {
            let found = Self::written_field(whole, &fields, name);
            if found.is_none() {
                self.missing(name, fields.span);
            }
            found
        };
        let (condition, message) = (required("condition"), required("error_message"));
        Some(TestAssert { condition: condition?, message: message? })
    }

    /// What is expected to fail: a name with its instances.
    fn expected(&mut self, tree: &Expression, text: Text<'_>) -> Option<(Expected, Span)> {
        let span = text.span_of(tree);
        let found = traversal(tree, text).and_then(|reference| {
            let attr = |at: usize| match reference.steps.get(at) {
                Some((Step::Attr(name), _)) => Some(Str::from(*name)),
                _ => None,
            };
            Some(match reference.root {
                "var" => Expected::Variable(attr(0)?),
                "output" => Expected::Output(attr(0)?),
                "check" => Expected::Check(attr(0)?),
                "data" => Expected::Resource(ResourceMode::Data, attr(0)?, attr(1)?),
                "resource" => Expected::Resource(ResourceMode::Managed, attr(0)?, attr(1)?),
                type_name => Expected::Resource(ResourceMode::Managed, type_name.into(), attr(0)?),
            })
        });
        if found.is_none() {
            let detail = "What can be expected to fail has conditions: a variable, an output, a check, a resource or \
                          a data source, such as var.name.";
            self.error("Invalid `expect_failures` reference", detail, span);
        }
        Some((found?, span))
    }
}
