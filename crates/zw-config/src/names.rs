//! What names in a module stand for.

use std::collections::HashMap;

use zw_lang::parse::Resolver;
use zw_lang::{Diagnostic, Span, Str, SymbolId, suggest};

use crate::model::{Module, ResourceMode, Symbol};

/// The names that a module declares, with their positions in its lists and where they are declared.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) variables: HashMap<Str, (usize, Span)>,
    pub(crate) locals: HashMap<Str, (usize, Span)>,
    pub(crate) outputs: HashMap<Str, (usize, Span)>,
    pub(crate) calls: HashMap<Str, (usize, Span)>,
    pub(crate) ephemerals: HashMap<(Str, Str), (usize, Span)>,
    pub(crate) resources: HashMap<(ResourceMode, Str, Str), (usize, Span)>,
}

impl Names {
    /// The names of a module that has been lowered.
    pub(crate) fn of(module: &Module) -> Self {
        Self {
            variables: positions(module.variables.iter().map(|one| (one.name.clone(), one.span))),
            locals: positions(module.locals.iter().map(|one| (one.name.clone(), one.span))),
            outputs: positions(module.outputs.iter().map(|one| (one.name.clone(), one.span))),
            calls: positions(module.calls.iter().map(|one| (one.name.clone(), one.span))),
            ephemerals: positions(
                module
                    .ephemerals
                    .iter()
                    .map(|one| ((one.type_name.clone(), one.name.clone()), one.span)),
            ),
            resources: positions(
                module
                    .resources
                    .iter()
                    .map(|one| ((one.mode, one.type_name.clone(), one.name.clone()), one.span)),
            ),
        }
    }
}

fn positions<K: std::hash::Hash + Eq>(
    names: impl Iterator<Item = (K, Span)>,
) -> HashMap<K, (usize, Span)> {
    names.enumerate().map(|(at, (name, span))| (name, (at, span))).collect()
}

/// Resolves names to symbols, and numbers symbols.
pub(crate) struct Symbols<'a> {
    pub(crate) names: &'a Names,
    pub(crate) symbols: Vec<Symbol>,
    ids: HashMap<Symbol, SymbolId>,
}

impl<'a> Symbols<'a> {
    pub(crate) fn new(names: &'a Names) -> Self {
        Self { names, symbols: Vec::new(), ids: HashMap::new() }
    }

    fn id(&mut self, symbol: Symbol) -> SymbolId {
        if let Some(id) = self.ids.get(&symbol) {
            return *id;
        }
        let id = SymbolId(u32::try_from(self.symbols.len()).unwrap_or(u32::MAX));
        self.symbols.push(symbol);
        self.ids.insert(symbol, id);
        id
    }

    fn resource(
        &mut self,
        mode: ResourceMode,
        type_name: &Str,
        name: &Str,
        span: Span,
    ) -> Result<SymbolId, Diagnostic> {
        if let Some((at, _)) = self.names.resources.get(&(mode, type_name.clone(), name.clone())) {
            return Ok(self.id(Symbol::Resource(*at)));
        }
        let known = self.names.resources.keys().filter(|(known, ..)| *known == mode);
        let written: Vec<String> =
            known.map(|(_, type_name, name)| format!("{type_name}.{name}")).collect();
        let hint = suggest(&format!("{type_name}.{name}"), written.iter().map(String::as_str));
        let kind = match mode {
            ResourceMode::Managed => "managed",
            ResourceMode::Data => "data",
        };
        Err(Diagnostic::error(
            "Reference to undeclared resource",
            format!("A {kind} resource {type_name:?} {name:?} has not been declared in this module.{hint}"),
        )
        .at(span))
    }
}

fn missing(
    summary: &str,
    kind: &str,
    name: &str,
    known: &HashMap<Str, (usize, Span)>,
    span: Span,
) -> Diagnostic {
    let mut names: Vec<&str> = known.keys().map(Str::as_str).collect();
    names.sort_unstable();
    let hint = suggest(name, names);
    Diagnostic::error(
        format!("Reference to undeclared {summary}"),
        format!("{kind} named {name:?} has not been declared in this module.{hint}"),
    )
    .at(span)
}

