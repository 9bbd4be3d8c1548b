//! The store around another one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::key::{Key, KeySource};
use super::recode::{Recoding, Reseal};
use super::record::{Record, SEAL};
use super::sealer::{SealScope, Sealer, is_sealed_output, is_sealed_row};
use super::session::SealedSession;
use crate::error::StoreError;
use crate::model::{
    Holder, OutputRow, ResourceRow, RowKey, RowVersion, Run, RunId, RunKind, RunStatus, Snapshot,
    Write,
};
use crate::store::{OutputChange, Session, Store};
use crate::wish::Wish;

/// How a state is encrypted.
#[derive(Clone)]
pub struct Sealing {
    /// Where the key of new records comes from.
    pub source: Arc<dyn KeySource>,
    /// Where the keys of older ones may come from, too.
    pub fallbacks: Vec<Arc<dyn KeySource>>,
    /// How much is encrypted.
    pub scope: SealScope,
    /// Whether to refuse what should be encrypted and is not.
    pub enforced: bool,
    /// Whether objects of a provider configuration and a type hold secrets by their schema.
    pub holds_secrets: Arc<dyn Fn(&str, &str) -> bool + Send + Sync>,
}

impl Sealing {
    /// All sources of keys, the one for new records first.
    pub fn sources(&self) -> Vec<&dyn KeySource> {
        let all = std::iter::once(&self.source).chain(&self.fallbacks);
        all.map(AsRef::as_ref).collect()
    }

    fn sealer(&self, record: &Record, key: Key) -> Arc<Sealer> {
        Arc::new(Sealer {
            key,
            lineage: record.lineage.clone(),
            scope: self.scope,
            holds_secrets: self.holds_secrets.clone(),
        })
    }
}

/// A store whose contents are encrypted, or, without a [`Sealing`], one that refuses those that are.
#[derive(Clone)]
pub struct SealedStore {
    inner: Arc<dyn Store>,
    sealing: Option<Sealing>,
    /// The record that was seen last, with what opens it: finding a key may take long.
    known: Arc<Mutex<Option<(Record, Arc<Sealer>)>>>,
}

impl SealedStore {
    /// Puts encryption around a store.
    pub fn new(inner: Arc<dyn Store>, sealing: Option<Sealing>) -> Self {
        Self { inner, sealing, known: Arc::default() }
    }

    /// Encrypts all that the state holds, history and journal included, with a new data key under the key of now; what
    /// was encrypted before is decrypted with the key that it has. What is to be said of old bytes that are left.
    ///
    /// # Errors
    /// If a key is not there, or the backend cannot do it. Nothing was changed then.
    pub async fn encrypt(&self, wait: Duration) -> Result<Option<String>, StoreError> {
        let Some(sealing) = &self.sealing else { return Err(unconfigured()) };
        self.recode(wait, Some(sealing)).await
    }

    /// Decrypts all that the state holds. What is to be said of old bytes that are left.
    ///
    /// # Errors
    /// As for [`Self::encrypt`].
    pub async fn decrypt(&self, wait: Duration) -> Result<Option<String>, StoreError> {
        self.recode(wait, None).await
    }

    async fn recode(
        &self,
        wait: Duration,
        to: Option<&Sealing>,
    ) -> Result<Option<String>, StoreError> {
        let session = self.inner.begin(RunKind::Edit, wait).await?;
        let outcome = self.recode_in(&*session, to).await;
        let status = if outcome.is_ok() { RunStatus::Done } else { RunStatus::Failed };
        session.end(status).await?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
        outcome
    }

    async fn recode_in(
        &self,
        session: &dyn Session,
        to: Option<&Sealing>,
    ) -> Result<Option<String>, StoreError> {
        let from = match self.inner.output(SEAL).await? {
            Some(found) => Some(self.sealer_of(&Record::of_output(&found)?).await?),
            None => None,
        };
        let (to, record) = match to {
            Some(sealing) => {
                let made = Record::make(&*sealing.source, session.lineage()).await;
                let (record, key) = made?;
                (Some(sealing.sealer(&record, key)), Some(record.to_output()?))
            }
            None => (None, None),
        };
        let recoder = Box::new(Reseal { from, to });
        session.recode(Recoding { recoder, mark: SEAL.into(), record }).await
    }

