//! `zw history`

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};
use zw_lang::{Diagnostic, SourceMap};
use zw_state::{ResourceRow, Retention, Run, RunId, RunKind, RunStatus, Snapshot, Store};

use crate::app::{App, Exit, Failed, LockArgs};
use crate::ui;

/// List the runs that changed the state, or what one of them changed
///
/// Runs have numbers: "zw state list", "zw state show", "zw show" and "zw output" with -at=RUN show what there was when
/// one had ended, and "zw plan -to=RUN" plans to return to it.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  zw history\n  zw history 20261124093000 -diff\n  zw history -since=2026-11-01 -limit=100 -json\n  zw history prune -keep-days=365"
)]
pub(crate) struct History {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only this run, with what it changed
    #[arg(value_name = "RUN")]
    run: Option<u64>,
    /// With the attributes as they were before and after
    #[arg(long, requires = "run")]
    diff: bool,
    /// Only runs since this date, time or duration, as 2026-11-24, 2026-11-24T09:30:00Z or 36h
    #[arg(long, value_name = "TIME", conflicts_with = "run")]
    since: Option<String>,
    /// Only runs before this date, time or duration
    #[arg(long, value_name = "TIME", conflicts_with = "run")]
    until: Option<String>,
    /// How many runs are listed, newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Write it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Prune(Prune),
}

/// Forget old runs, with what they changed
///
/// Forgets whatever is beyond one of the limits that are given. Objects and outputs stay as they are. A run with
/// operations in the journal, whose outcome is not known, is kept, and so are those after it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw history prune -keep-runs=1000\n  zw history prune -keep-days=365"
)]
struct Prune {
    /// Keep the newest runs, this many
    #[arg(long, value_name = "N", required_unless_present = "keep_days")]
    keep_runs: Option<NonZeroUsize>,
    /// Keep the runs of this many days
    #[arg(long, value_name = "N")]
    keep_days: Option<NonZeroU32>,
    #[command(flatten)]
    lock: LockArgs,
}

pub(crate) async fn run(app: &App, args: &History) -> Exit {
    match (&args.command, args.run) {
        (Some(Command::Prune(args)), _) => prune(app, args).await,
        (None, Some(id)) => one(app, RunId(id), args).await,
        (None, None) => all(app, args).await,
    }
}

async fn prune(app: &App, args: &Prune) -> Exit {
    let store = app.store()?;
    let failed = |error: zw_state::StoreError| app.store_error(&error);
    let before = store.runs(usize::MAX).await.map_err(failed)?.len();
    let session = store.begin(RunKind::Edit, args.lock.lock_timeout).await.map_err(failed)?;
    let retention = Retention { runs: args.keep_runs, days: args.keep_days };
    let pruned = session.prune(retention).await;
    let status = if pruned.is_ok() { RunStatus::Done } else { RunStatus::Failed };
    session.end(status).await.map_err(failed)?;
    pruned.map_err(failed)?;
    // This is a run, too.
    let gone = (before + 1).saturating_sub(store.runs(usize::MAX).await.map_err(failed)?.len());
    app.ui.out.println(&format!("Forgot {gone} runs."));
    Ok(0)
}

