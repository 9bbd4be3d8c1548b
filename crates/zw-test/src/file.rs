//! The runs of one file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use zw_config::model::{Config, ProviderKey};
use zw_config::testing::{MockProvider, Mocks, TestFile, TestProviders, TestRun, Written};
use zw_engine::{
    ApplyReport, Context, PlanMode, PlanOptions, Registry, Run, Silent, Stop, full_source,
};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Span, Str, Value};
use zw_state::{Actor, RunKind, SqliteStore, Store};

use crate::evaluation::{NAMES, object, value};
use crate::expected::{has_errors, sorted};
use crate::mock::{Answer, Answers, Mock};
use crate::overrides::{self, Given};
use crate::project::Project;
use crate::report::{FileReport, Phase, RunReport, Shown, Status, Watcher};

/// How often an apply goes on with what could not be known before.
const ROUNDS_MAX: usize = 10;

/// Runs a file.
pub(crate) struct FileRunner<'a> {
    project: &'a dyn Project,
    watcher: &'a dyn Watcher,
    stop: &'a Stop,
    file: &'a TestFile,
    /// Files of mocks, by what names them.
    mocks: HashMap<usize, Vec<Mocks>>,
    /// The texts that expressions are in.
    sources: SourceMap,
    dir: tempfile::TempDir,
    /// Shared by all runs, so that they work in the same simulated cloud.
    registry: Registry,
    variables: IndexMap<Str, Value>,
    /// Outputs of runs by name.
    outputs: IndexMap<Str, Value>,
    states: IndexMap<String, State>,
    report: FileReport,
}

/// A state, and what it was last applied with.
struct State {
    store: Arc<SqliteStore>,
    last: Option<(Context, PlanOptions)>,
}

/// What a run is made with.
struct Prepared {
    cx: Context,
    options: PlanOptions,
    key: String,
}

/// How a run ended.
struct Outcome {
    status: Status,
    found: Diagnostics,
    result: Option<Run>,
}

impl Outcome {
    fn error(found: impl Into<Diagnostics>) -> Self {
        Self { status: Status::Error, found: found.into(), result: None }
    }
}

impl<'a> FileRunner<'a> {
    /// Prepares to run a file that has been read, with its sources.
    ///
    /// # Errors
    /// If there is no place for its states.
    pub(crate) fn new(
        project: &'a dyn Project,
        watcher: &'a dyn Watcher,
        stop: &'a Stop,
        file: &'a TestFile,
        sources: SourceMap,
    ) -> std::io::Result<Self> {
        let report = FileReport {
            path: file.text.path.clone(),
            runs: Vec::new(),
            status: Status::Pass,
            shown: Vec::new(),
            left: Vec::new(),
        };
        let dir = tempfile::tempdir()?;
        Ok(Self {
            registry: project.providers(dir.path()),
            project,
            watcher,
            stop,
            file,
            mocks: HashMap::new(),
            sources,
            dir,
            variables: IndexMap::new(),
            outputs: IndexMap::new(),
            states: IndexMap::new(),
            report,
        })
    }

    /// Makes the runs, and destroys what they made.
    pub(crate) async fn run(mut self) -> FileReport {
        self.watcher.phase(&self.report, Phase::Starting);
        if let Err(found) = self.begin() {
            self.fail(found);
        }
        let file = self.file;
        for declared in &file.runs {
            let begun = Instant::now();
            let (outcome, sources) = if self.report.status == Status::Error || self.stop.is_wished()
            {
                let skipped =
                    Outcome { status: Status::Skip, found: Diagnostics::new(), result: None };
                (skipped, Arc::new(self.sources.clone()))
            } else {
                self.one(declared).await
            };
            let run = RunReport {
                name: declared.name.to_string(),
                status: outcome.status,
                shown: Shown { diagnostics: outcome.found, sources },
                elapsed: begun.elapsed(),
            };
            self.watcher.ran(&self.report, &run, declared, outcome.result.as_ref());
            self.report.status = self.report.status.max(run.status);
            self.report.runs.push(run);
        }
        self.tear_down().await;
        self.watcher.done(&self.report);
        self.report
    }

    fn fail(&mut self, diagnostics: Diagnostics) {
        let sources = Arc::new(self.sources.clone());
        self.report.shown.push(Shown { diagnostics, sources });
        self.report.status = Status::Error;
    }

