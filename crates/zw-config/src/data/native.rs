//! From the tree of JSON or YAML to native syntax.

use std::ops::Range;

use super::grammar::{Argument, DYNAMIC, Grammar, LABELLED, OPEN, Rest};
use super::node::{Kind, Node, Property};
use super::scalar::{first_of, last_of};
use super::{Native, Owner, Problem, Shape, Shapes};

/// How many problems one file gets.
const PROBLEMS_MAX: usize = 50;

/// An array of so many characters is written in one line.
const LINE_MAX: usize = 60;

/// A file in native syntax, and what is wrong with it.
pub(super) fn written(
    root: &Node,
    grammar: &'static Grammar,
    shapes: &dyn Shapes,
) -> (Native, Vec<Problem>) {
    let mut writer = Writer::new(shapes);
    for body in writer.bodies_of(root) {
        writer.body(grammar, body);
    }
    writer.finish()
}

/// Writes configuration, noting where every piece of it comes from.
pub(super) struct Writer<'s> {
    native: Native,
    problems: Vec<Problem>,
    shapes: &'s dyn Shapes,
    /// The block that is being written, if a provider knows what is in it.
    owner: Option<Owner>,
    /// The nested blocks of it that are being written.
    path: Vec<String>,
}

impl<'s> Writer<'s> {
    pub(super) fn new(shapes: &'s dyn Shapes) -> Self {
        Self {
            native: Native::default(),
            problems: Vec::new(),
            shapes,
            owner: None,
            path: Vec::new(),
        }
    }

    /// What has been written, and what is wrong with it.
    pub(super) fn finish(self) -> (Native, Vec<Problem>) {
        (self.native, self.problems)
    }

    /// Says whose block what follows is in.
    pub(super) fn own(&mut self, owner: Option<Owner>) {
        self.owner = owner;
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    /// Writes what stands for something that is written at a place.
    pub(super) fn token(&mut self, text: &str, place: Range<usize>) {
        self.note(self.len(), place, false);
        self.push(text);
    }

    pub(super) fn len(&self) -> usize {
        self.native.text.len()
    }

    /// Notes where what begins at a position is written.
    pub(super) fn note(&mut self, at: usize, place: Range<usize>, is_copy: bool) {
        if is_copy {
            self.native.places.copy(at, place);
        } else {
            self.native.places.stand_in(at, place);
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.native.text.push_str(text);
    }

    fn bodies_of<'t>(&mut self, node: &'t Node) -> Vec<&'t Node> {
        node.bodies().unwrap_or_else(|other| {
            let detail = format!(
                "An object, or an array of objects, is required here for the body of a block, not {}.",
                other.what()
            );
            self.problem(Problem::new("Incorrect value type", detail, other.place.clone()));
            Vec::new()
        })
    }

    fn body(&mut self, grammar: &'static Grammar, body: &Node) {
        for property in body.properties() {
            self.property(grammar, property, body);
        }
    }

    /// A property of a body.
    pub(super) fn property(&mut self, grammar: &'static Grammar, property: &Property, body: &Node) {
        let name = &*property.name.text;
        if name == "//" {
            return;
        }
        if let Some(nested) = grammar.block(name) {
            self.blocks(property, nested, &mut Vec::new(), &property.value);
            return;
        }
        let argument = grammar.argument(name);
        if argument.is_none() && grammar.rest == Rest::Open {
            self.open(property, body);
            return;
        }
        if hcl_edit::Ident::try_new(name).is_err() {
            self.invalid_name(property);
            return;
        }
        match (argument, grammar.rest) {
            (None, Rest::UnknownBlock) => {
                self.token(name, property.name_place.clone());
                self.token(" {}\n", property.name_place.clone());
            }
            (None, Rest::Argument(argument)) | (Some(argument), _) => {
                self.argument(property, argument);
            }
            (None, Rest::Open) => self.argument(property, Argument::Expression),
        }
    }

    fn invalid_name(&mut self, property: &Property) {
        let detail = format!(
            "An argument or block named {:?} is not expected here: a name must start with a letter or \
             underscore and may contain only letters, digits, underscores, and dashes.",
            property.name.text
        );
        let place = property.name_place.clone();
        self.problem(Problem::new("Invalid argument name", detail, place));
    }

    /// A property of which only a schema tells what it is. Without one it becomes an argument, which can still
    /// be taken for blocks, unless some of its type are `dynamic`, or there are such blocks in it: those cannot
    /// be in an argument.
    fn open(&mut self, property: &Property, body: &Node) {
        let name = &*property.name.text;
        if hcl_edit::Ident::try_new(name).is_err() {
            self.invalid_name(property);
            return;
        }
        let owner = self.owner.as_ref();
        let shape = owner.map_or(Shape::Unknown, |owner| self.shapes.of(owner, &self.path, name));
        let is_body = || property.value.bodies().is_ok_and(|bodies| !bodies.is_empty());
        let is_dynamic_beside =
            || body.get("dynamic").is_some_and(|dynamic| dynamic.get(name).is_some());
        let grammar = match shape {
            Shape::Block => Some(&OPEN),
            Shape::LabelledBlock => Some(&LABELLED),
            Shape::Either if is_body() => Some(&OPEN),
            Shape::Unknown if name == "dynamic" && is_dynamic(&property.value) => Some(&DYNAMIC),
            _ if has_dynamic(&property.value) || (is_body() && is_dynamic_beside()) => Some(&OPEN),
            _ => None,
        };
        match grammar {
            Some(grammar) => self.blocks(property, grammar, &mut Vec::new(), &property.value),
            None => self.argument(property, Argument::Expression),
        }
    }

