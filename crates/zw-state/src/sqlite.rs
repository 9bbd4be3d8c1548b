//! The store in a file: SQLite with a write-ahead log.
//!
//! Whoever changes the state holds the lock of the file `<state>.lock` and writes from one thread; whoever
//! reads takes no lock, and sees the last commit before it began. The file must be on a disk of this
//! machine: the write-ahead log shares memory between processes, and network file systems share neither
//! memory nor, reliably, locks. Teams use a backend that is made to be shared.

mod apply;
mod columns;
mod fault;
mod file;
mod read;
mod recode;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::actor::Actor;
use crate::error::StoreError;
use crate::lock::{self, FileLock};
use crate::model::{
    Holder, Intent, OutputRow, ResourceRow, RowKey, RowVersion, Run, RunId, RunStatus, Snapshot,
    Write,
};
use crate::retention::Retention;
use crate::seal::Recoding;
use crate::sqlite::fault::fault;
use crate::sqlite::file::StateFile;
use crate::sqlite::writer::{Job, Request, WAITING_MAX, Writer};
use crate::store::{OutputChange, Session, Store};
use crate::wish::Wish;

/// A state in a file. The file need not exist: that is a new state, which the first run makes.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    file: StateFile,
    actor: Actor,
}

impl SqliteStore {
    /// The state at a path, changed by an actor. Touches nothing yet.
    pub fn new(path: impl Into<PathBuf>, actor: Actor) -> Self {
        Self { file: StateFile::new(path.into()), actor }
    }

    /// The same state on a disk with room for so many pages.
    #[cfg(test)]
    pub(crate) fn of_size(mut self, pages_max: u32) -> Self {
        self.file = self.file.with(file::MIGRATIONS, Some(pages_max));
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Reads on a thread of its own, since the database blocks; `None` if there is no state.
    async fn read<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let this = self.clone();
        on_thread(move || {
            let Some(connection) = this.file.reader(&this.actor)? else { return Ok(None) };
            let found = what(&connection);
            found.map(Some).map_err(|error| fault(this.file.path(), "cannot read", &error))
        })
        .await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(self.read(read::snapshot).await?.unwrap_or_default())
    }

    async fn rows(&self, keys: &[RowKey]) -> Result<BTreeMap<RowKey, ResourceRow>, StoreError> {
        let wanted = keys.to_vec();
        Ok(self.read(move |connection| read::rows(connection, &wanted)).await?.unwrap_or_default())
    }

    async fn output(&self, name: &str) -> Result<Option<OutputRow>, StoreError> {
        let name = Arc::from(name);
        Ok(self.read(move |connection| read::output(connection, &name)).await?.flatten())
    }

    async fn versions(&self, keys: &[RowKey]) -> Result<Vec<Option<RowVersion>>, StoreError> {
        let wanted = keys.to_vec();
        let found = self.read(move |connection| read::versions(connection, &wanted)).await?;
        Ok(found.unwrap_or_else(|| vec![None; keys.len()]))
    }

    async fn runs(&self, most: usize) -> Result<Vec<Run>, StoreError> {
        Ok(self.read(move |connection| read::runs(connection, most)).await?.unwrap_or_default())
    }

    async fn changes(
        &self,
        run: RunId,
    ) -> Result<Vec<(RowKey, Option<ResourceRow>, Option<ResourceRow>)>, StoreError> {
        Ok(self.read(move |connection| read::changes(connection, run)).await?.unwrap_or_default())
    }

    async fn output_changes(&self, run: RunId) -> Result<Vec<OutputChange>, StoreError> {
        let found = self.read(move |connection| read::output_changes(connection, run)).await?;
        Ok(found.unwrap_or_default())
    }

