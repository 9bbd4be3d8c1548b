//! Conditionals.
//!
//! Source: `ConditionalExpr.Value` in `hclsyntax/expression.go`.

use super::{Evaluator, Outcome};
use crate::convert::{ConvertError, convert, unify};
use crate::expr::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::number::Number;
use crate::ty::Type;
use crate::value::{Refinement, Value};

const INCONSISTENT: &str = "Inconsistent conditional result types";

impl Evaluator<'_> {
    pub(super) fn conditional(
        &mut self,
        expr: &Expr,
        condition: &Expr,
        yes: &Expr,
        no: &Expr,
    ) -> Outcome {
        let decided = self.evaluate(condition)?;
        let truth = match truth(&decided) {
            Ok(truth) => truth,
            Err(NoTruth::Null) => {
                let detail =
                    "The condition value is null. Conditions must either be true or false.";
                return Err(self.fail_with("Null condition", detail, condition.span, condition));
            }
            Err(NoTruth::Other(_)) => {
                let detail = "The condition expression must be of type bool.";
                let summary = "Incorrect condition type";
                return Err(self.fail_with(summary, detail, condition.span, condition));
            }
        };
        // Errors in what is not chosen do not count, but what its type would be does.
        let (yes_value, no_value) = match truth {
            Some(true) => {
                let chosen = self.evaluate(yes)?;
                (chosen, self.alternative(no)?)
            }
            Some(false) => {
                let other = self.alternative(yes)?;
                (other, self.evaluate(no)?)
            }
            None => (self.alternative(yes)?, self.alternative(no)?),
        };
        let Some(ty) = result_type(&yes_value, &no_value) else {
            let detail = format!(
                "The true and false result expressions must have consistent types. {}.",
                mismatch(&yes_value.ty(), &no_value.ty())
            );
            return Err(self.fail_with(INCONSISTENT, detail, yes.span.to(no.span), expr));
        };
        // What is secret about either shows in which is chosen.
        let marks = decided.marks().union(yes_value.marks()).union(no_value.marks());
        let Some(truth) = truth else {
            return Ok(either(&ty, &yes_value, &no_value).with_marks(marks));
        };
        let (chosen, chosen_expr, which) =
            if truth { (yes_value, yes, "true") } else { (no_value, no, "false") };
        match convert(&chosen, &ty) {
            Ok(value) => Ok(value.with_marks(marks)),
            Err(error) => {
                let detail = format!("The {which} result value has the wrong type: {error}.");
                Err(self.fail_with(INCONSISTENT, detail, chosen_expr.span, chosen_expr))
            }
        }
    }

    /// The value of an arm whose errors do not count; unknown if it has some.
    fn alternative(&mut self, expr: &Expr) -> Outcome {
        match self.attempt(expr)? {
            Some(value) => Ok(value),
            None => Ok(Value::unknown(self.type_despite_errors(expr)?)),
        }
    }

    /// The type of an expression whatever is wrong inside of it, as far as its form and its sound parts say so.
    fn type_despite_errors(&mut self, expr: &Expr) -> Outcome<Type> {
        Ok(match &expr.kind {
            ExprKind::Template(_) | ExprKind::TemplateJoin(_) => Type::String,
            ExprKind::Binary(
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod,
                ..,
            )
            | ExprKind::Unary(UnaryOp::Neg, _) => Type::Number,
            ExprKind::Binary(..) | ExprKind::Unary(UnaryOp::Not, _) => Type::Bool,
            ExprKind::Parens(inner) => self.type_despite_errors(inner)?,
            ExprKind::Tuple(parts) => {
                let parts = parts.iter().map(|part| Ok(self.alternative(part)?.ty()));
                Type::tuple(parts.collect::<Outcome<_>>()?)
            }
            ExprKind::Object(items) => {
                let mut attrs = Vec::with_capacity(items.len());
                for item in items {
                    let key = self.attempt(&item.key)?;
                    let key = key.and_then(|key| convert(&key, &Type::String).ok());
                    // Without all of its keys nothing is known of an object.
                    let Some(key) = key.as_ref().and_then(Value::as_str) else {
                        return Ok(Type::Dynamic);
                    };
                    attrs.push((key.to_owned(), self.alternative(&item.value)?.ty()));
                }
                Type::object(attrs)
            }
            _ => Type::Dynamic,
        })
    }
}

