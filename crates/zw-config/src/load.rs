//! Loading a configuration: the root module and all modules that it calls.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use zw_lang::{Diagnostic, Diagnostics, SourceId, SourceMap, suggest};

use crate::files::Files;
use crate::lower::lower_module;
use crate::model::{Config, Module, ModuleCall, ModuleId, NodeId, TreeNode};

/// Says where the sources of modules are.
pub trait SourceResolver {
    /// The directory of the module that `call`, written in the module in `dir`, means, or what is
    /// wrong with its source, in sentences. Relative paths (`./x`, `../x`) never come here.
    fn resolve(&mut self, call: &ModuleCall, dir: &Path) -> Result<PathBuf, String>;
}

/// Knows no sources but relative paths.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalSources;

impl SourceResolver for LocalSources {
    fn resolve(&mut self, _: &ModuleCall, _: &Path) -> Result<PathBuf, String> {
        Err("Only modules in local directories can be called so far: a source that begins with \
             \"./\" or \"../\"."
            .to_owned())
    }
}

/// Reads the configuration of which the root module is in `root`. What is wrong with it is all in the
/// diagnostics; what could be read is in the configuration.
pub fn load(
    root: &Path,
    files: &dyn Files,
    modules: &mut dyn SourceResolver,
) -> (Config, Diagnostics) {
    let mut loader = Loader {
        files,
        resolver: modules,
        config: Config::default(),
        by_dir: HashMap::new(),
        targets: HashMap::new(),
        diagnostics: Diagnostics::new(),
    };
    let root = loader.module(&normalized(root), None);
    loader.add_node(root, None, &mut Vec::new());
    (loader.config, loader.diagnostics)
}

struct Loader<'a> {
    files: &'a dyn Files,
    resolver: &'a mut dyn SourceResolver,
    config: Config,
    by_dir: HashMap<PathBuf, ModuleId>,
    /// What each call of each module calls.
    targets: HashMap<(ModuleId, usize), ModuleId>,
    diagnostics: Diagnostics,
}

