//! The provider configurations of a run: which there are, with what arguments, and their connections.

use std::collections::HashMap;
use std::sync::Arc;

use zw_config::model::{NodeId, ProviderKey, ProviderRef};
use zw_lang::addr::InstanceKey;
use zw_lang::{Diagnostic, Str, Value};
use zw_provider::{Connection, Provider};

use crate::codec;
use crate::registry::full_source;
use crate::statics::find_provider;
use crate::walk::{Dep, EachData, ModId, Walk};

/// A provider configuration, by position in [`Providers::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ProvId(pub(crate) u32);

/// The arguments of a provider configuration.
#[derive(Clone, Debug)]
pub(crate) enum Arguments {
    /// Not evaluated yet, or waiting for something to be read.
    Pending,
    /// Wrong, which has been reported.
    Failed,
    /// Not known before something is applied.
    Unknown,
    /// Known, as an object of the provider's schema.
    Known(Value),
}

/// Whether there is a connection.
#[derive(Clone)]
pub(crate) enum Link {
    /// Nobody has asked for one.
    None,
    /// There is one.
    Open(Arc<dyn Connection>),
    /// It could not be made, which has been reported.
    Failed,
}

/// A provider configuration.
pub(crate) struct ProviderInstance {
    pub(crate) provider: Arc<dyn Provider>,
    /// The full source address of the provider.
    pub(crate) source: Arc<str>,
    /// The address of the configuration, as in Terraform's state:
    /// `module.m.provider["registry.terraform.io/hashicorp/aws"].west`.
    pub(crate) address: Arc<str>,
    pub(crate) arguments: Arguments,
    pub(crate) link: Link,
    /// The first configuration of the provider that says the same: its connection is used, and what it answers is not
    /// asked again.
    pub(crate) same_as: ProvId,
    pub(crate) deps: Box<[Dep]>,
}

/// What decides which configuration is meant: the module instance that has it, its name, and its key.
type Place = (ModId, ProviderKey, InstanceKey);

/// All provider configurations of a run.
#[derive(Default)]
pub(crate) struct Providers {
    pub(crate) all: Vec<ProviderInstance>,
    by_place: HashMap<Place, ProvId>,
    by_address: HashMap<Arc<str>, ProvId>,
    /// By source and arguments.
    by_arguments: HashMap<(Arc<str>, String), ProvId>,
}

impl Providers {
    pub(crate) fn get(&self, id: ProvId) -> &ProviderInstance {
        &self.all[id.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, id: ProvId) -> &mut ProviderInstance {
        &mut self.all[id.0 as usize]
    }

    /// The connection of a configuration.
    pub(crate) fn link(&self, id: ProvId) -> &Link {
        &self.get(self.get(id).same_as).link
    }

    /// Notes what a configuration says, which is wholly known.
    pub(crate) fn know(&mut self, id: ProvId, arguments: Value) {
        let text = codec::encode(&arguments, &arguments.ty());
        let key = (self.get(id).source.clone(), text);
        let same_as = *self.by_arguments.entry(key).or_insert(id);
        let instance = self.get_mut(id);
        instance.arguments = Arguments::Known(arguments);
        instance.same_as = same_as;
    }

    /// The configuration of an address in the state.
    pub(crate) fn of_address(&self, address: &str) -> Option<ProvId> {
        self.by_address.get(address).copied()
    }

    /// The configuration at a place.
    pub(crate) fn of_place(
        &self,
        module: ModId,
        key: &ProviderKey,
        instance: &InstanceKey,
    ) -> Option<ProvId> {
        self.by_place.get(&(module, key.clone(), instance.clone())).copied()
    }

    /// Adds a configuration.
    pub(crate) fn add(
        &mut self,
        place: Place,
        provider: Arc<dyn Provider>,
        source: &str,
        address: Arc<str>,
    ) -> ProvId {
        let id = ProvId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.by_address.insert(address.clone(), id);
        self.by_place.insert(place, id);
        self.all.push(ProviderInstance {
            provider,
            source: source.into(),
            address,
            arguments: Arguments::Pending,
            link: Link::None,
            same_as: id,
            deps: Box::default(),
        });
        id
    }
}

/// The full source address that a local name stands for in a module.
pub(crate) fn source_of(walk: &Walk, node: NodeId, local_name: &str) -> String {
    let required = &walk.config.module_of(node).settings.required_providers;
    let declared = required.get(local_name).and_then(|provider| provider.source.as_deref());
    full_source(local_name, declared)
}

/// The address of a provider configuration, as Terraform writes it into its state.
pub(crate) fn address_of(
    walk: &Walk,
    module: ModId,
    source: &str,
    alias: Option<&Str>,
    key: &InstanceKey,
) -> Arc<str> {
    let prefix = crate::planner::prefix(walk, module);
    let alias = alias.map_or_else(String::new, |alias| format!(".{alias}"));
    format!("{prefix}provider[{source:?}]{alias}{key}").into()
}

/// Which configuration a reference in a module instance means, and the key of the instance, if one is
/// named: `(module, key of the configuration, expression's value)`.
///
/// `evaluate` gives the key that an expression in a module instance names.
///
/// # Errors
/// If the reference leads nowhere.
pub(crate) fn resolve<E: From<Diagnostic>>(
    walk: &Walk,
    module: ModId,
    each: &EachData,
    reference: &ProviderRef,
    evaluate: &mut dyn FnMut(ModId, EachData, &zw_lang::Expr) -> Result<InstanceKey, E>,
) -> Result<(ModId, ProviderKey, InstanceKey), E> {
    let mut at = module;
    let mut key = reference.key.clone();
    let mut instance = match &reference.instance {
        Some(expr) => evaluate(module, each.clone(), expr)?,
        None => InstanceKey::None,
    };
    loop {
        let here = walk.module(at);
        let declared = walk.config.module_of(here.node);
        if declared.providers.iter().any(|provider| provider.key == key) {
            return Ok((at, key, instance));
        }
        let caller = here.parent.zip(walk.config.tree[here.node.0 as usize].parent);
        let Some((parent, (above, call))) = caller else { break };
        let call = &walk.config.module_of(above).calls[call];
        match call.providers.iter().find(|(inner, _)| *inner == key) {
            Some((_, outer)) => {
                key = outer.key.clone();
                if let Some(expr) = &outer.instance {
                    instance = evaluate(parent, here.each.clone(), expr)?;
                }
            }
            // Only configurations without an alias are inherited without being named.
            None if key.alias.is_some() => break,
            None => {}
        }
        at = parent;
    }
    if key.alias.is_some() {
        return Err(missing(&key, reference).into());
    }
    Ok((ModId::ROOT, key, InstanceKey::None))
}

fn missing(key: &ProviderKey, reference: &ProviderRef) -> Diagnostic {
    let name = match &key.alias {
        Some(alias) => format!("{}.{alias}", key.name),
        None => key.name.to_string(),
    };
    let diagnostic = Diagnostic::error(
        format!("Provider configuration {name} is not present"),
        format!(
            "There is no provider {:?} block with alias {:?} here, and the module call does not pass one. \
             Add the block, or a \"providers\" argument to the call.",
            key.name,
            key.alias.as_deref().unwrap_or_default()
        ),
    );
    match reference.span {
        Some(span) => diagnostic.at(span),
        None => diagnostic,
    }
}

/// The `provider` block at a place, if there is one.
pub(crate) fn declared(walk: &Walk, module: ModId, key: &ProviderKey) -> Option<usize> {
    let node = walk.module(module).node;
    find_provider(&walk.config, node, key).filter(|(at, _)| *at == node).map(|(_, index)| index)
}
