//! Which state commands work on: that of a workspace, in the backend that `zw init` has settled.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_config::model::{Config, History, Variable};
use zw_config::{BackendBlock, Keeping};
use zw_lang::{Diagnostic, Diagnostics, SourceMap};
use zw_state::{
    Backend, DEFAULT_WORKSPACE, Retention, RunKind, Scope, SealedStore, Sealing, Session, Store,
    Waiting, Wish,
};

use super::{App, Failed, LockArgs, Project};
use crate::backend::remembered::Remembered;
use crate::backend::{self, Kind, Local};

/// Where the selected workspace is kept, in the data directory.
const WORKSPACE: &str = "workspace";

/// What selects a workspace for one command.
const WORKSPACE_VARIABLES: [&str; 2] = ["ZW_WORKSPACE", "TF_WORKSPACE"];

impl App {
    /// The state of the project. One that does not exist yet is empty, and is made by the first write.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, Failed> {
        Ok(Arc::new(self.sealed_store()?))
    }

    /// The same, with what only a store knows that can be encrypted.
    pub(crate) fn sealed_store(&self) -> Result<SealedStore, Failed> {
        let store = self.store_in(&*self.backend()?)?;
        Ok(SealedStore::new(store, self.sealing()?))
    }

    /// The same, of a configuration that is loaded already.
    pub(crate) fn store_of(&self, project: &Project) -> Result<Arc<dyn Store>, Failed> {
        let store = self.store_in(&*self.backend_of(project)?)?;
        Ok(Arc::new(SealedStore::new(store, self.sealing_of(project)?)))
    }

    /// How the state and plans are encrypted, if they are.
    pub(crate) fn sealing(&self) -> Result<Option<Sealing>, Failed> {
        let mut early = |variables: &[Variable]| {
            crate::variables::early(variables, &self.root, &self.variables)
        };
        let (keeping, sources) = zw_config::keeping_in(&self.root, &zw_config::Disk, &mut early);
        keeping
            .and_then(|keeping| self.sealing_by(&keeping))
            .map_err(|problems| self.fail(problems, &sources))
    }

    /// The same, of a configuration that is loaded already.
    pub(crate) fn sealing_of(&self, project: &Project) -> Result<Option<Sealing>, Failed> {
        let mut early = |variables: &[Variable]| {
            crate::variables::early(variables, &self.root, &self.variables)
        };
        let config = project.config();
        zw_config::keeping(config.root(), &mut early)
            .and_then(|keeping| self.sealing_by(&keeping))
            .map_err(|problems| self.fail(problems, &config.sources))
    }

    fn sealing_by(&self, keeping: &Keeping) -> Result<Option<Sealing>, Diagnostics> {
        let block = keeping.encryption.as_ref();
        block
            .map(|block| {
                let asking = (&self.ui, &self.passphrases);
                crate::encryption::sealing(block, &self.root, self.providers(), asking)
            })
            .transpose()
    }

    /// How much of the history a run leaves when it ends.
    pub(crate) fn retention(config: &Config) -> Retention {
        let History { keep_runs, keep_days } = config.root().settings.history.unwrap_or_default();
        Retention { runs: keep_runs, days: keep_days }
    }

    /// A plan as it is saved: encrypted where the state is.
    pub(crate) async fn seal_plan(
        &self,
        sealing: Option<&Sealing>,
        contents: Vec<u8>,
    ) -> Result<Vec<u8>, Failed> {
        let Some(sealing) = sealing else { return Ok(contents) };
        zw_state::seal_file(&*sealing.source, &contents)
            .await
            .map_err(|error| self.store_error(&error))
    }

    /// A saved plan as it was before it was encrypted.
    pub(crate) async fn open_plan(
        &self,
        path: &Path,
        contents: Vec<u8>,
    ) -> Result<Vec<u8>, Failed> {
        let refuse = |detail: String| {
            let summary = format!("{} cannot be used", path.display());
            self.fail_with(Diagnostic::error(summary, detail))
        };
        let is_sealed = zw_state::is_sealed_file(&contents);
        match self.sealing()? {
            Some(sealing) if is_sealed => zw_state::open_file(&sealing.sources(), &contents)
                .await
                .map_err(|error| refuse(format!("{error} Nothing was changed."))),
            Some(sealing) if sealing.enforced => Err(refuse(
                "The plan is not encrypted, and the configuration says that it must be. Plan again.".to_owned(),
            )),
            None if is_sealed => Err(refuse(
                "The plan is encrypted, and the configuration has no \"encryption\" block with the key to it."
                    .to_owned(),
            )),
            _ => Ok(contents),
        }
    }

    /// Begins a run, and says on the stream for problems for whom it waits.
    pub(crate) async fn begin(
        &self,
        store: &Arc<dyn Store>,
        kind: RunKind,
        scope: Scope,
        lock: &LockArgs,
    ) -> Result<Box<dyn Session>, Failed> {
        let ui = self.ui.clone();
        let waiting: Waiting = Arc::new(move |holders| {
            for holder in holders {
                ui.err.println(&format!("Waiting: the state is held by {holder}"));
            }
        });
        let wish = Wish { kind, scope, wait: lock.lock_timeout, waiting: Some(waiting) };
        store.begin_with(wish).await.map_err(|error| self.store_error(&error))
    }

    fn store_in(&self, backend: &dyn Backend) -> Result<Arc<dyn Store>, Failed> {
        backend.store(&self.workspace()?).map_err(|error| self.store_error(&error))
    }

    /// The backend of the project.
    pub(crate) fn backend(&self) -> Result<Arc<dyn Backend>, Failed> {
        if self.simulate {
            return Ok(self.simulated());
        }
        let mut early = |variables: &[Variable]| {
            crate::variables::early(variables, &self.root, &self.variables)
        };
        let (block, sources) = zw_config::backend_in(&self.root, &zw_config::Disk, &mut early);
        let block = block.map_err(|problems| self.fail(problems, &sources))?;
        self.settled(block.as_ref(), &sources)
    }

    fn backend_of(&self, project: &Project) -> Result<Arc<dyn Backend>, Failed> {
        if self.simulate {
            return Ok(self.simulated());
        }
        let block = self.backend_block(project)?;
        self.settled(block.as_ref(), &project.config().sources)
    }

    /// What is rehearsed has a place of its own, whatever the block says.
    fn simulated(&self) -> Arc<dyn Backend> {
        Arc::new(Local::in_dir(&self.cloud_dir()))
    }

    /// The block of the root module, evaluated.
    pub(crate) fn backend_block(&self, project: &Project) -> Result<Option<BackendBlock>, Failed> {
        let mut early = |variables: &[Variable]| {
            crate::variables::early(variables, &self.root, &self.variables)
        };
        let config = project.config();
        zw_config::backend(config.root(), &mut early)
            .map_err(|problems| self.fail(problems, &config.sources))
    }

    /// The kind of backend that a block names, with its arguments; the local one without a block.
    pub(crate) fn declared(
        block: Option<&BackendBlock>,
    ) -> Result<(&'static Kind, backend::Settings), Diagnostics> {
        let name = block.map_or(backend::LOCAL, |block| &*block.name);
        let Some(kind) = backend::kind(name) else {
            let hint = zw_lang::suggest(name, backend::names());
            let known: Vec<&str> = backend::names().collect();
            let detail =
                format!("There is no backend {name:?}: there are {}.{hint}", known.join(", "));
            let problem = Diagnostic::error("Unsupported backend type", detail);
            return Err(match block {
                Some(block) => problem.at(block.span).into(),
                None => problem.into(),
            });
        };
        let settings = match block {
            Some(block) => backend::evaluated(kind, block)?,
            None => backend::Settings::default(),
        };
        Ok((kind, settings))
    }

    /// What `zw init` has remembered.
    pub(crate) fn remembered(&self) -> Result<Option<Remembered>, Failed> {
        Remembered::load(&self.data_dir()).map_err(|reason| {
            let path = Remembered::path(&self.data_dir());
            let detail = format!("{reason}. Delete it, and run \"zw init\" again.");
            let summary = format!("{} cannot be read", path.display());
            self.fail_with(Diagnostic::error(summary, detail))
        })
    }

    /// The backend that is both declared and remembered.
    fn settled(
        &self,
        block: Option<&BackendBlock>,
        sources: &SourceMap,
    ) -> Result<Arc<dyn Backend>, Failed> {
        let (kind, settings) = Self::declared(block).map_err(|found| self.fail(found, sources))?;
        let known = self.remembered()?;
        let what = match &known {
            None if kind.name == backend::LOCAL && settings.is_empty() => None,
            None => Some(format!(
                "The state is to be kept in the backend {:?}, which this directory was not initialized for.",
                kind.name
            )),
            Some(known) if known.backend != kind.name => Some(format!(
                "The backend was {:?} when this directory was initialized, and is {:?} now.",
                known.backend, kind.name
            )),
            Some(known) if known.block != settings => Some(format!(
                "The block of the backend {:?} says something else than when this directory was initialized.",
                kind.name
            )),
            Some(_) => None,
        };
        if let Some(what) = what {
            let detail = format!(
                "{what} Run \"zw init\", with -migrate-state to take the state along, or with -reconfigure to leave it \
                 where it is."
            );
            let problem = Diagnostic::error("Backend initialization required", detail);
            let problem = match block {
                Some(block) => problem.at(block.span),
                None => problem,
            };
            return Err(self.fail(problem, sources));
        }
        self.open(&known.unwrap_or_else(Remembered::nothing))
    }

    /// A backend by what is remembered of it.
    pub(crate) fn open(&self, known: &Remembered) -> Result<Arc<dyn Backend>, Failed> {
        let name = &known.backend;
        let failed = |reason: String| {
            let summary = format!("The backend {name:?} cannot be used");
            self.fail_with(Diagnostic::error(summary, reason))
        };
        let kind = backend::kind(name)
            .ok_or_else(|| failed("This zw does not have it. Run \"zw init\" again.".to_owned()))?;
        let settings = known.settings();
        if let Some(missing) = settings.missing(kind).first() {
            return Err(failed(format!(
                "The argument {missing:?} is required, but it is neither in the block nor given with -backend-config."
            )));
        }
        (kind.open)(&settings, &self.data_dir()).map_err(failed)
    }

    /// The workspace that commands work in.
    pub(crate) fn workspace(&self) -> Result<String, Failed> {
        if let Some(name) = workspace_of_env() {
            return self.workspace_name(name);
        }
        match std::fs::read_to_string(self.workspace_file()) {
            Ok(text) if text.trim().is_empty() => Ok(DEFAULT_WORKSPACE.to_owned()),
            Ok(text) => self.workspace_name(text.trim().to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(DEFAULT_WORKSPACE.to_owned())
            }
            Err(error) => Err(self.io_error("read", &self.workspace_file(), &error)),
        }
    }

    /// Has later commands work in a workspace.
    pub(crate) fn select_workspace(&self, name: &str) -> Result<(), Failed> {
        std::fs::create_dir_all(self.data_dir())
            .map_err(|error| self.io_error("create", &self.data_dir(), &error))?;
        let path = self.workspace_file();
        std::fs::write(&path, name).map_err(|error| self.io_error("write", &path, &error))
    }

    fn workspace_file(&self) -> PathBuf {
        self.data_dir().join(WORKSPACE)
    }

    /// A name that can be that of a workspace: it becomes a part of file names, keys and addresses.
    pub(crate) fn workspace_name(&self, name: String) -> Result<String, Failed> {
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_.~+=@".contains(char);
        if !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('.') {
            return Ok(name);
        }
        Err(self.fail_with(Diagnostic::error(
            format!("Invalid workspace name {name:?}"),
            "The name of a workspace is made of letters, digits and the characters -_.~+=@, and does not begin with a \
             dot.",
        )))
    }
}

/// The workspace that the environment selects.
pub(crate) fn workspace_of_env() -> Option<String> {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    WORKSPACE_VARIABLES.into_iter().find_map(set)
}
