//! A state in a bucket of an object store.
//!
//! Under the place that the configuration names there are:
//!
//! - `log/`: what happened, in segments, see [`log`]: the one truth about the state;
//! - `changes/`: what runs did, for the history, see [`compact`];
//! - `lock`: who may write, see [`lease`].
//!
//! All that is asked of the service is that it writes an object only if it is not there yet, or is the one that
//! was seen, and that listing shows what was written before.

mod compact;
mod fault;
mod lease;
mod log;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};
use tokio::sync::{Mutex, oneshot};
use zw_state::{
    Actor, Holder, Moment, OutputChange, ResourceRow, RowKey, RowVersion, Run, RunId, RunStatus,
    Session, Snapshot, Store, StoreError, Wish,
};

pub(crate) use self::fault::Place;
use self::lease::{Lease, Timing};
use self::log::{Appended, Known};
use crate::event::Event;
use crate::io::{Io, stopped};
use crate::session::{Medium, RemoteSession};
use crate::state::{Changes, State, listed, listed_outputs};

/// Where a state is in an object store.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    objects: Arc<dyn ObjectStore>,
    /// What all its objects begin with.
    root: String,
    /// Where Terraform would keep its state with the same configuration.
    terraform: Path,
    place: Place,
    timing: Timing,
}

impl Bucket {
    /// The state that Terraform would keep in the object `terraform`.
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, place: Place, terraform: Path) -> Self {
        let root = format!("{terraform}{}", crate::cloud::SUFFIX);
        Self { objects, root, terraform, place, timing: Timing::USUAL }
    }

    /// What everything of the state is in.
    pub(crate) fn root_path(&self) -> Path {
        Path::from(self.root.as_str())
    }

    /// Where it is, for messages.
    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    fn path(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.root))
    }

    #[expect(clippy::unused_self, reason = "all requests to a bucket are made alike")]
    fn options(&self, mode: PutMode) -> PutOptions {
        PutOptions { mode, ..PutOptions::default() }
    }

    /// Makes sure that the service keeps conditions. Some take them for words that they need not know, and then
    /// nothing would keep two runs from overwriting each other.
    async fn prove_conditions(&self) -> Result<(), StoreError> {
        let path = self.path("proof");
        for _ in 0..2 {
            let create = self.options(PutMode::Create);
            match self.objects.put_opts(&path, "a".into(), create).await {
                Ok(_) => {}
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                    // It is of no use any more, and does no harm.
                    let _ = self.objects.delete(&path).await;
                    return Ok(());
                }
                Err(error) => return Err(self.place.fault("write", &error)),
            }
        }
        let _ = self.objects.delete(&path).await;
        let source = "it overwrites an object that must not be there yet".into();
        Err(self.place.fault("begin a new state in", &Error::NotSupported { source }))
    }

    /// The contents of an object; `None` if there is none.
    async fn get(&self, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        let read = async { self.objects.get(path).await?.bytes().await };
        match read.await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.place.fault("read", &error)),
        }
    }
}

/// A state in a bucket. It need not exist: that is a new state, which the first run makes.
#[derive(Clone, Debug)]
pub(crate) struct BucketStore {
    bucket: Bucket,
    actor: Actor,
    io: Io,
    /// What was read last. The log only grows, so it stays true of the past.
    known: Arc<Mutex<Known>>,
}

impl BucketStore {
    pub(crate) fn new(bucket: Bucket, actor: Actor, io: Io) -> Self {
        Self { bucket, actor, io, known: Arc::default() }
    }

    /// Reads up to the end of the log, and something of what is known then.
    async fn read<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Known) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let Self { bucket, known, .. } = self.clone();
        self.io
            .run(async move {
                let mut known = known.lock().await;
                log::advance(&bucket, &mut known).await?;
                Ok(what(&known))
            })
            .await
    }

    /// What a run did, from the log or from where compaction has put it.
    async fn changes_of<T: Send + 'static>(
        &self,
        run: RunId,
        list: fn(&Changes) -> Vec<T>,
    ) -> Result<Vec<T>, StoreError> {
        let recent = self.read(move |known| {
            let is_known = known.state.runs.iter().any(|known| known.id == run);
            (is_known, known.state.changes.get(&run).map(list))
        });
        match recent.await? {
            (_, Some(recent)) => Ok(recent),
            (true, None) => {
                let bucket = self.bucket.clone();
                self.io.run(async move { Ok(list(&compact::changes(&bucket, run).await?)) }).await
            }
            (false, None) => Ok(Vec::new()),
        }
    }

    async fn begin_here(
        self,
        wish: Wish,
        given_up: impl Fn() -> bool + Send + Sync,
    ) -> Result<RemoteSession, StoreError> {
        let holder = self.actor.holding(wish.kind);
        // Whether it can be read at all is better said before anybody waits.
        let last = {
            let mut known = self.known.lock().await;
            log::advance(&self.bucket, &mut known).await?;
            known.state.epoch
        };
        let lease = Lease::take(&self.bucket, last, &holder, &wish, given_up).await?;
        match self.begin_run(&wish, &lease).await {
            Ok((run, mut known)) => {
                let state = std::mem::take(&mut known.state);
                let Self { bucket, io, known: shared, .. } = self;
                let holding = Holding { bucket, lease: Some(lease), known, shared };
                Ok(RemoteSession::start(&io, holding, state, run))
            }
            Err(error) => {
                lease.release().await;
                Err(error)
            }
        }
    }

    /// Writes the run into the log, by which whoever wrote before is fenced out.
    async fn begin_run(&self, wish: &Wish, lease: &Lease) -> Result<(RunId, Known), StoreError> {
        loop {
            let mut known = {
                let mut known = self.known.lock().await;
                log::advance(&self.bucket, &mut known).await?;
                known.clone()
            };
            // Somebody took the lease from this run before it began.
            if known.state.epoch >= lease.epoch {
                return Err(StoreError::Lost);
            }
            let now = Moment::now();
            let last = known.state.run().map_or(0, |last| last.0 + 1);
            let run = Run {
                id: RunId(now.digits().max(last)),
                kind: wish.kind,
                status: RunStatus::Running,
                who: self.actor.at_host(),
                started: now.rfc3339(),
                ended: None,
                changes: [0; 3],
                took: Vec::new(),
            };
            let id = run.id;
            let mut events = Vec::new();
            if known.number == 0 {
                self.bucket.prove_conditions().await?;
                events.push(Event::New { lineage: uuid::Uuid::new_v4().to_string() });
            }
            events.push(Event::Run { run, epoch: lease.epoch });
            match log::append(&self.bucket, known.number + 1, &events).await? {
                Appended::Done(bytes) => {
                    known.take(&events, bytes);
                    lease.name(id).await?;
                    return Ok((id, known));
                }
                Appended::Taken => {}
            }
        }
    }
}

