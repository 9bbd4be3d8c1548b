//! `zw graph`

use crate::app::{App, Exit};
use crate::ui;

/// Write the graph of dependencies in the DOT language, or as a picture
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw graph -svg > graph.svg\n  zw graph | dot -Tpng > graph.png"
)]
pub(crate) struct Graph {
    /// Write a picture: SVG, drawn without Graphviz. Where there are many resources, those of a module are one
    #[arg(long)]
    svg: bool,
}

pub(crate) fn run(app: &App, args: &Graph) -> Exit {
    let project = app.load()?;
    if args.svg {
        let declared = zw_engine::declared(project.config())
            .map_err(|problems| app.fail(problems, &project.config().sources))?;
        app.ui.out.print(&ui::graph::declared(&declared).file());
        return Ok(0);
    }
    let dot = zw_engine::dot(project.config())
        .map_err(|problems| app.fail(problems, &project.config().sources))?;
    app.ui.out.print(&dot);
    Ok(0)
}
