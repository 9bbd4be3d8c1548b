//! Writing to a store that is encrypted.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::recode::Recoding;
use super::sealer::{Sealer, is_sealed_output, is_sealed_row};
use crate::error::StoreError;
use crate::model::{Intent, OutputRow, ResourceRow, RowKey, RowVersion, RunId, RunStatus, Write};
use crate::retention::Retention;
use crate::store::{Session, Store};

/// A session whose writes are sealed.
pub(crate) struct SealedSession {
    inner: Box<dyn Session>,
    store: Arc<dyn Store>,
    sealer: Arc<Sealer>,
    /// The record of the key, as long as it is not written down: that is done with the first write.
    record: Mutex<Option<OutputRow>>,
}

impl SealedSession {
    pub(crate) fn new(
        inner: Box<dyn Session>,
        store: Arc<dyn Store>,
        sealer: Arc<Sealer>,
        record: Option<OutputRow>,
    ) -> Self {
        Self { inner, store, sealer, record: Mutex::new(record) }
    }

    /// Writes as ciphertexts, and which of the versions that come of them were asked for.
    async fn sealed(&self, writes: Vec<Write>) -> Result<(Vec<Write>, Vec<bool>), StoreError> {
        let mut sealed = Vec::with_capacity(writes.len());
        let mut asked = Vec::new();
        let mut rows = Rows::of(&writes, &*self.store).await?;
        let mut outputs = HashSet::new();
        for write in writes {
            rows.note(&write);
            match write {
                Write::Put(row) => {
                    asked.push(true);
                    sealed.push(Write::Put(self.sealer.seal_row(row)?));
                }
                Write::Move(from, to) => {
                    self.moved(&mut rows, from, to, &mut sealed, &mut asked)?;
                }
                Write::PutOutput(output) => {
                    if outputs.contains(&output.name) || !self.is_there(&output).await? {
                        outputs.insert(output.name.clone());
                        sealed.push(Write::PutOutput(self.sealer.seal_output(output)?));
                    }
                }
                Write::Begin(intent) => sealed.push(Write::Begin(self.sealer.seal_intent(intent)?)),
                Write::RemoveOutput(name) => {
                    outputs.insert(name.clone());
                    sealed.push(Write::RemoveOutput(name));
                }
                other @ (Write::Remove(_)
                | Write::Settle(_)
                | Write::Adopt { .. }
                | Write::Took(_)) => {
                    sealed.push(other);
                }
            }
        }
        Ok((sealed, asked))
    }

    /// A ciphertext is bound to its address: a sealed row is not moved, but written anew.
    fn moved(
        &self,
        rows: &mut Rows,
        from: RowKey,
        to: RowKey,
        sealed: &mut Vec<Write>,
        asked: &mut Vec<bool>,
    ) -> Result<(), StoreError> {
        if rows.has(&from) && rows.has(&to) {
            return Err(StoreError::Conflict(to.to_string()));
        }
        let row = rows.take(&from).ok_or_else(|| StoreError::Conflict(from.to_string()))?;
        let is_sealed = is_sealed_row(&row);
        let row = self.sealer.open_row(row)?;
        let row = ResourceRow { key: to.clone(), ..row };
        rows.put(row.clone());
        if is_sealed || self.sealer.concerns_row(&row) {
            sealed.push(Write::Remove(from));
            sealed.push(Write::Put(self.sealer.seal_row(row)?));
            asked.push(false);
        } else {
            sealed.push(Write::Move(from, to));
        }
        Ok(())
    }

    /// Whether an output is there as it is to be. Ciphertexts never are the same, and an output that is written
    /// as it is should be no change.
    async fn is_there(&self, output: &OutputRow) -> Result<bool, StoreError> {
        if !self.sealer.concerns_output(output) {
            return Ok(false);
        }
        match self.store.output(&output.name).await? {
            Some(found) if is_sealed_output(&found) => {
                Ok(self.sealer.open_output(found)? == *output)
            }
            _ => Ok(false),
        }
    }
}

/// The rows that a batch of writes moves, as they are in the midst of it.
struct Rows(Option<HashMap<RowKey, ResourceRow>>);

impl Rows {
    async fn of(writes: &[Write], store: &dyn Store) -> Result<Self, StoreError> {
        let mut keys = Vec::new();
        for write in writes {
            if let Write::Move(from, to) = write {
                keys.extend([from.clone(), to.clone()]);
            }
        }
        if keys.is_empty() {
            return Ok(Self(None));
        }
        Ok(Self(Some(store.rows(&keys).await?.into_iter().collect())))
    }

    fn note(&mut self, write: &Write) {
        let Some(rows) = &mut self.0 else { return };
        match write {
            Write::Put(row) => drop(rows.insert(row.key.clone(), row.clone())),
            Write::Remove(key) => drop(rows.remove(key)),
            _ => {}
        }
    }

    fn take(&mut self, key: &RowKey) -> Option<ResourceRow> {
        self.0.as_mut()?.remove(key)
    }

    fn has(&self, key: &RowKey) -> bool {
        self.0.as_ref().is_some_and(|rows| rows.contains_key(key))
    }

    fn put(&mut self, row: ResourceRow) {
        if let Some(rows) = &mut self.0 {
            rows.insert(row.key.clone(), row);
        }
    }
}

#[async_trait]
impl Session for SealedSession {
    fn run(&self) -> RunId {
        self.inner.run()
    }

    fn lineage(&self) -> &str {
        self.inner.lineage()
    }

    async fn in_doubt(&self) -> Result<Vec<Intent>, StoreError> {
        let intents = self.inner.in_doubt().await?;
        intents.into_iter().map(|intent| self.sealer.open_intent(intent)).collect()
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Vec<RowVersion>, StoreError> {
        let (mut sealed, asked) = self.sealed(writes).await?;
        // Without its key written down nothing that is sealed may become durable: whoever comes
        // meanwhile waits.
        let mut record = self.record.lock().await;
        let needs_key =
            |write: &Write| matches!(write, Write::Put(_) | Write::PutOutput(_) | Write::Begin(_));
        let versions = if let (Some(output), true) = (&*record, sealed.iter().any(needs_key)) {
            sealed.push(Write::PutOutput(output.clone()));
            let versions = self.inner.write(sealed).await?;
            *record = None;
            versions
        } else {
            drop(record);
            self.inner.write(sealed).await?
        };
        let wanted =
            versions.into_iter().zip(asked).filter_map(|(version, asked)| asked.then_some(version));
        Ok(wanted.collect())
    }

    async fn prune(&self, retention: Retention) -> Result<(), StoreError> {
        self.inner.prune(retention).await
    }

    async fn recode(&self, recoding: Recoding) -> Result<Option<String>, StoreError> {
        self.inner.recode(recoding).await
    }

    async fn end(self: Box<Self>, status: RunStatus) -> Result<(), StoreError> {
        self.inner.end(status).await
    }
}