async fn all(app: &App, args: &History) -> Exit {
    let store = app.store()?;
    let since = args.since.as_deref().map(|text| moment(app, text)).transpose()?;
    let until = args.until.as_deref().map(|text| moment(app, text)).transpose()?;
    // Times as text are in the order of time.
    let is_meant = |run: &Run| {
        since.as_ref().is_none_or(|since| run.started >= *since)
            && until.as_ref().is_none_or(|until| run.started < *until)
    };
    let most = if since.is_none() && until.is_none() { args.limit } else { usize::MAX };
    let mut runs = store.runs(most).await.map_err(|error| app.store_error(&error))?;
    runs.retain(is_meant);
    runs.truncate(args.limit);
    if args.json {
        let runs: Vec<Json> = runs.iter().map(of_run).collect();
        app.ui.out.println(&Json::from(runs).to_string());
        return Ok(0);
    }
    if runs.is_empty() && most == usize::MAX {
        app.ui.out.println("There are no runs in that time.");
        return Ok(0);
    }
    if runs.is_empty() {
        app.ui.out.println("There is no history yet: nothing was ever written.");
        return Ok(0);
    }
    let mut rows = vec![["RUN", "STARTED", "WHO", "WHAT", "ENDED", "CHANGES"].map(str::to_owned)];
    rows.extend(runs.iter().map(|run| {
        let Run { id, started, who, kind, status, changes: [added, changed, removed], .. } = run;
        let ended = status.name().to_owned();
        let changes = format!("+{added} ~{changed} -{removed}");
        [id.0.to_string(), started.clone(), who.clone(), kind.name().to_owned(), ended, changes]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..6).map(|column| width(column).unwrap_or(0)).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        app.ui.out.println(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    Ok(0)
}

async fn one(app: &App, id: RunId, args: &History) -> Exit {
    let store = app.store()?;
    let run = known(app, &*store, id).await?;
    let changes = store.changes(id).await.map_err(|error| app.store_error(&error))?;
    let outputs = store.output_changes(id).await.map_err(|error| app.store_error(&error))?;
    let providers = app.providers();
    let past = if args.diff {
        zw_engine::past_changes(&changes, &providers)
            .map_err(|problems| app.fail(problems, &SourceMap::default()))?
    } else {
        Vec::new()
    };
    if args.json {
        let changes = changes.iter().map(|(key, before, after)| {
            json!({
                "address": &*key.address,
                "deposed": key.deposed.as_deref(),
                "action": action(before.as_ref(), after.as_ref()).1,
                "attributes": changed(before.as_ref(), after.as_ref()),
            })
        });
        let mut out = of_run(&run);
        out["objects"] = changes.collect::<Vec<Json>>().into();
        let outputs = outputs.iter().map(|(name, before, after)| {
            json!({"name": &**name, "action": action(before.as_ref(), after.as_ref()).1})
        });
        out["outputs"] = outputs.collect::<Vec<Json>>().into();
        if args.diff {
            out["resource_changes"] = ui::json::past(&past).map_err(|error| {
                app.fail_with(Diagnostic::error("Cannot write JSON", format!("{error}.")))
            })?;
        }
        app.ui.out.println(&out.to_string());
        return Ok(0);
    }
    let Run { started, who, kind, status, .. } = &run;
    app.ui.out.println(&format!("{} by {who} at {started}: {}", kind.name(), status.name()));
    for (key, before, after) in &changes {
        let (sign, _) = action(before.as_ref(), after.as_ref());
        let names = changed(before.as_ref(), after.as_ref());
        let names =
            if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        app.ui.out.println(&format!("  {sign} {key}{names}"));
    }
    for (name, before, after) in &outputs {
        let (sign, _) = action(before.as_ref(), after.as_ref());
        app.ui.out.println(&format!("  {sign} output.{name}"));
    }
    if changes.is_empty() && outputs.is_empty() {
        app.ui.out.println("  It changed no objects.");
    }
    ui::plan::show_past(&app.ui, &past, &*providers);
    Ok(0)
}

/// The state as it was when a run had ended, or as it is.
pub(super) async fn snapshot_at(app: &App, run: Option<u64>) -> Result<Snapshot, Failed> {
    let store = app.store()?;
    let run = run.map(RunId);
    if let Some(run) = run {
        known(app, &*store, run).await?;
    }
    store.snapshot_at(run).await.map_err(|error| app.store_error(&error))
}

/// A time as the history writes it: given as that, as a date, or as how long ago.
fn moment(app: &App, text: &str) -> Result<String, Failed> {
    let is_date = text.len() >= "2026-11-24".len()
        && text.bytes().zip("0000-00-00".bytes()).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            _ => byte == like,
        });
    if is_date {
        return Ok(text.to_owned());
    }
    let ago = zw_lang::duration::parse(text).map_err(|_| {
        let detail = format!(
            "{text:?} is neither a date as 2026-11-24, nor a time as 2026-11-24T09:30:00Z, nor a duration as 36h."
        );
        app.fail_with(Diagnostic::error("Invalid time", detail))
    })?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(ui::text::timestamp_seconds(now.saturating_sub(ago)))
}

/// A run of the history, or a word that there is no such run.
pub(super) async fn known(app: &App, store: &dyn Store, id: RunId) -> Result<Run, Failed> {
    let runs = store.runs(usize::MAX).await.map_err(|error| app.store_error(&error))?;
    runs.into_iter().find(|run| run.id == id).ok_or_else(|| {
        let detail =
            format!("The state knows no run {}. \"zw history\" lists those that there were.", id.0);
        app.fail_with(Diagnostic::error("There is no such run", detail))
    })
}

fn of_run(run: &Run) -> Json {
    let [created, changed, destroyed] = run.changes;
    json!({
        "run": run.id.0,
        "kind": run.kind.name(),
        "status": run.status.name(),
        "who": run.who,
        "started": run.started,
        "ended": run.ended,
        "changes": {"created": created, "changed": changed, "destroyed": destroyed},
    })
}

const fn action<T>(before: Option<&T>, after: Option<&T>) -> (char, &'static str) {
    match (before, after) {
        (None, _) => ('+', "create"),
        (Some(_), Some(_)) => ('~', "update"),
        (Some(_), None) => ('-', "delete"),
    }
}

/// The attributes that are not what they were. Their values are not shown: they may be secret.
fn changed(before: Option<&ResourceRow>, after: Option<&ResourceRow>) -> Vec<String> {
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let parsed =
        |row: &ResourceRow| serde_json::from_str::<Json>(&row.attributes).unwrap_or_default();
    let (before, after) = (parsed(before), parsed(after));
    let names = |object: &Json| -> BTreeSet<String> {
        object.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let all = names(&before).union(&names(&after)).cloned().collect::<BTreeSet<_>>();
    all.into_iter().filter(|name| before.get(name) != after.get(name)).collect()
}
