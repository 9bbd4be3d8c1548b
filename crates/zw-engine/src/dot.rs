//! The dependencies that a configuration declares, for Graphviz.

use std::fmt::Write;

use zw_config::model::Config;
use zw_lang::Diagnostics;

use crate::statics::{Object, StaticId, Statics, name};

/// The graph of resources, data sources, module inputs and outputs, and providers, in the DOT language. An arrow leads from
/// what refers to what it refers to, as in Terraform.
///
/// # Errors
/// If there are cycles.
pub fn dot(config: &Config) -> Result<String, Diagnostics> {
    let statics = Statics::new(config)?;
    let mut text = String::from(
        "digraph {\n\trankdir = \"RL\"\n\tnode [shape = rect, fontname = \"sans-serif\"]\n",
    );
    let is_drawn =
        |id: StaticId| !matches!(id.object, Object::Expansion | Object::Gate | Object::Close);
    for id in statics.order.iter().filter(|id| is_drawn(**id)) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "\t{:?}", name(config, *id));
    }
    let mut edges: Vec<(String, String)> = statics
        .edges()
        .filter(|(from, to)| is_drawn(*from) && is_drawn(*to))
        .map(|(from, to)| (name(config, from), name(config, to)))
        .collect();
    edges.sort();
    edges.dedup();
    for (from, to) in edges {
        let _ = writeln!(text, "\t{from:?} -> {to:?}");
    }
    text.push_str("}\n");
    Ok(text)
}