    /// Reads files of mocks and evaluates the variables of the file.
    fn begin(&mut self) -> Result<(), Diagnostics> {
        let file = self.file;
        for (at, mock) in file.mocks.iter().enumerate() {
            if let Some((source, span)) = &mock.source {
                let found = mock_files(Path::new(&**source), *span, &mut self.sources)?;
                self.mocks.insert(at, found);
            }
        }
        let root = Path::new(".");
        let (config, found) = self.project.load(root, None);
        if has_errors(&found) {
            // With what it points into.
            let sources = Arc::new(config.sources);
            self.report.shown.push(Shown { diagnostics: found, sources });
            self.report.status = Status::Error;
            return Ok(());
        }
        let given = self.project.variables(&config, &mut self.sources)?;
        self.variables = given.into_iter().map(|(name, (value, _))| (name, value)).collect();
        for (name, written) in &file.variables {
            let value = self.value(written, &self.variables)?;
            self.variables.insert(name.clone(), value);
        }
        Ok(())
    }

    /// The value of an expression of the file.
    fn value(
        &self,
        written: &Written,
        variables: &IndexMap<Str, Value>,
    ) -> Result<Value, Diagnostics> {
        let host = self.project.host();
        value(written, &self.sources, &*host, &object(&self.outputs), &object(variables))
    }

    async fn one(&mut self, declared: &TestRun) -> (Outcome, Arc<SourceMap>) {
        let prepared = match self.prepare(declared) {
            Ok(prepared) => prepared,
            Err((found, sources)) => return (Outcome::error(found), sources),
        };
        let sources = Arc::new(prepared.cx.config.sources.clone());
        let outcome = self.carried_out(declared, prepared).await;
        (outcome, sources)
    }

    /// Loads the module of a run, as it is to be for the run.
    fn prepare(&self, declared: &TestRun) -> Result<Prepared, (Diagnostics, Arc<SourceMap>)> {
        let of_file = |found: Diagnostics| (found, Arc::new(self.sources.clone()));
        let root = self.module(declared).map_err(|problem| of_file(problem.into()))?;
        let keys = self.provider_keys(declared).map_err(of_file)?;
        let providers = TestProviders { file: self.file, keys: &keys };
        let (mut config, found) = self.project.load(&root, Some(providers));
        // Places in the test and in files of mocks are found by the paths of these.
        for (_, source) in self.sources.iter() {
            if !config.sources.iter().any(|(_, known)| known.path == source.path) {
                config.sources.add(&source.path, Arc::clone(&source.text));
            }
        }
        if has_errors(&found) {
            return Err((found, Arc::new(config.sources)));
        }
        let mut registry = self.registry.clone();
        let prepared = self.variables_of(declared, &config).and_then(|variables| {
            self.mock(declared, &keys, &mut config, &mut registry)?;
            Self::options(declared, variables)
        });
        let options = prepared
            .map_err(|found| (self.placed(found, &config), Arc::new(config.sources.clone())))?;
        let cx = Context {
            config: Arc::new(config),
            providers: Arc::new(registry),
            host: self.project.host(),
            workspace: "default".into(),
        };
        let key = match (&declared.state_key, &declared.module) {
            (Some(key), _) => format!("key {key}"),
            (None, Some(module)) => format!("module {}", module.source.0),
            (None, None) => String::new(),
        };
        Ok(Prepared { cx, options, key })
    }

    /// Problems with places in the file as places of a configuration that has the file, too.
    fn placed(&self, mut found: Diagnostics, config: &Config) -> Diagnostics {
        for problem in &mut found.0 {
            let Some(span) = &mut problem.span else { continue };
            let Some(path) = self.sources.get(span.source).map(|source| &source.path) else {
                continue;
            };
            if let Some((id, _)) = config.sources.iter().find(|(_, known)| known.path == *path) {
                span.source = id;
            }
        }
        found
    }

    /// The directory of the module of a run.
    fn module(&self, declared: &TestRun) -> Result<PathBuf, Diagnostic> {
        let Some(module) = &declared.module else { return Ok(PathBuf::from(".")) };
        let Some(call) = module.call(declared) else { return Ok(PathBuf::from(&*module.source.0)) };
        self.project.module(&call).map_err(|reason| {
            let (source, span) = &module.source;
            Diagnostic::error(format!("Module source {source:?} cannot be used"), reason).at(*span)
        })
    }