    /// The blocks that the value of a property means, below so many labels.
    fn blocks<'t>(
        &mut self,
        kind: &'t Property,
        grammar: &'static Grammar,
        labels: &mut Vec<&'t Property>,
        value: &'t Node,
    ) {
        for body in self.bodies_of(value) {
            if labels.len() < grammar.labels {
                for label in body.properties() {
                    labels.push(label);
                    self.blocks(kind, grammar, labels, &label.value);
                    labels.pop();
                }
                continue;
            }
            self.token(&kind.name.text, kind.name_place.clone());
            for label in &*labels {
                self.token(" ", label.name_place.clone());
                self.literal(&label.name, &label.name_place);
            }
            self.token(" {\n", first_of(&body.place));
            self.inside(kind, grammar, labels, body);
            self.token("}\n", last_of(&body.place));
        }
    }

    /// Writes a body, knowing whose it is.
    fn inside(
        &mut self,
        kind: &Property,
        grammar: &'static Grammar,
        labels: &[&Property],
        body: &Node,
    ) {
        let (owner, depth) = (self.owner.clone(), self.path.len());
        match (&*kind.name.text, labels) {
            ("resource" | "data" | "ephemeral" | "provider", [type_name, ..]) => {
                let type_name = type_name.name.text.to_string();
                self.owner = Some(Owner { kind: kind.name.text.to_string(), type_name });
            }
            ("content", []) => {}
            ("dynamic", [type_name]) => self.path.push(type_name.name.text.to_string()),
            (name, _) if grammar.rest == Rest::Open && self.is_nested(name) => {
                self.path.push(name.to_owned());
            }
            _ => self.owner = None,
        }
        self.body(grammar, body);
        self.path.truncate(depth);
        self.owner = owner;
    }

    /// Whether a block belongs to the provider of the one around it.
    fn is_nested(&self, name: &str) -> bool {
        self.owner.is_some() && !matches!(name, "connection" | "provisioner")
    }

    pub(super) fn argument(&mut self, property: &Property, argument: Argument) {
        self.token(&property.name.text, property.name_place.clone());
        self.token(" = ", property.name_place.clone());
        self.value(&property.value, argument);
        let end = property.value.place.end;
        self.token("\n", end..end);
    }

    pub(super) fn value(&mut self, node: &Node, argument: Argument) {
        let place = &node.place;
        match &node.kind {
            Kind::Null => self.token("null", place.clone()),
            Kind::Bool(true) => self.token("true", place.clone()),
            Kind::Bool(false) => self.token("false", place.clone()),
            Kind::Number(text) => self.token(text, place.clone()),
            Kind::String(text) => match argument {
                Argument::Expression => self.expression(text, place),
                Argument::Literal | Argument::Requirement => self.literal(text, place),
                Argument::Name => self.name(text, place),
            },
            Kind::Array(items) => {
                let width = items.iter().try_fold(0, |sum, item| Some(sum + item.width()? + 2));
                let is_line = width.is_some_and(|width| width <= LINE_MAX);
                let (first, next) = if is_line { ("[", ", ") } else { ("[\n", ",\n") };
                self.token(first, first_of(place));
                for (at, item) in items.iter().enumerate() {
                    self.value(item, argument);
                    if at + 1 < items.len() || !is_line {
                        self.token(next, item.place.end..item.place.end);
                    }
                }
                self.token("]", last_of(place));
            }
            Kind::Object(properties) if properties.is_empty() => self.token("{}", place.clone()),
            Kind::Object(properties) => {
                self.token("{\n", first_of(place));
                for property in &**properties {
                    self.item(property, argument);
                }
                self.token("}", last_of(place));
            }
        }
    }

    fn item(&mut self, property: &Property, argument: Argument) {
        let (name, place) = (&property.name, &property.name_place);
        let mut of_value = argument;
        let is_word = hcl_edit::Ident::try_new(&*name.text).is_ok() && &*name.text != "for";
        match argument {
            Argument::Expression | Argument::Literal if is_word => {
                self.token(&name.text, place.clone());
            }
            Argument::Expression => self.template(name, place),
            Argument::Literal => self.literal(name, place),
            Argument::Name => self.name(name, place),
            Argument::Requirement => {
                if is_word {
                    self.token(&name.text, place.clone());
                } else {
                    self.literal(name, place);
                }
                if &*name.text == "configuration_aliases" {
                    of_value = Argument::Name;
                }
            }
        }
        self.token(" = ", place.clone());
        self.value(&property.value, of_value);
        let end = property.value.place.end;
        self.token("\n", end..end);
    }
}

/// Whether a value holds `dynamic` blocks by type: objects with `for_each` and `content`.
fn is_dynamic(value: &Node) -> bool {
    let is_one = |node: &Node| node.get("for_each").is_some() && node.get("content").is_some();
    value.bodies().is_ok_and(|types| {
        let by_type: Vec<_> = types.iter().flat_map(|types| types.properties()).collect();
        !by_type.is_empty()
            && by_type.into_iter().all(|by_type| {
                let blocks = by_type.value.bodies();
                blocks.is_ok_and(|blocks| !blocks.is_empty() && blocks.into_iter().all(is_one))
            })
    })
}

/// Whether there are `dynamic` blocks in the blocks that a value may mean.
fn has_dynamic(value: &Node) -> bool {
    value.bodies().is_ok_and(|bodies| {
        bodies.iter().flat_map(|body| body.properties()).any(|property| {
            (&*property.name.text == "dynamic" && is_dynamic(&property.value))
                || has_dynamic(&property.value)
        })
    })
}
