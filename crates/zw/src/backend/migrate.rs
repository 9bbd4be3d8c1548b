//! Taking a state from one backend to another.

use std::time::Duration;

use zw_state::{RunKind, RunStatus, Session, Snapshot, Store, StoreError, Write};

/// Why a state was not taken over.
pub(crate) enum Refusal {
    /// A store could not do it.
    Store(StoreError),
    /// An operation of an earlier run is in doubt: its object has to be looked for first.
    InDoubt(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Whether copying would lose something: another state than the one that comes, or a newer one.
pub(crate) fn would_lose(from: &Snapshot, to: &Snapshot) -> bool {
    let is_empty = to.resources.is_empty() && to.outputs.is_empty();
    let is_older = to.lineage == from.lineage && to.serial <= from.serial;
    !is_empty && !is_older
}

/// Makes one state what another one is, with its lineage and serial. Neither can be changed by anybody
/// else meanwhile. The source stays as it is.
pub(crate) async fn copy(from: &dyn Store, to: &dyn Store, wait: Duration) -> Result<(), Refusal> {
    let source = from.begin(RunKind::Edit, wait).await?;
    let copied = copy_held(from, &*source, to, wait).await;
    source.end(if copied.is_ok() { RunStatus::Done } else { RunStatus::Failed }).await?;
    copied
}

async fn copy_held(
    from: &dyn Store,
    source: &dyn Session,
    to: &dyn Store,
    wait: Duration,
) -> Result<(), Refusal> {
    if let Some(intent) = source.in_doubt().await?.first() {
        return Err(Refusal::InDoubt(intent.key.to_string()));
    }
    let target = to.begin(RunKind::Edit, wait).await?;
    let (after, before) = (from.snapshot().await?, to.snapshot().await?);
    let written = target.write(replacement(&before, after)).await;
    target.end(if written.is_ok() { RunStatus::Done } else { RunStatus::Failed }).await?;
    Ok(written.map(drop)?)
}

/// What makes one state of another.
fn replacement(before: &Snapshot, after: Snapshot) -> Vec<Write> {
    let gone = before.resources.keys().filter(|key| !after.resources.contains_key(key));
    let mut writes: Vec<Write> = gone.cloned().map(Write::Remove).collect();
    let gone = before.outputs.keys().filter(|name| !after.outputs.contains_key(*name));
    writes.extend(gone.cloned().map(Write::RemoveOutput));
    writes.extend(after.resources.into_values().map(Write::Put));
    writes.extend(after.outputs.into_values().map(Write::PutOutput));
    writes.push(Write::Adopt { lineage: after.lineage.into(), serial: after.serial });
    writes
}