/// Why a condition decides nothing.
pub(super) enum NoTruth {
    /// It is null.
    Null,
    /// It is no bool.
    Other(ConvertError),
}

/// What a condition says, `None` if that is unknown.
pub(super) fn truth(value: &Value) -> Result<Option<bool>, NoTruth> {
    if value.is_null() {
        return Err(NoTruth::Null);
    }
    let value = convert(value, &Type::Bool).map_err(NoTruth::Other)?;
    Ok(value.as_bool())
}

/// The type of the result, if both values can have it.
fn result_type(yes: &Value, no: &Value) -> Option<Type> {
    let is_untyped_null =
        |value: &Value| value.is_null() && value.ty() == Type::Dynamic && value.marks().is_empty();
    let (yes_ty, no_ty) = (yes.ty(), no.ty());
    if is_untyped_null(yes) {
        return Some(no_ty);
    }
    if is_untyped_null(no) {
        return Some(yes_ty);
    }
    if yes_ty == Type::Dynamic || no_ty == Type::Dynamic {
        return Some(Type::Dynamic);
    }
    if yes_ty == no_ty {
        return Some(yes_ty);
    }
    unify(&[yes_ty, no_ty])
}

/// What is known of a value that will be one of two.
fn either(ty: &Type, yes: &Value, no: &Value) -> Value {
    if yes.is_null() && no.is_null() {
        return Value::null(ty.clone());
    }
    let mut refinement =
        Refinement { not_null: is_never_null(yes) && is_never_null(no), ..Refinement::default() };
    let (yes_ty, no_ty) = (yes.ty(), no.ty());
    if yes_ty == Type::Number && no_ty == Type::Number {
        refinement.number_min = extreme(lower_bound(yes), lower_bound(no), |a, b| a < b);
        refinement.number_max = extreme(upper_bound(yes), upper_bound(no), |a, b| a > b);
    } else if yes_ty == no_ty && yes_ty.element().is_some() {
        let (yes_range, no_range) = (length_range(yes), length_range(no));
        refinement.length_min = Some(yes_range.0.min(no_range.0)).filter(|min| *min > 0);
        refinement.length_max = match (yes_range.1, no_range.1) {
            (Some(a), Some(b)) => Some(a.max(b)),
            _ => None,
        };
        if let Some(value) = of_known_length(ty, &refinement) {
            return value;
        }
    }
    if refinement.not_null
        && let (Some((min, true)), Some((max, true))) =
            (&refinement.number_min, &refinement.number_max)
        && min == max
    {
        return Value::from(min.clone());
    }
    if *ty == Type::Dynamic {
        return Value::unknown(Type::Dynamic);
    }
    Value::refined(ty.clone(), refinement)
}

/// A list of which the length is known is known, if its elements are not; so is anything empty.
fn of_known_length(ty: &Type, refinement: &Refinement) -> Option<Value> {
    let max = refinement.length_max.filter(|_| refinement.not_null)?;
    match ty {
        Type::List(element) if refinement.length_min.unwrap_or(0) == max => {
            let unknown = Value::unknown(Type::clone(element));
            Some(Value::list(Type::clone(element), vec![unknown; max]))
        }
        Type::Set(element) if max == 0 => Some(Value::set(Type::clone(element), Vec::new())),
        Type::Map(element) if max == 0 => {
            Some(Value::map(Type::clone(element), Vec::<(crate::value::Str, Value)>::new()))
        }
        _ => None,
    }
}