impl Loader<'_> {
    /// Loads the module in a directory, and the modules that it calls, unless that is done already.
    fn module(&mut self, dir: &Path, caller: Option<&ModuleCall>) -> ModuleId {
        if let Some(id) = self.by_dir.get(dir) {
            return *id;
        }
        let id = ModuleId(u32::try_from(self.config.modules.len()).unwrap_or(u32::MAX));
        self.by_dir.insert(dir.to_owned(), id);
        self.config.modules.push(Module::default());
        let sources = self.sources(dir, caller);
        let module = lower_module(dir, &sources, &self.config.sources, &mut self.diagnostics);
        let calls = module.calls.clone();
        self.config.modules[id.0 as usize] = module;
        for (at, call) in calls.iter().enumerate() {
            if let Some(dir) = self.directory(call, dir) {
                let target = self.module(&dir, Some(call));
                self.targets.insert((id, at), target);
                self.check_arguments(call, target);
            }
        }
        id
    }

    /// Reads the files of a module, in the order of their names.
    fn sources(&mut self, dir: &Path, caller: Option<&ModuleCall>) -> Vec<SourceId> {
        let names = match self.files.list(dir) {
            Ok(names) => names,
            Err(error) => {
                let shown = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
                let mut diagnostic = Diagnostic::error(
                    "Unreadable module directory",
                    format!("The directory {} could not be read: {error}.", shown.display()),
                );
                diagnostic.span = caller.map(|call| call.source_span);
                self.diagnostics.push(diagnostic);
                return Vec::new();
            }
        };
        let mut names: Vec<String> = names
            .into_iter()
            .filter(|name| name.ends_with(".tf") && !name.starts_with('.'))
            .collect();
        names.sort();
        let mut sources = Vec::with_capacity(names.len());
        for name in names {
            let path = dir.join(name);
            match self.files.read(&path).map(String::from_utf8) {
                Ok(Ok(text)) => {
                    // A byte order mark says nothing.
                    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
                    sources.push(self.config.sources.add(&path, text));
                }
                Ok(Err(_)) => self.diagnostics.push(Diagnostic::error(
                    format!("{} is not text", path.display()),
                    "It is not encoded in UTF-8, as configuration files have to be.",
                )),
                Err(error) => self.diagnostics.push(Diagnostic::error(
                    format!("{} cannot be read", path.display()),
                    format!("{error}."),
                )),
            }
        }
        sources
    }

    fn directory(&mut self, call: &ModuleCall, dir: &Path) -> Option<PathBuf> {
        if call.source.is_empty() {
            return None;
        }
        if call.source.starts_with("./") || call.source.starts_with("../") {
            return Some(normalized(&dir.join(&*call.source)));
        }
        match self.resolver.resolve(call, dir) {
            Ok(dir) => Some(normalized(&dir)),
            Err(reason) => {
                self.diagnostics.push(
                    Diagnostic::error(
                        format!("Module source {:?} cannot be used", call.source),
                        reason,
                    )
                    .at(call.source_span),
                );
                None
            }
        }
    }

    fn check_arguments(&mut self, call: &ModuleCall, target: ModuleId) {
        let variables = &self.config.modules[target.0 as usize].variables;
        let known: std::collections::HashSet<&str> =
            variables.iter().map(|variable| variable.name.as_str()).collect();
        for (name, (span, _)) in &call.arguments {
            if !known.contains(name.as_str()) {
                let hint = suggest(name, variables.iter().map(|variable| variable.name.as_str()));
                self.diagnostics.push(
                    Diagnostic::error(
                        "Unsupported argument",
                        format!(
                            "An argument named {name:?} is not expected here: the module has no variable of that \
                             name.{hint}"
                        ),
                    )
                    .at(*span),
                );
            }
        }
    }

    /// Adds a module call to the tree with everything below it. `path` holds the modules around it.
    fn add_node(
        &mut self,
        module: ModuleId,
        parent: Option<(NodeId, usize)>,
        path: &mut Vec<ModuleId>,
    ) -> NodeId {
        let id = NodeId(u32::try_from(self.config.tree.len()).unwrap_or(u32::MAX));
        self.config.tree.push(TreeNode { module, parent, children: Vec::new() });
        let calls = self.config.modules[module.0 as usize].calls.len();
        path.push(module);
        let mut children = Vec::with_capacity(calls);
        for at in 0..calls {
            // A call whose module is missing, or would never end, calls an empty module instead: it has
            // been, or is here, reported.
            let target = match self.targets.get(&(module, at)) {
                Some(target) if path.contains(target) => {
                    let call = &self.config.modules[module.0 as usize].calls[at];
                    let diagnostic = Diagnostic::error(
                        "Module calls itself",
                        format!(
                            "The module {:?} is called by itself, directly or through others.",
                            call.name
                        ),
                    )
                    .at(call.source_span);
                    self.diagnostics.push(diagnostic);
                    self.empty_module()
                }
                Some(target) => *target,
                None => self.empty_module(),
            };
            children.push(self.add_node(target, Some((id, at)), path));
        }
        path.pop();
        self.config.tree[id.0 as usize].children = children;
        id
    }

    fn empty_module(&mut self) -> ModuleId {
        let id = ModuleId(u32::try_from(self.config.modules.len()).unwrap_or(u32::MAX));
        self.config.modules.push(Module::default());
        id
    }
}

/// A path without `.` and without `..` behind a name.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                let is_named = matches!(parts.components().next_back(), Some(Component::Normal(_)));
                if is_named {
                    parts.pop();
                } else {
                    parts.push("..");
                }
            }
            other => parts.push(other),
        }
    }
    parts
}

/// The text of a source that was added by this loader.
pub(crate) fn text_of(sources: &SourceMap, id: SourceId) -> std::sync::Arc<str> {
    sources.get(id).map(|source| source.text.clone()).unwrap_or_default()
}
