//! Reports for other programs, which several commands can write at their end.

use std::path::{Path, PathBuf};

use crate::app::{App, Failed};
use crate::ui::findings::Source;

/// Options of commands that can write reports.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ReportArgs {
    /// Write what was found as the XML of `JUnit`
    #[arg(long, value_name = "FILE")]
    junit_xml: Option<PathBuf>,
    /// Write what was found in the format SARIF, which code hosts show beside the source
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

/// Writes the reports that were asked for, whatever came of the command.
pub(crate) fn write(
    app: &App,
    args: &ReportArgs,
    command: &str,
    dir: Option<&Path>,
) -> Result<(), Failed> {
    let source = Source { command, dir };
    if let Some(path) = &args.junit_xml {
        let written = app.ui.findings.junit(source).map_err(std::io::Error::other);
        written
            .and_then(|text| std::fs::write(path, text))
            .map_err(|error| app.io_error("write", path, &error))?;
    }
    if let Some(path) = &args.sarif {
        std::fs::write(path, app.ui.findings.sarif(source))
            .map_err(|error| app.io_error("write", path, &error))?;
    }
    Ok(())
}
