//! The part of `zw init` that settles where the state is.

use std::time::Duration;

use zw_lang::{Diagnostic, SourceMap};
use zw_state::{Backend, StoreError};

use crate::app::{App, Failed, LockArgs, Project};
use crate::backend;
use crate::backend::migrate::{self, Refusal};
use crate::backend::remembered::Remembered;

/// Options that say what to do about the backend.
#[derive(Debug, clap::Args)]
pub(super) struct BackendArgs {
    /// Whether to settle where the state is
    #[arg(
        long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true",
        default_missing_value = "true", action = clap::ArgAction::Set
    )]
    backend: bool,
    /// Arguments for the backend besides those in its block: a file of them, or KEY=VALUE; may be repeated
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    backend_config: Vec<String>,
    /// Take the backend as it is configured now, and leave the state where it was
    #[arg(long, conflicts_with_all = ["migrate_state", "force_copy"])]
    reconfigure: bool,
    /// Take the state along to a backend that is configured otherwise than before
    #[arg(long)]
    migrate_state: bool,
    /// The same, without asking before a state is overwritten
    #[arg(long)]
    force_copy: bool,
    /// Whether to ask when something has to be decided
    #[arg(
        long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true",
        default_missing_value = "true", action = clap::ArgAction::Set
    )]
    input: bool,
    #[command(flatten)]
    lock: LockArgs,
}

/// Settles where the state is, and takes it there.
pub(super) async fn settle(app: &App, project: &Project, args: &BackendArgs) -> Result<(), Failed> {
    if !args.backend || app.simulate {
        return Ok(());
    }
    let known = app.remembered()?;
    let wanted = wanted(app, project, args, known.as_ref())?;
    if known.as_ref().map_or_else(|| wanted.is_nothing(), |known| *known == wanted) {
        return Ok(());
    }
    let to = app.open(&wanted)?;
    if !args.reconfigure {
        let before = known.clone().unwrap_or_else(Remembered::nothing);
        if before.settings() != wanted.settings() || before.backend != wanted.backend {
            let from = app.open(&before)?;
            move_there(app, args, known.is_some(), &*from, &*to).await?;
        }
    }
    // What cannot be reached is said now, and not when something is to be written.
    to.workspaces().await.map_err(|error| app.store_error(&error))?;
    remember(app, &wanted)?;
    app.ui.out.println(&format!(
        "Successfully configured the backend {:?}! zw will automatically use this backend unless the backend \
         configuration changes.",
        wanted.backend
    ));
    Ok(())
}

/// What the block and the command line say. What was given on an earlier command line holds as long as the block is the
/// same and nothing else is given.
fn wanted(
    app: &App,
    project: &Project,
    args: &BackendArgs,
    known: Option<&Remembered>,
) -> Result<Remembered, Failed> {
    let block = app.backend_block(project)?;
    let sources = &project.config().sources;
    let (kind, settings) =
        App::declared(block.as_ref()).map_err(|found| app.fail(found, sources))?;
    if args.backend_config.is_empty() {
        let given = known.filter(|known| known.backend == kind.name && known.block == settings);
        let given = given.map(|known| known.given.clone()).unwrap_or_default();
        return Ok(Remembered::new(kind.name, settings, given));
    }
    if block.is_none() {
        return Err(app.fail_with(Diagnostic::error(
            "Missing backend configuration",
            "-backend-config was used without a \"backend\" block in the configuration. If you intended to override the \
             default local backend configuration, no action is required, but you may add an explicit backend block \
             to your configuration to clear this error: terraform { backend \"local\" {} }",
        )));
    }
    let mut sources = SourceMap::default();
    let given = backend::given(kind, &args.backend_config, &mut sources);
    let given = given.map_err(|found| app.fail(found, &sources))?;
    Ok(Remembered::new(kind.name, settings, given))
}

