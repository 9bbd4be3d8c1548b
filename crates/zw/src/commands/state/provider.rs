//! `zw state replace-provider`

use std::sync::Arc;

use zw_lang::Diagnostic;
use zw_state::{ResourceRow, Snapshot, Write};

use crate::app::{App, Exit, LockArgs};

/// Give objects to another provider
///
/// For a provider that has another source address by now, as one that was forked. What the objects are is left as it is.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw state replace-provider hashicorp/aws registry.acme.corp/acme/aws"
)]
pub(crate) struct ReplaceProvider {
    /// The source address of the provider that objects belong to, as hashicorp/aws
    #[arg(value_name = "FROM")]
    from: String,
    /// The source address of the provider that they are to belong to
    #[arg(value_name = "TO")]
    to: String,
    /// Do not ask
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    lock: LockArgs,
}

pub(super) async fn replace(app: &App, args: &ReplaceProvider) -> Exit {
    let store = app.store()?;
    let full = |source: &String| {
        let name = source.rsplit('/').next().unwrap_or_default();
        zw_engine::full_source(name, Some(source.as_str()))
    };
    let (from, to) = (full(&args.from), full(&args.to));
    let known = super::snapshot(app, &store).await?;
    let meant = rows(&known, &from, &to);
    if meant.is_empty() {
        app.ui.out.println(&format!("No objects belong to {from}."));
        return Ok(0);
    }
    if !args.auto_approve {
        if !app.ui.can_ask() {
            return Err(app.fail_with(Diagnostic::error(
                "Approval is needed and cannot be asked for",
                "There is no terminal to ask on. Use -auto-approve.",
            )));
        }
        let list: Vec<String> = meant.iter().map(|row| format!("  {}", row.key)).collect();
        let question = format!(
            "\nThese objects of {from} will belong to {to}:\n\n{}\n\nDo you want to make these changes?\n  Only \
             'yes' will be accepted to continue.\n\n  Enter a value: ",
            list.join("\n")
        );
        if app.ui.ask(&question).as_deref() != Some("yes") {
            app.ui.out.println("Cancelled replacing providers.");
            return Ok(1);
        }
    }
    super::edit(app, &store, &args.lock, false, |known| {
        let rows = rows(known, &from, &to).into_iter();
        Ok(rows
            .map(|row| (format!("Replaced the provider of {}", row.key), Write::Put(row)))
            .collect())
    })
    .await
}

/// The rows of a provider as those of another one.
fn rows(known: &Snapshot, from: &str, to: &str) -> Vec<ResourceRow> {
    let (from, to) = (format!("provider[{from:?}]"), format!("provider[{to:?}]"));
    let meant = known.resources.values().filter(|row| row.provider.contains(&from));
    let replaced = |row: &ResourceRow| ResourceRow {
        provider: Arc::from(row.provider.replace(&from, &to)),
        ..row.clone()
    };
    meant.map(replaced).collect()
}
