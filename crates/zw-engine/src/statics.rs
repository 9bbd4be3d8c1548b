//! The static graph: every declared thing of every module call, in an order in which each comes after
//! what it refers to.
//!
//! It knows declarations, not instances: a module called with `for_each` is one node of the tree of
//! calls. So its size is that of the configuration, whatever the size of the estate. Cycles are found
//! here, before anything is evaluated.

mod cycles;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use zw_config::model::{
    Block, Body, Config, Dependency, Import, Module, ModuleCall, NodeId, ProviderKey, ProviderRef,
    Repetition, Resource, Symbol,
};
use zw_lang::{Diagnostic, Diagnostics, Expr, Ref, Span, Step};

use cycles::{cycles, sorted, span_of};

pub(crate) use cycles::name;

/// A declared thing within a node of the tree of calls; the numbers are positions in the lists of the
/// module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Object {
    /// The instances of the module call itself: its `count` or `for_each`.
    Expansion,
    /// What the module call's `depends_on` makes everything inside wait for.
    Gate,
    /// Everything inside the module call, for those whose `depends_on` names it.
    Close,
    /// A variable: its value is an argument of the call.
    Variable(usize),
    /// A local value.
    Local(usize),
    /// An output.
    Output(usize),
    /// A provider configuration.
    Provider(usize),
    /// A resource or data source with all its instances.
    Resource(usize),
}

/// A declared thing and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StaticId {
    pub(crate) node: NodeId,
    pub(crate) object: Object,
}

impl StaticId {
    const fn is_resource(&self) -> bool {
        matches!(self.object, Object::Resource(_))
    }
}

/// All declared things in order.
pub(crate) struct Statics {
    /// Each comes after everything that it refers to.
    pub(crate) order: Vec<StaticId>,
    /// Positions in `order` by dense number.
    graph: DiGraph<StaticId, Span>,
    numbering: Numbering,
    /// Whether a resource is to be replaced by creating first, because it or something that depends
    /// on it says so, by dense number.
    create_before_destroy: Vec<bool>,
    /// What refers to something that is deprecated.
    pub(crate) warnings: Diagnostics,
}

/// Gives declared things dense numbers, in the order of the source.
struct Numbering {
    bases: Vec<usize>,
}

/// Objects of every node besides the lists of its module.
const FIXED: usize = 3;

impl Numbering {
    fn new(config: &Config) -> (Self, usize) {
        let mut bases = Vec::with_capacity(config.tree.len());
        let mut next = 0;
        for at in 0..config.tree.len() {
            bases.push(next);
            next += len_of(config.module_of(node_id(at)));
        }
        (Self { bases }, next)
    }

    fn number(&self, config: &Config, id: StaticId) -> usize {
        let module = config.module_of(id.node);
        let variables = FIXED;
        let locals = variables + module.variables.len();
        let outputs = locals + module.locals.len();
        let providers = outputs + module.outputs.len();
        let resources = providers + module.providers.len();
        self.bases[id.node.0 as usize]
            + match id.object {
                Object::Expansion => 0,
                Object::Gate => 1,
                Object::Close => 2,
                Object::Variable(at) => variables + at,
                Object::Local(at) => locals + at,
                Object::Output(at) => outputs + at,
                Object::Provider(at) => providers + at,
                Object::Resource(at) => resources + at,
            }
    }
}

fn len_of(module: &Module) -> usize {
    FIXED
        + module.variables.len()
        + module.locals.len()
        + module.outputs.len()
        + module.providers.len()
        + module.resources.len()
}

pub(crate) fn node_id(at: usize) -> NodeId {
    NodeId(u32::try_from(at).unwrap_or(u32::MAX))
}

