//! What makes reading quick: a snapshot of the state takes the place of the segments before it.
//!
//! Changes of runs go into objects of their own (`changes/<run>`), for they are read one by one and rarely. Then
//! the snapshot is written, then what it replaces is deleted. Each step can be the last one: what is
//! written twice is the same, and what was not deleted is passed over, and deleted the next time.
//!
//! Segments that begin a run or unlock the state are kept, though snapshots speak of them: they are what keeps a
//! writer from before out, which would find its number free otherwise, and take a write for done that nobody will ever
//! read. After [`FENCE_AGE`] they go, too.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{Error, PutMode, PutPayload};
use serde::{Deserialize, Serialize};
use zw_state::{Intent, OutputRow, ResourceRow, RowKey, Run, RunId, StoreError};

use super::Bucket;
use super::log::{FETCHES_MAX, Known, numbered, snapshot_path};
use crate::event::{FORMAT, Lines, Reading, Unreadable};
use crate::state::{Changes, State};

/// So many segments are worth a snapshot, however small they are.
const SEGMENTS_MAX: u64 = 50;

/// So many bytes in segments are, if the snapshot that there is is not larger than that.
const BYTES_MAX: u64 = 1 << 20;

/// How long a writer that was fenced out may sleep and still find its number taken.
const FENCE_AGE: Duration = Duration::from_hours(30 * 24);

/// The first line of a snapshot.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    number: u64,
    lineage: String,
    serial: u64,
    counted: bool,
    version: u64,
    epoch: u64,
    fences: BTreeSet<u64>,
}

/// The other lines of a snapshot.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Run(Run),
    Row(Arc<ResourceRow>),
    Output(OutputRow),
    Intent(Intent),
}

/// The first line of the changes of a run.
#[derive(Serialize, Deserialize)]
struct ChangesHead {
    format: u32,
    run: RunId,
}

/// The other lines: something before and after.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChangeLine {
    Object(RowKey, Option<Arc<ResourceRow>>, Option<Arc<ResourceRow>>),
    Output(Arc<str>, Option<OutputRow>, Option<OutputRow>),
}

/// Whether a snapshot is due.
pub(super) const fn is_due(known: &Known) -> bool {
    known.segments >= SEGMENTS_MAX
        || (known.bytes >= BYTES_MAX && known.bytes >= known.snapshot_bytes)
}

/// Writes a snapshot of all that is known, and deletes what it replaces. Gives the size of the snapshot.
pub(super) async fn compact(bucket: &Bucket, known: &Known) -> Result<u64, StoreError> {
    let mut fences = known.fences.clone();
    let replaced = replaced(bucket, known.number, &mut fences).await?;
    let mut archived = Vec::new();
    for (run, changes) in &known.state.changes {
        if changes.len() > 0 {
            archived.push(archive(bucket, *run, changes));
        }
    }
    let archived = futures_util::stream::iter(archived).buffer_unordered(FETCHES_MAX);
    archived.try_collect::<()>().await?;
    let bytes = write(known, fences).map_err(|error| unwritten(&error))?;
    let size = bytes.len() as u64;
    put(bucket, &snapshot_path(bucket, known.number), bytes, PutMode::Create).await?;
    delete(bucket, replaced).await?;
    Ok(size)
}

/// Deletes the changes of runs before one.
pub(super) async fn forget(bucket: &Bucket, first: RunId) -> Result<(), StoreError> {
    let mut gone = Vec::new();
    let mut found = bucket.objects.list(Some(&bucket.path("changes")));
    while let Some(meta) =
        found.try_next().await.map_err(|error| bucket.place.fault("list", &error))?
    {
        let run = meta.location.filename().and_then(|name| name.parse().ok()).map(RunId);
        if run.is_some_and(|run| run < first) {
            gone.push(meta.location);
        }
    }
    delete(bucket, gone).await
}

async fn delete(bucket: &Bucket, paths: Vec<Path>) -> Result<(), StoreError> {
    let paths = futures_util::stream::iter(paths.into_iter().map(Ok)).boxed();
    let mut deleted = bucket.objects.delete_stream(paths);
    while let Some(outcome) = deleted.next().await {
        match outcome {
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(bucket.place.fault("delete from", &error)),
        }
    }
    Ok(())
}

/// Objects that a snapshot replaces. Fences among them are not fences any more.
async fn replaced(
    bucket: &Bucket,
    last: u64,
    fences: &mut BTreeSet<u64>,
) -> Result<Vec<Path>, StoreError> {
    let prefix = bucket.path("log");
    let mut replaced = Vec::new();
    let mut found = bucket.objects.list(Some(&prefix));
    while let Some(meta) =
        found.try_next().await.map_err(|error| bucket.place.fault("list", &error))?
    {
        let Some((number, is_snapshot)) = numbered(&meta) else { continue };
        if number > last || (is_snapshot && number == last) {
            continue;
        }
        if !is_snapshot && fences.contains(&number) {
            let age = SystemTime::now().duration_since(meta.last_modified.into());
            if age.is_ok_and(|age| age < FENCE_AGE) {
                continue;
            }
            fences.remove(&number);
        }
        replaced.push(meta.location);
    }
    Ok(replaced)
}

