//! A store that outlives the process, is full at times, and answers late.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use zw_state::testing::model::Model;
use zw_state::{
    Holder, Intent, OutputRow, ResourceRow, RowKey, RowVersion, Run, RunId, RunStatus, Session,
    Snapshot, Store, StoreError, Wish, Write,
};

use crate::fate::{Fate, Process};

/// What is on the disk.
#[derive(Default)]
struct Disk {
    model: Model,
    runs: u64,
}

/// The store.
#[derive(Clone)]
pub(crate) struct MemoryStore {
    disk: Arc<Mutex<Disk>>,
    fate: Fate,
}

impl MemoryStore {
    pub(crate) fn new(fate: Fate) -> Self {
        Self { disk: Arc::default(), fate }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn contents(&self) -> Model {
        self.disk().model.clone()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let Model { resources, outputs, .. } = self.contents();
        Ok(Snapshot { serial: 0, lineage: "simulated".to_owned(), resources, outputs })
    }

    async fn versions(&self, keys: &[RowKey]) -> Result<Vec<Option<RowVersion>>, StoreError> {
        let model = self.contents();
        Ok(keys.iter().map(|key| model.resources.get(key).map(|row| row.version)).collect())
    }

    async fn runs(&self, _: usize) -> Result<Vec<Run>, StoreError> {
        Ok(Vec::new())
    }

    async fn changes(
        &self,
        _: RunId,
    ) -> Result<Vec<(RowKey, Option<ResourceRow>, Option<ResourceRow>)>, StoreError> {
        Ok(Vec::new())
    }

    async fn output_changes(
        &self,
        _: RunId,
    ) -> Result<Vec<(Arc<str>, Option<OutputRow>, Option<OutputRow>)>, StoreError> {
        Ok(Vec::new())
    }

    async fn begin_with(&self, _: Wish) -> Result<Box<dyn Session>, StoreError> {
        let run = {
            let mut disk = self.disk();
            disk.runs += 1;
            RunId(disk.runs)
        };
        let process = self.fate.living();
        Ok(Box::new(MemorySession { store: self.clone(), process, run, is_full: Mutex::default() }))
    }

    async fn break_lock(&self, _: Option<RunId>) -> Result<Vec<Holder>, StoreError> {
        Ok(Vec::new())
    }
}

struct MemorySession {
    store: MemoryStore,
    process: Process,
    run: RunId,
    /// A disk that has been full once is full until somebody does something about it.
    is_full: Mutex<bool>,
}

#[async_trait]
impl Session for MemorySession {
    fn run(&self) -> RunId {
        self.run
    }

    fn lineage(&self) -> &'static str {
        "simulated"
    }

    async fn in_doubt(&self) -> Result<Vec<Intent>, StoreError> {
        self.process.point(|| "reads the journal".to_owned()).await;
        Ok(self.store.contents().in_doubt(self.run))
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Vec<RowVersion>, StoreError> {
        self.process.point(|| format!("writes {}", words(&writes))).await;
        self.process.wait(3).await;
        // Whoever died while it waited did not write.
        self.process.point(|| "write reaches the disk".to_owned()).await;
        let is_full = {
            let mut is_full = self.is_full.lock().unwrap_or_else(PoisonError::into_inner);
            *is_full |= self.process.fate().strikes(40);
            *is_full
        };
        if is_full {
            self.process.fate().say(|| "the disk is full".to_owned());
            return Err(StoreError::Io {
                context: "cannot write the state".to_owned(),
                reason: "the disk is full".to_owned(),
            });
        }
        let accepted = self.store.disk().model.write(&writes);
        assert!(accepted, "the store refuses {}", words(&writes));
        self.process.point(|| "written".to_owned()).await;
        self.process.wait(3).await;
        let puts = writes.iter().filter(|write| matches!(write, Write::Put(_)));
        Ok(puts.map(|_| RowVersion::default()).collect())
    }

    async fn end(self: Box<Self>, _: RunStatus) -> Result<(), StoreError> {
        self.process.point(|| "ends its run".to_owned()).await;
        Ok(())
    }
}

fn words(writes: &[Write]) -> String {
    let word = |write: &Write| match write {
        Write::Put(row) => format!("put {} {:?}", row.key, row.status),
        Write::Remove(key) => format!("remove {key}"),
        Write::Move(from, to) => format!("move {from} to {to}"),
        Write::PutOutput(output) => format!("output {}", output.name),
        Write::RemoveOutput(name) => format!("no output {name}"),
        Write::Begin(intent) => {
            format!("begin {} {} ({})", intent.kind.name(), intent.key, intent.token)
        }
        Write::Settle(token) => format!("settle {token}"),
        Write::Adopt { lineage, .. } => format!("adopt {lineage}"),
        Write::Took(took) => format!("took {}", took.len()),
    };
    writes.iter().map(word).collect::<Vec<_>>().join(", ")
}
