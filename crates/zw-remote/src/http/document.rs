//! The document: a `terraform.tfstate` with one field more.
//!
//! The field `zw` holds what Terraform's format has no place for: intents, versions of rows, dependencies by
//! instance, and the last runs with what they changed. It speaks of the document with its serial only. Terraform
//! counts the serial up when it writes, and drops the field: what is left then is what Terraform knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zw_state::{
    Intent, OutputRow, ResourceRow, RowKey, RowVersion, Run, RunId, StoreError, from_tfstate,
    to_tfstate,
};

use crate::event::FORMAT;
use crate::state::{Change, Changes, State};

/// The name of the field.
const FIELD: &str = "zw";

/// Runs whose changes are kept.
const RUNS_MAX: usize = 20;

/// Changed objects that are kept, if they are not more than there are objects.
const CHANGES_MAX: usize = 500;

/// How far versions of rows are apart that are counted from serials: more than one commit can give.
const VERSIONS_PER_SERIAL: u64 = 1 << 20;

/// What was read.
#[derive(Default)]
pub(super) struct Document {
    pub(super) state: State,
    /// The serial of the document, which every write counts up.
    pub(super) serial: u64,
}

#[derive(Serialize, Deserialize)]
struct Extra {
    format: u32,
    /// The serial of the document that it belongs to.
    of: u64,
    /// The serial of the state, which counts runs.
    serial: u64,
    counted: bool,
    version: u64,
    rows: Vec<Row>,
    intents: Vec<Intent>,
    runs: Vec<Run>,
    changes: Vec<(RunId, Vec<ObjectLine>, Vec<OutputLine>)>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    key: RowKey,
    version: RowVersion,
    dependencies: Vec<Arc<str>>,
}

type ObjectLine = (RowKey, Option<Arc<ResourceRow>>, Option<Arc<ResourceRow>>);

type OutputLine = (Arc<str>, Option<OutputRow>, Option<OutputRow>);

/// The part of a document that is read here.
#[derive(Deserialize)]
struct Beside {
    #[serde(default)]
    serial: u64,
    #[serde(default)]
    zw: Option<serde_json::Value>,
}

/// The text of a document, which takes the place of the one with the serial before.
pub(super) fn write(state: &State, serial: u64) -> Result<String, StoreError> {
    let mut snapshot = state.snapshot();
    snapshot.serial = serial;
    let text = to_tfstate(&snapshot).map_err(|error| unwritten(&error))?;
    let extra = Extra {
        format: FORMAT,
        of: serial,
        serial: state.serial,
        counted: state.counted,
        version: state.version,
        rows: state.resources.values().map(|row| kept(row)).collect(),
        intents: state.journal.values().cloned().collect(),
        ..history(state)
    };
    let extra = serde_json::to_string(&extra).map_err(|error| unwritten(&error))?;
    let open = text.trim_end().strip_suffix('}').unwrap_or(&text).trim_end();
    Ok(format!("{open},\n  \"{FIELD}\": {extra}\n}}\n"))
}

fn kept(row: &ResourceRow) -> Row {
    Row { key: row.key.clone(), version: row.version, dependencies: row.dependencies.clone() }
}

/// The last runs with their changes, as many as there is room for.
fn history(state: &State) -> Extra {
    let most = CHANGES_MAX.max(state.resources.len());
    let (mut runs, mut changes, mut count) = (Vec::new(), Vec::new(), 0);
    for run in state.runs.iter().rev().take(RUNS_MAX) {
        let of_run = state.changes.get(&run.id);
        count += of_run.map_or(0, Changes::len);
        if count > most && !runs.is_empty() {
            break;
        }
        runs.push(run.clone());
        if let Some(of_run) = of_run {
            changes.push((run.id, lines(&of_run.objects), lines(&of_run.outputs)));
        }
    }
    runs.reverse();
    changes.reverse();
    Extra {
        format: FORMAT,
        of: 0,
        serial: 0,
        counted: false,
        version: 0,
        rows: Vec::new(),
        intents: Vec::new(),
        runs,
        changes,
    }
}

/// What a document says. `place` is for messages.
pub(super) fn read(text: &str, place: &str) -> Result<Document, StoreError> {
    let corrupt = |reason: String| StoreError::Corrupt { path: place.into(), reason };
    let imported = from_tfstate(text).map_err(|error| corrupt(error.to_string()))?;
    let Beside { serial, zw } =
        serde_json::from_str(text).map_err(|error| corrupt(error.to_string()))?;
    let snapshot = imported.snapshot;
    let mut state = State {
        lineage: snapshot.lineage,
        serial,
        version: serial * VERSIONS_PER_SERIAL,
        outputs: snapshot.outputs,
        ..State::default()
    };
    let extra = zw.map(|extra| of_zw(extra, place)).transpose()?;
    // One of another serial was carried along by somebody who did not understand it.
    let extra = extra.filter(|extra| extra.of == serial);
    let mut rows = BTreeMap::new();
    if let Some(extra) = extra {
        state.serial = extra.serial;
        state.counted = extra.counted;
        state.version = extra.version;
        state.runs = extra.runs;
        state.journal = extra.intents.into_iter().map(|one| (one.token.clone(), one)).collect();
        let changes = extra.changes.into_iter().map(|(run, objects, outputs)| {
            (run, Changes { objects: by_key(objects), outputs: by_key(outputs) })
        });
        state.changes = changes.collect();
        rows = extra.rows.into_iter().map(|row| (row.key.clone(), row)).collect();
    }
    for (key, mut row) in snapshot.resources {
        match rows.remove(&key) {
            Some(kept) => {
                row.version = kept.version;
                row.dependencies = kept.dependencies;
            }
            None => row.version = RowVersion(state.version),
        }
        state.resources.insert(key, Arc::new(row));
    }
    Ok(Document { state, serial })
}

fn lines<K: Clone, T: Clone>(changes: &BTreeMap<K, Change<T>>) -> Vec<(K, Option<T>, Option<T>)> {
    changes.iter().map(|(key, (was, is))| (key.clone(), was.clone(), is.clone())).collect()
}

fn by_key<K: Ord, T>(lines: Vec<(K, Option<T>, Option<T>)>) -> BTreeMap<K, Change<T>> {
    lines.into_iter().map(|(key, was, is)| (key, (was, is))).collect()
}

fn of_zw(extra: serde_json::Value, place: &str) -> Result<Extra, StoreError> {
    let format = extra.get("format").and_then(serde_json::Value::as_u64).unwrap_or(0);
    if format > u64::from(FORMAT) {
        let found = u32::try_from(format).unwrap_or(u32::MAX);
        return Err(StoreError::Newer { path: place.into(), found, known: FORMAT });
    }
    serde_json::from_value(extra).map_err(|error| StoreError::Corrupt {
        path: place.into(),
        reason: format!("its field {FIELD:?} cannot be read: {error}"),
    })
}

fn unwritten(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Io {
        context: "the state cannot be written as a file of Terraform".to_owned(),
        reason: error.to_string(),
    }
}
