//! Computing what is constant when it is compiled.

use std::io;

use super::Lowerer;
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::evaluate;
use crate::expr::{Callee, Expr, ExprKind, ResolvedStep, SymbolId};
use crate::scope::{EvalError, EvalResult, Host, Scope};
use crate::span::Span;
use crate::value::Value;

/// Larger constants stay what they are written as: one copy in the expression is enough.
const LENGTH_MAX: usize = 1000;

impl Lowerer<'_> {
    /// The expression, or its value if it has one whatever it is evaluated in. What fails is left
    /// alone: that may never be evaluated, or be what `try` is for.
    pub(super) fn folded(expr: Expr) -> Expr {
        if !is_foldable(&expr.kind) {
            return expr;
        }
        let mut scope = Nowhere::default();
        match evaluate(&expr, &mut scope) {
            Ok(value) if !scope.host.asked.get() && value.len().unwrap_or(0) <= LENGTH_MAX => {
                Expr::literal(value, expr.span)
            }
            _ => expr,
        }
    }
}

/// Whether all parts of an expression are constants. What has been folded is, so it is enough to
/// look at the parts themselves.
fn is_foldable(kind: &ExprKind) -> bool {
    let is_literal = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(_));
    match kind {
        ExprKind::Template(parts) | ExprKind::Tuple(parts) => parts.iter().all(is_literal),
        ExprKind::GetAttr(inner, _) | ExprKind::Unary(_, inner) | ExprKind::Parens(inner) => {
            is_literal(inner)
        }
        ExprKind::Index(left, right) | ExprKind::Binary(_, left, right) => {
            is_literal(left) && is_literal(right)
        }
        ExprKind::Conditional(condition, yes, no) => {
            is_literal(condition) && is_literal(yes) && is_literal(no)
        }
        ExprKind::Object(items) => {
            items.iter().all(|item| is_literal(&item.key) && is_literal(&item.value))
        }
        ExprKind::Call(call) => match &call.callee {
            Callee::Builtin(_) | Callee::Convert(_) => call.args.iter().all(is_literal),
            Callee::Provider(..) | Callee::Unknown(_) => false,
        },
        ExprKind::Literal(_)
        | ExprKind::Ref(_)
        | ExprKind::Local(..)
        | ExprKind::TemplateJoin(_)
        | ExprKind::Splat { .. }
        | ExprKind::For(_) => false,
    }
}

/// The value of an expression that refers to nothing.
pub(super) fn evaluate_constant(expr: &Expr) -> Result<Value, Diagnostics> {
    evaluate(expr, &mut Nowhere::default()).map_err(|error| match error {
        EvalError::Diagnostics(diagnostics) => diagnostics,
        EvalError::Blocked => Diagnostics::new(),
    })
}

/// A scope without names, and a world that only notes that it was asked: the answer would not be
/// constant.
#[derive(Default)]
struct Nowhere {
    host: NoHost,
}

#[derive(Default)]
struct NoHost {
    asked: Asked,
}

/// Hosts are shared between threads, this one in form only.
#[derive(Default)]
struct Asked(std::sync::atomic::AtomicBool);

impl Asked {
    fn set(&self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl Scope for Nowhere {
    fn lookup(
        &mut self,
        _: SymbolId,
        _: &[ResolvedStep],
        span: Span,
    ) -> EvalResult<(Value, usize)> {
        let detail = "Variables may not be used here.";
        Err(Diagnostic::error("Variables not allowed", detail).at(span).into())
    }

    fn host(&self) -> &dyn Host {
        &self.host
    }
}

impl NoHost {
    fn refuse<T>(&self) -> io::Result<T> {
        self.asked.set();
        Err(io::Error::new(io::ErrorKind::Unsupported, "there are no files here"))
    }
}

impl Host for NoHost {
    fn read_file(&self, _: &str) -> io::Result<Vec<u8>> {
        self.refuse()
    }

    fn file_exists(&self, _: &str) -> io::Result<bool> {
        self.refuse()
    }

    fn fileset(&self, _: &str, _: &str) -> io::Result<Vec<String>> {
        self.refuse()
    }

    fn home_dir(&self) -> Option<String> {
        self.asked.set();
        None
    }

    fn current_dir(&self) -> io::Result<String> {
        self.refuse()
    }

    fn now(&self) -> Option<(i64, u32)> {
        self.asked.set();
        None
    }

    fn plan_time(&self) -> (i64, u32) {
        self.asked.set();
        (0, 0)
    }

    fn random(&self, _: &mut [u8]) -> bool {
        self.asked.set();
        false
    }
}
