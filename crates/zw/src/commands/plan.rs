//! `zw plan`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zw_lang::Diagnostic;
use zw_lang::addr::InstanceAddr;
use zw_state::Store;

use crate::app::{App, Exit, Failed, PlanArgs, Project};
use crate::commands::report::ReportArgs;
use crate::commands::review;
use crate::ui;

/// Show what applying the configuration would change
///
/// Reads what exists, compares it with the configuration and the state, and shows what would be done. Nothing is
/// changed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw plan\n  zw plan -out=tfplan -var='region=eu-west-1'\n  zw plan -destroy\n  zw plan -to=20261124093000\n  zw plan -filter=type=aws_eks_* -filter=action=replace\n  zw plan -explain='aws_subnet.private[0]'\n  zw plan -html=report.html\n  zw plan -markdown > comment.md\n  zw plan -iam-policy > policy.json"
)]
pub(crate) struct Plan {
    #[command(flatten)]
    #[expect(clippy::struct_field_names, reason = "it is what it is called elsewhere")]
    pub(crate) plan: PlanArgs,
    /// Save the plan to a file, for "zw apply FILE"
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the configuration of what import blocks name and nothing declares to a new file
    #[arg(long, value_name = "FILE")]
    generate_config_out: Option<PathBuf>,
    /// Write the plan as a page for a review: one HTML file with everything in it
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Say why one instance changes: where its new values come from, and what depends on it
    #[arg(long, value_name = "ADDRESS", conflicts_with = "json")]
    explain: Option<InstanceAddr>,
    /// Write the plan as Markdown, cut to what comments on this platform may have; what goes on is told on standard error
    #[arg(
        long, value_name = "PLATFORM", num_args = 0..=1, require_equals = true,
        default_missing_value = "github", conflicts_with_all = ["json", "explain"]
    )]
    markdown: Option<ui::markdown::Platform>,
    /// Write the IAM policy that an apply of this plan needs, as JSON: to a file, or without one in place of the plan
    #[arg(
        long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-"
    )]
    iam_policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    /// Exit with 2 if there are changes, 0 if there are none, 1 on errors
    #[arg(long)]
    detailed_exitcode: bool,
}

impl Plan {
    /// Whether the policy is printed in place of the plan.
    fn prints_policy(&self) -> bool {
        self.iam_policy.as_deref().is_some_and(|path| path == Path::new(review::STANDARD_OUTPUT))
    }
}

pub(crate) async fn run(app: &App, args: &Plan) -> Exit {
    let others = [args.plan.json, args.explain.is_some(), args.markdown.is_some()];
    if args.prints_policy() && others.contains(&true) {
        return Err(app.fail_with(Diagnostic::error(
            "Two documents cannot be printed at once",
            "Without the name of a file -iam-policy cannot be used with -json, -explain or -markdown. Write the policy to a \
             file: -iam-policy=FILE.",
        )));
    }
    if args.markdown.is_none() && !args.prints_policy() {
        return plan(app, args, &app.ui).await;
    }
    // What is told beside a document must not get into it.
    let aside = App { ui: app.ui.aside(), ..app.clone() };
    plan(&aside, args, &app.ui).await
}

/// Plans, and shows the plan in its usual form or in another, which is written to `document`.
async fn plan(app: &App, args: &Plan, document: &ui::Ui) -> Exit {
    let mut project = app.load()?;
    let store = app.store_of(&project)?;
    if let Some(path) = &args.generate_config_out
        && generate(app, &project, &store, path, &args.plan).await?
    {
        project = app.load()?;
    }
    let (run, sources) = review::plan(app, &project, &store, &args.plan).await?;
    match (&args.explain, args.markdown) {
        (Some(address), _) => {
            let found = run
                .explain(address)
                .ok_or_else(|| app.fail_with(ui::explain::unknown(address, &run)))?;
            ui::explain::show(&app.ui, &found, &sources);
        }
        (None, Some(platform)) => ui::markdown::show(document, &run, platform),
        (None, None) if args.prints_policy() => {}
        (None, None) => review::show(app, &run, &args.plan),
    }
    if let Some(path) = &args.html {
        review::write_report(app, path, &run, args.plan.json)?;
    }
    if let Some(path) = &args.iam_policy {
        review::write_policy(app, document, path, &run, args.plan.json)?;
    }
    app.ui.findings.note_plan(&run);
    if let Some(path) = &args.out {
        let contents = run.save().map_err(|error| app.io_error("pack", path, &error))?;
        let contents = app.seal_plan(app.sealing_of(&project)?.as_ref(), contents).await?;
        app.write_private(path, &contents)?;
        review::say_saved(app, path, args.plan.json);
    }
    app.warnings(&run.plan.diagnostics, &sources, args.plan.json);
    review::show_calls(app, &args.plan);
    let has_changes = !run.plan.is_empty();
    // The process ends, and gives all memory back at once: piece by piece takes a tenth of the time.
    std::mem::forget(run);
    Ok(if args.detailed_exitcode && has_changes { 2 } else { 0 })
}

/// Writes configuration for what is to be imported; whether there was anything to write.
async fn generate(
    app: &App,
    project: &Project,
    store: &Arc<dyn Store>,
    path: &Path,
    args: &PlanArgs,
) -> Result<bool, Failed> {
    let problem = |summary: &str, detail: String| app.fail_with(Diagnostic::error(summary, detail));
    let is_read = path.extension().is_some_and(|extension| extension == "tf")
        && path.parent().is_some_and(|parent| parent == Path::new("") || parent == app.root);
    if !is_read {
        let detail =
            "It has to end with .tf and lie in this directory, to be a part of the configuration."
                .to_owned();
        return Err(problem("The file of generated configuration would not be read", detail));
    }
    if path.exists() {
        let detail = format!(
            "There is a file {} already. Choose another name, so that nothing is lost.",
            path.display()
        );
        return Err(problem("Target generated file already exists", detail));
    }
    let (options, sources) = review::options(app, project, args)?;
    let snapshot = store.snapshot().await.map_err(|error| app.store_error(&error))?;
    let observer = app.observer(args.json);
    let text = zw_engine::generate(&project.cx, snapshot, options, &*observer).await;
    drop(observer);
    let Some(text) = text.map_err(|problems| app.fail(problems, &sources))? else {
        return Ok(false);
    };
    std::fs::write(path, text).map_err(|error| app.io_error("write", path, &error))?;
    Ok(true)
}
