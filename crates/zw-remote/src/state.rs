//! A state in memory, and the steps that lead from one to the next.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use zw_state::{
    Intent, OutputChange, OutputRow, ResourceRow, Retention, RowKey, RowVersion, Run, RunId,
    Snapshot, Took, Write,
};

use crate::event::Event;

/// Something as it was before a run and as it was after it.
pub(crate) type Change<T> = (Option<T>, Option<T>);

/// What a run did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// Objects.
    pub(crate) objects: BTreeMap<RowKey, Change<Arc<ResourceRow>>>,
    /// Outputs.
    pub(crate) outputs: BTreeMap<Arc<str>, Change<OutputRow>>,
}

impl Changes {
    /// How many things it did something to.
    pub(crate) fn len(&self) -> usize {
        self.objects.len() + self.outputs.len()
    }
}

/// All that a store keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Names it for ever; empty before the first run.
    pub(crate) lineage: String,
    /// How many runs changed something.
    pub(crate) serial: u64,
    /// Whether the last run is among them.
    pub(crate) counted: bool,
    /// The version given last.
    pub(crate) version: u64,
    /// The greatest epoch in which somebody wrote, or was kept from writing.
    pub(crate) epoch: u64,
    /// Objects.
    pub(crate) resources: BTreeMap<RowKey, Arc<ResourceRow>>,
    /// Outputs.
    pub(crate) outputs: BTreeMap<Arc<str>, OutputRow>,
    /// The journal, by token.
    pub(crate) journal: BTreeMap<Arc<str>, Intent>,
    /// Runs, oldest first.
    pub(crate) runs: Vec<Run>,
    /// Changes of runs that are kept nowhere else yet.
    pub(crate) changes: BTreeMap<RunId, Changes>,
}

/// What must be put back to undo the steps of a batch.
struct Undo {
    lineage: String,
    version: u64,
    serial: u64,
    counted: bool,
    tally: Option<[u64; 3]>,
    steps: Vec<Step>,
}

enum Step {
    Row(RowKey, Option<Arc<ResourceRow>>),
    Output(Arc<str>, Option<OutputRow>),
    Intent(Arc<str>, Option<Intent>),
    Change(RunId, RowKey, Option<Change<Arc<ResourceRow>>>),
    OutputChange(RunId, Arc<str>, Option<Change<OutputRow>>),
    Took(Vec<Took>),
}

impl State {
    /// The last run.
    pub(crate) fn run(&self) -> Option<RunId> {
        self.runs.last().map(|run| run.id)
    }

