//! `zw metadata`

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;

use crate::app::{App, Exit};
use crate::ui;

/// Show what the language offers, for programs such as editors
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  zw metadata functions -json")]
pub(crate) enum Metadata {
    Functions(Functions),
    Man(Man),
    Docs(Docs),
}

/// Show the signatures of all functions
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw metadata functions -json | jq .function_signatures.cidrsubnet"
)]
pub(crate) struct Functions {
    /// Write them as JSON, in Terraform's format; there is no other yet
    #[arg(long, required = true)]
    json: bool,
}

/// Write a manual page for every command
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw metadata man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The directory to write to, which is made if need be
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

/// Write the reference of commands and types as Markdown
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw metadata docs reference")]
pub(crate) struct Docs {
    /// The directory to write to, which is made if need be
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(crate) fn run(app: &App, args: &Metadata) -> Exit {
    match args {
        Metadata::Functions(Functions { json: _ }) => {
            ui::json::functions(&app.ui, zw_lang::functions::all());
        }
        Metadata::Man(Man { dir }) => {
            std::fs::create_dir_all(dir).map_err(|error| app.io_error("create", dir, &error))?;
            clap_mangen::generate_to(crate::Cli::command(), dir)
                .map_err(|error| app.io_error("write to", dir, &error))?;
        }
        Metadata::Docs(Docs { dir }) => {
            for (name, contents) in ui::reference::pages(&crate::Cli::command(), &app.providers()) {
                write_page(&dir.join(name), &contents)
                    .map_err(|error| app.io_error("write to", dir, &error))?;
            }
        }
    }
    Ok(0)
}

fn write_page(path: &Path, contents: &str) -> std::io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(path, contents)
}