fn is_never_null(value: &Value) -> bool {
    match value.as_unknown() {
        Some(unknown) => unknown.refinement.not_null,
        None => !value.is_null(),
    }
}

type Bound = Option<(Number, bool)>;

fn lower_bound(value: &Value) -> Bound {
    match value.as_unknown() {
        Some(unknown) => unknown.refinement.number_min.clone(),
        None => value.as_number().map(|number| (number.clone(), true)),
    }
}

fn upper_bound(value: &Value) -> Bound {
    match value.as_unknown() {
        Some(unknown) => unknown.refinement.number_max.clone(),
        None => value.as_number().map(|number| (number.clone(), true)),
    }
}

/// The bound that holds for both.
fn extreme(a: Bound, b: Bound, is_wider: impl Fn(&Number, &Number) -> bool) -> Bound {
    let ((a, a_included), (b, b_included)) = (a?, b?);
    Some(if a == b {
        (a, a_included || b_included)
    } else if is_wider(&a, &b) {
        (a, a_included)
    } else {
        (b, b_included)
    })
}

fn length_range(value: &Value) -> (usize, Option<usize>) {
    match value.as_unknown() {
        Some(unknown) => {
            (unknown.refinement.length_min.unwrap_or(0), unknown.refinement.length_max)
        }
        None => match value.len() {
            // Unknown elements of a set may turn out to be equal.
            Some(len) if matches!(value.ty(), Type::Set(_)) && !value.is_wholly_known() => {
                (len.min(1), Some(len))
            }
            Some(len) => (len, Some(len)),
            None => (0, None),
        },
    }
}

/// How two types differ that have no common type, in HCL's words.
fn mismatch(yes: &Type, no: &Type) -> String {
    let collection = match yes {
        Type::Set(_) => "set",
        Type::Map(_) => "map",
        _ => "list",
    };
    match (yes, no) {
        (Type::Object(yes), Type::Object(no)) => {
            for attr in yes.attrs() {
                let name = &attr.name;
                let Some(other) = no.get(name) else {
                    return format!(
                        "The 'true' value includes object attribute {name:?}, which is absent in \
                         the 'false' value"
                    );
                };
                if attr.ty != other.ty {
                    let inner = mismatch(&attr.ty, &other.ty);
                    return format!("Type mismatch for object attribute {name:?}: {inner}");
                }
            }
            if let Some(attr) = no.attrs().iter().find(|attr| yes.get(&attr.name).is_none()) {
                return format!(
                    "The 'false' value includes object attribute {:?}, which is absent in the \
                     'true' value",
                    attr.name
                );
            }
        }
        (Type::Tuple(yes), Type::Tuple(no)) => {
            if yes.len() != no.len() {
                return format!(
                    "The 'true' tuple has length {}, but the 'false' tuple has length {}",
                    yes.len(),
                    no.len()
                );
            }
            let pairs = yes.iter().zip(&**no).enumerate();
            if let Some((at, (yes, no))) = pairs.into_iter().find(|(_, (yes, no))| yes != no) {
                return format!("Type mismatch for tuple element {at}: {}", mismatch(yes, no));
            }
        }
        (Type::List(yes), Type::List(no))
        | (Type::Set(yes), Type::Set(no))
        | (Type::Map(yes), Type::Map(no))
            if matches!(
                (&**yes, &**no),
                (Type::Object(_), Type::Object(_)) | (Type::Tuple(_), Type::Tuple(_))
            ) =>
        {
            return format!("Mismatched {collection} element types: {}", mismatch(yes, no));
        }
        _ => {}
    }
    let (yes, no) = (yes.friendly_name(), no.friendly_name());
    if yes == no {
        return "At least one deeply-nested attribute or element is not compatible across both the \
                'true' and the 'false' value"
            .to_owned();
    }
    format!("The 'true' value is {yes}, but the 'false' value is {no}")
}
