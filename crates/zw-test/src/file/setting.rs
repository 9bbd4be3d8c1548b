//! What the runs of a file have in common, and what each is made with.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use zw_config::model::{Config, ProviderKey};
use zw_config::testing::{MockProvider, Mocks, TestFile, TestProviders, TestRun, Written};
use zw_engine::{Context, PlanMode, PlanOptions, Registry, Stop, full_source};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Span, Str, Value};

use super::order::values;
use super::{Means, Outputs};
use crate::evaluation::{object, value};
use crate::expected::has_errors;
use crate::mock::{Answer, Answers, Mock};
use crate::overrides::{self, Given};
use crate::project::Project;
use crate::report::Shown;

/// What the runs of a file have in common.
pub(super) struct Setting {
    project: Arc<dyn Project>,
    pub(super) stop: Stop,
    pub(super) file: TestFile,
    /// Files of mocks, by what names them.
    mocks: HashMap<usize, Vec<Mocks>>,
    /// The texts that expressions are in.
    pub(super) sources: Arc<SourceMap>,
    /// Shared by all runs, so that they work in the same simulated cloud.
    registry: Registry,
    variables: IndexMap<Str, Value>,
}

/// What a run is made with.
pub(super) struct Prepared {
    pub(super) cx: Context,
    pub(super) options: PlanOptions,
}

impl Setting {
    /// Reads files of mocks and evaluates the variables of the file. With it comes what is wrong.
    pub(super) fn of(
        means: &Means,
        file: TestFile,
        sources: SourceMap,
        dir: &Path,
    ) -> (Self, Option<Shown>) {
        let mut setting = Self {
            project: Arc::clone(&means.project),
            stop: means.stop.clone(),
            file,
            mocks: HashMap::new(),
            sources: Arc::default(),
            registry: means.project.providers(dir),
            variables: IndexMap::new(),
        };
        let mut sources = sources;
        let begun = setting.begin(&mut sources);
        setting.sources = Arc::new(sources);
        let problems = match begun {
            Ok(problems) => problems,
            Err(diagnostics) => Some(Shown { diagnostics, sources: Arc::clone(&setting.sources) }),
        };
        (setting, problems)
    }

    fn begin(&mut self, sources: &mut SourceMap) -> Result<Option<Shown>, Diagnostics> {
        for (at, mock) in self.file.mocks.iter().enumerate() {
            if let Some((source, span)) = &mock.source {
                let found = mock_files(Path::new(&**source), *span, sources)?;
                self.mocks.insert(at, found);
            }
        }
        let (config, found) = self.project.load(Path::new("."), None);
        if has_errors(&found) {
            // With what it points into.
            let sources = Arc::new(config.sources);
            return Ok(Some(Shown { diagnostics: found, sources }));
        }
        let given = self.project.variables(&config, sources)?;
        self.variables = given.into_iter().map(|(name, (value, _))| (name, value)).collect();
        let (host, none) = (self.project.host(), object(&Outputs::new()));
        for (name, written) in &self.file.variables {
            let value = value(written, sources, &*host, &none, &object(&self.variables))?;
            self.variables.insert(name.clone(), value);
        }
        Ok(None)
    }

    /// The expressions that all runs have.
    pub(super) fn common(&self) -> Vec<&Written> {
        let of_file = self.file.mocks.iter().map(|mock| &mock.mocks);
        let all = of_file.chain(self.mocks.values().flatten()).flat_map(|mocks| {
            let defaults = mocks.types.iter().filter_map(|one| one.defaults.as_ref());
            defaults.chain(values(&mocks.overrides))
        });
        all.chain(values(&self.file.overrides)).collect()
    }

    /// The value of an expression of the file.
    fn value(&self, written: &Written, runs: &Outputs) -> Result<Value, Diagnostics> {
        let host = self.project.host();
        value(written, &self.sources, &*host, &object(runs), &object(&self.variables))
    }

    /// Loads the module of a run, as it is to be for the run.
    pub(super) fn prepare(
        &self,
        declared: &TestRun,
        runs: &Outputs,
    ) -> Result<Prepared, (Diagnostics, Arc<SourceMap>)> {
        let of_file = |found: Diagnostics| (found, Arc::clone(&self.sources));
        let root = self.module(declared).map_err(|problem| of_file(problem.into()))?;
        let keys = self.provider_keys(declared).map_err(of_file)?;
        let providers = TestProviders { file: &self.file, keys: &keys };
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
        let prepared = self.variables_of(declared, runs, &config).and_then(|variables| {
            self.mock(declared, runs, &keys, &mut config, &mut registry)?;
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
        Ok(Prepared { cx, options })
    }

    /// Problems with places in the file as places of a configuration that has the file, too.
    pub(super) fn placed(&self, mut found: Diagnostics, config: &Config) -> Diagnostics {
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
        runs: &Outputs,
        config: &Config,
    ) -> Result<IndexMap<Str, (Value, Option<Span>)>, Diagnostics> {
        let mut all = self.variables.clone();
        let mut written: HashMap<&Str, Span> = HashMap::new();
        for (name, value) in &declared.variables {
            let evaluated = self.value(value, runs)?;
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
        runs: &Outputs,
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
            self.mock_provider((mock, inner), &parts, runs, config, registry)?;
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
                let values = values.map(|values| self.value(values, runs)).transpose()?;
                let at_plan = one.at_plan.unwrap_or(at_plan);
                let may_be_idle = is_of_file && declared.module.is_some();
                Ok(Given { declared: one, values, at_plan, may_be_idle })
            })
            .collect::<Result<Vec<_>, Diagnostics>>()?;
        overrides::apply(config, registry, &given)
    }

    fn mock_provider(
        &self,
        (mock, inner): (&MockProvider, &ProviderKey),
        parts: &[&Mocks],
        runs: &Outputs,
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
                let values = values.map(|values| self.value(values, runs)).transpose()?;
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
