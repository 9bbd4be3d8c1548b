//! `zw metadata`

use crate::app::{App, Exit};
use crate::ui;

/// Show what the language offers, for programs such as editors
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  zw metadata functions -json")]
pub(crate) enum Metadata {
    Functions(Functions),
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

#[expect(clippy::unnecessary_wraps, reason = "all commands have one signature")]
pub(crate) fn run(app: &App, args: &Metadata) -> Exit {
    match args {
        Metadata::Functions(Functions { json: _ }) => {
            ui::json::functions(&app.ui, zw_lang::functions::all());
        }
    }
    Ok(0)
}
