//! What a run asks a store for.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Holder, RunKind, Write};

/// What a run means to write, and what it relies on. A store that gives leases lets runs go on at once whose
/// scopes do not meet; one that has a single lock takes every scope for [`Scope::Everything`].
///
/// Parts are addresses of resource instances, each with all of its objects, and outputs as [`Scope::output`]
/// names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that there is, and all that there will be.
    Everything,
    /// Some of it.
    Parts {
        /// What only this run may touch. It need not exist.
        writes: BTreeSet<Arc<str>>,
        /// What stays as it is while the run goes on: others may rely on it, too, and nobody may write it.
        reads: BTreeSet<Arc<str>>,
    },
}

impl Scope {
    /// Nothing: enough to settle operations in doubt, see [`Session::in_doubt`](crate::Session::in_doubt).
    pub const fn nothing() -> Self {
        Self::Parts { writes: BTreeSet::new(), reads: BTreeSet::new() }
    }

    /// The part that an output is.
    pub fn output(name: &str) -> Arc<str> {
        format!("output.{name}").into()
    }

    /// The part that a run with this scope would write and must not, if there is one.
    pub fn outside(&self, write: &Write) -> Option<Arc<str>> {
        let Self::Parts { writes, .. } = self else { return None };
        let outside = |part: &Arc<str>| (!writes.contains(part)).then(|| part.clone());
        match write {
            Write::Put(row) => outside(&row.key.address),
            Write::Remove(key) => outside(&key.address),
            Write::Move(from, to) => outside(&from.address).or_else(|| outside(&to.address)),
            Write::PutOutput(output) => outside(&Self::output(&output.name)),
            Write::RemoveOutput(name) => outside(&Self::output(name)),
            Write::Begin(intent) => outside(&intent.key.address),
            // Whose intent it is was decided when it was found in doubt.
            Write::Settle(_) | Write::Took(_) => None,
            Write::Adopt { .. } => Some("the whole state".into()),
        }
    }
}

/// Told whom a run waits for, each time that this changes.
pub type Waiting = Arc<dyn Fn(&[Holder]) + Send + Sync>;

/// A run that is to begin.
#[derive(Clone)]
pub struct Wish {
    /// What it does.
    pub kind: RunKind,
    /// What it means to write.
    pub scope: Scope,
    /// How long to wait for others at most.
    pub wait: Duration,
    /// Who is told while it waits.
    pub waiting: Option<Waiting>,
}

impl Wish {
    /// A run that may write everything, and waits in silence.
    pub const fn everything(kind: RunKind, wait: Duration) -> Self {
        Self { kind, scope: Scope::Everything, wait, waiting: None }
    }

    /// Tells whoever wants to know whom this run waits for.
    pub fn tell(&self, holders: &[Holder]) {
        if let Some(waiting) = &self.waiting {
            waiting(holders);
        }
    }
}

impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wish")
            .field("kind", &self.kind)
            .field("scope", &self.scope)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}
