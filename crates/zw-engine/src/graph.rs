//! The execution graph: the operations of a plan, and what each waits for.
//!
//! Edges are per instance. Values that are computed from results on the way (locals, module outputs) are
//! nodes of their own, so that a thousand resources that use a value computed from a thousand
//! others make two thousand edges and not a million.

mod waves;

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::plan::{Action, Change};
use crate::planner::Planner;
use crate::statics::Object;
use crate::walk::{Dep, ModId, Slot, narrow};

/// A node of the execution graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// An operation on the object of a change, by position in the plan.
    Operation(usize, Step),
    /// A value that is computed again, because something it is computed from was not known.
    Value(Dep),
    /// Nothing but a place where edges meet.
    Join,
}

/// One of the at most two operations of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Create,
    Update,
    Read,
    Delete,
}

impl Step {
    /// What is being done, for who is told of it.
    pub(crate) const fn action(self, planned: &Change) -> Action {
        match self {
            Self::Create => Action::Create,
            Self::Update => Action::Update,
            Self::Read => planned.action,
            Self::Delete => Action::Delete,
        }
    }
}

/// Edges lead from what comes first to what waits for it.
pub(crate) type Graph = DiGraph<Node, ()>;

/// Builds the graph of a plan.
pub(crate) fn build(planner: &Planner) -> Graph {
    let mut builder = Builder {
        planner,
        graph: Graph::new(),
        of_dep: HashMap::new(),
        deletions: HashMap::new(),
        soft: Vec::new(),
    };
    builder.deletions();
    builder.values();
    waves::add(planner, &mut builder.graph);
    builder.orphans_last();
    builder.old_objects_last();
    builder.harden()
}

struct Builder<'a> {
    planner: &'a Planner,
    graph: Graph,
    /// The node after which something has its value. What waits for nothing has none.
    of_dep: HashMap<Dep, NodeIndex>,
    /// The node that deletes the object of a change, by position of the change.
    deletions: HashMap<usize, NodeIndex>,
    /// Edges that are left out where they would close a cycle.
    soft: Vec<(NodeIndex, NodeIndex)>,
}

