//! The laws of every store, on objects in memory, and what goes wrong between a program and a service.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use zw_state::testing::{Place as _, begin, intent, row};
use zw_state::{Actor, Retention, RunKind, RunStatus, Session, Store, StoreError, Write};

use super::lease::Timing;
use super::{Bucket, BucketStore, Place, log};
use crate::io::Io;

const QUICK: Timing = Timing {
    beat: Duration::from_millis(100),
    life: Duration::from_secs(1),
    look: Duration::from_millis(10),
};

/// Objects in memory, of which any number of programs could be clients.
struct Memory(Arc<dyn ObjectStore>);

impl Memory {
    fn new() -> Self {
        Self(Arc::new(InMemory::new()))
    }

    fn store(&self) -> BucketStore {
        let place = Place("memory".to_owned());
        let bucket = Bucket::new(self.0.clone(), place, Path::from("a/terraform.tfstate"));
        BucketStore::new(bucket, Actor::of_this_process(), Io::new().unwrap())
    }

    fn quick(&self) -> BucketStore {
        let mut store = self.store();
        store.bucket.timing = QUICK;
        store
    }
}

impl zw_state::testing::Place for Memory {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store())
    }
}

zw_state::store_laws!(Memory::new);

/// A service that says nothing to some requests, after or before doing what they ask.
#[derive(Debug)]
struct Faulty {
    inner: InMemory,
    /// Writes of segments from now until the answer is lost.
    lost_answer: AtomicU32,
    /// Writes of segments from now until one does not arrive.
    lost_request: AtomicU32,
    /// Whether it overwrites whatever is asked for.
    is_heedless: bool,
}

impl Faulty {
    fn new() -> Self {
        Self {
            inner: InMemory::new(),
            lost_answer: AtomicU32::new(0),
            lost_request: AtomicU32::new(0),
            is_heedless: false,
        }
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty")
    }
}

fn cut() -> Error {
    Error::Generic { store: "faulty", source: "connection reset".into() }
}