    /// What providers of the file are in the module: as the run says, or by the same names.
    fn provider_keys(
        &self,
        declared: &TestRun,
    ) -> Result<Vec<(ProviderKey, ProviderKey)>, Diagnostics> {
        let known = || {
            let real = self.file.providers.iter().map(|one| &one.key);
            real.chain(self.file.mocks.iter().map(|one| &one.key))
        };
        let Some(pairs) = &declared.providers else {
            return Ok(known().map(|key| (key.clone(), key.clone())).collect());
        };
        let mut problems = Diagnostics::new();
        let mut keys = Vec::new();
        for (inner, outer) in pairs {
            if known().any(|key| *key == outer.key) {
                keys.push((outer.key.clone(), inner.clone()));
            } else {
                let detail = format!("The file has no provider {}.", shown_key(&outer.key));
                let problem = Diagnostic::error("Provider configuration not present", detail);
                problems.push(problem.at(outer.span.unwrap_or(declared.span)));
            }
        }
        problems.into_result(keys)
    }

    /// The values of the variables that the module of a run has.
    fn variables_of(
        &self,
        declared: &TestRun,
        config: &Config,
    ) -> Result<IndexMap<Str, (Value, Option<Span>)>, Diagnostics> {
        let mut all = self.variables.clone();
        let mut written: HashMap<&Str, Span> = HashMap::new();
        for (name, value) in &declared.variables {
            let evaluated = self.value(value, &self.variables)?;
            written.insert(name, value.span);
            all.insert(name.clone(), evaluated);
        }
        let variables = &config.root().variables;
        all.retain(|name, _| variables.iter().any(|variable| variable.name == *name));
        let placed = |name: &Str| {
            let span = written.get(name).copied()?;
            let path = &self.sources.get(span.source)?.path;
            let (source, _) = config.sources.iter().find(|(_, known)| known.path == *path)?;
            Some(Span { source, ..span })
        };
        Ok(all
            .into_iter()
            .map(|(name, value)| {
                let span = placed(&name);
                (name, (value, span))
            })
            .collect())
    }

    /// Has providers be mocked, and resources and modules be overridden.
    fn mock(
        &self,
        declared: &TestRun,
        keys: &[(ProviderKey, ProviderKey)],
        config: &mut Config,
        registry: &mut Registry,
    ) -> Result<(), Diagnostics> {
        let mut overrides = Vec::new();
        // One mock stands for all configurations of a provider: the default one, if there is a mock for that.
        let of_module = self.file.mocks.iter().enumerate().filter_map(|(at, mock)| {
            let (_, inner) = keys.iter().find(|(outer, _)| *outer == mock.key)?;
            Some((at, mock, inner))
        });
        let of_module: Vec<_> = of_module.collect();
        for (at, mock, inner) in &of_module {
            let is_default =
                |other: &ProviderKey| other.name == inner.name && other.alias.is_none();
            if inner.alias.is_some() && of_module.iter().any(|(_, _, other)| is_default(other)) {
                continue;
            }
            let parts: Vec<&Mocks> =
                self.mocks.get(at).into_iter().flatten().chain([&mock.mocks]).collect();
            self.mock_provider(mock, inner, &parts, config, registry)?;
            for part in parts {
                overrides.extend(part.overrides.iter().map(|one| (one, part.at_plan, true)));
            }
        }
        overrides.extend(self.file.overrides.iter().map(|one| (one, false, true)));
        overrides.extend(declared.overrides.iter().map(|one| (one, false, false)));
        let given = overrides
            .into_iter()
            .map(|(one, at_plan, is_of_file)| {
                let values = one.values.as_ref();
                let values =
                    values.map(|values| self.value(values, &self.variables)).transpose()?;
                let at_plan = one.at_plan.unwrap_or(at_plan);
                let may_be_idle = is_of_file && declared.module.is_some();
                Ok(Given { declared: one, values, at_plan, may_be_idle })
            })
            .collect::<Result<Vec<_>, Diagnostics>>()?;
        overrides::apply(config, registry, &given)
    }

