//! Overridden resources, data sources and modules: a configuration in which they are something else.
//!
//! An overridden resource is served by a mocked provider of its own, and an overridden module is one with nothing but
//! outputs. So the engine knows nothing of overrides.

use std::sync::Arc;

use zw_config::model::{
    Config, Module, ModuleId, NodeId, Output, ProviderKey, ProviderRef, RequiredProvider, Resource,
};
use zw_config::testing::Override;
use zw_engine::{Registry, full_source};
use zw_lang::{Diagnostic, Diagnostics, Expr, ResourceMode, Str, Type, Value};

use crate::mock::{Answer, Answers, Mock};

/// An override with the values that it gives.
pub(crate) struct Given<'o> {
    pub(crate) declared: &'o Override,
    pub(crate) values: Option<Value>,
    pub(crate) at_plan: bool,
    /// Whether it is no mistake if there is nothing to override: it is for all runs of a file, and this one is
    /// about another module.
    pub(crate) may_be_idle: bool,
}

/// An address without the keys of instances.
struct Target {
    modules: Vec<Str>,
    resource: Option<(ResourceMode, Str, Str)>,
}

/// Has a configuration be what overrides say, and adds the providers that it needs for that.
pub(crate) fn apply(
    config: &mut Config,
    registry: &mut Registry,
    overrides: &[Given<'_>],
) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    for (number, given) in overrides.iter().enumerate() {
        let applied = target(&given.declared.target)
            .ok_or("It is not the address of a resource, a data source or a module.".to_owned())
            .and_then(|target| {
                if given.may_be_idle && !is_declared(config, &target) {
                    return Ok(());
                }
                one(config, registry, number, given, &target)
            });
        if let Err(reason) = applied {
            let summary = format!("Invalid override target {:?}", given.declared.target);
            problems.push(Diagnostic::error(summary, reason).at(given.declared.span));
        }
    }
    problems.into_result(())
}

fn one(
    config: &mut Config,
    registry: &mut Registry,
    number: usize,
    given: &Given<'_>,
    target: &Target,
) -> Result<(), String> {
    let node = node(config, &target.modules).ok_or("There is no such module.".to_owned())?;
    let module = own_module(config, node);
    match (&target.resource, given.declared.is_module) {
        (None, true) if target.modules.is_empty() => {
            Err("That is the module under test.".to_owned())
        }
        (None, true) => {
            config.tree[node.0 as usize].children = Vec::new();
            let module = &mut config.modules[module.0 as usize];
            *module = only_outputs(module, given.values.as_ref());
            Ok(())
        }
        (Some(resource), false) => {
            let module = &mut config.modules[module.0 as usize];
            serve(module, registry, number, given, resource)
        }
        (None, false) => Err("That is a module: use `override_module`.".to_owned()),
        (Some(_), true) => Err("That is no module.".to_owned()),
    }
}

fn is_declared(config: &Config, target: &Target) -> bool {
    node(config, &target.modules).is_some_and(|node| {
        let Some(resource) = &target.resource else { return true };
        config.module_of(node).resources.iter().any(|declared| is_meant(declared, resource))
    })
}

fn is_meant(declared: &Resource, (mode, type_name, name): &(ResourceMode, Str, Str)) -> bool {
    declared.mode == *mode && declared.type_name == *type_name && declared.name == *name
}

/// Has a resource be served by a mocked provider.
fn serve(
    module: &mut Module,
    registry: &mut Registry,
    number: usize,
    given: &Given<'_>,
    target: &(ResourceMode, Str, Str),
) -> Result<(), String> {
    let (mode, type_name, _) = target;
    let found = module.resources.iter_mut().find(|resource| is_meant(resource, target));
    let resource = found.ok_or("The module declares nothing of this name.".to_owned())?;
    let local = &resource.provider.key.name;
    let required = module.settings.required_providers.get(local);
    let source = full_source(local, required.and_then(|required| required.source.as_deref()));
    let real = registry.get(&source).ok_or_else(|| format!("There is no provider {source}."))?;
    let answer = Answer { values: given.values.clone(), at_plan: given.at_plan };
    let answers = Answers::from([((*mode, type_name.clone()), answer)]);
    let mock = Mock::of(Arc::clone(real), answers, false);
    let local: Str = format!("override-{number}").into();
    let source = format!("terraform.io/test/{local}");
    registry.insert(source.clone(), mock);
    resource.provider = ProviderRef {
        key: ProviderKey { name: local.clone(), alias: None },
        ..resource.provider.clone()
    };
    resource.provider.instance = None;
    let required = RequiredProvider {
        source: Some(source.into()),
        version: None,
        configuration_aliases: Vec::new(),
        span: given.declared.span,
    };
    module.settings.required_providers.insert(local, required);
    Ok(())
}

