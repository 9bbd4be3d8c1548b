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
mod logged;
mod providers;
mod ui;
mod variables;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tracing::Instrument as _;
use zw_lang::Diagnostic;
use zw_telemetry::Telemetry;

use crate::app::{App, Failed, VariableArgs};
use crate::commands::report::ReportArgs;
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
    /// Write what is done as lines of JSON to a file, which is appended to; `ZW_LOG` says how much
    #[arg(long, global = true, value_name = "FILE")]
    log_file: Option<PathBuf>,
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
    Drift(commands::drift::Drift),
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
    Explain(commands::explain::Explain),
    #[command(subcommand)]
    Providers(commands::providers::Providers),
    Graph(commands::graph::Graph),
    Console(commands::console::Console),
    #[command(subcommand)]
    Metadata(commands::metadata::Metadata),
    ForceUnlock(commands::force_unlock::ForceUnlock),
    #[command(subcommand)]
    Workspace(commands::workspace::Workspace),
    Doctor(commands::doctor::Doctor),
    Lsp(commands::lsp::Lsp),
    Completion(commands::completion::Completion),
    Complete(commands::completion::Complete),
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
            Self::Drift(args) => &args.variables,
            Self::Doctor(args) => &args.variables,
            Self::Apply(args) => &args.plan.variables,
            Self::Destroy(args) => &args.plan.variables,
            Self::Import(args) => &args.variables,
            Self::Console(args) => &args.variables,
            Self::Test(args) => &args.variables,
            _ => return None,
        })
    }

    /// Its name, for traces; empty for those that ask nobody.
    const fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "plan",
            Self::Drift(_) => "drift",
            Self::Apply(_) => "apply",
            Self::Destroy(_) => "destroy",
            Self::Import(_) => "import",
            Self::Test(_) => "test",
            _ => "",
        }
    }

    /// Which reports it is to write at its end, and its name.
    const fn report(&self) -> Option<(&ReportArgs, &'static str)> {
        Some(match self {
            Self::Validate(args) => (&args.report, "zw validate"),
            Self::Plan(args) => (&args.report, "zw plan"),
            Self::Drift(args) => (&args.report, "zw drift"),
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
    let mut telemetry = match telemetry(&cli) {
        Ok(telemetry) => telemetry,
        Err(reason) => {
            let problem = Diagnostic::error("Logging is not possible", reason);
            ui.diagnostics(&problem.into(), &zw_lang::SourceMap::default());
            return ExitCode::FAILURE;
        }
    };
    let app = App {
        ui,
        root: PathBuf::from("."),
        simulate: cli.simulate,
        variables: cli.command.variables().cloned().unwrap_or_default(),
        more: providers,
        traffic: zw_provider::Traffic::default(),
        passphrases: encryption::Given::default(),
        secrets: telemetry.is_on().then(|| telemetry.secrets.clone()),
    };
    if let Some(dir) = &cli.chdir
        && let Err(error) = std::env::set_current_dir(dir)
    {
        let failed = app.io_error("change to", dir, &error);
        return ExitCode::from(failed.0);
    }
    let outcome = dispatch(&app, &cli.command);
    let outcome = match cli.command.report() {
        Some((args, name)) => {
            commands::report::write(&app, args, name, cli.chdir.as_deref()).and(outcome)
        }
        None => outcome,
    };
    app.ui.out.flush();
    if let Err(reason) = telemetry.finish() {
        // What was to be done is done all the same.
        let problem = Diagnostic::warning("Not all traces were sent", reason);
        app.ui.diagnostics(&problem.into(), &zw_lang::SourceMap::default());
    }
    let code = match outcome {
        Ok(code) | Err(Failed(code)) => code,
    };
    ExitCode::from(code)
}

/// Sets up logs and traces, if anybody wants them.
fn telemetry(cli: &Cli) -> Result<Telemetry, String> {
    let vars = std::env::vars_os();
    let vars = vars
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut options = zw_telemetry::Options::from_env(vars);
    options.log_file.clone_from(&cli.log_file);
    Telemetry::start(options)
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
        Command::Explain(args) => return commands::explain::run(app, args),
        Command::Providers(args) => return commands::providers::run(app, args),
        Command::Lsp(args) => return commands::lsp::run(app, args),
        Command::Completion(args) => return commands::completion::script(app, args),
        Command::Complete(args) => return commands::completion::complete(app, args),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| app.fail_with(Diagnostic::error("Cannot start", format!("{error}."))))?;
    let span = tracing::info_span!(target: "zw::run", "run", command = command.name());
    let ran = async {
        match command {
            Command::Init(args) => commands::init::run(app, args).await,
            Command::Get(args) => commands::get::run(app, args),
            Command::Validate(args) => commands::validate::run(app, args).await,
            Command::Plan(args) => commands::plan::run(app, args).await,
            Command::Drift(args) => commands::drift::run(app, args).await,
            Command::Doctor(args) => commands::doctor::run(app, args).await,
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
            Command::Explain(args) => commands::explain::run(app, args),
            Command::Providers(args) => commands::providers::run(app, args),
            Command::Lsp(args) => commands::lsp::run(app, args),
            Command::Completion(args) => commands::completion::script(app, args),
            Command::Complete(args) => commands::completion::complete(app, args),
        }
    };
    runtime.block_on(ran.instrument(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command and all below it, with their names.
    fn all(command: &clap::Command, name: &str, found: &mut Vec<(String, clap::Command)>) {
        for below in command.get_subcommands() {
            let name = format!("{name} {}", below.get_name());
            all(below, &name, found);
            found.push((name, below.clone()));
        }
    }

    #[test]
    fn every_command_has_an_example_that_it_takes() {
        let mut commands = Vec::new();
        all(&Cli::command(), "zw", &mut commands);
        assert!(commands.len() > 30, "{}", commands.len());
        for (name, command) in commands {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let (_, examples) =
                help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name} has no example"));
            let of_it = examples.lines().filter_map(|line| line.find(&name).map(|at| &line[at..]));
            let mut count = 0;
            for example in of_it.flat_map(|line| line.split([';', '&', '|', '>'])) {
                let Some(args) = example.trim().strip_prefix("zw ") else { continue };
                let words =
                    std::iter::once("zw".to_owned()).chain(args.split_whitespace().map(unquoted));
                let words = args::normalized(words.map(OsString::from));
                let taken = Cli::command().try_get_matches_from(words);
                assert!(
                    taken.is_ok(),
                    "{example}: {}",
                    taken.err().map(|error| error.to_string()).unwrap_or_default()
                );
                count += 1;
            }
            assert!(count > 0, "{name} has no example of its own: {examples}");
        }
    }

    fn unquoted(word: &str) -> String {
        word.replace('\'', "")
    }

    #[test]
    fn the_command_line_makes_sense() {
        Cli::command().debug_assert();
    }
}