    /// Writes down the key of a new state in a run of its own that has the right to all of it: where many runs go
    /// on at once, two of them must not each make a key.
    async fn write_record(&self, wait: Duration) -> Result<(), StoreError> {
        let Some(sealing) = &self.sealing else { return Ok(()) };
        let session = self.inner.begin(RunKind::Edit, wait).await?;
        let written = async {
            if self.inner.output(SEAL).await?.is_some() {
                return Ok(());
            }
            let known = self.inner.snapshot().await?;
            let is_empty = known.resources.is_empty() && known.outputs.is_empty();
            self.check_enforced(false, is_empty)?;
            let (record, _) = Record::make(&*sealing.source, session.lineage()).await?;
            session.write(vec![Write::PutOutput(record.to_output()?)]).await.map(drop)
        };
        let written = written.await;
        let status = if written.is_ok() { RunStatus::Done } else { RunStatus::Failed };
        session.end(status).await?;
        written
    }

    /// What opens the values under a record.
    async fn sealer_of(&self, record: &Record) -> Result<Arc<Sealer>, StoreError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((seen, sealer)) = &*known()
            && seen == record
        {
            return Ok(sealer.clone());
        }
        let Some(sealing) = &self.sealing else { return Err(unconfigured()) };
        let key = record.open(&sealing.sources()).await?;
        let sealer = sealing.sealer(record, key);
        *known() = Some((record.clone(), sealer.clone()));
        Ok(sealer)
    }

    /// What opens the values of the state as it is; `None` if it is not encrypted.
    async fn sealer(&self) -> Result<Option<Arc<Sealer>>, StoreError> {
        match self.inner.output(SEAL).await? {
            Some(found) => self.sealer_of(&Record::of_output(&found)?).await.map(Some),
            None => Ok(None),
        }
    }

    /// Refuses a state that should be encrypted and is not.
    fn check_enforced(&self, is_sealed: bool, is_empty: bool) -> Result<(), StoreError> {
        let is_enforced = self.sealing.as_ref().is_some_and(|sealing| sealing.enforced);
        if is_sealed || is_empty || !is_enforced {
            return Ok(());
        }
        Err(StoreError::Sealed(
            "The state is not encrypted, and the configuration says that it must be. \"zw state encrypt\" does that."
                .to_owned(),
        ))
    }

    /// Refuses a value that should be encrypted and is not: somebody else may have put it there.
    fn check_sealed(&self, is_meant: bool, is_sealed: bool, name: &str) -> Result<(), StoreError> {
        let is_enforced = self.sealing.as_ref().is_some_and(|sealing| sealing.enforced);
        if is_sealed || !is_meant || !is_enforced {
            return Ok(());
        }
        Err(StoreError::Sealed(format!(
            "{name} is not encrypted, and the configuration says that it must be. If you know how that came to be, \
             \"zw state encrypt\" encrypts it."
        )))
    }

    fn open_row(&self, sealer: &Sealer, row: ResourceRow) -> Result<ResourceRow, StoreError> {
        let is_sealed = is_sealed_row(&row);
        let row = sealer.open_row(row)?;
        if !is_sealed {
            self.check_sealed(sealer.concerns_row(&row), false, &row.key.to_string())?;
        }
        Ok(row)
    }

    fn open_output(&self, sealer: &Sealer, output: OutputRow) -> Result<OutputRow, StoreError> {
        let is_sealed = is_sealed_output(&output);
        let output = sealer.open_output(output)?;
        let name = format!("output {:?}", output.name);
        self.check_sealed(sealer.concerns_output(&output), is_sealed, &name)?;
        Ok(output)
    }
}

/// What there is to do about a state that is encrypted without a word of that in the configuration.
fn unconfigured() -> StoreError {
    StoreError::Sealed(
        "The state is encrypted, and the configuration has no \"encryption\" block with the key to it.".to_owned(),
    )
}

