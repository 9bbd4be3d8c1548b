//! `zw force-unlock`

use zw_lang::Diagnostic;
use zw_state::RunId;

use crate::app::{App, Exit};

/// Take the right to change the state from a run, or from whoever holds it
///
/// The lock of a process that has died is gone with it, or lasts for a minute where it is kept on a server. This is for one
/// that lives and should not: it can no longer write after that.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw force-unlock\n  zw force-unlock 20261124093000")]
pub(crate) struct ForceUnlock {
    /// Only this run, as messages about it and "zw history" name it
    #[arg(value_name = "RUN")]
    run: Option<u64>,
    /// Do not ask
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(app: &App, args: &ForceUnlock) -> Exit {
    if !args.force {
        if !app.ui.can_ask() {
            return Err(app.fail_with(Diagnostic::error(
                "Confirmation is needed and cannot be asked for",
                "There is no terminal to ask on. Use -force.",
            )));
        }
        let question = "Do you really want to force-unlock?\n  Whoever holds the state can no longer write it.\n  Only \
                        'yes' will be accepted to confirm.\n\n  Enter a value: ";
        if app.ui.ask(question).as_deref() != Some("yes") {
            app.ui.out.println("force-unlock cancelled.");
            return Ok(1);
        }
    }
    let store = app.store()?;
    let run = args.run.map(RunId);
    let holders = store.break_lock(run).await.map_err(|error| app.store_error(&error))?;
    for holder in &holders {
        app.ui.out.println(&format!("The state has been unlocked. It was held by {holder}."));
    }
    match (holders.as_slice(), run) {
        ([], Some(RunId(run))) => {
            app.ui.out.println(&format!("The state was not locked by run {run}."));
        }
        ([], None) => app.ui.out.println("The state was not locked."),
        _ => {}
    }
    Ok(0)
}
