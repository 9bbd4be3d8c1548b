//! A store without a disk, to compare others with.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Intent, OutputRow, ResourceRow, RowKey, RowVersion, RunId, Write};

/// What a store must hold after some writes. Versions are left out: they are the store's to give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Objects by key, all with version 0.
    pub resources: BTreeMap<RowKey, ResourceRow>,
    /// Outputs by name.
    pub outputs: BTreeMap<Arc<str>, OutputRow>,
    /// Intents by token.
    pub journal: BTreeMap<Arc<str>, Intent>,
}

impl Model {
    /// Takes writes in order; false, and nothing changed, if one of them is refused.
    pub fn write(&mut self, writes: &[Write]) -> bool {
        let mut next = self.clone();
        let accepted = writes.iter().all(|write| next.take(write));
        if accepted {
            *self = next;
        }
        accepted
    }

    fn take(&mut self, write: &Write) -> bool {
        match write {
            Write::Put(row) => {
                let row = ResourceRow { version: RowVersion::default(), ..row.clone() };
                self.resources.insert(row.key.clone(), row);
                true
            }
            Write::Remove(key) => {
                self.resources.remove(key);
                true
            }
            Write::Move(from, to) => {
                if self.resources.contains_key(to) {
                    return false;
                }
                let Some(mut row) = self.resources.remove(from) else { return false };
                row.key = to.clone();
                self.resources.insert(to.clone(), row);
                true
            }
            Write::PutOutput(output) => {
                self.outputs.insert(output.name.clone(), output.clone());
                true
            }
            Write::RemoveOutput(name) => {
                self.outputs.remove(name);
                true
            }
            Write::Begin(intent) => {
                self.journal.insert(intent.token.clone(), intent.clone()).is_none()
            }
            Write::Settle(token) => self.journal.remove(token).is_some(),
            Write::Adopt { .. } | Write::Took(_) => true,
        }
    }

    /// Intents that do not belong to a run, in the order of a store.
    pub fn in_doubt(&self, run: RunId) -> Vec<Intent> {
        let others = self.journal.values().filter(|intent| intent.run != run);
        let mut others: Vec<Intent> = others.cloned().collect();
        others.sort_by(|a, b| (a.run, &a.token).cmp(&(b.run, &b.token)));
        others
    }
}