    async fn begin_with(&self, wish: Wish) -> Result<Box<dyn Session>, StoreError> {
        let (begun, beginning) = oneshot::channel();
        let (sender, requests) = mpsc::channel(WAITING_MAX);
        let this = self.clone();
        let thread = spawn(move || {
            let give_up = || begun.is_closed();
            match this.begin_here(&wish, give_up) {
                Ok(writer) => {
                    let names = (writer.run(), writer.lineage().to_owned());
                    if begun.send(Ok(names)).is_ok() {
                        writer.serve(requests);
                    } else {
                        writer.abandon();
                    }
                }
                Err(error) => drop(begun.send(Err(error))),
            }
        })?;
        let (run, lineage) = beginning.await.map_err(|_| stopped())??;
        Ok(Box::new(SqliteSession { run, lineage, requests: Some(sender), thread: Some(thread) }))
    }

    async fn break_lock(&self, run: Option<RunId>) -> Result<Vec<Holder>, StoreError> {
        let file = self.file.clone();
        on_thread(move || {
            let path = file.lock_path();
            let Some(holder) = lock::holder(&path)? else { return Ok(Vec::new()) };
            let holder = Holder { run: file.fence()?, ..holder };
            if run.is_some() && run != holder.run {
                return Ok(Vec::new());
            }
            // The fence first: once the lock can be had, somebody else may set it for themselves.
            file.lower_fence()?;
            lock::replace(&path)?;
            Ok(vec![holder])
        })
        .await
    }
}

impl SqliteStore {
    fn begin_here(&self, wish: &Wish, given_up: impl Fn() -> bool) -> Result<Writer, StoreError> {
        self.file.create_directory()?;
        let holder = self.actor.holding(wish.kind);
        let waiting = |holders: &[Holder]| wish.tell(holders);
        let path = self.file.lock_path();
        let lock = FileLock::take(&path, &holder, wish.wait, waiting, given_up)?;
        Writer::begin(&self.file, lock, &self.actor, wish.kind)
    }
}

/// The right to change a state in a file.
struct SqliteSession {
    run: RunId,
    lineage: String,
    /// Taken when the session is dropped, which tells the thread to stop.
    requests: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl SqliteSession {
    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Request + Send,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(stopped)?;
        requests.send(request(answer)).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

#[async_trait]
impl Session for SqliteSession {
    fn run(&self) -> RunId {
        self.run
    }

    fn lineage(&self) -> &str {
        &self.lineage
    }

    async fn in_doubt(&self) -> Result<Vec<Intent>, StoreError> {
        self.ask(Request::InDoubt).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Vec<RowVersion>, StoreError> {
        self.ask(|answer| Request::Write(Job { writes, answer })).await
    }

    async fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        self.ask(|answer| Request::Prune(retention, answer)).await
    }

    async fn recode(&self, recoding: Recoding) -> Result<Option<String>, StoreError> {
        let is_clean = self.ask(|answer| Request::Recode(recoding, answer)).await?;
        let left = "It could not be cut out of the file, because somebody reads the state or the disk has no room for \
                    a copy. Run the same command again later.";
        Ok((!is_clean).then(|| left.to_owned()))
    }

    async fn end(self: Box<Self>, status: RunStatus) -> Result<(), StoreError> {
        self.ask(|answer| Request::End(status, answer)).await
    }
}

impl Drop for SqliteSession {
    /// Waits for what is being written: when this returns, the state is free.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has let go of the lock, too.
            let _ = thread.join();
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new().name("zw-state".to_owned()).spawn(work).map_err(|error| {
        StoreError::Io {
            context: "cannot start a thread for the state".to_owned(),
            reason: error.to_string(),
        }
    })
}

/// Runs what blocks without blocking the caller's thread.
async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (answer, answered) = oneshot::channel();
    spawn(move || drop(answer.send(work())))?;
    answered.await.map_err(|_| stopped())?
}

fn stopped() -> StoreError {
    StoreError::Io {
        context: "the thread that keeps the state".to_owned(),
        reason: "it has stopped".to_owned(),
    }
}
