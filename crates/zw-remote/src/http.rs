//! A state behind Terraform's HTTP protocol, in a document that Terraform reads and writes, too.
//!
//! <https://developer.hashicorp.com/terraform/language/backend/http>
//!
//! The document is a `terraform.tfstate`. What that has no place for, the journal of operations first of all, is
//! in a field beside the others, see [`document`]. So whatever machine comes next finds operations in doubt, and
//! an intent is durable before its call goes out. Terraform passes the field over when it reads, and leaves it out
//! when it writes. Each commit sends the whole document: the protocol has nothing smaller.

mod client;
mod document;
mod lock;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::time::Instant;
use zw_state::{
    Actor, Backend, DEFAULT_WORKSPACE, Holder, Moment, OutputChange, ResourceRow, RowKey,
    RowVersion, Run, RunId, RunStatus, Session, Snapshot, Store, StoreError, Wish,
};

use self::client::Client;
pub use self::client::Http;
use self::document::Document;
use self::lock::LockInfo;
use crate::event::Event;
use crate::io::{Io, stopped};
use crate::session::{Medium, RemoteSession};
use crate::state::{Changes, State, listed, listed_outputs};

/// How often somebody who waits looks.
const LOOK: Duration = Duration::from_millis(500);

/// How long somebody else is waited for in silence.
const NOTICE: Duration = Duration::from_millis(200);

impl Http {
    /// The backend. Nothing is asked yet.
    ///
    /// # Errors
    /// If a client cannot be made of that.
    pub fn open(self, actor: Actor) -> Result<Arc<dyn Backend>, StoreError> {
        let io = Io::new()?;
        let client = {
            let _here = io.handle().enter();
            Client::new(self)?
        };
        Ok(Arc::new(HttpBackend { client: Arc::new(client), actor, io }))
    }
}

/// A state at an address. The protocol has no workspaces.
struct HttpBackend {
    client: Arc<Client>,
    actor: Actor,
    io: Io,
}

#[async_trait]
impl Backend for HttpBackend {
    fn store(&self, workspace: &str) -> Result<Arc<dyn Store>, StoreError> {
        if workspace != DEFAULT_WORKSPACE {
            return Err(no_workspaces());
        }
        let Self { client, actor, io } = self;
        Ok(Arc::new(HttpStore { client: client.clone(), actor: actor.clone(), io: io.clone() }))
    }

    async fn workspaces(&self) -> Result<Vec<String>, StoreError> {
        Ok(vec![DEFAULT_WORKSPACE.to_owned()])
    }

    async fn create(&self, _: &str) -> Result<(), StoreError> {
        Err(no_workspaces())
    }

    async fn delete(&self, _: &str) -> Result<(), StoreError> {
        Err(no_workspaces())
    }
}

fn no_workspaces() -> StoreError {
    StoreError::Io {
        context: "the backend \"http\" keeps one state".to_owned(),
        reason: "its protocol has no workspaces".to_owned(),
    }
}

#[derive(Clone)]
struct HttpStore {
    client: Arc<Client>,
    actor: Actor,
    io: Io,
}

impl HttpStore {
    async fn read<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Document) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let client = self.client.clone();
        self.io.run(async move { Ok(what(&client.document().await?)) }).await
    }

    async fn begin_here(
        self,
        wish: Wish,
        given_up: impl Fn() -> bool + Send + Sync,
    ) -> Result<RemoteSession, StoreError> {
        let info = LockInfo::new(&self.actor, wish.kind);
        self.lock(&info, &wish, given_up).await?;
        match self.client.document().await {
            Ok(document) => {
                let now = Moment::now();
                let run = Run {
                    id: RunId(now.digits().max(document.state.run().map_or(0, |last| last.0 + 1))),
                    kind: wish.kind,
                    status: RunStatus::Running,
                    who: self.actor.at_host(),
                    started: now.rfc3339(),
                    ended: None,
                    changes: [0; 3],
                    took: Vec::new(),
                };
                let Document { mut state, serial } = document;
                if state.lineage.is_empty() {
                    state.lineage = uuid::Uuid::new_v4().to_string();
                }
                let id = run.id;
                state.apply(&Event::Run { run, epoch: 0 });
                let Self { client, io, .. } = self;
                let holding = Holding { client, info, serial, is_written: false };
                Ok(RemoteSession::start(&io, holding, state, id))
            }
            Err(error) => {
                // What is wrong with the state counts more.
                let _ = self.client.unlock(&info).await;
                Err(error)
            }
        }
    }

    async fn lock(
        &self,
        info: &LockInfo,
        wish: &Wish,
        given_up: impl Fn() -> bool + Send + Sync,
    ) -> Result<(), StoreError> {
        let begun = Instant::now();
        let mut told = None;
        loop {
            let Some(other) = self.client.lock(info).await? else { return Ok(()) };
            let holder = other.holder();
            let waited = begun.elapsed();
            if waited >= wish.wait || given_up() {
                return Err(StoreError::Held(holder));
            }
            if waited >= NOTICE && told.as_ref() != Some(&holder) {
                wish.tell(std::slice::from_ref(&holder));
                told = Some(holder);
            }
            tokio::time::sleep(LOOK.min(wish.wait.saturating_sub(waited))).await;
        }
    }
}

