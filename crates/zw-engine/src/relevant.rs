//! What a plan was decided by: the attributes of resources that the configuration of what changes refers to,
//! through variables, local values and outputs, however far.
//!
//! Whoever shows a plan leaves out what others changed elsewhere. Source: `internal/lang/globalref` of Terraform.

use std::collections::{BTreeMap, HashSet};

use zw_config::model::{Block, Body, Symbol};
use zw_lang::addr::{InstanceAddr, InstanceKey};
use zw_lang::{Expr, Path, PathStep, Ref, Step, Value};

use crate::api::Run;
use crate::plan::{Action, RelevantAttribute};
use crate::walk::{ModId, Walk, resource_addr};

impl Run {
    /// The attributes that the plan was decided by, sorted.
    pub fn relevant_attributes(&self) -> Vec<RelevantAttribute> {
        let mut search =
            Search { walk: &self.planner.walk, seen: HashSet::new(), found: BTreeMap::new() };
        let mut queue = Vec::new();
        for (change, detail) in self.planner.changes.iter().zip(&self.planner.details) {
            let Some((module, resource, _)) = detail.instance else { continue };
            if change.action == Action::NoOp
                || !search.seen.insert((module, Thing::Resource(resource)))
            {
                continue;
            }
            let declared = &search.module(module).resources[resource];
            body_refs(&declared.body, module, &mut queue);
            if let Some(expr) = declared.repetition.expr() {
                expr_refs(expr, module, &mut queue);
            }
        }
        for output in self.planner.outputs.iter().filter(|output| output.action != Action::NoOp) {
            let declared = self.planner.walk.config.root().outputs.iter();
            for declared in declared.filter(|declared| declared.name == output.name) {
                expr_refs(&declared.value, ModId::ROOT, &mut queue);
            }
        }
        while let Some((module, reference)) = queue.pop() {
            search.follow(module, reference, &mut queue);
        }
        search.found.into_values().collect()
    }
}

/// What is followed once.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Thing {
    Resource(usize),
    Variable(usize),
    Local(usize),
    Output(usize),
    /// An attribute of a resource.
    Attribute(String),
}

type Queue<'a> = Vec<(ModId, &'a Ref)>;

struct Search<'a> {
    walk: &'a Walk,
    seen: HashSet<(ModId, Thing)>,
    /// By what they are sorted by.
    found: BTreeMap<(String, String), RelevantAttribute>,
}

impl<'a> Search<'a> {
    fn module(&self, module: ModId) -> &'a zw_config::model::Module {
        self.walk.config.module_of(self.walk.module(module).node)
    }

    fn follow(&mut self, module: ModId, reference: &'a Ref, queue: &mut Queue<'a>) {
        let declared = self.module(module);
        match declared.symbol(reference.symbol) {
            Symbol::Variable(at) => self.variable(module, at, queue),
            Symbol::Local(at) if self.seen.insert((module, Thing::Local(at))) => {
                expr_refs(&declared.locals[at].value, module, queue);
            }
            Symbol::Module(call) => self.call(module, call, reference, queue),
            Symbol::Resource(at) => self.attribute(module, at, reference, queue),
            _ => {}
        }
    }

    fn variable(&mut self, module: ModId, at: usize, queue: &mut Queue<'a>) {
        let here = self.walk.module(module);
        let call = here.parent.zip(self.walk.config.tree[here.node.0 as usize].parent);
        let Some((parent, (above, call))) = call else { return };
        if !self.seen.insert((module, Thing::Variable(at))) {
            return;
        }
        let name = &self.module(module).variables[at].name;
        let arguments = &self.walk.config.module_of(above).calls[call].arguments;
        if let Some((_, expr)) = arguments.get(name) {
            expr_refs(expr, parent, queue);
        }
    }

    fn call(&mut self, module: ModId, call: usize, reference: &'a Ref, queue: &mut Queue<'a>) {
        let name = reference.steps.iter().find_map(|step| match step {
            Step::Attr(name, _) => Some(name),
            Step::Index(_) => None,
        });
        for instance in &self.walk.module(module).calls[call].instances {
            for (at, output) in self.module(*instance).outputs.iter().enumerate() {
                let is_meant = name.is_none_or(|name| *name == output.name);
                if is_meant && self.seen.insert((*instance, Thing::Output(at))) {
                    expr_refs(&output.value, *instance, queue);
                }
            }
        }
    }

    fn attribute(&mut self, module: ModId, at: usize, reference: &'a Ref, queue: &mut Queue<'a>) {
        let declared = &self.module(module).resources[at];
        let mut steps = reference.steps.iter().map(constant).peekable();
        let key = match steps.peek() {
            Some(Some(PathStep::Index(key))) => instance_key(key),
            _ => None,
        };
        if matches!(reference.steps.first(), Some(Step::Index(_))) {
            steps.next();
        }
        let path = Path(steps.map_while(|step| step).collect());
        let key = key.unwrap_or(InstanceKey::None);
        let address = self.walk.module(module).path.clone();
        let resource = InstanceAddr::new(address, resource_addr(declared), key);
        let place = (resource.to_string(), path.to_string());
        let name = match path.0.first() {
            Some(PathStep::Attr(name)) => Some(name.clone()),
            _ => None,
        };
        self.found.entry(place).or_insert(RelevantAttribute { resource, path });
        let Some(name) = name else { return };
        if !self.seen.insert((module, Thing::Attribute(format!("{at} {name}")))) {
            return;
        }
        if let Some(attribute) = declared.body.attributes.get(&name) {
            expr_refs(&attribute.value, module, queue);
        }
        for block in declared.body.blocks.iter().filter(|block| block.type_name == name) {
            block_refs(block, module, queue);
        }
    }
}

/// A step, if what it says is known without evaluating anything.
fn constant(step: &Step) -> Option<PathStep> {
    match step {
        Step::Attr(name, _) => Some(PathStep::Attr(name.clone())),
        Step::Index(index) => index.as_literal().cloned().map(PathStep::Index),
    }
}

fn instance_key(key: &Value) -> Option<InstanceKey> {
    match (key.as_i64(), key.as_str()) {
        (Some(number), _) => u64::try_from(number).ok().map(InstanceKey::Int),
        (_, Some(text)) => Some(InstanceKey::Str(text.into())),
        _ => None,
    }
}

fn expr_refs<'a>(expr: &'a Expr, module: ModId, queue: &mut Queue<'a>) {
    expr.for_each_ref(&mut |reference, _| queue.push((module, reference)));
}

fn body_refs<'a>(body: &'a Body, module: ModId, queue: &mut Queue<'a>) {
    body.attributes.values().for_each(|attribute| expr_refs(&attribute.value, module, queue));
    body.blocks.iter().for_each(|block| block_refs(block, module, queue));
}

fn block_refs<'a>(block: &'a Block, module: ModId, queue: &mut Queue<'a>) {
    if let Some(dynamic) = &block.dynamic {
        expr_refs(&dynamic.for_each, module, queue);
    }
    body_refs(&block.body, module, queue);
}
