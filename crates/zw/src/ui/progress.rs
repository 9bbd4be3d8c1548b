//! What goes on while a plan is made or applied: a live view on a terminal, plain lines elsewhere, messages for
//! programs.
//!
//! All three see the same [`Event`]s. What is said of each in words is in [`words`]; who runs
//! since when is kept by [`Running`], which a [`Ticker`] asks every second for whom to say that they still do.

mod live;
mod messages;
mod outlook;
mod plain;
mod running;
#[cfg(test)]
mod tests;
mod words;

use zw_engine::{Event, Observer};

use super::terminal::Ui;

pub(crate) use outlook::{Outlook, Usual};

/// An observer that tells what goes on, until it is dropped.
pub(crate) fn observer(ui: &Ui, json: bool) -> Box<dyn Observer> {
    observer_with(ui, json, Outlook::default)
}

/// Whether whoever is told can make use of an [`Outlook`].
pub(crate) const fn is_live(ui: &Ui, json: bool) -> bool {
    !json && ui.out.is_terminal
}

/// The same, with what is known of an apply before it begins.
pub(crate) fn observer_with(
    ui: &Ui,
    json: bool,
    outlook: impl FnOnce() -> Outlook,
) -> Box<dyn Observer> {
    if json {
        Box::new(messages::JsonLines::new(ui.clone()))
    } else if is_live(ui, json) {
        Box::new(live::Live::new(ui, outlook()))
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
