//! `zw apply` and `zw destroy`

mod leasing;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_config::model::Config;
use zw_engine::{ApplyReport, Context, Event, Observer, Run, Stop};
use zw_lang::{Diagnostic, SourceMap};
use zw_state::{RowKey, RowVersion, RunKind, RunStatus, Scope, Session, Store, keeping};

use crate::app::{App, Exit, Failed, PlanArgs};
use crate::commands::review;
use crate::interrupt::Watch;
use crate::ui;
use crate::ui::progress::{Outlook, Usual};

use self::leasing::Leasing;

/// Make what exists agree with the configuration
///
/// Plans, shows the plan, asks, and applies it; or applies a saved plan, as it was reviewed, without asking.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw apply\n  zw apply -auto-approve\n  zw plan -out=tfplan && zw apply tfplan"
)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// Apply without asking
    #[arg(long)]
    auto_approve: bool,
    /// A plan saved by "zw plan -out"
    #[arg(value_name = "PLAN")]
    saved: Option<PathBuf>,
}

/// Destroy everything that is managed here
///
/// The same as "zw apply -destroy".
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw destroy\n  zw destroy -target=module.eks -auto-approve")]
pub(crate) struct Destroy {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// Destroy without asking
    #[arg(long)]
    auto_approve: bool,
}

/// Runs whose operations say how long those of this one will take.
const RUNS_LOOKED_AT: usize = 50;

/// How often one apply plans again, because something was put off until more is known. Each round makes something
/// known, or is the last.
const ROUNDS_MAX: usize = 10;

pub(crate) async fn run(app: &App, args: &Apply) -> Exit {
    match &args.saved {
        Some(path) => apply_saved(app, path, args).await,
        None => apply_new(app, &args.plan, args.auto_approve).await,
    }
}

pub(crate) async fn destroy(app: &App, args: &Destroy) -> Exit {
    let plan = PlanArgs { destroy: true, ..args.plan.clone() };
    apply_new(app, &plan, args.auto_approve).await
}

async fn apply_new(app: &App, args: &PlanArgs, auto_approve: bool) -> Exit {
    let project = app.load()?;
    let store = app.store_of(&project)?;
    let kind = if args.destroy { RunKind::Destroy } else { RunKind::Apply };
    let mut approved = auto_approve;
    let mut done = zw_engine::Counts::default();
    for round in 0..ROUNDS_MAX {
        let (mut options, sources) = review::options(app, &project, args)?;
        // Where others may go on meanwhile, the right to write is taken once it is known what there is to write.
        let held = if store.is_shared() {
            None
        } else {
            Some(begin(app, &store, kind, Scope::Everything, args).await?)
        };
        let planned = async {
            review::recall(app, &store, &mut options).await?;
            let snapshot = match &held {
                Some(session) => {
                    settle(app, &project.cx, &store, &**session, &options, &sources).await?
                }
                None => settle_doubts(app, &project.cx, &store, &options, &sources, args).await?,
            };
            let options = options.clone();
            review::of_snapshot(app, &project, snapshot, options, &sources, args.json).await
        };
        let run = match planned.await {
            Ok(run) => run,
            Err(failed) => {
                end_if_held(app, held).await?;
                return Err(failed);
            }
        };
        let has_work = run.has_work();
        if round > 0 && !has_work {
            end_if_held(app, held).await?;
            review::show_calls(app, args);
            break;
        }
        review::show(app, &run, args);
        app.warnings(&run.plan.diagnostics, &sources, args.json);
        // What was merely read anew is written down without asking.
        if has_work && !approved && !ask(app, args)? {
            end_if_held(app, held).await?;
            return Ok(1);
        }
        let (run, session) = if let Some(session) = held {
            (run, session)
        } else {
            let leasing = Leasing { app, project: &project, store: &store, kind, args };
            match leasing.take(run, &options, &sources, auto_approve).await? {
                Some(leased) => leased,
                None => return Ok(1),
            }
        };
        let session = keeping(session, App::retention(project.config()));
        let (has_work, is_last) = (run.has_work(), run.plan.deferred.is_empty());
        approved |= has_work;
        let report = carry_out(app, &*store, run, session, args.json).await;
        if !has_work {
            return finish(app, &report, &sources, args, done);
        }
        done = sum(done, report.done);
        if is_last || report.diagnostics.has_errors() || report.stopped {
            return finish(app, &report, &sources, args, done);
        }
        app.ui.out.println("\nWhat was put off is planned now that more is known.");
    }
    Ok(0)
}

