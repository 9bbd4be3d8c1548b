//! Expressions that have to be known before anything else is: sources of modules, and where the state is.
//!
//! What they may refer to is constant: variables whose values are given from outside, locals made of those, and what
//! calls pass on of them. <https://opentofu.org/docs/language/modules/sources/#support-for-variable-and-local-evaluation>

use std::collections::{HashMap, HashSet};
use std::io;

use indexmap::IndexMap;
use zw_lang::{
    Diagnostic, Diagnostics, EvalError, EvalResult, Expr, Host, Marks, ResolvedStep, Scope, Span,
    Str, SymbolId, Type, Value, convert, evaluate,
};

use crate::model::{Body, Module, ModuleCall, Symbol};

/// Values of variables by name.
pub(super) type Given = HashMap<Str, Value>;

/// How deep locals can be made of one another here.
const DEPTH_MAX: usize = 100;

/// What is known of a module before it is known what it calls.
pub(super) struct Early<'a> {
    module: &'a Module,
    given: &'a Given,
    root: &'a str,
    /// What is being evaluated, for messages.
    what: &'static str,
    depth: usize,
    host: NoEffects,
}

impl<'a> Early<'a> {
    pub(super) const fn new(module: &'a Module, given: &'a Given, root: &'a str) -> Self {
        Self { module, given, root, what: "module source", depth: 0, host: NoEffects }
    }

    /// The arguments of a block, with where they are written.
    pub(super) fn block(
        &mut self,
        what: &'static str,
        body: &Body,
    ) -> Result<IndexMap<Str, (Value, Span)>, Diagnostics> {
        self.what = what;
        let mut problems = Diagnostics::new();
        let mut values = IndexMap::new();
        for (name, argument) in &body.attributes {
            match evaluate(&argument.value, self) {
                Ok(value) => drop(values.insert(name.clone(), (value, argument.value.span))),
                Err(EvalError::Diagnostics(found)) => problems.extend(found),
                Err(EvalError::Blocked) => problems.push(
                    Diagnostic::error("Unknown value", "It must be known before planning.")
                        .at(argument.value.span),
                ),
            }
        }
        for block in &body.blocks {
            let detail = format!("Blocks of type {:?} are not expected here.", block.type_name);
            problems.push(Diagnostic::error("Unsupported block type", detail).at(block.span));
        }
        problems.into_result(values)
    }

    /// A call with its source and version evaluated.
    pub(super) fn settled(&mut self, call: &ModuleCall) -> Result<ModuleCall, Diagnostics> {
        let mut settled = call.clone();
        if let Some(source) = &call.early.source {
            settled.source = self.text("source", source)?;
        }
        if let Some(version) = &call.early.version {
            settled.version = Some((self.text("version", version)?, version.span));
        }
        Ok(settled)
    }

    /// The arguments of a call that are known by now. Others may be known later, and are nobody's mistake.
    pub(super) fn arguments(&mut self, call: &ModuleCall) -> Given {
        let arguments = call.arguments.iter();
        let known = arguments.filter_map(|(name, (_, expr))| {
            let value = evaluate(expr, self).ok()?;
            Some((name.clone(), value))
        });
        known.collect()
    }

