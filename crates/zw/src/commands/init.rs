//! `zw init`

mod backend;
mod template;

use crate::app::{App, Exit, VariableArgs};

/// Prepare the directory: settle where the state is, install modules, and check what the configuration needs
///
/// Modules from registries, Git repositories and archives are brought into the data directory, and .zw.lock.hcl pins
/// what was found by version, commit and hash: keep that file in version control. Providers are built in. It can be
/// run as often as one likes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw init\n  zw init -upgrade\n  zw init -from=simulated\n  zw init -migrate-state -backend-config=prod.tfbackend"
)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// Take the newest modules that the configuration allows, instead of those in the lock file
    #[arg(long)]
    upgrade: bool,
    /// Begin with a configuration that is a part of zw, in a directory that has none
    #[arg(long, value_name = "TEMPLATE")]
    from: Option<template::Template>,
    #[command(flatten)]
    backend: backend::BackendArgs,
}

pub(crate) async fn run(app: &App, args: &Init) -> Exit {
    if let Some(template) = args.from {
        template::write(app, template)?;
    }
    let project = super::get::install(app, args.upgrade)?;
    app.warnings(&project.warnings, &project.config().sources, false);
    backend::settle(app, &project, &args.backend).await?;
    let config = project.config();
    let registry = &project.cx.providers;
    let calls = config.tree.len().saturating_sub(1);
    if calls > 0 {
        let modules = config.modules.len().saturating_sub(1);
        app.ui.out.println(&format!("Modules: {calls} calls of {modules} modules."));
    }
    for (name, source) in super::providers::used(config) {
        super::providers::provider(registry, &name, &source)
            .map_err(|problem| app.fail_with(problem))?;
        app.ui.out.println(&format!("Provider {name} ({source}): built in."));
    }
    std::fs::create_dir_all(app.data_dir())
        .map_err(|error| app.io_error("create", &app.data_dir(), &error))?;
    app.ui.out.println("\nzw has been successfully initialized!\n");
    app.ui.out.println(&match args.from {
        Some(template) => format!("Begin with: {}", template.advice()),
        None => "Run \"zw plan\" to see any changes that are required for your infrastructure."
            .to_owned(),
    });
    Ok(0)
}
