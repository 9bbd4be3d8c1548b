//! Who runs since when, and the thread that asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use zw_engine::Action;
use zw_lang::addr::InstanceAddr;
use zw_provider::LaneKey;

use super::Timed;

/// How long something may take before it is said that it still runs, and again each time that long.
const STILL_EVERY: Duration = Duration::from_secs(10);

/// How often the ticker looks.
const TICK: Duration = Duration::from_millis(100);

/// An operation that is under way.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// On what.
    pub(super) address: InstanceAddr,
    /// The key of a deposed object.
    pub(super) deposed: Option<String>,
    /// What is done.
    pub(super) action: Action,
    /// The object's id, if it has one.
    pub(super) id: Option<String>,
    /// Since when.
    pub(super) started: Instant,
    /// When it was last said that it still runs.
    said: Instant,
}

/// Which operation: an instance and the key of a deposed object.
type Key = (InstanceAddr, Option<String>);

/// Operations that are under way, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Running {
    by_key: BTreeMap<Key, u64>,
    by_order: BTreeMap<u64, Operation>,
    next: u64,
    /// Services that asked for fewer calls, and when that was last said.
    slowed: BTreeMap<LaneKey, Instant>,
}

impl Running {
    /// An operation begins.
    pub(super) fn begin(
        &mut self,
        address: &InstanceAddr,
        deposed: Option<&str>,
        action: Action,
        id: Option<&str>,
        now: Instant,
    ) {
        let deposed = deposed.map(str::to_owned);
        self.end(address, deposed.as_deref());
        self.by_key.insert((address.clone(), deposed.clone()), self.next);
        let operation = Operation {
            address: address.clone(),
            deposed,
            action,
            id: id.map(str::to_owned),
            started: now,
            said: now,
        };
        self.by_order.insert(self.next, operation);
        self.next += 1;
    }

    /// An operation has ended.
    pub(super) fn end(&mut self, address: &InstanceAddr, deposed: Option<&str>) {
        let key = (address.clone(), deposed.map(str::to_owned));
        if let Some(order) = self.by_key.remove(&key) {
            self.by_order.remove(&order);
        }
    }

    /// Whether it is to be said that a service asks for fewer calls: it may do so every second.
    pub(super) fn is_news(&mut self, lane: &LaneKey, now: Instant) -> bool {
        let said = self.slowed.get(lane);
        if said.is_some_and(|said| now.saturating_duration_since(*said) < STILL_EVERY) {
            return false;
        }
        self.slowed.insert(lane.clone(), now);
        true
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Operation> {
        self.by_order.values()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_order.len()
    }

    /// Those of which it is time to say that they still run, with how long they have run.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(Operation, Duration)> {
        let mut due = Vec::new();
        for operation in self.by_order.values_mut() {
            if now.saturating_duration_since(operation.said) >= STILL_EVERY {
                operation.said += STILL_EVERY;
                due.push((operation.clone(), operation.said - operation.started));
            }
        }
        due
    }
}

/// A thread that tells the time until it is dropped.
pub(super) struct Ticker {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Starts to tell. If there cannot be a thread, nothing is told.
    pub(super) fn start(told: Arc<dyn Timed>) -> Self {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let watched = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("zw-ticker".to_owned()).spawn(move || {
            let (stopped, changed) = &*watched;
            let mut is_stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
            while !*is_stopped {
                let waited = changed.wait_timeout(is_stopped, TICK);
                is_stopped = waited.unwrap_or_else(PoisonError::into_inner).0;
                if !*is_stopped {
                    told.tick(Instant::now());
                }
            }
        });
        Self { stop, thread: thread.ok() }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell about how it ended.
            let _ = thread.join();
        }
    }
}
