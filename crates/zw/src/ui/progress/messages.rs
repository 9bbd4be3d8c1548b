//! A message for each event, for programs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json};
use zw_engine::{Action, Event, Observer};
use zw_lang::addr::InstanceAddr;

use super::Timed;
use super::running::{Running, Ticker};
use super::words;
use crate::ui::json::{Message, Messages, resource_json};
use crate::ui::terminal::Ui;
use crate::ui::text::rounded_seconds;

/// Writes messages.
pub(super) struct JsonLines {
    lines: Arc<Lines>,
    _ticker: Ticker,
}

impl JsonLines {
    pub(super) fn new(ui: Ui) -> Self {
        let lines = Arc::new(Lines { ui, running: Mutex::default() });
        // The version comes first, whatever happens then.
        let _ = Messages::new(&lines.ui);
        Self { _ticker: Ticker::start(Arc::clone(&lines) as Arc<dyn Timed>), lines }
    }
}

impl Observer for JsonLines {
    fn event(&self, event: &Event<'_>) {
        self.lines.event_at(event, Instant::now());
    }
}

pub(super) struct Lines {
    pub(super) ui: Ui,
    pub(super) running: Mutex<Running>,
}

/// What messages say of an operation besides what it is on.
#[derive(Clone, Copy, Default)]
struct Facts<'a> {
    action: Option<Action>,
    deposed: Option<&'a str>,
    id: Option<&'a str>,
    elapsed: Option<Duration>,
}

impl Timed for Lines {
    fn event_at(&self, event: &Event<'_>, now: Instant) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(message) = message_of(event, &mut running, now) {
            Messages::new(&self.ui).send(&message);
        }
    }

    fn tick(&self, now: Instant) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for (operation, elapsed) in running.due(now) {
            let facts = Facts {
                action: Some(operation.action),
                deposed: operation.deposed.as_deref(),
                elapsed: Some(elapsed),
                ..Facts::default()
            };
            // As in Terraform, without the id.
            let what = words::still(operation.action, elapsed, None);
            let kind = kind(operation.action, "apply_progress", "ephemeral_op_progress");
            let message = hook(&operation.address, &what, kind, facts);
            Messages::new(&self.ui).send(&message);
        }
        self.ui.out.flush();
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.ui.out.flush();
    }
}

fn message_of(event: &Event<'_>, running: &mut Running, now: Instant) -> Option<Message> {
    match *event {
        Event::Refreshing { address, id } => {
            let what = format!("Refreshing state...{}", words::id_suffix(id));
            Some(hook(address, &what, "refresh_start", Facts { id, ..Facts::default() }))
        }
        Event::Refreshed { address, id } => {
            let what = format!("Refresh complete{}", words::id_suffix(id));
            Some(hook(address, &what, "refresh_complete", Facts { id, ..Facts::default() }))
        }
        Event::Reading { address } => {
            let action = Action::of_reading(address.resource().mode);
            running.begin(address, None, action, None, now);
            Some(begun(address, None, action, None))
        }
        Event::Read { address, id, elapsed } => {
            running.end(address, None);
            let action = Action::of_reading(address.resource().mode);
            Some(completed(address, None, action, id, elapsed))
        }
        Event::OperationStarted { address, deposed, action, id } => {
            running.begin(address, deposed, action, id, now);
            Some(begun(address, deposed, action, id))
        }
        Event::OperationDone { address, deposed, action, id, elapsed } => {
            running.end(address, deposed);
            Some(completed(address, deposed, action, id, elapsed))
        }
        Event::OperationFailed { address, deposed, action, elapsed, .. } => {
            running.end(address, deposed);
            let facts = Facts { action: Some(action), deposed, id: None, elapsed: Some(elapsed) };
            let kind = kind(action, "apply_errored", "ephemeral_op_errored");
            Some(hook(address, &words::errored(action, elapsed), kind, facts))
        }
        Event::Provisioning { address, type_name, line } => {
            let text = format!("{address}: ({type_name}): {line}");
            Some(Message::new(text, "provision_progress").with(
                "hook",
                serde_json::json!({
                    "resource": resource_json(address),
                    "provisioner": type_name,
                    "output": line,
                }),
            ))
        }
        Event::Settled { address, outcome } => {
            Some(Message::new(format!("{address}: {outcome}."), "log"))
        }
        Event::Slowed(slowed) if running.is_news(&slowed.lane, now) => {
            let text =
                format!("{}: {}", words::lane(&slowed.lane), words::slowed(slowed.per_second));
            Some(Message::new(text, "api_throttled").with(
                "throttled",
                serde_json::json!({
                    "provider": slowed.lane.provider,
                    "account": slowed.lane.account,
                    "region": slowed.lane.region,
                    "service": slowed.lane.service,
                    "calls_per_second": slowed.per_second,
                }),
            ))
        }
        Event::Stopping { in_flight } => Some(Message::new(words::stopping(in_flight), "log")),
        Event::RefreshStarted { .. }
        | Event::ApplyStarted { .. }
        | Event::OperationSkipped { .. }
        | Event::Slowed(_)
        | Event::ApplyEnded { .. } => None,
    }
}

fn begun(
    address: &InstanceAddr,
    deposed: Option<&str>,
    action: Action,
    id: Option<&str>,
) -> Message {
    let begins = if action == Action::Read { "Refreshing" } else { words::begins(action) };
    let what = format!("{begins}...{}", words::id_suffix(id));
    let facts = Facts { action: Some(action), deposed, id, elapsed: None };
    hook(address, &what, kind(action, "apply_start", "ephemeral_op_start"), facts)
}

fn completed(
    address: &InstanceAddr,
    deposed: Option<&str>,
    action: Action,
    id: Option<&str>,
    elapsed: Duration,
) -> Message {
    // What is destroyed has no id any more.
    let id = if action == Action::Delete { None } else { id };
    let what = if action == Action::Read {
        words::complete(action, elapsed, id).replacen("Read", "Refresh", 1)
    } else {
        words::complete(action, elapsed, id)
    };
    let facts = Facts { action: Some(action), deposed, id, elapsed: Some(elapsed) };
    hook(address, &what, kind(action, "apply_complete", "ephemeral_op_complete"), facts)
}

/// The type of a message, which is another one for ephemeral resources.
const fn kind(action: Action, of_most: &'static str, of_opening: &'static str) -> &'static str {
    match action {
        Action::Open => of_opening,
        _ => of_most,
    }
}

fn hook(address: &InstanceAddr, what: &str, kind: &'static str, facts: Facts<'_>) -> Message {
    let mut hook = Map::new();
    hook.insert("resource".to_owned(), resource_json(address));
    if let Some(action) = facts.action {
        hook.insert("action".to_owned(), action.name().into());
    }
    if let Some(key) = facts.deposed {
        hook.insert("deposed".to_owned(), key.into());
    }
    if let Some(id) = facts.id {
        hook.insert("id_key".to_owned(), "id".into());
        hook.insert("id_value".to_owned(), id.into());
    }
    if let Some(elapsed) = facts.elapsed {
        hook.insert("elapsed_seconds".to_owned(), Json::from(rounded_seconds(elapsed)));
    }
    Message::hook(format!("{}: {what}", words::subject(address, facts.deposed)), kind, hook)
}
