//! What every backend does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::model::{
    Holder, Intent, OutputRow, ResourceRow, RowKey, RowVersion, Run, RunId, RunKind, RunStatus,
    Snapshot, Write,
};
use crate::retention::Retention;
use crate::seal::Recoding;
use crate::wish::Wish;

/// What a run did to an output: its name, and the output before and after.
pub type OutputChange = (Arc<str>, Option<OutputRow>, Option<OutputRow>);

/// A place where state is kept. Reading needs no lock; what is read is consistent.
#[async_trait]
pub trait Store: Send + Sync {
    /// Everything that exists now.
    async fn snapshot(&self) -> Result<Snapshot, StoreError>;

    /// Objects that exist now, of some keys.
    async fn rows(&self, keys: &[RowKey]) -> Result<BTreeMap<RowKey, ResourceRow>, StoreError> {
        let mut all = self.snapshot().await?.resources;
        Ok(keys.iter().filter_map(|key| all.remove_entry(key)).collect())
    }

    /// An output as it is now.
    async fn output(&self, name: &str) -> Result<Option<OutputRow>, StoreError> {
        Ok(self.snapshot().await?.outputs.remove(name))
    }

    /// Versions of rows now, in the order of the keys; `None` for a row that does not exist.
    async fn versions(&self, keys: &[RowKey]) -> Result<Vec<Option<RowVersion>>, StoreError>;

    /// Runs, newest first, at most `most`.
    async fn runs(&self, most: usize) -> Result<Vec<Run>, StoreError>;

    /// What a run wrote: rows as they were before and after it, by key; `None` where there was or is none.
    async fn changes(
        &self,
        run: RunId,
    ) -> Result<Vec<(RowKey, Option<ResourceRow>, Option<ResourceRow>)>, StoreError>;

    /// What a run did to outputs: each as it was before and after it, by name; `None` where there was or is none.
    async fn output_changes(&self, run: RunId) -> Result<Vec<OutputChange>, StoreError>;

    /// What there was when a run had ended; what there is without one.
    async fn snapshot_at(&self, run: Option<RunId>) -> Result<Snapshot, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let Some(run) = run else { return Ok(snapshot) };
        // Newest first, each is taken back.
        for later in self.runs(usize::MAX).await?.iter().take_while(|later| later.id > run) {
            for (key, before, _) in self.changes(later.id).await? {
                match before {
                    Some(row) => snapshot.resources.insert(key, row),
                    None => snapshot.resources.remove(&key),
                };
            }
            for (name, before, _) in self.output_changes(later.id).await? {
                match before {
                    Some(output) => snapshot.outputs.insert(name, output),
                    None => snapshot.outputs.remove(&name),
                };
            }
        }
        Ok(snapshot)
    }

    /// Takes the right to change everything and begins a run. Waits at most `wait` for other holders.
    ///
    /// # Errors
    /// As for [`Self::begin_with`].
    async fn begin(&self, kind: RunKind, wait: Duration) -> Result<Box<dyn Session>, StoreError> {
        self.begin_with(Wish::everything(kind, wait)).await
    }

    /// Takes the right to change what a run means to write and begins it. Everything that is wished for is
    /// taken in one step, or nothing: so those who wait for one another cannot wait for ever.
    ///
    /// Where the right may outlive its holder, as leases on a server do, it lasts for a while beyond the last sign of
    /// life; each write checks in its own transaction that it still lasts. Whoever died, or was suspended for
    /// too long, can write nothing after that.
    ///
    /// # Errors
    /// [`StoreError::Held`] if somebody else still holds a part of it when the wait is over.
    async fn begin_with(&self, wish: Wish) -> Result<Box<dyn Session>, StoreError>;

    /// Whether runs whose scopes do not meet go on at once. If not, a run is best begun before anything is
    /// planned; if so, once it is known what there is to write.
    fn is_shared(&self) -> bool {
        false
    }

    /// Whether there are operations in doubt that the next run would settle. Whoever plans before it begins a
    /// run asks this first.
    async fn has_doubts(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Takes the right to write from a run, or from whoever has it, for `force-unlock`, and says who that was.
    /// The holder, if it still lives, can no longer write: it gets [`StoreError::Lost`].
    async fn break_lock(&self, run: Option<RunId>) -> Result<Vec<Holder>, StoreError>;
}

/// The right to change a state, or parts of it, for one run. Dropping it gives the right back, as does the death of
/// the process, at once or after a while.
#[async_trait]
pub trait Session: Send + Sync {
    /// The run.
    fn run(&self) -> RunId;

    /// The lineage of the state, which the first run of a new state makes: a snapshot from before it has none.
    fn lineage(&self) -> &str;

    /// Intents of earlier runs whose outcome is not known. Never of a run that still has its right to write.
    /// Beginning took the right to write the objects that they are about, besides what was wished for.
    async fn in_doubt(&self) -> Result<Vec<Intent>, StoreError>;

    /// Writes all or nothing, durably: when this returns, the writes survive a crash. Many callers
    /// at once share one commit. Returns the version given to each [`Write::Put`], in order. A call that
    /// is given up after it was polled may still take effect.
    ///
    /// # Errors
    /// Whatever the error, none of the writes took effect; it can be tried again. Where the connection to a server broke,
    /// they may have, and the session is over.
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<RowVersion>, StoreError>;

    /// Forgets runs beyond what is to be kept of the history, with what they wrote. A run that has operations in the
    /// journal is kept, and so is every run after it.
    ///
    /// # Errors
    /// If the backend cannot do that. Nothing was forgotten then.
    async fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        let _ = retention;
        Err(StoreError::Io {
            context: "cannot forget old runs".to_owned(),
            reason: "this backend keeps all of its history".to_owned(),
        })
    }

    /// Gives all that there is another form in which it means the same, history and journal included, in one
    /// step: whoever dies meanwhile leaves all of it as it was. The output that is the mark becomes the record, or is
    /// removed, and its history is forgotten. Versions stay. The run must have the right to write everything.
    /// What is to be said of bytes from before that may still be somewhere, in sentences; `None` if they are gone.
    ///
    /// # Errors
    /// If the backend cannot do that, or a value cannot be given another form. Nothing was changed then.
    async fn recode(&self, recoding: Recoding) -> Result<Option<String>, StoreError> {
        drop(recoding);
        Err(StoreError::Io {
            context: "cannot encrypt or decrypt what there is".to_owned(),
            reason: "this backend cannot write its history anew".to_owned(),
        })
    }

    /// Ends the run.
    async fn end(self: Box<Self>, status: RunStatus) -> Result<(), StoreError>;
}