impl Builder<'_> {
    fn edge(&mut self, before: NodeIndex, after: NodeIndex) {
        self.graph.add_edge(before, after, ());
    }

    /// Nodes for deletions, in an order that follows from what the state says of dependencies: whoever
    /// depends on something goes before it.
    fn deletions(&mut self) {
        let planner = self.planner;
        // By address of the instance, and of the resource as a whole.
        let mut by_address: HashMap<String, NodeIndex> = HashMap::new();
        let mut of_resource: HashMap<String, Vec<NodeIndex>> = HashMap::new();
        for (at, change) in planner.changes.iter().enumerate() {
            if !matches!(
                change.action,
                Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete
            ) {
                continue;
            }
            let node = self.graph.add_node(Node::Operation(at, Step::Delete));
            self.deletions.insert(at, node);
            // A deposed object goes by the address of its instance as well; two nodes of one address
            // wait for the same others.
            by_address.insert(change.address.to_string(), node);
            of_resource.entry(change.address.without_key().to_string()).or_default().push(node);
        }
        let mut joins: HashMap<String, NodeIndex> = HashMap::new();
        for (at, change) in planner.changes.iter().enumerate() {
            let (Some(node), Some(prior)) = (self.deletions.get(&at), planner.details[at].prior)
            else {
                continue;
            };
            let node = *node;
            let own = change.address.without_key().to_string();
            for dependency in &planner.prior.objects[prior].row.dependencies {
                if let Some(target) = by_address.get(&**dependency) {
                    if *target != node {
                        self.graph.add_edge(node, *target, ());
                    }
                    continue;
                }
                // A dependency on all instances of a resource goes through a node of its own.
                if *own == **dependency {
                    continue;
                }
                let Some(all) = of_resource.get(&**dependency) else { continue };
                let join = if let Some(join) = joins.get(&**dependency) {
                    *join
                } else {
                    let join = self.graph.add_node(Node::Join);
                    for target in all {
                        self.graph.add_edge(join, *target, ());
                    }
                    joins.insert(dependency.to_string(), join);
                    join
                };
                self.graph.add_edge(node, join, ());
            }
        }
    }

    /// Nodes for everything else, in the order of the static graph, so that what something waits for
    /// is there before it.
    fn values(&mut self) {
        let planner = self.planner;
        for id in &planner.walk.statics.order {
            for module in &planner.walk.by_node[id.node.0 as usize] {
                let module = *module;
                match id.object {
                    Object::Variable(at) => {
                        let slot = &planner.walk.module(module).variables[at];
                        self.value(Dep::Variable(module, narrow(at)), slot);
                    }
                    Object::Local(at) => {
                        let slot = &planner.walk.module(module).locals[at];
                        self.value(Dep::Local(module, narrow(at)), slot);
                    }
                    Object::Output(at) => {
                        let slot = &planner.walk.module(module).outputs[at];
                        self.value(Dep::Output(module, narrow(at)), slot);
                    }
                    Object::Resource(at) => self.resource(module, at),
                    Object::Gate => self.gate(module),
                    Object::Close => self.close(module),
                    Object::Expansion | Object::Provider(_) => {}
                }
            }
        }
        for (at, one) in planner.returned.iter().enumerate() {
            let Some(change) = one.change else { continue };
            let dep = Dep::Returned(narrow(at));
            let waits = self.nodes_of(&planner.details[change].deps);
            match step_of(planner.changes[change].action) {
                Some(step) => self.operation(dep, change, step, &waits),
                None => self.join(dep, Node::Join, &waits),
            }
        }
    }

    fn nodes_of(&self, deps: &[Dep]) -> Vec<NodeIndex> {
        let mut nodes: Vec<NodeIndex> =
            deps.iter().filter_map(|dep| self.of_dep.get(dep).copied()).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// A node that waits for others, unless there are none.
    fn join(&mut self, dep: Dep, node: Node, waits: &[NodeIndex]) {
        if waits.is_empty() {
            return;
        }
        let index = self.graph.add_node(node);
        for wait in waits {
            self.edge(*wait, index);
        }
        self.of_dep.insert(dep, index);
    }

    fn value(&mut self, dep: Dep, slot: &Slot) {
        let Some(computed) = slot.ready() else { return };
        let waits = self.nodes_of(&computed.deps);
        let node = if computed.value.is_wholly_known() { Node::Join } else { Node::Value(dep) };
        self.join(dep, node, &waits);
    }

    fn resource(&mut self, module: ModId, at: usize) {
        let planner = self.planner;
        let slot = &planner.walk.module(module).resources[at];
        let resource = narrow(at);
        for (position, instance) in slot.instances.iter().enumerate() {
            let dep = Dep::Instance(module, resource, narrow(position));
            let change = planner.change_of.get(&(module, resource, narrow(position))).copied();
            let deps: &[Dep] = match (change, instance.ready()) {
                (Some(change), _) => &planner.details[change].deps,
                (None, Some(computed)) => &computed.deps,
                (None, None) => continue,
            };
            let waits = self.nodes_of(deps);
            match change.and_then(|change| Some((change, step_of(planner.changes[change].action)?)))
            {
                Some((change, step)) => self.operation(dep, change, step, &waits),
                None => self.join(dep, Node::Join, &waits),
            }
        }
        let mut deps: Vec<Dep> = (0..slot.instances.len())
            .map(|position| Dep::Instance(module, resource, narrow(position)))
            .collect();
        deps.extend(slot.deps.iter().copied());
        let waits = self.nodes_of(&deps);
        self.join(Dep::Resource(module, resource), Node::Join, &waits);
    }

    fn operation(&mut self, dep: Dep, change: usize, step: Step, waits: &[NodeIndex]) {
        let node = self.graph.add_node(Node::Operation(change, step));
        for wait in waits {
            self.edge(*wait, node);
        }
        if let Some(deletion) = self.deletions.get(&change).copied() {
            match self.planner.changes[change].action {
                Action::CreateThenDelete => self.edge(node, deletion),
                _ => self.edge(deletion, node),
            }
        }
        self.of_dep.insert(dep, node);
    }

    fn gate(&mut self, module: ModId) {
        let waits = self.nodes_of(&self.planner.gate_deps(module));
        self.join(Dep::Gate(module), Node::Join, &waits);
    }

    fn close(&mut self, module: ModId) {
        let deps = direct(self.planner, Dep::Close(module));
        let waits = self.nodes_of(&deps);
        self.join(Dep::Close(module), Node::Join, &waits);
    }

    /// What the configuration does not ask for any more is deleted after whatever used it has been
    /// changed not to.
    fn orphans_last(&mut self) {
        let planner = self.planner;
        let mut orphans: HashMap<String, NodeIndex> = HashMap::new();
        for (at, change) in planner.changes.iter().enumerate() {
            if change.action == Action::Delete && change.deposed.is_none() {
                orphans.insert(change.address.to_string(), self.deletions[&at]);
            }
        }
        if orphans.is_empty() {
            return;
        }
        for (at, change) in planner.changes.iter().enumerate() {
            let detail = &planner.details[at];
            let (Some(_), Some(prior), Some(dep)) =
                (step_of(change.action), detail.prior, detail.dep())
            else {
                continue;
            };
            let Some(node) = self.of_dep.get(&dep).copied() else { continue };
            for dependency in &planner.prior.objects[prior].row.dependencies {
                if let Some(orphan) = orphans.get(&**dependency) {
                    self.soft.push((node, *orphan));
                }
            }
        }
    }

    /// An object that was replaced by creating the new one first is deleted after everything that uses
    /// the new one has been changed to. "Everything that uses it" is found through values on the
    /// way by a mirror of them: a node that comes after all that comes after the value.
    fn old_objects_last(&mut self) {
        let planner = self.planner;
        let mut old = Vec::new();
        for (at, change) in planner.changes.iter().enumerate() {
            if change.action == Action::CreateThenDelete
                && let Some(dep) = planner.details[at].dep()
                && let Some(node) = self.of_dep.get(&dep)
            {
                old.push((*node, self.deletions[&at]));
            }
        }
        let mut mirrors: HashMap<NodeIndex, NodeIndex> = HashMap::new();
        let mut queue = Vec::new();
        for (created, deletion) in old {
            for user in self.users(created) {
                let after = self.after(user, &mut mirrors, &mut queue);
                if after != deletion {
                    self.soft.push((after, deletion));
                }
            }
        }
        while let Some((value, users)) = queue.pop() {
            let mirror = mirrors[&value];
            for user in users {
                let after = self.after(user, &mut mirrors, &mut queue);
                self.edge(after, mirror);
            }
        }
    }

    /// What waits directly for a node and is no deletion.
    fn users(&self, node: NodeIndex) -> Vec<NodeIndex> {
        self.graph
            .edges(node)
            .map(|edge| edge.target())
            .filter(|user| !matches!(self.graph[*user], Node::Operation(_, Step::Delete)))
            .collect()
    }

    /// The node that comes after everything that uses something: the operation itself, or the mirror of a
    /// value.
    fn after(
        &mut self,
        user: NodeIndex,
        mirrors: &mut HashMap<NodeIndex, NodeIndex>,
        queue: &mut Vec<(NodeIndex, Vec<NodeIndex>)>,
    ) -> NodeIndex {
        if matches!(self.graph[user], Node::Operation(..)) {
            return user;
        }
        if let Some(mirror) = mirrors.get(&user) {
            return *mirror;
        }
        // Before the mirror is one of them.
        let users = self.users(user);
        // It does not wait for the value itself, which may wait for much that has nothing to do with the object.
        let mirror = self.graph.add_node(Node::Join);
        mirrors.insert(user, mirror);
        queue.push((user, users));
        mirror
    }

    /// Adds the soft edges, but for those within a cycle that they close.
    fn harden(mut self) -> Graph {
        if self.soft.is_empty() {
            return self.graph;
        }
        let soft = std::mem::take(&mut self.soft);
        let mut tried = self.graph.clone();
        for (before, after) in &soft {
            tried.add_edge(*before, *after, ());
        }
        let mut component = vec![0u32; tried.node_count()];
        for (number, nodes) in (0u32..).zip(petgraph::algo::kosaraju_scc(&tried)) {
            for node in nodes {
                component[node.index()] = number;
            }
        }
        for (before, after) in soft {
            if component[before.index()] != component[after.index()] {
                self.edge(before, after);
            }
        }
        self.graph
    }
}

