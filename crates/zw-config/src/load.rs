//! Loading a configuration: the root module and all modules that it calls.

mod backend;
mod early;
mod environment;
mod keeping;

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zw_lang::parse::Text;
use zw_lang::{Diagnostic, Diagnostics, SourceId, Str, Value, suggest};

use crate::data::{self, Native, NoShapes, Syntax};
use crate::files::Files;
use crate::lower::{self, File};
use crate::model::{Config, Module, ModuleCall, ModuleId, NodeId, TreeNode, Variable};
use crate::testing::TestProviders;

pub use self::backend::{BackendBlock, backend, backend_in};
use self::early::{Early, Given};
pub use self::keeping::{EncryptionBlock, Keeping, KeyBlock, keeping, keeping_in};

/// How many calls of modules there can be, those inside of called modules included.
const NODES_MAX: usize = 1_000_000;

/// Says where the sources of modules are.
pub trait SourceResolver {
    /// Where the module is that a call means, or what is wrong with its source, in sentences. Relative paths
    /// (`./x`, `../x`) never come here.
    fn resolve(&mut self, call: &ModuleCall) -> Result<Resolved, String>;
}

/// Where a module is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// Its directory.
    pub dir: PathBuf,
    /// The directory of the package that it came in, which relative paths in it cannot leave.
    pub package: PathBuf,
}

/// What the sources of a configuration were resolved to, so that it can be loaded again without asking. Relative
/// paths are not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolutions {
    /// By source, then by version constraint; the empty one is none.
    by_source: BTreeMap<String, BTreeMap<String, Resolved>>,
}

impl Resolutions {
    fn find(&self, call: &ModuleCall) -> Option<&Resolved> {
        let version = call.version.as_ref().map_or("", |(version, _)| version);
        self.by_source.get(&*call.source)?.get(version)
    }

    fn add(&mut self, call: &ModuleCall, resolved: Resolved) {
        let version = call.version.as_ref().map_or("", |(version, _)| version).to_owned();
        self.by_source.entry(call.source.to_string()).or_default().insert(version, resolved);
    }
}

impl SourceResolver for Resolutions {
    fn resolve(&mut self, call: &ModuleCall) -> Result<Resolved, String> {
        self.find(call)
            .cloned()
            .ok_or_else(|| "It was not recorded where this module is.".to_owned())
    }
}

/// Knows no sources but relative paths.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalSources;

impl SourceResolver for LocalSources {
    fn resolve(&mut self, call: &ModuleCall) -> Result<Resolved, String> {
        Err(format!(
            "Only modules in local directories can be called here: a source that begins with \
             \"./\" or \"../\". If this is a path relative to the current module, write \"./{}\".",
            call.source
        ))
    }
}

/// Reads the configuration of which the root module is in `root`. What is wrong with it is all in the
/// diagnostics; what could be read is in the configuration.
pub fn load(
    root: &Path,
    files: &dyn Files,
    modules: &mut dyn SourceResolver,
) -> (Config, Diagnostics) {
    load_with(root, files, modules, &mut |_| Ok(HashMap::new()), None)
}

/// Gives values to variables of the root module.
pub type GivenEarly<'a> = dyn FnMut(&[Variable]) -> Result<HashMap<Str, Value>, Diagnostics> + 'a;

/// The same with values of variables, which are asked for if the source of a module depends on any; and with the
/// `provider` blocks of a test, which take the place of those of the root module.
pub fn load_with(
    root: &Path,
    files: &dyn Files,
    modules: &mut dyn SourceResolver,
    given: &mut GivenEarly<'_>,
    test: Option<TestProviders<'_>>,
) -> (Config, Diagnostics) {
    let root = normalized(root);
    let mut loader = Loader::new(&root, files, modules, given, test);
    let root = loader.module(&root);
    loader.add_tree(root);
    loader.warn_of_backends(root);
    (loader.config, loader.diagnostics)
}

