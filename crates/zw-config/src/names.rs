//! What names in expressions stand for.
//!
//! A name gets its symbol when it is first met, whether it is declared already or not: files are
//! read one after another, and names may be used before they are declared. When all files are
//! read, symbols are bound to what is declared, and what is not is reported wherever it is used.

use std::collections::HashMap;
use std::ops::Range;

use zw_lang::parse::Resolver;
use zw_lang::{Diagnostic, Diagnostics, Span, Str, SymbolId, nearest};

use crate::model::{ResourceMode, Symbol};

/// A name that has a symbol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    Variable(Str),
    Local(Str),
    Resource(ResourceMode, Str, Str),
    Output(Str),
    Module(Str),
    /// One that is always there.
    Fixed(Symbol),
}

/// What `count`, `each` and `self` mean where an expression is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whether there is `count.index`.
    pub(crate) has_count: bool,
    /// Whether there are `each.key` and `each.value`.
    pub(crate) has_each: bool,
    /// Whether there is `self`.
    pub(crate) has_self: bool,
}

impl Place {
    /// Where none of them means anything.
    pub(crate) const PLAIN: Self = Self { has_count: false, has_each: false, has_self: false };
}

/// Positions of what a module declares, by name.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) variables: HashMap<Str, usize>,
    pub(crate) locals: HashMap<Str, usize>,
    pub(crate) outputs: HashMap<Str, usize>,
    pub(crate) calls: HashMap<Str, usize>,
    pub(crate) resources: HashMap<(ResourceMode, Str, Str), usize>,
}

/// The symbols of a module as they are met.
#[derive(Debug)]
pub(crate) struct Names {
    ids: HashMap<Name, SymbolId>,
    known: Vec<Name>,
    uses: Vec<(SymbolId, Span)>,
    /// Where the expression that is being lowered is written.
    pub(crate) place: Place,
    /// Whether it is in a test, which can name the outputs of the module under test.
    pub(crate) is_test: bool,
    /// Whether it is in the file of an environment.
    pub(crate) is_environment: bool,
    /// How messages call the module.
    module: String,
}

impl Names {
    /// No names yet. `module` is how messages call the module, as "the root module".
    pub(crate) fn new(module: impl Into<String>) -> Self {
        Self {
            ids: HashMap::new(),
            known: Vec::new(),
            uses: Vec::new(),
            place: Place::PLAIN,
            is_test: false,
            is_environment: false,
            module: module.into(),
        }
    }

    /// How many names were used so far.
    pub(crate) const fn used(&self) -> usize {
        self.uses.len()
    }

    /// The uses in a range of those so far that are of more than the object itself and its key.
    pub(crate) fn beyond_the_object(&self, uses: Range<usize>) -> Vec<Span> {
        use Symbol::{CountIndex, EachKey, PathCwd, PathModule, PathRoot, SelfObject, Workspace};
        let is_beyond = |id: &SymbolId| match &self.known[id.0 as usize] {
            Name::Fixed(symbol) => !matches!(
                symbol,
                CountIndex | EachKey | PathCwd | PathModule | PathRoot | SelfObject | Workspace
            ),
            _ => true,
        };
        let uses = self.uses.get(uses).unwrap_or_default();
        uses.iter().filter(|(id, _)| is_beyond(id)).map(|(_, span)| *span).collect()
    }

    fn id(&mut self, name: Name, span: Span) -> SymbolId {
        let known = &mut self.known;
        let id = *self.ids.entry(name).or_insert_with_key(|name| {
            known.push(name.clone());
            SymbolId(u32::try_from(known.len() - 1).unwrap_or(u32::MAX))
        });
        self.uses.push((id, span));
        id
    }

