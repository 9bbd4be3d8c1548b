//! The configuration as plans write it: what is declared, with each expression as a constant or as what it refers
//! to.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use zw_config::model::{
    Body, Config, Dependency, Module, ModuleCall, NodeId, Output, ProviderKey, Repetition,
    Resource, Symbol, Variable,
};
use zw_engine::full_source;
use zw_lang::addr::ResourceAddr;
use zw_lang::{Expr, Ref, Step, Str, Type, Value, ValueKind, value_to_json};
use zw_provider::schema::{Block, Nesting};

use crate::ui::schemas::Schemas;
use crate::ui::text::quoted;

/// The whole configuration.
pub(super) fn to_json(config: &Config, schemas: &dyn Schemas) -> Json {
    let writer = Writer { config, schemas };
    let mut out = Map::new();
    if config.tree.is_empty() || config.modules.is_empty() {
        return Json::Object(out);
    }
    let mut providers = BTreeMap::new();
    writer.providers(NodeId(0), &mut providers);
    if !providers.is_empty() {
        out.insert("provider_config".to_owned(), Json::Object(providers.into_iter().collect()));
    }
    out.insert("root_module".to_owned(), writer.module(NodeId(0)));
    Json::Object(out)
}

struct Writer<'a> {
    config: &'a Config,
    schemas: &'a dyn Schemas,
}

