//! The order of the static graph, or why there is none.

use super::{Object, StaticId};
use std::collections::HashMap;

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use zw_config::model::{Config, ProviderKey};
use zw_lang::{Diagnostic, Diagnostics, Span};

/// Kahn's algorithm. Things become ready in the order of the source, so the result is stable.
///
/// # Errors
/// The things that are on cycles or depend on such.
pub(super) fn sorted(graph: &DiGraph<StaticId, Span>) -> Result<Vec<NodeIndex>, Vec<NodeIndex>> {
    let mut waiting: Vec<usize> =
        graph.node_indices().map(|index| graph.edges(index).count()).collect();
    let mut order: Vec<NodeIndex> =
        graph.node_indices().filter(|index| waiting[index.index()] == 0).collect();
    let mut next = 0;
    while let Some(done) = order.get(next).copied() {
        next += 1;
        for edge in graph.edges_directed(done, petgraph::Direction::Incoming) {
            let waits = &mut waiting[edge.source().index()];
            *waits -= 1;
            if *waits == 0 {
                order.push(edge.source());
            }
        }
    }
    if order.len() == graph.node_count() {
        return Ok(order);
    }
    Err(graph.node_indices().filter(|index| waiting[index.index()] > 0).collect())
}

/// One diagnostic a cycle.
pub(super) fn cycles(
    config: &Config,
    graph: &DiGraph<StaticId, Span>,
    rest: &[NodeIndex],
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for component in petgraph::algo::kosaraju_scc(graph) {
        let is_cycle = component.len() > 1
            || component.iter().any(|index| graph.find_edge(*index, *index).is_some());
        if is_cycle && rest.contains(&component[0]) {
            diagnostics.push(describe_cycle(config, graph, &component));
        }
    }
    diagnostics
}

/// Follows edges inside a strongly connected component until they close.
fn describe_cycle(
    config: &Config,
    graph: &DiGraph<StaticId, Span>,
    component: &[NodeIndex],
) -> Diagnostic {
    let start = component.iter().min().copied().unwrap_or_default();
    let inside: std::collections::HashSet<NodeIndex> = component.iter().copied().collect();
    // Breadth first from the start, within the component, back to the start: the shortest cycle
    // through it.
    let mut came_from: HashMap<NodeIndex, (NodeIndex, Span)> = HashMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    'search: while let Some(at) = queue.pop_front() {
        for edge in graph.edges(at).filter(|edge| inside.contains(&edge.target())) {
            let target = edge.target();
            if target == start {
                came_from.insert(start, (at, *edge.weight()));
                break 'search;
            }
            if let std::collections::hash_map::Entry::Vacant(vacant) = came_from.entry(target) {
                vacant.insert((at, *edge.weight()));
                queue.push_back(target);
            }
        }
    }
    let mut steps = Vec::new();
    let mut at = start;
    while let Some((from, span)) = came_from.get(&at).copied() {
        steps.push((from, at, span));
        at = from;
        if at == start {
            break;
        }
    }
    steps.reverse();
    // Expansions and gates have no name of their own; what they lead to has.
    let names: Vec<String> = steps.iter().map(|(from, _, _)| name(config, graph[*from])).collect();
    let mut shown = names.clone();
    shown.dedup();
    let mut diagnostic = Diagnostic::error(
        format!("Cycle: {}", shown.join(", ")),
        "Each of these refers to the next, and the last to the first, so none of them can come first. \
         Remove one of the references.",
    );
    for (at, (_, to, span)) in steps.iter().enumerate() {
        let text = format!("{} refers to {}", names[at], name(config, graph[*to]));
        if at == 0 {
            diagnostic = diagnostic.at(*span);
        }
        diagnostic = diagnostic.label(*span, text);
    }
    diagnostic
}

/// The address of a declared thing, for messages.
pub(crate) fn name(config: &Config, id: StaticId) -> String {
    let module = config.module_of(id.node);
    let mut path = String::new();
    let mut names = Vec::new();
    let mut node = id.node;
    while let Some((parent, call)) = config.tree[node.0 as usize].parent {
        names.push(config.module_of(parent).calls[call].name.clone());
        node = parent;
    }
    for name in names.iter().rev() {
        path.push_str("module.");
        path.push_str(name);
        path.push('.');
    }
    let own = match id.object {
        Object::Expansion | Object::Gate | Object::Close => {
            path.pop();
            return if path.is_empty() { "the root module".to_owned() } else { path };
        }
        Object::Variable(at) => format!("var.{}", module.variables[at].name),
        Object::Local(at) => format!("local.{}", module.locals[at].name),
        Object::Output(at) => format!("output.{}", module.outputs[at].name),
        Object::Provider(at) => match &module.providers[at].key {
            ProviderKey { name, alias: Some(alias) } => format!("provider.{name}.{alias}"),
            ProviderKey { name, alias: None } => format!("provider.{name}"),
        },
        Object::Resource(at) => {
            let resource = &module.resources[at];
            format!("{}{}.{}", resource.mode.prefix(), resource.type_name, resource.name)
        }
    };
    path + &own
}

pub(super) fn span_of(config: &Config, id: StaticId) -> Span {
    let module = config.module_of(id.node);
    match id.object {
        Object::Variable(at) => module.variables[at].span,
        Object::Local(at) => module.locals[at].span,
        Object::Output(at) => module.outputs[at].span,
        Object::Provider(at) => module.providers[at].span,
        Object::Resource(at) => module.resources[at].span,
        Object::Expansion | Object::Gate | Object::Close => config.tree[id.node.0 as usize]
            .parent
            .map_or(Span::new(zw_lang::SourceId(0), 0..0), |(parent, call)| {
                config.module_of(parent).calls[call].span
            }),
    }
}
