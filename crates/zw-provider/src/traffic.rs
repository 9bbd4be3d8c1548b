//! Calls of services: how many there were, and how fast they may go.
//!
//! All connections of a run share one [`Traffic`]. What a service limits together (calls of one provider, account,
//! region and service) goes through one [`Lane`], whoever makes it. A connection takes its [`Lane::turn`] before each attempt
//! and says what became of it: so retries are counted and paced like everything else.

mod pace;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use pace::{Pace, Turn};

/// The calls of a run, and their pace. Clones share it.
#[derive(Clone, Default)]
pub struct Traffic(Arc<Shared>);

#[derive(Default)]
struct Shared {
    calls: Mutex<BTreeMap<Call, CallCount>>,
    lanes: Mutex<HashMap<LaneKey, Arc<Road>>>,
    slowed: Mutex<VecDeque<Slowed>>,
    has_slowed: Notify,
}

/// What has one limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaneKey {
    /// The provider's name, as `aws`.
    pub provider: String,
    /// The account or project.
    pub account: String,
    /// The region; empty for a service that has none.
    pub region: String,
    /// The service, as `ec2`.
    pub service: String,
}

/// A call, as it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Call {
    /// The provider's name, as `aws`.
    pub provider: String,
    /// The service, as `ec2`.
    pub service: String,
    /// The operation, as `DescribeVpcs`.
    pub operation: String,
}

/// How many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCount {
    /// Requests that were sent, each attempt counted.
    pub sent: u64,
    /// Those that the service turned away because there were too many.
    pub throttled: u64,
    /// Those that repeated an earlier one, whatever had become of it.
    pub retried: u64,
}

impl CallCount {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.throttled += other.throttled;
        self.retried += other.retried;
    }
}

/// The calls of a run, by provider, service and operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls(pub BTreeMap<Call, CallCount>);

impl Calls {
    /// All together.
    pub fn total(&self) -> CallCount {
        self.sum(|_| ()).remove(&()).unwrap_or_default()
    }

    /// By provider and service.
    pub fn by_service(&self) -> BTreeMap<(&str, &str), CallCount> {
        self.sum(|call| (call.provider.as_str(), call.service.as_str()))
    }

    fn sum<'a, K: Ord>(&'a self, key: impl Fn(&'a Call) -> K) -> BTreeMap<K, CallCount> {
        let mut sums = BTreeMap::<K, CallCount>::new();
        for (call, count) in &self.0 {
            sums.entry(key(call)).or_default().add(*count);
        }
        sums
    }
}

/// A service asked for fewer calls, and gets them.
#[derive(Clone, Debug, PartialEq)]
pub struct Slowed {
    /// What has the limit.
    pub lane: LaneKey,
    /// How many calls a second there will be, for now.
    pub per_second: f64,
}

/// What became of a call, as far as its pace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The service dealt with it, whether it did what it was asked or not.
    Served,
    /// The service turned it away because there were too many.
    Throttled,
    /// There was no answer.
    Lost,
}

impl Outcome {
    /// The word for it in logs.
    const fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Throttled => "throttled",
            Self::Lost => "lost",
        }
    }
}

/// The state of what has one limit.
struct Road {
    pace: Mutex<Pace>,
    /// Those who wait, one behind the other.
    queue: tokio::sync::Mutex<()>,
}

/// The way to what has one limit. Clones share the limit.
#[derive(Clone)]
pub struct Lane {
    key: LaneKey,
    traffic: Traffic,
    road: Arc<Road>,
}

impl Traffic {
    /// The way to what has one limit.
    pub fn lane(&self, key: LaneKey) -> Lane {
        let mut lanes = lock(&self.0.lanes);
        let road = lanes.entry(key.clone()).or_insert_with(|| {
            let pace = Mutex::new(Pace::new(Instant::now()));
            Arc::new(Road { pace, queue: tokio::sync::Mutex::default() })
        });
        Lane { key, traffic: self.clone(), road: road.clone() }
    }

    /// The calls until now.
    pub fn calls(&self) -> Calls {
        Calls(lock(&self.0.calls).clone())
    }

    /// Waits until a service asks for fewer calls.
    pub async fn slowed(&self) -> Slowed {
        loop {
            if let Some(slowed) = lock(&self.0.slowed).pop_front() {
                return slowed;
            }
            self.0.has_slowed.notified().await;
        }
    }

    fn count(&self, key: &LaneKey, operation: &str, count: CallCount) {
        let (provider, service) = (key.provider.clone(), key.service.clone());
        let call = Call { provider, service, operation: operation.to_owned() };
        lock(&self.0.calls).entry(call).or_default().add(count);
    }
}

impl Lane {
    /// What has the limit.
    pub fn key(&self) -> &LaneKey {
        &self.key
    }

    /// Waits until a call may go out: not at all, as long as the service has not complained. The number of the turn
    /// belongs to what became of the call.
    pub async fn turn(&self) -> u64 {
        let take = || lock(&self.road.pace).take(Instant::now());
        if !lock(&self.road.pace).is_limited()
            && let Turn::Now(turn) = take()
        {
            return turn;
        }
        let _first = self.road.queue.lock().await;
        loop {
            match take() {
                Turn::Now(turn) => return turn,
                Turn::After(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Counts a request that is sent.
    pub fn sent(&self, operation: &str, is_retry: bool) {
        let count = CallCount { sent: 1, throttled: 0, retried: u64::from(is_retry) };
        self.traffic.count(&self.key, operation, count);
    }

    /// Takes note of what became of a request of that turn.
    pub fn ended(&self, operation: &str, outcome: Outcome, turn: u64) {
        self.ended_as(operation, outcome, turn, None);
    }

    /// The same of a request to which the service has given an id.
    pub fn ended_as(&self, operation: &str, outcome: Outcome, turn: u64, request_id: Option<&str>) {
        tracing::debug!(
            target: "zw::call",
            provider = self.key.provider,
            account = self.key.account,
            region = self.key.region,
            service = self.key.service,
            operation,
            outcome = outcome.name(),
            request_id,
            "call"
        );
        if outcome == Outcome::Throttled {
            let count = CallCount { throttled: 1, ..CallCount::default() };
            self.traffic.count(&self.key, operation, count);
        }
        let cut = lock(&self.road.pace).note(outcome, turn, Instant::now());
        if let Some(per_second) = cut {
            lock(&self.traffic.0.slowed).push_back(Slowed { lane: self.key.clone(), per_second });
            self.traffic.0.has_slowed.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Traffic").field(&self.calls().total()).finish()
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lane").field(&self.key).finish()
    }
}

#[cfg(test)]
mod tests;