fn is_now(counter: &AtomicU32) -> bool {
    let left = counter.load(Ordering::Relaxed);
    if left > 0 {
        counter.store(left - 1, Ordering::Relaxed);
    }
    left == 1
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        at: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let is_segment = at.as_ref().contains("/log/");
        if is_segment && is_now(&self.lost_request) {
            return Err(cut());
        }
        let options = if self.is_heedless { PutMode::Overwrite.into() } else { options };
        let done = self.inner.put_opts(at, payload, options).await?;
        if is_segment && is_now(&self.lost_answer) {
            return Err(cut());
        }
        Ok(done)
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(at, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

async fn put(session: &dyn Session, address: &str) -> std::result::Result<(), StoreError> {
    session.write(vec![Write::Put(row(address))]).await.map(drop)
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_takes_effect_once() {
    for which in 0..4 {
        let faulty = Arc::new(Faulty::new());
        let memory = Memory(faulty.clone());
        let session = begin(&memory.store()).await;
        put(&*session, "a.first").await.unwrap();
        let counter = if which % 2 == 0 { &faulty.lost_answer } else { &faulty.lost_request };
        counter.store(1 + which / 2, Ordering::Relaxed);
        put(&*session, "a.second").await.unwrap();
        put(&*session, "a.third").await.unwrap();
        assert_eq!(counter.load(Ordering::Relaxed), 0);
        session.end(RunStatus::Done).await.unwrap();
        let runs = memory.store().runs(1).await.unwrap();
        assert_eq!((runs[0].changes, runs[0].status), ([3, 0, 0], RunStatus::Done));
        assert_eq!(memory.store().snapshot().await.unwrap().resources.len(), 3);
    }
}

/// Puts many segments into a state, each a run, so that it is compacted.
async fn fill(memory: &Memory) {
    let session = begin(&memory.store()).await;
    for number in 0..60 {
        put(&*session, &format!("a.b[{number}]")).await.unwrap();
    }
    session.end(RunStatus::Done).await.unwrap();
}

async fn objects(memory: &Memory) -> Vec<String> {
    use futures_util::TryStreamExt as _;
    let found: Vec<ObjectMeta> = memory.0.list(None).try_collect().await.unwrap();
    let mut names: Vec<String> = found
        .iter()
        .map(|meta| meta.location.as_ref().trim_start_matches("a/terraform.tfstate.zw/").to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn compaction_leaves_the_state_the_history_and_the_fences() {
    let memory = Memory::new();
    fill(&memory).await;
    let before = memory.store();
    let (snapshot, runs) = (before.snapshot().await.unwrap(), before.runs(9).await.unwrap());
    let names = objects(&memory).await;
    // The run began with segment 1, wrote 60 more, and ended with the last one.
    let zeros = "0".repeat(18);
    assert_eq!(
        names[1..],
        ["lock".to_owned(), format!("log/{zeros}01"), format!("log/{zeros}62.snapshot")]
    );
    assert!(names[0].starts_with("changes/"), "{names:?}");
    fill(&memory).await;
    assert_eq!(objects(&memory).await.len(), 6);
    let changes = memory.store().changes(runs[0].id).await.unwrap();
    assert_eq!(changes.len(), 60);
    assert!(
        changes
            .iter()
            .all(|(key, was, is)| was.is_none() && is.as_ref() == snapshot.resources.get(key))
    );
    assert_eq!(memory.store().runs(9).await.unwrap()[1..], runs);
    assert_eq!(
        memory.store().snapshot_at(Some(runs[0].id)).await.unwrap().resources,
        snapshot.resources
    );
    // Whoever knew it before still reads on.
    assert_eq!(before.snapshot().await.unwrap().resources.len(), 60);
    assert_eq!(before.runs(9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_writer_from_before_a_compaction_is_still_fenced_out() {
    let memory = Memory::new();
    let late = begin(&memory.store()).await;
    put(&*late, "a.before").await.unwrap();
    memory.store().break_lock(None).await.unwrap();
    fill(&memory).await;
    assert!(objects(&memory).await.iter().any(|name| name.ends_with(".snapshot")));
    assert_eq!(put(&*late, "a.after").await, Err(StoreError::Lost));
    assert!(
        !memory
            .store()
            .snapshot()
            .await
            .unwrap()
            .resources
            .keys()
            .any(|key| &*key.address == "a.after")
    );
}

#[tokio::test]
async fn readers_do_not_notice_compaction() {
    let memory = Arc::new(Memory::new());
    fill(&memory).await;
    let reading = tokio::spawn({
        let memory = memory.clone();
        async move {
            for _ in 0..200 {
                // Opened anew each time: so everything is read, from wherever it is.
                assert_eq!(memory.store().snapshot().await.unwrap().resources.len(), 60);
            }
        }
    });
    while !reading.is_finished() {
        fill(&memory).await;
    }
    reading.await.unwrap();
}

#[tokio::test]
async fn a_holder_that_gives_no_sign_of_life_is_fenced_out() {
    let memory = Memory::new();
    let mut silent = memory.quick();
    silent.bucket.timing.beat = Duration::from_hours(1);
    let session = begin(&silent).await;
    let run = session.run();
    put(&*session, "a.before").await.unwrap();
    session.write(vec![Write::Begin(intent("t", run, "a.b"))]).await.unwrap();
    let next = memory.quick().begin(RunKind::Apply, Duration::from_secs(30)).await.unwrap();
    assert_eq!(next.in_doubt().await.unwrap().len(), 1);
    put(&*next, "a.next").await.unwrap();
    assert_eq!(put(&*session, "a.after").await, Err(StoreError::Lost));
    drop(session);
    put(&*next, "a.last").await.unwrap();
    assert_eq!(memory.store().snapshot().await.unwrap().resources.len(), 3);
}

#[tokio::test]
async fn a_holder_that_lives_keeps_its_lease() {
    let memory = Memory::new();
    let session = begin(&memory.quick()).await;
    let waited = memory.quick().begin(RunKind::Apply, QUICK.life * 3).await;
    assert!(matches!(waited.map(drop), Err(StoreError::Held(_))));
    put(&*session, "a.b").await.unwrap();
}

#[tokio::test]
async fn a_state_of_terraform_is_not_passed_over() {
    let memory = Memory::new();
    let path = Path::from("a/terraform.tfstate");
    object_store::ObjectStoreExt::put(&*memory.0, &path, "{}".into()).await.unwrap();
    let error = memory.store().snapshot().await.unwrap_err();
    assert!(error.to_string().contains("Terraform keeps a state there"), "{error}");
    assert!(memory.store().begin(RunKind::Apply, Duration::ZERO).await.is_err());
    assert_eq!(objects(&memory).await, ["a/terraform.tfstate"]);
}

#[tokio::test]
async fn a_damaged_segment_is_named() {
    let memory = Memory::new();
    let session = memory.open().begin(RunKind::Apply, Duration::ZERO).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    let path = log::segment_path(&memory.store().bucket, 2);
    object_store::ObjectStoreExt::put(&*memory.0, &path, "nonsense".into()).await.unwrap();
    match memory.store().snapshot().await {
        Err(StoreError::Corrupt { path, .. }) => {
            assert_eq!(path.to_str(), Some("memory/log/00000000000000000002"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lock_that_somebody_deleted_locks_nobody_out() {
    let memory = Memory::new();
    for _ in 0..3 {
        begin(&memory.store()).await.end(RunStatus::Done).await.unwrap();
    }
    let path = Path::from("a/terraform.tfstate.zw/lock");
    object_store::ObjectStoreExt::delete(&*memory.0, &path).await.unwrap();
    let session = begin(&memory.store()).await;
    put(&*session, "a.b").await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
}

#[tokio::test]
async fn runs_that_are_pruned_are_gone_from_the_log_and_from_beside_it() {
    let memory = Memory::new();
    for _ in 0..3 {
        fill(&memory).await;
    }
    assert_eq!(
        objects(&memory).await.iter().filter(|name| name.starts_with("changes/")).count(),
        3
    );
    let session = begin(&memory.store()).await;
    let retention = Retention { runs: NonZeroUsize::new(2), ..Retention::default() };
    session.prune(retention).await.unwrap();
    session.end(RunStatus::Done).await.unwrap();
    assert_eq!(memory.store().runs(9).await.unwrap().len(), 2);
    assert_eq!(
        objects(&memory).await.iter().filter(|name| name.starts_with("changes/")).count(),
        1
    );
    assert_eq!(memory.store().snapshot().await.unwrap().resources.len(), 60);

    // Whatever has operations in the journal is kept.
    let session = begin(&memory.store()).await;
    session.write(vec![Write::Begin(intent("t", session.run(), "a.b"))]).await.unwrap();
    drop(session);
    for _ in 0..3 {
        begin(&memory.store()).await.end(RunStatus::Done).await.unwrap();
    }
    let session = begin(&memory.store()).await;
    session.prune(retention).await.unwrap();
    drop(session);
    assert_eq!(memory.store().runs(9).await.unwrap().len(), 5);
}

/// A service that takes conditions for words that it need not know.
#[tokio::test]
async fn a_service_that_keeps_no_conditions_is_refused() {
    let faulty = Faulty { is_heedless: true, ..Faulty::new() };
    let memory = Memory(Arc::new(faulty));
    let error = memory.store().begin(RunKind::Apply, Duration::ZERO).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("Without conditional writes"), "{error}");
    assert!(memory.store().runs(9).await.unwrap().is_empty());
}