    /// What exists, for readers.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let rows = self.resources.iter();
        Snapshot {
            serial: self.serial,
            lineage: self.lineage.clone(),
            resources: rows.map(|(key, row)| (key.clone(), ResourceRow::clone(row))).collect(),
            outputs: self.outputs.clone(),
        }
    }

    /// Versions of rows, in the order of the keys.
    pub(crate) fn versions(&self, keys: &[RowKey]) -> Vec<Option<RowVersion>> {
        keys.iter().map(|key| self.resources.get(key).map(|row| row.version)).collect()
    }

    /// Runs, newest first.
    pub(crate) fn runs(&self, most: usize) -> Vec<Run> {
        self.runs.iter().rev().take(most).cloned().collect()
    }

    /// Intents of other runs, in the order in which these began.
    pub(crate) fn in_doubt(&self, run: RunId) -> Vec<Intent> {
        let others = self.journal.values().filter(|intent| intent.run != run);
        let mut others: Vec<Intent> = others.cloned().collect();
        others.sort_by(|a, b| (a.run, &a.token).cmp(&(b.run, &b.token)));
        others
    }

    /// Takes a batch of writes whole, or not at all. Gives the events to write down, and the versions of
    /// rows that were put.
    ///
    /// # Errors
    /// What is in conflict.
    pub(crate) fn write(
        &mut self,
        writes: Vec<Write>,
    ) -> Result<(Vec<Event>, Vec<RowVersion>), String> {
        let mut undo = Undo {
            lineage: self.lineage.clone(),
            version: self.version,
            serial: self.serial,
            counted: self.counted,
            tally: self.runs.last().map(|run| run.changes),
            steps: Vec::new(),
        };
        let (mut events, mut versions) = (Vec::with_capacity(writes.len()), Vec::new());
        for write in writes {
            match self.event_of(write) {
                Ok(None) => {}
                Ok(Some(event)) => {
                    if let Event::Put(row) = &event {
                        versions.push(row.version);
                    }
                    self.take(&event, &mut undo.steps);
                    events.push(event);
                }
                Err(conflict) => {
                    self.undo(undo);
                    return Err(conflict);
                }
            }
        }
        Ok((events, versions))
    }

    /// Takes a step that was written down.
    pub(crate) fn apply(&mut self, event: &Event) {
        self.take(event, &mut Vec::new());
    }

    /// The event that a write makes of this state; `None` if it changes nothing.
    fn event_of(&self, write: Write) -> Result<Option<Event>, String> {
        let next = RowVersion(self.version + 1);
        Ok(Some(match write {
            Write::Put(row) => Event::Put(Arc::new(ResourceRow { version: next, ..row })),
            Write::Remove(key) => {
                if !self.resources.contains_key(&key) {
                    return Ok(None);
                }
                Event::Remove(key, next)
            }
            Write::Move(from, to) => {
                if !self.resources.contains_key(&from) {
                    return Err(from.to_string());
                }
                if self.resources.contains_key(&to) {
                    return Err(to.to_string());
                }
                Event::Move(from, to, RowVersion(self.version + 2))
            }
            Write::PutOutput(output) => {
                if self.outputs.get(&output.name) == Some(&output) {
                    return Ok(None);
                }
                Event::PutOutput(output)
            }
            Write::RemoveOutput(name) => {
                if !self.outputs.contains_key(&name) {
                    return Ok(None);
                }
                Event::RemoveOutput(name)
            }
            Write::Begin(intent) => {
                if self.journal.contains_key(&intent.token) {
                    return Err(format!("operation {}", intent.token));
                }
                Event::Begin(intent)
            }
            Write::Settle(token) => {
                if !self.journal.contains_key(&token) {
                    return Err(format!("operation {token}"));
                }
                Event::Settle(token)
            }
            Write::Adopt { lineage, serial } => Event::Adopt { lineage, serial },
            Write::Took(took) => Event::Took(took),
        }))
    }

    fn take(&mut self, event: &Event, steps: &mut Vec<Step>) {
        match event {
            Event::New { lineage } => self.lineage.clone_from(lineage),
            Event::Run { run, epoch } => {
                self.runs.push(run.clone());
                self.counted = false;
                self.epoch = self.epoch.max(*epoch);
            }
            Event::End { run, status, ended } => {
                if let Some(run) = self.runs.iter_mut().rev().find(|other| other.id == *run) {
                    run.status = *status;
                    run.ended = Some(ended.clone());
                }
            }
            Event::Unlock { epoch } => self.epoch = self.epoch.max(*epoch),
            Event::Put(row) => {
                let before = self.set(row.key.clone(), Some(row.clone()), steps);
                self.count(row.version, Some(usize::from(before)));
            }
            Event::Remove(key, version) => {
                self.set(key.clone(), None, steps);
                self.count(*version, Some(2));
            }
            Event::Move(from, to, version) => {
                if let Some(row) = self.resources.get(from) {
                    let row = ResourceRow { key: to.clone(), version: *version, ..(**row).clone() };
                    self.set(from.clone(), None, steps);
                    self.set(to.clone(), Some(Arc::new(row)), steps);
                    self.count(*version, None);
                }
            }
            Event::PutOutput(output) => {
                self.set_output(output.name.clone(), Some(output.clone()), steps);
                self.count(RowVersion(self.version), None);
            }
            Event::RemoveOutput(name) => {
                self.set_output(name.clone(), None, steps);
                self.count(RowVersion(self.version), None);
            }
            Event::Begin(intent) => {
                let before = self.journal.insert(intent.token.clone(), intent.clone());
                steps.push(Step::Intent(intent.token.clone(), before));
            }
            Event::Settle(token) => {
                steps.push(Step::Intent(token.clone(), self.journal.remove(token)));
            }
            Event::Adopt { lineage, serial } => {
                self.lineage = lineage.to_string();
                self.serial = *serial;
                self.counted = true;
            }
            Event::Recode(recoded) => recoded.put_into(self),
            Event::Took(took) => {
                if let Some(run) = self.runs.last_mut() {
                    steps.push(Step::Took(std::mem::replace(&mut run.took, took.clone())));
                }
            }
            Event::Prune { first } => {
                self.runs.retain(|run| run.id >= *first);
                self.changes.retain(|run, _| run >= first);
            }
        }
    }

    /// Sets or removes a row, notes that in the changes of the run, and says whether there was one.
    fn set(&mut self, key: RowKey, row: Option<Arc<ResourceRow>>, steps: &mut Vec<Step>) -> bool {
        let before = match &row {
            Some(row) => self.resources.insert(key.clone(), row.clone()),
            None => self.resources.remove(&key),
        };
        let existed = before.is_some();
        if let Some(run) = self.run() {
            let objects = &mut self.changes.entry(run).or_default().objects;
            let noted = note(objects, &key, before.clone(), row);
            steps.push(Step::Change(run, key.clone(), noted));
        }
        steps.push(Step::Row(key, before));
        existed
    }

    /// Sets or removes an output, and notes that in the changes of the run.
    fn set_output(&mut self, name: Arc<str>, output: Option<OutputRow>, steps: &mut Vec<Step>) {
        let before = match &output {
            Some(output) => self.outputs.insert(name.clone(), output.clone()),
            None => self.outputs.remove(&name),
        };
        if let Some(run) = self.run() {
            let outputs = &mut self.changes.entry(run).or_default().outputs;
            let noted = note(outputs, &name, before.clone(), output);
            steps.push(Step::OutputChange(run, name.clone(), noted));
        }
        steps.push(Step::Output(name, before));
    }

    /// The first run that is to be kept, if any is not: none that has operations in the journal, nor one after it, is
    /// forgotten, and never the last.
    pub(crate) fn first_kept(&self, retention: Retention) -> Option<RunId> {
        let most = retention.runs.map_or(usize::MAX, NonZeroUsize::get);
        let by_count = self.runs.len().checked_sub(most).map(|at| self.runs[at].id);
        let wanted = by_count.max(retention.oldest())?;
        let in_doubt = self.journal.values().map(|intent| intent.run);
        let first = in_doubt.chain(self.run()).fold(wanted, RunId::min);
        self.runs.first().is_some_and(|run| run.id < first).then_some(first)
    }

    /// Counts a change: created, changed or destroyed objects.
    fn count(&mut self, version: RowVersion, what: Option<usize>) {
        self.version = self.version.max(version.0);
        if !self.counted {
            self.counted = true;
            self.serial += 1;
        }
        if let (Some(what), Some(run)) = (what, self.runs.last_mut()) {
            run.changes[what] += 1;
        }
    }

    fn undo(&mut self, undo: Undo) {
        for step in undo.steps.into_iter().rev() {
            match step {
                Step::Row(key, before) => put_back(&mut self.resources, key, before),
                Step::Output(name, before) => put_back(&mut self.outputs, name, before),
                Step::Intent(token, before) => put_back(&mut self.journal, token, before),
                Step::Change(run, key, before) => {
                    put_back(&mut self.changes.entry(run).or_default().objects, key, before);
                }
                Step::Took(before) => {
                    if let Some(run) = self.runs.last_mut() {
                        run.took = before;
                    }
                }
                Step::OutputChange(run, name, before) => {
                    put_back(&mut self.changes.entry(run).or_default().outputs, name, before);
                }
            }
        }
        self.lineage = undo.lineage;
        self.version = undo.version;
        self.serial = undo.serial;
        self.counted = undo.counted;
        if let (Some(run), Some(tally)) = (self.runs.last_mut(), undo.tally) {
            run.changes = tally;
        }
    }
}

fn put_back<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}

/// Notes what something is now, and what it was before the run; gives what was noted of it.
fn note<K: Ord + Clone, T: Clone>(
    changes: &mut BTreeMap<K, Change<T>>,
    key: &K,
    before: Option<T>,
    after: Option<T>,
) -> Option<Change<T>> {
    let noted = changes.get(key).cloned();
    let first = noted.as_ref().map_or(before, |(first, _)| first.clone());
    changes.insert(key.clone(), (first, after));
    noted
}

/// Changes of a run for readers: those that are left of it.
pub(crate) fn listed(changes: &Changes) -> Vec<(RowKey, Option<ResourceRow>, Option<ResourceRow>)> {
    let own = |row: &Option<Arc<ResourceRow>>| row.as_deref().cloned();
    let there =
        changes.objects.iter().filter(|(_, (before, after))| before.is_some() || after.is_some());
    there.map(|(key, (before, after))| (key.clone(), own(before), own(after))).collect()
}

/// The same of outputs.
pub(crate) fn listed_outputs(changes: &Changes) -> Vec<OutputChange> {
    let there = changes.outputs.iter().filter(|(_, (before, after))| before != after);
    there.map(|(name, (before, after))| (name.clone(), before.clone(), after.clone())).collect()
}
