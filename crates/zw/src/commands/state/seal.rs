//! `zw state encrypt`, `rotate-key` and `decrypt`

use zw_lang::Diagnostic;
use zw_state::StoreError;

use crate::app::{App, Exit, Failed, LockArgs};

/// Encrypt all that the state holds, history and journal included
///
/// With the key of the "encryption" block, in one step: whoever is interrupted finds the state as it was. New states
/// are encrypted from the start and do not need this.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw state encrypt")]
pub(crate) struct Encrypt {
    #[command(flatten)]
    lock: LockArgs,
}

/// Encrypt the state anew, with a new data key
///
/// To change the key as well, have the "state" block name the method with the new one, and a "fallback" block the
/// method with the old one; after this, the old one opens nothing any more.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw state rotate-key")]
pub(crate) struct RotateKey {
    #[command(flatten)]
    lock: LockArgs,
}

/// Decrypt all that the state holds
///
/// Remove the "encryption" block after that: otherwise what is written next is encrypted again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw state decrypt")]
pub(crate) struct Decrypt {
    #[command(flatten)]
    lock: LockArgs,
}

pub(super) async fn encrypt(app: &App, args: &Encrypt) -> Exit {
    require_block(app)?;
    let outcome = app.sealed_store()?.encrypt(args.lock.lock_timeout).await;
    said(app, outcome, "The state is encrypted, with its history.")
}

pub(super) async fn rotate(app: &App, args: &RotateKey) -> Exit {
    require_block(app)?;
    let outcome = app.sealed_store()?.encrypt(args.lock.lock_timeout).await;
    said(app, outcome, "The state is encrypted with a new key, and its history with it.")
}

pub(super) async fn decrypt(app: &App, args: &Decrypt) -> Exit {
    require_block(app)?;
    let outcome = app.sealed_store()?.decrypt(args.lock.lock_timeout).await;
    said(app, outcome, "The state is in clear. Remove the \"encryption\" block now.")
}

fn require_block(app: &App) -> Result<(), Failed> {
    if app.sealing()?.is_some() {
        return Ok(());
    }
    Err(app.fail_with(Diagnostic::error(
        "There is no key",
        "The configuration has no \"encryption\" block in its terraform or zw block.",
    )))
}

fn said(app: &App, outcome: Result<Option<String>, StoreError>, done: &str) -> Exit {
    let left = outcome.map_err(|error| app.store_error(&error))?;
    app.ui.out.println(done);
    if let Some(left) = left {
        let warning = Diagnostic::warning("What was overwritten may still be there", left);
        app.ui.diagnostics(&warning.into(), &zw_lang::SourceMap::default());
    }
    Ok(0)
}
