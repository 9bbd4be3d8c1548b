//! `zw show`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_engine::{Run, StateView};
use zw_lang::SourceMap;

use crate::app::{App, Exit, ViewArgs};
use crate::ui;

/// Show the state, or a saved plan
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw show\n  zw show -json | jq .values\n  zw show tfplan\n  zw show -html=report.html tfplan\n  zw show -markdown=gitlab tfplan"
)]
pub(crate) struct Show {
    /// Write it as JSON, in Terraform's format
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    view: ViewArgs,
    /// Write the plan as a page for a review: one HTML file with everything in it
    #[arg(long, value_name = "FILE", requires = "plan")]
    html: Option<PathBuf>,
    /// Write the plan as Markdown, cut to what comments on this platform may have
    #[arg(
        long, value_name = "PLATFORM", num_args = 0..=1, require_equals = true,
        default_missing_value = "github", requires = "plan", conflicts_with = "json"
    )]
    markdown: Option<ui::markdown::Platform>,
    /// The state as it was when this run had ended
    #[arg(long, value_name = "RUN", conflicts_with = "plan")]
    at: Option<u64>,
    /// A plan saved by "zw plan -out"; without it, the state is shown
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
}

pub(crate) async fn run(app: &App, args: &Show) -> Exit {
    match &args.plan {
        Some(path) => show_plan(app, path, args).await,
        None => show_state(app, args).await,
    }
}

async fn show_plan(app: &App, path: &Path, args: &Show) -> Exit {
    let contents = std::fs::read(path).map_err(|error| app.io_error("read", path, &error))?;
    let contents = app.open_plan(path, contents).await?;
    let host = Arc::new(crate::host::Machine::new());
    let loaded = Run::load(path, &contents, app.providers(), host, None).await;
    let (run, _) = loaded.map_err(|problems| app.fail(problems, &SourceMap::default()))?;
    if let Some(path) = &args.html {
        super::review::write_report(app, path, &run, args.json)?;
    } else if let Some(platform) = args.markdown {
        ui::markdown::show(&app.ui, &run, platform);
    } else if args.json {
        ui::json::plan(&app.ui, &run);
    } else {
        ui::plan::show(&app.ui, &run, args.view.view());
    }
    Ok(0)
}

async fn show_state(app: &App, args: &Show) -> Exit {
    let snapshot = super::history::snapshot_at(app, args.at).await?;
    let providers = app.providers();
    let view = StateView::new(&snapshot, &providers)
        .map_err(|problems| app.fail(problems, &SourceMap::default()))?;
    if args.json {
        ui::json::state(&app.ui, &view);
    } else {
        ui::state::show(&app.ui, &view);
    }
    Ok(0)
}