#[async_trait]
impl Store for SealedStore {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut snapshot = self.inner.snapshot().await?;
        let Some(found) = snapshot.outputs.remove(SEAL) else {
            let is_empty = snapshot.resources.is_empty() && snapshot.outputs.is_empty();
            self.check_enforced(false, is_empty)?;
            return Ok(snapshot);
        };
        let record = Record::of_output(&found)?;
        let sealer = self.sealer_of(&record).await?;
        let rows = std::mem::take(&mut snapshot.resources).into_iter();
        let rows = rows.map(|(key, row)| Ok((key, self.open_row(&sealer, row)?)));
        snapshot.resources = rows.collect::<Result<_, StoreError>>()?;
        let outputs = std::mem::take(&mut snapshot.outputs).into_iter();
        let outputs = outputs.map(|(name, output)| Ok((name, self.open_output(&sealer, output)?)));
        snapshot.outputs = outputs.collect::<Result<_, StoreError>>()?;
        Ok(snapshot)
    }

    async fn rows(&self, keys: &[RowKey]) -> Result<BTreeMap<RowKey, ResourceRow>, StoreError> {
        let rows = self.inner.rows(keys).await?;
        let Some(sealer) = self.sealer().await? else { return Ok(rows) };
        rows.into_iter().map(|(key, row)| Ok((key, self.open_row(&sealer, row)?))).collect()
    }

    async fn output(&self, name: &str) -> Result<Option<OutputRow>, StoreError> {
        let found = self.inner.output(name).await?.filter(|_| name != SEAL);
        match (found, self.sealer().await?) {
            (Some(output), Some(sealer)) => self.open_output(&sealer, output).map(Some),
            (found, _) => Ok(found),
        }
    }

    async fn versions(&self, keys: &[RowKey]) -> Result<Vec<Option<RowVersion>>, StoreError> {
        self.inner.versions(keys).await
    }

    async fn runs(&self, most: usize) -> Result<Vec<Run>, StoreError> {
        self.inner.runs(most).await
    }

    async fn changes(
        &self,
        run: RunId,
    ) -> Result<Vec<(RowKey, Option<ResourceRow>, Option<ResourceRow>)>, StoreError> {
        let changes = self.inner.changes(run).await?;
        let Some(sealer) = self.sealer().await? else { return Ok(changes) };
        let open = |row: Option<ResourceRow>| row.map(|row| sealer.open_row(row)).transpose();
        changes
            .into_iter()
            .map(|(key, before, after)| Ok((key, open(before)?, open(after)?)))
            .collect()
    }

    async fn output_changes(&self, run: RunId) -> Result<Vec<OutputChange>, StoreError> {
        let mut changes = self.inner.output_changes(run).await?;
        changes.retain(|(name, ..)| **name != *SEAL);
        let Some(sealer) = self.sealer().await? else { return Ok(changes) };
        let open =
            |output: Option<OutputRow>| output.map(|one| sealer.open_output(one)).transpose();
        let changes = changes.into_iter();
        let changes = changes.map(|(name, before, after)| Ok((name, open(before)?, open(after)?)));
        let mut changes = changes.collect::<Result<Vec<OutputChange>, StoreError>>()?;
        // What was set back to what it had been has another ciphertext now.
        changes.retain(|(_, before, after)| before != after);
        Ok(changes)
    }

    async fn begin_with(&self, wish: Wish) -> Result<Box<dyn Session>, StoreError> {
        // What is refused leaves no run.
        if self.sealer().await?.is_none() && self.inner.is_shared() {
            self.write_record(wish.wait).await?;
        }
        let session = self.inner.begin_with(wish).await?;
        // Nobody can change the key from here on.
        let sealed = async {
            let Some(sealing) = &self.sealing else {
                return self.sealer().await.map(|_| None);
            };
            if let Some(sealer) = self.sealer().await? {
                return Ok(Some((sealer, None)));
            }
            if sealing.enforced {
                let known = self.inner.snapshot().await?;
                let is_empty = known.resources.is_empty() && known.outputs.is_empty();
                self.check_enforced(false, is_empty)?;
            }
            let (record, key) = Record::make(&*sealing.source, session.lineage()).await?;
            let sealer = sealing.sealer(&record, key);
            Ok::<_, StoreError>(Some((sealer, Some(record.to_output()?))))
        };
        match sealed.await {
            Ok(None) => Ok(session),
            Ok(Some((sealer, record))) => {
                Ok(Box::new(SealedSession::new(session, self.inner.clone(), sealer, record)))
            }
            Err(error) => {
                session.end(RunStatus::Failed).await?;
                Err(error)
            }
        }
    }

    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    async fn has_doubts(&self) -> Result<bool, StoreError> {
        self.inner.has_doubts().await
    }

    async fn break_lock(&self, run: Option<RunId>) -> Result<Vec<Holder>, StoreError> {
        self.inner.break_lock(run).await
    }
}
