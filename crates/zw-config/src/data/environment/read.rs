//! What a file says about an environment.

use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use indexmap::IndexMap;
use zw_lang::suggest;

use super::super::Problem;
use super::super::node::{Kind, Node, Property, Scalar};
use super::{Cell, Cluster, Environment, Per, ProviderParts, Region, Values};

/// How many clusters a region can have.
const CLUSTERS_MAX: usize = 100_000;

impl Environment {
    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds what a file says: the values of an object to those that are known, by name. Null takes away what the
    /// file that this one is based on has.
    pub(super) fn layer(&mut self, root: &Node, dir: &Path) {
        const KNOWN: [&str; 7] =
            ["name", "base", "providers", "variables", "cells", "regions", "waves"];
        // Each has its own.
        self.name = None;
        for property in self.object(root, "an environment", &KNOWN) {
            let value = &property.value;
            match &*property.name.text {
                "name" => self.name = self.string(value),
                "base" => {
                    self.string(value);
                }
                "providers" => self.providers(value),
                "variables" => {
                    let mut known = std::mem::take(&mut self.variables);
                    self.values(value, &mut known);
                    self.variables = known;
                }
                "cells" => self.cells(value, dir),
                "regions" => self.regions(value),
                "waves" => self.waves = Some(value.clone()),
                // It has been reported.
                _ => {}
            }
        }
    }

    fn providers(&mut self, node: &Node) {
        for property in self.object(node, "providers", &[]) {
            let name = Rc::clone(&property.name.text);
            if is_null(&property.value) {
                self.providers.shift_remove(&name);
                continue;
            }
            let mut parts = self.providers.shift_remove(&name).unwrap_or_else(|| ProviderParts {
                place: property.name_place.clone(),
                requirement: Values::new(),
                arguments: Values::new(),
            });
            for argument in self.object(&property.value, "a provider", &[]) {
                let of = match &*argument.name.text {
                    "source" | "version" => &mut parts.requirement,
                    "alias" | "for_each" => {
                        let detail = "A provider of an environment is configured once for each region already.";
                        let place = argument.name_place.clone();
                        self.problem(Problem::new("Unsupported argument", detail, place));
                        continue;
                    }
                    _ => &mut parts.arguments,
                };
                set(of, argument);
            }
            self.providers.insert(name, parts);
        }
    }

    fn cells(&mut self, node: &Node, dir: &Path) {
        const KNOWN: [&str; 5] = ["module", "version", "per", "variables", "depends_on"];
        for property in self.object(node, "cells", &[]) {
            let name = Rc::clone(&property.name.text);
            if is_null(&property.value) {
                self.cells.shift_remove(&name);
                continue;
            }
            if hcl_edit::Ident::try_new(&*name).is_err() {
                let detail = "A name must start with a letter or underscore and may contain only letters, digits, \
                              underscores, and dashes.";
                self.problem(Problem::new("Invalid name of a cell", detail, property.name_place));
                continue;
            }
            let mut cell = self.cells.shift_remove(&name).unwrap_or_else(|| Cell {
                place: property.name_place.clone(),
                module: None,
                version: None,
                depends_on: None,
                per: Per::Cluster,
                variables: Values::new(),
            });
            for part in self.object(&property.value, "a cell", &KNOWN) {
                let value = &part.value;
                match &*part.name.text {
                    "module" => {
                        let source = self.string(value);
                        cell.module = source.map(|it| (it, value.place.clone(), dir.to_owned()));
                    }
                    "version" => {
                        self.string(value);
                        cell.version = Some(part);
                    }
                    "depends_on" => cell.depends_on = Some(part),
                    "per" => cell.per = self.per(value).unwrap_or(cell.per),
                    "variables" => self.values(value, &mut cell.variables),
                    _ => {}
                }
            }
            self.cells.insert(name, cell);
        }
    }

    fn per(&mut self, node: &Node) -> Option<Per> {
        match self.string(node)?.text.as_ref() {
            "region" => Some(Per::Region),
            "cluster" => Some(Per::Cluster),
            other => {
                let hint = suggest(other, ["region", "cluster"]);
                let detail =
                    format!("A cell is there once per \"region\" or once per \"cluster\".{hint}");
                self.problem(Problem::new("Invalid value for \"per\"", detail, node.place.clone()));
                None
            }
        }
    }

    fn regions(&mut self, node: &Node) {
        const KNOWN: [&str; 3] = ["clusters", "variables", "providers"];
        for property in self.object(node, "regions", &[]) {
            let name = Rc::clone(&property.name.text);
            if is_null(&property.value) {
                self.regions.shift_remove(&name);
                continue;
            }
            let mut region = self.regions.shift_remove(&name).unwrap_or_else(|| Region {
                place: property.name_place.clone(),
                count: 0,
                count_place: property.name_place.clone(),
                clusters: IndexMap::new(),
                variables: Values::new(),
                providers: IndexMap::new(),
            });
            for part in self.object(&property.value, "a region", &KNOWN) {
                match &*part.name.text {
                    "clusters" => self.clusters(&part.value, &mut region),
                    "variables" => self.values(&part.value, &mut region.variables),
                    "providers" => {
                        for provider in self.object(&part.value, "providers", &[]) {
                            let of =
                                region.providers.entry(Rc::clone(&provider.name.text)).or_default();
                            self.values(&provider.value, of);
                        }
                    }
                    _ => {}
                }
            }
            self.regions.insert(name, region);
        }
    }

