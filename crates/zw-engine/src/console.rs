//! Evaluating expressions against a configuration and its state.

use zw_config::model::Symbol;
use zw_lang::{Diagnostics, EvalError, Expr, Value, evaluate};

use crate::api::Run;
use crate::walk::{EachData, ModId};

impl Run {
    /// Evaluates an expression that was compiled for the root module with a table of symbols of its own, with
    /// everything as it is planned. The clock and chance can be asked: nobody is told the answers but who sits at
    /// the console.
    ///
    /// # Errors
    /// Whatever is wrong with it.
    pub fn evaluate(&self, expr: &Expr, symbols: &[Symbol]) -> Result<Value, Diagnostics> {
        self.host.start_applying();
        let view = self.planner.walk.view(ModId::ROOT, EachData::default());
        let mut view = view.with_symbols(symbols);
        match evaluate(expr, &mut view) {
            Ok(value) => Ok(value),
            Err(EvalError::Diagnostics(found)) => Err(found),
            Err(EvalError::Blocked) => Err(zw_lang::Diagnostic::error(
                "The value is not known",
                "It depends on something that could not be computed.",
            )
            .at(expr.span)
            .into()),
        }
    }

    /// Whether applying does anything: to objects, to outputs, or to what is written down.
    pub fn has_work(&self) -> bool {
        !self.plan.is_empty()
    }

    /// The schema of the type of a resource, by the address of its provider configuration.
    pub fn schema(
        &self,
        provider: &str,
        resource: &zw_lang::addr::ResourceAddr,
    ) -> Option<&zw_provider::schema::Schema> {
        let source = crate::fetch::source_in(provider);
        self.planner.walk.cx.providers.schema(source, resource.mode, &resource.type_name)
    }
}
