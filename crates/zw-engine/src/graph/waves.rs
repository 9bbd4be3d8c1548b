//! Waves: what some instances of modules have to do before others begin.

use std::collections::BTreeMap;

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use super::{Graph, Node};
use crate::planner::Planner;

/// Has every operation of a wave wait for all operations of the waves before it. If one of them fails, later waves do
/// not begin.
///
/// What an earlier wave depends on belongs to it, whatever wave it is in itself: so there are no cycles.
pub(super) fn add(planner: &Planner, graph: &mut Graph) {
    let Some(waves) = effective(planner, graph) else { return };
    let mut members: BTreeMap<u32, Vec<NodeIndex>> = BTreeMap::new();
    for (node, wave) in waves {
        members.entry(wave).or_default().push(node);
    }
    let mut previous: Option<NodeIndex> = None;
    for nodes in members.values() {
        let barrier = graph.add_node(Node::Join);
        for node in nodes {
            if let Some(previous) = previous {
                graph.add_edge(previous, *node, ());
            }
            graph.add_edge(*node, barrier, ());
        }
        previous = Some(barrier);
    }
}

/// The wave of each operation that is in one. `None` if there is at most one.
fn effective(planner: &Planner, graph: &Graph) -> Option<Vec<(NodeIndex, u32)>> {
    let wave_of = |node: NodeIndex| match graph[node] {
        Node::Operation(change, _) => {
            let (module, ..) = planner.details[change].instance?;
            planner.walk.module(module).wave
        }
        Node::Value(_) | Node::Join => None,
    };
    let own: Vec<Option<u32>> = graph.node_indices().map(wave_of).collect();
    let mut different = own.iter().flatten();
    let first = different.next()?;
    if different.all(|wave| wave == first) {
        return None;
    }
    // A cycle, if there is one, is found elsewhere.
    let order = petgraph::algo::toposort(graph, None).ok()?;
    // The earliest wave of what waits for a node.
    let mut needed: Vec<u32> = vec![u32::MAX; graph.node_count()];
    for node in order.into_iter().rev() {
        let users = graph.neighbors_directed(node, Direction::Outgoing);
        let earliest = users.map(|user| needed[user.index()]).min().unwrap_or(u32::MAX);
        needed[node.index()] = own[node.index()].unwrap_or(u32::MAX).min(earliest);
    }
    let of_own = own.iter().zip(&needed).zip(graph.node_indices());
    Some(of_own.filter_map(|((own, needed), node)| own.map(|_| (node, *needed))).collect())
}
