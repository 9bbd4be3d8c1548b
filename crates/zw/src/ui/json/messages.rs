//! Messages of plan and apply: one object a line, told apart by `type`.
//!
//! Source: "Machine-Readable UI" in Terraform's documentation of its internals, version 1.2 of the format.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value as Json, json};
use zw_engine::{Action, ApplyReport, Change, Counts, Plan, PlanMode, Reason};
use zw_lang::addr::{InstanceAddr, InstanceKey};
use zw_lang::{Diagnostic, Severity, SourceMap};
use zw_provider::Calls;
use zw_state::RunId;

use super::TERRAFORM_VERSION;
use crate::ui::calls::text_of_calls;
use crate::ui::plan::{counts_text, is_moved, is_shown};
use crate::ui::terminal::Ui;
use crate::ui::{diagnostic, text};

/// The version of the format.
const FORMAT_VERSION: &str = "1.2";

/// Where messages are written.
pub(crate) struct Messages<'u> {
    ui: &'u Ui,
}

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    level: &'static str,
    text: String,
    kind: &'static str,
    /// What belongs to its kind, by name.
    fields: BTreeMap<&'static str, Json>,
}

/// What counts are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Of a plan.
    Plan,
    /// Of an apply.
    Apply,
    /// Of the destruction of everything.
    Destroy,
}

impl<'u> Messages<'u> {
    /// Messages to the stream for results. The first one of a process says which version of the format
    /// they have.
    pub(crate) fn new(ui: &'u Ui) -> Self {
        let messages = Self { ui };
        if !ui.began_messages() {
            let version = env!("CARGO_PKG_VERSION");
            messages.send(
                &Message::new(format!("zw {version}"), "version")
                    .with("terraform", TERRAFORM_VERSION)
                    .with("ui", FORMAT_VERSION)
                    .with("zw", version),
            );
        }
        messages
    }

    /// Writes a message.
    pub(crate) fn send(&self, message: &Message) {
        let now = self.ui.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.ui.out.println_soon(&message.to_json(now).to_string());
    }
}

