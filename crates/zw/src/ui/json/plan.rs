//! A plan as a document.

use std::time::Duration;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use zw_config::model::Config;
use zw_engine::{
    Action, Change, OutputChange, Plan, PlanMode, Reason, RelevantAttribute, StateView,
};
use zw_lang::{ResourceMode, Str, Value};

use super::TERRAFORM_VERSION;
use super::config;
use super::modules::ModuleTree;
use super::parts::{Known, Sensitive, Steps, Unknown};
use super::state::{Entries, OutputValue, StateDocument, serialize_identity};
use crate::ui::plan::is_moved;
use crate::ui::schemas::Schemas;
use crate::ui::text;

/// A plan in Terraform's format, with everything that it has a place for.
#[derive(Clone, Copy)]
pub(crate) struct PlanDocument<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// The schemas of the types in it.
    pub(crate) schemas: &'a dyn Schemas,
    /// The configuration that it was made of.
    pub(crate) config: Option<&'a Config>,
    /// The state as it was found.
    pub(crate) prior: &'a StateView<'a>,
    /// Values that were given to variables of the root module.
    pub(crate) variables: &'a [(&'a Str, &'a Value)],
    /// Attributes that the plan was decided by.
    pub(crate) relevant: &'a [RelevantAttribute],
    /// When it was made, since 1970-01-01 UTC.
    pub(crate) timestamp: Duration,
    /// Whether planning ended with an error.
    pub(crate) errored: bool,
}

impl Serialize for PlanDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plan = self.plan;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format_version", "1.2")?;
        map.serialize_entry("terraform_version", TERRAFORM_VERSION)?;
        map.serialize_entry("zw_version", env!("CARGO_PKG_VERSION"))?;
        if let PlanMode::Return(run) = plan.mode {
            map.serialize_entry("returns_to", &run)?;
        }
        let variables = self.variables();
        if !variables.is_empty() {
            let variables = variables.into_iter().map(|(name, value)| (name, VariableValue(value)));
            map.serialize_entry("variables", &Entries(variables.collect()))?;
        }
        map.serialize_entry("planned_values", &PlannedValues(*self))?;
        let drift: Vec<&Change> =
            plan.drift.iter().filter(|change| self.is_drift(change)).collect();
        if !drift.is_empty() {
            map.serialize_entry("resource_drift", &Changes(&drift))?;
        }
        let changes: Vec<&Change> =
            plan.changes.iter().filter(|change| !is_forgotten_data(change)).collect();
        // What only looks plans nothing.
        if !changes.is_empty() && plan.mode != PlanMode::RefreshOnly {
            map.serialize_entry("resource_changes", &Changes(&changes))?;
        }
        if !plan.outputs.is_empty() {
            let outputs = sorted(&plan.outputs);
            let outputs = outputs.into_iter().map(|output| (output.name.as_str(), Output(output)));
            map.serialize_entry("output_changes", &Entries(outputs.collect()))?;
        }
        let prior = StateDocument { objects: &self.prior.objects, outputs: &self.prior.outputs };
        if !prior.is_empty() {
            map.serialize_entry("prior_state", &prior)?;
        }
        if let Some(config) = self.config {
            map.serialize_entry("configuration", &config::to_json(config, self.schemas))?;
        }
        if !self.relevant.is_empty() {
            map.serialize_entry("relevant_attributes", &RelevantAttributes(self.relevant))?;
        }
        map.serialize_entry("timestamp", &text::timestamp_seconds(self.timestamp))?;
        map.serialize_entry("applyable", &(!self.errored && !plan.is_empty()))?;
        map.serialize_entry(
            "complete",
            &(!self.errored && !plan.targeted && plan.deferred.is_empty()),
        )?;
        map.serialize_entry("errored", &self.errored)?;
        map.end()
    }
}

impl PlanDocument<'_> {
    /// Values that were given, and defaults of the other variables.
    fn variables(&self) -> Vec<(&str, &Value)> {
        let given = self.variables.iter().map(|(name, value)| (name.as_str(), *value));
        let mut all: Vec<(&str, &Value)> = given.collect();
        for variable in self.config.into_iter().flat_map(|config| &config.root().variables) {
            let is_given = self.variables.iter().any(|(name, _)| **name == variable.name);
            if let Some(default) = &variable.default
                && !is_given
            {
                all.push((variable.name.as_str(), default));
            }
        }
        all.sort_by_key(|(name, _)| *name);
        all
    }

    /// Moves alone are drift only where nothing else is asked for.
    fn is_drift(&self, change: &Change) -> bool {
        change.action != Action::NoOp || self.plan.mode == PlanMode::RefreshOnly
    }
}

/// That a data source goes from the state concerns nobody.
fn is_forgotten_data(change: &Change) -> bool {
    change.action == Action::Delete && change.address.resource().mode == ResourceMode::Data
}

fn sorted(outputs: &[OutputChange]) -> Vec<&OutputChange> {
    let mut outputs: Vec<&OutputChange> = outputs.iter().collect();
    outputs.sort_by_key(|output| &output.name);
    outputs
}

struct VariableValue<'a>(&'a Value);

impl Serialize for VariableValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("value", Known(self.0))])
    }
}

/// What there will be.
struct PlannedValues<'a>(PlanDocument<'a>);

