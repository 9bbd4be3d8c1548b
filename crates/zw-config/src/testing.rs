//! Files of tests: `*.tftest.hcl` and `*.tftest.json`, and files of mocks, `*.tfmock.hcl`.
//!
//! What they consist of is read at once; their expressions are compiled later, each for the module that its run is
//! about ([`Written::compile`]).
//!
//! <https://developer.hashicorp.com/terraform/language/tests>

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_lang::addr::ResourceMode;
use zw_lang::parse::{LocalNames, Places, Text};
use zw_lang::{Diagnostics, Expr, SourceId, SourceMap, Span, Str};

use crate::data;
use crate::lower;
use crate::model::{Module, ModuleCall, ProviderKey, ProviderRef, Symbol};

/// A file of tests.
#[derive(Clone, Debug, Default)]
pub struct TestFile {
    /// Its text.
    pub text: TestText,
    /// The `variables` block.
    pub variables: Vec<(Str, Written)>,
    /// `provider` blocks.
    pub providers: Vec<TestProvider>,
    /// `mock_provider` blocks.
    pub mocks: Vec<MockProvider>,
    /// `override_…` blocks.
    pub overrides: Vec<Override>,
    /// `run` blocks.
    pub runs: Vec<TestRun>,
    /// `test { parallel }`: what holds for runs that do not say it themselves.
    pub is_parallel: bool,
}

/// The `provider` blocks of a test that take the place of those of the module under test.
#[derive(Clone, Copy, Debug)]
pub struct TestProviders<'a> {
    /// The file that has them.
    pub file: &'a TestFile,
    /// What each is called in the file, and in the module.
    pub keys: &'a [(ProviderKey, ProviderKey)],
}

/// The text of a file. It may be used beside configurations, whose sources know it by its path.
#[derive(Clone, Debug, Default)]
pub struct TestText {
    /// The path of the file.
    pub path: PathBuf,
    /// The text as it is written.
    pub written: Arc<str>,
    /// It in native syntax, with where that is written; `None` if it is.
    native: Option<Arc<(String, Places)>>,
}

/// An expression as it is written.
#[derive(Clone, Debug)]
pub struct Written {
    text: TestText,
    range: Range<usize>,
    runs: Vec<Option<Str>>,
    /// Where it is, by the sources that the file was read with.
    pub span: Span,
}

/// A compiled expression, and what its symbols stand for.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The expression.
    pub expr: Expr,
    /// What its symbols stand for.
    pub symbols: Vec<Symbol>,
}

/// A `provider` block.
#[derive(Clone, Debug)]
pub struct TestProvider {
    /// Its name and alias.
    pub key: ProviderKey,
    /// Where its header is written.
    pub span: Span,
    range: Range<usize>,
}

/// A `run` block.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// The name.
    pub name: Str,
    /// Where its header is written.
    pub span: Span,
    /// `command`: whether it applies its plan.
    pub applies: bool,
    /// `plan_options`
    pub options: TestOptions,
    /// `variables`
    pub variables: Vec<(Str, Written)>,
    /// `module`: another module than the one under test.
    pub module: Option<TestModule>,
    /// `providers`: what the module calls one, and what the file does; `None` if that is not said.
    pub providers: Option<Vec<(ProviderKey, ProviderRef)>>,
    /// `assert`
    pub asserts: Vec<TestAssert>,
    /// `expect_failures`
    pub expected: Vec<(Expected, Span)>,
    /// `override_…` blocks.
    pub overrides: Vec<Override>,
    /// `state_key`
    pub state_key: Option<Str>,
    /// `parallel`
    pub parallel: Option<bool>,
}

/// `plan_options`
#[derive(Clone, Debug)]
pub struct TestOptions {
    /// `mode = refresh-only`
    pub refresh_only: bool,
    /// `refresh`
    pub refresh: bool,
    /// `replace`, as addresses.
    pub replace: Vec<String>,
    /// `target`, as addresses.
    pub targets: Vec<String>,
}

impl Default for TestOptions {
    fn default() -> Self {
        Self { refresh_only: false, refresh: true, replace: Vec::new(), targets: Vec::new() }
    }
}

/// The `module` block of a run.
#[derive(Clone, Debug)]
pub struct TestModule {
    /// `source`
    pub source: (Str, Span),
    /// `version`
    pub version: Option<(Str, Span)>,
}

/// An `assert` block.
#[derive(Clone, Debug)]
pub struct TestAssert {
    /// Must be true.
    pub condition: Written,
    /// What to say otherwise.
    pub message: Written,
}

/// What a run expects to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `var.NAME`
    Variable(Str),
    /// `output.NAME`
    Output(Str),
    /// `check.NAME`
    Check(Str),
    /// A resource or data source.
    Resource(ResourceMode, Str, Str),
}

/// A `mock_provider` block.
#[derive(Clone, Debug)]
pub struct MockProvider {
    /// The name and alias that it stands for.
    pub key: ProviderKey,
    /// Where its header is written.
    pub span: Span,
    /// `source`: a directory of files of mocks.
    pub source: Option<(Str, Span)>,
    /// What it makes up.
    pub mocks: Mocks,
}

