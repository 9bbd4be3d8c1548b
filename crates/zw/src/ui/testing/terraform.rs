//! Plans, states and schemas read from Terraform's JSON, to compare what is rendered of them here with what
//! Terraform and OpenTofu render.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use serde_json::Value as Json;
use zw_engine::{
    Action, Change, OutputChange, Plan, PlanMode, Reason, StateObject, StateOutput, StateView,
};
use zw_lang::addr::{InstanceAddr, ResourceAddr};
use zw_lang::{Path, PathStep, ResourceMode, Type, Value, type_from_json};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema};

use crate::ui::schemas::Schemas;
use zw_engine::RelevantAttribute;

/// Reads a file of JSON.
pub(crate) fn read_json(path: &FilePath) -> Json {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// Schemas by `data.` and the type's name.
#[derive(Default)]
pub(crate) struct KnownSchemas(pub(crate) BTreeMap<String, Schema>);

impl Schemas for KnownSchemas {
    fn schema(&self, _: &str, resource: &ResourceAddr) -> Option<&Schema> {
        let data = if resource.mode == ResourceMode::Data { "data." } else { "" };
        self.0.get(&format!("{data}{}", resource.type_name))
    }
}

impl KnownSchemas {
    /// Reads what `terraform providers schema -json` writes.
    pub(crate) fn add_provider_schemas(&mut self, json: &Json) {
        let empty = serde_json::Map::new();
        for provider in json["provider_schemas"].as_object().unwrap_or(&empty).values() {
            for (kind, prefix) in [("resource_schemas", ""), ("data_source_schemas", "data.")] {
                for (name, schema) in provider[kind].as_object().unwrap_or(&empty) {
                    let block = block(&schema["block"]);
                    let schema = Schema { block, ..Schema::new("", [], []) };
                    self.0.insert(format!("{prefix}{name}"), schema);
                }
            }
        }
    }

    /// Adds a schema for a type and the data source of its name.
    pub(crate) fn add(&mut self, name: &str, block: &Block) {
        for prefix in ["", "data."] {
            let schema = Schema { block: block.clone(), ..Schema::new("", [], []) };
            self.0.insert(format!("{prefix}{name}"), schema);
        }
    }
}

/// Names in schemas live for ever; those of a test may as well.
pub(crate) fn leak(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

fn entries(json: &Json) -> impl Iterator<Item = (&String, &Json)> {
    json.as_object().into_iter().flatten()
}

fn block(json: &Json) -> Block {
    let attributes = entries(&json["attributes"]).map(|(name, json)| attribute(name, json));
    let blocks = entries(&json["block_types"]).map(|(name, json)| {
        let nesting = match json["nesting_mode"].as_str() {
            Some("single" | "group") => Nesting::Single,
            Some("list") => Nesting::List,
            Some("set") => Nesting::Set,
            _ => Nesting::Map,
        };
        NestedBlock::new(leak(name), nesting, block(&json["block"]))
    });
    Block::new(attributes.collect::<Vec<_>>(), blocks.collect::<Vec<_>>())
}

fn attribute(name: &str, json: &Json) -> Attribute {
    let ty = match json.get("nested_type") {
        Some(nested) => nested_type(nested),
        None => type_from_json(&json["type"]).expect("attributes have types"),
    };
    let mut attribute = Attribute::new(leak(name), ty, Presence::OptionalComputed);
    attribute.nested = json.get("nested_type").is_some();
    attribute.sensitive = json["sensitive"] == true;
    attribute.write_only = json["write_only"] == true;
    attribute
}

fn nested_type(json: &Json) -> Type {
    let attributes =
        entries(&json["attributes"]).map(|(name, json)| (name.as_str(), attribute(name, json).ty));
    let object = Type::object(attributes);
    match json["nesting_mode"].as_str() {
        Some("list") => Type::list(object),
        Some("set") => Type::set(object),
        Some("map") => Type::map(object),
        _ => object,
    }
}

/// A value from its parts in a plan: what is known of it, what is not known, and what is sensitive.
pub(crate) fn value(known: &Json, unknown: &Json, sensitive: &Json, ty: &Type) -> Value {
    let value = if *unknown == true {
        Value::unknown(ty.clone())
    } else {
        known_value(known, unknown, sensitive, ty)
    };
    if *sensitive == true { value.sensitive() } else { value }
}

fn known_value(known: &Json, unknown: &Json, sensitive: &Json, ty: &Type) -> Value {
    let is_structure =
        unknown.is_object() || unknown.as_array().is_some_and(|list| !list.is_empty());
    if known.is_null() && !is_structure {
        return Value::null(ty.clone());
    }
    let part =
        |step: Step<'_>, ty: &Type| value(step.of(known), step.of(unknown), step.of(sensitive), ty);
    let len = [known, unknown].map(|json| json.as_array().map_or(0, Vec::len));
    let len = len[0].max(len[1]);
    let keys = || {
        let mut keys: Vec<&str> =
            entries(known).chain(entries(unknown)).map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    };
    let items = |ty: &Type| (0..len).map(|at| part(Step::At(at), ty)).collect::<Vec<_>>();
    match ty {
        Type::List(element) => Value::list((**element).clone(), items(element)),
        Type::Set(element) => Value::set((**element).clone(), items(element)),
        Type::Tuple(types) => {
            Value::tuple(types.iter().enumerate().map(|(at, ty)| part(Step::At(at), ty)).collect())
        }
        Type::Map(element) => Value::map(
            (**element).clone(),
            keys().into_iter().map(|key| (key, part(Step::Key(key), element))),
        ),
        Type::Object(object) => Value::object(
            object
                .attrs()
                .iter()
                .map(|attr| (attr.name.clone(), part(Step::Key(&attr.name), &attr.ty))),
        ),
        Type::Dynamic if known.is_array() || unknown.is_array() => {
            Value::tuple(items(&Type::Dynamic))
        }
        Type::Dynamic if known.is_object() || unknown.is_object() => {
            Value::object(keys().into_iter().map(|key| (key, part(Step::Key(key), &Type::Dynamic))))
        }
        Type::Dynamic => zw_lang::json_text_to_value(&known.to_string()).expect("it is a scalar"),
        _ => zw_lang::json_to_value(known, ty).expect("it is of its type"),
    }
}

#[derive(Clone, Copy)]
enum Step<'a> {
    At(usize),
    Key(&'a str),
}

impl Step<'_> {
    fn of(self, json: &Json) -> &Json {
        match self {
            Self::At(at) => &json[at],
            Self::Key(key) => &json[key],
        }
    }
}

/// Reads a plan from Terraform's JSON.
pub(crate) fn plan(json: &Json, schemas: &KnownSchemas) -> Plan {
    let changes = |key: &str| {
        let list = json[key].as_array().into_iter().flatten();
        list.map(|json| change(json, schemas)).collect::<Vec<_>>()
    };
    let mut plan = Plan {
        changes: changes("resource_changes").into_iter().collect(),
        drift: changes("resource_drift"),
        outputs: entries(&json["output_changes"]).map(|(name, json)| output(name, json)).collect(),
        ..Plan::default()
    };
    if plan.changes.is_empty() && !plan.drift.is_empty() {
        plan.mode = PlanMode::RefreshOnly;
    }
    plan
}

/// Reads the relevant attributes of a plan.
pub(crate) fn relevant(json: &Json) -> Vec<RelevantAttribute> {
    let list = json["relevant_attributes"].as_array().into_iter().flatten();
    list.filter_map(|json| {
        Some(RelevantAttribute {
            resource: json["resource"].as_str()?.parse().ok()?,
            path: path(&json["attribute"]),
        })
    })
    .collect()
}

fn change(json: &Json, schemas: &KnownSchemas) -> Change {
    let address: InstanceAddr = json["address"].as_str().unwrap().parse().unwrap();
    let provider = format!("provider[{}]", json["provider_name"]);
    let ty = match schemas.schema(&provider, address.resource()) {
        Some(schema) => schema.block.ty(),
        None => Type::Dynamic,
    };
    let change = &json["change"];
    let text = |json: &Json| json.as_str().map(str::to_owned);
    Change {
        deposed: text(&json["deposed"]).map(Arc::from),
        previous_address: text(&json["previous_address"]).map(|text| text.parse().unwrap()),
        provider: provider.into(),
        action: action(&change["actions"]),
        reason: reason(json["action_reason"].as_str()),
        before: value(&change["before"], &Json::Null, &change["before_sensitive"], &ty),
        after: value(
            &change["after"],
            if change["after"].is_null() { &Json::Null } else { &change["after_unknown"] },
            &change["after_sensitive"],
            &ty,
        ),
        replace_paths: change["replace_paths"].as_array().into_iter().flatten().map(path).collect(),
        importing: change["importing"]["id"].as_str().map(Into::into),
        address,
    }
}

fn output(name: &str, json: &Json) -> OutputChange {
    let ty = &Type::Dynamic;
    OutputChange {
        name: name.into(),
        action: action(&json["actions"]),
        before: value(&json["before"], &Json::Null, &json["before_sensitive"], ty),
        after: value(&json["after"], &json["after_unknown"], &json["after_sensitive"], ty),
        sensitive: json["after_sensitive"] == true,
    }
}

fn path(json: &Json) -> Path {
    let steps = json.as_array().into_iter().flatten().map(|step| match step {
        Json::String(name) => PathStep::Attr(name.as_str().into()),
        other => PathStep::Index(zw_lang::json_text_to_value(&other.to_string()).unwrap()),
    });
    Path(steps.collect())
}

fn action(json: &Json) -> Action {
    match json.to_string().as_str() {
        "[\"no-op\"]" => Action::NoOp,
        "[\"create\"]" => Action::Create,
        "[\"read\"]" => Action::Read,
        "[\"update\"]" => Action::Update,
        "[\"delete\"]" => Action::Delete,
        "[\"delete\",\"create\"]" => Action::DeleteThenCreate,
        "[\"create\",\"delete\"]" => Action::CreateThenDelete,
        "[\"forget\"]" => Action::Forget,
        other => panic!("unknown actions {other}"),
    }
}

fn reason(text: Option<&str>) -> Reason {
    match text {
        None => Reason::None,
        Some("replace_because_cannot_update") => Reason::CannotUpdate,
        Some("replace_because_tainted") => Reason::Tainted,
        Some("replace_by_request") => Reason::Requested,
        Some("replace_by_triggers") => Reason::Triggered,
        Some("delete_because_no_resource_config") => Reason::NoResourceConfig,
        Some("delete_because_no_module") => Reason::NoModule,
        Some("delete_because_wrong_repetition") => Reason::WrongRepetition,
        Some("delete_because_count_index") => Reason::CountIndex,
        Some("delete_because_each_key") => Reason::EachKey,
        Some("read_because_config_unknown") => Reason::ConfigUnknown,
        Some("read_because_dependency_pending") => Reason::DependencyPending,
        Some(other) => panic!("unknown reason {other}"),
    }
}

/// Reads a state from Terraform's JSON.
pub(crate) fn state<'a>(json: &Json, schemas: &'a KnownSchemas) -> StateView<'a> {
    let mut view = StateView::default();
    add_module(&json["values"]["root_module"], schemas, &mut view);
    for (name, output) in entries(&json["values"]["outputs"]) {
        let ty = type_from_json(&output["type"]).expect("outputs have types");
        view.outputs.push(StateOutput {
            name: name.as_str().into(),
            value: value(&output["value"], &Json::Null, &Json::Null, &ty),
            sensitive: output["sensitive"] == true,
        });
    }
    view
}

fn add_module<'a>(json: &Json, schemas: &'a KnownSchemas, view: &mut StateView<'a>) {
    for object in json["resources"].as_array().into_iter().flatten() {
        let address: InstanceAddr = object["address"].as_str().unwrap().parse().unwrap();
        let provider = format!("provider[{}]", object["provider_name"]);
        let schema = schemas.schema(&provider, address.resource()).expect("the type is known");
        let ty = schema.block.ty();
        let texts = |key: &str| object[key].as_array().into_iter().flatten();
        view.objects.push(StateObject {
            deposed: object["deposed_key"].as_str().map(Arc::from),
            provider: provider.into(),
            value: value(&object["values"], &Json::Null, &object["sensitive_values"], &ty),
            is_tainted: object["tainted"] == true,
            dependencies: texts("depends_on").map(|text| text.as_str().unwrap().into()).collect(),
            schema,
            address,
        });
    }
    for child in json["child_modules"].as_array().into_iter().flatten() {
        add_module(child, schemas, view);
    }
}
