//! `zw providers`

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use zw_config::model::{Config, NodeId};
use zw_engine::Registry;
use zw_lang::Diagnostic;
use zw_provider::Provider;

use crate::app::{App, Exit};
use crate::ui;

/// Show what the providers of the configuration offer
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:\n  zw providers schema -json")]
pub(crate) enum Providers {
    Schema(SchemaArgs),
}

/// Show the schemas of all providers that the configuration uses
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw providers schema -json | jq '.provider_schemas[].resource_schemas.aws_vpc'\n  zw \
                  providers schema -json -all"
)]
pub(crate) struct SchemaArgs {
    /// Write them as JSON, in Terraform's format; there is no other, but "zw explain TYPE" is for people
    #[arg(long, required = true)]
    json: bool,
    /// Of all providers that are built in, whether they are used or not
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(app: &App, args: &Providers) -> Exit {
    let Providers::Schema(args) = args;
    let registry = app.providers();
    if args.all {
        let all = registry.iter().map(|(source, provider)| (source.to_owned(), provider));
        ui::json::provider_schemas(&app.ui, &all.collect());
        return Ok(0);
    }
    let project = app.load()?;
    let mut found: BTreeMap<String, &Arc<dyn Provider>> = BTreeMap::new();
    for (name, source) in used(project.config()) {
        let provider =
            provider(&registry, &name, &source).map_err(|problem| app.fail_with(problem))?;
        found.insert(source, provider);
    }
    ui::json::provider_schemas(&app.ui, &found);
    Ok(0)
}

/// The providers that a configuration uses: local names, and full source addresses.
pub(crate) fn used(config: &Config) -> BTreeSet<(String, String)> {
    let mut used = BTreeSet::new();
    for at in 0..config.tree.len() {
        let module = config.module_of(NodeId(u32::try_from(at).unwrap_or(u32::MAX)));
        for resource in &module.resources {
            let name = &resource.provider.key.name;
            let required = module.settings.required_providers.get(name);
            let source = required.and_then(|required| required.source.as_deref());
            used.insert((name.to_string(), zw_engine::full_source(name, source)));
        }
    }
    used
}

/// The provider of a source address, or what to say to whoever wants it.
pub(crate) fn provider<'r>(
    registry: &'r Registry,
    name: &str,
    source: &str,
) -> Result<&'r Arc<dyn Provider>, Diagnostic> {
    registry.get(source).ok_or_else(|| {
        let known: Vec<&str> = registry.iter().map(|(_, provider)| provider.name()).collect();
        Diagnostic::error(
            format!("There is no provider {name:?}"),
            format!(
                "Providers are built into zw, and {source} is not among them: it has {}.",
                known.join(", ")
            ),
        )
    })
}
