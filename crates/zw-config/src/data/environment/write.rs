//! An environment as configuration in native syntax.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value as Json;
use zw_lang::{Value, suggest};

use super::super::grammar::{Argument, OPEN};
use super::super::native::Writer;
use super::super::node::Property;
use super::super::{Native, NoShapes, Owner, Problem};
use super::{Cell, CellModule, Environment, Per, Region, Values};
use crate::model::Module;

/// The alias of a provider's configurations: one for each region.
const ALIAS: &str = "by_region";

/// Values that are set for some only, by region and cluster.
#[derive(Clone, Copy)]
struct Nearer<'e> {
    region: &'e Values,
    cluster: Option<&'e Values>,
}

impl<'e> Nearer<'e> {
    fn get(&self, name: &str) -> Option<&'e Property> {
        self.cluster.and_then(|values| values.get(name)).or_else(|| self.region.get(name))
    }
}

/// An instance of a cell.
struct Instance<'e> {
    key: String,
    region: &'e str,
    cluster: Option<Rc<str>>,
    index: usize,
    wave: usize,
    nearer: Nearer<'e>,
    place: Range<usize>,
}

pub(super) fn written(
    environment: &mut Environment,
    modules: &HashMap<Rc<str>, (CellModule, &Module)>,
) -> Native {
    let (waves, last) = environment.waves();
    let name = environment.name.as_ref().map(|name| name.text.to_string());
    if name.is_none() {
        let detail =
            "An environment has a name of its own, which instances know it by: add \"name\".";
        // The file itself is the last of those that it is based on.
        let start = environment.chain.files.last().map_or(0, |(start, _)| *start);
        environment.problem(Problem::new("Missing required argument", detail, start..start));
    }
    let none = Values::new();
    let mut writer = EnvironmentWriter {
        environment,
        name: name.unwrap_or_default(),
        waves,
        last,
        none: &none,
        out: Writer::new(&NoShapes),
        problems: Vec::new(),
    };
    writer.requirements();
    writer.providers();
    for (cell, (module, declared)) in writer
        .environment
        .cells
        .keys()
        .filter_map(|name| Some((Rc::clone(name), modules.get(name)?)))
    {
        writer.cell(&cell, module, declared);
    }
    writer.check_cells();
    writer.check_variables(modules);
    let EnvironmentWriter { out, problems, .. } = writer;
    let (native, of_writing) = out.finish();
    environment.problems.extend(problems);
    environment.problems.extend(of_writing);
    native
}

struct EnvironmentWriter<'e> {
    environment: &'e Environment,
    name: String,
    /// The wave of regions and clusters.
    waves: IndexMap<Rc<str>, usize>,
    /// The wave of what is in none.
    last: usize,
    none: &'e Values,
    out: Writer<'e>,
    problems: Vec<Problem>,
}

impl<'e> EnvironmentWriter<'e> {
    fn requirements(&mut self) {
        let environment = self.environment;
        let required: Vec<_> = environment
            .providers
            .iter()
            .filter(|(_, parts)| !parts.requirement.is_empty())
            .collect();
        let Some((_, first)) = required.first() else { return };
        self.out.token("terraform {\nrequired_providers {\n", first.place.clone());
        for (name, parts) in required {
            self.out.token(&format!("{name} = {{\n"), parts.place.clone());
            for property in parts.requirement.values() {
                self.out.argument(property, Argument::Literal);
            }
            self.out.token("}\n", parts.place.clone());
        }
        self.out.push("}\n}\n");
    }

