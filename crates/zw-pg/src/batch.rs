//! Writes that follow one another, as few statements that change many rows each.

use std::collections::HashSet;

use zw_state::{Intent, OutputRow, ResourceRow, RowKey, Took, Write};

/// Rows in one statement at most: it is held in memory on both sides.
const ROWS_MAX: usize = 10_000;

/// Writes of which no two are about the same thing, so that their order does not matter.
#[derive(Default)]
pub(crate) struct Step<'a> {
    pub(crate) puts: Vec<(&'a ResourceRow, i64)>,
    pub(crate) removes: Vec<(&'a RowKey, i64)>,
    pub(crate) moves: Vec<Move<'a>>,
    pub(crate) put_outputs: Vec<&'a OutputRow>,
    pub(crate) removed_outputs: Vec<&'a str>,
    pub(crate) begun: Vec<&'a Intent>,
    pub(crate) settled: Vec<&'a str>,
    pub(crate) adopted: Option<(&'a str, u64)>,
    pub(crate) took: Option<&'a [Took]>,
    keys: HashSet<&'a RowKey>,
    outputs: HashSet<&'a str>,
    tokens: HashSet<&'a str>,
    rows: usize,
}

/// A row that gets another key, with the versions of its leaving and of its arriving.
pub(crate) struct Move<'a> {
    pub(crate) from: &'a RowKey,
    pub(crate) to: &'a RowKey,
    pub(crate) left: i64,
    pub(crate) arrived: i64,
}

/// How many versions some writes take.
pub(crate) fn versions(writes: &[Write]) -> usize {
    let of = |write: &Write| match write {
        Write::Put(_) | Write::Remove(_) => 1,
        Write::Move(..) => 2,
        _ => 0,
    };
    writes.iter().map(of).sum()
}

/// Writes in steps, each with versions from `next`, in order.
pub(crate) fn steps<'a>(
    writes: impl IntoIterator<Item = &'a Write>,
    next: &mut dyn FnMut() -> i64,
) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    for write in writes {
        let fits = steps.last().is_some_and(|step| step.fits(write));
        if !fits {
            steps.push(Step::default());
        }
        if let Some(step) = steps.last_mut() {
            step.add(write, next);
        }
    }
    steps
}

impl<'a> Step<'a> {
    fn fits(&self, write: &Write) -> bool {
        let is_known = match write {
            Write::Put(row) => self.keys.contains(&row.key),
            Write::Remove(key) => self.keys.contains(key),
            Write::Move(from, to) => self.keys.contains(from) || self.keys.contains(to),
            Write::PutOutput(output) => self.outputs.contains(&*output.name),
            Write::RemoveOutput(name) => self.outputs.contains(&**name),
            Write::Begin(intent) => self.tokens.contains(&*intent.token),
            Write::Settle(token) => self.tokens.contains(&**token),
            Write::Adopt { .. } => self.adopted.is_some(),
            Write::Took(_) => self.took.is_some(),
        };
        !is_known && self.rows < ROWS_MAX
    }

    fn add(&mut self, write: &'a Write, next: &mut dyn FnMut() -> i64) {
        self.rows += 1;
        match write {
            Write::Put(row) => {
                self.keys.insert(&row.key);
                self.puts.push((row, next()));
            }
            Write::Remove(key) => {
                self.keys.insert(key);
                self.removes.push((key, next()));
            }
            Write::Move(from, to) => {
                self.keys.extend([from, to]);
                self.moves.push(Move { from, to, left: next(), arrived: next() });
            }
            Write::PutOutput(output) => {
                self.outputs.insert(&output.name);
                self.put_outputs.push(output);
            }
            Write::RemoveOutput(name) => {
                self.outputs.insert(name);
                self.removed_outputs.push(name);
            }
            Write::Begin(intent) => {
                self.tokens.insert(&intent.token);
                self.begun.push(intent);
            }
            Write::Settle(token) => {
                self.tokens.insert(token);
                self.settled.push(token);
            }
            Write::Adopt { lineage, serial } => self.adopted = Some((lineage, *serial)),
            Write::Took(took) => self.took = Some(took),
        }
    }
}