    /// What every symbol stands for, and diagnostics of those that stand for nothing.
    pub(crate) fn bind(self, declared: &Declared) -> (Vec<Symbol>, Diagnostics) {
        let symbols: Vec<Symbol> = self.known.iter().map(|name| declared.symbol(name)).collect();
        let mut diagnostics = Diagnostics::new();
        for (id, span) in &self.uses {
            let at = id.0 as usize;
            if symbols.get(at) == Some(&Symbol::Missing)
                && let Some(name) = self.known.get(at)
            {
                diagnostics.push(declared.undeclared(name, &self.module).at(*span));
            }
        }
        (symbols, diagnostics)
    }
}

impl Declared {
    fn symbol(&self, name: &Name) -> Symbol {
        let found = match name {
            Name::Variable(name) => self.variables.get(name).copied().map(Symbol::Variable),
            Name::Local(name) => self.locals.get(name).copied().map(Symbol::Local),
            Name::Output(name) => self.outputs.get(name).copied().map(Symbol::Output),
            Name::Module(name) => self.calls.get(name).copied().map(Symbol::Module),
            Name::Resource(mode, type_name, name) => {
                let key = (*mode, type_name.clone(), name.clone());
                self.resources.get(&key).copied().map(Symbol::Resource)
            }
            Name::Fixed(symbol) => Some(*symbol),
        };
        found.unwrap_or(Symbol::Missing)
    }

    fn undeclared(&self, name: &Name, module: &str) -> Diagnostic {
        match name {
            Name::Variable(name) => Diagnostic::error(
                "Reference to undeclared input variable",
                format!(
                    "An input variable with the name {name:?} has not been declared.{} This variable \
                     can be declared with a variable {name:?} {{}} block.",
                    hint(name, self.variables.keys().map(Str::as_str))
                ),
            ),
            Name::Local(name) => Diagnostic::error(
                "Reference to undeclared local value",
                format!(
                    "A local value with the name {name:?} has not been declared.{}",
                    hint(name, self.locals.keys().map(Str::as_str))
                ),
            ),
            Name::Output(name) => Diagnostic::error(
                "Reference to undeclared output value",
                format!(
                    "No output value named {name:?} is declared in {module}.{}",
                    hint(name, self.outputs.keys().map(Str::as_str))
                ),
            ),
            Name::Module(name) => Diagnostic::error(
                "Reference to undeclared module",
                format!(
                    "No module call named {name:?} is declared in {module}.{}",
                    hint(name, self.calls.keys().map(Str::as_str))
                ),
            ),
            Name::Resource(mode, type_name, name) => {
                self.undeclared_resource(*mode, type_name, name, module)
            }
            Name::Fixed(_) => Diagnostic::error("Invalid reference", "There is no such object."),
        }
    }

    fn undeclared_resource(
        &self,
        mode: ResourceMode,
        type_name: &str,
        name: &str,
        module: &str,
    ) -> Diagnostic {
        let kind = match mode {
            ResourceMode::Managed => "A managed",
            ResourceMode::Data => "A data",
            ResourceMode::Ephemeral => "An ephemeral",
        };
        let of_mode = |wanted: ResourceMode| {
            self.resources
                .keys()
                .filter(move |(mode, ..)| *mode == wanted)
                .map(|(_, ty, name)| format!("{ty}.{name}"))
        };
        let wanted = format!("{type_name}.{name}");
        let others = [ResourceMode::Data, ResourceMode::Managed, ResourceMode::Ephemeral];
        let mut others = others.into_iter().filter(|other| *other != mode);
        let hint = if let Some(other) =
            others.find(|other| of_mode(*other).any(|known| known == wanted))
        {
            let kind = match other {
                ResourceMode::Data => "data source",
                ResourceMode::Managed => "managed resource",
                ResourceMode::Ephemeral => "ephemeral resource",
            };
            format!(" Did you mean the {kind} {}{wanted}?", other.prefix())
        } else if mode == ResourceMode::Managed
            && let Some(root) = nearest(type_name, ROOTS)
        {
            format!(" Did you mean {root:?}?")
        } else {
            let known: Vec<String> = of_mode(mode).collect();
            let same_type = known.iter().filter(|known| {
                known.strip_prefix(type_name).is_some_and(|rest| rest.starts_with('.'))
            });
            let same_type: Vec<&str> = same_type.map(String::as_str).collect();
            match same_type.as_slice() {
                [] => hint(&wanted, known.iter().map(String::as_str)),
                _ => hint(&wanted, same_type.into_iter()),
            }
        };
        Diagnostic::error(
            "Reference to undeclared resource",
            format!(
                "{kind} resource {type_name:?} {name:?} has not been declared in {module}.{hint}"
            ),
        )
    }
}

