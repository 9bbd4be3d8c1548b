//! The state of a plan or apply: every instance of every module, with the values of what it declares.
//!
//! Values are computed in the order of the static graph, each at most once, and kept here. Whoever computes
//! one looks others up through a [`View`], which notes what was looked up: these are the
//! dependencies of what is computed, per instance.

mod expansion;
mod view;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use zw_config::model::{Config, NodeId, Resource};
use zw_lang::Value;
use zw_lang::addr::{InstanceAddr, ModuleInstancePath, ResourceAddr};

use crate::api::Context;
use crate::statics::Statics;

pub(crate) use expansion::{EachData, Expansion, enabled_of, expansion_of};
pub(crate) use view::View;

/// An instance of a module, by position in [`Walk::modules`]. The root is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModId(pub(crate) u32);

impl ModId {
    pub(crate) const ROOT: Self = Self(0);

    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// Something that a value was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dep {
    /// One instance of a resource: module, resource, position of the instance.
    Instance(ModId, u32, u32),
    /// All instances of a resource.
    Resource(ModId, u32),
    /// A variable.
    Variable(ModId, u32),
    /// A local value.
    Local(ModId, u32),
    /// An output.
    Output(ModId, u32),
    /// What `depends_on` of a module call names.
    Gate(ModId),
    /// Everything inside a module.
    Close(ModId),
    /// An object of then that is wanted again, by position.
    Returned(u32),
}

/// A value that is computed once.
#[derive(Clone, Debug, Default)]
pub(crate) enum Slot {
    /// Not computed yet.
    #[default]
    Pending,
    /// Waits for something to be read.
    Blocked,
    /// Wrong, or depends on something wrong, which has been reported.
    Failed,
    /// Here it is.
    Ready(Computed),
}

/// A value and what it was computed from.
#[derive(Clone, Debug)]
pub(crate) struct Computed {
    pub(crate) value: Value,
    pub(crate) deps: Box<[Dep]>,
    /// Whether it hangs on something that is put off to a later round: then applying does not make it known.
    pub(crate) deferred: bool,
}

impl Slot {
    pub(crate) const fn needs_work(&self) -> bool {
        matches!(self, Self::Pending | Self::Blocked)
    }

    pub(crate) const fn ready(&self) -> Option<&Computed> {
        match self {
            Self::Ready(computed) => Some(computed),
            _ => None,
        }
    }
}

/// An instance of a module.
#[derive(Debug)]
pub(crate) struct ModuleInstance {
    pub(crate) node: NodeId,
    pub(crate) path: ModuleInstancePath,
    /// The instance that calls it; `None` for the root.
    pub(crate) parent: Option<ModId>,
    /// What `each` and `count` are in the arguments of the call.
    pub(crate) each: EachData,
    /// When it is its turn, if that matters: after all that have a lower number.
    pub(crate) wave: Option<u32>,
    pub(crate) variables: Vec<Slot>,
    pub(crate) locals: Vec<Slot>,
    pub(crate) outputs: Vec<Slot>,
    pub(crate) resources: Vec<ResourceSlot>,
    pub(crate) calls: Vec<CallSlot>,
}

/// The instances of a module call.
#[derive(Debug, Default)]
pub(crate) struct CallSlot {
    pub(crate) expansion: Expansion,
    pub(crate) deps: Box<[Dep]>,
    /// In the order of the expansion.
    pub(crate) instances: Vec<ModId>,
}

/// The instances of a resource.
#[derive(Debug, Default)]
pub(crate) struct ResourceSlot {
    pub(crate) expansion: Expansion,
    /// What the expansion was computed from.
    pub(crate) deps: Box<[Dep]>,
    pub(crate) instances: Vec<Slot>,
    /// The value of the whole, put together when first asked for.
    whole: OnceLock<Value>,
}

