//! `zw get`

use zw_lang::Diagnostic;

use crate::app::{App, Exit, Failed, Project};

/// Install the modules that the configuration calls
///
/// A part of what init does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw get\n  zw get -update")]
pub(crate) struct Get {
    /// Take the newest modules that the configuration allows, instead of those in the lock file
    #[arg(long)]
    update: bool,
}

pub(crate) fn run(app: &App, args: &Get) -> Exit {
    let project = install(app, args.update)?;
    app.warnings(&project.warnings, &project.config().sources, false);
    Ok(0)
}

/// Installs modules, and loads the configuration with them.
pub(crate) fn install(app: &App, upgrade: bool) -> Result<Project, Failed> {
    let failed =
        |reason: String| app.fail_with(Diagnostic::error("Modules cannot be installed", reason));
    let report = |line: &str| app.ui.out.println(line);
    let mut installer =
        zw_modules::Installer::new(&app.root, &app.data_dir(), upgrade, report).map_err(failed)?;
    let (config, found) = zw_config::load(&app.root, &zw_config::Disk, &mut installer);
    // What could be had stays, even if the configuration has a mistake.
    installer.finish().map_err(failed)?;
    app.project(config, found)
}