#[async_trait]
impl Store for BucketStore {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.read(|known| known.state.snapshot()).await
    }

    async fn versions(&self, keys: &[RowKey]) -> Result<Vec<Option<RowVersion>>, StoreError> {
        let keys = keys.to_vec();
        self.read(move |known| known.state.versions(&keys)).await
    }

    async fn runs(&self, most: usize) -> Result<Vec<Run>, StoreError> {
        self.read(move |known| known.state.runs(most)).await
    }

    async fn changes(
        &self,
        run: RunId,
    ) -> Result<Vec<(RowKey, Option<ResourceRow>, Option<ResourceRow>)>, StoreError> {
        self.changes_of(run, listed).await
    }

    async fn output_changes(&self, run: RunId) -> Result<Vec<OutputChange>, StoreError> {
        self.changes_of(run, listed_outputs).await
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
        let Self { bucket, known, .. } = self.clone();
        self.io
            .run(async move {
                let Some((epoch, Some(holder))) = lease::holder(&bucket).await? else {
                    return Ok(Vec::new());
                };
                if run.is_some() && run != holder.run {
                    return Ok(Vec::new());
                }
                // The fence first: once the lease can be had, somebody else may write.
                let mut known = known.lock().await;
                loop {
                    log::advance(&bucket, &mut known).await?;
                    let events = [Event::Unlock { epoch }];
                    match log::append(&bucket, known.number + 1, &events).await? {
                        Appended::Done(_) => break,
                        Appended::Taken => {}
                    }
                }
                lease::strip(&bucket, epoch).await?;
                Ok(vec![holder])
            })
            .await
    }
}

/// The right to write into a bucket.
struct Holding {
    bucket: Bucket,
    /// Taken when it is given back.
    lease: Option<Lease>,
    /// The log up to what this run wrote last, without the state.
    known: Known,
    /// What readers of this process know.
    shared: Arc<Mutex<Known>>,
}

#[async_trait]
impl Medium for Holding {
    async fn commit(&mut self, _: &State, events: Vec<Event>) -> Result<(), StoreError> {
        let lease = self.lease.as_ref().ok_or(StoreError::Lost)?;
        lease.check().await?;
        match log::append(&self.bucket, self.known.number + 1, &events).await? {
            Appended::Done(bytes) => {
                self.known.number += 1;
                self.known.segments += 1;
                self.known.bytes += bytes;
                Ok(())
            }
            Appended::Taken => Err(StoreError::Lost),
        }
    }

    async fn forget(&mut self, first: RunId) -> Result<(), StoreError> {
        compact::forget(&self.bucket, first).await
    }

    async fn archived(&mut self, runs: Vec<RunId>) -> Result<Vec<(RunId, Changes)>, StoreError> {
        let bucket = &self.bucket;
        let found = futures_util::stream::iter(runs)
            .map(|run| async move { Ok((run, compact::changes(bucket, run).await?)) })
            .buffered(log::FETCHES_MAX);
        found.try_collect().await
    }

    async fn recoded(&mut self, state: &State) -> String {
        let known = Known { state: state.clone(), ..self.known.clone() };
        match compact::compact(&self.bucket, &known).await {
            Ok(bytes) => {
                self.known.snapshot_bytes = bytes;
                self.known.segments = 0;
                self.known.bytes = 0;
                "Where the bucket keeps earlier versions of objects they are as they were: delete those.".to_owned()
            }
            Err(error) => format!(
                "The objects from before could not be removed: {error}. Run the same command again later."
            ),
        }
    }

    async fn tidy(&mut self, state: State) {
        self.known.state = state;
        if compact::is_due(&self.known) {
            // The log is complete without it, and the next run tries again.
            if let Ok(bytes) = compact::compact(&self.bucket, &self.known).await {
                self.known.state.changes.clear();
                self.known = Known {
                    snapshot_bytes: bytes,
                    segments: 0,
                    bytes: 0,
                    ..std::mem::take(&mut self.known)
                };
            }
        }
        let mut shared = self.shared.lock().await;
        if shared.number < self.known.number {
            *shared = std::mem::take(&mut self.known);
        }
    }

    async fn release(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.release().await;
        }
    }
}