fn incomplete(root: &str, span: Span) -> Diagnostic {
    let detail = match root {
        "var" => "An input variable's name must follow \"var.\".".to_owned(),
        "local" => "A local value's name must follow \"local.\".".to_owned(),
        "module" => "The name of a module call must follow \"module.\".".to_owned(),
        "data" => {
            "The type and the name of a data source must follow \"data.\", as in data.aws_ami.x."
                .to_owned()
        }
        "each" => "The object \"each\" has the attributes \"key\" and \"value\".".to_owned(),
        "count" => "The object \"count\" has the attribute \"index\".".to_owned(),
        "path" => {
            "The object \"path\" has the attributes \"module\", \"root\" and \"cwd\".".to_owned()
        }
        "terraform" => {
            "The object \"terraform\" has the attributes \"workspace\" and \"applying\".".to_owned()
        }
        _ => format!(
            "A reference to a resource type must be followed by at least one attribute access, specifying the \
             resource name. If you meant the text {root:?}, put it in quotes."
        ),
    };
    Diagnostic::error("Invalid reference", detail).at(span)
}

impl Resolver for Symbols<'_> {
    fn resolve(
        &mut self,
        root: &str,
        attrs: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        let names = self.names;
        if root == "self" {
            return Ok((self.id(Symbol::SelfObject), 0));
        }
        let Some((first, first_span)) = attrs.first() else { return Err(incomplete(root, span)) };
        let at_first = span.to(*first_span);
        let symbol = match (root, first.as_str()) {
            ("var", name) => match names.variables.get(name) {
                Some((at, _)) => Symbol::Variable(*at),
                None => {
                    return Err(missing(
                        "input variable",
                        "An input variable",
                        name,
                        &names.variables,
                        at_first,
                    ));
                }
            },
            ("local", name) => match names.locals.get(name) {
                Some((at, _)) => Symbol::Local(*at),
                None => {
                    return Err(missing(
                        "local value",
                        "A local value",
                        name,
                        &names.locals,
                        at_first,
                    ));
                }
            },
            ("module", name) => match names.calls.get(name) {
                Some((at, _)) => Symbol::Module(*at),
                None => {
                    return Err(missing("module", "A module call", name, &names.calls, at_first));
                }
            },
            ("each", "key") => Symbol::EachKey,
            ("each", "value") => Symbol::EachValue,
            ("count", "index") => Symbol::CountIndex,
            ("path", "module") => Symbol::PathModule,
            ("path", "root") => Symbol::PathRoot,
            ("path", "cwd") => Symbol::PathCwd,
            ("terraform", "workspace") => Symbol::Workspace,
            ("terraform", "applying") => Symbol::Applying,
            ("each" | "count" | "path" | "terraform", _) => {
                return Err(incomplete(root, at_first));
            }
            ("data" | "ephemeral", _) => {
                let Some((name, name_span)) = attrs.get(1) else {
                    return Err(incomplete(root, at_first));
                };
                let whole = span.to(*name_span);
                if root == "data" {
                    let id = self.resource(ResourceMode::Data, first, name, whole)?;
                    return Ok((id, 2));
                }
                let found = names.ephemerals.get(&(first.clone(), name.clone()));
                let Some((at, _)) = found else {
                    return Err(Diagnostic::error(
                        "Reference to undeclared resource",
                        format!(
                            "An ephemeral resource {first:?} {name:?} has not been declared in this module."
                        ),
                    )
                    .at(whole));
                };
                return Ok((self.id(Symbol::Ephemeral(*at)), 2));
            }
            _ => {
                let type_name = Str::from(root);
                let id = self.resource(ResourceMode::Managed, &type_name, first, at_first)?;
                return Ok((id, 1));
            }
        };
        Ok((self.id(symbol), 1))
    }
}
