//! What commands share: where the project is, how it is loaded, and how problems end a command.

mod state;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use zw_config::model::{Config, Variable};
use zw_engine::{Context, DEFAULT_PARALLELISM, Observer, PlanMode, PlanOptions, Registry};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Span, Str, Value};
use zw_state::RunId;

pub(crate) use self::state::workspace_of_env;
use crate::host::Machine;
use crate::logged::Logged;
use crate::ui::Ui;
use crate::ui::plan::{Filter, Form, View};

/// The exit code of a command, or the code of one that has said why it failed.
pub(crate) type Exit = Result<u8, Failed>;

/// A command has failed, and has said why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed(pub(crate) u8);

impl Failed {
    /// Exit code 1, as everything that goes wrong.
    pub(crate) const ERROR: Self = Self(1);
}

/// Where data of a project is kept, unless `ZW_DATA_DIR` says otherwise.
pub(crate) const DATA_DIR: &str = ".zw";

/// What commands work with.
#[derive(Clone)]
pub(crate) struct App {
    /// Where results and problems are written.
    pub(crate) ui: Ui,
    /// The directory of the root module, relative to where the command runs: always `.`, as `-chdir`
    /// has been followed.
    pub(crate) root: PathBuf,
    /// Whether clouds are simulated.
    pub(crate) simulate: bool,
    /// What the command line says of variables.
    pub(crate) variables: VariableArgs,
    /// Providers besides those that are built in.
    pub(crate) more: Vec<Arc<dyn zw_provider::Provider>>,
    /// The calls of everything that this process does.
    pub(crate) traffic: zw_provider::Traffic,
    /// Passphrases that somebody gave on the terminal.
    pub(crate) passphrases: crate::encryption::Given,
    /// What logs and traces must not have, if there are any.
    pub(crate) secrets: Option<zw_telemetry::Secrets>,
}

/// A loaded configuration.
pub(crate) struct Project {
    /// What everything works with.
    pub(crate) cx: Context,
    /// Warnings of loading.
    pub(crate) warnings: Diagnostics,
}

impl Project {
    /// The configuration.
    pub(crate) fn config(&self) -> &Arc<Config> {
        &self.cx.config
    }
}

/// Options of commands that plan.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PlanArgs {
    /// Plan to destroy everything that is managed here
    #[arg(long, conflicts_with = "refresh_only")]
    pub(crate) destroy: bool,
    /// Only find and write down what was changed by others
    #[arg(long)]
    pub(crate) refresh_only: bool,
    /// Plan to return to what there was when this run had ended, instead of what the configuration says
    #[arg(long, value_name = "RUN", conflicts_with_all = ["destroy", "refresh_only"])]
    pub(crate) to: Option<u64>,
    /// Whether to read what exists before planning
    #[arg(
        long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true",
        default_missing_value = "true", action = clap::ArgAction::Set
    )]
    pub(crate) refresh: bool,
    /// Look only at this resource or module and what it depends on; may be repeated
    #[arg(long, value_name = "ADDRESS", add = crate::commands::complete::addresses())]
    pub(crate) target: Vec<String>,
    /// Replace this instance even if nothing about it changed; may be repeated
    #[arg(long, value_name = "ADDRESS", add = crate::commands::complete::addresses())]
    pub(crate) replace: Vec<String>,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// The most operations at once
    #[arg(long, value_name = "N", default_value_t = DEFAULT_PARALLELISM)]
    pub(crate) parallelism: usize,
    #[command(flatten)]
    pub(crate) lock: LockArgs,
    /// Write machine-readable lines of JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Show at the end which calls were made, and how often
    #[arg(long)]
    pub(crate) calls: bool,
    #[command(flatten)]
    pub(crate) view: ViewArgs,
    /// Do not ask for anything
    #[arg(
        long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true",
        default_missing_value = "true", action = clap::ArgAction::Set
    )]
    pub(crate) input: bool,
}

impl PlanArgs {
    /// A plan that asks nobody.
    pub(crate) fn offline() -> Self {
        Self { refresh: false, parallelism: DEFAULT_PARALLELISM, ..Self::default() }
    }
}