/// What a mocked provider makes up.
#[derive(Clone, Debug, Default)]
pub struct Mocks {
    /// `override_during = plan`: whether values are known while planning.
    pub at_plan: bool,
    /// `mock_resource` and `mock_data` blocks.
    pub types: Vec<MockType>,
    /// `override_…` blocks.
    pub overrides: Vec<Override>,
}

/// A `mock_resource` or `mock_data` block.
#[derive(Clone, Debug)]
pub struct MockType {
    /// Which of the two.
    pub mode: ResourceMode,
    /// The type.
    pub type_name: Str,
    /// `defaults`
    pub defaults: Option<Written>,
    /// Where its header is written.
    pub span: Span,
    /// `override_during = plan`, if it is said.
    pub at_plan: Option<bool>,
}

/// An `override_resource`, `override_data` or `override_module` block.
#[derive(Clone, Debug)]
pub struct Override {
    /// What is overridden, as an address.
    pub target: String,
    /// Where that is written.
    pub span: Span,
    /// Whether it is a module.
    pub is_module: bool,
    /// `values` or `outputs`.
    pub values: Option<Written>,
    /// `override_during = plan`, if it is said.
    pub at_plan: Option<bool>,
}

impl TestFile {
    /// Reads a file of tests, which is added to the sources.
    pub fn read(path: &Path, text: &str, sources: &mut SourceMap) -> (Self, Diagnostics) {
        let (text, id, mut found) = TestText::read(path, text, false, sources);
        let (mut file, of_file) = lower::test_file(&text, id);
        found.extend(of_file);
        file.text = text;
        (file, found)
    }

    /// The text with everything but its `provider` blocks made blank, so that places are the same.
    pub(crate) fn providers_only(&self) -> String {
        let text = self.text.text(SourceId(0)).text;
        let is_kept = |at: usize| self.providers.iter().any(|one| one.range.contains(&at));
        text.char_indices()
            .flat_map(|(at, char)| {
                let blank = char != '\n' && !is_kept(at);
                let count = if blank { char.len_utf8() } else { 1 };
                std::iter::repeat_n(if blank { ' ' } else { char }, count)
            })
            .collect()
    }
}

impl Mocks {
    /// Reads a file of mocks, which is added to the sources.
    pub fn read(path: &Path, text: &str, sources: &mut SourceMap) -> (Self, Diagnostics) {
        let (text, id, mut found) = TestText::read(path, text, true, sources);
        let (mocks, of_file) = lower::mock_file(&text, id);
        found.extend(of_file);
        (mocks, found)
    }
}

impl TestText {
    fn read(
        path: &Path,
        text: &str,
        is_mocks: bool,
        sources: &mut SourceMap,
    ) -> (Self, SourceId, Diagnostics) {
        let id = sources.add(path, text);
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        let (native, found) = if is_json {
            let (native, found) = data::native_test(id, text, is_mocks);
            (Some(Arc::new((native.text, native.places))), found)
        } else {
            (None, Diagnostics::new())
        };
        (Self { path: path.to_owned(), written: text.into(), native }, id, found)
    }

    pub(crate) fn text(&self, source: SourceId) -> Text<'_> {
        match &self.native {
            Some(native) => Text::derived(source, &native.0, &native.1),
            None => Text::of_file(source, &self.written),
        }
    }
}

impl Written {
    pub(crate) fn new(
        text: &TestText,
        range: Range<usize>,
        span: Span,
        runs: Vec<Option<Str>>,
    ) -> Self {
        Self { text: text.clone(), range, runs, span }
    }

    /// Whether it refers to a run, or may do so.
    pub fn names_run(&self, name: &str) -> bool {
        self.runs.iter().any(|named| named.as_ref().is_none_or(|named| named == name))
    }

    /// The text of it.
    pub fn file(&self) -> &TestText {
        &self.text
    }

    /// It as an expression of a module, in which further names are known: the variables in `names`, by position.
    /// The file must be among the sources.
    ///
    /// # Errors
    /// Whatever is wrong with it.
    pub fn compile(
        &self,
        module: &Module,
        sources: &SourceMap,
        names: &[&str],
    ) -> Result<Compiled, Diagnostics> {
        let id = sources.iter().find(|(_, source)| source.path == self.text.path).map(|(id, _)| id);
        let text = self.text.text(id.unwrap_or(self.span.source)).part(self.range.clone());
        let names = LocalNames(names.iter().copied().map(Str::from).collect());
        let (expr, symbols) = lower::test_expression(module, text, &names)?;
        Ok(Compiled { expr, symbols })
    }
}

impl TestModule {
    /// A call of it as far as finding it goes, unless the source is a relative path.
    pub fn call(&self, run: &TestRun) -> Option<ModuleCall> {
        let (source, span) = &self.source;
        if source.starts_with("./") || source.starts_with("../") {
            return None;
        }
        Some(ModuleCall {
            version: self.version.clone(),
            ..ModuleCall::of(run.name.clone(), run.span, source.clone(), *span)
        })
    }
}

impl TestProvider {
    pub(crate) fn new(key: ProviderKey, span: Span, range: Range<usize>) -> Self {
        Self { key, span, range }
    }
}