struct Loader<'a> {
    /// What a test adds to the root module.
    test: Option<TestProviders<'a>>,
    /// Values of variables of the root module.
    given: &'a mut GivenEarly<'a>,
    /// The directory of the root module.
    root: String,
    /// Modules with calls whose sources depend on values, as they are before those are known.
    templates: HashMap<PathBuf, Module>,
    /// The values of variables of such modules.
    known: HashMap<ModuleId, Given>,
    files: &'a dyn Files,
    resolver: &'a mut dyn SourceResolver,
    config: Config,
    /// Modules by their directory, and by what their calls depend on: for most of them nothing.
    by_dir: HashMap<(PathBuf, String), ModuleId>,
    /// The package of each module that came in one.
    packages: HashMap<PathBuf, PathBuf>,
    /// What each call of each module calls.
    targets: HashMap<(ModuleId, usize), ModuleId>,
    /// Modules that were loaded for an environment, whose calls have not been followed.
    called_early: Vec<ModuleId>,
    /// What stands for a module that could not be loaded.
    empty: Option<ModuleId>,
    /// Whether a root module may be an environment.
    is_environment_read: bool,
    diagnostics: Diagnostics,
}

/// A file of a module.
#[derive(Clone, Copy)]
struct FoundFile {
    id: SourceId,
    syntax: Syntax,
    is_override: bool,
}

impl<'a> Loader<'a> {
    fn new(
        root: &Path,
        files: &'a dyn Files,
        resolver: &'a mut dyn SourceResolver,
        given: &'a mut GivenEarly<'a>,
        test: Option<TestProviders<'a>>,
    ) -> Self {
        Self {
            test,
            given,
            root: shown(root),
            templates: HashMap::new(),
            known: HashMap::new(),
            files,
            resolver,
            config: Config::default(),
            by_dir: HashMap::new(),
            packages: HashMap::new(),
            targets: HashMap::new(),
            called_early: Vec::new(),
            empty: None,
            is_environment_read: true,
            diagnostics: Diagnostics::new(),
        }
    }

    /// Says that backends of modules that are called do nothing.
    fn warn_of_backends(&mut self, root: ModuleId) {
        let called =
            self.config.modules.iter().enumerate().filter(|(at, _)| *at != root.0 as usize);
        let ignored = called.filter_map(|(_, module)| module.settings.backend.as_ref());
        self.diagnostics.extend(ignored.map(|(_, body)| {
            let detail = "The backend of the root module is that of the whole configuration, so this block does \
                          nothing here.";
            Diagnostic::warning("Backend configuration ignored", detail).at(body.span)
        }));
    }

    /// Loads the module in a directory, unless that is done already, and all that it calls. How deep
    /// calls are nested in one another is up to the configuration, so there is no recursion here.
    fn module(&mut self, dir: &Path) -> ModuleId {
        let root = self.one_module(dir, None);
        let mut pending = std::mem::take(&mut self.called_early);
        pending.push(root);
        while let Some(id) = pending.pop() {
            let module = &self.config.modules[id.0 as usize];
            let (dir, calls) = (module.dir.clone(), module.calls.clone());
            for (at, call) in calls.iter().enumerate() {
                let Some(call) = self.settled(id, at, call) else { continue };
                let Some(target_dir) = self.directory(&call, &dir) else { continue };
                let before = self.config.modules.len();
                let target = self.one_module(&target_dir, Some((&call, Some(id))));
                self.targets.insert((id, at), target);
                if self.config.modules.len() > before {
                    pending.push(target);
                }
                self.check_arguments(id, &call, target);
            }
        }
        root
    }

    /// A call with its source, if that is known.
    fn settled(&mut self, id: ModuleId, at: usize, call: &ModuleCall) -> Option<ModuleCall> {
        if call.early.is_empty() {
            return Some(call.clone());
        }
        let module = &self.config.modules[id.0 as usize];
        let none = Given::new();
        let given = self.known.get(&id).unwrap_or(&none);
        match Early::new(module, given, &self.root).settled(call) {
            Ok(call) => {
                self.config.modules[id.0 as usize].calls[at] = call.clone();
                Some(call)
            }
            Err(found) => {
                self.diagnostics.extend(found);
                None
            }
        }
    }