/// The operation of an action that gives an instance its value.
const fn step_of(action: Action) -> Option<Step> {
    match action {
        Action::Create
        | Action::DeleteThenCreate
        | Action::CreateThenDelete
        | Action::ForgetThenCreate => Some(Step::Create),
        Action::Update => Some(Step::Update),
        Action::Read | Action::Open => Some(Step::Read),
        Action::NoOp | Action::Delete | Action::Forget => None,
    }
}

/// How many instances of one resource a list of dependencies names one by one; more are named as the resource.
const DEPENDENCIES_NAMED_MAX: usize = 16;

/// Finds the instances that others depend on, as they are written into the state.
#[derive(Default)]
pub(crate) struct Dependencies {
    known: HashMap<Dep, Arc<[Arc<str>]>>,
}

impl Dependencies {
    /// Addresses of the managed instances that `deps` lead to without passing another one, sorted.
    pub(crate) fn of(&mut self, planner: &Planner, deps: &[Dep]) -> Vec<Arc<str>> {
        let mut found = Vec::new();
        for dep in deps {
            found.extend(self.one(planner, *dep).iter().cloned());
        }
        collapse(found)
    }

    fn one(&mut self, planner: &Planner, dep: Dep) -> Arc<[Arc<str>]> {
        if let Some(known) = self.known.get(&dep) {
            return known.clone();
        }
        let found =
            managed(planner, dep).unwrap_or_else(|| self.of(planner, &direct(planner, dep)).into());
        self.known.insert(dep, found.clone());
        found
    }
}

