//! `zw lsp`

use std::path::Path;
use std::sync::Arc;

use zw_config::Files;
use zw_config::model::{Config, Variable};
use zw_lang::{Diagnostic, Diagnostics, Host};

use crate::app::{App, Exit, VariableArgs};
use crate::host::Machine;

/// Serve an editor: what is wrong, completion, documentation, definitions, references, new names, formatting
///
/// It speaks the Language Server Protocol on standard input and output, for files in native syntax and YAML. Editors start
/// it; editors/vscode is an extension that does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw lsp")]
pub(crate) struct Lsp {
    /// Taken, and without meaning: standard input and output are all that there is
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(crate) fn run(app: &App, _: &Lsp) -> Exit {
    let setup = zw_lsp::Setup {
        registry: app.providers(),
        host: || Arc::new(Machine::new()) as Arc<dyn Host>,
        load,
    };
    zw_lsp::serve(&setup).map(|()| 0).map_err(|error| {
        app.fail_with(Diagnostic::error("The language server cannot go on", format!("{error}.")))
    })
}

/// Loads the module in a directory, with the modules that are installed for it.
fn load(dir: &Path, files: &dyn Files) -> (Config, Diagnostics) {
    let mut modules = zw_modules::Installed::new(dir, &dir.join(crate::app::DATA_DIR));
    let args = VariableArgs::default();
    let mut early = |variables: &[Variable]| crate::variables::early(variables, dir, &args);
    zw_config::load_with(dir, files, &mut modules, &mut early, None)
}
