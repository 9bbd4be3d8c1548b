//! What goes on while a plan is made or applied: a live view on a terminal, plain lines elsewhere, messages for
//! programs.
//!
//! All three see the same [`Event`]s. What is said of each in words is in [`words`]; who runs
//! since when is kept by [`Running`], which a [`Ticker`] asks every second for whom to say that they still do.

mod live;
mod messages;
mod plain;
mod running;
#[cfg(test)]
mod tests;
mod words;

use zw_engine::{Event, Observer};

use super::terminal::Ui;

/// An observer that tells what goes on, until it is dropped.
pub(crate) fn observer(ui: &Ui, json: bool) -> Box<dyn Observer> {
    if json {
        Box::new(messages::JsonLines::new(ui.clone()))
    } else if ui.out.is_terminal {
        Box::new(live::Live::new(ui))
    } else {
        Box::new(plain::PlainLines::new(ui.clone()))
    }
}

/// Takes note of events with the time at hand, so that tests can tell it.
trait Timed: Send + Sync {
    /// An event, at a time.
    fn event_at(&self, event: &Event<'_>, now: std::time::Instant);

    /// A second or so has passed.
    fn tick(&self, now: std::time::Instant);
}