impl Writer<'_> {
    /// Names of calls on the way to a node: `module.a.module.b`, or nothing for the root.
    fn path(&self, node: NodeId) -> String {
        let Some((parent, call)) = self.config.tree[node.0 as usize].parent else {
            return String::new();
        };
        let name = &self.config.module_of(parent).calls[call].name;
        let above = self.path(parent);
        if above.is_empty() { format!("module.{name}") } else { format!("{above}.module.{name}") }
    }

    /// Provider configurations of a node and of those below it, by key.
    fn providers(&self, node: NodeId, found: &mut BTreeMap<String, Json>) {
        let module = self.config.module_of(node);
        let path = self.path(node);
        let required = &module.settings.required_providers;
        for provider in &module.providers {
            let mut entry = Self::provider_entry(module, &provider.key, &path);
            if let Some(alias) = &provider.key.alias {
                entry.insert("alias".to_owned(), alias.as_str().into());
            }
            let expressions = expressions(module, &provider.body, None);
            if !expressions.is_empty() {
                entry.insert("expressions".to_owned(), Json::Object(expressions));
            }
            found.insert(scoped(&path, &provider.key), Json::Object(entry));
        }
        let mentioned = required
            .keys()
            .map(|name| ProviderKey { name: name.clone(), alias: None })
            .chain(module.resources.iter().map(|resource| resource.provider.key.clone()));
        for key in mentioned {
            // What a module is given by its caller is the caller's.
            if self.owner(node, &key) == (node, key.clone()) {
                found
                    .entry(scoped(&path, &key))
                    .or_insert_with(|| Json::Object(Self::provider_entry(module, &key, &path)));
            }
        }
        for child in &self.config.tree[node.0 as usize].children {
            self.providers(*child, found);
        }
    }

    fn provider_entry(module: &Module, key: &ProviderKey, path: &str) -> Map<String, Json> {
        let required = module.settings.required_providers.get(&key.name);
        let source = required.and_then(|required| required.source.as_deref());
        let mut entry = Map::new();
        entry.insert("name".to_owned(), key.name.as_str().into());
        entry.insert("full_name".to_owned(), full_source(&key.name, source).into());
        if let Some(version) = required.and_then(|required| required.version.as_deref()) {
            entry.insert("version_constraint".to_owned(), version.into());
        }
        if !path.is_empty() {
            entry.insert("module_address".to_owned(), path.into());
        }
        entry
    }

    /// The node whose provider configuration a key stands for in a node, and its key there.
    fn owner(&self, node: NodeId, key: &ProviderKey) -> (NodeId, ProviderKey) {
        let module = self.config.module_of(node);
        let declared = module.providers.iter().any(|provider| provider.key == *key);
        let parent = self.config.tree[node.0 as usize].parent;
        let (Some((parent, call)), false) = (parent, declared) else {
            return (node, key.clone());
        };
        let call = &self.config.module_of(parent).calls[call];
        let passed = call.providers.iter().find(|(inside, _)| inside == key);
        match passed {
            Some((_, outside)) => self.owner(parent, &outside.key),
            None => self.owner(parent, key),
        }
    }

    fn module(&self, node: NodeId) -> Json {
        let module = self.config.module_of(node);
        let mut out = Map::new();
        if !module.outputs.is_empty() {
            out.insert(
                "outputs".to_owned(),
                by_name(&module.outputs, |output| (&output.name, output_entry(module, output))),
            );
        }
        let mut resources: Vec<&Resource> = module.resources.iter().collect();
        // Managed ones first, by address.
        resources.sort_by(|a, b| {
            b.mode.cmp(&a.mode).then_with(|| (&a.type_name, &a.name).cmp(&(&b.type_name, &b.name)))
        });
        if !resources.is_empty() {
            let resources: Vec<Json> = resources
                .into_iter()
                .map(|resource| self.resource(node, module, resource))
                .collect();
            out.insert("resources".to_owned(), resources.into());
        }
        if !module.calls.is_empty() {
            let children = &self.config.tree[node.0 as usize].children;
            let calls: Vec<_> = module.calls.iter().zip(children).collect();
            out.insert(
                "module_calls".to_owned(),
                by_name(&calls, |(call, child)| (&call.name, self.call(module, call, **child))),
            );
        }
        if !module.variables.is_empty() {
            out.insert(
                "variables".to_owned(),
                by_name(&module.variables, |variable| (&variable.name, variable_entry(variable))),
            );
        }
        Json::Object(out)
    }

    fn call(&self, module: &Module, call: &ModuleCall, child: NodeId) -> Json {
        let mut out = Map::new();
        out.insert("source".to_owned(), call.source.as_str().into());
        let arguments: Map<String, Json> = call
            .arguments
            .iter()
            .map(|(name, (_, value))| (name.to_string(), expression(module, value)))
            .collect();
        if !arguments.is_empty() {
            out.insert("expressions".to_owned(), Json::Object(arguments));
        }
        add_repetition(&mut out, module, &call.repetition);
        out.insert("module".to_owned(), self.module(child));
        if let Some((version, _)) = &call.version {
            out.insert("version_constraint".to_owned(), version.as_str().into());
        }
        add_dependencies(&mut out, module, &call.depends_on);
        Json::Object(out)
    }

    fn resource(&self, node: NodeId, module: &Module, resource: &Resource) -> Json {
        let addr =
            ResourceAddr::new(resource.mode, resource.type_name.clone(), resource.name.clone());
        let (owner, key) = self.owner(node, &resource.provider.key);
        let required = self.config.module_of(owner).settings.required_providers.get(&key.name);
        let source = required.and_then(|required| required.source.as_deref());
        let provider = format!("provider[\"{}\"]", full_source(&key.name, source));
        let schema = self.schemas.schema(&provider, &addr);
        let mut out = Map::new();
        out.insert("address".to_owned(), addr.to_string().into());
        out.insert("mode".to_owned(), resource.mode.name().into());
        out.insert("type".to_owned(), resource.type_name.as_str().into());
        out.insert("name".to_owned(), resource.name.as_str().into());
        out.insert("provider_config_key".to_owned(), scoped(&self.path(owner), &key).into());
        if !resource.provisioners.is_empty() {
            let provisioners: Vec<Json> = resource
                .provisioners
                .iter()
                .map(|provisioner| {
                    let expressions = expressions(module, &provisioner.body, None);
                    json!({"type": provisioner.type_name.as_str(), "expressions": expressions})
                })
                .collect();
            out.insert("provisioners".to_owned(), provisioners.into());
        }
        let expressions = expressions(module, &resource.body, schema.map(|schema| &schema.block));
        if !expressions.is_empty() {
            out.insert("expressions".to_owned(), Json::Object(expressions));
        }
        let version = schema.map_or(0, |schema| schema.version);
        out.insert("schema_version".to_owned(), version.into());
        add_repetition(&mut out, module, &resource.repetition);
        add_dependencies(&mut out, module, &resource.depends_on);
        Json::Object(out)
    }
}