    fn text(&mut self, what: &str, expr: &Expr) -> Result<Str, Diagnostics> {
        let problem = |detail: &str| {
            let summary = format!("Invalid module {what}");
            Diagnostics::from(Diagnostic::error(summary, detail).at(expr.span))
        };
        let value = match evaluate(expr, self) {
            Ok(value) => value,
            Err(EvalError::Diagnostics(found)) => return Err(found),
            Err(EvalError::Blocked) => return Err(problem("Its value is not known.")),
        };
        let marks = value.all_marks();
        if marks.contains(Marks::SENSITIVE) || marks.contains(Marks::EPHEMERAL) {
            return Err(problem(
                "It cannot be made of sensitive or ephemeral values: it is kept and shown.",
            ));
        }
        let text = convert(&value, &Type::String).ok();
        match text.as_ref().and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.into()),
            _ => Err(problem("It must be a text that is known before planning, and not empty.")),
        }
    }

    fn variable(&self, at: usize, span: Span) -> EvalResult<Value> {
        let variable = &self.module.variables[at];
        let given = self.given.get(&variable.name).or(variable.default.as_ref());
        let Some(value) = given else {
            let detail = format!(
                "The {1} depends on var.{0}, so its value must be known before anything is planned. \
                 Give it a default, or a value with -var, a *.tfvars file or TF_VAR_{0}; in a module that is \
                 called, one that does not depend on any resource.",
                variable.name, self.what
            );
            return Err(Diagnostic::error("Variable is not known early enough", detail)
                .at(span)
                .into());
        };
        let value = convert(value, &variable.ty).map_err(|error| {
            let detail = format!("The value of var.{} is unsuitable: {error}.", variable.name);
            EvalError::from(Diagnostic::error("Invalid value for variable", detail).at(span))
        })?;
        let value = if variable.sensitive { value.sensitive() } else { value };
        Ok(if variable.ephemeral { value.with_marks(Marks::EPHEMERAL) } else { value })
    }

    fn local(&mut self, at: usize, span: Span) -> EvalResult<Value> {
        if self.depth >= DEPTH_MAX {
            let detail =
                "Locals refer to each other in a circle, or are made of one another too often.";
            return Err(Diagnostic::error("Cycle", detail).at(span).into());
        }
        self.depth += 1;
        let value = evaluate(&self.module.locals[at].value, self);
        self.depth -= 1;
        value
    }
}

/// Where an expression refers to something that is known later than variables and locals are, if it does.
pub(super) fn reference_to_later(module: &Module, expr: &Expr) -> Option<Span> {
    let mut seen = HashSet::new();
    let mut queue = vec![(None, expr)];
    while let Some((place, expr)) = queue.pop() {
        let mut later = None;
        expr.for_each_ref(&mut |reference, span| match module.symbol(reference.symbol) {
            Symbol::Variable(_) | Symbol::PathModule | Symbol::PathRoot => {}
            Symbol::Local(at) => {
                if seen.insert(at) {
                    queue.push((place.or(Some(span)), &module.locals[at].value));
                }
            }
            _ => later = later.or(place).or(Some(span)),
        });
        if later.is_some() {
            return later;
        }
    }
    None
}

impl Scope for Early<'_> {
    fn lookup(
        &mut self,
        symbol: SymbolId,
        _: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)> {
        let value = match self.module.symbol(symbol) {
            Symbol::Variable(at) => self.variable(at, span)?,
            Symbol::Local(at) => self.local(at, span)?,
            Symbol::PathModule => Value::from(super::shown(&self.module.dir)),
            Symbol::PathRoot => Value::from(self.root),
            _ => {
                let what = self.what;
                let detail = format!(
                    "The {what} can be made of variables and locals, as far as they are known before anything is \
                     planned, and of nothing else."
                );
                return Err(Diagnostic::error(format!("Invalid {what}"), detail).at(span).into());
            }
        };
        Ok((value, 0))
    }

    fn host(&self) -> &dyn Host {
        &self.host
    }
}

/// A world in which there are no files, and no time.
struct NoEffects;

impl NoEffects {
    fn refuse<T>() -> io::Result<T> {
        let reason = "files cannot be read before anything is planned";
        Err(io::Error::new(io::ErrorKind::Unsupported, reason))
    }
}

impl Host for NoEffects {
    fn read_file(&self, _: &str) -> io::Result<Vec<u8>> {
        Self::refuse()
    }

    fn file_exists(&self, _: &str) -> io::Result<bool> {
        Self::refuse()
    }

    fn fileset(&self, _: &str, _: &str) -> io::Result<Vec<String>> {
        Self::refuse()
    }

    fn home_dir(&self) -> Option<String> {
        None
    }

    fn current_dir(&self) -> io::Result<String> {
        Self::refuse()
    }

    fn now(&self) -> Option<(i64, u32)> {
        None
    }

    fn plan_time(&self) -> (i64, u32) {
        (0, 0)
    }

    fn random(&self, _: &mut [u8]) -> bool {
        false
    }
}
