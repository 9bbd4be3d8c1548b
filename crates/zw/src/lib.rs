//! `zw`: declared infrastructure made real.
//!
//! The command line is a library so that a test can give it a provider of its own; the program is
//! [`run`] and nothing else.

mod app;
mod args;
mod backend;
mod commands;
mod encryption;
mod host;
mod interrupt;
mod providers;
mod ui;
mod variables;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use zw_lang::Diagnostic;

use crate::app::{App, Failed, VariableArgs};
use crate::ui::Ui;

/// Declared infrastructure, made real: plan, review and apply changes on many clouds.
#[derive(Debug, Parser)]
#[command(name = "zw", version, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    /// Run in another directory
    #[arg(long, global = true, value_name = "DIR")]
    chdir: Option<PathBuf>,
    /// Write without colours
    #[arg(long, global = true)]
    no_color: bool,
    /// Work on the simulated cloud, with a state of its own, whatever the configuration says
    #[arg(long, global = true)]
    simulate: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(commands::init::Init),
    Get(commands::get::Get),
    Validate(commands::validate::Validate),
    Fmt(commands::fmt::Fmt),
    Convert(commands::convert::Convert),
    Plan(commands::plan::Plan),
    Apply(commands::apply::Apply),
    Destroy(commands::apply::Destroy),
    Import(commands::import::Import),
    Show(commands::show::Show),
    Output(commands::output::Output),
    History(commands::history::History),
    #[command(subcommand)]
    State(commands::state::State),
    Test(commands::test::Test),
    Taint(commands::taint::Taint),
    Untaint(commands::taint::Untaint),
    Graph(commands::graph::Graph),
    Console(commands::console::Console),
    #[command(subcommand)]
    Metadata(commands::metadata::Metadata),
    ForceUnlock(commands::force_unlock::ForceUnlock),
    #[command(subcommand)]
    Workspace(commands::workspace::Workspace),
    Version(commands::version::Version),
}

impl Command {
    /// What it says of variables, if it may.
    const fn variables(&self) -> Option<&VariableArgs> {
        Some(match self {
            Self::Init(args) => &args.variables,
            Self::Get(args) => &args.variables,
            Self::Validate(args) => &args.variables,
            Self::Plan(args) => &args.plan.variables,
            Self::Apply(args) => &args.plan.variables,
            Self::Destroy(args) => &args.plan.variables,
            Self::Import(args) => &args.variables,
            Self::Console(args) => &args.variables,
            Self::Test(args) => &args.variables,
            _ => return None,
        })
    }
}

/// Runs a command line, with providers besides those that are built in, and gives the exit code of the program.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    providers: Vec<Arc<dyn zw_provider::Provider>>,
) -> ExitCode {
    let args = args::normalized(args);
    let cli = match Cli::command()
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let ui = Ui::of_process(cli.no_color);
    let app = App {
        ui,
        root: PathBuf::from("."),
        simulate: cli.simulate,
        variables: cli.command.variables().cloned().unwrap_or_default(),
        more: providers,
        traffic: zw_provider::Traffic::default(),
        passphrases: encryption::Given::default(),
    };
    if let Some(dir) = &cli.chdir
        && let Err(error) = std::env::set_current_dir(dir)
    {
        let failed = app.io_error("change to", dir, &error);
        return ExitCode::from(failed.0);
    }
    let outcome = dispatch(&app, &cli.command);
    app.ui.out.flush();
    let code = match outcome {
        Ok(code) | Err(Failed(code)) => code,
    };
    ExitCode::from(code)
}

/// Says why the program cannot even start.
pub fn cannot_start(reason: &str) -> ExitCode {
    let ui = Ui::of_process(false);
    let problem = Diagnostic::error("Cannot start", reason);
    ui.diagnostics(&problem.into(), &zw_lang::SourceMap::default());
    ExitCode::FAILURE
}

/// Help and versions go to standard output with code 0, mistakes to standard error with code 1.
fn usage(error: &clap::Error) -> ExitCode {
    // There is nobody to tell that telling did not work.
    let _ = error.print();
    ExitCode::from(u8::from(error.use_stderr()))
}

fn dispatch(app: &App, command: &Command) -> app::Exit {
    // These need no runtime, and are quick.
    match command {
        Command::Version(args) => return commands::version::run(app, args),
        Command::Fmt(args) => return commands::fmt::run(app, args),
        Command::Convert(args) => return commands::convert::run(app, args),
        Command::Metadata(args) => return commands::metadata::run(app, args),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| app.fail_with(Diagnostic::error("Cannot start", format!("{error}."))))?;
    runtime.block_on(async {
        match command {
            Command::Init(args) => commands::init::run(app, args).await,
            Command::Get(args) => commands::get::run(app, args),
            Command::Validate(args) => commands::validate::run(app, args).await,
            Command::Plan(args) => commands::plan::run(app, args).await,
            Command::Apply(args) => commands::apply::run(app, args).await,
            Command::Destroy(args) => commands::apply::destroy(app, args).await,
            Command::Import(args) => commands::import::run(app, args).await,
            Command::Show(args) => commands::show::run(app, args).await,
            Command::Output(args) => commands::output::run(app, args).await,
            Command::History(args) => commands::history::run(app, args).await,
            Command::State(args) => commands::state::run(app, args).await,
            Command::Test(args) => commands::test::run(app, args).await,
            Command::Taint(args) => commands::taint::taint(app, args).await,
            Command::Untaint(args) => commands::taint::untaint(app, args).await,
            Command::Graph(args) => commands::graph::run(app, args),
            Command::Console(args) => commands::console::run(app, args).await,
            Command::ForceUnlock(args) => commands::force_unlock::run(app, args).await,
            Command::Workspace(args) => commands::workspace::run(app, args).await,
            Command::Version(args) => commands::version::run(app, args),
            Command::Fmt(args) => commands::fmt::run(app, args),
            Command::Convert(args) => commands::convert::run(app, args),
            Command::Metadata(args) => commands::metadata::run(app, args),
        }
    })
}
