//! What applying a plan writes, and what it relies on: so that plans which have nothing to do with one another can
//! be applied at the same time.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use zw_lang::ResourceMode;
use zw_state::Scope;

use crate::api::Run;
use crate::plan::{Action, OutputChange};
use crate::planner::Planner;
use crate::state::{Current, Prior, encode_output};

impl Run {
    /// What applying the plan may write, and what must stay as it is meanwhile.
    pub fn scope(&self) -> Scope {
        let planner = &self.planner;
        let mut writes: BTreeSet<Arc<str>> = BTreeSet::new();
        for change in &planner.changes {
            let is_written = change.address.resource().mode == ResourceMode::Managed
                && (change.action != Action::NoOp || change.previous_address.is_some());
            if is_written {
                let previous = change.previous_address.iter();
                writes.extend(previous.chain([&change.address]).map(|one| one.to_string().into()));
            }
        }
        for prior in planner.rewritten() {
            let moved = prior.moved_from.iter();
            writes.extend(moved.chain([&prior.address]).map(|one| one.to_string().into()));
        }
        let outputs = planner.outputs.iter().filter(|output| planner.is_written(output));
        writes.extend(outputs.map(|output| Scope::output(&output.name)));
        let reads = self.reads().into_iter().map(|(key, _)| key.address);
        Scope::Parts { reads: reads.filter(|part| !writes.contains(part)).collect(), writes }
    }
}

impl Planner {
    /// Objects whose rows are written although nothing happens to them: they were found to be otherwise than
    /// recorded, or they move, or their end is to be another.
    pub(crate) fn rewritten(&self) -> impl Iterator<Item = &Prior> {
        let endings: HashMap<usize, _> = self
            .changes
            .iter()
            .zip(&self.details)
            .filter(|(change, detail)| change.action == Action::NoOp && detail.instance.is_some())
            .filter_map(|(_, detail)| Some((detail.prior?, detail.ending)))
            .collect();
        self.prior.objects.iter().enumerate().filter_map(move |(at, prior)| {
            let is_otherwise = match &prior.current {
                Current::Gone => true,
                Current::Read(object) => prior.recorded.as_ref() != Some(object),
                _ => false,
            };
            let ends_otherwise = endings.get(&at).is_some_and(|ending| *ending != prior.row.ending);
            (is_otherwise || ends_otherwise || prior.moved_from.is_some()).then_some(prior)
        })
    }

    /// Whether a planned output is written: it changes, or stands in the state in another form.
    pub(crate) fn is_written(&self, output: &OutputChange) -> bool {
        if output.action != Action::NoOp {
            return true;
        }
        let plain = output.after.clone().unmark_all().0;
        let row = encode_output(&output.name, &plain, output.sensitive);
        self.prior.outputs.get(&output.name) != Some(&row)
    }
}
