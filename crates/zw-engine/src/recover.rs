//! Finding out what became of operations that an earlier run began and did not see the end of.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use zw_config::model::{Config, NodeId, ProvisionerWhen, Resource};
use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostic, Diagnostics, Value};
use zw_provider::{Connection, CreateRequest, OpResult};
use zw_state::{
    Intent, IntentKind, ObjectStatus, ResourceRow, RowKey, RowVersion, Session, Snapshot, Write,
};

use crate::api::{Context, PlanOptions};
use crate::apply::results::depending;
use crate::apply::store_diagnostic;
use crate::codec;
use crate::event::{Event, Observer, Silent};
use crate::fetch::source_in;
use crate::planner::{Planner, Reach};
use crate::providers::Link;
use crate::resource::{describe_error, shaped};

/// How long to wait until something that was not found is looked for again.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Settles every operation in doubt, before anything else is done: an object that was created and never
/// written down is found by the operation's token, its tags or its natural key, and is adopted. Changes and
/// deletions need no settling of their own, because the next plan reads the object. Returns how many
/// there were.
///
/// # Errors
/// If a provider cannot be asked: then the operations stay in doubt.
pub async fn settle(
    cx: &Context,
    snapshot: &Snapshot,
    options: &PlanOptions,
    session: &dyn Session,
    observer: &dyn Observer,
) -> Result<usize, Diagnostics> {
    let intents = session.in_doubt().await.map_err(|error| store_diagnostic(&error))?;
    if intents.is_empty() {
        return Ok(0);
    }
    let options = PlanOptions { refresh: false, targets: Vec::new(), ..options.clone() };
    let mut planner = Planner::new(cx, snapshot.clone(), options, Reach::Online)?;
    planner.evaluate_providers(&Silent).await;
    for intent in intents.iter().filter(|intent| intent.kind == IntentKind::Create) {
        if let Some(provider) = planner.provider_of_address(&intent.provider) {
            planner.connection(provider);
        }
    }
    planner.fetch(&Silent).await;
    if planner.diagnostics.has_errors() {
        return Err(planner.diagnostics);
    }
    let mut searches = JoinSet::new();
    let mut writes = Vec::new();
    for intent in intents.iter().cloned() {
        if intent.kind == IntentKind::Create {
            search(&mut planner, &mut searches, intent)?;
        } else {
            if let (IntentKind::Update, Some(row)) =
                (intent.kind, snapshot.resources.get(&intent.key))
            {
                writes.extend(depending(row, intent.key.clone(), &intent.dependencies));
            }
            let outcome = match intent.kind {
                IntentKind::Delete => {
                    "its deletion was cut off; reading it shows whether it is gone"
                }
                _ => "a change of it was cut off; reading it shows how far it came",
            };
            observer.event(&Event::Settled { address: &intent.key.address, outcome });
            writes.push(Write::Settle(intent.token));
        }
    }
    let mut failed = Diagnostics::new();
    let mut known = known_objects(&planner);
    while let Some(found) = searches.join_next().await {
        let Ok((intent, found)) = found else {
            failed.push(Diagnostic::error(
                "A provider stopped unexpectedly",
                "It was looking for an object that an interrupted run may have created. This is a bug in zw.",
            ));
            continue;
        };
        match found {
            Ok(object) => {
                // What is somebody else's already is not what this creation made.
                let object = object.filter(|object| {
                    let id = object.get("id").and_then(Value::as_str);
                    let Some(id) = id else { return true };
                    let place = (intent.type_name.clone(), intent.provider.clone(), id.to_owned());
                    *known.entry(place).or_insert_with(|| intent.key.clone()) == intent.key
                });
                writes.extend(adopt(cx, snapshot, &intent, object, observer));
                writes.push(Write::Settle(intent.token.clone()));
            }
            Err(error) => failed.push(describe_error(&error).about(intent.key.address.to_string())),
        }
    }
    session.write(writes).await.map_err(|error| store_diagnostic(&error))?;
    failed.into_result(intents.len())
}

/// The objects of the state by type, provider configuration and id.
fn known_objects(planner: &Planner) -> HashMap<(Arc<str>, Arc<str>, String), RowKey> {
    let objects = planner.prior.objects.iter().filter_map(|object| {
        let id = object.recorded.as_ref()?.get("id")?.as_str()?.to_owned();
        let row = &object.row;
        Some(((row.type_name.clone(), row.provider.clone(), id), row.key.clone()))
    });
    objects.collect()
}

