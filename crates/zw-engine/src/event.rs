//! What is told while a plan is made or applied.

use std::time::Duration;

use zw_lang::Value;
use zw_lang::addr::InstanceAddr;
use zw_provider::{OpError, Slowed, Traffic};

use crate::plan::{Action, Counts};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The objects of the state are going to be read.
    RefreshStarted {
        /// How many.
        total: usize,
    },
    /// An object is being read.
    Refreshing {
        /// Which.
        address: &'a InstanceAddr,
        /// Its id, if it has one.
        id: Option<&'a str>,
    },
    /// An object was read.
    Refreshed {
        /// Which.
        address: &'a InstanceAddr,
        /// Its id, if it has one.
        id: Option<&'a str>,
    },
    /// A data source is being read, or an ephemeral resource opened.
    Reading {
        /// Which.
        address: &'a InstanceAddr,
    },
    /// A data source was read, or an ephemeral resource opened.
    Read {
        /// Which.
        address: &'a InstanceAddr,
        /// Its id, if it has one.
        id: Option<&'a str>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A provisioner printed a line.
    Provisioning {
        /// Of which instance.
        address: &'a InstanceAddr,
        /// The type of the provisioner.
        type_name: &'a str,
        /// What it printed.
        line: &'a str,
    },
    /// The operations of a plan begin.
    ApplyStarted {
        /// How many there are.
        total: usize,
    },
    /// An operation begins. Replacements begin twice, as a deletion and as a creation.
    OperationStarted {
        /// On what.
        address: &'a InstanceAddr,
        /// The key of a deposed object.
        deposed: Option<&'a str>,
        /// [`Action::Create`], [`Action::Update`], [`Action::Delete`], [`Action::Read`] or [`Action::Open`].
        action: Action,
        /// The object's id, if it has one already.
        id: Option<&'a str>,
    },
    /// An operation is done.
    OperationDone {
        /// On what.
        address: &'a InstanceAddr,
        /// The key of a deposed object.
        deposed: Option<&'a str>,
        /// As when it began.
        action: Action,
        /// The object's id, if it has one (still).
        id: Option<&'a str>,
        /// How long it took.
        elapsed: Duration,
    },
    /// An operation failed. The report at the end has the diagnostic.
    OperationFailed {
        /// On what.
        address: &'a InstanceAddr,
        /// The key of a deposed object.
        deposed: Option<&'a str>,
        /// As when it began.
        action: Action,
        /// Why.
        error: &'a OpError,
        /// How long it took.
        elapsed: Duration,
    },
    /// An operation will not be tried, because something that it depends on failed.
    OperationSkipped {
        /// On what.
        address: &'a InstanceAddr,
        /// What would have been done.
        action: Action,
    },
    /// An operation of an earlier run that was cut off has been settled.
    Settled {
        /// On what.
        address: &'a str,
        /// What was found, in a sentence.
        outcome: &'a str,
    },
    /// A service turned calls away because there were too many; from now on they go slower.
    Slowed(&'a Slowed),
    /// No further operations begin, because the user asked to stop.
    Stopping {
        /// How many are under way and will be waited for.
        in_flight: usize,
    },
    /// All is done that will be.
    ApplyEnded {
        /// What was done.
        done: Counts,
    },
}

/// Who is told. Called from the engine's own thread: it must not block for long.
pub trait Observer: Send + Sync {
    /// Takes note of an event.
    fn event(&self, event: &Event<'_>);

    /// Takes note of an object as an operation left it, before anything that depends on it begins: for whoever has to know
    /// what is secret.
    fn learned(&self, object: &Value) {
        let _ = object;
    }
}

/// Does something, and meanwhile tells of services that ask for fewer calls.
pub(crate) async fn telling<T>(
    traffic: &Traffic,
    observer: &dyn Observer,
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            slowed = traffic.slowed() => observer.event(&Event::Slowed(&slowed)),
        }
    }
}

/// An observer that takes note of nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: &Event<'_>) {}
}
