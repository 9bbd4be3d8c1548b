//! `zw workspace list|show|new|select|delete`

use std::sync::Arc;

use zw_lang::Diagnostic;
use zw_state::{Backend, DEFAULT_WORKSPACE};

use crate::app::{App, Exit, Failed, workspace_of_env};

/// Keep several states for one configuration
///
/// Each workspace has a state of its own in the backend; terraform.workspace is its name. The environment selects one
/// for a single command, with `ZW_WORKSPACE` or `TF_WORKSPACE`.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  zw workspace list\n  zw workspace new staging")]
pub(crate) enum Workspace {
    /// List the workspaces
    #[command(after_help = "Examples:\n  zw workspace list")]
    List,
    /// Print the name of the selected workspace
    #[command(after_help = "Examples:\n  zw workspace show")]
    Show,
    New(New),
    Select(Select),
    Delete(Delete),
}

/// Make a workspace, and select it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw workspace new staging")]
pub(crate) struct New {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
}

/// Select the workspace that commands work in
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw workspace select -or-create staging")]
pub(crate) struct Select {
    /// Its name
    #[arg(value_name = "NAME", add = super::complete::workspaces())]
    name: String,
    /// Make it if there is none
    #[arg(long)]
    or_create: bool,
}

/// Remove a workspace with its state
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  zw workspace delete staging")]
pub(crate) struct Delete {
    /// Its name
    #[arg(value_name = "NAME", add = super::complete::workspaces())]
    name: String,
    /// Even if its state holds something, which is forgotten and not destroyed
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(app: &App, command: &Workspace) -> Exit {
    match command {
        Workspace::Show => app.ui.out.println(&app.workspace()?),
        Workspace::List => {
            let (here, names) = (app.workspace()?, names(app, &app.backend()?).await?);
            for name in names {
                let mark = if name == here { "*" } else { " " };
                app.ui.out.println(&format!("{mark} {name}"));
            }
        }
        Workspace::New(args) => new(app, args).await?,
        Workspace::Select(args) => select(app, args).await?,
        Workspace::Delete(args) => delete(app, args).await?,
    }
    Ok(0)
}

async fn names(app: &App, backend: &Arc<dyn Backend>) -> Result<Vec<String>, Failed> {
    backend.workspaces().await.map_err(|error| app.store_error(&error))
}

async fn new(app: &App, args: &New) -> Result<(), Failed> {
    can_be_selected(app)?;
    let name = app.workspace_name(args.name.clone())?;
    let backend = app.backend()?;
    if names(app, &backend).await?.contains(&name) {
        return Err(app.fail_with(Diagnostic::error(
            format!("Workspace {name:?} already exists"),
            format!("\"zw workspace select {name}\" selects it."),
        )));
    }
    create(app, &backend, &name).await
}

async fn create(app: &App, backend: &Arc<dyn Backend>, name: &str) -> Result<(), Failed> {
    backend.create(name).await.map_err(|error| app.store_error(&error))?;
    app.select_workspace(name)?;
    app.ui.out.println(&format!(
        "Created and switched to workspace {name:?}!\n\nYou're now on a new, empty workspace. Workspaces isolate their \
         state, so if you run \"zw plan\" zw will not see any existing state for this configuration."
    ));
    Ok(())
}

async fn select(app: &App, args: &Select) -> Result<(), Failed> {
    can_be_selected(app)?;
    let name = app.workspace_name(args.name.clone())?;
    let backend = app.backend()?;
    let names = names(app, &backend).await?;
    if names.contains(&name) {
        app.select_workspace(&name)?;
        app.ui.out.println(&format!("Switched to workspace {name:?}."));
        return Ok(());
    }
    if args.or_create {
        return create(app, &backend, &name).await;
    }
    let hint = zw_lang::suggest(&name, names.iter().map(String::as_str));
    Err(app.fail_with(Diagnostic::error(
        format!("Workspace {name:?} doesn't exist"),
        format!("\"zw workspace new {name}\" makes it, as does -or-create.{hint}"),
    )))
}

async fn delete(app: &App, args: &Delete) -> Result<(), Failed> {
    let name = app.workspace_name(args.name.clone())?;
    let refuse = |summary: String, detail: &str| app.fail_with(Diagnostic::error(summary, detail));
    if name == DEFAULT_WORKSPACE {
        return Err(refuse(
            "The default workspace cannot be deleted".to_owned(),
            "It always exists.",
        ));
    }
    if name == app.workspace()? {
        let detail = "Select another one first, with \"zw workspace select\".";
        return Err(refuse(format!("Workspace {name:?} is your active workspace"), detail));
    }
    let backend = app.backend()?;
    if !names(app, &backend).await?.contains(&name) {
        let detail = "\"zw workspace list\" lists those that there are.";
        return Err(refuse(format!("Workspace {name:?} doesn't exist"), detail));
    }
    let of_store = |error| app.store_error(&error);
    let held =
        backend.store(&name).map_err(of_store)?.snapshot().await.map_err(of_store)?.resources;
    if let (Some(first), false) = (held.keys().next(), args.force) {
        let detail = format!(
            "It holds {} objects, among them {first}, which would be forgotten and go on to exist. Destroy them \
             first, with \"zw destroy\" in that workspace; or use -force.",
            held.len()
        );
        return Err(refuse(format!("Workspace {name:?} is not empty"), &detail));
    }
    backend.delete(&name).await.map_err(of_store)?;
    app.ui.out.println(&format!("Deleted workspace {name:?}!"));
    if !held.is_empty() {
        app.ui.out.println(&format!(
            "\n{} objects that it held are not managed any more, and go on to exist.",
            held.len()
        ));
    }
    Ok(())
}

/// Refuses to select a workspace while the environment selects one: it would have no effect.
fn can_be_selected(app: &App) -> Result<(), Failed> {
    let Some(name) = workspace_of_env() else { return Ok(()) };
    Err(app.fail_with(Diagnostic::error(
        "The workspace is selected by the environment",
        format!("ZW_WORKSPACE or TF_WORKSPACE says {name:?}. Unset it to select another one."),
    )))
}
