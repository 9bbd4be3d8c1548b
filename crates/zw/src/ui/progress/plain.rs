//! A line for each event, as Terraform writes them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use zw_engine::{Action, Event, Observer};

use super::Timed;
use super::running::{Running, Ticker};
use super::words;
use crate::ui::style::styled;
use crate::ui::terminal::Ui;
use crate::ui::text::wrap;

/// Writes lines.
pub(super) struct PlainLines {
    lines: Arc<Lines>,
    _ticker: Ticker,
}

impl PlainLines {
    pub(super) fn new(ui: Ui) -> Self {
        let lines = Arc::new(Lines { ui, running: Mutex::default() });
        Self { _ticker: Ticker::start(Arc::clone(&lines) as Arc<dyn Timed>), lines }
    }
}

impl Observer for PlainLines {
    fn event(&self, event: &Event<'_>) {
        self.lines.event_at(event, Instant::now());
    }
}

pub(super) struct Lines {
    pub(super) ui: Ui,
    pub(super) running: Mutex<Running>,
}

impl Lines {
    fn say(&self, subject: &str, what: &str) {
        let line = format!("{subject}: {what}");
        self.ui.out.println_soon(&styled(self.ui.out.styles.bold, line).to_string());
    }
}

impl Timed for Lines {
    fn event_at(&self, event: &Event<'_>, now: Instant) {
        // Held while writing, so that lines come in the order of events.
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match line_of(event, &mut running, now) {
            Some(Line::About(subject, what)) => self.say(&subject, &what),
            Some(Line::Alone(text)) => {
                self.ui.out.println(&wrap(&format!("\n{text}\n"), self.ui.out.columns));
            }
            None => {}
        }
    }

    fn tick(&self, now: Instant) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for (operation, elapsed) in running.due(now) {
            let subject = words::subject(&operation.address, operation.deposed.as_deref());
            let what = words::still(operation.action, elapsed, operation.id.as_deref());
            self.say(&subject, &what);
        }
        self.ui.out.flush();
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.ui.out.flush();
    }
}

/// What is said of an event.
pub(super) enum Line {
    /// Of an instance.
    About(String, String),
    /// Of the whole.
    Alone(String),
}

/// The line of an event, if it has one; keeps the books on who runs.
pub(super) fn line_of(event: &Event<'_>, running: &mut Running, now: Instant) -> Option<Line> {
    let about = |subject, what| Some(Line::About(subject, what));
    match *event {
        Event::Refreshing { address, id } => {
            let what = format!("Refreshing state...{}", words::id_suffix(id));
            about(address.to_string(), what)
        }
        Event::Reading { address } => {
            let action = Action::of_reading(address.resource().mode);
            running.begin(address, None, action, None, now);
            about(address.to_string(), format!("{}...", words::begins(action)))
        }
        Event::Read { address, id, elapsed } => {
            running.end(address, None);
            let action = Action::of_reading(address.resource().mode);
            about(address.to_string(), words::complete(action, elapsed, id))
        }
        Event::OperationStarted { address, deposed, action, id } => {
            running.begin(address, deposed, action, id, now);
            let what = format!("{}...{}", words::begins(action), words::id_suffix(id));
            about(words::subject(address, deposed), what)
        }
        Event::OperationDone { address, deposed, action, id, elapsed } => {
            running.end(address, deposed);
            about(words::subject(address, deposed), words::complete(action, elapsed, id))
        }
        Event::OperationFailed { address, deposed, action, elapsed, .. } => {
            running.end(address, deposed);
            about(words::subject(address, deposed), words::errored(action, elapsed))
        }
        Event::Provisioning { address, type_name, line } => {
            about(format!("{address} ({type_name})"), line.to_owned())
        }
        Event::Settled { address, outcome } => about(address.to_owned(), format!("{outcome}.")),
        Event::Slowed(slowed) if running.is_news(&slowed.lane, now) => {
            about(words::lane(&slowed.lane), words::slowed(slowed.per_second))
        }
        Event::Stopping { in_flight } => Some(Line::Alone(words::stopping(in_flight))),
        Event::RefreshStarted { .. }
        | Event::Refreshed { .. }
        | Event::ApplyStarted { .. }
        | Event::OperationSkipped { .. }
        | Event::Slowed(_)
        | Event::ApplyEnded { .. } => None,
    }
}