    fn providers(&mut self) {
        let environment = self.environment;
        for (name, parts) in &environment.providers {
            let instances: Vec<Instance<'e>> = self
                .instances(Per::Region)
                .map(|instance| {
                    let of_region = environment.regions.get(instance.region);
                    let values = of_region.and_then(|region| region.providers.get(name));
                    let region = values.unwrap_or(self.none);
                    Instance { nearer: Nearer { region, cluster: None }, ..instance }
                })
                .collect();
            self.out.token("provider ", parts.place.clone());
            self.out.token(&quoted(name), parts.place.clone());
            self.out.token(&format!(" {{\nalias = {}\n", quoted(ALIAS)), parts.place.clone());
            let nearer = self.for_each(&instances, &parts.place, |_| true);
            self.out.own(Some(Owner { kind: "provider".to_owned(), type_name: name.to_string() }));
            for (argument, property) in &parts.arguments {
                if nearer.contains(argument) {
                    continue;
                }
                // Whether it is an argument or a block is for the provider to say.
                self.out.property(&OPEN, property, &property.value);
            }
            for argument in &nearer {
                let Some(first) = instances.iter().find_map(|one| one.nearer.get(argument)) else {
                    continue;
                };
                self.lookup(
                    first,
                    parts.arguments.get(argument),
                    "null",
                    nearer_in_all(&instances, argument),
                );
            }
            self.out.own(None);
            self.out.push("}\n");
        }
        for region in environment.regions.values() {
            for (name, values) in &region.providers {
                if environment.providers.contains_key(name) {
                    continue;
                }
                let hint = suggest(name, environment.providers.keys().map(|name| &**name));
                let detail = format!("The environment has no provider {name:?}.{hint}");
                let place = values.values().next().map_or(&region.place, |first| &first.name_place);
                self.problems.push(Problem::new("Unknown provider", detail, place.clone()));
            }
        }
    }

    fn cell(&mut self, name: &Rc<str>, source: &CellModule, module: &Module) {
        let environment = self.environment;
        let Some(cell) = environment.cells.get(name) else { return };
        let Some((_, source_place, _)) = &cell.module else { return };
        self.out.token(&format!("module {} {{\n", quoted(name)), cell.place.clone());
        self.out.token(&format!("source = {}\n", quoted(&source.source)), source_place.clone());
        if let Some(version) = &cell.version {
            self.out.argument(version, Argument::Literal);
        }
        if let Some(depends_on) = &cell.depends_on {
            self.out.argument(depends_on, Argument::Name);
        }
        let instances: Vec<Instance<'e>> = self.instances(cell.per).collect();
        let declared = |name: &str| module.variables.iter().any(|variable| variable.name == name);
        let nearer = self.for_each(&instances, &cell.place, declared);
        self.passed_providers(cell, module);
        if !self.waves.is_empty() {
            let place = cell.place.clone();
            self.out.token("lifecycle {\nwave = each.value.wave\n}\n", place);
        }
        for variable in &module.variables {
            let name = &*variable.name;
            let general = cell.variables.get(name).or_else(|| environment.variables.get(name));
            if !nearer.contains(name) {
                if let Some(property) = general {
                    self.out.argument(property, Argument::Expression);
                }
                continue;
            }
            let Some(first) = instances.iter().find_map(|one| one.nearer.get(name)) else {
                continue;
            };
            let everywhere = nearer_in_all(&instances, name);
            let default = variable.default.as_ref().map(literal);
            if general.is_none() && default.is_none() && !everywhere {
                let missing: Vec<&str> = instances
                    .iter()
                    .filter(|one| one.nearer.get(name).is_none())
                    .map(|one| &*one.key)
                    .collect();
                let detail = format!(
                    "The variable {name:?} of the module has no default, and has no value for {}. Set it in the \
                     variables of the cell or of the environment, too.",
                    some_of(&missing)
                );
                let place = first.name_place.clone();
                self.problems.push(Problem::new("Missing value of a variable", detail, place));
            }
            self.lookup(first, general, default.as_deref().unwrap_or("null"), everywhere);
        }
        for (name, property) in &cell.variables {
            if !declared(name) {
                let hint =
                    suggest(name, module.variables.iter().map(|variable| variable.name.as_str()));
                let detail =
                    format!("The module {:?} has no variable {name:?}.{hint}", source.source);
                let place = property.name_place.clone();
                self.problems.push(Problem::new("Unsupported argument", detail, place));
            }
        }
        self.out.push("}\n");
    }