impl Statics {
    /// Orders everything that a configuration declares.
    ///
    /// # Errors
    /// If there are cycles: one diagnostic for each, with every edge.
    pub(crate) fn new(config: &Config) -> Result<Self, Diagnostics> {
        let (numbering, total) = Numbering::new(config);
        let mut graph = DiGraph::with_capacity(total, total * 2);
        for at in 0..config.tree.len() {
            for object in objects(config.module_of(node_id(at))) {
                graph.add_node(StaticId { node: node_id(at), object });
            }
        }
        let mut builder = Builder {
            config,
            numbering: &numbering,
            graph: &mut graph,
            warnings: Diagnostics::new(),
        };
        for at in 0..config.tree.len() {
            builder.add_node(node_id(at));
        }
        let warnings = builder.warnings;
        let order = sorted(&graph).map_err(|rest| cycles(config, &graph, &rest))?;
        let create_before_destroy = spread_create_before_destroy(config, &graph, &order);
        let order = order.into_iter().map(|index| graph[index]).collect();
        Ok(Self { order, graph, numbering, create_before_destroy, warnings })
    }

    /// Whether a resource is to be replaced by creating the new object first.
    pub(crate) fn create_before_destroy(&self, config: &Config, id: StaticId) -> bool {
        self.create_before_destroy[self.numbering.number(config, id)]
    }

    /// Of `roots` and all that they refer to, directly or not, whether each thing in `order` is one.
    pub(crate) fn closure(
        &self,
        config: &Config,
        roots: impl IntoIterator<Item = StaticId>,
    ) -> Vec<bool> {
        let mut inside = vec![false; self.graph.node_count()];
        let mut queue: Vec<usize> =
            roots.into_iter().map(|id| self.numbering.number(config, id)).collect();
        while let Some(number) = queue.pop() {
            if !std::mem::replace(&mut inside[number], true) {
                let edges = self.graph.edges(NodeIndex::new(number));
                queue.extend(edges.map(|edge| edge.target().index()));
            }
        }
        self.order.iter().map(|id| inside[self.numbering.number(config, *id)]).collect()
    }

    /// What must be known to tell which objects `prevent_destroy` protects, resources aside: whether each thing
    /// in `order` is such.
    pub(crate) fn protection(&self, config: &Config) -> Vec<bool> {
        let mut roots = Vec::new();
        for at in 0..config.tree.len() {
            let node = node_id(at);
            let module = config.module_of(node);
            for resource in &module.resources {
                let Some(expr) = &resource.lifecycle.prevent_destroy else { continue };
                roots.push(StaticId { node, object: Object::Expansion });
                expr.for_each_ref(&mut |reference, _| {
                    let object = object_of(module.symbol(reference.symbol));
                    roots.extend(object.map(|object| StaticId { node, object }));
                });
            }
        }
        let mut inside = self.closure(config, roots);
        for (inside, id) in inside.iter_mut().zip(&self.order) {
            *inside &= !id.is_resource();
        }
        inside
    }

    /// The resources that refer to a thing, directly or not.
    pub(crate) fn resources_behind(&self, config: &Config, id: StaticId) -> Vec<StaticId> {
        let mut seen = vec![false; self.graph.node_count()];
        let mut queue = vec![NodeIndex::new(self.numbering.number(config, id))];
        let mut found = Vec::new();
        while let Some(at) = queue.pop() {
            for user in self.graph.neighbors_directed(at, Direction::Incoming) {
                if !std::mem::replace(&mut seen[user.index()], true) {
                    found.extend(Some(self.graph[user]).filter(StaticId::is_resource));
                    queue.push(user);
                }
            }
        }
        found
    }

    /// What refers to what, for drawing: pairs of things that are no expansion, gate or close, with
    /// edges through those followed.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (StaticId, StaticId)> + '_ {
        self.graph
            .edge_references()
            .map(|edge| (self.graph[edge.source()], self.graph[edge.target()]))
    }
}

fn objects(module: &Module) -> impl Iterator<Item = Object> {
    [Object::Expansion, Object::Gate, Object::Close]
        .into_iter()
        .chain((0..module.variables.len()).map(Object::Variable))
        .chain((0..module.locals.len()).map(Object::Local))
        .chain((0..module.outputs.len()).map(Object::Output))
        .chain((0..module.providers.len()).map(Object::Provider))
        .chain((0..module.resources.len()).map(Object::Resource))
}

