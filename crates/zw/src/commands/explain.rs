//! `zw explain`

use zw_engine::Registry;
use zw_lang::{Diagnostic, ResourceMode};
use zw_provider::schema::{Block, Schema};

use crate::app::{App, Exit};
use crate::ui;
use crate::ui::documentation::Subject;

/// Show what a type is made of: its arguments, its attributes, and what `zw import` takes
///
/// It takes a resource type, a data source as data.TYPE, an ephemeral resource as ephemeral.TYPE, the arguments of a
/// provider as provider.NAME, or a function. A dot and a name lead on to an attribute or a nested block.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  zw explain aws_eks_cluster\n  zw explain aws_eks_cluster.vpc_config\n  zw explain \
                  data.aws_ami\n  zw explain cidrsubnet"
)]
pub(crate) struct Explain {
    /// What to explain; without it, the types are listed
    #[arg(value_name = "TYPE[.ATTRIBUTE]", add = super::complete::types())]
    name: Option<String>,
}

pub(crate) fn run(app: &App, args: &Explain) -> Exit {
    let registry = app.providers();
    let Some(name) = &args.name else {
        ui::documentation::list(&app.ui, &registry);
        return Ok(0);
    };
    if let Some(function) = zw_lang::functions::all().iter().find(|known| known.name == *name) {
        ui::documentation::function(&app.ui, function);
        return Ok(0);
    }
    let (subject, path) = find(&registry, name).map_err(|problem| app.fail_with(problem))?;
    match ui::documentation::part(&subject.schema.block, &path) {
        Ok(part) => ui::documentation::show(&app.ui, &subject, &path, part),
        Err((wrong, block)) => return Err(app.fail_with(no_such_part(name, wrong, block))),
    }
    Ok(0)
}

/// The type that a name begins with, and the names after it.
fn find<'r, 'n: 'r>(
    registry: &'r Registry,
    name: &'n str,
) -> Result<(Subject<'r>, Vec<&'n str>), Diagnostic> {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let (prefix, type_name) = match first {
        "resource" | "data" | "ephemeral" | "provider" => (first, parts.next().unwrap_or_default()),
        _ => ("resource", first),
    };
    let path: Vec<&str> = parts.collect();
    let found = registry.iter().find_map(|(source, provider)| {
        let schema: &Schema = match mode_of(prefix) {
            Some(mode) => provider.types(mode).get(type_name)?,
            None if provider.name() == type_name => provider.config_schema(),
            None => return None,
        };
        Some(Subject { prefix, name: type_name.to_owned(), source, schema })
    });
    found.map(|subject| (subject, path)).ok_or_else(|| no_such_type(registry, prefix, type_name))
}

fn mode_of(prefix: &str) -> Option<ResourceMode> {
    match prefix {
        "provider" => None,
        "data" => Some(ResourceMode::Data),
        "ephemeral" => Some(ResourceMode::Ephemeral),
        _ => Some(ResourceMode::Managed),
    }
}

fn no_such_type(registry: &Registry, prefix: &str, type_name: &str) -> Diagnostic {
    let names = |mode| registry.iter().flat_map(move |(_, provider)| provider.types(mode).keys());
    // A type may well exist, but in another mode.
    for (other, mode) in [
        ("data", ResourceMode::Data),
        ("ephemeral", ResourceMode::Ephemeral),
        ("resource", ResourceMode::Managed),
    ] {
        if other != prefix && names(mode).any(|known| *known == type_name) {
            return Diagnostic::error(
                format!("There is no {} {type_name:?}", kind(prefix)),
                format!(
                    "There is a {} of that name: \"zw explain {other}.{type_name}\".",
                    kind(other)
                ),
            );
        }
    }
    let hint = match mode_of(prefix) {
        Some(mode) => {
            let functions = zw_lang::functions::all().iter().map(|function| function.name);
            zw_lang::suggest(type_name, names(mode).copied().chain(functions))
        }
        None => zw_lang::suggest(type_name, registry.iter().map(|(_, provider)| provider.name())),
    };
    Diagnostic::error(
        format!("There is no {} {type_name:?}", kind(prefix)),
        format!("No provider that is built in has it.{hint} \"zw explain\" lists all types."),
    )
}

/// What a prefix says that something is.
fn kind(prefix: &str) -> &'static str {
    match prefix {
        "provider" => "provider",
        "data" => "data source",
        "ephemeral" => "ephemeral resource",
        _ => "resource type",
    }
}

fn no_such_part(name: &str, wrong: &str, block: &Block) -> Diagnostic {
    let attributes = block.attributes.iter().map(|attribute| attribute.name);
    let known: Vec<&str> =
        attributes.chain(block.blocks.iter().map(|nested| nested.name)).collect();
    let hint = zw_lang::suggest(wrong, known.iter().copied());
    let detail = if known.is_empty() {
        "It is a part of an attribute, and has no documentation of its own.".to_owned()
    } else {
        format!("There is no attribute or block {wrong:?}.{hint} There are: {}.", known.join(", "))
    };
    Diagnostic::error(format!("There is no {name}"), detail)
}
