//! What the evaluator asks of its surroundings.

use crate::diag::{Diagnostic, Diagnostics};
use crate::expr::{Ref, ResolvedStep, SymbolId};
use crate::span::Span;
use crate::value::Value;

/// Why an expression has no value.
#[derive(Debug)]
pub enum EvalError {
    /// It is wrong.
    Diagnostics(Diagnostics),
    /// Something it needs is not there yet (a data source that has not been read). The scope
    /// knows what; the expression is evaluated again later. `try` and `can` let it pass.
    Blocked,
}

/// The value of an expression, or why there is none.
pub type EvalResult<T> = Result<T, EvalError>;

impl From<Diagnostic> for EvalError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Diagnostics(diagnostic.into())
    }
}

impl From<Diagnostics> for EvalError {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Diagnostics(diagnostics)
    }
}

/// The names outside of expressions, and the world outside of the language.
pub trait Scope {
    /// The value of `symbol` followed by as many of `steps` as the scope cares to take, and how
    /// many these are; the evaluator applies the others. A scope takes steps to avoid building
    /// a whole: `aws_instance.a[7].id` needs one instance, `module.m.x` one output.
    fn lookup(
        &mut self,
        symbol: SymbolId,
        steps: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)>;

    /// Told of every reference in a part of an expression that was not evaluated because
    /// something unknown decides whether it will be. Once that is known the part may be needed,
    /// so it counts as a dependency.
    fn skip(&mut self, reference: &Ref, span: Span) {
        let _ = (reference, span);
    }

    /// The world outside.
    fn host(&self) -> &dyn Host;
}

/// Effects that functions have or depend on. Everything in here may differ from call to call.
pub trait Host: Send + Sync {
    /// The contents of a file; relative paths are relative to where the command was run.
    fn read_file(&self, path: &str) -> std::io::Result<Vec<u8>>;

    /// Whether a regular file is at the path; an error if something else is.
    fn file_exists(&self, path: &str) -> std::io::Result<bool>;

    /// Paths of regular files below `dir` that match a pattern, relative to `dir`, sorted.
    fn fileset(&self, dir: &str, pattern: &str) -> std::io::Result<Vec<String>>;

    /// The home directory of the user, for `pathexpand`.
    fn home_dir(&self) -> Option<String>;

    /// The current directory, for `abspath`.
    fn current_dir(&self) -> std::io::Result<String>;

    /// Seconds and nanoseconds since 1970-01-01 UTC, or `None` while planning, when `timestamp`
    /// is unknown.
    fn now(&self) -> Option<(i64, u32)>;

    /// Seconds and nanoseconds since 1970-01-01 UTC of the start of this plan, for
    /// `plantimestamp`; the same in plan and apply.
    fn plan_time(&self) -> (i64, u32);

    /// Fills `buffer` with random bytes and says so, or `false` while planning, when `uuid` and
    /// `bcrypt` are unknown.
    fn random(&self, buffer: &mut [u8]) -> bool;

    /// Calls a function of a provider (`provider::NAME::FUNCTION`), or `None` if there is none of that name.
    fn provider_function(
        &self,
        provider: &str,
        function: &str,
        args: &[Value],
    ) -> Option<Result<Value, crate::FuncError>> {
        let _ = (provider, function, args);
        None
    }

    /// The names of the functions of a provider.
    fn provider_function_names(&self, provider: &str) -> Vec<&str> {
        let _ = provider;
        Vec::new()
    }
}
