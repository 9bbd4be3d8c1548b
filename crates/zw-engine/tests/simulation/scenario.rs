//! What is configured, one configuration after another.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::chance::Chance;

/// The most things in an estate. Few make many orders already.
const THINGS_MAX: usize = 5;

/// A thing as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) color: &'static str,
    pub(crate) shape: &'static str,
    /// Names of those that it refers to.
    pub(crate) links: Vec<String>,
    /// Whether it refers to them by way of a local value.
    by_way: bool,
    is_created_first: bool,
    pub(crate) is_provisioned: bool,
}

/// A configuration: things by name. A name is an address in the resource type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Estate(pub(crate) BTreeMap<String, Thing>, Next);

/// The number of the next thing: a name is never used again.
type Next = usize;

impl Estate {
    /// Some estates, each made from the one before it; the last is empty if all is to be destroyed.
    pub(crate) fn sequence(chance: &mut Chance) -> Vec<Self> {
        let mut estate = Self::default();
        for _ in 0..=chance.below(THINGS_MAX) {
            estate.add(chance);
        }
        let mut all = vec![estate.clone()];
        for _ in 0..chance.below(3) {
            estate.change(chance);
            all.push(estate.clone());
        }
        if chance.one_in(3) {
            all.push(Self::default());
        }
        all
    }

    /// What is created, changed in every way, and destroyed.
    pub(crate) fn life() -> Vec<Self> {
        let thing = |color, shape, links: &[&str], is_created_first, is_provisioned| Thing {
            color,
            shape,
            links: links.iter().map(ToString::to_string).collect(),
            by_way: true,
            is_created_first,
            is_provisioned,
        };
        let first = [
            ("t0", thing("red", "round", &[], true, false)),
            ("t1", thing("red", "round", &["t0"], false, true)),
            ("t2", thing("red", "round", &["t0"], true, true)),
            ("t3", thing("red", "round", &["t1", "t2"], false, false)),
        ];
        let second = [
            ("t0", thing("red", "square", &[], true, false)),
            ("t1", thing("red", "square", &["t0"], false, true)),
            ("t2", thing("blue", "square", &["t0"], true, true)),
            ("t4", thing("red", "round", &["t2"], false, false)),
        ];
        let named = |all: [(&str, Thing); 4]| {
            Self(all.map(|(name, thing)| (name.to_owned(), thing)).into(), 0)
        };
        vec![named(first), named(second), Self::default()]
    }

    fn add(&mut self, chance: &mut Chance) {
        let at = self.1;
        self.1 += 1;
        let names: Vec<String> = self.0.keys().cloned().collect();
        let thing = Thing {
            color: chance.one_of(&["red", "green", "blue"]),
            shape: chance.one_of(&["round", "square"]),
            links: self.some_of(&names, chance),
            by_way: chance.one_in(3),
            is_created_first: chance.one_in(3),
            is_provisioned: chance.one_in(4),
        };
        self.0.insert(format!("t{at}"), thing);
    }

    /// Things may refer to those with smaller numbers only, so that there are no cycles.
    fn some_of(&self, names: &[String], chance: &mut Chance) -> Vec<String> {
        let there = names.iter().filter(|name| self.0.contains_key(*name));
        there.filter(|_| chance.one_in(2)).cloned().collect()
    }

    fn change(&mut self, chance: &mut Chance) {
        let names: Vec<String> = self.0.keys().cloned().collect();
        for (at, name) in names.iter().enumerate() {
            match chance.below(8) {
                0 => self.remove(name),
                1 | 2 => self.thing(name).color = chance.one_of(&["red", "green", "blue"]),
                3 | 4 => self.thing(name).shape = chance.one_of(&["round", "square"]),
                5 => self.thing(name).links = self.some_of(&names[..at], chance),
                _ => {}
            }
            if self.0.is_empty() {
                break;
            }
        }
        if chance.one_in(2) {
            self.add(chance);
        }
    }

    fn thing(&mut self, name: &str) -> &mut Thing {
        self.0.get_mut(name).expect("only what was passed is removed")
    }

    fn remove(&mut self, name: &str) {
        self.0.remove(name);
        for thing in self.0.values_mut() {
            thing.links.retain(|link| link != name);
        }
    }

    /// The configuration as text.
    pub(crate) fn config(&self) -> String {
        let mut text = String::new();
        for (name, thing) in &self.0 {
            let links: Vec<String> =
                thing.links.iter().map(|link| format!("${{test_thing.{link}.id}}")).collect();
            let mut link = format!("\"{}\"", links.join(" "));
            if thing.by_way {
                let _ = writeln!(text, "locals {{ of_{name} = {link} }}");
                link = format!("local.of_{name}");
            }
            let Thing { color, shape, .. } = thing;
            let _ = writeln!(
                text,
                "resource \"test_thing\" \"{name}\" {{\n  name = \"{name}\"\n  color = \"{color}\"\n  shape = \"{shape}\"\n  link = {link}"
            );
            if thing.is_created_first {
                text.push_str("  lifecycle { create_before_destroy = true }\n");
            }
            if thing.is_provisioned {
                text.push_str("  provisioner \"setup\" { id = self.id }\n");
            }
            text.push_str("}\n");
        }
        text
    }

    /// Whether one thing, by name, depends on another one, directly or not.
    pub(crate) fn depends(&self, user: &str, on: &str) -> bool {
        let links = self.0.get(user).map(|thing| &thing.links[..]).unwrap_or_default();
        links.iter().any(|link| link == on || self.depends(link, on))
    }
}
