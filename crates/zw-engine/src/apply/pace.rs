//! How long operations take: kept with each run, for estimates of how long the next will.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use zw_state::{IntentKind, Took, Write};

use crate::fetch::source_in;
use crate::graph::Step;
use crate::plan::Change;
use crate::registry::Registry;

/// How long the operations of a run took, by type and by what they did.
#[derive(Default)]
pub(super) struct Pace {
    by_type: BTreeMap<(Arc<str>, &'static str), Entry>,
}

struct Entry {
    provider: Arc<str>,
    took: Took,
}

impl Pace {
    /// Takes note of an operation that is done.
    pub(super) fn note(&mut self, change: &Change, step: Step, elapsed: Duration) {
        let kind = match step {
            Step::Create => IntentKind::Create,
            Step::Update => IntentKind::Update,
            Step::Delete => IntentKind::Delete,
            Step::Read => return,
        };
        let type_name: Arc<str> = change.address.resource().type_name.as_str().into();
        let entry = self.by_type.entry((type_name.clone(), kind.name())).or_insert_with(|| Entry {
            provider: change.provider.clone(),
            took: Took { type_name, kind, count: 0, milliseconds: 0 },
        });
        entry.took.count += 1;
        entry.took.milliseconds += u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    }

    /// What is to be written down: nothing of types whose objects are in the state alone, as they take no time.
    pub(super) fn write(&mut self, providers: &Registry) -> Option<Write> {
        let calls = |entry: &Entry| {
            let schema = providers.resource_type(source_in(&entry.provider), &entry.took.type_name);
            schema.is_some_and(|schema| !schema.state_only)
        };
        let took: Vec<Took> = std::mem::take(&mut self.by_type)
            .into_values()
            .filter(calls)
            .map(|entry| entry.took)
            .collect();
        (!took.is_empty()).then_some(Write::Took(took))
    }
}
