//! `zw state list|show|rm|mv|pull|push|replace-provider|encrypt|rotate-key|decrypt`

mod file;
mod mv;
mod provider;
mod seal;

use std::collections::BTreeMap;
use std::sync::Arc;

use zw_engine::StateView;
use zw_lang::addr::{InstanceAddr, InstanceKey, ModuleInstancePath};
use zw_lang::{Diagnostic, SourceMap};
use zw_state::{RowKey, RunKind, RunStatus, Snapshot, Store, Write};

use crate::app::{App, Exit, Failed, LockArgs};
use crate::ui;

/// Look at the state, and mend it
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  zw state list\n  zw state show aws_vpc.main")]
pub(crate) enum State {
    List(List),
    Show(Show),
    Rm(Rm),
    Mv(mv::Mv),
    Pull(file::Pull),
    Push(file::Push),
    ReplaceProvider(provider::ReplaceProvider),
    Encrypt(seal::Encrypt),
    RotateKey(seal::RotateKey),
    Decrypt(seal::Decrypt),
}

/// List the addresses of what is in the state
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw state list\n  zw state list module.vpc")]
pub(crate) struct List {
    /// Only these modules, resources or instances
    #[arg(value_name = "ADDRESS", add = crate::commands::complete::addresses())]
    addresses: Vec<String>,
    /// Only objects with this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// What there was when this run had ended
    #[arg(long, value_name = "RUN")]
    at: Option<u64>,
}

/// Show what the state says of an instance
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw state show 'aws_subnet.private[0]'")]
pub(crate) struct Show {
    /// The instance
    #[arg(value_name = "ADDRESS", add = crate::commands::complete::addresses())]
    address: String,
    /// As it was when this run had ended
    #[arg(long, value_name = "RUN")]
    at: Option<u64>,
}

/// Forget objects without destroying them
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw state rm aws_vpc.old\n  zw state rm -dry-run module.legacy"
)]
pub(crate) struct Rm {
    /// What to forget
    #[arg(value_name = "ADDRESS", required = true, add = crate::commands::complete::addresses())]
    addresses: Vec<String>,
    /// Only say what would be forgotten
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    lock: LockArgs,
}

pub(crate) async fn run(app: &App, command: &State) -> Exit {
    match command {
        State::List(args) => list(app, args).await,
        State::Show(args) => show(app, args).await,
        State::Rm(args) => rm(app, args).await,
        State::Mv(args) => mv::run(app, args).await,
        State::Pull(args) => file::pull(app, args).await,
        State::Push(args) => file::push(app, args).await,
        State::ReplaceProvider(args) => provider::replace(app, args).await,
        State::Encrypt(args) => seal::encrypt(app, args).await,
        State::RotateKey(args) => seal::rotate(app, args).await,
        State::Decrypt(args) => seal::decrypt(app, args).await,
    }
}

/// A module, a resource or an instance, as people name them.
enum Pattern {
    Module(ModuleInstancePath),
    Resource(InstanceAddr),
}

impl Pattern {
    fn parse(app: &App, text: &str) -> Result<Self, Failed> {
        if let Ok(module) = text.parse::<ModuleInstancePath>()
            && !module.is_root()
        {
            return Ok(Self::Module(module));
        }
        text.parse().map(Self::Resource).map_err(|error| {
            app.fail_with(Diagnostic::error("Invalid address", format!("{error}.")))
        })
    }

    fn matches(&self, address: &InstanceAddr) -> bool {
        match self {
            Self::Module(module) => {
                let (start, path) = (module.steps(), address.module().steps());
                start.len() <= path.len()
                    && start.iter().zip(path).all(|((name, key), (known, known_key))| {
                        name == known && (*key == InstanceKey::None || key == known_key)
                    })
            }
            Self::Resource(pattern) => {
                pattern.module() == address.module()
                    && pattern.resource() == address.resource()
                    && (*pattern.key() == InstanceKey::None || pattern.key() == address.key())
            }
        }
    }

    /// The address that an object has when this is renamed to `to`.
    fn renamed(&self, to: &Self, address: &InstanceAddr) -> Option<InstanceAddr> {
        match (self, to) {
            (Self::Module(from), Self::Module(to)) => {
                let rest = &address.module().steps()[from.steps().len()..];
                let path = rest
                    .iter()
                    .fold(to.clone(), |path, (name, key)| path.child(name.clone(), key.clone()));
                Some(InstanceAddr::new(path, address.resource().clone(), address.key().clone()))
            }
            (Self::Resource(from), Self::Resource(to)) => {
                // Moving a resource as a whole keeps the keys of its instances.
                let key = if *from.key() == InstanceKey::None && *to.key() == InstanceKey::None {
                    address.key().clone()
                } else {
                    to.key().clone()
                };
                Some(InstanceAddr::new(to.module().clone(), to.resource().clone(), key))
            }
            _ => None,
        }
    }
}

