//! Why a change is what it is: which attributes change, where their new values come from through variables, local
//! values and modules, and what depends on the object.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use foldhash::{HashMap, HashMapExt};
use zw_config::model::{Block, Body, ModuleCall, Symbol};
use zw_lang::addr::InstanceAddr;
use zw_lang::{Expr, Ref, Span, Str, Value, evaluate};

use crate::api::Run;
use crate::explain::value_of;
use crate::graph::direct;
use crate::plan::{Action, Change};
use crate::planner::Planner;
use crate::statics::Object;
use crate::walk::{Dep, EachData, ModId, narrow};

/// How far values are followed. Nobody reads more, and a module can call itself no more often.
const DEPTH_MAX: usize = 32;

/// Why a change is what it is.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The change.
    pub change: &'a Change,
    /// How others changed the object before, if they did.
    pub drift: Option<&'a Change>,
    /// What changes of it, by name.
    pub attributes: Vec<Explained>,
    /// Instances that use the object with nothing but values in between: their addresses, and what happens to them.
    pub users: Vec<(InstanceAddr, Action)>,
    /// How many more depend on those.
    pub behind: usize,
}

/// An attribute, or all blocks of a type, that changes.
#[derive(Debug)]
pub struct Explained {
    /// The name.
    pub name: Str,
    /// As it is; null if it is not.
    pub before: Value,
    /// As it will be, with unknown parts.
    pub after: Value,
    /// Whether it is why the object is replaced.
    pub replaces: bool,
    /// Where the configuration says so; empty if it does not, and the provider decides.
    pub written: Vec<Written>,
}

/// A place in the configuration, and what is referred to there.
#[derive(Debug)]
pub struct Written {
    /// The place.
    pub span: Span,
    /// What is referred to, each once.
    pub origins: Vec<Origin>,
}

/// Something that a value comes from.
#[derive(Debug)]
pub struct Origin {
    /// As it is written, as `var.cidr`.
    pub name: String,
    /// Its value, if it has one.
    pub value: Option<Value>,
    /// Where that comes from.
    pub source: Source,
}

/// Where a value comes from.
#[derive(Debug)]
pub enum Source {
    /// From an expression.
    Written(Written),
    /// From whoever runs this: the command line, a file of variables, the environment.
    Given(Option<Span>),
    /// From the default of a variable.
    Default(Span),
    /// From an object, and what happens to that.
    Object(InstanceAddr, Action),
    /// It has been said above.
    Above,
    /// From what is the same everywhere, as `terraform.workspace`, or from too far away.
    Nowhere,
}

impl Run {
    /// Why the change of an instance is what it is. `None` if the plan has nothing of that address.
    pub fn explain(&self, address: &InstanceAddr) -> Option<Explanation<'_>> {
        let planner = &self.planner;
        let is_meant = |change: &&Change| change.address == *address && change.deposed.is_none();
        let change = self.plan.changes.iter().find(is_meant)?;
        let at = planner
            .changes
            .iter()
            .position(|one| one.address == *address && one.deposed.is_none())?;
        let detail = &planner.details[at];
        let attributes = changed(change).into_iter().map(|(name, before, after)| {
            let written = detail.instance.map_or_else(Vec::new, |instance| {
                Search { planner, seen: HashSet::new() }.attribute(instance, &name)
            });
            let replaces = change
                .replace_paths
                .iter()
                .any(|path| path.0.first() == Some(&zw_lang::PathStep::Attr(name.clone())));
            Explained { name, before, after, replaces, written }
        });
        let (users, behind) = match detail.dep() {
            Some(dep) => planner.users_of(dep),
            None => (planner.recorded_users_of(address), 0),
        };
        Some(Explanation {
            change,
            drift: self.plan.drift.iter().find(is_meant),
            attributes: attributes.collect(),
            users,
            behind,
        })
    }
}

