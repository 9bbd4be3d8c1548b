//! `zw plan`

use std::path::PathBuf;

use crate::app::{App, Exit, PlanArgs};
use crate::commands::review;

/// Show what applying the configuration would change
///
/// Reads what exists, compares it with the configuration and the state, and shows what would be done. Nothing is
/// changed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw plan\n  zw plan -out=tfplan -var='region=eu-west-1'\n  zw plan -destroy"
)]
pub(crate) struct Plan {
    #[command(flatten)]
    #[expect(clippy::struct_field_names, reason = "it is what it is called elsewhere")]
    plan: PlanArgs,
    /// Save the plan to a file, for "zw apply FILE"
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 if there are changes, 0 if there are none, 1 on errors
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(crate) async fn run(app: &App, args: &Plan) -> Exit {
    let project = app.load()?;
    let store = app.store();
    let (run, sources) = review::plan(app, &project, &store, &args.plan).await?;
    review::show(app, &run, args.plan.json);
    if let Some(path) = &args.out {
        let contents = run.save().map_err(|error| app.io_error("pack", path, &error))?;
        app.write_private(path, &contents)?;
        review::say_saved(app, path, args.plan.json);
    }
    app.warnings(&run.plan.diagnostics, &sources, args.plan.json);
    Ok(if args.detailed_exitcode && !run.plan.is_empty() { 2 } else { 0 })
}
