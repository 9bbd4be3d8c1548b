use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use zw_engine::Plan;

use super::plan::PlanDocument;
use super::state::StateDocument;
use super::*;
use crate::ui::testing::equivalence::{Scenario, scenarios};
use crate::ui::testing::terraform::{self, KnownSchemas, plan as plan_of, read_json, relevant};
use zw_engine::RelevantAttribute;

/// Fields that say when and by whom something was written.
const CIRCUMSTANCES: [&str; 5] =
    ["terraform_version", "zw_version", "timestamp", "applyable", "complete"];

/// JSON without circumstances, and without the host of providers' sources.
fn comparable(json: &Json) -> Json {
    match json {
        Json::Object(map) => map
            .iter()
            .filter(|(key, _)| !CIRCUMSTANCES.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), comparable(value)))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Json::Array(items) => items.iter().map(comparable).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}

/// The paths at which two documents differ.
fn differences(expected: &Json, actual: &Json, path: &str, found: &mut Vec<String>) {
    match (expected, actual) {
        (Json::Object(a), Json::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let absent = Json::String("(absent)".to_owned());
                let (a, b) = (a.get(key).unwrap_or(&absent), b.get(key).unwrap_or(&absent));
                differences(a, b, &format!("{path}.{key}"), found);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differences(a, b, &format!("{path}[{at}]"), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path}: expected {a}, got {b}")),
    }
}

fn assert_same(expected: &Json, actual: &Json, what: &str) {
    let mut found = Vec::new();
    differences(&comparable(expected), &comparable(actual), "", &mut found);
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

fn document(
    plan: &Plan,
    schemas: &KnownSchemas,
    config: Option<&zw_config::model::Config>,
    prior: &StateView<'_>,
    relevant: &[RelevantAttribute],
) -> Json {
    let document = PlanDocument {
        plan,
        schemas,
        config,
        prior,
        variables: &[],
        relevant,
        timestamp: std::time::Duration::ZERO,
        errored: false,
    };
    serde_json::to_value(document).unwrap()
}

/// A document of a plan that was read from one.
fn plan_again(json: &Json, schemas: &KnownSchemas) -> Json {
    let prior = terraform::state(&json["prior_state"], schemas);
    document(&plan_of(json, schemas), schemas, None, &prior, &relevant(json))
}

fn scenario_plan(scenario: &Scenario) -> Option<(Json, KnownSchemas)> {
    Some((scenario.json("plan.json")?, scenario.schemas()))
}

#[test]
fn plans_of_opentofu_are_written_as_it_writes_them() {
    for scenario in scenarios() {
        let Some((mut expected, schemas)) = scenario_plan(&scenario) else { continue };
        let actual = plan_again(&expected, &schemas);
        expected.as_object_mut().unwrap().remove("configuration");
        if scenario.name == "local_provider_update" {
            // It forgets here, and only here, what the schema says is sensitive.
            let resource = &mut expected["planned_values"]["root_module"]["resources"][0];
            resource["sensitive_values"]["sensitive_content"] = true.into();
        }
        assert_same(&expected, &actual, &scenario.name);
    }
}

#[test]
fn states_of_opentofu_are_written_as_it_writes_them() {
    for scenario in scenarios() {
        let Some(expected) = scenario.json("state.json") else { continue };
        let schemas = scenario.schemas();
        let view = terraform::state(&expected, &schemas);
        let document = StateDocument { objects: &view.objects, outputs: &view.outputs };
        let actual = serde_json::to_value(document).unwrap();
        assert_same(&expected, &actual, &scenario.name);
    }
}

#[test]
fn changes_of_terraform_are_written_as_it_writes_them() {
    for name in ["create", "update", "lists", "replace"] {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/ui/plan/fixtures")
            .join(name);
        let mut schemas = KnownSchemas::default();
        schemas.add_provider_schemas(&read_json(&dir.join("schemas.json")));
        let mut expected = read_json(&dir.join("plan.json"));
        let mut actual = plan_again(&expected, &schemas);
        for document in [&mut expected, &mut actual] {
            for change in document["resource_changes"].as_array_mut().unwrap() {
                // The file does not say of which type this unknown value will be, so what is made of
                // it cannot say what follows from that.
                if change["change"]["after_unknown"]["output"] == true
                    && let Some(sensitive) = change["change"]["after_sensitive"].as_object_mut()
                {
                    sensitive.shift_remove("output");
                }
            }
        }
        for key in ["resource_changes", "output_changes", "relevant_attributes"] {
            assert_same(&expected[key], &actual[key], &format!("{name}: {key}"));
        }
    }
}

#[test]
fn messages_of_opentofu_about_plans_are_written_as_it_writes_them() {
    for scenario in scenarios() {
        let (Some((json, schemas)), Some(messages)) =
            (scenario_plan(&scenario), scenario.json("apply.json"))
        else {
            continue;
        };
        let plan = plan_of(&json, &schemas);
        let captured = crate::ui::testing::Captured::default();
        let ui = crate::ui::testing::ui_into(&captured, crate::ui::style::Styles::plain());
        plan_messages(&ui, &plan);
        let actual: Vec<Json> = captured
            .text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|message: &Json| message["type"] != "version")
            .collect();
        let planned = |messages: &[Json]| -> Json {
            let mut found: Vec<Json> = messages
                .iter()
                .filter(|message| message["type"] == "planned_change")
                // Applying a saved plan, it says nothing of objects that only move.
                .filter(|message| message["change"]["action"] != "move")
                .cloned()
                .collect();
            for message in &mut found {
                let message = message.as_object_mut().unwrap();
                message.retain(|key, _| key != "@timestamp" && key != "@module");
            }
            found.sort_by_key(|message| message["@message"].to_string());
            found.into()
        };
        let expected = planned(messages.as_array().unwrap());
        assert_same(&expected, &planned(&actual), &scenario.name);
    }
}

#[test]
fn configurations_are_written_as_opentofu_writes_them() {
    for scenario in scenarios() {
        let Some((json, schemas)) = scenario_plan(&scenario) else { continue };
        let (config, found) =
            zw_config::load(&scenario.inputs, &zw_config::Disk, &mut zw_config::LocalSources);
        assert!(!found.has_errors(), "{}: {found}", scenario.name);
        let actual = super::config::to_json(&config, &schemas);
        let text = json["configuration"]
            .to_string()
            .replace("registry.opentofu.org", "registry.terraform.io");
        let expected: Json = serde_json::from_str(&text).unwrap();
        assert_same(&expected, &actual, &scenario.name);
    }
}

/// A configuration with everything that Terraform writes about one.
#[test]
fn a_configuration_is_written_as_terraform_writes_it() {
    let dir =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui/json/fixtures/configuration");
    let (config, found) = zw_config::load(&dir, &zw_config::Disk, &mut zw_config::LocalSources);
    assert!(!found.has_errors(), "{found}");
    let actual = super::config::to_json(&config, &KnownSchemas::default());
    let mut expected = read_json(&dir.join("configuration.json"));
    // Calls of functions with constants are constants too.
    expected["root_module"]["module_calls"]["network"]["for_each_expression"] =
        json!({"constant_value": ["a", "b"]});
    assert_same(&without_additions(&expected), &without_additions(&actual), "");
}

/// A configuration without versions of schemas, which this test does not have, and without what Terraform does not
/// say of variables.
fn without_additions(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let additions = ["schema_version", "required"];
            map.iter()
                .filter(|(key, value)| {
                    let is_type_of_variable = *key == "type" && map.get("address").is_none();
                    let is_addition = additions.contains(&key.as_str())
                        || is_type_of_variable && value.is_string();
                    !is_addition
                })
                .map(|(key, value)| (key.clone(), without_additions(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Json::Array(items) => items.iter().map(without_additions).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}