    /// The module of a directory, for a call and the module that it is in.
    fn one_module(
        &mut self,
        dir: &Path,
        caller: Option<(&ModuleCall, Option<ModuleId>)>,
    ) -> ModuleId {
        if let Some(id) = self.by_dir.get(&(dir.to_owned(), String::new())) {
            return *id;
        }
        let call = caller.map(|(call, _)| call);
        let template = match self.templates.remove(dir) {
            Some(template) => template,
            None => self.read_module(dir, call),
        };
        if template.calls.iter().all(|call| call.early.is_empty()) {
            let id = self.add_module(template);
            self.by_dir.insert((dir.to_owned(), String::new()), id);
            return id;
        }
        let given = match caller {
            None => (self.given)(&template.variables).unwrap_or_else(|found| {
                self.diagnostics.extend(found);
                Given::new()
            }),
            Some((call, Some(id))) => {
                let none = Given::new();
                let given = self.known.get(&id).unwrap_or(&none);
                Early::new(&self.config.modules[id.0 as usize], given, &self.root).arguments(call)
            }
            Some((_, None)) => Given::new(),
        };
        let mut sorted: Vec<_> = given.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        // What is sensitive looks alike here, and makes no source.
        let key = (dir.to_owned(), format!("early {sorted:?}"));
        if let Some(id) = self.by_dir.get(&key) {
            let id = *id;
            self.templates.insert(dir.to_owned(), template);
            return id;
        }
        let id = self.add_module(template.clone());
        self.templates.insert(dir.to_owned(), template);
        self.known.insert(id, given);
        self.by_dir.insert(key, id);
        id
    }

    /// Reads the module in a directory.
    fn read_module(&mut self, dir: &Path, caller: Option<&ModuleCall>) -> Module {
        let sources = self.sources(dir, caller);
        let is_root = caller.is_none() && self.is_environment_read;
        let environment = if is_root { self.environment(dir) } else { None };
        let test = self.test.take().map(|test| {
            let text = &test.file.text;
            let id = self.config.sources.add(&text.path, Arc::clone(&text.written));
            (test, id, test.file.providers_only())
        });
        let called = match caller {
            None => "the root module".to_owned(),
            Some(_) => format!("the module in {}", shown(dir)),
        };
        let texts: Vec<(FoundFile, Arc<str>)> = sources
            .into_iter()
            .filter_map(|file| Some((file, Arc::clone(&self.config.sources.get(file.id)?.text))))
            .collect();
        let natives: Vec<Option<Native>> =
            texts.iter().map(|(file, text)| self.native(*file, text)).collect();
        let files: Vec<File<'_>> = texts
            .iter()
            .zip(&natives)
            .map(|((file, text), native)| File {
                text: native
                    .as_ref()
                    .map_or_else(|| Text::of_file(file.id, text), |native| native.text(file.id)),
                is_override: file.is_override,
                is_environment: false,
                test: None,
            })
            .chain(environment.as_ref().map(|(id, native)| File {
                text: native.text(*id),
                is_override: false,
                is_environment: true,
                test: None,
            }))
            .chain(test.as_ref().map(|(test, id, text)| File {
                text: Text { text, ..test.file.text.text(*id) },
                is_override: false,
                is_environment: false,
                test: Some(*test),
            }))
            .collect();
        let (module, found) = lower::module(dir, &called, &files);
        self.diagnostics.extend(found);
        module
    }

    /// A file of another syntax in native syntax.
    fn native(&mut self, file: FoundFile, text: &str) -> Option<Native> {
        if file.syntax == Syntax::Native {
            return None;
        }
        let (native, found) = data::native(file.id, text, file.syntax, &NoShapes);
        self.diagnostics.extend(found);
        Some(native)
    }

    fn add_module(&mut self, module: Module) -> ModuleId {
        let id = ModuleId(u32::try_from(self.config.modules.len()).unwrap_or(u32::MAX));
        self.config.modules.push(module);
        id
    }

    /// Reads the files of a module in the order of their names, overriding ones last.
    fn sources(&mut self, dir: &Path, caller: Option<&ModuleCall>) -> Vec<FoundFile> {
        let names = match self.files.list(dir) {
            Ok(names) => names,
            Err(error) => {
                let detail = format!("The directory {} could not be read: {error}.", shown(dir));
                let mut diagnostic = Diagnostic::error("Unreadable module directory", detail);
                diagnostic.span = caller.map(|call| call.source_span);
                self.diagnostics.push(diagnostic);
                return Vec::new();
            }
        };
        let mut wanted: Vec<(bool, String, Syntax)> = Vec::new();
        for name in names {
            if let Some((syntax, stem)) = Syntax::of_file(&name) {
                let is_override = stem == "override" || stem.ends_with("_override");
                wanted.push((is_override, name, syntax));
            }
        }
        wanted.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        if wanted.is_empty()
            && let Some(call) = caller
        {
            let detail =
                format!("There are no *.tf, *.tf.json or *.zw.yaml files in {}.", shown(dir));
            let diagnostic = Diagnostic::error("Module directory without configuration", detail);
            self.diagnostics.push(diagnostic.at(call.source_span));
        }
        let sources = wanted.into_iter();
        sources
            .filter_map(|(is_override, name, syntax)| {
                let id = self.source(&dir.join(name))?;
                Some(FoundFile { id, syntax, is_override })
            })
            .collect()
    }

