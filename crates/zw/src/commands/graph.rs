//! `zw graph`

use crate::app::{App, Exit};

/// Write the graph of dependencies in the DOT language
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw graph | dot -Tsvg > graph.svg")]
pub(crate) struct Graph {}

pub(crate) fn run(app: &App, _: &Graph) -> Exit {
    let project = app.load()?;
    let dot = zw_engine::dot(project.config())
        .map_err(|problems| app.fail(problems, &project.config().sources))?;
    app.ui.out.print(&dot);
    Ok(0)
}