/// The attributes that a change changes, with their values on both sides.
fn changed(change: &Change) -> Vec<(Str, Value, Value)> {
    let missing = || Value::null(zw_lang::Type::Dynamic);
    let mut names: BTreeSet<Str> = BTreeSet::new();
    for side in [&change.before, &change.after] {
        names.extend(
            side.as_object().into_iter().flat_map(|side| side.iter().map(|(name, _)| name.clone())),
        );
    }
    let side = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_else(missing);
    names
        .into_iter()
        .map(|name| (side(&change.before, &name), side(&change.after, &name), name))
        .filter(|(before, after, _)| {
            let plain = |value: &Value| value.clone().unmark_all().0;
            let (before, after) = (plain(before), plain(after));
            !(before.is_null() && after.is_null()) && before != after
        })
        .map(|(before, after, name)| (name, before, after))
        .collect()
}

/// Where an expression stands, and what `each` and `count` are there.
#[derive(Clone)]
struct Place<'a> {
    module: ModId,
    each: EachData,
    /// What decides how often the thing around it is repeated, and where that stands.
    repetition: Option<(ModId, &'a Expr)>,
}

struct Search<'a> {
    planner: &'a Planner,
    /// What has been followed already.
    seen: HashSet<(ModId, String)>,
}

impl<'a> Search<'a> {
    /// Where the configuration gives an attribute, or blocks of a type, their value.
    fn attribute(&mut self, instance: (ModId, usize, usize), name: &str) -> Vec<Written> {
        let (module, resource, at) = instance;
        let walk = &self.planner.walk;
        let declared = &self.module(module).resources[resource];
        let place = Place {
            module,
            each: walk.module(module).resources[resource].expansion.repetition(at),
            repetition: declared.repetition.expr().map(|expr| (module, expr)),
        };
        let mut found = Vec::new();
        if let Some(attribute) = declared.body.attributes.get(name) {
            found.push(self.written(&attribute.value, &place, 0));
        }
        for block in declared.body.blocks.iter().filter(|block| block.type_name == name) {
            self.block(block, &place, &mut found);
        }
        found
    }

    fn block(&mut self, block: &'a Block, place: &Place<'a>, found: &mut Vec<Written>) {
        if let Some(dynamic) = &block.dynamic {
            found.push(self.written(&dynamic.for_each, place, 0));
        }
        self.body(&block.body, place, found);
    }

    fn body(&mut self, body: &'a Body, place: &Place<'a>, found: &mut Vec<Written>) {
        for attribute in body.attributes.values() {
            found.push(self.written(&attribute.value, place, 0));
        }
        for block in &body.blocks {
            self.block(block, place, found);
        }
    }

