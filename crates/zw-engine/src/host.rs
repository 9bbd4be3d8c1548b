//! The world outside of the language, as one plan sees it: the clock and chance are unknown until the plan is
//! applied, and files are what they were when it was made.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use zw_config::model::Config;
use zw_lang::{CallContext, FuncError, Function, Host, Str, TemplateRenderer, Value};

use crate::registry::{Registry, full_source};

/// What functions found in the file system, by what they asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Findings {
    files: BTreeMap<String, Vec<u8>>,
    exists: BTreeMap<String, bool>,
    filesets: BTreeMap<String, Vec<String>>,
}

/// A host that goes through the stages of a run.
pub(crate) struct StagedHost {
    inner: Arc<dyn Host>,
    is_applying: AtomicBool,
    plan_time: (i64, u32),
    findings: Mutex<Findings>,
    functions: Functions,
}

/// Where functions of providers are found: `provider::NAME::FUNCTION`.
pub(crate) struct Functions {
    registry: Arc<Registry>,
    /// What providers are called, with the addresses of those that have another one than the name says.
    sources: HashMap<Str, String>,
}

impl Functions {
    /// Those of the providers that a configuration requires.
    pub(crate) fn of(config: &Config, registry: &Arc<Registry>) -> Self {
        let mut sources = HashMap::new();
        // The root module first: it is for it to say what a name means.
        for module in std::iter::once(config.root()).chain(&config.modules) {
            for (name, required) in &module.settings.required_providers {
                let source = full_source(name, required.source.as_deref());
                sources.entry(name.clone()).or_insert(source);
            }
        }
        Self { registry: Arc::clone(registry), sources }
    }

    fn of_provider(&self, provider: &str) -> &[Function] {
        let source = self.sources.get(provider).cloned();
        let source = source.unwrap_or_else(|| full_source(provider, None));
        self.registry.get(&source).map_or(&[], |provider| provider.functions())
    }

    fn find(&self, provider: &str, function: &str) -> Option<&Function> {
        self.of_provider(provider).iter().find(|known| known.name == function)
    }
}

/// Functions of providers render no templates.
struct NoTemplates;

impl TemplateRenderer for NoTemplates {
    fn render(&mut self, _: &str, _: &str, _: &Value, _: usize) -> Result<Value, FuncError> {
        Err(FuncError::new("there are no templates in functions of providers"))
    }
}

impl StagedHost {
    /// A host for a plan that begins now.
    pub(crate) fn new(inner: Arc<dyn Host>, functions: Functions) -> Self {
        let plan_time = inner.plan_time();
        Self::again(inner, functions, plan_time, Findings::default())
    }

    /// A host for a plan that was made before, which finds what was found then.
    pub(crate) fn again(
        inner: Arc<dyn Host>,
        functions: Functions,
        plan_time: (i64, u32),
        findings: Findings,
    ) -> Self {
        Self {
            functions,
            inner,
            is_applying: AtomicBool::new(false),
            plan_time,
            findings: Mutex::new(findings),
        }
    }

    /// From now on the clock and chance are known.
    pub(crate) fn start_applying(&self) {
        self.is_applying.store(true, Ordering::Relaxed);
    }

    /// What was found so far.
    pub(crate) fn findings(&self) -> Findings {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was found before, or what is found now. Errors are not kept: they end the plan.
    fn remembered<T: Clone>(
        &self,
        key: String,
        kept: impl Fn(&mut Findings) -> &mut BTreeMap<String, T>,
        find: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept(&mut findings).get(&key) {
            return Ok(known.clone());
        }
        let found = find()?;
        kept(&mut findings).insert(key, found.clone());
        Ok(found)
    }
}

impl Host for StagedHost {
    fn read_file(&self, path: &str) -> io::Result<Vec<u8>> {
        self.remembered(path.to_owned(), |kept| &mut kept.files, || self.inner.read_file(path))
    }

    fn file_exists(&self, path: &str) -> io::Result<bool> {
        self.remembered(path.to_owned(), |kept| &mut kept.exists, || self.inner.file_exists(path))
    }

    fn fileset(&self, dir: &str, pattern: &str) -> io::Result<Vec<String>> {
        let key = format!("{dir}\0{pattern}");
        self.remembered(key, |kept| &mut kept.filesets, || self.inner.fileset(dir, pattern))
    }

    fn home_dir(&self) -> Option<String> {
        self.inner.home_dir()
    }

    fn current_dir(&self) -> io::Result<String> {
        self.inner.current_dir()
    }

    fn now(&self) -> Option<(i64, u32)> {
        self.is_applying.load(Ordering::Relaxed).then(|| self.inner.now()).flatten()
    }

    fn plan_time(&self) -> (i64, u32) {
        self.plan_time
    }

    fn random(&self, buffer: &mut [u8]) -> bool {
        self.is_applying.load(Ordering::Relaxed) && self.inner.random(buffer)
    }

    fn provider_function(
        &self,
        provider: &str,
        function: &str,
        args: &[Value],
    ) -> Option<Result<Value, FuncError>> {
        let function = self.functions.find(provider, function)?;
        let mut context =
            CallContext { host: self, templates: &mut NoTemplates, template_depth: 0 };
        Some(zw_lang::call(function, args, &mut context))
    }

    fn provider_function_names(&self, provider: &str) -> Vec<&str> {
        self.functions.of_provider(provider).iter().map(|function| function.name).collect()
    }
}
