//! The backend `local`: SQLite files on this machine.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/local>

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use zw_lang::Type;
use zw_provider::schema::Attribute;
use zw_state::{
    Actor, Backend, DEFAULT_WORKSPACE, RunKind, RunStatus, SqliteStore, Store, StoreError,
};

use super::Settings;

/// The name of a file with a state.
const FILE: &str = "state.db";

/// Where workspaces are, in the data directory.
const WORKSPACES: &str = "workspaces";

pub(crate) fn arguments() -> Vec<Attribute> {
    vec![
        Attribute::optional("path", Type::String)
            .describe("The file with the state, .zw/state.db if there is none."),
        Attribute::optional("workspace_dir", Type::String)
            .describe("The directory with the states of workspaces other than default."),
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "backends are opened alike")]
pub(crate) fn open(settings: &Settings, data_dir: &Path) -> Result<Arc<dyn Backend>, String> {
    let mut local = Local::in_dir(data_dir);
    if let Some(path) = settings.text("path") {
        local.file = path.into();
    }
    if let Some(dir) = settings.text("workspace_dir") {
        local.workspaces = dir.into();
    }
    Ok(Arc::new(local))
}

/// States in files of a directory.
pub(crate) struct Local {
    file: PathBuf,
    workspaces: PathBuf,
}

impl Local {
    /// Where they are unless a block says otherwise.
    pub(crate) fn in_dir(data_dir: &Path) -> Self {
        Self { file: data_dir.join(FILE), workspaces: data_dir.join(WORKSPACES) }
    }

    fn directory(&self, workspace: &str) -> PathBuf {
        self.workspaces.join(workspace)
    }
}

#[async_trait]
impl Backend for Local {
    fn store(&self, workspace: &str) -> Result<Arc<dyn Store>, StoreError> {
        let file = if workspace == DEFAULT_WORKSPACE {
            self.file.clone()
        } else {
            self.directory(workspace).join(FILE)
        };
        file_store(file)
    }

    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        let mut names = vec![DEFAULT_WORKSPACE.to_owned()];
        let entries = match std::fs::read_dir(&self.workspaces) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
            entries => entries.map_err(|error| failure("read", &self.workspaces, &error))?,
        };
        for entry in entries {
            let entry = entry.map_err(|error| failure("read", &self.workspaces, &error))?;
            if entry.path().is_dir() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    async fn create(&self, workspace: &str) -> Result<(), StoreError> {
        let dir = self.directory(workspace);
        std::fs::create_dir_all(&dir).map_err(|error| failure("create", &dir, &error))
    }

    async fn delete(&self, workspace: &str) -> Result<(), StoreError> {
        let dir = self.directory(workspace);
        // Whoever changes it now goes on with files that are not there any more.
        let session = self.store(workspace)?.begin(RunKind::Edit, Duration::ZERO).await?;
        std::fs::remove_dir_all(&dir).map_err(|error| failure("remove", &dir, &error))?;
        // There is nothing left to write that it has ended into.
        drop(session.end(RunStatus::Done).await);
        Ok(())
    }
}

/// The state in a file, which need not exist.
pub(crate) fn file_store(file: PathBuf) -> Result<Arc<dyn Store>, StoreError> {
    is_of_zw(&file)?;
    Ok(Arc::new(SqliteStore::new(file, Actor::of_this_process())))
}

/// Refuses a file of Terraform in the place of the state, with what to do.
fn is_of_zw(file: &Path) -> Result<(), StoreError> {
    let is_terraform = std::fs::File::open(file).is_ok_and(|mut opened| {
        let mut first = [0];
        std::io::Read::read_exact(&mut opened, &mut first).is_ok() && first == *b"{"
    });
    if !is_terraform {
        return Ok(());
    }
    Err(StoreError::Corrupt {
        path: file.to_owned(),
        reason: "it seems to be a state of Terraform. Name another file in the backend block, and take this one \
                 over with \"zw state push FILE\""
            .to_owned(),
    })
}

fn failure(what: &str, path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Io {
        context: format!("cannot {what} {}", path.display()),
        reason: error.to_string(),
    }
}
