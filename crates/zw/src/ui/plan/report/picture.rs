//! The graph of a plan, seen from several distances.

use indexmap::IndexMap;
use zw_engine::{Change, Counts, Run};

use super::action_word;
use crate::ui::graph::{NODES_MAX, Node, Picture};

/// Up to how many nodes the nearest distance is shown first.
const NEAR_MAX: usize = 60;

/// Distances: an id, a name, and which changes are one node.
const LEVELS: [(&str, &str, Level); 5] = [
    ("outer", "Outermost modules", Level::Outer),
    ("modules", "Modules", Level::Module),
    ("regions", "Modules by region", Level::Region),
    ("types", "Types in modules", Level::Type),
    ("resources", "Resources", Level::Resource),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Outer,
    Module,
    Region,
    Type,
    Resource,
}

/// Pictures that can be read, from far to near, each with an id and a name.
pub(super) fn of(run: &Run) -> Vec<(&'static str, &'static str, Picture)> {
    let mut pictures = Vec::new();
    let mut last = 0;
    for (id, name, level) in LEVELS {
        let nodes = nodes(run, level);
        // One that shows no more than the one before is left out.
        if nodes.len() > last && nodes.len() <= NODES_MAX {
            last = nodes.len();
            pictures.push((id, name, picture(run, level, &nodes)));
        }
    }
    pictures
}

/// Which of the pictures is shown first: the nearest that can be seen at once.
pub(super) fn default(pictures: &[(&str, &str, Picture)]) -> usize {
    pictures.iter().rposition(|(.., picture)| picture.nodes.len() <= NEAR_MAX).unwrap_or_default()
}

/// The module of a change, without keys.
pub(super) fn module_name(change: &Change) -> String {
    let path = change.address.module().module();
    if path.is_root() { "root module".to_owned() } else { path.to_string() }
}

/// The outermost of the modules that a change is in.
pub(super) fn outer_name(change: &Change) -> String {
    let outer = change.address.module().steps().first();
    outer.map_or_else(|| "root module".to_owned(), |(name, _)| format!("module.{name}"))
}

fn name(run: &Run, level: Level, change: &Change) -> String {
    let region = || run.region(change).unwrap_or_default();
    match level {
        Level::Outer => outer_name(change),
        Level::Module => module_name(change),
        Level::Region => match region() {
            region if region.is_empty() => module_name(change),
            region => format!("{} in {region}", module_name(change)),
        },
        Level::Type => {
            let resource = change.address.resource();
            let of_module = format!("{}{}", resource.mode.prefix(), resource.type_name);
            match change.address.module().module() {
                path if path.is_root() => of_module,
                path => format!("{path}.{of_module}"),
            }
        }
        Level::Resource => change.address.config().to_string(),
    }
}

/// Changes by the name of their node.
fn nodes(run: &Run, level: Level) -> IndexMap<String, Vec<&Change>> {
    let mut nodes: IndexMap<String, Vec<&Change>> = IndexMap::new();
    for change in &run.plan.changes {
        nodes.entry(name(run, level, change)).or_default().push(change);
    }
    nodes
}

fn picture(run: &Run, level: Level, nodes: &IndexMap<String, Vec<&Change>>) -> Picture {
    let class_of =
        |change: &Change| nodes.get_index_of(&name(run, level, change)).unwrap_or(usize::MAX);
    let known = |class: &usize| *class < nodes.len();
    let edges = run.links(&class_of);
    Picture {
        edges: edges.into_iter().filter(|(a, b)| known(a) && known(b)).collect(),
        nodes: nodes.iter().map(|(title, changes)| node(run, level, title, changes)).collect(),
    }
}

fn node(run: &Run, level: Level, title: &str, changes: &[&Change]) -> Node {
    let count = |word: &str| changes.iter().filter(|change| action_word(change) == word).count();
    let marks = [("delete", "-"), ("replace", "-/+"), ("update", "~"), ("create", "+")];
    let mut notes: Vec<(&'static str, String)> = marks
        .into_iter()
        .filter_map(|(word, sign)| match count(word) {
            0 => None,
            count => Some((word, format!("{sign} {count}"))),
        })
        .collect();
    let class = notes.first().map_or("", |(class, _)| class);
    let rest = count("keep") + count("read") + count("forget");
    if rest > 0 && Counts::of(changes.iter().copied()) == Counts::default() {
        notes.push(("", format!("{rest} unchanged")));
    }
    let first = changes[0];
    let module = ("module", module_name(first));
    let data = match level {
        Level::Outer => vec![("outer", outer_name(first))],
        Level::Module => vec![module],
        Level::Region => {
            let region = run.region(first).map(|region| ("region", region.to_string()));
            region.into_iter().chain([module]).collect()
        }
        Level::Type => vec![module, ("type", first.address.resource().type_name.to_string())],
        Level::Resource => vec![("resource", first.address.config().to_string())],
    };
    Node { title: title.to_owned(), notes, class, data }
}