    fn module(&self, module: ModId) -> &'a zw_config::model::Module {
        let walk = &self.planner.walk;
        walk.config.module_of(walk.module(module).node)
    }

    /// An expression, and what it refers to.
    fn written(&mut self, expr: &'a Expr, place: &Place<'a>, depth: usize) -> Written {
        let mut refs: Vec<(&Ref, Span)> = Vec::new();
        expr.for_each_ref(&mut |reference, span| refs.push((reference, span)));
        let mut names = HashSet::new();
        let mut origins = Vec::new();
        for (reference, span) in refs {
            let name = self.name(reference, span);
            if names.insert(name.clone()) {
                origins.push(self.origin(name, reference, span, place, depth));
            }
        }
        Written { span: expr.span, origins }
    }

    /// A reference as it is written.
    fn name(&self, reference: &Ref, span: Span) -> String {
        let written = self.planner.walk.config.sources.snippet(span);
        written.unwrap_or(&reference.name).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn origin(
        &mut self,
        name: String,
        reference: &'a Ref,
        span: Span,
        place: &Place<'a>,
        depth: usize,
    ) -> Origin {
        let mut view = self.planner.walk.view(place.module, place.each.clone());
        let value = value_of(&mut view, reference, span);
        let key = (place.module, format!("{} {name}", is_repeated(place)));
        let source = if depth >= DEPTH_MAX {
            Source::Nowhere
        } else if self.seen.insert(key) {
            self.source(reference, place, depth + 1)
        } else {
            Source::Above
        };
        Origin { name, value, source }
    }

    fn source(&mut self, reference: &'a Ref, place: &Place<'a>, depth: usize) -> Source {
        let here = Place { module: place.module, each: EachData::default(), repetition: None };
        let declared = self.module(place.module);
        match declared.symbol(reference.symbol) {
            Symbol::Variable(at) => self.variable(place.module, at, depth),
            Symbol::Local(at) => {
                Source::Written(self.written(&declared.locals[at].value, &here, depth))
            }
            Symbol::Module(call) => self.output(call, reference, place, depth),
            Symbol::Resource(at) => self.object(at, reference, place),
            Symbol::EachKey | Symbol::EachValue | Symbol::CountIndex => match place.repetition {
                Some((module, expr)) => {
                    let there = Place { module, ..here };
                    Source::Written(self.written(expr, &there, depth))
                }
                None => Source::Nowhere,
            },
            _ => Source::Nowhere,
        }
    }

    fn variable(&mut self, module: ModId, at: usize, depth: usize) -> Source {
        let walk = &self.planner.walk;
        let variable = &self.module(module).variables[at];
        let Some((parent, call)) = self.call_of(module) else {
            return match self.planner.options.variables.get(&variable.name) {
                Some((_, span)) => Source::Given(*span),
                None => Source::Default(variable.span),
            };
        };
        let Some((_, expr)) = call.arguments.get(&variable.name) else {
            return Source::Default(variable.span);
        };
        let place = Place {
            module: parent,
            each: walk.module(module).each.clone(),
            repetition: call.repetition.expr().map(|expr| (parent, expr)),
        };
        Source::Written(self.written(expr, &place, depth))
    }

    /// The call that makes an instance of a module, and the instance that has it.
    fn call_of(&self, module: ModId) -> Option<(ModId, &'a ModuleCall)> {
        let walk = &self.planner.walk;
        let here = walk.module(module);
        let (above, call) = walk.config.tree[here.node.0 as usize].parent?;
        Some((here.parent?, &walk.config.module_of(above).calls[call]))
    }

    /// An output of one instance of a module, which stands for the others if all are meant.
    fn output(
        &mut self,
        call: usize,
        reference: &'a Ref,
        place: &Place<'a>,
        depth: usize,
    ) -> Source {
        let walk = &self.planner.walk;
        let slot = &walk.module(place.module).calls[call];
        let at = self.position(&slot.expansion, reference, place).unwrap_or_default();
        let Some(instance) = slot.instances.get(at).copied() else { return Source::Nowhere };
        let name = reference.steps.iter().find_map(|step| match step {
            zw_lang::Step::Attr(name, _) => Some(name),
            zw_lang::Step::Index(_) => None,
        });
        let outputs = &self.module(instance).outputs;
        let Some(output) = outputs.iter().find(|output| Some(&output.name) == name) else {
            return Source::Nowhere;
        };
        let there = Place { module: instance, each: EachData::default(), repetition: None };
        Source::Written(self.written(&output.value, &there, depth))
    }

    /// Which instance an index behind a name means.
    fn position(
        &self,
        expansion: &crate::walk::Expansion,
        reference: &Ref,
        place: &Place<'_>,
    ) -> Option<usize> {
        let zw_lang::Step::Index(index) = reference.steps.first()? else { return None };
        let mut view = self.planner.walk.view(place.module, place.each.clone());
        expansion.position(&evaluate(index, &mut view).ok()?)
    }

    /// The object that is referred to; the first if it is all of a resource.
    fn object(&self, resource: usize, reference: &Ref, place: &Place<'_>) -> Source {
        let planner = self.planner;
        let slot = &planner.walk.module(place.module).resources[resource];
        let position = self.position(&slot.expansion, reference, place);
        let at = position.unwrap_or_default();
        if slot.instances.is_empty() {
            return Source::Nowhere;
        }
        let mut address = planner.walk.address(place.module, resource, at);
        if position.is_none() && slot.instances.len() > 1 {
            address = address.without_key();
        }
        let change = planner.change_of.get(&(place.module, narrow(resource), narrow(at)));
        let action = change.map_or(Action::NoOp, |change| planner.changes[*change].action);
        Source::Object(address, action)
    }
}