    /// The configurations of providers that a module asks for.
    fn passed_providers(&mut self, cell: &Cell, module: &Module) {
        let required = &module.settings.required_providers;
        let passed: Vec<&Rc<str>> = self
            .environment
            .providers
            .keys()
            .filter(|name| required.keys().any(|required| **required == ***name))
            .collect();
        if passed.is_empty() {
            return;
        }
        self.out.token("providers = {\n", cell.place.clone());
        for name in passed {
            let line = format!("{name} = {name}.{ALIAS}[each.value.region]\n");
            self.out.token(&line, cell.place.clone());
        }
        self.out.token("}\n", cell.place.clone());
    }

    /// Writes `for_each`, and says which of the names are set for some instance only. Instances that differ in
    /// nothing else than their names are written together.
    fn for_each(
        &mut self,
        instances: &[Instance<'e>],
        place: &Range<usize>,
        is_meant: impl Fn(&str) -> bool,
    ) -> IndexSet<Rc<str>> {
        let mut names: IndexSet<Rc<str>> = IndexSet::new();
        self.out.token("for_each = merge({}", place.clone());
        let mut rest = instances;
        while let Some(first) = rest.first() {
            let is_alike = |other: &Instance<'_>| {
                std::ptr::eq(first.nearer.region, other.nearer.region)
                    && first.nearer.cluster.is_none()
                    && other.nearer.cluster.is_none()
            };
            let count = 1 + rest[1..].iter().take_while(|other| is_alike(other)).count();
            let (alike, others) = rest.split_at(count);
            rest = others;
            self.out.token(", { for cell in [\n", first.place.clone());
            for instance in alike {
                let text = self.described(instance);
                self.out.token(&text, instance.place.clone());
            }
            self.out.token("] : cell.key => merge(cell, { values = {\n", first.place.clone());
            let nearer = first.nearer;
            let set = nearer.region.keys().chain(nearer.cluster.into_iter().flat_map(Values::keys));
            for name in set.filter(|name| is_meant(name)).collect::<IndexSet<_>>() {
                if let Some(property) = nearer.get(name) {
                    self.out.argument(property, Argument::Expression);
                    names.insert(Rc::clone(name));
                }
            }
            self.out.token("} }) }", first.place.clone());
        }
        self.out.token(")\n", place.clone());
        names
    }

    /// What is known of an instance.
    fn described(&self, instance: &Instance<'_>) -> String {
        let Instance { key, region, cluster, index, wave, .. } = instance;
        let cluster = cluster.as_deref().map_or_else(|| "null".to_owned(), quoted);
        let index = if *index == 0 { "null".to_owned() } else { index.to_string() };
        format!(
            "{{ key = {}, environment = {}, region = {}, cluster = {cluster}, index = {index}, wave = {wave} }},\n",
            quoted(key),
            quoted(&self.name),
            quoted(region),
        )
    }

    /// A value that is set for some instances, or the one for the others.
    fn lookup(
        &mut self,
        set: &Property,
        general: Option<&Property>,
        default: &str,
        everywhere: bool,
    ) {
        let (name, place) = (&*set.name.text, &set.name_place);
        self.out.token(name, place.clone());
        if everywhere {
            self.out.token(&format!(" = each.value.values.{name}\n"), place.clone());
            return;
        }
        self.out.token(&format!(" = lookup(each.value.values, {}, ", quoted(name)), place.clone());
        match general {
            Some(general) => self.out.value(&general.value, Argument::Expression),
            None => self.out.token(default, place.clone()),
        }
        self.out.token(")\n", place.clone());
    }

