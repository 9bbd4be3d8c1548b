//! What uses what, seen from afar: between classes of changes, as all of a module or of a region.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use zw_lang::addr::InstanceAddr;

use crate::api::Run;
use crate::graph::direct;
use crate::plan::{Action, Change};
use crate::planner::Planner;
use crate::statics::Object;
use crate::walk::{Dep, narrow};

impl Run {
    /// Pairs of classes of which the first uses the second, directly or through values. `class_of` gives the class of
    /// a change. Linear in dependencies, as long as there are few classes.
    pub fn links(&self, class_of: &dyn Fn(&Change) -> usize) -> BTreeSet<(usize, usize)> {
        let planner = &self.planner;
        let mut links = Links { planner, class_of, behind: HashMap::new(), found: BTreeSet::new() };
        for id in &planner.walk.statics.order {
            for module in planner.walk.by_node[id.node.0 as usize].iter().copied() {
                match id.object {
                    Object::Variable(at) => links.value(Dep::Variable(module, narrow(at))),
                    Object::Local(at) => links.value(Dep::Local(module, narrow(at))),
                    Object::Output(at) => links.value(Dep::Output(module, narrow(at))),
                    Object::Gate => links.value(Dep::Gate(module)),
                    Object::Close => links.value(Dep::Close(module)),
                    Object::Resource(at) => {
                        let count = planner.walk.module(module).resources[at].instances.len();
                        for position in 0..count {
                            links.instance(Dep::Instance(module, narrow(at), narrow(position)));
                        }
                        links.value(Dep::Resource(module, narrow(at)));
                    }
                    Object::Expansion | Object::Provider(_) => {}
                }
            }
        }
        links.deleted();
        links.found
    }
}

struct Links<'a> {
    planner: &'a Planner,
    class_of: &'a dyn Fn(&Change) -> usize,
    /// The classes that something comes from, sorted.
    behind: HashMap<Dep, Rc<[usize]>>,
    found: BTreeSet<(usize, usize)>,
}

impl Links<'_> {
    fn classes(&self, deps: &[Dep]) -> Rc<[usize]> {
        let mut lists = deps.iter().filter_map(|dep| self.behind.get(dep));
        let (Some(first), second) = (lists.next(), lists.next()) else { return Rc::new([]) };
        let Some(second) = second else { return first.clone() };
        let all: BTreeSet<usize> =
            first.iter().chain(&**second).chain(lists.flat_map(|list| &**list)).copied().collect();
        all.into_iter().collect()
    }

    fn value(&mut self, dep: Dep) {
        let classes = self.classes(&direct(self.planner, dep));
        if !classes.is_empty() {
            self.behind.insert(dep, classes);
        }
    }

    fn instance(&mut self, dep: Dep) {
        let Dep::Instance(module, resource, at) = dep else { return };
        let Some(change) = self.planner.change_of.get(&(module, resource, at)).copied() else {
            // It was only read: what is behind it is behind who uses it.
            return self.value(dep);
        };
        let class = (self.class_of)(&self.planner.changes[change]);
        let used = self.classes(&self.planner.details[change].deps);
        self.found.extend(used.iter().filter(|used| **used != class).map(|used| (class, *used)));
        self.behind.insert(dep, Rc::new([class]));
    }

    /// What is deleted depends on what the state says.
    fn deleted(&mut self) {
        let planner = self.planner;
        let is_orphan = |at: &usize| {
            planner.changes[*at].action == Action::Delete && planner.details[*at].instance.is_none()
        };
        let orphans: Vec<usize> = (0..planner.changes.len()).filter(is_orphan).collect();
        if orphans.is_empty() {
            return;
        }
        let mut by_address: HashMap<InstanceAddr, usize> = HashMap::new();
        for change in &planner.changes {
            let class = (self.class_of)(change);
            by_address.insert(change.address.without_key(), class);
            by_address.insert(change.address.clone(), class);
        }
        for at in orphans {
            let Some(prior) = planner.details[at].prior else { continue };
            let class = (self.class_of)(&planner.changes[at]);
            for dependency in &planner.prior.objects[prior].row.dependencies {
                let used = dependency.parse().ok().and_then(|address| by_address.get(&address));
                self.found.extend(used.filter(|used| **used != class).map(|used| (class, *used)));
            }
        }
    }
}
