//! What goes on, for the log as well as for whoever watches.
//!
//! Everything that is known to be secret is told to [`Secrets`] as soon as it is known, before anything is done with it: so
//! neither log nor trace can have it, whatever a service writes into its messages.

use zw_config::model::Config;
use zw_engine::{Event, Observer, PlanOptions, Registry, Run, StateView};
use zw_lang::{Value, ValueKind};
use zw_state::Snapshot;
use zw_telemetry::Secrets;

/// An observer that logs what it is told, and tells another one.
pub(crate) struct Logged {
    pub(crate) inner: Box<dyn Observer>,
    pub(crate) secrets: Secrets,
}

impl Observer for Logged {
    fn event(&self, event: &Event<'_>) {
        log(event);
        self.inner.event(event);
    }

    fn learned(&self, object: &Value) {
        hide(&self.secrets, object);
        self.inner.learned(object);
    }
}

fn log(event: &Event<'_>) {
    match event {
        Event::RefreshStarted { total } => tracing::info!(target: "zw", total, "refresh started"),
        Event::Refreshing { address, id } => {
            tracing::trace!(target: "zw", %address, id, "refreshing");
        }
        Event::Refreshed { address, id } => {
            tracing::debug!(target: "zw", %address, id, "refreshed");
        }
        Event::Reading { address } => tracing::debug!(target: "zw", %address, "reading"),
        Event::Read { address, id, elapsed } => {
            tracing::info!(target: "zw", %address, id, ?elapsed, "read");
        }
        Event::Provisioning { address, type_name, line } => {
            tracing::debug!(target: "zw", %address, provisioner = type_name, line, "provisioner");
        }
        Event::ApplyStarted { total } => tracing::info!(target: "zw", total, "apply started"),
        Event::OperationStarted { address, deposed, action, id } => {
            tracing::info!(target: "zw", %address, deposed, action = action.name(), id, "operation started");
        }
        Event::OperationDone { address, deposed, action, id, elapsed } => {
            tracing::info!(target: "zw", %address, deposed, action = action.name(), id, ?elapsed, "operation done");
        }
        Event::OperationFailed { address, deposed, action, error, elapsed } => {
            tracing::error!(
                target: "zw", %address, deposed, action = action.name(), %error,
                request_id = error.request_id.as_deref(), ?elapsed, "operation failed"
            );
        }
        Event::OperationSkipped { address, action } => {
            tracing::warn!(target: "zw", %address, action = action.name(), "operation skipped");
        }
        Event::Settled { address, outcome } => {
            tracing::info!(target: "zw", address, outcome, "settled");
        }
        Event::Slowed(slowed) => tracing::warn!(
            target: "zw", provider = slowed.lane.provider, region = slowed.lane.region,
            service = slowed.lane.service, per_second = slowed.per_second, "slowed"
        ),
        Event::Stopping { in_flight } => tracing::warn!(target: "zw", in_flight, "stopping"),
        Event::ApplyEnded { done } => tracing::info!(
            target: "zw", added = done.add, changed = done.change, destroyed = done.destroy, "apply ended"
        ),
    }
}

/// What is secret before anything is asked: values of variables, and what the state holds.
pub(crate) fn hide_known(
    secrets: &Secrets,
    config: &Config,
    options: &PlanOptions,
    state: &Snapshot,
    providers: &Registry,
) {
    let root = config.root();
    for variable in root.variables.iter().filter(|one| one.sensitive || one.ephemeral) {
        let given = options.variables.get(&variable.name).map(|(value, _)| value);
        for value in given.into_iter().chain(&variable.default) {
            hide_all(secrets, value);
        }
    }
    // What cannot be read is reported by the plan.
    if let Ok(view) = StateView::new(state, providers) {
        view.objects.iter().for_each(|object| hide(secrets, &object.value));
        view.outputs
            .iter()
            .filter(|one| one.sensitive)
            .for_each(|one| hide_all(secrets, &one.value));
    }
}

/// What a plan knows to be secret.
pub(crate) fn hide_planned(secrets: &Secrets, run: &Run) {
    for change in &run.plan.changes {
        hide(secrets, &change.before);
        hide(secrets, &change.after);
    }
    for output in run.plan.outputs.iter().filter(|output| output.sensitive) {
        hide_all(secrets, &output.before);
        hide_all(secrets, &output.after);
    }
}

/// The parts of a value that are marked.
fn hide(secrets: &Secrets, value: &Value) {
    if value.is_sensitive() {
        hide_all(secrets, value);
    } else if !value.all_marks().is_empty() {
        value.for_each_child(&mut |_, child| hide(secrets, child));
    }
}

/// All texts and numbers in a value.
fn hide_all(secrets: &Secrets, value: &Value) {
    match value.kind() {
        ValueKind::String(text) => secrets.add_all([text.as_str()]),
        ValueKind::Number(number) => secrets.add_all([number.to_string().as_str()]),
        _ => value.for_each_child(&mut |_, child| hide_all(secrets, child)),
    }
}
