//! The entry points: validate, plan, apply.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use zw_config::model::Config;
use zw_lang::addr::InstanceAddr;
use zw_lang::{Diagnostics, Host, Span, Str, Value};
use zw_state::{ResourceRow, Session, Snapshot};

use crate::apply::{self, Stop};
use crate::event::{Observer, Silent, telling};
use crate::host::{Functions, StagedHost};
use crate::plan::{Plan, PlanMode};
use crate::planner::{Planner, Reach};
use crate::registry::Registry;

/// What every command works with.
#[derive(Clone)]
pub struct Context {
    /// The configuration.
    pub config: Arc<Config>,
    /// The providers.
    pub providers: Arc<Registry>,
    /// The world outside of the language.
    pub host: Arc<dyn Host>,
    /// `terraform.workspace`
    pub workspace: Str,
}

/// How to plan.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// What the plan is for.
    pub mode: PlanMode,
    /// Whether to read what exists, or to believe the state.
    pub refresh: bool,
    /// Look only at these and at what they depend on; empty for everything. A target is an instance, or a
    /// resource or module with everything in it.
    pub targets: Vec<String>,
    /// Replace these even if nothing about them changed.
    pub replace: Vec<InstanceAddr>,
    /// Objects to import besides those that `import` blocks name: the instances that they become, and their ids.
    pub imports: Vec<(InstanceAddr, Str)>,
    /// What there was then, for [`PlanMode::Return`].
    pub past: Arc<[ResourceRow]>,
    /// Values of the root module's variables, with where they were written. What is missing here has a
    /// default, or is reported.
    pub variables: IndexMap<Str, (Value, Option<Span>)>,
    /// The most operations at once.
    pub parallelism: usize,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            mode: PlanMode::Normal,
            refresh: true,
            targets: Vec::new(),
            replace: Vec::new(),
            imports: Vec::new(),
            past: [].into(),
            variables: IndexMap::new(),
            parallelism: DEFAULT_PARALLELISM,
        }
    }
}

/// Operations at once unless asked otherwise. Terraform's default of 10 is a guess at what APIs bear; limits of providers
/// are what protects them here, so this is only a ceiling on memory and sockets.
pub const DEFAULT_PARALLELISM: usize = 64;

/// What came of an apply.
#[derive(Debug, Default)]
pub struct ApplyReport {
    /// What was created, changed and destroyed.
    pub done: crate::plan::Counts,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Outputs of the root module as they are now; marked where sensitive.
    pub outputs: BTreeMap<Str, Value>,
    /// Instances that were not tried, because something that they depend on failed or the run was stopped.
    pub skipped: Vec<InstanceAddr>,
    /// Whether the user stopped it.
    pub stopped: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// A plan that can be applied.
pub struct Run {
    pub(crate) planner: Planner,
    /// The plan, for showing and saving.
    pub plan: Plan,
    pub(crate) host: Arc<StagedHost>,
}

/// Checks a configuration as far as that can be done without asking anybody: syntax, names, types, the
/// arguments of every resource. Variables without a value are unknown.
pub async fn validate(cx: &Context) -> Diagnostics {
    let options = PlanOptions { refresh: false, ..PlanOptions::default() };
    let functions = Functions::of(&cx.config, &cx.providers);
    let host = Arc::new(StagedHost::new(cx.host.clone(), functions));
    let cx = &Context { host, ..cx.clone() };
    match Planner::new(cx, Snapshot::default(), options, Reach::Offline) {
        Ok(mut planner) => {
            planner.run(&Silent).await;
            planner.diagnostics
        }
        Err(diagnostics) => diagnostics,
    }
}

/// Evaluates a configuration against its state without asking anybody: what would have to be asked is
/// unknown, as are variables without a value. Nothing is applied later, so clock and chance have their say at once.
///
/// # Errors
/// Everything that is wrong with the configuration or the state.
pub async fn rehearse(
    cx: &Context,
    state: Snapshot,
    options: PlanOptions,
) -> Result<Run, Diagnostics> {
    make(cx, state, options, Reach::Offline, &Silent).await
}

/// Makes a plan.
///
/// # Errors
/// Everything that is wrong with the configuration, the state or the world. Warnings are in the plan.
pub async fn plan(
    cx: &Context,
    state: Snapshot,
    options: PlanOptions,
    observer: &dyn Observer,
) -> Result<Run, Diagnostics> {
    make(cx, state, options, Reach::Online, observer).await
}

async fn make(
    cx: &Context,
    state: Snapshot,
    options: PlanOptions,
    reach: Reach,
    observer: &dyn Observer,
) -> Result<Run, Diagnostics> {
    let host = Arc::new(StagedHost::new(cx.host.clone(), Functions::of(&cx.config, &cx.providers)));
    if reach == Reach::Offline {
        host.start_applying();
    }
    let cx = Context { host: host.clone(), ..cx.clone() };
    let mut planner = Planner::new(&cx, state, options, reach)?;
    planner.check_root_variables();
    if !planner.diagnostics.has_errors() {
        telling(&cx.providers.traffic, observer, planner.run(observer)).await;
    }
    if planner.diagnostics.has_errors() {
        return Err(planner.diagnostics);
    }
    let plan = planner.plan();
    // What was warned of while planning is not warned of again while applying.
    planner.diagnostics = Diagnostics::new();
    Ok(Run { planner, plan, host })
}

impl Run {
    /// Applies the plan, and ends the run of the session. What is evaluated afterwards is as it was applied. A plan can
    /// be applied once.
    pub async fn apply(
        &mut self,
        session: Box<dyn Session>,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> ApplyReport {
        self.host.start_applying();
        let traffic = self.planner.walk.cx.providers.traffic.clone();
        let applied = apply::apply(&mut self.planner, session, observer, stop);
        telling(&traffic, observer, applied).await
    }
}
