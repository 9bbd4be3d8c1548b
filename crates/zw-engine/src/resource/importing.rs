//! `import` blocks: objects that exist and become instances of resources.
//!
//! What a block asks for is evaluated when the first instance of its resource is planned: the order of the static
//! graph has everything that it refers to before that. The object is fetched like a data source, and takes the
//! place of one in the state.

use std::collections::HashMap;

use zw_config::model::{Config, Import, NodeId, Repetition};
use zw_lang::addr::{
    ConfigResourceAddr, InstanceAddr, InstanceKey, ModuleInstancePath, ModulePath,
};
use zw_lang::{Diagnostic, EvalError, Expr, Marks, Span, Str, Type, Value, convert, evaluate};
use zw_provider::schema::Schema;
use zw_state::{Ending, ObjectStatus, ResourceRow, RowKey, RowVersion};

use super::{Connecting, shaped};
use crate::plan::PlanMode;
use crate::planner::{DataKey, DataRead, Planner};
use crate::providers::ProvId;
use crate::state::{Current, Prior};
use crate::walk::{EachData, Expansion, ModId, Slot, expansion_of, resource_addr};

/// What `import` blocks ask for.
#[derive(Default)]
pub(crate) struct Imports {
    /// Blocks of the root module by the resource that they name, until they have been evaluated.
    pending: HashMap<ConfigResourceAddr, Vec<usize>>,
    /// Ids of objects by the instance that they become, and where that is written.
    wanted: HashMap<InstanceAddr, (Str, Option<Span>)>,
}

impl Imports {
    /// What blocks ask for, and what is asked for besides.
    pub(crate) fn new(blocks: &[Import], more: &[(InstanceAddr, Str)]) -> Self {
        let mut imports = Self::default();
        let more = more.iter().map(|(address, id)| (address.clone(), (id.clone(), None)));
        imports.wanted.extend(more);
        for (at, block) in blocks.iter().enumerate() {
            imports.pending.entry(target(block)).or_default().push(at);
        }
        imports
    }
}

impl Planner {
    /// Whether objects are imported at all: by the blocks of a plan, or because somebody asks for it.
    pub(crate) fn imports_objects(&self) -> bool {
        self.options.mode == PlanMode::Normal || !self.options.imports.is_empty()
    }

    /// The position of the object that an `import` block brings to an instance, if there is one.
    pub(super) fn imported(
        &mut self,
        address: &InstanceAddr,
        provider: ProvId,
        schema: &Schema,
    ) -> Result<Option<usize>, Slot> {
        self.evaluate_imports(address)?;
        let Some((id, span)) = self.imports.wanted.get(address).cloned() else { return Ok(None) };
        let object = self.imported_object(address, provider, &id, span)?;
        let row = ResourceRow {
            key: RowKey::current(address.to_string()),
            type_name: address.resource().type_name.as_str().into(),
            provider: self.providers.get(provider).address.clone(),
            schema_version: schema.version,
            attributes: "{}".into(),
            sensitive_paths: None,
            private: None,
            status: ObjectStatus::Ready,
            dependencies: Vec::new(),
            ending: Ending::default(),
            version: RowVersion::default(),
        };
        let at = self.prior.add(Prior {
            row,
            address: address.clone(),
            moved_from: None,
            imported: Some(id),
            recorded: None,
            current: Current::Read(shaped(&schema.block, &object)),
        });
        Ok(Some(at))
    }

    /// The object of an id; wanted if it is not there yet.
    pub(crate) fn imported_object(
        &mut self,
        address: &InstanceAddr,
        provider: ProvId,
        id: &Str,
        span: Option<Span>,
    ) -> Result<Value, Slot> {
        let type_name = address.resource().type_name.clone();
        let provider_address = self.providers.get(provider).address.clone();
        let key: DataKey = (provider_address, format!("import {type_name}").into(), id.to_string());
        match self.answers.get(&key) {
            Some(Ok(object)) => return Ok(object.clone()),
            Some(Err(())) => return Err(Slot::Failed),
            None => {}
        }
        Err(match self.connection(provider) {
            Connecting::Ready => {
                let (config, address) = (Value::from(id.clone()), address.clone());
                let read = DataRead { provider, type_name, config, address };
                self.wanted.imports.push((key, read));
                Slot::Blocked
            }
            Connecting::Soon => Slot::Blocked,
            Connecting::Never => Slot::Failed,
            Connecting::Later => {
                let detail = "The provider that is to find the object cannot be configured before something else has \
                              been applied. Apply that first, with -target.";
                self.diagnostics.push(at_block(Diagnostic::error("Invalid import", detail), span));
                Slot::Failed
            }
        })
    }

