//! `zw init`

mod backend;

use zw_config::model::NodeId;

use crate::app::{App, Exit, VariableArgs};

/// Prepare the directory: settle where the state is, install modules, and check what the configuration needs
///
/// Modules from registries, Git repositories and archives are brought into the data directory, and .zw.lock.hcl pins
/// what was found by version, commit and hash: keep that file in version control. Providers are built in. It can be
/// run as often as one likes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw init\n  zw init -upgrade\n  zw init -migrate-state -backend-config=prod.tfbackend"
)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    /// Take the newest modules that the configuration allows, instead of those in the lock file
    #[arg(long)]
    upgrade: bool,
    #[command(flatten)]
    backend: backend::BackendArgs,
}

pub(crate) async fn run(app: &App, args: &Init) -> Exit {
    let project = super::get::install(app, args.upgrade)?;
    app.warnings(&project.warnings, &project.config().sources, false);
    backend::settle(app, &project, &args.backend).await?;
    let config = project.config();
    let registry = &project.cx.providers;
    let mut providers = std::collections::BTreeSet::new();
    for at in 0..config.tree.len() {
        let module = config.module_of(NodeId(u32::try_from(at).unwrap_or(u32::MAX)));
        for resource in &module.resources {
            let name = &resource.provider.key.name;
            let required = module.settings.required_providers.get(name);
            let source = required.and_then(|required| required.source.as_deref());
            providers.insert((name.to_string(), zw_engine::full_source(name, source)));
        }
    }
    let calls = config.tree.len().saturating_sub(1);
    if calls > 0 {
        let modules = config.modules.len().saturating_sub(1);
        app.ui.out.println(&format!("Modules: {calls} calls of {modules} modules."));
    }
    for (name, source) in &providers {
        #[expect(clippy::single_match_else, reason = "both outcomes are of the same weight")]
        match registry.get(source) {
            Some(_) => app.ui.out.println(&format!("Provider {name} ({source}): built in.")),
            None => {
                let known: Vec<&str> =
                    registry.iter().map(|(_, provider)| provider.name()).collect();
                return Err(app.fail_with(zw_lang::Diagnostic::error(
                    format!("There is no provider {name:?}"),
                    format!(
                        "Providers are built into zw, and {source} is not among them: it has {}.",
                        known.join(", ")
                    ),
                )));
            }
        }
    }
    std::fs::create_dir_all(app.data_dir())
        .map_err(|error| app.io_error("create", &app.data_dir(), &error))?;
    app.ui.out.println(
        "\nzw has been successfully initialized!\n\nRun \"zw plan\" to see any changes that are required for your \
         infrastructure.",
    );
    Ok(0)
}