async fn apply_saved(app: &App, path: &Path, args: &Apply) -> Exit {
    let contents = std::fs::read(path).map_err(|error| app.io_error("read", path, &error))?;
    let contents = app.open_plan(path, contents).await?;
    let host = Arc::new(crate::host::Machine::new());
    let again = |config: &Config| {
        crate::variables::collect(
            &config.root().variables,
            &app.root,
            &args.plan.variables,
            &mut SourceMap::default(),
        )
    };
    let loaded = Run::load(path, &contents, app.providers(), host, Some(&again)).await;
    let (run, sources) = loaded.map_err(|problems| app.fail(problems, &SourceMap::default()))?;
    let workspace = app.workspace()?;
    if *run.context().0.workspace != *workspace {
        return Err(app.fail_with(Diagnostic::error(
            "The plan is for another workspace",
            format!(
                "It was made in workspace {:?}, and workspace {workspace:?} is selected. Select that one, or plan again.",
                &*run.context().0.workspace
            ),
        )));
    }
    let store = app.store()?;
    let session = begin(app, &store, RunKind::Apply, run.scope(), &args.plan).await?;
    let (cx, options) = run.context();
    let session = keeping(session, App::retention(&cx.config));
    settle(app, cx, &store, &*session, options, &sources).await?;
    if let Err(stale) = check_fresh(&*store, session.lineage(), &run).await {
        end(app, session).await?;
        return Err(app.fail_with(stale));
    }
    if args.plan.json {
        ui::json::planned_changes(&app.ui, &run.plan);
    }
    let report = carry_out(app, &*store, run, session, args.plan.json).await;
    let done = report.done;
    finish(app, &report, &sources, &args.plan, done)
}

/// Refuses a plan when something that it read or writes has changed since.
async fn check_fresh(store: &dyn Store, lineage: &str, run: &Run) -> Result<(), Diagnostic> {
    if !run.lineage().is_empty() && lineage != run.lineage() {
        return Err(Diagnostic::error(
            "Saved plan does not match the given state",
            "The plan was made for another state than the one of this directory.",
        ));
    }
    let changed = changed_since(store, run).await;
    let changed = changed.map_err(|error| crate::app::store_diagnostic(&error))?;
    if changed.is_empty() {
        return Ok(());
    }
    Err(Diagnostic::error(
        "Saved plan is stale",
        format!(
            "The given plan file can no longer be applied because what it was made from was changed by another \
             operation after the plan was created: {}. Plan again.",
            changed.join(", ")
        ),
    ))
}

/// What was changed of what a plan was made from, in words.
pub(super) async fn changed_since(
    store: &dyn Store,
    run: &Run,
) -> Result<Vec<String>, zw_state::StoreError> {
    let reads = run.reads();
    let keys: Vec<RowKey> = reads.iter().map(|(key, _)| key.clone()).collect();
    let now = store.versions(&keys).await?;
    let changed = reads.iter().zip(now).filter(|((_, planned), now)| planned != now);
    Ok(changed.map(|((key, planned), now)| describe(key, *planned, now)).collect())
}

fn describe(key: &RowKey, planned: Option<RowVersion>, now: Option<RowVersion>) -> String {
    match (planned, now) {
        (None, _) => format!("{key} was created"),
        (_, None) => format!("{key} was removed"),
        _ => format!("{key} was changed"),
    }
}

/// Begins a run, and says for whom it waits.
pub(super) async fn begin(
    app: &App,
    store: &Arc<dyn Store>,
    kind: RunKind,
    scope: Scope,
    args: &PlanArgs,
) -> Result<Box<dyn Session>, Failed> {
    app.begin(store, kind, scope, &args.lock).await
}

async fn end_if_held(app: &App, session: Option<Box<dyn Session>>) -> Result<(), Failed> {
    match session {
        Some(session) => end(app, session).await,
        None => Ok(()),
    }
}

pub(super) async fn end(app: &App, session: Box<dyn Session>) -> Result<(), Failed> {
    session.end(RunStatus::Done).await.map_err(|error| app.store_error(&error))
}

/// Settles operations in doubt in a run of its own, if there are any, and gives the state after that.
async fn settle_doubts(
    app: &App,
    cx: &Context,
    store: &Arc<dyn Store>,
    options: &zw_engine::PlanOptions,
    sources: &SourceMap,
    args: &PlanArgs,
) -> Result<zw_state::Snapshot, Failed> {
    if store.has_doubts().await.map_err(|error| app.store_error(&error))? {
        let session = begin(app, store, RunKind::Apply, Scope::nothing(), args).await?;
        let settled = settle(app, cx, store, &*session, options, sources).await;
        end(app, session).await?;
        return settled;
    }
    store.snapshot().await.map_err(|error| app.store_error(&error))
}