    fn mock_provider(
        &self,
        mock: &MockProvider,
        inner: &ProviderKey,
        parts: &[&Mocks],
        config: &Config,
        registry: &mut Registry,
    ) -> Result<(), Diagnostics> {
        let required = config.root().settings.required_providers.get(&inner.name);
        let source = full_source(&inner.name, required.and_then(|one| one.source.as_deref()));
        let Some(real) = registry.get(&source).cloned() else {
            let detail = format!("Providers are built into zw, and {source} is not among them.");
            let summary = format!("There is no provider {:?}", inner.name);
            return Err(Diagnostic::error(summary, detail).at(mock.span).into());
        };
        let mut answers = Answers::new();
        for part in parts {
            for one in &part.types {
                let values = one.defaults.as_ref();
                let values =
                    values.map(|values| self.value(values, &self.variables)).transpose()?;
                let answer = Answer { values, at_plan: one.at_plan.unwrap_or(part.at_plan) };
                answers.insert((one.mode, one.type_name.clone()), answer);
            }
        }
        let at_plan = parts.iter().any(|part| part.at_plan);
        registry.insert(source, Mock::of(real, answers, at_plan));
        Ok(())
    }

    fn options(
        declared: &TestRun,
        variables: IndexMap<Str, (Value, Option<Span>)>,
    ) -> Result<PlanOptions, Diagnostics> {
        let asked = &declared.options;
        let mut problems = Diagnostics::new();
        let mut replace = Vec::new();
        for text in &asked.replace {
            match text.parse() {
                Ok(address) => replace.push(address),
                Err(error) => problems.push(
                    Diagnostic::error("Invalid address to replace", format!("{error}."))
                        .at(declared.span),
                ),
            }
        }
        problems.into_result(PlanOptions {
            mode: if asked.refresh_only { PlanMode::RefreshOnly } else { PlanMode::Normal },
            refresh: asked.refresh,
            targets: asked.targets.clone(),
            replace,
            variables,
            ..PlanOptions::default()
        })
    }

    /// Plans, applies, and holds what came out against what was to come out.
    async fn carried_out(&mut self, declared: &TestRun, prepared: Prepared) -> Outcome {
        let Prepared { cx, options, key } = prepared;
        let dir = self.dir.path();
        let count = self.states.len();
        let state = self.states.entry(key).or_insert_with(|| State {
            store: Arc::new(SqliteStore::new(
                dir.join(format!("state-{count}.db")),
                Actor::of_this_process(),
            )),
            last: None,
        });
        let mut found = Diagnostics::new();
        let planned = plan(&cx, &state.store, &options).await;
        let mut result = match planned {
            Ok(run) => {
                found.extend(run.plan.diagnostics.clone());
                Some(run)
            }
            Err(problems) => {
                found.extend(problems);
                None
            }
        };
        if declared.applies
            && let Some(run) = &mut result
        {
            state.last = Some((cx.clone(), options.clone()));
            found.extend(apply(&cx, &state.store, &options, run, self.stop).await);
        }
        let mut original = found.clone();
        let sorted = sorted(declared, &cx.config, found);
        if result.is_none() && declared.applies && !has_errors(&sorted.rest) {
            let early = self.placed(while_planning(declared).into(), &cx.config);
            shown_first(&mut original, early);
            return Outcome { status: Status::Error, found: original, result };
        }
        let (mut status, mut shown) = (Status::Pass, sorted.rest);
        if has_errors(&shown) {
            return Outcome { status: Status::Error, found: shown, result };
        }
        if !sorted.missing.is_empty() {
            shown.extend(self.placed(sorted.missing, &cx.config));
            return Outcome { status: Status::Error, found: shown, result };
        }
        if let Some(run) = &result {
            self.outputs.insert(
                declared.name.clone(),
                object(run.outputs().iter().map(|(name, value)| (name, value))),
            );
            let runs = object(&self.outputs);
            for assertion in &declared.asserts {
                let sources = &cx.config.sources;
                let compile =
                    |written: &Written| written.compile(cx.config.root(), sources, &NAMES[..1]);
                let held = compile(&assertion.condition).and_then(|condition| {
                    let message = compile(&assertion.message)?;
                    run.assertion(&condition, &message, std::slice::from_ref(&runs))
                });
                match held {
                    Ok(None) => {}
                    Ok(Some(problem)) => {
                        status = status.max(Status::Fail);
                        shown.push(problem);
                    }
                    Err(problems) => {
                        status = Status::Error;
                        shown.extend(problems);
                    }
                }
            }
        }
        Outcome { status, found: shown, result }
    }

