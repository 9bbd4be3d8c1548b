//! What must hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use zw_lang::Value;
use zw_state::testing::model::Model;
use zw_state::{IntentKind, ObjectStatus};

use crate::cloud::{Watch, text};
use crate::scenario::Estate;

/// At any time: whatever exists is in the state, or the journal says that it may.
pub(crate) fn nothing_is_forgotten(cloud: &[Value], state: &Model) -> Vec<String> {
    let known: BTreeSet<String> =
        state.resources.values().map(|row| id_of(&row.attributes)).collect();
    let asked_for = state.journal.values().filter(|intent| intent.kind == IntentKind::Create);
    let asked_for: BTreeSet<String> = asked_for
        .map(|intent| json(&intent.request)["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    let is_known = |object: &&Value| {
        known.contains(text(object, "id")) || asked_for.contains(text(object, "name"))
    };
    let forgotten = cloud.iter().filter(|object| !is_known(object));
    forgotten
        .map(|object| format!("{} {} is forgotten", text(object, "name"), text(object, "id")))
        .collect()
}

/// After an apply that nothing happened to: what exists is what is configured, the state says so, and nothing is in
/// doubt.
pub(crate) fn all_is_as_configured(
    cloud: &[Value],
    state: &Model,
    wanted: &Estate,
    watch: &Watch,
) -> Vec<String> {
    let mut broken = Vec::new();
    let names: BTreeMap<&str, &str> =
        cloud.iter().map(|object| (text(object, "id"), text(object, "name"))).collect();
    let mut found = BTreeMap::new();
    for object in cloud {
        let links = text(object, "link").split_whitespace();
        let links: Vec<&str> = links.map(|id| names.get(id).copied().unwrap_or(id)).collect();
        let is = (text(object, "color"), text(object, "shape"), links);
        if found.insert(text(object, "name"), is).is_some() {
            broken.push(format!("there are two of {}", text(object, "name")));
        }
    }
    let wanted_objects: BTreeMap<&str, _> = wanted
        .0
        .iter()
        .map(|(name, thing)| {
            let links = thing.links.iter().map(String::as_str).collect::<Vec<_>>();
            (name.as_str(), (thing.color, thing.shape, links))
        })
        .collect();
    if found != wanted_objects {
        broken.push(format!("there is {found:?}, and wanted is {wanted_objects:?}"));
    }
    broken.extend(state.journal.keys().map(|token| format!("{token} is still in doubt")));
    for row in state.resources.values() {
        let recorded = json(&row.attributes);
        let id = recorded["id"].as_str().unwrap_or_default();
        let Some(object) = cloud.iter().find(|object| text(object, "id") == id) else {
            broken.push(format!("{} is in the state and does not exist", row.key));
            continue;
        };
        for name in ["name", "color", "shape", "link", "zone", "code"] {
            if recorded[name].as_str().unwrap_or_default() != text(object, name) {
                broken.push(format!("{} of {} is {} in the state", name, row.key, recorded[name]));
            }
        }
        if row.status != ObjectStatus::Ready || row.key.deposed.is_some() {
            broken.push(format!("{} is {:?} at the end", row.key, row.status));
        }
    }
    if state.resources.len() != cloud.len() {
        broken.push(format!("{} rows for {} objects", state.resources.len(), cloud.len()));
    }
    let set_up = |name: &str| {
        cloud.iter().any(|object| {
            text(object, "name") == name && watch.provisioned.contains(text(object, "id"))
        })
    };
    let provisioned = wanted.0.iter().filter(|(_, thing)| thing.is_provisioned);
    for (name, _) in provisioned.filter(|(name, _)| !set_up(name)) {
        broken.push(format!("{name} was never set up"));
    }
    broken
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("the engine writes JSON")
}

fn id_of(attributes: &str) -> String {
    json(attributes)["id"].as_str().unwrap_or_default().to_owned()
}
