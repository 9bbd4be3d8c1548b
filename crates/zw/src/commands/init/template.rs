//! `zw init -from`: a configuration to begin with.

use std::path::Path;

use clap::ValueEnum;
use zw_lang::Diagnostic;

use crate::app::{App, Failed};

/// A configuration that is a part of this program.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Template {
    /// A network in the simulated cloud; no account is needed
    Simulated,
    /// A network on AWS, with the environments dev, staging and production
    Aws,
}

/// A file: its path, and what is in it.
type File = (&'static str, &'static str);

const GITIGNORE: File = (".gitignore", include_str!("../../../templates/gitignore"));

const SIMULATED: [File; 2] =
    [("main.tf", include_str!("../../../templates/simulated/main.tf")), GITIGNORE];

const AWS: [File; 7] = [
    ("main.tf", include_str!("../../../templates/aws/main.tf")),
    ("variables.tf", include_str!("../../../templates/aws/variables.tf")),
    ("outputs.tf", include_str!("../../../templates/aws/outputs.tf")),
    ("environments/dev.tfvars", include_str!("../../../templates/aws/environments/dev.tfvars")),
    (
        "environments/staging.tfvars",
        include_str!("../../../templates/aws/environments/staging.tfvars"),
    ),
    (
        "environments/production.tfvars",
        include_str!("../../../templates/aws/environments/production.tfvars"),
    ),
    GITIGNORE,
];

impl Template {
    const fn files(self) -> &'static [File] {
        match self {
            Self::Simulated => &SIMULATED,
            Self::Aws => &AWS,
        }
    }

    /// What to do first with what was written.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Simulated => "zw apply",
            Self::Aws => "zw workspace new dev && zw plan -var-file=environments/dev.tfvars",
        }
    }
}

/// Writes a template into the directory, over nothing that there is.
pub(super) fn write(app: &App, template: Template) -> Result<(), Failed> {
    let taken: Vec<&str> = template
        .files()
        .iter()
        .map(|(path, _)| *path)
        .filter(|path| *path != GITIGNORE.0 && app.root.join(path).exists())
        .collect();
    if !taken.is_empty() {
        return Err(app.fail_with(Diagnostic::error(
            "The directory is not empty",
            format!(
                "A template writes over nothing, and there is {} already. Take an empty directory.",
                taken.join(", ")
            ),
        )));
    }
    for (path, contents) in template.files() {
        if app.root.join(path).exists() {
            continue;
        }
        write_file(&app.root.join(path), contents)
            .map_err(|error| app.io_error("write", Path::new(path), &error))?;
        app.ui.out.println(&format!("Wrote {path}."));
    }
    Ok(())
}

fn write_file(path: &Path, contents: &str) -> std::io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(path, contents)
}
