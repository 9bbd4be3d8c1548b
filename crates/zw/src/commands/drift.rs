//! `zw drift`

use zw_engine::Run;

use crate::app::{App, Exit, LockArgs, PlanArgs, VariableArgs};
use crate::commands::report::ReportArgs;
use crate::commands::review;
use crate::ui;

/// Show what was changed by others since the last apply
///
/// Reads what exists and compares it with the state; the configuration only says where to look. Shows what has moved
/// and nothing else, and changes nothing. The exit code is 0 if nothing has moved, 2 if something has, and 1 on errors.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw drift\n  zw drift -target=module.network\n  zw drift -json -junit-xml=drift.xml"
)]
pub(crate) struct Drift {
    /// Look only at this resource or module and what it depends on; may be repeated
    #[arg(long, value_name = "ADDRESS", add = crate::commands::complete::addresses())]
    target: Vec<String>,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// The most operations at once
    #[arg(long, value_name = "N", default_value_t = zw_engine::DEFAULT_PARALLELISM)]
    parallelism: usize,
    /// Write machine-readable lines of JSON
    #[arg(long)]
    json: bool,
    /// Show at the end which calls were made, and how often
    #[arg(long)]
    calls: bool,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

/// The exit code where something has moved.
const MOVED: u8 = 2;

pub(crate) async fn run(app: &App, args: &Drift) -> Exit {
    let plan = PlanArgs {
        refresh_only: true,
        refresh: true,
        target: args.target.clone(),
        variables: args.variables.clone(),
        parallelism: args.parallelism,
        lock: LockArgs::default(),
        json: args.json,
        calls: args.calls,
        ..PlanArgs::default()
    };
    let project = app.load()?;
    let store = app.store_of(&project)?;
    // What goes on is told beside what is found, unless both are messages.
    let aside = App { ui: app.ui.aside(), ..app.clone() };
    let telling = if args.json { app } else { &aside };
    let (run, sources) = review::plan(telling, &project, &store, &plan).await?;
    let moved = moved(app, &run);
    if args.json {
        ui::json::plan_messages(&app.ui, &run.plan);
    } else {
        ui::plan::show_drift(&app.ui, &run);
    }
    app.warnings(&run.plan.diagnostics, &sources, args.json);
    review::show_calls(app, &plan);
    Ok(if moved { MOVED } else { 0 })
}

/// Whether anything has moved; it is noted for reports.
fn moved(app: &App, run: &Run) -> bool {
    let moved = ui::plan::drifted(run);
    for change in &moved {
        app.ui.findings.note_drift(run, change);
    }
    !moved.is_empty()
}