impl Message {
    pub(crate) fn new(text: impl Into<String>, kind: &'static str) -> Self {
        Self { level: "info", text: text.into(), kind, fields: BTreeMap::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Json>) -> Self {
        self.fields.insert(name, value.into());
        self
    }

    /// An error or a warning.
    pub(crate) fn diagnostic(found: &Diagnostic, sources: &SourceMap) -> Self {
        let (level, word) = match found.severity {
            Severity::Error => ("error", "Error"),
            Severity::Warning => ("warn", "Warning"),
        };
        let message = Self::new(format!("{word}: {}", found.summary), "diagnostic")
            .with("diagnostic", diagnostic::to_json(found, sources));
        Self { level, ..message }
    }

    /// What a plan or an apply counted.
    fn summary(counts: &Counts, operation: Operation) -> Self {
        let Counts { add, change, destroy, import, forget } = *counts;
        let (name, text) = match operation {
            Operation::Plan => ("plan", format!("Plan: {}", counts_text(counts))),
            Operation::Apply => {
                ("apply", format!("Apply complete! Resources: {}", done_text(counts)))
            }
            Operation::Destroy => {
                ("destroy", format!("Destroy complete! Resources: {destroy} destroyed."))
            }
        };
        Self::new(text, "change_summary").with(
            "changes",
            json!({
                "add": add, "change": change, "import": import, "remove": destroy,
                "forget": forget, "operation": name,
            }),
        )
    }

    /// Something that was noticed about an operation on an instance.
    pub(crate) fn hook(text: String, kind: &'static str, hook: Map<String, Json>) -> Self {
        Self::new(text, kind).with("hook", hook)
    }

    fn to_json(&self, now: Duration) -> Json {
        let mut out = Map::new();
        out.insert("@level".to_owned(), self.level.into());
        out.insert("@message".to_owned(), self.text.as_str().into());
        out.insert("@module".to_owned(), "zw.ui".into());
        out.insert("@timestamp".to_owned(), text::timestamp(now).into());
        let mut fields = self.fields.clone();
        fields.insert("type", self.kind.into());
        out.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Json::Object(out)
    }
}

/// `1 imported, 3 added, 0 changed, 1 destroyed.`
pub(crate) fn done_text(counts: &Counts) -> String {
    let Counts { add, change, destroy, import, forget } = *counts;
    let import = if import > 0 { format!("{import} imported, ") } else { String::new() };
    let forget = if forget > 0 { format!(", {forget} forgotten") } else { String::new() };
    format!("{import}{add} added, {change} changed, {destroy} destroyed{forget}.")
}

/// The messages of a plan.
pub(super) fn of_plan(plan: &Plan) -> Vec<Message> {
    let mut messages = Vec::new();
    if let PlanMode::Return(RunId(run)) = plan.mode {
        let text = format!("Returning to what there was after run {run}");
        messages.push(Message::new(text, "planned_return").with("run", run));
    }
    for change in &plan.drift {
        if change.action != Action::NoOp || plan.mode == PlanMode::RefreshOnly {
            let text = format!("{}: Drift detected ({})", change.address, verb(change));
            messages.push(Message::new(text, "resource_drift").with("change", change_json(change)));
        }
    }
    let shown = || plan.changes.iter().filter(|change| is_shown(change));
    messages.extend(of_changes(plan, |_| true));
    for deferred in &plan.deferred {
        let text = format!("{}: Put off, because {}", deferred.address, deferred.reason);
        let fields = json!({"address": deferred.address, "reason": deferred.reason});
        messages.push(Message::new(text, "deferred_change").with("deferred", fields));
    }
    messages.push(Message::summary(&Counts::of(shown()), Operation::Plan));
    if !plan.outputs.is_empty() {
        let outputs: BTreeMap<&str, Json> = plan
            .outputs
            .iter()
            .map(|output| {
                let action = output.action.name();
                (output.name.as_str(), json!({"sensitive": output.sensitive, "action": action}))
            })
            .collect();
        let text = format!("Outputs: {}", outputs.len());
        messages.push(Message::new(text, "outputs").with("outputs", json!(outputs)));
    }
    messages
}

/// The messages of what is going to be done.
pub(super) fn of_changes(
    plan: &Plan,
    is_meant: impl Fn(&Change) -> bool,
) -> impl Iterator<Item = Message> {
    let meant = move |change: &&Change| is_shown(change) && is_meant(change);
    plan.changes.iter().filter(meant).map(|change| {
        let text = format!("{}: Plan to {}", change.address, verb(change));
        Message::new(text, "planned_change").with("change", change_json(change))
    })
}

/// The messages at the end of an apply. Problems are messages of their own, and take the place of a count of what is
/// complete.
pub(super) fn of_report(report: &ApplyReport, done: Counts, destroy: bool) -> Vec<Message> {
    if report.diagnostics.has_errors() || report.stopped {
        let skipped: Vec<String> = report.skipped.iter().map(ToString::to_string).collect();
        let text = format!("Apply incomplete. Resources: {}", done_text(&done));
        let fields = json!({
            "add": done.add, "change": done.change, "import": done.import, "remove": done.destroy,
            "forget": done.forget, "skipped": skipped, "stopped": report.stopped,
        });
        return vec![Message::new(text, "apply_incomplete").with("changes", fields)];
    }
    let operation = if destroy { Operation::Destroy } else { Operation::Apply };
    let mut messages = vec![Message::summary(&done, operation)];
    if !destroy {
        let outputs: BTreeMap<&str, Json> = report
            .outputs
            .iter()
            .map(|(name, value)| {
                let sensitive = value.all_marks().contains(zw_lang::Marks::SENSITIVE);
                let ty = serde_json::to_value(value.ty()).unwrap_or(Json::Null);
                let mut output = json!({"sensitive": sensitive, "type": ty});
                if !sensitive {
                    output["value"] = zw_lang::value_to_json(value);
                }
                (name.as_str(), output)
            })
            .collect();
        let text = format!("Outputs: {}", outputs.len());
        messages.push(Message::new(text, "outputs").with("outputs", json!(outputs)));
    }
    messages
}

/// The calls of the run; none if there were none. Not one of Terraform's messages.
pub(super) fn of_calls(calls: &Calls) -> Option<Message> {
    let total = calls.total();
    if total.sent == 0 {
        return None;
    }
    let operations: Vec<Json> = calls
        .0
        .iter()
        .map(|(call, count)| {
            json!({
                "provider": call.provider, "service": call.service, "operation": call.operation,
                "sent": count.sent, "throttled": count.throttled, "retried": count.retried,
            })
        })
        .collect();
    let fields = json!({
        "sent": total.sent, "throttled": total.throttled, "retried": total.retried,
        "operations": operations,
    });
    Some(Message::new(text_of_calls(calls), "api_calls").with("calls", fields))
}

fn change_json(change: &Change) -> Json {
    let mut out = Map::new();
    out.insert("resource".to_owned(), resource_json(&change.address));
    if let Some(previous) = change.previous_address.as_ref().filter(|_| is_moved(change)) {
        out.insert("previous_resource".to_owned(), resource_json(previous));
    }
    out.insert("action".to_owned(), verb(change).into());
    if let Some(reason) = reason(change.reason) {
        out.insert("reason".to_owned(), reason.into());
    }
    if let Some(id) = &change.importing {
        out.insert("importing".to_owned(), json!({"id": id.as_str()}));
    }
    if let Some(key) = &change.deposed {
        out.insert("deposed".to_owned(), (**key).into());
    }
    Json::Object(out)
}

/// An instance in the words of messages.
pub(crate) fn resource_json(address: &InstanceAddr) -> Json {
    let resource = address.resource();
    let key = match address.key() {
        InstanceKey::None => Json::Null,
        InstanceKey::Int(at) => (*at).into(),
        InstanceKey::Str(key) => key.as_str().into(),
    };
    let provider = resource.type_name.split('_').next().unwrap_or_default();
    json!({
        "addr": address.to_string(),
        "module": address.module().to_string(),
        "resource": format!("{resource}{}", address.key()),
        "implied_provider": provider,
        "resource_type": resource.type_name.as_str(),
        "resource_name": resource.name.as_str(),
        "resource_key": key,
    })
}

/// What happens to an instance, in a word.
fn verb(change: &Change) -> &'static str {
    match change.action {
        Action::NoOp if is_moved(change) => "move",
        Action::NoOp if change.importing.is_some() => "import",
        action => action.name(),
    }
}

const fn reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::None => return None,
        Reason::CannotUpdate => "cannot_update",
        Reason::Tainted => "tainted",
        Reason::Requested => "requested",
        Reason::Triggered => "replace_triggered_by",
        Reason::NoResourceConfig => "delete_because_no_resource_config",
        Reason::NoModule => "delete_because_no_module",
        Reason::WrongRepetition => "delete_because_wrong_repetition",
        Reason::Disabled => "delete_because_enabled_false",
        Reason::CountIndex => "delete_because_count_index",
        Reason::EachKey => "delete_because_each_key",
        Reason::ConfigUnknown => "read_because_config_unknown",
        Reason::DependencyPending => "read_because_dependency_pending",
    })
}