    /// Evaluates the blocks that name the resource of an instance.
    fn evaluate_imports(&mut self, address: &InstanceAddr) -> Result<(), Slot> {
        let module = address.module().module();
        let of = ConfigResourceAddr { module, resource: address.resource().clone() };
        let Some(blocks) = self.imports.pending.get(&of).cloned() else { return Ok(()) };
        let config = self.walk.config.clone();
        let mut found = Vec::new();
        for at in blocks {
            let block = &config.root().imports[at];
            match self.evaluate_import(block) {
                Ok(entries) => found.extend(entries),
                Err(EvalError::Blocked) => return Err(Slot::Blocked),
                Err(EvalError::Diagnostics(problems)) => {
                    self.diagnostics.extend(problems);
                    self.imports.pending.remove(&of);
                    return Err(Slot::Failed);
                }
            }
        }
        self.imports.pending.remove(&of);
        for (address, id, span) in found {
            let earlier = self.imports.wanted.insert(address.clone(), (id, Some(span)));
            if let Some((_, Some(first))) = earlier {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Duplicate import configuration",
                        format!("Two import blocks name {address}. An instance has one object."),
                    )
                    .at(span)
                    .label(first, "the first one is here"),
                );
                return Err(Slot::Failed);
            }
        }
        Ok(())
    }

    /// Instances, and the ids of the objects that they are to become.
    pub(crate) fn evaluate_import(
        &self,
        block: &Import,
    ) -> Result<Vec<(InstanceAddr, Str, Span)>, EvalError> {
        let expansion = match &block.for_each {
            None => Expansion::Single,
            Some(expr) => {
                let value = evaluate(expr, &mut self.walk.view(ModId::ROOT, EachData::default()))?;
                expansion_of(&Repetition::ForEach(expr.clone()), Some(value))?
            }
        };
        if let Expansion::Unknown = expansion {
            return Err(Diagnostic::error(
                "Invalid for_each argument",
                "What is imported must be known while planning, and this depends on what does not exist yet.",
            )
            .at(block.span)
            .into());
        }
        let mut found = Vec::with_capacity(expansion.len());
        for at in 0..expansion.len() {
            let each = expansion.repetition(at);
            let mut module = ModuleInstancePath::root();
            for (name, key) in &block.to.modules {
                module = module.child(name.clone(), self.import_key(key.as_ref(), &each)?);
            }
            let key = self.import_key(block.to.key.as_ref(), &each)?;
            let address = InstanceAddr::new(module, block.to.resource.clone(), key);
            found.push((address, self.import_id(block, &each)?, block.span));
        }
        Ok(found)
    }

    fn import_key(&self, key: Option<&Expr>, each: &EachData) -> Result<InstanceKey, EvalError> {
        let Some(expr) = key else { return Ok(InstanceKey::None) };
        let value = evaluate(expr, &mut self.walk.view(ModId::ROOT, each.clone()))?;
        let number = value.as_i64().and_then(|number| u64::try_from(number).ok());
        match (number, value.as_str()) {
            (Some(number), _) => Ok(InstanceKey::Int(number)),
            (_, Some(text)) => Ok(InstanceKey::Str(text.into())),
            _ => Err(Diagnostic::error(
                "Invalid import address",
                "The key of an instance must be a string or a whole number that is known while planning.",
            )
            .at(expr.span)
            .into()),
        }
    }

    fn import_id(&self, block: &Import, each: &EachData) -> Result<Str, EvalError> {
        let invalid =
            |detail: &str, span| Diagnostic::error("Invalid import id argument", detail).at(span);
        let Some(expr) = &block.id else {
            let detail = "Objects are imported by their id: \"identity\" is not understood yet.";
            return Err(invalid(detail, block.span).into());
        };
        let value = evaluate(expr, &mut self.walk.view(ModId::ROOT, each.clone()))?;
        let detail = if value.marks().contains(Marks::SENSITIVE) {
            "The import id cannot be sensitive."
        } else if !value.is_known() {
            "The import block \"id\" argument depends on what cannot be determined until apply. Use the -target \
             option to first apply only what the import depends on."
        } else if value.is_null() {
            "The import id cannot be null."
        } else {
            let text = convert(&value, &Type::String).ok();
            match text.as_ref().and_then(Value::as_str) {
                Some("") => "The import id cannot be an empty string.",
                Some(text) => return Ok(text.into()),
                None => "The import id must be a string.",
            }
        };
        Err(invalid(detail, expr.span).into())
    }

    /// Reports blocks that name nothing.
    pub(crate) fn report_idle_imports(&mut self) {
        if self.diagnostics.has_errors() || !self.options.targets.is_empty() {
            return;
        }
        let config = self.walk.config.clone();
        // Blocks that were not evaluated name a resource of which all instances are there, or none at all.
        let pending = self.imports.pending.iter();
        let idle = pending.filter(|(of, _)| declared(&config, of).is_none());
        let idle = idle.flat_map(|(_, blocks)| blocks).map(|at| &config.root().imports[*at]);
        let idle = idle.map(|block| (block.to.resource.to_string(), Some(block.to.span)));
        let mut found: Vec<(String, Option<Span>)> = idle.collect();
        let done = |address: &InstanceAddr| self.prior.position(address).is_some();
        let unmet = self.imports.wanted.iter().filter(|(address, _)| !done(address));
        found.extend(unmet.map(|(address, (_, span))| (address.to_string(), *span)));
        found.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, span) in found {
            let detail = format!(
                "The configuration has no {name} that the object could become. Declare it, or have it written \
                 for an import block: with \"zw plan -generate-config-out=FILE\"."
            );
            let found = Diagnostic::error("Configuration for import target does not exist", detail);
            self.diagnostics.push(at_block(found, span));
        }
    }
}

/// A diagnostic at the block that it is about, if there is one.
fn at_block(diagnostic: Diagnostic, span: Option<Span>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span),
        None => diagnostic,
    }
}

/// The resource of an address, if the configuration has it.
pub(crate) fn declared(config: &Config, address: &ConfigResourceAddr) -> Option<(NodeId, usize)> {
    let mut node = crate::statics::node_id(0);
    for name in address.module.names() {
        let calls = &config.module_of(node).calls;
        let call = calls.iter().position(|call| call.name == *name)?;
        node = config.tree[node.0 as usize].children[call];
    }
    let resources = &config.module_of(node).resources;
    let at = resources.iter().position(|resource| resource_addr(resource) == address.resource)?;
    Some((node, at))
}

/// The resource that a block names.
pub(crate) fn target(block: &Import) -> ConfigResourceAddr {
    let names = block.to.modules.iter().map(|(name, _)| name.clone()).collect();
    ConfigResourceAddr { module: ModulePath::new(names), resource: block.to.resource.clone() }
}