    fn source(&mut self, path: &Path) -> Option<SourceId> {
        let text = match self.files.read(path) {
            Ok(bytes) => String::from_utf8(bytes),
            Err(error) => {
                let detail = format!("The file {} could not be read: {error}.", path.display());
                self.diagnostics.push(Diagnostic::error("Failed to read file", detail));
                return None;
            }
        };
        match text {
            Ok(text) => {
                // A byte order mark says nothing.
                let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
                Some(self.config.sources.add(path, text))
            }
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = String::from_utf8_lossy(valid).split('\n').count();
                let detail = format!(
                    "All input files must be UTF-8 encoded, and line {line} of {} is not. Ensure that \
                     UTF-8 encoding is selected in your editor.",
                    path.display()
                );
                self.diagnostics.push(Diagnostic::error("Invalid character encoding", detail));
                None
            }
        }
    }

    /// The directory that a call names.
    fn directory(&mut self, call: &ModuleCall, dir: &Path) -> Option<PathBuf> {
        if call.source.is_empty() {
            // There is none, or it is not constant: both have been reported.
            return None;
        }
        let is_local = |prefix: &str| call.source.starts_with(prefix);
        if is_local("./") || is_local("../") || call.source == "." || call.source == ".." {
            if let Some((_, span)) = &call.version {
                let detail = "Version constraints are for modules in registries; a local module has no \
                              version.";
                self.diagnostics
                    .push(Diagnostic::error("Invalid module version", detail).at(*span));
            }
            return self.local_directory(call, dir);
        }
        if let Some(known) = self.config.resolutions.find(call) {
            return Some(known.dir.clone());
        }
        match self.resolver.resolve(call) {
            Ok(found) => {
                let found =
                    Resolved { dir: normalized(&found.dir), package: normalized(&found.package) };
                self.packages.insert(found.dir.clone(), found.package.clone());
                self.config.resolutions.add(call, found.clone());
                Some(found.dir)
            }
            Err(reason) => {
                let summary = format!("Module source {:?} cannot be used", call.source);
                self.diagnostics.push(Diagnostic::error(summary, reason).at(call.source_span));
                None
            }
        }
    }

    /// The directory of a relative path. From within a package nothing outside of it can be reached: what is
    /// there is no part of what was fetched, and of its hash.
    fn local_directory(&mut self, call: &ModuleCall, dir: &Path) -> Option<PathBuf> {
        let target = normalized(&dir.join(&*call.source));
        if let Some(package) = self.packages.get(dir) {
            if !target.starts_with(package) {
                let detail = format!(
                    "The directory {} would be outside of {}, the package that the module came in. Paths that \
                     begin with \"../\" must stay within the package of the module that has them.",
                    shown(&target),
                    shown(package)
                );
                let problem = Diagnostic::error("Local module path escapes module package", detail);
                self.diagnostics.push(problem.at(call.source_span));
                return None;
            }
            let package = package.clone();
            self.packages.insert(target.clone(), package);
        }
        Some(target)
    }

    /// Compares the arguments of a call with the variables of the module.
    fn check_arguments(&mut self, caller: ModuleId, call: &ModuleCall, target: ModuleId) {
        let caller = &self.config.modules[caller.0 as usize];
        let variables = &self.config.modules[target.0 as usize].variables;
        let known: HashMap<&str, &crate::model::Variable> =
            variables.iter().map(|variable| (variable.name.as_str(), variable)).collect();
        for (name, (span, _)) in &call.arguments {
            if !known.contains_key(name.as_str()) {
                let hint = suggest(name, variables.iter().map(|variable| variable.name.as_str()));
                let detail = format!(
                    "An argument named {name:?} is not expected here: the module {:?} has no variable \
                     of that name.{hint}",
                    call.name
                );
                self.diagnostics.push(Diagnostic::error("Unsupported argument", detail).at(*span));
            }
        }
        for variable in variables {
            if let (Some(message), Some((span, _))) =
                (&variable.deprecated, call.arguments.get(&variable.name))
            {
                let detail = format!(
                    "The variable {:?} is marked as deprecated with the following message:\n\n{message}",
                    variable.name
                );
                let summary = "Variable marked as deprecated by the module author";
                self.diagnostics.push(
                    Diagnostic::warning(summary, detail)
                        .at(*span)
                        .label(variable.span, "the variable is declared here"),
                );
            }
            if let Some((_, value)) = call.arguments.get(&variable.name)
                && variable.constant
                && let Some(span) = early::reference_to_later(caller, value)
            {
                let detail = format!(
                    "The variable {:?} is constant: its value must be known before anything is planned, so it \
                     can be made of variables and locals, and of nothing that is decided later.",
                    variable.name
                );
                self.diagnostics.push(
                    Diagnostic::error(
                        "Value of constant variable is not known early enough",
                        detail,
                    )
                    .at(span)
                    .label(variable.span, "the variable is declared here"),
                );
            }
            if variable.default.is_none() && !call.arguments.contains_key(&variable.name) {
                let detail = format!(
                    "The argument {:?} is required, but no definition was found.",
                    variable.name
                );
                self.diagnostics.push(
                    Diagnostic::error("Missing required argument", detail)
                        .at(call.span)
                        .label(variable.span, "the variable without a default is here"),
                );
            }
        }
    }

    /// Makes the tree of calls. A parent comes before its children.
    fn add_tree(&mut self, root: ModuleId) {
        self.config.tree.push(TreeNode { module: root, parent: None, children: Vec::new() });
        let mut next = 0;
        while next < self.config.tree.len() {
            let node = NodeId(u32::try_from(next).unwrap_or(u32::MAX));
            let module = self.config.tree[next].module;
            let calls = self.config.modules[module.0 as usize].calls.len();
            let mut children = Vec::with_capacity(calls);
            for at in 0..calls {
                let target = self.target(node, module, at);
                let child = NodeId(u32::try_from(self.config.tree.len()).unwrap_or(u32::MAX));
                let parent = Some((node, at));
                self.config.tree.push(TreeNode { module: target, parent, children: Vec::new() });
                children.push(child);
            }
            self.config.tree[next].children = children;
            next += 1;
        }
    }

    /// What a call in a node of the tree calls: something empty where there is nothing, or no end.
    fn target(&mut self, node: NodeId, module: ModuleId, at: usize) -> ModuleId {
        let Some(target) = self.targets.get(&(module, at)).copied() else {
            return self.empty_module();
        };
        let call = &self.config.modules[module.0 as usize].calls[at];
        let mut cycle = vec![format!("module.{}", call.name)];
        let mut here = Some(node);
        while let Some(NodeId(at)) = here {
            let outer = &self.config.tree[at as usize];
            if outer.module == target {
                cycle.reverse();
                let dir = shown(&self.config.modules[target.0 as usize].dir);
                let detail = format!(
                    "The module in {dir} calls itself, directly or through others: {}.",
                    cycle.join(" calls ")
                );
                let diagnostic = Diagnostic::error("Module calls itself", detail);
                self.report_once(diagnostic.at(call.source_span));
                return self.empty_module();
            }
            here = outer.parent.map(|(parent, call)| {
                let caller = &self.config.tree[parent.0 as usize];
                let calls = &self.config.modules[caller.module.0 as usize].calls;
                cycle.push(format!("module.{}", calls[call].name));
                parent
            });
        }
        if self.config.tree.len() >= NODES_MAX {
            let detail = format!("There can be {NODES_MAX} calls of modules in a configuration.");
            self.report_once(Diagnostic::error("Too many module calls", detail));
            return self.empty_module();
        }
        target
    }

    fn report_once(&mut self, diagnostic: Diagnostic) {
        let is_known = |known: &Diagnostic| {
            known.span == diagnostic.span && known.summary == diagnostic.summary
        };
        if !self.diagnostics.iter().any(is_known) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn empty_module(&mut self) -> ModuleId {
        if let Some(id) = self.empty {
            return id;
        }
        let id = self.add_module(Module::default());
        self.empty = Some(id);
        id
    }
}

/// A directory as messages show it.
fn shown(dir: &Path) -> String {
    if dir.as_os_str().is_empty() { ".".to_owned() } else { dir.display().to_string() }
}

/// A path without `.`, and without `..` behind a name. The current directory is the empty path.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                let last = parts.components().next_back();
                match last {
                    Some(Component::Normal(_)) => {
                        parts.pop();
                    }
                    // There is nothing above the root.
                    Some(Component::RootDir | Component::Prefix(_)) => {}
                    _ => parts.push(".."),
                }
            }
            other => parts.push(other),
        }
    }
    parts
}
