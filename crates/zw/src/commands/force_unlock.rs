//! `zw force-unlock`

use zw_lang::Diagnostic;

use crate::app::{App, Exit};

/// Take the right to change the state from whoever holds it
///
/// The lock of a process that has died is gone with it. This is for one that lives and should not: it can no longer write
/// after that.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw force-unlock")]
pub(crate) struct ForceUnlock {
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
    let store = app.store();
    match store.break_lock().await.map_err(|error| app.store_error(&error))? {
        Some(holder) => app.ui.out.println(&format!(
            "The state has been unlocked. {} (process {} on {}) held it for {} since {}.",
            holder.who, holder.pid, holder.host, holder.what, holder.since
        )),
        None => app.ui.out.println("The state was not locked."),
    }
    Ok(0)
}