/// A module with the variables and outputs of another one, and nothing else.
fn only_outputs(module: &Module, values: Option<&Value>) -> Module {
    let value = |output: &Output| {
        let given = values.and_then(|values| values.get(&output.name)).cloned();
        Expr::literal(given.unwrap_or_else(|| Value::null(Type::Dynamic)), output.span)
    };
    let outputs = module.outputs.iter().map(|output| Output {
        value: value(output),
        depends_on: Vec::new(),
        preconditions: Vec::new(),
        ..output.clone()
    });
    Module {
        dir: module.dir.clone(),
        symbols: module.symbols.clone(),
        variables: module
            .variables
            .iter()
            .map(|variable| zw_config::model::Variable {
                validations: Vec::new(),
                ..variable.clone()
            })
            .collect(),
        outputs: outputs.collect(),
        ..Module::default()
    }
}

/// The call of a module, by names.
fn node(config: &Config, modules: &[Str]) -> Option<NodeId> {
    modules.iter().try_fold(NodeId(0), |node, name| {
        let calls = &config.module_of(node).calls;
        let call = calls.iter().position(|call| call.name == *name)?;
        config.tree[node.0 as usize].children.get(call).copied()
    })
}

/// The module of a call as one that no other call shares.
fn own_module(config: &mut Config, node: NodeId) -> ModuleId {
    let shared = config.tree[node.0 as usize].module;
    let copy = config.modules[shared.0 as usize].clone();
    let own = ModuleId(u32::try_from(config.modules.len()).unwrap_or(u32::MAX));
    config.modules.push(copy);
    config.tree[node.0 as usize].module = own;
    own
}

fn target(text: &str) -> Option<Target> {
    let mut parts = parts(text)?.into_iter().peekable();
    let mut modules = Vec::new();
    while parts.next_if(|part| part == "module").is_some() {
        modules.push(Str::from(parts.next()?));
    }
    let resource = match parts.next() {
        None => None,
        Some(data) if data == "data" => {
            Some((ResourceMode::Data, Str::from(parts.next()?), Str::from(parts.next()?)))
        }
        Some(type_name) => Some((ResourceMode::Managed, type_name.into(), parts.next()?.into())),
    };
    (parts.next().is_none() && (resource.is_some() || !modules.is_empty()))
        .then_some(Target { modules, resource })
}

/// The names in an address, without keys.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut plain = String::new();
    let (mut depth, mut in_quotes) = (0_usize, false);
    for char in text.chars() {
        match char {
            '"' => in_quotes = !in_quotes,
            '[' if !in_quotes => depth += 1,
            ']' if !in_quotes => depth = depth.checked_sub(1)?,
            _ if depth == 0 => plain.push(char),
            _ => {}
        }
    }
    let parts: Vec<String> = plain.split('.').map(|part| part.trim().to_owned()).collect();
    parts.iter().all(|part| !part.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_addresses_without_keys() {
        let read = |text: &str| {
            let target = target(text)?;
            let modules: Vec<String> = target.modules.iter().map(ToString::to_string).collect();
            let resource = target.resource.map(|(mode, ty, name)| format!("{mode:?} {ty} {name}"));
            Some((modules.join("/"), resource.unwrap_or_default()))
        };
        let some = |modules: &str, resource: &str| Some((modules.to_owned(), resource.to_owned()));
        assert_eq!(read("aws_vpc.this"), some("", "Managed aws_vpc this"));
        assert_eq!(read("data.aws_region.a"), some("", "Data aws_region a"));
        assert_eq!(read("module.a.module.b[\"x.y\"]"), some("a/b", ""));
        assert_eq!(read("module.a[0].aws_vpc.this[1]"), some("a", "Managed aws_vpc this"));
        assert_eq!(read("aws_vpc"), None);
        assert_eq!(read("module"), None);
        assert_eq!(read("a.b.c"), None);
    }
}