    /// A number of clusters, or an object of clusters by name, with the number of further ones as `count`.
    fn clusters(&mut self, node: &Node, region: &mut Region) {
        if let Kind::Number(_) = &node.kind {
            region.count = self.count(node);
            region.count_place = node.place.clone();
            return;
        }
        for property in self.object(node, "clusters", &[]) {
            let name = &property.name.text;
            if &**name == "count" {
                region.count = self.count(&property.value);
                region.count_place = property.value.place.clone();
                continue;
            }
            if is_null(&property.value) {
                region.clusters.shift_remove(name);
                continue;
            }
            let mut cluster = region.clusters.shift_remove(name).unwrap_or_else(|| Cluster {
                place: property.name_place.clone(),
                variables: Values::new(),
            });
            for part in self.object(&property.value, "a cluster", &["variables"]) {
                if &*part.name.text == "variables" {
                    self.values(&part.value, &mut cluster.variables);
                }
            }
            region.clusters.insert(Rc::clone(name), cluster);
        }
    }

    fn count(&mut self, node: &Node) -> usize {
        let count = match &node.kind {
            Kind::Number(text) => text.parse().ok().filter(|count| *count <= CLUSTERS_MAX),
            _ => None,
        };
        count.unwrap_or_else(|| {
            let detail =
                format!("A region has a whole number of clusters, {CLUSTERS_MAX} at most.");
            self.problem(Problem::new("Invalid number of clusters", detail, node.place.clone()));
            0
        })
    }

    fn values(&mut self, node: &Node, known: &mut Values) {
        for property in self.object(node, "variables", &[]) {
            set(known, property);
        }
    }

    /// The properties of what must be an object, or null, which has none. Those that are not known are reported, if
    /// it is known which there are.
    fn object(&mut self, node: &Node, what: &str, known: &[&str]) -> Vec<Property> {
        match &node.kind {
            Kind::Object(properties) => {
                for property in properties.iter().filter(|_| !known.is_empty()) {
                    let name = &*property.name.text;
                    if !known.contains(&name) {
                        let hint = suggest(name, known.iter().copied());
                        let list = known.join(", ");
                        let detail =
                            format!("There is no {name:?} in {what}: it has {list}.{hint}");
                        let place = property.name_place.clone();
                        self.problem(Problem::new("Unsupported argument", detail, place));
                    }
                }
                properties.to_vec()
            }
            Kind::Null => Vec::new(),
            _ => {
                let detail =
                    format!("An object is required here, for {what}, not {}.", node.what());
                self.problem(Problem::new("Incorrect value type", detail, node.place.clone()));
                Vec::new()
            }
        }
    }

    fn string(&mut self, node: &Node) -> Option<Scalar> {
        if let Kind::String(scalar) = &node.kind {
            return Some(scalar.clone());
        }
        let detail = format!("A string is required here, not {}.", node.what());
        self.problem(Problem::new("Incorrect value type", detail, node.place.clone()));
        None
    }

    /// The wave of each region or cluster that is in one: the first is 1. What is in none is in the last, which is
    /// said with it.
    pub(super) fn waves(&mut self) -> (IndexMap<Rc<str>, usize>, usize) {
        let mut found: IndexMap<Rc<str>, usize> = IndexMap::new();
        let Some(waves) = self.waves.take() else { return (found, 1) };
        let Kind::Array(items) = &waves.kind else {
            let detail = "A list of waves is required here: of lists of regions, or of clusters as REGION/CLUSTER.";
            self.problem(Problem::new("Incorrect value type", detail, waves.place));
            return (found, 1);
        };
        for (at, wave) in items.iter().enumerate() {
            let members = match &wave.kind {
                Kind::Array(members) => members.to_vec(),
                _ => vec![wave.clone()],
            };
            for member in members {
                let Some(name) = self.string(&member) else { continue };
                let (region, cluster) = match name.text.split_once('/') {
                    Some((region, cluster)) => (region, Some(cluster)),
                    None => (&*name.text, None),
                };
                if let Some(problem) = self.unknown_member(region, cluster, &member.place) {
                    self.problem(problem);
                } else if found.insert(Rc::clone(&name.text), at + 1).is_some() {
                    let detail = format!("{:?} is in another wave already.", name.text);
                    self.problem(Problem::new("Duplicate member of a wave", detail, member.place));
                }
            }
        }
        (found, items.len() + 1)
    }

    fn unknown_member(
        &self,
        region: &str,
        cluster: Option<&str>,
        place: &Range<usize>,
    ) -> Option<Problem> {
        let Some(known) = self.regions.get(region) else {
            let hint = suggest(region, self.regions.keys().map(|name| &**name));
            let detail = format!("The environment has no region {region:?}.{hint}");
            return Some(Problem::new("Unknown region", detail, place.clone()));
        };
        let cluster = cluster?;
        (!known.names().any(|name| *name == *cluster)).then(|| {
            let detail = format!("The region {region:?} has no cluster {cluster:?}.");
            Problem::new("Unknown cluster", detail, place.clone())
        })
    }
}

impl Region {
    /// The names of its clusters: 01, 02 and so on, then those that are named and not among them.
    pub(super) fn names(&self) -> impl Iterator<Item = Rc<str>> {
        let numbered = |at: usize| -> Rc<str> { format!("{at:02}").into() };
        let count = self.count;
        let named = self.clusters.keys().filter(move |name| {
            let number = name.parse::<usize>().ok();
            !number.is_some_and(|at| (1..=count).contains(&at) && numbered(at) == **name)
        });
        (1..=count).map(numbered).chain(named.cloned())
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node.kind, Kind::Null)
}

/// Sets a value, or takes it away.
fn set(values: &mut Values, property: Property) {
    if is_null(&property.value) {
        values.shift_remove(&property.name.text);
    } else {
        values.insert(Rc::clone(&property.name.text), property);
    }
}
