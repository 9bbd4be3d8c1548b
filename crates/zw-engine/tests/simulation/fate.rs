//! Where a process dies, and what it was doing then.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::chance::Chance;

/// The fate of all processes of a trial: one lives at a time.
#[derive(Clone)]
pub(crate) struct Fate(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    died: Notify,
}

struct State {
    chance: Chance,
    /// The process that lives, or was the last to.
    process: u64,
    is_alive: bool,
    /// Points that it has passed, and at which it dies or stops.
    passed: usize,
    dies_at: Option<usize>,
    stops_at: Option<usize>,
    stop: zw_engine::Stop,
    is_troubled: bool,
    said: Option<Vec<String>>,
}

/// What a process, and whatever it started, knows of itself.
#[derive(Clone)]
pub(crate) struct Process {
    fate: Fate,
    number: u64,
}

/// What is to happen to a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plan {
    /// Whether the store and provisioners fail now and then.
    pub(crate) is_troubled: bool,
    /// After how many points it dies.
    pub(crate) dies_at: Option<usize>,
    /// After how many points somebody asks it to stop.
    pub(crate) stops_at: Option<usize>,
}

impl Fate {
    pub(crate) fn new(chance: Chance, is_loud: bool) -> Self {
        let state = State {
            chance,
            process: 0,
            is_alive: false,
            passed: 0,
            dies_at: None,
            stops_at: None,
            stop: zw_engine::Stop::default(),
            is_troubled: false,
            said: is_loud.then(Vec::new),
        };
        Self(Arc::new(Inner { state: Mutex::new(state), died: Notify::new() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new process begins.
    pub(crate) fn begin(&self, plan: Plan) -> (Process, zw_engine::Stop) {
        let mut state = self.state();
        state.process += 1;
        state.is_alive = true;
        state.passed = 0;
        state.dies_at = plan.dies_at;
        state.stops_at = plan.stops_at;
        state.stop = zw_engine::Stop::default();
        state.is_troubled = plan.is_troubled;
        let process = Process { fate: self.clone(), number: state.process };
        (process, state.stop.clone())
    }

    /// The process that lives; if there is none, one that does not.
    pub(crate) fn living(&self) -> Process {
        let state = self.state();
        let number = if state.is_alive { state.process } else { 0 };
        Process { fate: self.clone(), number }
    }

    /// Waits until the process that lives has died.
    pub(crate) async fn death(&self) {
        self.0.died.notified().await;
    }

    /// Takes a number from chance, or whatever else.
    pub(crate) fn with<T>(&self, take: impl FnOnce(&mut Chance) -> T) -> T {
        take(&mut self.state().chance)
    }

    /// Whether something fails that fails one time in `of` when there is trouble.
    pub(crate) fn strikes(&self, of: usize) -> bool {
        let mut state = self.state();
        state.is_troubled && state.chance.one_in(of)
    }

    /// Says what happens, if somebody listens.
    pub(crate) fn say(&self, what: impl FnOnce() -> String) {
        let mut state = self.state();
        let number = state.process;
        if let Some(said) = &mut state.said {
            let line = format!("[{number}] {}", what());
            eprintln!("{line}");
            said.push(line);
        }
    }
}

impl Process {
    pub(crate) const fn fate(&self) -> &Fate {
        &self.fate
    }

    pub(crate) fn lives(&self) -> bool {
        let state = self.fate.state();
        state.is_alive && state.process == self.number
    }

    /// A point at which the process may die. Nothing of it goes on after that.
    pub(crate) async fn point(&self, what: impl Fn() -> String) {
        if !self.lives() {
            return pending().await;
        }
        let dies = {
            let mut state = self.fate.state();
            let at = state.passed;
            state.passed += 1;
            if state.stops_at == Some(at) {
                state.stop.stop();
            }
            let dies = state.dies_at == Some(at);
            state.is_alive = !dies;
            dies
        };
        if dies {
            self.fate.say(|| format!("dies: {}", what()));
            self.fate.0.died.notify_one();
            pending::<()>().await;
        }
        self.fate.say(what);
    }

    /// Time passes, in which others go on.
    pub(crate) async fn wait(&self, millis_max: usize) {
        let time = self.fate.with(|chance| chance.millis(millis_max));
        if time > Duration::ZERO {
            tokio::time::sleep(time).await;
        }
    }
}
