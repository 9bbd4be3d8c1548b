//! One run: its module as it is to be, the plan, the apply, and the assertions.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use zw_config::testing::{TestRun, Written};
use zw_engine::{ApplyReport, Context, PlanOptions, Run, Silent, Stop};
use zw_lang::{Diagnostic, Diagnostics, SourceMap, Value};
use zw_state::{RunKind, SqliteStore, Store};

use super::Outputs;
use super::setting::{Prepared, Setting};
use crate::evaluation::{NAMES, object};
use crate::expected::{has_errors, sorted};
use crate::report::Status;

/// How often an apply goes on with what could not be known before.
const ROUNDS_MAX: usize = 10;

/// What came of a run.
pub(super) struct Ran {
    pub(super) status: Status,
    pub(super) found: Diagnostics,
    pub(super) sources: Arc<SourceMap>,
    /// What it planned or applied, if it came so far.
    pub(super) result: Option<Run>,
    /// Its outputs, if what was to come out did.
    pub(super) outputs: Option<Value>,
    /// What its state was applied with, if it was.
    pub(super) applied: Option<(Context, PlanOptions)>,
    /// When it was begun, since 1970-01-01 UTC.
    pub(super) begun: Option<Duration>,
    pub(super) elapsed: Duration,
}

/// How a run ended.
struct Outcome {
    status: Status,
    found: Diagnostics,
    result: Option<Run>,
    outputs: Option<Value>,
}

impl Outcome {
    fn error(found: Diagnostics, result: Option<Run>) -> Self {
        Self { status: Status::Error, found, result, outputs: None }
    }
}

impl Setting {
    /// Makes a run in a state, with the outputs of those before it.
    pub(super) async fn run(
        &self,
        declared: &TestRun,
        runs: &Outputs,
        store: &Arc<SqliteStore>,
    ) -> Ran {
        let begun = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
        let clock = Instant::now();
        let mut applied = None;
        let (outcome, sources) = match self.prepare(declared, runs) {
            Ok(prepared) => {
                let sources = Arc::new(prepared.cx.config.sources.clone());
                let made = self.carried_out(declared, &prepared, runs, store, &mut applied);
                (made.await, sources)
            }
            Err((found, sources)) => (Outcome::error(found, None), sources),
        };
        let Outcome { status, found, result, outputs } = outcome;
        Ran { status, found, sources, result, outputs, applied, begun, elapsed: clock.elapsed() }
    }

    /// Plans, applies, and holds what came out against what was to come out.
    async fn carried_out(
        &self,
        declared: &TestRun,
        Prepared { cx, options }: &Prepared,
        runs: &Outputs,
        store: &Arc<SqliteStore>,
        applied: &mut Option<(Context, PlanOptions)>,
    ) -> Outcome {
        let mut found = Diagnostics::new();
        let mut result = match plan(cx, store, options).await {
            Ok(run) => {
                found.extend(run.plan.diagnostics.clone());
                Some(run)
            }
            Err(problems) => {
                found.extend(problems);
                None
            }
        };
        if declared.applies
            && let Some(run) = &mut result
        {
            *applied = Some((cx.clone(), options.clone()));
            found.extend(apply(cx, store, options, run, &self.stop).await);
        }
        let mut original = found.clone();
        let sorted = sorted(declared, &cx.config, found);
        if result.is_none() && declared.applies && !has_errors(&sorted.rest) {
            let early = self.placed(while_planning(declared).into(), &cx.config);
            shown_first(&mut original, early);
            return Outcome::error(original, result);
        }
        let mut shown = sorted.rest;
        if has_errors(&shown) {
            return Outcome::error(shown, result);
        }
        if !sorted.missing.is_empty() {
            shown.extend(self.placed(sorted.missing, &cx.config));
            return Outcome::error(shown, result);
        }
        let Some(run) = &result else {
            return Outcome { status: Status::Pass, found: shown, result, outputs: None };
        };
        let outputs = object(run.outputs().iter().map(|(name, value)| (name, value)));
        let mut runs = runs.clone();
        runs.insert(declared.name.clone(), outputs.clone());
        let status = asserted(declared, cx, run, &object(&runs), &mut shown);
        Outcome { status, found: shown, result, outputs: Some(outputs) }
    }
}

/// Whether the assertions hold; what is wrong is added to what is shown.
fn asserted(
    declared: &TestRun,
    cx: &Context,
    run: &Run,
    runs: &Value,
    shown: &mut Diagnostics,
) -> Status {
    let compile =
        |written: &Written| written.compile(cx.config.root(), &cx.config.sources, &NAMES[..1]);
    let mut status = Status::Pass;
    for assertion in &declared.asserts {
        let held = compile(&assertion.condition).and_then(|condition| {
            let message = compile(&assertion.message)?;
            run.assertion(&condition, &message, std::slice::from_ref(runs))
        });
        match held {
            Ok(None) => {}
            Ok(Some(problem)) => {
                status = status.max(Status::Fail);
                shown.push(problem);
            }
            Err(problems) => {
                status = Status::Error;
                shown.extend(problems);
            }
        }
    }
    status
}

/// An expected failure that came too early. Source: the message of Terraform.
fn while_planning(declared: &TestRun) -> Diagnostic {
    let detail = "A custom condition failed during the planning stage and prevented the requested apply operation. \
                  While this was an expected failure, the apply operation could not be executed and so the overall \
                  test case will be marked as a failure and the original diagnostic included in the test report.";
    Diagnostic::warning("Expected failure while planning", detail).at(declared.span)
}

fn shown_first(all: &mut Diagnostics, first: Diagnostics) {
    all.0.splice(0..0, first);
}

pub(super) async fn plan(
    cx: &Context,
    store: &Arc<SqliteStore>,
    options: &PlanOptions,
) -> Result<Run, Diagnostics> {
    let snapshot = store.snapshot().await.map_err(of_store)?;
    zw_engine::plan(cx, snapshot, options.clone(), &Silent).await
}

/// Applies a plan, and goes on as long as something comes to be known that was not before. The run is that of the last
/// round then.
pub(super) async fn apply(
    cx: &Context,
    store: &Arc<SqliteStore>,
    options: &PlanOptions,
    run: &mut Run,
    stop: &Stop,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    for _ in 0..ROUNDS_MAX {
        let is_last = run.plan.deferred.is_empty();
        let session = match store.begin(RunKind::Apply, Duration::ZERO).await {
            Ok(session) => session,
            Err(error) => {
                found.extend(of_store(error));
                return found;
            }
        };
        let report: ApplyReport = run.apply(session, &Silent, stop).await;
        let failed = has_errors(&report.diagnostics);
        found.extend(report.diagnostics);
        if is_last || failed {
            break;
        }
        match plan(cx, store, options).await {
            Ok(next) => *run = next,
            Err(problems) => {
                found.extend(problems);
                break;
            }
        }
    }
    found
}

#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn of_store(error: zw_state::StoreError) -> Diagnostics {
    Diagnostic::error("The state of the test cannot be used", format!("{error}.")).into()
}
