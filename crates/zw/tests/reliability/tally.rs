//! What came of many moments.

use std::fmt;

/// A line of the table.
pub(crate) struct Tally {
    what: &'static str,
    moments: usize,
    cut_off: usize,
    /// Creations in doubt that had taken place, and that had not.
    adopted: usize,
    absent: usize,
}

impl Tally {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, moments: 0, cut_off: 0, adopted: 0, absent: 0 }
    }

    /// Adds a moment after which all was well in the end, with what the apply after it said.
    pub(crate) fn add(&mut self, cut_off: bool, said: &str) {
        self.moments += 1;
        self.cut_off += usize::from(cut_off);
        self.adopted += said.matches("has been taken into the state").count();
        self.absent += said.matches("before anything was created").count();
    }

    /// Most of the moments must have hit: others would show nothing.
    pub(crate) fn conclude(self) {
        let Self { moments, cut_off, .. } = self;
        assert!(cut_off * 2 > moments, "only {cut_off} of {moments} applies were cut off");
    }
}

/// A line of the table in `docs/reliability.md`. Moments after which something was wrong are not counted: the test
/// ends with the first of them.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, moments, cut_off, adopted, absent } = self;
        let in_doubt = adopted + absent;
        write!(
            f,
            "| {what} | {moments} | {cut_off} | {in_doubt} | {adopted} | {moments} | {moments} |"
        )
    }
}
