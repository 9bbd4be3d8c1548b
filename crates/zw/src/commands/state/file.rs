//! `zw state pull` and `zw state push`: the state in the form of Terraform's files.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use zw_lang::Diagnostic;
use zw_state::{Snapshot, Write, from_tfstate, to_tfstate};

use crate::app::{App, Exit, LockArgs};

/// Write the state as a file of Terraform
///
/// It is in clear, secrets included.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "export",
    after_help = "Examples:\n  zw state pull > terraform.tfstate\n  zw state export terraform.tfstate"
)]
pub(crate) struct Pull {
    /// The file, which only its owner can read; without it, standard output
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
}

/// Take over a state from a file of Terraform
///
/// Objects and outputs are taken over; results of data sources are not, since every plan reads them anew. A state
/// that holds something already is only replaced with -force.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "import",
    after_help = "Examples:\n  zw state import terraform.tfstate\n  terraform state pull | zw state push -"
)]
pub(crate) struct Push {
    /// The file; `-` for standard input
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Replace what there is
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    lock: LockArgs,
}

pub(super) async fn pull(app: &App, args: &Pull) -> Exit {
    let snapshot = super::snapshot(app, &app.store()?).await?;
    let text = to_tfstate(&snapshot).map_err(|error| {
        app.fail_with(Diagnostic::error(
            "The state cannot be written as a file",
            format!("{error}."),
        ))
    })?;
    match &args.path {
        Some(path) => app.write_private(path, text.as_bytes())?,
        None => app.ui.out.println(text.trim_end()),
    }
    Ok(0)
}

pub(super) async fn push(app: &App, args: &Push) -> Exit {
    let text = read(&args.path).map_err(|error| app.io_error("read", &args.path, &error))?;
    let imported = from_tfstate(&text).map_err(|error| {
        let summary = format!("{} cannot be taken over", args.path.display());
        app.fail_with(Diagnostic::error(summary, format!("{error}.")))
    })?;
    let code = super::edit(app, &app.store()?, &args.lock, false, |before| {
        let is_empty = before.resources.is_empty() && before.outputs.is_empty();
        if !is_empty && !args.force {
            return Err(Diagnostic::error(
                "The state is not empty",
                "What it holds would be forgotten. Use -force if that is what you want; \"zw state pull\" makes a copy.",
            ));
        }
        Ok(replacement(before, imported.snapshot))
    })
    .await?;
    if imported.data_sources > 0 {
        let count = imported.data_sources;
        app.ui
            .out
            .println(&format!("Left out {count} results of data sources, which are read anew."));
    }
    Ok(code)
}

/// What makes one state of another, and what to say of each step.
fn replacement(before: &Snapshot, after: Snapshot) -> Vec<(String, Write)> {
    let gone = before.resources.keys().filter(|key| !after.resources.contains_key(key));
    let mut steps: Vec<(String, Write)> =
        gone.map(|key| (format!("Forget {key}"), Write::Remove(key.clone()))).collect();
    let outputs = before.outputs.keys().filter(|name| !after.outputs.contains_key(*name));
    steps.extend(
        outputs.map(|name| (format!("Forget output {name}"), Write::RemoveOutput(name.clone()))),
    );
    let rows = after.resources.into_values();
    steps.extend(rows.map(|row| (format!("Take over {}", row.key), Write::Put(row))));
    let outputs = after.outputs.into_values();
    steps.extend(
        outputs.map(|row| (format!("Take over output {}", row.name), Write::PutOutput(row))),
    );
    steps
}

fn read(path: &Path) -> std::io::Result<String> {
    if path.as_os_str() != "-" {
        return std::fs::read_to_string(path);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}