impl ResourceSlot {
    /// Sets the value of an instance.
    pub(crate) fn set(&mut self, at: usize, slot: Slot) {
        self.whole = OnceLock::new();
        if let Some(place) = self.instances.get_mut(at) {
            *place = slot;
        }
    }

    /// Sets which instances there are.
    pub(crate) fn expand(&mut self, expansion: Expansion, deps: Box<[Dep]>) {
        self.instances = vec![Slot::Pending; expansion.len()];
        self.expansion = expansion;
        self.deps = deps;
        self.whole = OnceLock::new();
    }
}

/// Everything that has been computed so far.
pub(crate) struct Walk {
    pub(crate) cx: Context,
    pub(crate) config: Arc<Config>,
    pub(crate) statics: Arc<Statics>,
    pub(crate) modules: Vec<ModuleInstance>,
    /// The instances of each node of the tree of calls.
    pub(crate) by_node: Vec<Vec<ModId>>,
    /// Positions of resources in their module, by module.
    resources: Vec<HashMap<ResourceAddr, usize>>,
}

impl Walk {
    /// A walk that knows the root module and nothing else.
    pub(crate) fn new(cx: &Context, statics: Arc<Statics>) -> Self {
        let config = cx.config.clone();
        let mut walk = Self {
            cx: cx.clone(),
            statics,
            modules: Vec::new(),
            by_node: vec![Vec::new(); config.tree.len()],
            resources: config
                .modules
                .iter()
                .map(|module| module.resources.iter().map(resource_addr).zip(0..).collect())
                .collect(),
            config,
        };
        walk.add_module(NodeId(0), ModuleInstancePath::root(), None, EachData::default(), None);
        walk
    }

    /// Adds an instance of a module.
    pub(crate) fn add_module(
        &mut self,
        node: NodeId,
        path: ModuleInstancePath,
        parent: Option<ModId>,
        each: EachData,
        wave: Option<u32>,
    ) -> ModId {
        let id = ModId(u32::try_from(self.modules.len()).unwrap_or(u32::MAX));
        let module = self.config.module_of(node);
        let slots = |len| vec![Slot::Pending; len];
        self.modules.push(ModuleInstance {
            node,
            path,
            parent,
            each,
            // What is in an instance is done when the instance is.
            wave: wave.or_else(|| self.module(parent?).wave),
            variables: slots(module.variables.len()),
            locals: slots(module.locals.len()),
            outputs: slots(module.outputs.len()),
            resources: module.resources.iter().map(|_| ResourceSlot::default()).collect(),
            calls: module.calls.iter().map(|_| CallSlot::default()).collect(),
        });
        self.by_node[node.0 as usize].push(id);
        id
    }

    /// The position of a resource in the module of a node.
    pub(crate) fn resource_index(&self, node: NodeId, address: &ResourceAddr) -> Option<usize> {
        let module = self.config.tree[node.0 as usize].module;
        self.resources[module.0 as usize].get(address).copied()
    }

    pub(crate) fn module(&self, id: ModId) -> &ModuleInstance {
        &self.modules[id.at()]
    }

    /// The address of an instance of a resource.
    pub(crate) fn address(&self, id: ModId, resource: usize, at: usize) -> InstanceAddr {
        let module = self.module(id);
        let declared = &self.config.module_of(module.node).resources[resource];
        let key = module.resources[resource].expansion.key(at);
        InstanceAddr::new(module.path.clone(), resource_addr(declared), key)
    }

    /// A view from inside a module instance.
    pub(crate) fn view(&self, module: ModId, each: EachData) -> View<'_> {
        View {
            walk: self,
            module,
            each,
            itself: None,
            deps: Vec::new(),
            symbols: None,
            failed: false,
            deferred: false,
        }
    }
}

/// The address of a resource within its module.
pub(crate) fn resource_addr(resource: &Resource) -> ResourceAddr {
    ResourceAddr::new(resource.mode, resource.type_name.clone(), resource.name.clone())
}

/// A position as it is kept in a [`Dep`].
pub(crate) fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