    /// Destroys what runs made, the last first.
    async fn tear_down(&mut self) {
        self.watcher.phase(&self.report, Phase::TearingDown);
        for (_, state) in std::mem::take(&mut self.states).into_iter().rev() {
            let Some((cx, options)) = state.last else { continue };
            let options = PlanOptions {
                mode: PlanMode::Destroy,
                targets: Vec::new(),
                replace: Vec::new(),
                refresh: true,
                ..options
            };
            let mut found = Diagnostics::new();
            match plan(&cx, &state.store, &options).await {
                Ok(mut run) => {
                    // Whatever happens, what was made is taken away.
                    let stop = Stop::default();
                    found.extend(apply(&cx, &state.store, &options, &mut run, &stop).await);
                }
                Err(problems) => found.extend(problems),
            }
            if has_errors(&found) {
                let sources = Arc::new(cx.config.sources.clone());
                self.report.shown.push(Shown { diagnostics: found, sources });
                self.report.status = Status::Error;
            }
            if let Ok(snapshot) = state.store.snapshot().await {
                self.report.left.extend(snapshot.resources.keys().map(ToString::to_string));
            }
        }
    }
}

/// An expected failure that came too early. Source: the message of Terraform.
fn while_planning(declared: &TestRun) -> Diagnostic {
    let detail = "A custom condition failed during the planning stage and prevented the requested apply operation. \
                  While this was an expected failure, the apply operation could not be executed and so the overall \
                  test case will be marked as a failure and the original diagnostic included in the test report.";
    Diagnostic::warning("Expected failure while planning", detail).at(declared.span)
}

fn shown_first(all: &mut Diagnostics, first: Diagnostics) {
    all.0.splice(0..0, first);
}

async fn plan(
    cx: &Context,
    store: &Arc<SqliteStore>,
    options: &PlanOptions,
) -> Result<Run, Diagnostics> {
    let snapshot = store.snapshot().await.map_err(of_store)?;
    zw_engine::plan(cx, snapshot, options.clone(), &Silent).await
}

/// Applies a plan, and goes on as long as something comes to be known that was not before. The run is that of the last
/// round then.
async fn apply(
    cx: &Context,
    store: &Arc<SqliteStore>,
    options: &PlanOptions,
    run: &mut Run,
    stop: &Stop,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    for _ in 0..ROUNDS_MAX {
        let is_last = run.plan.deferred.is_empty();
        let session = match store.begin(RunKind::Apply, Duration::ZERO).await {
            Ok(session) => session,
            Err(error) => {
                found.extend(of_store(error));
                return found;
            }
        };
        let report: ApplyReport = run.apply(session, &Silent, stop).await;
        let failed = has_errors(&report.diagnostics);
        found.extend(report.diagnostics);
        if is_last || failed {
            break;
        }
        match plan(cx, store, options).await {
            Ok(next) => *run = next,
            Err(problems) => {
                found.extend(problems);
                break;
            }
        }
    }
    found
}

#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn of_store(error: zw_state::StoreError) -> Diagnostics {
    Diagnostic::error("The state of the test cannot be used", format!("{error}.")).into()
}

/// Reads the files of mocks in a directory.
fn mock_files(dir: &Path, span: Span, sources: &mut SourceMap) -> Result<Vec<Mocks>, Diagnostics> {
    let unreadable = |path: &Path, error: std::io::Error| {
        let detail = format!("{} cannot be read: {error}.", path.display());
        Diagnostics::from(Diagnostic::error("Mocks cannot be read", detail).at(span))
    };
    let entries = std::fs::read_dir(dir).map_err(|error| unreadable(dir, error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut mocks = Vec::new();
    let mut problems = Diagnostics::new();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let is_mock =
            |name: &String| name.ends_with(".tfmock.hcl") || name.ends_with(".tfmock.json");
        if !name.as_ref().is_some_and(is_mock) {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let (found, of_file) = Mocks::read(&path, &text, sources);
        problems.extend(of_file);
        mocks.push(found);
    }
    problems.into_result(mocks)
}

fn shown_key(key: &ProviderKey) -> String {
    match &key.alias {
        None => key.name.to_string(),
        Some(alias) => format!("{}.{alias}", key.name),
    }
}
