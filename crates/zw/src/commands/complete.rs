//! What a project has that could stand on a command line: addresses, workspaces, types.
//!
//! It is looked for while somebody types, so it is read from what lies on this machine, and what cannot be read is not
//! offered.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::SystemTime;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use zw_config::model::NodeId;
use zw_lang::ResourceMode;

use crate::app::{App, VariableArgs};
use crate::backend;
use crate::ui::Ui;

/// Addresses of what the configuration declares and of what is in the state.
pub(crate) fn addresses() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let app = silent_app();
        let mut found = declared(&app);
        found.extend(stored(&app));
        beginning(current, found)
    })
}

/// Workspaces of the project.
pub(crate) fn workspaces() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let app = silent_app();
        let found = lies_here(&app)
            .then(|| local(|app| async move { app.backend().ok()?.workspaces().await.ok() }));
        beginning(current, found.flatten().unwrap_or_default())
    })
}

/// Types that providers have, as `zw explain` takes them.
pub(crate) fn types() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let mut found = BTreeSet::new();
        for (_, provider) in silent_app().providers().iter() {
            for mode in ResourceMode::ALL {
                let names = provider.types(mode).keys();
                found.extend(names.map(|name| format!("{}{name}", mode.prefix())));
            }
            found.insert(format!("provider.{}", provider.name()));
        }
        beginning(current, found)
    })
}

fn beginning(current: &OsStr, found: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let found = found.into_iter().filter(|name| name.starts_with(&*current));
    found.map(CompletionCandidate::new).collect()
}

/// Resources and modules of the configuration, without keys of instances.
fn declared(app: &App) -> BTreeSet<String> {
    let (config, _) = app.read();
    let mut prefixes: Vec<String> = Vec::new();
    let mut found = BTreeSet::new();
    for (at, node) in config.tree.iter().enumerate() {
        let prefix = node.parent.map_or_else(String::new, |(parent, call)| {
            let name = &config.module_of(parent).calls[call].name;
            format!("{}module.{name}.", prefixes[parent.0 as usize])
        });
        if let Some(module) = prefix.strip_suffix('.') {
            found.insert(module.to_owned());
        }
        let module = config.module_of(NodeId(u32::try_from(at).unwrap_or(u32::MAX)));
        let managed = module.resources.iter().filter(|found| found.mode == ResourceMode::Managed);
        found.extend(
            managed.map(|resource| format!("{prefix}{}.{}", resource.type_name, resource.name)),
        );
        prefixes.push(prefix);
    }
    found
}

/// Instances in the state, if it lies on this machine.
fn stored(app: &App) -> Vec<String> {
    if !lies_here(app) {
        return Vec::new();
    }
    let snapshot = local(|app| async move { app.store().ok()?.snapshot().await.ok() });
    let rows = snapshot.into_iter().flat_map(|snapshot| snapshot.resources.into_keys());
    rows.filter(|key| key.deposed.is_none()).map(|key| key.address.to_string()).collect()
}

/// Whether the state is on this machine: nobody wants to wait for a server while typing.
fn lies_here(app: &App) -> bool {
    match app.remembered() {
        Ok(known) => known.is_none_or(|known| known.backend == backend::LOCAL),
        Err(_) => false,
    }
}

/// What a project answers, on a runtime of its own.
fn local<T, F: Future<Output = Option<T>>>(ask: impl FnOnce(App) -> F) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(ask(silent_app()))
}

/// The project in the directory, with nobody to tell about problems.
fn silent_app() -> App {
    App {
        ui: Ui::silent(SystemTime::now),
        root: PathBuf::from("."),
        simulate: false,
        variables: VariableArgs::default(),
        more: Vec::new(),
        traffic: zw_provider::Traffic::default(),
        passphrases: crate::encryption::Given::default(),
        secrets: None,
    }
}
