//! What is known of an apply before it begins: how long things took before, and where they are.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use zw_engine::{Action, Expected, Forecast, OperationKey, Run};
use zw_lang::addr::InstanceAddr;
use zw_state::{IntentKind, Took};

use super::running::Operation;
use crate::ui::schemas::provider_source;
use crate::ui::text::duration;

/// How long operations took before, on the average, by type and by what they did.
#[derive(Debug, Default)]
pub(crate) struct Usual(HashMap<(Arc<str>, &'static str), Duration>);

impl Usual {
    /// From runs, newest first: the last that did something tells how long it takes.
    pub(crate) fn of(runs: &[zw_state::Run]) -> Self {
        let mut usual = HashMap::new();
        for took in runs.iter().flat_map(|run| &run.took) {
            let Took { type_name, kind, count, milliseconds } = took;
            let mean = Duration::from_millis(milliseconds / (*count).max(1));
            usual.entry((type_name.clone(), kind.name())).or_insert(mean);
        }
        Self(usual)
    }

    fn get(&self, type_name: &str, action: Action) -> Option<Duration> {
        let kind = match action {
            Action::Create => IntentKind::Create,
            Action::Update => IntentKind::Update,
            Action::Delete => IntentKind::Delete,
            // Reading is quick, and is not written down.
            _ => return Some(Duration::ZERO),
        };
        self.0.get(&(type_name.into(), kind.name())).copied()
    }
}

/// What is known of an apply before it begins.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    forecast: Forecast,
    /// Which place an instance is in, by position.
    place_of: HashMap<InstanceAddr, usize>,
    pub(super) places: Vec<Place>,
    parallelism: usize,
}

/// A region of a provider, and how far things are there.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) total: usize,
    pub(super) done: usize,
}

impl Outlook {
    /// What is known of the apply of a plan.
    pub(crate) fn of(run: &Run, usual: &Usual) -> Self {
        let forecast = run.forecast(&|type_name, action| usual.get(type_name, action));
        let mut places: IndexMap<String, usize> = IndexMap::new();
        let mut place_of = HashMap::new();
        for change in run.plan.changes.iter().filter(|change| change.action != Action::NoOp) {
            let Some(region) = run.region(change) else { continue };
            let source = provider_source(&change.provider);
            let provider = source.rsplit('/').next().unwrap_or(source);
            let entry = places.entry(format!("{provider} {region}"));
            place_of.insert(change.address.clone(), entry.index());
            entry.or_default();
        }
        for (address, ..) in forecast.operations.keys() {
            if let Some(place) = place_of.get(address) {
                places[*place] += 1;
            }
        }
        let of = |(name, total)| Place { name, total, done: 0 };
        let (_, options) = run.context();
        let parallelism = options.parallelism.max(1);
        Self { forecast, place_of, places: places.into_iter().map(of).collect(), parallelism }
    }

    /// An operation has ended: nobody waits for it any more.
    pub(super) fn end(&mut self, address: &InstanceAddr, deposed: Option<&str>, action: Action) {
        let key = (address.clone(), deposed.map(Arc::from), action);
        if let Some(expected) = self.forecast.operations.remove(&key) {
            self.forecast.unknown -= usize::from(expected.own.is_none());
        }
        if let Some(place) = self.place_of.get(address) {
            self.places[*place].done += 1;
        }
    }

    /// What is expected of an operation that is under way.
    pub(super) fn expected(&self, operation: &Operation) -> Option<&Expected> {
        self.forecast.operations.get(&key_of(operation))
    }

    /// How many operations that are under way are in each place.
    pub(super) fn running<'r>(
        &self,
        running: impl Iterator<Item = &'r Operation>,
    ) -> HashMap<usize, usize> {
        let mut counts = HashMap::new();
        for operation in running {
            if let Some(place) = self.place_of.get(&operation.address) {
                *counts.entry(*place).or_default() += 1;
            }
        }
        counts
    }

    /// How much longer it is going to take, in words, if that can be said: the longest chain of what is under way
    /// and of what waits for it, and no less than all that is left takes so many at once.
    pub(super) fn left<'r>(
        &self,
        running: impl Iterator<Item = &'r Operation>,
        now: Instant,
    ) -> Option<String> {
        let operations = &self.forecast.operations;
        if operations.is_empty() || self.forecast.unknown == operations.len() {
            return None;
        }
        let chain = running.filter_map(|operation| {
            let expected = operations.get(&key_of(operation))?;
            let elapsed = now.saturating_duration_since(operation.started);
            Some(expected.own.unwrap_or_default().saturating_sub(elapsed) + expected.after)
        });
        let chain = chain.max().unwrap_or_default();
        let work: Duration = operations.values().filter_map(|expected| expected.own).sum();
        let many = u32::try_from(self.parallelism).unwrap_or(u32::MAX);
        let left = duration(chain.max(work / many));
        let about = if self.forecast.unknown > 0 { "at least" } else { "about" };
        Some(format!("{about} {left} left"))
    }
}

fn key_of(operation: &Operation) -> OperationKey {
    (operation.address.clone(), operation.deposed.as_deref().map(Arc::from), operation.action)
}