struct Builder<'a> {
    config: &'a Config,
    numbering: &'a Numbering,
    /// Edges lead from what refers to what it refers to.
    graph: &'a mut DiGraph<StaticId, Span>,
    warnings: Diagnostics,
}

impl Builder<'_> {
    fn edge(&mut self, from: StaticId, to: StaticId, span: Span) {
        let from = NodeIndex::new(self.numbering.number(self.config, from));
        let to = NodeIndex::new(self.numbering.number(self.config, to));
        self.graph.add_edge(from, to, span);
    }

    fn add_node(&mut self, node: NodeId) {
        let config = self.config;
        let module = config.module_of(node);
        let here = |object| StaticId { node, object };
        if let Some((parent, call)) = config.tree[node.0 as usize].parent {
            let call = &config.module_of(parent).calls[call];
            self.add_call(node, parent, call);
        }
        for (at, variable) in module.variables.iter().enumerate() {
            for check in &variable.validations {
                // Its own condition refers to the variable itself, which is no cycle.
                self.refs_except(here(Object::Variable(at)), node, &check.condition);
                self.refs_except(here(Object::Variable(at)), node, &check.error_message);
            }
        }
        for (at, local) in module.locals.iter().enumerate() {
            let id = here(Object::Local(at));
            // What refers to nothing has to wait for the instances of its module all the same.
            self.edge(id, here(Object::Expansion), local.span);
            self.refs(id, node, &local.value);
        }
        for (at, output) in module.outputs.iter().enumerate() {
            let id = here(Object::Output(at));
            self.edge(id, here(Object::Expansion), output.span);
            self.refs(id, node, &output.value);
            self.dependencies(id, node, &output.depends_on);
            for check in &output.preconditions {
                self.refs(id, node, &check.condition);
                self.refs(id, node, &check.error_message);
            }
            self.edge(here(Object::Close), id, output.span);
        }
        for (at, provider) in module.providers.iter().enumerate() {
            let id = here(Object::Provider(at));
            self.edge(id, here(Object::Expansion), provider.span);
            if let Some(for_each) = &provider.for_each {
                self.refs(id, node, for_each);
            }
            self.body(id, node, &provider.body);
        }
        for (at, resource) in module.resources.iter().enumerate() {
            self.add_resource(here(Object::Resource(at)), node, resource);
        }
        // Only the root module can import.
        for import in module.imports.iter().filter(|_| node == node_id(0)) {
            self.add_import(node, import);
        }
    }

    /// What an import refers to comes before the resource that it names.
    fn add_import(&mut self, node: NodeId, import: &Import) {
        let target = crate::resource::import_target(import);
        let Some((at, resource)) = crate::resource::declared(self.config, &target) else { return };
        let id = StaticId { node: at, object: Object::Resource(resource) };
        let keys = import.to.modules.iter().filter_map(|(_, key)| key.as_ref());
        let exprs = keys.chain(&import.to.key).chain(&import.id).chain(&import.for_each);
        for expr in exprs {
            self.refs(id, node, expr);
        }
    }

    fn add_call(&mut self, node: NodeId, parent: NodeId, call: &ModuleCall) {
        let here = |object| StaticId { node, object };
        let above = |object| StaticId { node: parent, object };
        self.edge(here(Object::Expansion), above(Object::Expansion), call.span);
        for expr in call.repetition.expr().into_iter().chain(&call.enabled).chain(&call.wave) {
            self.refs(here(Object::Expansion), parent, expr);
        }
        self.edge(here(Object::Gate), above(Object::Gate), call.span);
        self.dependencies(here(Object::Gate), parent, &call.depends_on);
        self.edge(above(Object::Close), here(Object::Close), call.span);
        self.edge(here(Object::Close), here(Object::Expansion), call.span);
        for (_, reference) in &call.providers {
            if let Some(instance) = &reference.instance {
                self.refs(here(Object::Expansion), parent, instance);
            }
        }
        for (at, variable) in self.config.module_of(node).variables.iter().enumerate() {
            let id = here(Object::Variable(at));
            self.edge(id, here(Object::Expansion), call.span);
            if let Some((_, value)) = call.arguments.get(&variable.name) {
                self.refs(id, parent, value);
            }
        }
    }

    fn add_resource(&mut self, id: StaticId, node: NodeId, resource: &Resource) {
        let here = |object| StaticId { node, object };
        self.edge(id, here(Object::Expansion), resource.span);
        self.edge(id, here(Object::Gate), resource.span);
        self.edge(here(Object::Close), id, resource.span);
        if let Repetition::Count(expr) | Repetition::ForEach(expr) = &resource.repetition {
            self.refs(id, node, expr);
        }
        self.body(id, node, &resource.body);
        self.dependencies(id, node, &resource.depends_on);
        self.provider(id, node, &resource.provider);
        let lifecycle = &resource.lifecycle;
        let single = [&lifecycle.prevent_destroy, &lifecycle.enabled].into_iter().flatten();
        for expr in lifecycle.replace_triggered_by.iter().chain(single) {
            self.refs(id, node, expr);
        }
        for provisioner in &resource.provisioners {
            self.body(id, node, &provisioner.body);
        }
        let own = resource.provisioners.iter().filter_map(|one| one.connection.as_ref());
        for connection in own.chain(&resource.connection) {
            self.body(id, node, connection);
        }
        for check in &lifecycle.preconditions {
            self.refs(id, node, &check.condition);
            self.refs(id, node, &check.error_message);
        }
        for check in &lifecycle.postconditions {
            self.refs_except(id, node, &check.condition);
            self.refs_except(id, node, &check.error_message);
        }
    }

    fn provider(&mut self, id: StaticId, node: NodeId, reference: &ProviderRef) {
        if let Some(instance) = &reference.instance {
            self.refs(id, node, instance);
        }
        let span = reference.span.or(Some(self.span_of(id)));
        if let (Some((at, provider)), Some(span)) =
            (find_provider(self.config, node, &reference.key), span)
        {
            self.edge(id, StaticId { node: at, object: Object::Provider(provider) }, span);
        }
    }

    fn span_of(&self, id: StaticId) -> Span {
        span_of(self.config, id)
    }

    fn dependencies(&mut self, id: StaticId, node: NodeId, dependencies: &[Dependency]) {
        for dependency in dependencies {
            match self.config.module_of(node).symbol(dependency.symbol) {
                Symbol::Module(call) => {
                    let child = self.config.tree[node.0 as usize].children[call];
                    let close = StaticId { node: child, object: Object::Close };
                    self.edge(id, close, dependency.span);
                }
                symbol => {
                    if let Some(object) = object_of(symbol) {
                        self.edge(id, StaticId { node, object }, dependency.span);
                    }
                }
            }
        }
    }

    fn body(&mut self, id: StaticId, node: NodeId, body: &Body) {
        for attribute in body.attributes.values() {
            self.refs(id, node, &attribute.value);
        }
        for block in &body.blocks {
            self.block(id, node, block);
        }
    }

    fn block(&mut self, id: StaticId, node: NodeId, block: &Block) {
        if let Some(dynamic) = &block.dynamic {
            self.refs(id, node, &dynamic.for_each);
            for label in &dynamic.labels {
                self.refs(id, node, label);
            }
        }
        self.body(id, node, &block.body);
    }

    fn refs(&mut self, id: StaticId, node: NodeId, expr: &Expr) {
        expr.for_each_ref(&mut |reference, span| self.reference(id, node, reference, span, false));
    }

    /// As [`Self::refs`], but a reference to the thing itself is no edge.
    fn refs_except(&mut self, id: StaticId, node: NodeId, expr: &Expr) {
        expr.for_each_ref(&mut |reference, span| self.reference(id, node, reference, span, true));
    }

    /// Warns of a reference to a deprecated output, once for each place.
    fn warn_of_deprecation(&mut self, child: NodeId, output: usize, span: Span) {
        let declared = &self.config.module_of(child).outputs[output];
        let Some(message) = &declared.deprecated else { return };
        if self.warnings.iter().any(|known| known.span == Some(span)) {
            return;
        }
        let detail = format!(
            "This value is that of the output {:?}, which is deprecated with the following message:\n\n{message}",
            declared.name
        );
        let warning = Diagnostic::warning("Value derived from a deprecated source", detail);
        self.warnings.push(warning.at(span).label(declared.span, "the output is declared here"));
    }

    fn reference(
        &mut self,
        id: StaticId,
        node: NodeId,
        reference: &Ref,
        span: Span,
        except_itself: bool,
    ) {
        let config = self.config;
        let module = config.module_of(node);
        match module.symbol(reference.symbol) {
            Symbol::Module(call) => {
                let child = config.tree[node.0 as usize].children[call];
                let within = |object| StaticId { node: child, object };
                self.edge(id, within(Object::Expansion), span);
                match output_of(config.module_of(child), &module.calls[call], reference) {
                    Some(output) => {
                        self.edge(id, within(Object::Output(output)), span);
                        self.warn_of_deprecation(child, output, span);
                    }
                    None => {
                        for output in 0..config.module_of(child).outputs.len() {
                            self.edge(id, within(Object::Output(output)), span);
                        }
                    }
                }
            }
            symbol => {
                if let Some(object) = object_of(symbol) {
                    let target = StaticId { node, object };
                    if !(except_itself && target == id) {
                        self.edge(id, target, span);
                    }
                }
            }
        }
    }
}

