//! `zw validate`

use zw_lang::Diagnostics;

use crate::app::{App, Exit, VariableArgs};
use crate::commands::report::ReportArgs;
use crate::ui;

/// Check the configuration without asking anybody
///
/// Syntax, names, types and the arguments of every resource are checked; variables without a value count as
/// unknown, and neither the state nor a cloud is looked at.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw validate\n  zw validate -json\n  zw validate -sarif=zw.sarif"
)]
pub(crate) struct Validate {
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// Write the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

pub(crate) async fn run(app: &App, args: &Validate) -> Exit {
    let (config, mut found) = app.read();
    let sources = config.sources.clone();
    if !found.has_errors() {
        let cx = app.context(config)?;
        found.extend(zw_engine::validate(&cx).await);
    }
    if args.json {
        ui::json::validation(&app.ui, &found, &sources);
    } else {
        app.ui.diagnostics(&found, &sources);
        say(app, &found);
    }
    Ok(u8::from(found.has_errors()))
}

fn say(app: &App, found: &Diagnostics) {
    if found.has_errors() {
        return;
    }
    let also = if found.is_empty() { "" } else { ", but there were some validation warnings" };
    app.ui.out.println(&format!("Success! The configuration is valid{also}."));
}
