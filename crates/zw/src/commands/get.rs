//! `zw get`

use std::path::Path;

use zw_config::SourceResolver as _;
use zw_lang::Diagnostic;

use crate::app::{App, Exit, Failed, Project, VariableArgs};

/// Install the modules that the configuration calls
///
/// A part of what init does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw get\n  zw get -update")]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
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
    let (config, found) = app.read_with(&mut installer, None);
    let of_tests = modules_of_tests(app, &mut installer);
    // What could be had stays, even if the configuration has a mistake.
    installer.finish().map_err(failed)?;
    of_tests?;
    app.project(config, found)
}

/// Installs the modules that tests call, so that they find them.
fn modules_of_tests(app: &App, installer: &mut zw_modules::Installer<'_>) -> Result<(), Failed> {
    let tests = zw_test::find(&app.root, Path::new(zw_test::DIRECTORY), &[])
        .map_err(|shown| app.fail(shown.diagnostics, &shown.sources))?;
    for test in &tests {
        for run in &test.file.runs {
            let Some(module) = &run.module else { continue };
            let Some(call) = module.call(run) else { continue };
            installer.resolve(&call).map_err(|reason| {
                let summary = format!("Module source {:?} cannot be used", call.source);
                let problem = Diagnostic::error(summary, reason).at(call.source_span);
                app.fail(problem, &test.sources)
            })?;
        }
    }
    Ok(())
}