/// Starts to look for what an interrupted creation may have made.
fn search(
    planner: &mut Planner,
    searches: &mut JoinSet<(Intent, OpResult<Option<Value>>)>,
    intent: Intent,
) -> Result<(), Diagnostic> {
    let unreachable = |reason: &str| {
        Diagnostic::error(
            format!("What became of {} is not known", intent.key.address),
            format!(
                "An earlier run was cut off while it created this object, and it cannot be looked for: {reason}."
            ),
        )
        .about(intent.key.address.to_string())
    };
    let source = source_in(&intent.provider);
    let schema = planner.walk.cx.providers.resource_type(source, &intent.type_name);
    let schema = schema.ok_or_else(|| unreachable("its type is not known to this zw"))?;
    let planned = codec::decode(&intent.request, &schema.block.ty())
        .map_err(|error| unreachable(&format!("the journal cannot be read ({error})")))?;
    let provider = planner
        .provider_of_address(&intent.provider)
        .ok_or_else(|| unreachable("its provider configuration is not there any more"))?;
    let Link::Open(connection) = planner.providers.link(provider) else {
        return Err(unreachable("its provider cannot be configured without applying something"));
    };
    let connection = connection.clone();
    searches.spawn(async move {
        let request =
            CreateRequest { config: planned.clone(), planned, token: intent.token.to_string() };
        let found = find(connection.as_ref(), &intent.type_name, &request).await;
        (intent, found)
    });
    Ok(())
}

/// Looks for what an interrupted creation may have made, for as long as it may take to appear.
async fn find(
    connection: &dyn Connection,
    type_name: &str,
    request: &CreateRequest,
) -> OpResult<Option<Value>> {
    let deadline = Instant::now() + connection.appearance();
    loop {
        // What was looked for before it had to be there may have appeared since, however late the answer comes.
        let is_late = Instant::now() >= deadline;
        let found = connection.find(type_name, request).await?;
        if found.is_some() || is_late {
            return Ok(found);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        tokio::time::sleep(left.min(LOOK_INTERVAL)).await;
    }
}

/// What is written down of a creation that was cut off.
fn adopt(
    cx: &Context,
    snapshot: &Snapshot,
    intent: &Intent,
    object: Option<Value>,
    observer: &dyn Observer,
) -> Vec<Write> {
    let schema = cx.providers.resource_type(source_in(&intent.provider), &intent.type_name);
    let (Some(object), Some(schema)) = (object, schema) else {
        let outcome = "its creation was cut off before anything was created";
        observer.event(&Event::Settled { address: &intent.key.address, outcome });
        return Vec::new();
    };
    let outcome = "its creation was cut off, but it exists, and has been taken into the state";
    observer.event(&Event::Settled { address: &intent.key.address, outcome });
    let object = shaped(&schema.block, &object);
    let mut writes = Vec::new();
    if snapshot.resources.contains_key(&intent.key) {
        // The new object of a replacement that creates first: the old one is still there, under
        // this key, and is to be destroyed.
        let deposed: Arc<str> = format!("{:08x}", intent.run.0 & 0xffff_ffff).into();
        let to = RowKey { address: intent.key.address.clone(), deposed: Some(deposed) };
        writes.push(Write::Move(intent.key.clone(), to));
    }
    writes.push(Write::Put(ResourceRow {
        key: intent.key.clone(),
        type_name: intent.type_name.clone(),
        provider: intent.provider.clone(),
        schema_version: schema.version,
        attributes: codec::encode(&object, &schema.block.ty()).into(),
        sensitive_paths: None,
        private: None,
        status: status(&cx.config, &intent.key.address),
        dependencies: intent.dependencies.clone(),
        ending: intent.ending,
        version: RowVersion::default(),
    }));
    writes
}

/// An object whose provisioners have not done their work is to be made anew.
fn status(config: &Config, address: &str) -> ObjectStatus {
    let declared = declared(config, address);
    let has_any = declared.is_some_and(|declared| {
        declared.provisioners.iter().any(|one| one.when == ProvisionerWhen::Create)
    });
    if has_any { ObjectStatus::Tainted } else { ObjectStatus::Ready }
}

/// The block of an address, whether or not it has that instance.
fn declared<'a>(config: &'a Config, address: &str) -> Option<&'a Resource> {
    let address: InstanceAddr = address.parse().ok()?;
    let mut node = NodeId(0);
    for (name, _) in address.module().steps() {
        let call = config.module_of(node).calls.iter().position(|call| call.name == *name)?;
        node = config.tree[node.0 as usize].children[call];
    }
    let sought = address.resource();
    config.module_of(node).resources.iter().find(|found| {
        found.mode == sought.mode
            && found.type_name == sought.type_name
            && found.name == sought.name
    })
}