/// The addresses that a dependency on a managed resource is written down as: none if it has no
/// instances. `None` if it is something else.
fn managed(planner: &Planner, dep: Dep) -> Option<Arc<[Arc<str>]>> {
    match dep {
        Dep::Instance(module, resource, at) if planner.is_managed(module, resource as usize) => {
            let address = planner.walk.address(module, resource as usize, at as usize);
            Some([address.to_string().into()].into())
        }
        Dep::Resource(module, resource) if planner.is_managed(module, resource as usize) => {
            let slot = &planner.walk.module(module).resources[resource as usize];
            if slot.instances.is_empty() {
                return Some([].into());
            }
            let address = planner.walk.address(module, resource as usize, 0).without_key();
            Some([address.to_string().into()].into())
        }
        Dep::Returned(at) => Some([planner.returned[at as usize].row.key.address.clone()].into()),
        _ => None,
    }
}

/// Sorts addresses, and names a resource as a whole where many of its instances are named.
fn collapse(mut found: Vec<Arc<str>>) -> Vec<Arc<str>> {
    found.sort();
    found.dedup();
    if found.len() <= DEPENDENCIES_NAMED_MAX {
        return found;
    }
    let whole = |address: &str| match address.strip_suffix(']').and_then(|rest| rest.rfind('[')) {
        Some(at) => address[..at].to_owned(),
        None => address.to_owned(),
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for address in &found {
        *counts.entry(whole(address)).or_default() += 1;
    }
    let mut collapsed: Vec<Arc<str>> = found
        .into_iter()
        .map(|address| {
            let whole = whole(&address);
            if counts[&whole] > DEPENDENCIES_NAMED_MAX { whole.into() } else { address }
        })
        .collect();
    collapsed.sort();
    collapsed.dedup();
    collapsed
}

/// What something was computed from, as far as that has been noted.
pub(crate) fn direct(planner: &Planner, dep: Dep) -> Vec<Dep> {
    let walk = &planner.walk;
    let of = |slot: &Slot| slot.ready().map(|computed| computed.deps.to_vec()).unwrap_or_default();
    match dep {
        Dep::Instance(module, resource, at) => {
            of(&walk.module(module).resources[resource as usize].instances[at as usize])
        }
        Dep::Resource(module, resource) => {
            let slot = &walk.module(module).resources[resource as usize];
            let instances =
                (0..slot.instances.len()).map(|at| Dep::Instance(module, resource, narrow(at)));
            instances.chain(slot.deps.iter().copied()).collect()
        }
        Dep::Variable(module, at) => of(&walk.module(module).variables[at as usize]),
        Dep::Local(module, at) => of(&walk.module(module).locals[at as usize]),
        Dep::Output(module, at) => of(&walk.module(module).outputs[at as usize]),
        Dep::Gate(module) => planner.gate_deps(module),
        Dep::Returned(at) => {
            planner.returned[at as usize].deps.iter().map(|dep| Dep::Returned(*dep)).collect()
        }
        Dep::Close(module) => {
            let here = walk.module(module);
            let resources = (0..here.resources.len()).map(|at| Dep::Resource(module, narrow(at)));
            let children = here.calls.iter().flat_map(|call| &call.instances).copied();
            resources.chain(children.map(Dep::Close)).collect()
        }
    }
}
