//! The data source `terraform_remote_state`: the outputs of another configuration, from its state.
//!
//! <https://developer.hashicorp.com/terraform/language/state/remote-state-data>

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use zw_lang::{PathStep, Str, Type, Value, ValueKind, json_to_value, type_from_json};
use zw_provider::schema::{Attribute, Schema};
use zw_provider::{DataSource, OpError, OpErrorKind, OpResult, View};
use zw_state::{Actor, OutputRow, SEAL, SqliteStore, Store as _, from_tfstate};

use crate::provider::Client;

/// How a file with a state of zw begins.
const SQLITE: &[u8] = b"SQLite format 3\0";

pub(crate) fn schema() -> Schema {
    Schema::new(
        "The outputs of another configuration, from its state.",
        [
            Attribute::required("backend", Type::String)
                .describe("Where the state is: local, which is a file."),
            Attribute::optional("config", Type::Dynamic)
                .describe("For local: path, of a terraform.tfstate, of a state of zw or of the directory of a project."),
            Attribute::optional("defaults", Type::Dynamic)
                .describe("Values of outputs that the state does not have."),
            Attribute::optional("workspace", Type::String).describe("The workspace, default if there is none."),
            Attribute::computed("outputs", Type::Dynamic).describe("The outputs of the root module."),
        ],
        [],
    )
}

pub(crate) struct RemoteState;

#[async_trait]
impl DataSource<Client> for RemoteState {
    async fn read(&self, _: &Client, config: &Value) -> OpResult<Value> {
        let view = View::new(config);
        let backend = view.str_or_empty("backend");
        if backend != "local" {
            let known = "zw reads states of the backend \"local\" only. Let the other configuration publish what is \
                         needed, in a parameter store for instance, or copy its state.";
            let path = zw_lang::Path(vec![PathStep::Attr("backend".into())]);
            return Err(OpError::invalid(path, format!("The backend is {backend:?}. {known}")));
        }
        let place = place(config);
        let outputs = outputs(&place).await?;
        let defaults = config.get("defaults").and_then(entries).unwrap_or_default();
        let mut all: Vec<(Str, Value)> = defaults;
        for (name, value) in outputs {
            all.retain(|(known, _)| *known != name);
            all.push((name, value));
        }
        let given =
            |name: &str| config.get(name).cloned().unwrap_or_else(|| Value::null(Type::Dynamic));
        Ok(Value::object([
            ("backend", given("backend")),
            ("config", given("config")),
            ("defaults", given("defaults")),
            ("outputs", Value::object(all)),
            ("workspace", given("workspace")),
        ]))
    }
}

/// The attributes of an object, or the entries of a map.
fn entries(value: &Value) -> Option<Vec<(Str, Value)>> {
    match value.kind() {
        ValueKind::Object(object) => {
            Some(object.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        ValueKind::Map(map) => Some(map.entries.clone()),
        _ => None,
    }
}

/// Where the state is, as the backend `local` has it.
fn place(config: &Value) -> PathBuf {
    let setting = |name: &str| {
        let found = config.get("config")?.get(name)?.as_str()?;
        (!found.is_empty()).then(|| found.to_owned())
    };
    match config.get("workspace").and_then(Value::as_str) {
        None | Some("default" | "") => {
            setting("path").unwrap_or_else(|| "terraform.tfstate".to_owned()).into()
        }
        Some(workspace) => {
            let dir = setting("workspace_dir").unwrap_or_else(|| "terraform.tfstate.d".to_owned());
            Path::new(&dir).join(workspace).join("terraform.tfstate")
        }
    }
}

async fn outputs(place: &Path) -> OpResult<Vec<(Str, Value)>> {
    let place = if place.is_dir() { place.join(".zw/state.db") } else { place.to_owned() };
    let unreadable = |kind: OpErrorKind, error: &dyn std::fmt::Display| {
        OpError::new(kind, format!("The state in {} cannot be read: {error}.", place.display()))
    };
    let contents = tokio::fs::read(&place).await.map_err(|error| {
        let is_missing = error.kind() == std::io::ErrorKind::NotFound;
        let kind = if is_missing { OpErrorKind::NotFound } else { OpErrorKind::Other };
        unreadable(kind, &error)
    })?;
    let snapshot = if contents.starts_with(SQLITE) {
        let store = Arc::new(SqliteStore::new(place.clone(), Actor::of_this_process()));
        store.snapshot().await.map_err(|error| unreadable(OpErrorKind::Other, &error))?
    } else {
        let text = String::from_utf8_lossy(&contents);
        from_tfstate(&text).map_err(|error| unreadable(OpErrorKind::Other, &error))?.snapshot
    };
    if snapshot.outputs.contains_key(SEAL) {
        let detail = "it is encrypted, and terraform_remote_state has no key";
        return Err(unreadable(OpErrorKind::Invalid, &detail));
    }
    let mut found = Vec::with_capacity(snapshot.outputs.len());
    for row in snapshot.outputs.values() {
        let value = value(row).ok_or_else(|| {
            unreadable(OpErrorKind::Other, &format!("its output {:?} makes no sense", row.name))
        })?;
        found.push((row.name.as_ref().into(), value));
    }
    Ok(found)
}

fn value(row: &OutputRow) -> Option<Value> {
    let ty = type_from_json(&serde_json::from_str(&row.ty).ok()?)?;
    json_to_value(&serde_json::from_str(&row.value).ok()?, &ty).ok()
}