/// The key of a provider configuration: `aws.west`, or `module.a:aws` within a module.
fn scoped(path: &str, key: &ProviderKey) -> String {
    let scope = if path.is_empty() { String::new() } else { format!("{path}:") };
    match &key.alias {
        Some(alias) => format!("{scope}{}.{alias}", key.name),
        None => format!("{scope}{}", key.name),
    }
}

fn by_name<'t, T>(items: &'t [T], entry: impl Fn(&'t T) -> (&'t Str, Json)) -> Json {
    let sorted: BTreeMap<String, Json> = items
        .iter()
        .map(|item| {
            let (name, json) = entry(item);
            (name.to_string(), json)
        })
        .collect();
    Json::Object(sorted.into_iter().collect())
}

fn output_entry(module: &Module, output: &Output) -> Json {
    let mut out = Map::new();
    if output.sensitive {
        out.insert("sensitive".to_owned(), true.into());
    }
    out.insert("expression".to_owned(), expression(module, &output.value));
    add_dependencies(&mut out, module, &output.depends_on);
    if let Some(description) = &output.description {
        out.insert("description".to_owned(), description.as_str().into());
    }
    Json::Object(out)
}

fn variable_entry(variable: &Variable) -> Json {
    let mut out = Map::new();
    match &variable.default {
        Some(default) => out.insert("default".to_owned(), value_to_json(default)),
        None => out.insert("required".to_owned(), true.into()),
    };
    if let Some(description) = &variable.description {
        out.insert("description".to_owned(), description.as_str().into());
    }
    if variable.sensitive {
        out.insert("sensitive".to_owned(), true.into());
    }
    if variable.ty != Type::Dynamic {
        out.insert("type".to_owned(), variable.ty.to_string().into());
    }
    Json::Object(out)
}

fn add_repetition(out: &mut Map<String, Json>, module: &Module, repetition: &Repetition) {
    match repetition {
        Repetition::Single => {}
        Repetition::Count(count) => {
            out.insert("count_expression".to_owned(), expression(module, count));
        }
        Repetition::ForEach(for_each) => {
            out.insert("for_each_expression".to_owned(), expression(module, for_each));
        }
    }
}

fn add_dependencies(out: &mut Map<String, Json>, module: &Module, dependencies: &[Dependency]) {
    if !dependencies.is_empty() {
        let names: Vec<String> = dependencies
            .iter()
            .map(|dependency| subject(module, module.symbol(dependency.symbol)))
            .collect();
        out.insert("depends_on".to_owned(), names.into());
    }
}

/// Arguments and blocks of a body by name. Blocks that are repeated by an expression are left out, as Terraform
/// does.
fn expressions(module: &Module, body: &Body, schema: Option<&Block>) -> Map<String, Json> {
    let is_nested = |name: &str| schema.is_some_and(|schema| schema.nested(name).is_some());
    let attributes = body.attributes.iter();
    let mut sorted: BTreeMap<String, Json> = attributes
        .filter(|(name, attribute)| attribute.blocks.is_none() || !is_nested(name))
        .map(|(name, attribute)| (name.to_string(), expression(module, &attribute.value)))
        .collect();
    // In JSON and YAML blocks are written as attributes are.
    let undecided = body.attributes.iter().filter(|(name, _)| is_nested(name));
    let undecided = undecided.flat_map(|(_, attribute)| attribute.blocks.iter().flatten());
    for block in body.blocks.iter().chain(undecided).filter(|block| block.dynamic.is_none()) {
        let nested = schema.and_then(|schema| schema.nested(&block.type_name));
        let inner = expressions(module, &block.body, nested.map(|nested| &nested.block));
        let inner = Json::Object(inner);
        let name = block.type_name.to_string();
        match nested.map_or(Nesting::List, |nested| nested.nesting) {
            Nesting::Single => {
                sorted.insert(name, inner);
            }
            Nesting::List | Nesting::Set => {
                let entry = sorted.entry(name).or_insert_with(|| Json::Array(Vec::new()));
                if let Json::Array(blocks) = entry {
                    blocks.push(inner);
                }
            }
            Nesting::Map => {
                let entry = sorted.entry(name).or_insert_with(|| Json::Object(Map::new()));
                if let (Json::Object(blocks), Some(label)) = (entry, block.labels.first()) {
                    blocks.insert(label.to_string(), inner);
                }
            }
        }
    }
    sorted.into_iter().collect()
}