/// The keys of the state with their addresses, in order.
fn addresses(snapshot: &Snapshot) -> BTreeMap<InstanceAddr, Vec<RowKey>> {
    let mut found: BTreeMap<InstanceAddr, Vec<RowKey>> = BTreeMap::new();
    for key in snapshot.resources.keys() {
        if let Ok(address) = key.address.parse() {
            found.entry(address).or_default().push(key.clone());
        }
    }
    found
}

async fn snapshot(app: &App, store: &Arc<dyn Store>) -> Result<Snapshot, Failed> {
    store.snapshot().await.map_err(|error| app.store_error(&error))
}

async fn list(app: &App, args: &List) -> Exit {
    let snapshot = super::history::snapshot_at(app, args.at).await?;
    let mut patterns = Vec::new();
    for text in &args.addresses {
        patterns.push((text, Pattern::parse(app, text)?));
    }
    for (address, keys) in addresses(&snapshot) {
        let is_wanted =
            patterns.is_empty() || patterns.iter().any(|(_, pattern)| pattern.matches(&address));
        let has_id = args.id.as_ref().is_none_or(|id| {
            keys.iter().any(|key| {
                let row = &snapshot.resources[key];
                let object: Result<serde_json::Value, _> = serde_json::from_str(&row.attributes);
                object.is_ok_and(|object| object["id"] == **id)
            })
        });
        let is_current = keys.iter().any(|key| key.deposed.is_none());
        if is_wanted && has_id && is_current {
            app.ui.out.println(&address.to_string());
        }
    }
    Ok(0)
}

async fn show(app: &App, args: &Show) -> Exit {
    let snapshot = super::history::snapshot_at(app, args.at).await?;
    let address: InstanceAddr = args.address.parse().map_err(|error| {
        app.fail_with(Diagnostic::error("Invalid address", format!("{error}.")))
    })?;
    let wanted = Snapshot {
        resources: snapshot
            .resources
            .into_iter()
            .filter(|(key, _)| key.address.parse::<InstanceAddr>().is_ok_and(|key| key == address))
            .collect(),
        outputs: BTreeMap::new(),
        ..snapshot
    };
    let providers = app.providers();
    let view = StateView::new(&wanted, &providers)
        .map_err(|problems| app.fail(problems, &SourceMap::default()))?;
    if view.objects.is_empty() {
        return Err(app.fail_with(Diagnostic::error(
            "No instance found for the given address",
            format!(
                "{address} is not in the state. To see what is, run: zw state list. If it has instances, name one of \
                 them, as {address}[0]."
            ),
        )));
    }
    ui::state::show(&app.ui, &view);
    Ok(0)
}

async fn rm(app: &App, args: &Rm) -> Exit {
    let store = app.store()?;
    let mut patterns = Vec::new();
    for text in &args.addresses {
        patterns.push((text, Pattern::parse(app, text)?));
    }
    edit(app, &store, &args.lock, args.dry_run, |known| {
        let known = addresses(known);
        let mut writes = Vec::new();
        for (text, pattern) in &patterns {
            let before = writes.len();
            for (address, keys) in known.iter().filter(|(address, _)| pattern.matches(address)) {
                let what = if args.dry_run { "Would remove" } else { "Removed" };
                for key in keys {
                    writes.push((format!("{what} {address}"), Write::Remove(key.clone())));
                }
            }
            if writes.len() == before {
                return Err(nothing(text));
            }
        }
        Ok(writes)
    })
    .await
}

fn nothing(text: &str) -> Diagnostic {
    Diagnostic::error(
        "Invalid target address",
        format!(
            "No matching objects found for {text}. To view the available instances, use \"zw state list\". Please \
             modify the address to reference a specific instance."
        ),
    )
}

/// Edits the state in a run of its own, all or nothing, and says each step.
pub(super) async fn edit(
    app: &App,
    store: &Arc<dyn Store>,
    lock: &LockArgs,
    dry_run: bool,
    decide: impl FnOnce(&Snapshot) -> Result<Vec<(String, Write)>, Diagnostic>,
) -> Exit {
    if dry_run {
        let known = snapshot(app, store).await?;
        let steps = decide(&known).map_err(|problem| app.fail_with(problem))?;
        for (line, _) in steps {
            app.ui.out.println(&line);
        }
        return Ok(0);
    }
    let session = store
        .begin(RunKind::Edit, lock.lock_timeout)
        .await
        .map_err(|error| app.store_error(&error))?;
    let known = snapshot(app, store).await?;
    let outcome = match decide(&known) {
        Ok(steps) => {
            let (lines, writes): (Vec<String>, Vec<Write>) = steps.into_iter().unzip();
            let count = lines.len();
            match session.write(writes).await {
                Ok(_) => {
                    for line in lines {
                        app.ui.out.println(&line);
                    }
                    app.ui.out.println(&format!("Successfully changed {count} object(s)."));
                    Ok(0)
                }
                Err(error) => Err(app.store_error(&error)),
            }
        }
        Err(problem) => Err(app.fail_with(problem)),
    };
    let status = if outcome.is_ok() { RunStatus::Done } else { RunStatus::Failed };
    session.end(status).await.map_err(|error| app.store_error(&error))?;
    outcome
}
