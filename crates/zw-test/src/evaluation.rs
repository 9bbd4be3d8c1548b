//! Expressions of a test that are about no module: values of variables, and what mocks answer.

use zw_config::model::Module;
use zw_config::testing::Written;
use zw_lang::{
    Diagnostic, Diagnostics, EvalError, EvalResult, Host, Locals, ResolvedStep, Scope, SourceMap,
    Span, Str, SymbolId, Value, evaluate_with,
};

/// The further names in such expressions, by position.
pub(crate) const NAMES: [&str; 2] = ["run", "var"];

struct NoObjects<'h>(&'h dyn Host);

impl Scope for NoObjects<'_> {
    fn lookup(
        &mut self,
        _: SymbolId,
        _: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)> {
        let detail = "Only variables of the test and outputs of earlier runs (run.NAME.OUTPUT) can be referred to here.";
        Err(Diagnostic::error("Invalid reference", detail).at(span).into())
    }

    fn host(&self) -> &dyn Host {
        self.0
    }
}

/// The value of an expression that can refer to variables and to earlier runs.
pub(crate) fn value(
    written: &Written,
    sources: &SourceMap,
    host: &dyn Host,
    runs: &Value,
    variables: &Value,
) -> Result<Value, Diagnostics> {
    let compiled = written.compile(&Module::default(), sources, &NAMES)?;
    let mut locals = Locals::default();
    locals.set(0, runs.clone());
    locals.set(1, variables.clone());
    match evaluate_with(&compiled.expr, &mut NoObjects(host), &mut locals) {
        Ok(value) => Ok(value),
        Err(EvalError::Diagnostics(found)) => Err(found),
        Err(EvalError::Blocked) => {
            let detail = "It depends on something that could not be computed.";
            Err(Diagnostic::error("The value is not known", detail).at(written.span).into())
        }
    }
}

/// Values by name as an object.
pub(crate) fn object<'v>(values: impl IntoIterator<Item = (&'v Str, &'v Value)>) -> Value {
    Value::object(values.into_iter().map(|(name, value)| (name.clone(), value.clone())))
}