/// `constant_value`, or `references` from the longest to the shortest way of naming each thing.
fn expression(module: &Module, expr: &Expr) -> Json {
    if let Some(value) = expr.as_literal()
        && value.is_wholly_known()
    {
        return json!({"constant_value": value_to_json(value)});
    }
    let mut references: Vec<String> = Vec::new();
    expr.for_each_ref(&mut |reference, _| add_reference(module, reference, &mut references));
    if references.is_empty() { json!({}) } else { json!({"references": references}) }
}

/// Adds a reference with everything that is written behind its name, then with less and less of it.
fn add_reference(module: &Module, reference: &Ref, references: &mut Vec<String>) {
    let symbol = module.symbol(reference.symbol);
    let mut names = vec![subject(module, symbol)];
    for step in &reference.steps {
        let text = match step {
            Step::Attr(name, _) => format!(".{name}"),
            Step::Index(index) => match index.as_literal().and_then(index_text) {
                Some(text) => text,
                // From here on it is not plain which part is meant.
                None => break,
            },
        };
        let longer = format!("{}{text}", names.last().map_or("", String::as_str));
        names.push(longer);
    }
    if let Symbol::Module(_) = symbol
        && let [Step::Index(_), Step::Attr(..), ..] = reference.steps.as_slice()
        && names.len() > 2
    {
        // An output of an instance of a module refers to that instance, and not to all of them.
        names.remove(0);
    }
    references.extend(names.into_iter().rev());
}

fn index_text(index: &Value) -> Option<String> {
    match index.kind() {
        ValueKind::String(key) => Some(format!("[{}]", quoted(key))),
        ValueKind::Number(number) => Some(format!("[{number}]")),
        _ => None,
    }
}

/// The name of what a symbol stands for.
fn subject(module: &Module, symbol: Symbol) -> String {
    let named = |prefix: &str, name: Option<&Str>| {
        format!("{prefix}.{}", name.map_or("", |name| name.as_str()))
    };
    match symbol {
        Symbol::Variable(at) => named("var", module.variables.get(at).map(|found| &found.name)),
        Symbol::Local(at) => named("local", module.locals.get(at).map(|found| &found.name)),
        Symbol::Output(at) => named("output", module.outputs.get(at).map(|found| &found.name)),
        Symbol::Module(at) => named("module", module.calls.get(at).map(|found| &found.name)),
        Symbol::Resource(at) => module.resources.get(at).map_or_else(String::new, |found| {
            ResourceAddr::new(found.mode, found.type_name.clone(), found.name.clone()).to_string()
        }),
        Symbol::EachKey => "each.key".to_owned(),
        Symbol::EachValue => "each.value".to_owned(),
        Symbol::CountIndex => "count.index".to_owned(),
        Symbol::SelfObject => "self".to_owned(),
        Symbol::PathModule => "path.module".to_owned(),
        Symbol::PathRoot => "path.root".to_owned(),
        Symbol::PathCwd => "path.cwd".to_owned(),
        Symbol::Workspace => "terraform.workspace".to_owned(),
        Symbol::Applying => "terraform.applying".to_owned(),
        Symbol::Missing => String::new(),
    }
}