#[async_trait]
impl Store for HttpStore {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.read(|document| document.state.snapshot()).await
    }

    async fn versions(&self, keys: &[RowKey]) -> Result<Vec<Option<RowVersion>>, StoreError> {
        let keys = keys.to_vec();
        self.read(move |document| document.state.versions(&keys)).await
    }

    async fn runs(&self, most: usize) -> Result<Vec<Run>, StoreError> {
        self.read(move |document| document.state.runs(most)).await
    }

    async fn changes(
        &self,
        run: RunId,
    ) -> Result<Vec<(RowKey, Option<ResourceRow>, Option<ResourceRow>)>, StoreError> {
        let changes =
            self.read(move |document| document.state.changes.get(&run).map(listed)).await?;
        Ok(changes.unwrap_or_default())
    }

    async fn output_changes(&self, run: RunId) -> Result<Vec<OutputChange>, StoreError> {
        let changes =
            self.read(move |document| document.state.changes.get(&run).map(listed_outputs)).await?;
        Ok(changes.unwrap_or_default())
    }

    async fn begin_with(&self, wish: Wish) -> Result<Box<dyn Session>, StoreError> {
        let (begun, beginning) = oneshot::channel();
        let this = self.clone();
        self.io.handle().spawn(async move {
            let session = this.begin_here(wish, || begun.is_closed()).await;
            if let Err(Ok(session)) = begun.send(session) {
                // Nobody waits any more; giving it back waits for these threads.
                tokio::task::spawn_blocking(move || drop(session));
            }
        });
        let session = beginning.await.map_err(|_| stopped())??;
        Ok(Box::new(session))
    }

    async fn break_lock(&self, run: Option<RunId>) -> Result<Vec<Holder>, StoreError> {
        let this = self.clone();
        self.io
            .run(async move {
                // The protocol tells who holds a state only to somebody who wants to hold it, too.
                let info = LockInfo::new(&this.actor, zw_state::RunKind::Edit);
                let Some(other) = this.client.lock(&info).await? else {
                    this.client.unlock(&info).await?;
                    return Ok(Vec::new());
                };
                let document = this.client.document().await?;
                let last = document.state.runs.last();
                let going_on = last.filter(|run| run.status == RunStatus::Running);
                let holder = Holder { run: going_on.map(|run| run.id), ..other.holder() };
                if run.is_some() && run != holder.run {
                    return Ok(Vec::new());
                }
                this.client.unlock(&other).await?;
                Ok(vec![holder])
            })
            .await
    }
}

/// The right to write a document.
struct Holding {
    client: Arc<Client>,
    info: LockInfo,
    /// The serial of the document that was written last.
    serial: u64,
    /// Whether this run has written anything.
    is_written: bool,
}

#[async_trait]
impl Medium for Holding {
    async fn commit(&mut self, state: &State, events: Vec<Event>) -> Result<(), StoreError> {
        let is_end = events.iter().all(|event| matches!(event, Event::End { .. }));
        // A run that did nothing leaves no version of the document behind.
        if is_end && !self.is_written {
            return Ok(());
        }
        self.serial += 1;
        let text = document::write(state, self.serial)?;
        self.client.update(text, &self.info).await?;
        self.is_written = true;
        Ok(())
    }

    async fn forget(&mut self, _: RunId) -> Result<(), StoreError> {
        Ok(())
    }

    async fn archived(&mut self, _: Vec<RunId>) -> Result<Vec<(RunId, Changes)>, StoreError> {
        Ok(Vec::new())
    }

    async fn recoded(&mut self, _: &State) -> String {
        "Where the server keeps earlier versions of the state they are as they were.".to_owned()
    }

    async fn tidy(&mut self, _: State) {}

    async fn release(&mut self) {
        // Whoever comes next is told who held it, and can unlock it.
        let _ = self.client.unlock(&self.info).await;
    }
}