async fn archive(bucket: &Bucket, run: RunId, changes: &Changes) -> Result<(), StoreError> {
    let bytes = write_changes(run, changes).map_err(|error| unwritten(&error))?;
    put(bucket, &changes_path(bucket, run), bytes, PutMode::Overwrite).await
}

async fn put(
    bucket: &Bucket,
    path: &Path,
    bytes: Vec<u8>,
    mode: PutMode,
) -> Result<(), StoreError> {
    let done = bucket.objects.put_opts(path, PutPayload::from(bytes), bucket.options(mode)).await;
    match done {
        // Somebody wrote the same, or this program did and was not told.
        Ok(_) | Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(()),
        Err(error) => Err(bucket.place.fault("write", &error)),
    }
}

fn write(known: &Known, fences: BTreeSet<u64>) -> std::io::Result<Vec<u8>> {
    let State {
        lineage,
        serial,
        counted,
        version,
        epoch,
        resources,
        outputs,
        journal,
        runs,
        changes: _,
    } = &known.state;
    let mut lines = Lines::new();
    lines.push(&Head {
        format: FORMAT,
        number: known.number,
        lineage: lineage.clone(),
        serial: *serial,
        counted: *counted,
        version: *version,
        epoch: *epoch,
        fences,
    })?;
    runs.iter().try_for_each(|run| lines.push(&Line::Run(run.clone())))?;
    resources.values().try_for_each(|row| lines.push(&Line::Row(row.clone())))?;
    outputs.values().try_for_each(|output| lines.push(&Line::Output(output.clone())))?;
    journal.values().try_for_each(|intent| lines.push(&Line::Intent(intent.clone())))?;
    lines.finish()
}

/// A snapshot; `None` if there is none.
pub(super) async fn read(
    bucket: &Bucket,
    number: u64,
    size: u64,
) -> Result<Option<Known>, StoreError> {
    let Some(bytes) = bucket.get(&snapshot_path(bucket, number)).await? else { return Ok(None) };
    let unreadable = |why| bucket.place.unreadable(&format!("log/{number:020}.snapshot"), why);
    read_snapshot(&bytes, size).map(Some).map_err(unreadable)
}

fn read_snapshot(bytes: &[u8], size: u64) -> Result<Known, Unreadable> {
    let mut reading = Reading::new(bytes);
    let head: Head = reading.head()?;
    let mut state = State {
        lineage: head.lineage,
        serial: head.serial,
        counted: head.counted,
        version: head.version,
        epoch: head.epoch,
        ..State::default()
    };
    while let Some(line) = reading.next()? {
        match line {
            Line::Run(run) => state.runs.push(run),
            Line::Row(row) => drop(state.resources.insert(row.key.clone(), row)),
            Line::Output(output) => drop(state.outputs.insert(output.name.clone(), output)),
            Line::Intent(intent) => drop(state.journal.insert(intent.token.clone(), intent)),
        }
    }
    Ok(Known {
        number: head.number,
        state,
        snapshot_bytes: size,
        segments: 0,
        bytes: 0,
        fences: head.fences,
    })
}

fn changes_path(bucket: &Bucket, run: RunId) -> Path {
    bucket.path(&format!("changes/{:020}", run.0))
}

fn write_changes(run: RunId, changes: &Changes) -> std::io::Result<Vec<u8>> {
    let mut lines = Lines::new();
    lines.push(&ChangesHead { format: FORMAT, run })?;
    for (key, (before, after)) in &changes.objects {
        lines.push(&ChangeLine::Object(key.clone(), before.clone(), after.clone()))?;
    }
    for (name, (before, after)) in &changes.outputs {
        lines.push(&ChangeLine::Output(name.clone(), before.clone(), after.clone()))?;
    }
    lines.finish()
}

/// What a run did, if it did anything and that was compacted.
pub(super) async fn changes(bucket: &Bucket, run: RunId) -> Result<Changes, StoreError> {
    let Some(bytes) = bucket.get(&changes_path(bucket, run)).await? else {
        return Ok(Changes::default());
    };
    let read = || {
        let mut reading = Reading::new(&bytes);
        let _: ChangesHead = reading.head()?;
        let mut changes = Changes::default();
        while let Some(line) = reading.next()? {
            match line {
                ChangeLine::Object(key, was, is) => drop(changes.objects.insert(key, (was, is))),
                ChangeLine::Output(name, was, is) => drop(changes.outputs.insert(name, (was, is))),
            }
        }
        Ok(changes)
    };
    read().map_err(|why| bucket.place.unreadable(&format!("changes/{:020}", run.0), why))
}

fn unwritten(error: &std::io::Error) -> StoreError {
    StoreError::Io { context: "cannot write a snapshot".to_owned(), reason: error.to_string() }
}
