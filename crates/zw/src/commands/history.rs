//! `zw history`

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use zw_lang::Diagnostic;
use zw_state::{ResourceRow, Run, RunId, Store};

use crate::app::{App, Exit, Failed};

/// List the runs that changed the state, or what one of them changed
///
/// Runs have numbers: "zw state list -at=RUN" and "zw state show -at=RUN" show what there was when one had ended.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw history\n  zw history 20261124093000\n  zw history -json -limit=100"
)]
pub(crate) struct History {
    /// Only this run, with what it changed
    #[arg(value_name = "RUN")]
    run: Option<u64>,
    /// How many runs are listed, newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Write it as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(app: &App, args: &History) -> Exit {
    match args.run {
        Some(id) => one(app, RunId(id), args.json).await,
        None => all(app, args).await,
    }
}

async fn all(app: &App, args: &History) -> Exit {
    let store = app.store()?;
    let runs = store.runs(args.limit).await.map_err(|error| app.store_error(&error))?;
    if args.json {
        let runs: Vec<Json> = runs.iter().map(of_run).collect();
        app.ui.out.println(&Json::from(runs).to_string());
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

async fn one(app: &App, id: RunId, as_json: bool) -> Exit {
    let store = app.store()?;
    let run = known(app, &*store, id).await?;
    let changes = store.changes(id).await.map_err(|error| app.store_error(&error))?;
    if as_json {
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
    if changes.is_empty() {
        app.ui.out.println("  It changed no objects.");
    }
    Ok(0)
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

const fn action(before: Option<&ResourceRow>, after: Option<&ResourceRow>) -> (char, &'static str) {
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