/// The names that begin references, besides types of resources.
const ROOTS: [&str; 11] = [
    "count",
    "data",
    "each",
    "ephemeral",
    "local",
    "module",
    "path",
    "resource",
    "self",
    "terraform",
    "var",
];

/// A "did you mean", or what there is if that is little.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    const SHOWN_MAX: usize = 5;
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    if let Some(near) = nearest(name, known.iter().copied()) {
        return format!(" Did you mean {near:?}?");
    }
    if known.is_empty() || known.len() > SHOWN_MAX {
        return String::new();
    }
    let quoted: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
    format!(" Declared here: {}.", quoted.join(", "))
}

impl Resolver for Names {
    fn resolve(
        &mut self,
        root: &str,
        attrs: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        let attr = |at: usize| attrs.get(at).map(|(name, _)| name);
        // Where the first attributes end, which is as far as a symbol goes.
        let through = |count: usize| {
            let end = count.checked_sub(1).and_then(|at| attrs.get(at));
            end.map_or(span, |(_, last)| Span { end: last.end, ..span })
        };
        let name = match root {
            "var" => Name::Variable(required(root, attr(0), span)?),
            "local" => Name::Local(required(root, attr(0), span)?),
            "module" => Name::Module(required(root, attr(0), span)?),
            "self" => {
                self.check_self(span)?;
                return Ok((self.id(Name::Fixed(Symbol::SelfObject), span), 0));
            }
            "output" if self.is_test => Name::Output(required(root, attr(0), span)?),
            "cell" if self.is_environment => {
                return Ok((self.id(Name::Fixed(self.cell(span)?), span), 0));
            }
            "each" => Name::Fixed(self.each(attr(0), through(1))?),
            "count" => Name::Fixed(self.count(attr(0), through(1))?),
            "path" => Name::Fixed(path(attr(0), through(1))?),
            "terraform" | "tofu" | "zw" => Name::Fixed(terraform(root, attr(0), through(1))?),
            "data" | "ephemeral" | "resource" => {
                let (Some(type_name), Some(name)) = (attr(0), attr(1)) else {
                    let detail = format!(
                        "The {root:?} object must be followed by two attribute names: the type and \
                         the name of the resource."
                    );
                    return Err(Diagnostic::error("Invalid reference", detail).at(span));
                };
                let (type_name, name) = (type_name.clone(), name.clone());
                let name = match root {
                    "data" => Name::Resource(ResourceMode::Data, type_name, name),
                    "resource" => Name::Resource(ResourceMode::Managed, type_name, name),
                    _ => Name::Resource(ResourceMode::Ephemeral, type_name, name),
                };
                return Ok((self.id(name, through(2)), 2));
            }
            _ => {
                let Some(name) = attr(0) else { return Err(bare_name(root, span)) };
                Name::Resource(ResourceMode::Managed, root.into(), name.clone())
            }
        };
        Ok((self.id(name, through(1)), 1))
    }
}

fn required(root: &str, name: Option<&Str>, span: Span) -> Result<Str, Diagnostic> {
    name.cloned().ok_or_else(|| {
        let detail = format!(
            "The {root:?} object cannot be accessed directly. Instead, access one of its attributes."
        );
        Diagnostic::error("Invalid reference", detail).at(span)
    })
}

