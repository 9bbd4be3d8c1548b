//! The environment that a root module is in.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_lang::{Diagnostic, SourceId, Span};

use super::{Loader, normalized, shown};
use crate::data::Native;
use crate::data::environment::{CellModule, Environment, FILES};
use crate::model::{ModuleCall, ModuleId};

/// How many environments can be based on one another.
const CHAIN_MAX: usize = 32;

impl Loader<'_> {
    /// What the file of an environment in the directory of a root module means, if there is one. The modules of its
    /// cells are loaded for it: what they have variables for decides which values they get.
    pub(super) fn environment(&mut self, dir: &Path) -> Option<(SourceId, Native)> {
        let path = self.environment_file(dir)?;
        let chain = self.environment_chain(path);
        let first = chain.first()?.0;
        let mut environment = Environment::default();
        for (id, dir) in chain.iter().rev() {
            if let Some(source) = self.config.sources.get(*id) {
                let text = Arc::clone(&source.text);
                environment.add(*id, dir, &text);
            }
        }
        let mut modules: Vec<(CellModule, ModuleId)> = Vec::new();
        for cell in environment.modules(dir) {
            let call = call(&cell);
            if let Some(target) = self.directory(&call, dir) {
                let id = self.one_module(&target, Some((&call, None)));
                self.called_early.push(id);
                modules.push((cell, id));
            }
        }
        let modules: HashMap<_, _> = modules
            .into_iter()
            .map(|(cell, id)| (cell.cell.clone(), (cell, &self.config.modules[id.0 as usize])))
            .collect();
        let (native, found) = environment.native(&modules);
        self.diagnostics.extend(found);
        Some((first, native))
    }

    fn environment_file(&mut self, dir: &Path) -> Option<PathBuf> {
        // That the directory cannot be read is reported where its files are looked for.
        let names = self.files.list(dir).ok()?;
        FILES
            .into_iter()
            .find(|name| names.iter().any(|known| known == name))
            .map(|name| dir.join(name))
    }

    /// The files of an environment and of what it is based on, with the directories that they are in.
    fn environment_chain(&mut self, path: PathBuf) -> Vec<(SourceId, PathBuf)> {
        let mut chain = Vec::new();
        let mut known = vec![path.clone()];
        let mut next = Some(path);
        while let Some(path) = next.take() {
            let Some(id) = self.source(&path) else { break };
            let dir = path.parent().map(Path::to_owned).unwrap_or_default();
            let text = self.config.sources.get(id).map(|source| Arc::clone(&source.text));
            chain.push((id, dir.clone()));
            let Some((base, span)) = text.and_then(|text| Environment::base(id, &text)) else {
                break;
            };
            let base = normalized(&dir.join(base));
            let file = self.environment_file(&base).unwrap_or(base);
            if known.contains(&file) || known.len() >= CHAIN_MAX {
                let detail = format!("The environment in {} is based on itself.", shown(&file));
                self.diagnostics.push(Diagnostic::error("Circular base", detail).at(span));
                break;
            }
            if let Err(error) = self.files.read(&file) {
                let detail = format!("{} cannot be read: {error}.", shown(&file));
                self.diagnostics
                    .push(Diagnostic::error("Base of the environment not found", detail).at(span));
                break;
            }
            known.push(file.clone());
            next = Some(file);
        }
        chain
    }
}

/// A call of a cell's module, as far as finding it goes.
fn call(cell: &CellModule) -> ModuleCall {
    let version = cell.version.as_ref().map(|(text, span): &(_, Span)| ((&**text).into(), *span));
    ModuleCall {
        version,
        ..ModuleCall::of((&*cell.cell).into(), cell.span, cell.source.as_str().into(), cell.span)
    }
}