/// Settles operations that an earlier run did not see the end of, and gives the state after that.
pub(super) async fn settle(
    app: &App,
    cx: &Context,
    store: &Arc<dyn Store>,
    session: &dyn Session,
    options: &zw_engine::PlanOptions,
    sources: &SourceMap,
) -> Result<zw_state::Snapshot, Failed> {
    let snapshot = store.snapshot().await.map_err(|error| app.store_error(&error))?;
    let observer = Settling(app.ui.clone());
    let settled = zw_engine::settle(cx, &snapshot, options, session, &observer).await;
    match settled {
        Ok(0) => Ok(snapshot),
        Ok(_) => store.snapshot().await.map_err(|error| app.store_error(&error)),
        Err(problems) => Err(app.fail(problems, sources)),
    }
}

/// Says what became of operations in doubt.
struct Settling(ui::Ui);

impl Observer for Settling {
    fn event(&self, event: &Event<'_>) {
        if let Event::Settled { address, outcome } = event {
            self.0.out.println(&format!("{address}: {outcome}."));
        }
    }
}

/// Applies, with Ctrl-C once to finish what is in flight, and twice to stop at once.
pub(super) async fn carry_out(
    app: &App,
    store: &dyn Store,
    mut run: Run,
    session: Box<dyn Session>,
    json: bool,
) -> ApplyReport {
    let stop = Stop::default();
    let watch = Watch::new(&stop, &app.ui);
    let usual = if ui::progress::is_live(&app.ui, json) {
        // An estimate is not worth a failure: without the history there is none.
        Usual::of(&store.runs(RUNS_LOOKED_AT).await.unwrap_or_default())
    } else {
        Usual::default()
    };
    let observer =
        app.observed(ui::progress::observer_with(&app.ui, json, || Outlook::of(&run, &usual)));
    if let Some(secrets) = &app.secrets {
        crate::logged::hide_planned(secrets, &run);
    }
    let report = run.apply(session, &*observer, &stop).await;
    drop(observer);
    drop(watch);
    // What a plan is made of goes back when the process ends, all at once: piece by piece takes long.
    std::mem::forget(run);
    report
}

pub(super) fn ask(app: &App, args: &PlanArgs) -> Result<bool, Failed> {
    if !args.input || !app.ui.can_ask() {
        return Err(app.fail_with(Diagnostic::error(
            "Approval is needed and cannot be asked for",
            "There is no terminal to ask on. Use -auto-approve, or apply a saved plan.",
        )));
    }
    let what = if args.destroy {
        "\nDo you really want to destroy all resources?\n  zw will destroy all your managed infrastructure, as shown \
         above.\n  There is no undo. Only 'yes' will be accepted to confirm.\n\n  Enter a value: "
    } else {
        "\nDo you want to perform these actions?\n  zw will perform the actions described above.\n  Only 'yes' will \
         be accepted to approve.\n\n  Enter a value: "
    };
    let yes = app.ui.ask(what).as_deref() == Some("yes");
    if !yes {
        let what = if args.destroy { "Destroy" } else { "Apply" };
        app.ui.out.println(&format!("\n{what} cancelled."));
    }
    Ok(yes)
}

#[expect(clippy::unnecessary_wraps, reason = "commands end alike")]
pub(super) fn finish(
    app: &App,
    report: &ApplyReport,
    sources: &SourceMap,
    args: &PlanArgs,
    done: zw_engine::Counts,
) -> Exit {
    if args.json {
        ui::json::apply_summary(&app.ui, report, done, args.destroy, sources);
    } else {
        app.ui.diagnostics(&report.diagnostics, sources);
        ui::apply::summary(&app.ui, report, done, args.destroy);
    }
    review::show_calls(app, args);
    Ok(u8::from(report.diagnostics.has_errors() || report.stopped))
}

fn sum(a: zw_engine::Counts, b: zw_engine::Counts) -> zw_engine::Counts {
    zw_engine::Counts {
        add: a.add + b.add,
        change: a.change + b.change,
        destroy: a.destroy + b.destroy,
        import: a.import + b.import,
        forget: a.forget + b.forget,
    }
}