fn bare_name(root: &str, span: Span) -> Diagnostic {
    let hint = nearest(root, ROOTS).map_or_else(
        || format!(" If {root:?} is meant as text, write it in quotes."),
        |near| format!(" Did you mean {near:?}?"),
    );
    let detail = format!(
        "A reference to a resource type must be followed by at least one attribute access, \
         specifying the resource name.{hint}"
    );
    Diagnostic::error("Invalid reference", detail).at(span)
}

impl Names {
    fn check_self(&self, span: Span) -> Result<(), Diagnostic> {
        if self.place.has_self {
            return Ok(());
        }
        let detail = "The \"self\" object is not available in this context. This object can be used \
                      only in resource provisioner, connection, and postcondition blocks.";
        Err(Diagnostic::error("Invalid \"self\" reference", detail).at(span))
    }

    fn each(&self, attr: Option<&Str>, span: Span) -> Result<Symbol, Diagnostic> {
        if !self.place.has_each {
            let detail = "The \"each\" object can be used only in \"module\" or \"resource\" blocks, \
                          and only when the \"for_each\" argument is set.";
            let summary = "Reference to \"each\" in context without for_each";
            return Err(Diagnostic::error(summary, detail).at(span));
        }
        match attr.map(Str::as_str) {
            Some("key") => Ok(Symbol::EachKey),
            Some("value") => Ok(Symbol::EachValue),
            other => Err(no_attribute(
                "each",
                other,
                "The supported attributes are each.key and each.value, the current key and value pair \
                 of the \"for_each\" attribute set.",
                span,
            )),
        }
    }

    /// What an environment says of an instance: in its file, `cell` is that.
    fn cell(&self, span: Span) -> Result<Symbol, Diagnostic> {
        if self.place.has_each {
            return Ok(Symbol::EachValue);
        }
        let detail =
            "The object \"cell\" is for the values of variables and the arguments of providers.";
        Err(Diagnostic::error("Invalid reference", detail).at(span))
    }

    fn count(&self, attr: Option<&Str>, span: Span) -> Result<Symbol, Diagnostic> {
        if !self.place.has_count {
            let detail = "The \"count\" object can only be used in \"module\", \"resource\", and \
                          \"data\" blocks, and only when the \"count\" argument is set.";
            let summary = "Reference to \"count\" in non-counted context";
            return Err(Diagnostic::error(summary, detail).at(span));
        }
        match attr.map(Str::as_str) {
            Some("index") => Ok(Symbol::CountIndex),
            other => Err(no_attribute(
                "count",
                other,
                "The only supported attribute is count.index, which is the index of each instance of a \
                 resource block that has the \"count\" argument set.",
                span,
            )),
        }
    }
}

fn path(attr: Option<&Str>, span: Span) -> Result<Symbol, Diagnostic> {
    match attr.map(Str::as_str) {
        Some("module") => Ok(Symbol::PathModule),
        Some("root") => Ok(Symbol::PathRoot),
        Some("cwd") => Ok(Symbol::PathCwd),
        other => Err(no_attribute(
            "path",
            other,
            "The supported attributes are path.module, path.root and path.cwd.",
            span,
        )),
    }
}

fn terraform(root: &str, attr: Option<&Str>, span: Span) -> Result<Symbol, Diagnostic> {
    match attr.map(Str::as_str) {
        Some("workspace") => Ok(Symbol::Workspace),
        Some("applying") => Ok(Symbol::Applying),
        other => Err(no_attribute(
            root,
            other,
            "The supported attributes are terraform.workspace and terraform.applying.",
            span,
        )),
    }
}

fn no_attribute(object: &str, attr: Option<&str>, supported: &str, span: Span) -> Diagnostic {
    let detail = match attr {
        Some(attr) => {
            format!("The {object:?} object does not have an attribute named {attr:?}. {supported}")
        }
        None => format!("The {object:?} object cannot be accessed directly. {supported}"),
    };
    Diagnostic::error(format!("Invalid {object:?} attribute"), detail).at(span)
}
