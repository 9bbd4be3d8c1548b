//! How long an apply is going to take, from how long operations of each type took before, and what waits for what.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use zw_lang::addr::InstanceAddr;

use crate::api::Run;
use crate::graph::{self, Graph, Node};
use crate::plan::Action;

/// How many nodes behind an operation are looked at for those that wait for it.
const LOOKED_AT_MAX: usize = 256;

/// Tells an operation from all others: the instance, the key of a deposed object, and what is done.
pub type OperationKey = (InstanceAddr, Option<Arc<str>>, Action);

/// What is expected of the operations of an apply.
#[derive(Debug, Default)]
pub struct Forecast {
    /// The operations.
    pub operations: HashMap<OperationKey, Expected>,
    /// How many of them are of a kind that nobody knows how long it takes.
    pub unknown: usize,
}

/// What is expected of an operation.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// How long it takes; `None` if that is not known.
    pub own: Option<Duration>,
    /// How long the longest chain of operations after it takes, as far as that is known.
    pub after: Duration,
    /// How many operations wait for it, with nothing but values in between. Of very many, it is a part.
    pub awaited_by: usize,
}

impl Run {
    /// What is expected of an apply, where `usual` says how long it takes to do something with an object of a type.
    pub fn forecast(&self, usual: &dyn Fn(&str, Action) -> Option<Duration>) -> Forecast {
        let planner = &self.planner;
        let graph = graph::build(planner);
        // A graph of operations has no cycles; with one, nothing is known.
        let Ok(order) = petgraph::algo::toposort(&graph, None) else { return Forecast::default() };
        let mut after = vec![Duration::ZERO; graph.node_count()];
        let mut forecast = Forecast::default();
        for node in order.into_iter().rev() {
            let users = graph.edges(node).map(|edge| edge.target());
            let longest = users.map(|user| after[user.index()]).max().unwrap_or_default();
            let Node::Operation(at, step) = graph[node] else {
                after[node.index()] = longest;
                continue;
            };
            let change = &planner.changes[at];
            let action = step.action(change);
            let resource = change.address.resource();
            let is_local =
                self.schema(&change.provider, resource).is_some_and(|schema| schema.state_only);
            let own =
                if is_local { Some(Duration::ZERO) } else { usual(&resource.type_name, action) };
            forecast.unknown += usize::from(own.is_none());
            after[node.index()] = longest + own.unwrap_or_default();
            let key = (change.address.clone(), change.deposed.clone(), action);
            let awaited_by = awaited_by(&graph, node);
            forecast.operations.insert(key, Expected { own, after: longest, awaited_by });
        }
        forecast
    }
}

/// How many operations wait for one.
fn awaited_by(graph: &Graph, node: NodeIndex) -> usize {
    let mut seen = std::collections::HashSet::from([node]);
    let mut queue = vec![node];
    let mut count = 0;
    while let Some(node) = queue.pop() {
        for user in graph.neighbors(node) {
            if seen.len() > LOOKED_AT_MAX {
                return count;
            }
            if seen.insert(user) {
                match graph[user] {
                    Node::Operation(..) => count += 1,
                    Node::Value(_) | Node::Join => queue.push(user),
                }
            }
        }
    }
    count
}
