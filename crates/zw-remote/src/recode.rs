//! All that a state holds, in another form in which it means the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zw_state::{Intent, OutputRow, Recoding, ResourceRow, RowKey, RowVersion, RunId, StoreError};

use crate::state::{Change, Changes, State};

/// What takes the place of what there was, all at once: the history, too, wherever it was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recoded {
    rows: Vec<Arc<ResourceRow>>,
    outputs: Vec<OutputRow>,
    journal: Vec<Intent>,
    changes: Vec<(RunId, Vec<ObjectLine>, Vec<OutputLine>)>,
}

type ObjectLine = (RowKey, Change<Arc<ResourceRow>>);
type OutputLine = (Arc<str>, Change<OutputRow>);

impl Recoded {
    /// What becomes of a state, with the changes of all of its runs.
    ///
    /// # Errors
    /// If something cannot be given another form.
    pub(crate) fn of(
        state: &State,
        changes: &BTreeMap<RunId, Changes>,
        recoding: &Recoding,
    ) -> Result<Self, StoreError> {
        let mut rows = Rows { recoding, done: HashMap::new() };
        let output = |output: &OutputRow| recoding.recoder.output(output.clone());
        let is_meant = |name: &str| *name != *recoding.mark;
        let outputs = state.outputs.values().filter(|output| is_meant(&output.name)).map(output);
        let outputs = outputs.chain(recoding.record.clone().map(Ok));
        let journal = state.journal.values().map(|one| recoding.recoder.intent(one.clone()));
        let line = |(name, change): (&Arc<str>, &Change<OutputRow>)| {
            Ok((name.clone(), both(change, output)?))
        };
        let mut of_runs = Vec::with_capacity(changes.len());
        for (run, changes) in changes {
            let objects = changes.objects.iter();
            let objects =
                objects.map(|(key, change)| Ok((key.clone(), both(change, |row| rows.row(row))?)));
            let objects = objects.collect::<Result<Vec<ObjectLine>, StoreError>>()?;
            let outputs = changes.outputs.iter().filter(|(name, _)| is_meant(name)).map(line);
            of_runs.push((*run, objects, outputs.collect::<Result<Vec<_>, StoreError>>()?));
        }
        let all = state.resources.values().map(|row| rows.row(row));
        Ok(Self {
            rows: all.collect::<Result<_, _>>()?,
            outputs: outputs.collect::<Result<_, _>>()?,
            journal: journal.collect::<Result<_, _>>()?,
            changes: of_runs,
        })
    }

    /// Puts it in the place of what a state has.
    pub(crate) fn put_into(&self, state: &mut State) {
        let rows = self.rows.iter();
        state.resources = rows.map(|row| (row.key.clone(), row.clone())).collect();
        let outputs = self.outputs.iter();
        state.outputs = outputs.map(|output| (output.name.clone(), output.clone())).collect();
        let journal = self.journal.iter();
        state.journal = journal.map(|intent| (intent.token.clone(), intent.clone())).collect();
        let changes = self.changes.iter().map(|(run, objects, outputs)| {
            let objects = objects.iter().cloned().collect();
            (*run, Changes { objects, outputs: outputs.iter().cloned().collect() })
        });
        state.changes = changes.collect();
    }
}

/// Rows, each recoded once, however many runs found or left it as it is.
struct Rows<'a> {
    recoding: &'a Recoding,
    done: HashMap<(RowKey, RowVersion), Arc<ResourceRow>>,
}

impl Rows<'_> {
    fn row(&mut self, row: &Arc<ResourceRow>) -> Result<Arc<ResourceRow>, StoreError> {
        let place = (row.key.clone(), row.version);
        if let Some(done) = self.done.get(&place) {
            return Ok(done.clone());
        }
        let recoded = Arc::new(self.recoding.recoder.row(ResourceRow::clone(row))?);
        self.done.insert(place, recoded.clone());
        Ok(recoded)
    }
}

fn both<T>(
    (before, after): &Change<T>,
    mut recoded: impl FnMut(&T) -> Result<T, StoreError>,
) -> Result<Change<T>, StoreError> {
    let before = before.as_ref().map(&mut recoded).transpose()?;
    Ok((before, after.as_ref().map(&mut recoded).transpose()?))
}