/// Options that say how much of a plan is shown; what is planned is the same.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ViewArgs {
    /// Show each change in full, however many there are
    #[arg(long, conflicts_with_all = ["compact", "json"])]
    full: bool,
    /// Show changes that are alike on one line, without their attributes
    #[arg(long, conflicts_with = "json")]
    compact: bool,
    /// Show only changes that fit: address=PATTERN, type=PATTERN, region=PATTERN, or action=create, update, replace,
    /// delete, read, forget, import or move; may be repeated. The plan is for all of them all the same
    #[arg(long, value_name = "KEY=PATTERN", conflicts_with = "json")]
    filter: Vec<Filter>,
}

impl ViewArgs {
    /// What they ask for.
    pub(crate) fn view(&self) -> View<'_> {
        let form = match (self.full, self.compact) {
            (true, _) => Form::Full,
            (_, true) => Form::Compact,
            _ => Form::Fitting,
        };
        View { form, filters: &self.filter }
    }
}

/// Options that give values to variables.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct VariableArgs {
    /// Set a variable of the root module: NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(crate) var: Vec<String>,
    /// Set variables from a file; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<PathBuf>,
}

/// Options of commands that change the state.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct LockArgs {
    /// How long to wait for somebody else who is changing the state, as 30s or 5m
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub(crate) lock_timeout: Duration,
}

/// A duration as Terraform takes it: `30s`, `5m`, `1h`, or a combination.
fn duration(text: &str) -> Result<Duration, String> {
    zw_lang::duration::parse(text)
}

impl App {
    /// Reports problems and gives the failure to return.
    pub(crate) fn fail(&self, problems: impl Into<Diagnostics>, sources: &SourceMap) -> Failed {
        self.ui.diagnostics(&problems.into(), sources);
        Failed::ERROR
    }

    /// Reports a problem that has no place in a source.
    pub(crate) fn fail_with(&self, problem: Diagnostic) -> Failed {
        self.fail(problem, &SourceMap::default())
    }

    /// Reports that a file could not be worked on.
    pub(crate) fn io_error(&self, what: &str, path: &Path, error: &std::io::Error) -> Failed {
        self.fail_with(Diagnostic::error(
            format!("Cannot {what} {}", path.display()),
            format!("{error}."),
        ))
    }

    /// Shows warnings, unless what is written is for programs.
    pub(crate) fn warnings(&self, warnings: &Diagnostics, sources: &SourceMap, json: bool) {
        if json {
            self.ui.findings.note(warnings, sources);
        } else {
            self.ui.diagnostics(warnings, sources);
        }
    }

    /// Who tells what goes on, until it is dropped.
    pub(crate) fn observer(&self, json: bool) -> Box<dyn Observer> {
        self.observed(crate::ui::progress::observer(&self.ui, json))
    }

    /// An observer whose events are logged as well, if anything is.
    pub(crate) fn observed(&self, inner: Box<dyn Observer>) -> Box<dyn Observer> {
        match &self.secrets {
            Some(secrets) => Box::new(Logged { inner, secrets: secrets.clone() }),
            None => inner,
        }
    }

    /// The providers that this program has.
    pub(crate) fn providers(&self) -> Arc<Registry> {
        let mut registry = crate::providers::registry(self.simulate, &self.cloud_dir());
        self.more.iter().for_each(|provider| registry.add(provider.clone()));
        registry.traffic = self.traffic.clone();
        Arc::new(registry)
    }

    /// What everything works with.
    pub(crate) fn context(&self, config: Config) -> Result<Context, Failed> {
        Ok(Context {
            config: Arc::new(config),
            providers: self.providers(),
            host: Arc::new(Machine::new()),
            workspace: self.workspace()?.as_str().into(),
        })
    }

    /// Reads the configuration with the modules that are installed, and what is wrong with it.
    pub(crate) fn read(&self) -> (Config, Diagnostics) {
        let mut modules = zw_modules::Installed::new(&self.root, &self.data_dir());
        self.read_with(&mut modules, None)
    }

    /// Reads the configuration with modules from somewhere, and with the providers of a test.
    pub(crate) fn read_with(
        &self,
        modules: &mut dyn zw_config::SourceResolver,
        test: Option<zw_config::testing::TestProviders<'_>>,
    ) -> (Config, Diagnostics) {
        let mut early = |variables: &[Variable]| {
            crate::variables::early(variables, &self.root, &self.variables)
        };
        zw_config::load_with(&self.root, &zw_config::Disk, modules, &mut early, test)
    }

