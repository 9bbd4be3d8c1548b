//! `zw doctor`

mod clock;
mod providers;
mod state;

use serde::Serialize;

use crate::app::{App, Exit, VariableArgs};
use crate::ui;
use crate::variables::Values;

/// Look for what would stop a plan or an apply: configuration, state, credentials, clock
///
/// Asks every provider configuration of the root module whose credentials it has, which needs no rights, reads the
/// state, and compares the clock with a server's. Nothing is changed. The exit code is 1 if something is wrong.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw doctor\n  zw doctor -json\n  zw doctor -var-file=environments/dev.tfvars"
)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// Write the result as JSON
    #[arg(long)]
    json: bool,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Health {
    /// As it should be.
    Good,
    /// Nothing that stops anybody, but worth knowing.
    Odd,
    /// Something will not work.
    Wrong,
    /// It could not be looked at, because of something else.
    Unknown,
}

/// What was looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// What it is, in a word or two.
    pub(crate) what: String,
    /// How it is.
    pub(crate) health: Health,
    /// What was found, and what to do about it.
    pub(crate) found: String,
}

impl Check {
    fn new(what: impl Into<String>, health: Health, found: impl Into<String>) -> Self {
        Self { what: what.into(), health, found: found.into() }
    }
}

pub(crate) async fn run(app: &App, args: &Doctor) -> Exit {
    // What goes wrong is told as the finding of a check.
    let quiet = App { ui: ui::Ui::silent(std::time::SystemTime::now), ..app.clone() };
    let platform = format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH);
    let version = format!("v{} on {platform}", env!("CARGO_PKG_VERSION"));
    let mut checks = vec![Check::new("zw", Health::Good, version)];
    let (config, mut found) = quiet.read();
    let is_loaded = !found.has_errors();
    let project =
        quiet.context(config).ok().map(|cx| crate::app::Project { cx, warnings: found.clone() });
    if let Some(project) = project.as_ref().filter(|_| is_loaded) {
        found.extend(zw_engine::validate(&project.cx).await);
    }
    checks.push(configuration(project.as_ref(), &found));
    match project.filter(|_| is_loaded) {
        Some(project) => {
            checks.extend(state::check(&quiet, &project).await);
            let mut sources = project.config().sources.clone();
            let given = quiet.variables(&project, &args.variables, &mut sources);
            checks.extend(variables(&project, given.as_ref().ok()));
            let given = given.unwrap_or_default();
            let (asked, clouds) = providers::check(&project, given).await;
            checks.extend(asked);
            checks.extend(clock::check(&clouds).await);
        }
        None => checks.push(Check::new(
            "state",
            Health::Unknown,
            "The configuration says where it is, and cannot be read.",
        )),
    }
    let is_wrong = checks.iter().any(|check| check.health == Health::Wrong);
    ui::doctor::show(&app.ui, &checks, args.json);
    Ok(u8::from(is_wrong))
}

/// Whether variables of the root module lack a value; `None` if all is well.
fn variables(project: &crate::app::Project, given: Option<&Values>) -> Option<Check> {
    let what = "variables";
    let Some(given) = given else {
        let advice = "A value that is given is wrong: \"zw plan\" shows which.";
        return Some(Check::new(what, Health::Wrong, advice));
    };
    let declared = project.config().root().variables.iter();
    let missing: Vec<String> = declared
        .filter(|variable| variable.default.is_none() && !given.contains_key(&variable.name))
        .map(|variable| format!("var.{}", variable.name))
        .collect();
    let advice = "-var-file, -var or TF_VAR_ variables give them, here as for \"zw plan\"";
    let found = || format!("There is no value for {}: {advice}.", missing.join(", "));
    (!missing.is_empty()).then(|| Check::new(what, Health::Odd, found()))
}

fn configuration(project: Option<&crate::app::Project>, found: &zw_lang::Diagnostics) -> Check {
    let what = "configuration";
    if let Some(first) = found.iter().find(|found| found.severity == zw_lang::Severity::Error) {
        let advice = format!("{}. \"zw validate\" shows all that is wrong.", first.summary);
        return Check::new(what, Health::Wrong, advice);
    }
    let Some(project) = project else {
        return Check::new(what, Health::Wrong, "\"zw validate\" shows what is wrong.");
    };
    let config = project.config();
    let resources: usize = config.modules.iter().map(|module| module.resources.len()).sum();
    if resources == 0 {
        let advice = "It declares no resources. \"zw init -from=simulated\" writes an example.";
        return Check::new(what, Health::Odd, advice);
    }
    let text = format!(
        "{} and {} of resources.",
        ui::text::counted(config.modules.len(), "module"),
        ui::text::counted(resources, "block")
    );
    let warnings = found.iter().count();
    if warnings > 0 {
        let warned = ui::text::counted(warnings, "warning");
        return Check::new(what, Health::Odd, format!("{text} \"zw validate\" shows {warned}."));
    }
    Check::new(what, Health::Good, text)
}