impl Serialize for PlannedValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self.0;
        let mut map = serializer.serialize_map(None)?;
        let outputs: Vec<_> = sorted(&document.plan.outputs)
            .into_iter()
            .filter(|output| output.action != Action::Delete)
            .map(|output| {
                let value = Some(&output.after).filter(|value| value.is_wholly_known());
                (output.name.as_str(), OutputValue { value, sensitive: output.sensitive })
            })
            .collect();
        if !outputs.is_empty() {
            map.serialize_entry("outputs", &Entries(outputs))?;
        }
        let mut remaining: Vec<(String, &Change)> = document
            .plan
            .changes
            .iter()
            .filter(|change| {
                let goes = matches!(change.action, Action::Delete | Action::Forget);
                let only_looks = document.plan.mode == PlanMode::RefreshOnly;
                !goes && change.deposed.is_none() && !only_looks
            })
            .map(|change| (change.address.to_string(), change))
            .collect();
        // Within a module by address as text, where "[10]" comes before "[9]".
        remaining.sort_by(|(a, _), (b, _)| a.cmp(b));
        let objects = remaining.into_iter().map(|(_, change)| {
            (change.address.module(), PlannedObject { change, schemas: document.schemas })
        });
        map.serialize_entry("root_module", &ModuleTree::new(objects))?;
        map.end()
    }
}

struct PlannedObject<'a> {
    change: &'a Change,
    schemas: &'a dyn Schemas,
}

impl Serialize for PlannedObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let change = self.change;
        let mut map = serializer.serialize_map(None)?;
        serialize_identity(&mut map, &change.address, &change.provider)?;
        let schema = self.schemas.schema(&change.provider, change.address.resource());
        map.serialize_entry("schema_version", &schema.map_or(0, |schema| schema.version))?;
        if !change.after.is_null() && change.after.is_known() {
            map.serialize_entry("values", &Known(&change.after))?;
        }
        map.serialize_entry("sensitive_values", &Sensitive(&change.after))?;
        map.end()
    }
}

/// What happens to objects, as `resource_changes` says it.
pub(super) struct Changes<'a>(pub(super) &'a [&'a Change]);

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for change in self.0 {
            sequence.serialize_element(&ChangeEntry(change))?;
        }
        sequence.end()
    }
}

struct ChangeEntry<'a>(&'a Change);

impl Serialize for ChangeEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let change = self.0;
        let mut map = serializer.serialize_map(None)?;
        serialize_identity(&mut map, &change.address, &change.provider)?;
        if let Some(previous) = change.previous_address.as_ref().filter(|_| is_moved(change)) {
            map.serialize_entry("previous_address", &previous.to_string())?;
        }
        if !change.address.module().is_root() {
            map.serialize_entry("module_address", &change.address.module().to_string())?;
        }
        if let Some(key) = &change.deposed {
            map.serialize_entry("deposed", &**key)?;
        }
        map.serialize_entry("change", &ChangeValues(change))?;
        if let Some(reason) = reason(change.reason) {
            map.serialize_entry("action_reason", reason)?;
        }
        map.end()
    }
}

struct ChangeValues<'a>(&'a Change);

impl Serialize for ChangeValues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let change = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("actions", actions(change.action))?;
        map.serialize_entry("before", &Known(&change.before))?;
        if change.after.is_known() {
            map.serialize_entry("after", &Known(&change.after))?;
        }
        if change.after.is_wholly_known() {
            map.serialize_entry("after_unknown", &Entries::<()>(Vec::new()))?;
        } else {
            map.serialize_entry("after_unknown", &Unknown(&change.after))?;
        }
        map.serialize_entry("before_sensitive", &Sensitive(&change.before))?;
        map.serialize_entry("after_sensitive", &Sensitive(&change.after))?;
        if !change.replace_paths.is_empty() {
            let paths: Vec<_> = change.replace_paths.iter().map(Steps).collect();
            map.serialize_entry("replace_paths", &paths)?;
        }
        if let Some(id) = &change.importing {
            map.serialize_entry("importing", &Entries(vec![("id", id.as_str())]))?;
        }
        map.end()
    }
}

struct Output<'a>(&'a OutputChange);

impl Serialize for Output<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let output = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("actions", actions(output.action))?;
        map.serialize_entry("before", &Known(&output.before))?;
        if output.after.is_known() {
            map.serialize_entry("after", &Known(&output.after))?;
        }
        if output.after.is_wholly_known() {
            map.serialize_entry("after_unknown", &false)?;
        } else {
            map.serialize_entry("after_unknown", &Unknown(&output.after))?;
        }
        map.serialize_entry("before_sensitive", &output.sensitive)?;
        map.serialize_entry("after_sensitive", &output.sensitive)?;
        map.end()
    }
}

struct RelevantAttributes<'a>(&'a [RelevantAttribute]);

impl Serialize for RelevantAttributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for relevant in self.0 {
            sequence.serialize_element(&RelevantEntry(relevant))?;
        }
        sequence.end()
    }
}

struct RelevantEntry<'a>(&'a RelevantAttribute);

impl Serialize for RelevantEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("resource", &self.0.resource.to_string())?;
        map.serialize_entry("attribute", &Steps(&self.0.path))?;
        map.end()
    }
}

const fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Open => &["open"],
        Action::Update => &["update"],
        Action::Delete => &["delete"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Forget => &["forget"],
        Action::ForgetThenCreate => &["forget", "create"],
    }
}

const fn reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::None => return None,
        Reason::CannotUpdate => "replace_because_cannot_update",
        Reason::Tainted => "replace_because_tainted",
        Reason::Requested => "replace_by_request",
        Reason::Triggered => "replace_by_triggers",
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