    /// Loads the configuration, or reports what is wrong with it.
    pub(crate) fn load(&self) -> Result<Project, Failed> {
        let (config, found) = self.read();
        self.project(config, found)
    }

    /// A configuration that was read, or a report of what is wrong with it.
    pub(crate) fn project(&self, config: Config, found: Diagnostics) -> Result<Project, Failed> {
        if found.has_errors() {
            return Err(self.fail(found, &config.sources));
        }
        Ok(Project { cx: self.context(config)?, warnings: found })
    }

    /// Where data of the project is kept.
    pub(crate) fn data_dir(&self) -> PathBuf {
        std::env::var_os("ZW_DATA_DIR").map_or_else(|| self.root.join(DATA_DIR), PathBuf::from)
    }

    /// Where the state and the simulated cloud are kept. What is rehearsed with `-simulate` has its own place: it
    /// must never be taken for what is real.
    fn cloud_dir(&self) -> PathBuf {
        let dir = self.data_dir();
        if self.simulate { dir.join("simulated") } else { dir }
    }

    /// Reports an error of the store.
    pub(crate) fn store_error(&self, error: &zw_state::StoreError) -> Failed {
        self.fail_with(store_diagnostic(error))
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn write_private(&self, path: &Path, contents: &[u8]) -> Result<(), Failed> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(path)
            .and_then(|mut file| file.write_all(contents).and_then(|()| file.sync_all()))
            .map_err(|error| self.io_error("write", path, &error))
    }

    /// The options of a plan, with the values of variables in Terraform's order of precedence:
    /// environment, `terraform.tfvars`, `*.auto.tfvars`, then the command line in its order.
    pub(crate) fn plan_options(
        &self,
        project: &Project,
        args: &PlanArgs,
        sources: &mut SourceMap,
    ) -> Result<PlanOptions, Failed> {
        let mut problems = Diagnostics::new();
        let mut replace = Vec::new();
        for text in &args.replace {
            match text.parse() {
                Ok(address) => replace.push(address),
                Err(error) => problems
                    .push(Diagnostic::error("Invalid address to replace", format!("{error}."))),
            }
        }
        if problems.has_errors() {
            return Err(self.fail(problems, sources));
        }
        Ok(PlanOptions {
            mode: if args.destroy {
                PlanMode::Destroy
            } else if args.refresh_only {
                PlanMode::RefreshOnly
            } else {
                args.to.map_or(PlanMode::Normal, |run| PlanMode::Return(RunId(run)))
            },
            refresh: args.refresh,
            targets: args.target.clone(),
            replace,
            imports: Vec::new(),
            past: [].into(),
            variables: self.variables(project, &args.variables, sources)?,
            parallelism: args.parallelism,
        })
    }

    /// The values of the root module's variables that are given somewhere.
    pub(crate) fn variables(
        &self,
        project: &Project,
        args: &VariableArgs,
        sources: &mut SourceMap,
    ) -> Result<IndexMap<Str, (Value, Option<Span>)>, Failed> {
        crate::variables::collect(&project.config().root().variables, &self.root, args, sources)
            .map_err(|problems| self.fail(problems, sources))
    }
}

/// An error of the store as a diagnostic.
pub(crate) fn store_diagnostic(error: &zw_state::StoreError) -> Diagnostic {
    use zw_state::StoreError as E;
    let (summary, advice) = match error {
        E::Held(holder) => {
            let run = holder.run.map(|run| format!(" {}", run.0)).unwrap_or_default();
            let advice = format!(
                "Wait until they are done, or wait here with -lock-timeout=5m. If that process is gone for good, \
                 \"zw force-unlock{run}\" releases the state."
            );
            let summary = "Somebody else is changing the state";
            return Diagnostic::error(summary, format!("{error}. {advice}"));
        }
        E::Corrupt { .. } => ("The state cannot be read", "Nothing was changed."),
        E::Newer { .. } => {
            ("The state is newer than this zw", "Use a newer zw. Nothing was changed.")
        }
        E::Sealed(_) => ("The state cannot be decrypted", "Nothing was changed."),
        _ => ("The state cannot be used", ""),
    };
    Diagnostic::error(
        summary,
        format!("{}. {advice}", error.to_string().trim_end_matches('.')).trim().to_owned(),
    )
}
