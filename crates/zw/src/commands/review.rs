//! Making a plan and showing it: what `plan`, `apply` and `destroy` have in common.

use std::path::Path;
use std::sync::Arc;

use zw_engine::{PlanMode, PlanOptions, Run};
use zw_lang::SourceMap;
use zw_state::{Snapshot, Store};

use crate::app::{App, Failed, PlanArgs, Project};
use crate::ui;

/// Makes a plan of the project as it is, with what its spans refer to.
pub(crate) async fn plan(
    app: &App,
    project: &Project,
    store: &Arc<dyn Store>,
    args: &PlanArgs,
) -> Result<(Run, SourceMap), Failed> {
    let (mut options, sources) = options(app, project, args)?;
    recall(app, store, &mut options).await?;
    let snapshot = store.snapshot().await.map_err(|error| app.store_error(&error))?;
    let run = of_snapshot(app, project, snapshot, options, &sources, args.json).await?;
    Ok((run, sources))
}

/// The options of a plan, with what the spans of variables refer to.
pub(crate) fn options(
    app: &App,
    project: &Project,
    args: &PlanArgs,
) -> Result<(PlanOptions, SourceMap), Failed> {
    let mut sources = project.config().sources.clone();
    let options = app.plan_options(project, args, &mut sources)?;
    app.warnings(&project.warnings, &sources, args.json);
    Ok((options, sources))
}

/// Looks up what a plan is to return to, if it is to return to something.
pub(crate) async fn recall(
    app: &App,
    store: &Arc<dyn Store>,
    options: &mut PlanOptions,
) -> Result<(), Failed> {
    let PlanMode::Return(run) = options.mode else { return Ok(()) };
    super::history::known(app, &**store, run).await?;
    let then = store.snapshot_at(Some(run)).await.map_err(|error| app.store_error(&error))?;
    options.past = then.resources.into_values().collect();
    Ok(())
}

/// Makes a plan against a state.
pub(crate) async fn of_snapshot(
    app: &App,
    project: &Project,
    snapshot: Snapshot,
    options: PlanOptions,
    sources: &SourceMap,
    json: bool,
) -> Result<Run, Failed> {
    if let Some(secrets) = &app.secrets {
        let (config, providers) = (project.config(), &project.cx.providers);
        crate::logged::hide_known(secrets, config, &options, &snapshot, providers);
    }
    let observer = app.observer(json);
    let planned = zw_engine::plan(&project.cx, snapshot, options, &*observer).await;
    drop(observer);
    planned.map_err(|problems| {
        if json {
            ui::json::diagnostics(&app.ui, &problems, sources);
            return Failed::ERROR;
        }
        app.fail(problems, sources)
    })
}

/// Shows a plan.
pub(crate) fn show(app: &App, run: &Run, args: &PlanArgs) {
    if args.json {
        ui::json::plan_messages(&app.ui, &run.plan);
    } else {
        ui::plan::show(&app.ui, run, args.view.view());
    }
}

/// Shows which calls were made: a line for whoever looks at a terminal, all of them where that is asked for.
pub(crate) fn show_calls(app: &App, args: &PlanArgs) {
    let calls = app.traffic.calls();
    if args.json {
        ui::json::calls(&app.ui, &calls);
    } else {
        ui::calls::show(&app.ui, &calls, args.calls);
    }
}

/// Writes a plan as a page, and says where it is.
pub(crate) fn write_report(app: &App, path: &Path, run: &Run, json: bool) -> Result<(), Failed> {
    let written = std::fs::File::create(path).and_then(|file| {
        let mut out = std::io::BufWriter::new(file);
        ui::plan::report::write(&mut out, run)?;
        std::io::Write::flush(&mut out)
    });
    written.map_err(|error| app.io_error("write", path, &error))?;
    if !json {
        app.ui.out.println(&format!("\nWrote the report to: {}", path.display()));
    }
    Ok(())
}

/// What stands for the standard output in the place of a file.
pub(crate) const STANDARD_OUTPUT: &str = "-";

/// Writes the policy of IAM that an apply of a plan needs, and says what is to be known of it.
pub(crate) fn write_policy(
    app: &App,
    document: &ui::Ui,
    path: &Path,
    run: &Run,
    json: bool,
) -> Result<(), Failed> {
    let permissions = run.permissions();
    let text = ui::policy::document(&permissions.needed);
    if path == Path::new(STANDARD_OUTPUT) {
        document.out.print(&text);
    } else {
        std::fs::write(path, &text).map_err(|error| app.io_error("write", path, &error))?;
        if !json {
            app.ui.out.println(&format!("\nWrote the policy to: {}", path.display()));
        }
    }
    let (warnings, sources) = (ui::policy::warnings(&permissions, &text), SourceMap::default());
    if json {
        ui::json::diagnostics(&app.ui, &warnings, &sources);
    } else {
        app.warnings(&warnings, &sources, json);
    }
    Ok(())
}

/// Says where a plan was saved and what to do with it.
pub(crate) fn say_saved(app: &App, path: &Path, json: bool) {
    if json {
        return;
    }
    let path = path.display();
    app.ui.out.println(&format!(
        "\nSaved the plan to: {path}\n\nTo perform exactly these actions, run the following command to apply:\n    \
         zw apply {path:?}",
        path = path.to_string()
    ));
}
