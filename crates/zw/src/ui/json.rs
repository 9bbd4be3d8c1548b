//! Terraform's machine-readable formats.
//!
//! Documents (plans, states, outputs, results of validation) are written as they are walked, without a tree
//! of JSON in between; messages (`-json` of plan and apply) are one line each.

mod config;
mod functions;
mod messages;
mod modules;
mod parts;
mod plan;
mod schemas;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use zw_engine::{Action, ApplyReport, Change, Counts, Plan, Run, StateOutput, StateView};
use zw_lang::{Diagnostics, Severity, SourceMap};
use zw_provider::Calls;

pub(crate) use messages::{Message, Messages, done_text, resource_json};
pub(crate) use plan::PlanDocument;
pub(crate) use state::StateDocument;

use super::diagnostic;
use super::terminal::Ui;

/// The version of Terraform whose formats these are, where a format has a place for it: programs that read
/// them compare it with what they need.
pub(crate) const TERRAFORM_VERSION: &str = "1.11.4";

/// Writes a document on one line.
fn write_line(ui: &Ui, document: &impl Serialize) {
    ui.out.render(|out| {
        let mut out = io::BufWriter::new(out);
        serde_json::to_writer(&mut out, document)?;
        out.write_all(b"\n")?;
        out.flush()
    });
}

/// Writes a document over several lines, for people who look at it too.
fn write_pretty(ui: &Ui, document: &impl Serialize) {
    ui.out.render(|out| {
        let mut out = io::BufWriter::new(out);
        serde_json::to_writer_pretty(&mut out, document)?;
        out.write_all(b"\n")?;
        out.flush()
    });
}

/// `zw metadata functions -json`
pub(crate) fn functions(ui: &Ui, functions: &[zw_lang::Function]) {
    write_line(ui, &functions::FunctionsDocument(functions));
}

/// `zw providers schema -json`
pub(crate) fn provider_schemas(
    ui: &Ui,
    providers: &BTreeMap<String, &Arc<dyn zw_provider::Provider>>,
) {
    write_line(ui, &schemas::document(providers));
}

/// `zw show -json PLAN`
pub(crate) fn plan(ui: &Ui, run: &Run) {
    let prior = run.prior_state();
    let variables: Vec<_> = run.variables().collect();
    let relevant = run.relevant_attributes();
    let document = PlanDocument {
        plan: &run.plan,
        schemas: run,
        config: Some(run.config()),
        prior: &prior,
        variables: &variables,
        relevant: &relevant,
        timestamp: run.plan_time(),
        errored: false,
    };
    write_line(ui, &document);
}

/// What was done to objects, in the form in which plans say what will be.
///
/// # Errors
/// If a value cannot be written as JSON.
pub(crate) fn past(changes: &[Change]) -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(plan::Changes(&changes.iter().collect::<Vec<_>>()))
}

/// `zw show -json`
pub(crate) fn state(ui: &Ui, view: &StateView<'_>) {
    write_line(ui, &StateDocument { objects: &view.objects, outputs: &view.outputs });
}

/// `zw output -json`
pub(crate) fn outputs(ui: &Ui, outputs: &[StateOutput]) {
    let mut sorted: Vec<&StateOutput> = outputs.iter().collect();
    sorted.sort_by_key(|output| &output.name);
    let document: Map<String, Json> = sorted
        .into_iter()
        .map(|output| {
            let ty = serde_json::to_value(output.value.ty()).unwrap_or(Json::Null);
            let value = zw_lang::value_to_json(&output.value);
            let output_json = json!({"sensitive": output.sensitive, "type": ty, "value": value});
            (output.name.to_string(), output_json)
        })
        .collect();
    write_pretty(ui, &document);
}

/// `zw validate -json`
pub(crate) fn validation(ui: &Ui, found: &Diagnostics, sources: &SourceMap) {
    ui.findings.note(found, sources);
    let count = |severity| found.iter().filter(|found| found.severity == severity).count();
    let diagnostics: Vec<Json> =
        found.iter().map(|found| diagnostic::to_json(found, sources)).collect();
    write_pretty(
        ui,
        &json!({
            "format_version": "1.0",
            "valid": !found.has_errors(),
            "error_count": count(Severity::Error),
            "warning_count": count(Severity::Warning),
            "diagnostics": diagnostics,
        }),
    );
}

/// Diagnostics as messages.
pub(crate) fn diagnostics(ui: &Ui, found: &Diagnostics, sources: &SourceMap) {
    ui.findings.note(found, sources);
    let messages = Messages::new(ui);
    for found in found {
        messages.send(&Message::diagnostic(found, sources));
    }
}

/// A plan as messages: drift, changes, their count and the outputs.
pub(crate) fn plan_messages(ui: &Ui, plan: &Plan) {
    let messages = Messages::new(ui);
    for message in messages::of_plan(plan) {
        messages.send(&message);
    }
}

/// The changes of a saved plan, as messages before it is applied.
pub(crate) fn planned_changes(ui: &Ui, plan: &Plan) {
    let messages = Messages::new(ui);
    // What has only another address has been moved already.
    for message in messages::of_changes(plan, |change| change.action != Action::NoOp) {
        messages.send(&message);
    }
}

/// The calls that were made as a message, if there were any.
pub(crate) fn calls(ui: &Ui, calls: &Calls) {
    if let Some(message) = messages::of_calls(calls) {
        Messages::new(ui).send(&message);
    }
}

/// What came of an apply as messages: problems, or counts and outputs.
pub(crate) fn apply_summary(
    ui: &Ui,
    report: &ApplyReport,
    done: Counts,
    destroy: bool,
    sources: &SourceMap,
) {
    diagnostics(ui, &report.diagnostics, sources);
    let messages = Messages::new(ui);
    for message in messages::of_report(report, done, destroy) {
        messages.send(&message);
    }
}