const fn is_repeated(place: &Place<'_>) -> bool {
    place.repetition.is_some()
}

impl Planner {
    /// The instances that use something with nothing but values in between, sorted, and how many more depend
    /// on those.
    fn users_of(&self, dep: Dep) -> (Vec<(InstanceAddr, Action)>, usize) {
        let users = self.users();
        let mut seen = HashSet::from([dep]);
        let near = reached(&users, vec![dep], &mut seen, false);
        let far = reached(&users, near.clone(), &mut seen, true);
        let named = near.iter().filter_map(|dep| match *dep {
            Dep::Instance(module, resource, at) => {
                let address = self.walk.address(module, resource as usize, at as usize);
                let change = self.change_of.get(&(module, resource, at));
                Some((address, change.map_or(Action::NoOp, |at| self.changes[*at].action)))
            }
            _ => None,
        });
        let named: BTreeMap<InstanceAddr, Action> = named.collect();
        (named.into_iter().collect(), far.len())
    }

    /// What uses each thing directly.
    fn users(&self) -> HashMap<Dep, Vec<Dep>> {
        let mut users: HashMap<Dep, Vec<Dep>> = HashMap::new();
        let mut add = |user: Dep| {
            let used = match user {
                Dep::Instance(module, resource, at) => {
                    match self.change_of.get(&(module, resource, at)) {
                        Some(change) => self.details[*change].deps.to_vec(),
                        None => direct(self, user),
                    }
                }
                _ => direct(self, user),
            };
            for used in used {
                users.entry(used).or_default().push(user);
            }
        };
        for id in &self.walk.statics.order {
            for module in self.walk.by_node[id.node.0 as usize].iter().copied() {
                match id.object {
                    Object::Variable(at) => add(Dep::Variable(module, narrow(at))),
                    Object::Local(at) => add(Dep::Local(module, narrow(at))),
                    Object::Output(at) => add(Dep::Output(module, narrow(at))),
                    Object::Gate => add(Dep::Gate(module)),
                    Object::Close => add(Dep::Close(module)),
                    Object::Resource(at) => {
                        let count = self.walk.module(module).resources[at].instances.len();
                        (0..count).for_each(|position| {
                            add(Dep::Instance(module, narrow(at), narrow(position)));
                        });
                        add(Dep::Resource(module, narrow(at)));
                    }
                    Object::Expansion | Object::Provider(_) => {}
                }
            }
        }
        users
    }

    /// Objects that depend on one that the configuration does not have any more, by what the state says.
    fn recorded_users_of(&self, address: &InstanceAddr) -> Vec<(InstanceAddr, Action)> {
        let names = [address.to_string(), address.without_key().to_string()];
        let objects = self.prior.objects.iter().enumerate();
        let users = objects.filter(|(_, prior)| {
            prior.row.dependencies.iter().any(|known| names.iter().any(|name| **name == **known))
        });
        let action_of = |at: usize| {
            let mut details = self.details.iter().zip(&self.changes);
            let change = details.find(|(detail, _)| detail.prior == Some(at));
            change.map_or(Action::NoOp, |(_, change)| change.action)
        };
        let mut users: Vec<_> =
            users.map(|(at, prior)| (prior.address.clone(), action_of(at))).collect();
        users.sort_by(|(a, _), (b, _)| a.cmp(b));
        users
    }
}

/// The instances that things are used by, directly or through values, and with `all` through other instances, too.
fn reached(
    users: &HashMap<Dep, Vec<Dep>>,
    mut queue: Vec<Dep>,
    seen: &mut HashSet<Dep>,
    all: bool,
) -> Vec<Dep> {
    let mut found = Vec::new();
    while let Some(dep) = queue.pop() {
        for user in users.get(&dep).into_iter().flatten().copied() {
            if !seen.insert(user) {
                continue;
            }
            let is_instance = matches!(user, Dep::Instance(..));
            if is_instance {
                found.push(user);
            }
            if all || !is_instance {
                queue.push(user);
            }
        }
    }
    found
}
