//! The dependencies that a configuration declares, for Graphviz and for pictures.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::rc::Rc;

use zw_config::model::{Config, NodeId};
use zw_lang::Diagnostics;
use zw_lang::addr::{ConfigResourceAddr, ModulePath};

use crate::statics::{Object, StaticId, Statics, name};
use crate::walk::resource_addr;

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

/// The resources that a configuration declares, and which uses which.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The resources, data sources included; each after those that it uses.
    pub resources: Vec<ConfigResourceAddr>,
    /// Pairs of positions of which the first uses the second, directly or through values.
    pub edges: BTreeSet<(usize, usize)>,
}

/// What a configuration declares, without values and instances.
///
/// # Errors
/// If there are cycles.
pub fn declared(config: &Config) -> Result<Declared, Diagnostics> {
    let statics = Statics::new(config)?;
    let mut used: HashMap<StaticId, Vec<StaticId>> = HashMap::new();
    for (from, to) in statics.edges() {
        used.entry(from).or_default().push(to);
    }
    let mut found = Declared::default();
    // The resources that are behind each thing without another resource in between.
    let mut behind: HashMap<StaticId, Rc<[usize]>> = HashMap::new();
    for id in &statics.order {
        let all: BTreeSet<usize> = used
            .get(id)
            .into_iter()
            .flatten()
            .filter_map(|target| behind.get(target))
            .flat_map(|positions| positions.iter().copied())
            .collect();
        if let Object::Resource(at) = id.object {
            let position = found.resources.len();
            let module = module_path(config, id.node);
            let resource = resource_addr(&config.module_of(id.node).resources[at]);
            found.resources.push(ConfigResourceAddr { module, resource });
            found.edges.extend(all.into_iter().map(|used| (position, used)));
            behind.insert(*id, Rc::new([position]));
        } else {
            behind.insert(*id, all.into_iter().collect());
        }
    }
    Ok(found)
}

/// The names of the calls that lead to a node.
fn module_path(config: &Config, mut node: NodeId) -> ModulePath {
    let mut names = Vec::new();
    while let Some((parent, call)) = config.tree[node.0 as usize].parent {
        names.push(config.module_of(parent).calls[call].name.clone());
        node = parent;
    }
    names.reverse();
    ModulePath::new(names)
}
