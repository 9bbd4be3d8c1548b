//! Templates that are rendered while an expression is evaluated: `templatefile` and
//! `templatestring`.

use std::collections::HashMap;

use super::{DEPTH_MAX, Evaluator, Limits, Locals};
use crate::diag::{Diagnostic, Diagnostics};
use crate::expr::{ResolvedStep, SymbolId};
use crate::function::{FuncError, TemplateRenderer};
use crate::parse::{LocalNames, Resolver, Text, template};
use crate::scope::{EvalError, EvalResult, Host, Scope};
use crate::span::{Source, SourceId, Span};
use crate::suggest::suggest;
use crate::value::{Str, Value, ValueKind};

/// The file that a rendered template is known as inside of it. Its diagnostics become text.
const TEMPLATE: SourceId = SourceId(u32::MAX);

pub(super) struct Renderer<'a> {
    host: &'a dyn Host,
    limits: &'a mut Limits,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(host: &'a dyn Host, limits: &'a mut Limits) -> Self {
        Self { host, limits }
    }

    /// How many templates enclose the call.
    pub(super) const fn template_depth(&self) -> usize {
        self.limits.template_depth
    }
}

impl TemplateRenderer for Renderer<'_> {
    fn render(
        &mut self,
        source: &str,
        name: &str,
        variables: &Value,
        depth: usize,
    ) -> Result<Value, FuncError> {
        if self.limits.depth >= DEPTH_MAX {
            return Err(FuncError::new("templates are nested too deeply"));
        }
        let text = Text::of_file(TEMPLATE, source);
        let mut names = Names { variables, symbols: Vec::new(), known: HashMap::new() };
        let compiled = template(text, &LocalNames::default(), &mut names)
            .map_err(|diagnostics| explained(&diagnostics, source, name))?;
        let mut scope = TemplateScope { variables, symbols: names.symbols, host: self.host };
        let outer = std::mem::replace(&mut self.limits.template_depth, depth);
        let mut locals = Locals::default();
        let result = Evaluator::new(&mut scope, &mut locals, self.limits).run(&compiled);
        self.limits.template_depth = outer;
        result.map_err(|error| match error {
            EvalError::Diagnostics(diagnostics) => explained(&diagnostics, source, name),
            // Nothing in a template waits for anything.
            EvalError::Blocked => FuncError::new("the template is not ready"),
        })
    }
}

/// The names that a template can use are those of its variables.
struct Names<'a> {
    variables: &'a Value,
    symbols: Vec<Str>,
    known: HashMap<Str, SymbolId>,
}

impl Resolver for Names<'_> {
    fn resolve(
        &mut self,
        root: &str,
        _: &[(Str, Span)],
        span: Span,
    ) -> Result<(SymbolId, usize), Diagnostic> {
        if let Some(symbol) = self.known.get(root) {
            return Ok((*symbol, 0));
        }
        if variable(self.variables, root).is_none() {
            let hint = suggest(root, names_of(self.variables));
            let detail = format!("vars map does not contain key {root:?}{hint}");
            return Err(Diagnostic::error("Unknown variable", detail).at(span));
        }
        let symbol = SymbolId(u32::try_from(self.symbols.len()).unwrap_or(u32::MAX));
        self.symbols.push(root.into());
        self.known.insert(root.into(), symbol);
        Ok((symbol, 0))
    }
}

struct TemplateScope<'a> {
    variables: &'a Value,
    symbols: Vec<Str>,
    host: &'a dyn Host,
}

impl Scope for TemplateScope<'_> {
    fn lookup(
        &mut self,
        symbol: SymbolId,
        _: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)> {
        let name = self.symbols.get(symbol.0 as usize);
        let value = name.and_then(|name| variable(self.variables, name));
        value.map(|value| (value, 0)).ok_or_else(|| {
            let detail = "There is no variable of that name.";
            Diagnostic::error("Unknown variable", detail).at(span).into()
        })
    }

    fn host(&self) -> &dyn Host {
        self.host
    }
}

fn variable(variables: &Value, name: &str) -> Option<Value> {
    Some(variables.get(name)?.clone().with_marks(variables.marks()))
}

fn names_of(variables: &Value) -> Vec<&str> {
    match variables.kind() {
        ValueKind::Object(object) => object.names.iter().map(|name| &**name).collect(),
        ValueKind::Map(map) => map.entries.iter().map(|(name, _)| &**name).collect(),
        _ => Vec::new(),
    }
}

/// What is wrong with a template as the message of a failed call.
fn explained(diagnostics: &Diagnostics, source: &str, name: &str) -> FuncError {
    let Some(first) = diagnostics.iter().next() else {
        return FuncError::new("the template cannot be rendered");
    };
    let place = first.span.filter(|span| span.source == TEMPLATE).map(|span| {
        let file = Source { path: name.into(), text: source.into() };
        let (line, column) = file.line_column(span.start);
        let (end_line, end_column) = file.line_column(span.end);
        if end_line == line {
            format!("{name}:{line},{column}-{end_column}")
        } else {
            format!("{name}:{line},{column}-{end_line},{end_column}")
        }
    });
    let place = place.unwrap_or_else(|| name.to_owned());
    let detail = first.detail.trim_end_matches('.');
    let message = if first.summary == "Unknown variable" {
        format!("{detail}, referenced at {place}")
    } else {
        let others = match diagnostics.0.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} other diagnostic(s)"),
        };
        format!("{place}: {}; {detail}{others}", first.summary)
    };
    FuncError::new(message)
}