/// The declared thing that a symbol stands for, if it is one of the same module.
const fn object_of(symbol: Symbol) -> Option<Object> {
    match symbol {
        Symbol::Variable(at) => Some(Object::Variable(at)),
        Symbol::Local(at) => Some(Object::Local(at)),
        Symbol::Resource(at) => Some(Object::Resource(at)),
        _ => None,
    }
}

/// The one output that a reference to a module call needs, if it is only one.
fn output_of(child: &Module, call: &ModuleCall, reference: &Ref) -> Option<usize> {
    let mut steps = reference.steps.iter();
    let mut step = steps.next()?;
    if !matches!(call.repetition, Repetition::Single) {
        let Step::Index(_) = step else { return None };
        step = steps.next()?;
    }
    let Step::Attr(name, _) = step else { return None };
    child.outputs.iter().position(|output| output.name == *name)
}

/// The `provider` block that serves a reference to `key` in a module: of the module itself, or of the
/// nearest caller that passes it on. `None` if none is written down.
pub(crate) fn find_provider(
    config: &Config,
    node: NodeId,
    key: &ProviderKey,
) -> Option<(NodeId, usize)> {
    let mut node = node;
    let mut key = key.clone();
    loop {
        let module = config.module_of(node);
        if let Some(at) = module.providers.iter().position(|provider| provider.key == key) {
            return Some((node, at));
        }
        let (parent, call) = config.tree[node.0 as usize].parent?;
        let call = &config.module_of(parent).calls[call];
        match call.providers.iter().find(|(inner, _)| *inner == key) {
            Some((_, outer)) => key = outer.key.clone(),
            // Only configurations without an alias are inherited without being named.
            None if key.alias.is_some() => return None,
            None => {}
        }
        node = parent;
    }
}

/// A resource that is created before it is destroyed makes everything that it depends on so, too:
/// otherwise the old object of the one would outlive the old object of the other, which it refers to.
///
/// Terraform: Resource behavior, `create_before_destroy`.
fn spread_create_before_destroy(
    config: &Config,
    graph: &DiGraph<StaticId, Span>,
    order: &[NodeIndex],
) -> Vec<bool> {
    let mut marked = vec![false; graph.node_count()];
    for index in order.iter().rev() {
        let id = graph[*index];
        if let Object::Resource(at) = id.object {
            let lifecycle = &config.module_of(id.node).resources[at].lifecycle;
            marked[index.index()] |= lifecycle.create_before_destroy == Some(true);
        }
        // A whole module does not become so because one thing in it is.
        if marked[index.index()] && id.object != Object::Close {
            for edge in graph.edges(*index) {
                marked[edge.target().index()] = true;
            }
        }
    }
    marked
}