    /// The instances of a cell, in the order of regions.
    fn instances(&self, per: Per) -> impl Iterator<Item = Instance<'e>> + use<'_, 'e> {
        self.environment.regions.iter().flat_map(move |(name, region)| match per {
            Per::Region => vec![self.of_region(name, region)],
            Per::Cluster => self.of_clusters(name, region),
        })
    }

    fn of_region(&self, name: &'e str, region: &'e Region) -> Instance<'e> {
        Instance {
            key: name.to_owned(),
            region: name,
            cluster: None,
            index: 0,
            wave: self.wave_of_region(name, region),
            nearer: Nearer { region: &region.variables, cluster: None },
            place: region.place.clone(),
        }
    }

    /// The wave of a region, or of the first of its clusters: what they share is there before them.
    fn wave_of_region(&self, name: &str, region: &Region) -> usize {
        let own = self.waves.get(name).copied().unwrap_or(self.last);
        let of_cluster = |cluster: Rc<str>| self.waves.get(&*format!("{name}/{cluster}")).copied();
        region.names().filter_map(of_cluster).fold(own, usize::min)
    }

    fn of_clusters(&self, name: &'e str, region: &'e Region) -> Vec<Instance<'e>> {
        let of_region = self.waves.get(name).copied();
        let clusters = region.names().enumerate().map(|(at, cluster)| {
            let key = format!("{name}/{cluster}");
            let own = region.clusters.get(&cluster);
            let variables = own.map(|own| &own.variables).filter(|values| !values.is_empty());
            Instance {
                wave: self.waves.get(&*key).copied().or(of_region).unwrap_or(self.last),
                key,
                region: name,
                cluster: Some(cluster),
                index: at + 1,
                nearer: Nearer { region: &region.variables, cluster: variables },
                place: own.map_or_else(|| region.count_place.clone(), |own| own.place.clone()),
            }
        });
        clusters.collect()
    }

    fn check_cells(&mut self) {
        for (name, cell) in &self.environment.cells {
            if cell.module.is_none() {
                let detail =
                    format!("The cell {name:?} does not say which module it is: add \"module\".");
                self.problems.push(Problem::new(
                    "Missing required argument",
                    detail,
                    cell.place.clone(),
                ));
            }
        }
    }

    /// Values of the environment, of regions and of clusters that no module has a variable for.
    fn check_variables(&mut self, modules: &HashMap<Rc<str>, (CellModule, &Module)>) {
        let environment = self.environment;
        if environment.cells.keys().any(|name| !modules.contains_key(name)) {
            // What cannot be read may have it.
            return;
        }
        let names: IndexSet<&str> = modules
            .values()
            .flat_map(|(_, module)| module.variables.iter().map(|variable| variable.name.as_str()))
            .collect();
        let regions = environment.regions.values();
        let clusters = regions.clone().flat_map(|region| region.clusters.values());
        let all = environment.variables.values();
        let all = all.chain(regions.flat_map(|region| region.variables.values()));
        let own = environment.chain.files.last().map_or(0, |(start, _)| *start);
        for property in all.chain(clusters.flat_map(|cluster| cluster.variables.values())) {
            let name = &*property.name.text;
            // A base may have values for cells that this environment does not have.
            if !names.contains(name) && property.name_place.start >= own {
                let hint = suggest(name, names.iter().copied());
                let detail = format!("No module of the environment has a variable {name:?}.{hint}");
                let place = property.name_place.clone();
                self.problems.push(Problem::new("Unsupported argument", detail, place));
            }
        }
    }
}

fn nearer_in_all(instances: &[Instance<'_>], name: &str) -> bool {
    instances.iter().all(|instance| instance.nearer.get(name).is_some())
}

/// The first of some names, and how many there are besides.
fn some_of(names: &[&str]) -> String {
    const SHOWN_MAX: usize = 3;
    let shown: Vec<String> = names.iter().take(SHOWN_MAX).map(|name| format!("{name:?}")).collect();
    match names.len().saturating_sub(SHOWN_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A constant in native syntax.
fn literal(value: &Value) -> String {
    fn write(json: &Json) -> String {
        match json {
            Json::Null | Json::Bool(_) | Json::Number(_) => json.to_string(),
            Json::String(text) => quoted(text),
            Json::Array(items) => {
                let items: Vec<String> = items.iter().map(write).collect();
                format!("[{}]", items.join(", "))
            }
            Json::Object(entries) => {
                let entry = |(name, value): (&String, &Json)| {
                    format!("{} = {}", quoted(name), write(value))
                };
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }
    write(&zw_lang::value_to_json(value))
}

fn quoted(text: &str) -> String {
    zw_lang::quoted(text)
}
