//! How much of the history is kept.

use std::num::{NonZeroU32, NonZeroUsize};

use crate::actor::Moment;
use crate::model::RunId;

/// What is kept of the history: all of it, unless there is a limit. A run is forgotten as soon as it is beyond one of
/// the limits that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// The newest runs, this many.
    pub runs: Option<NonZeroUsize>,
    /// The runs of this many days.
    pub days: Option<NonZeroU32>,
}

impl Retention {
    /// The number that the oldest run has at least that is kept for its age.
    pub(crate) fn oldest(self) -> Option<RunId> {
        self.days.map(|days| RunId(Moment::days_ago(days.get()).digits()))
    }
}