fn remember(app: &App, wanted: &Remembered) -> Result<(), Failed> {
    let dir = app.data_dir();
    std::fs::create_dir_all(&dir).map_err(|error| app.io_error("create", &dir, &error))?;
    let path = Remembered::path(&dir);
    if wanted.is_nothing() {
        return match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(app.io_error("remove", &path, &error))
            }
            _ => Ok(()),
        };
    }
    app.write_private(&path, &wanted.text())
}

/// Takes the states of all workspaces from one backend to another, as far as they hold anything.
async fn move_there(
    app: &App,
    args: &BackendArgs,
    is_change: bool,
    from: &dyn Backend,
    to: &dyn Backend,
) -> Result<(), Failed> {
    let of_store = |error: StoreError| app.store_error(&error);
    let mut full = Vec::new();
    for workspace in from.workspaces().await.map_err(of_store)? {
        let store = from.store(&workspace).map_err(of_store)?;
        let snapshot = store.snapshot().await.map_err(of_store)?;
        if !snapshot.lineage.is_empty() {
            full.push((workspace, store, snapshot));
        }
    }
    if full.is_empty() {
        return Ok(());
    }
    if !args.migrate_state && !args.force_copy && !agrees_to_move(app, args, is_change)? {
        return Ok(());
    }
    for (workspace, store, snapshot) in full {
        let target = to.store(&workspace).map_err(of_store)?;
        let there = target.snapshot().await.map_err(of_store)?;
        if migrate::would_lose(&snapshot, &there) && !args.force_copy {
            agrees_to_overwrite(app, args, &workspace)?;
        }
        let wait: Duration = args.lock.lock_timeout;
        migrate::copy(&*store, &*target, wait).await.map_err(|refusal| refused(app, refusal))?;
        app.ui.out.println(&format!(
            "Copied the state of workspace {workspace:?}: {} objects, {} outputs, serial {}.",
            snapshot.resources.len(),
            snapshot.outputs.len(),
            snapshot.serial
        ));
    }
    Ok(())
}

fn refused(app: &App, refusal: Refusal) -> Failed {
    match refusal {
        Refusal::Store(error) => app.store_error(&error),
        Refusal::InDoubt(object) => app.fail_with(Diagnostic::error(
            "An operation of an interrupted run is in doubt",
            format!(
                "What became of {object} has to be found out before the state can move. Run \"zw apply\" with the backend as \
                 it was, and then \"zw init\" again."
            ),
        )),
    }
}

/// Whether the state is to come along, where no option says so.
fn agrees_to_move(app: &App, args: &BackendArgs, is_change: bool) -> Result<bool, Failed> {
    if is_change || !args.input || !app.ui.can_ask() {
        return Err(app.fail_with(Diagnostic::error(
            "Backend configuration changed",
            "There is a state in the backend as it was configured before. To take it along, use \"zw init \
             -migrate-state\". To use the new configuration and leave the state where it is, use \"zw init \
             -reconfigure\".",
        )));
    }
    let question = "Do you want to copy existing state to the new backend?\n  There is a state here already. Enter \
                    \"yes\" to copy it and \"no\" to start with an empty state.\n\n  Enter a value: ";
    Ok(app.ui.ask(question).as_deref() == Some("yes"))
}

fn agrees_to_overwrite(app: &App, args: &BackendArgs, workspace: &str) -> Result<(), Failed> {
    let summary = format!("There is a state of workspace {workspace:?} in the new backend already");
    if args.input && app.ui.can_ask() {
        let question = format!(
            "{summary}.\n  It is another one, or newer. Enter \"yes\" to overwrite it.\n\n  Enter a value: "
        );
        if app.ui.ask(&question).as_deref() == Some("yes") {
            return Ok(());
        }
    }
    Err(app.fail_with(Diagnostic::error(
        summary,
        "It is another one than the one to be copied, or newer, and would be lost. Use -force-copy to overwrite it, or \
         -reconfigure to use it as it is.",
    )))
}
