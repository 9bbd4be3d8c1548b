//! Operators.
//!
//! Source: `hclsyntax/expression_ops.go`, and the functions of `cty` behind the operators.

use super::{Evaluator, Outcome, Stop, marks_of};
use crate::convert::convert;
use crate::expr::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::functions::{Equality, equal};
use crate::number::Number;
use crate::ty::Type;
use crate::value::{Refinement, Value, ValueKind};

impl Evaluator<'_> {
    /// Chains of operators lean to the left and can be long, so they are walked along.
    pub(super) fn binary(&mut self, expr: &Expr) -> Outcome {
        let mut spine = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary(operator, left, right) = &first.kind {
            spine.push((*operator, &**left, &**right, first));
            first = left;
        }
        let noted = self.diagnostics.0.len();
        let mut value = self.evaluate(first);
        while let Some((operator, left, right, whole)) = spine.pop() {
            value = match operator {
                BinaryOp::And | BinaryOp::Or => {
                    self.logical(operator, (value, noted), left, right, whole)
                }
                _ => self.operation(operator, value, left, right, whole),
            };
        }
        value
    }

    fn operation(
        &mut self,
        operator: BinaryOp,
        left_value: Outcome,
        left: &Expr,
        right: &Expr,
        whole: &Expr,
    ) -> Outcome {
        let right_value = self.evaluate(right);
        if let BinaryOp::Eq | BinaryOp::NotEq = operator {
            let (a, b) = (left_value?, right_value?);
            return Ok(equality(operator, &a, &b));
        }
        let a = left_value.and_then(|value| self.operand(&value, &Type::Number, "left", left));
        let b = right_value.and_then(|value| self.operand(&value, &Type::Number, "right", right));
        let (a, b) = (a?, b?);
        if a.is_null() || b.is_null() {
            return Err(self.null_operand(whole));
        }
        let marks = marks_of(&a, &b);
        let value = match operator {
            BinaryOp::Less => bool_or_unknown(less(&a, &b)),
            BinaryOp::Greater => bool_or_unknown(less(&b, &a)),
            BinaryOp::LessEq => bool_or_unknown(less(&b, &a).map(|greater| !greater)),
            BinaryOp::GreaterEq => bool_or_unknown(less(&a, &b).map(|less| !less)),
            _ => {
                let (Some(x), Some(y)) = (a.as_number(), b.as_number()) else {
                    return Ok(Value::unknown_not_null(Type::Number).with_marks(marks));
                };
                let result = match operator {
                    BinaryOp::Add => x.checked_add(y),
                    BinaryOp::Sub => x.checked_sub(y),
                    BinaryOp::Mul => x.checked_mul(y),
                    BinaryOp::Div => x.checked_div(y),
                    _ => x.checked_rem(y),
                };
                match result {
                    Ok(number) => Value::from(number),
                    Err(error) => {
                        let detail = format!("Error during operation: {error}.");
                        return Err(self.fail_with("Operation failed", detail, whole.span, whole));
                    }
                }
            }
        };
        Ok(value.with_marks(marks))
    }

    /// `&&` and `||`. Where one operand decides, neither errors in the other count nor that it is
    /// unknown. Both are evaluated nevertheless, as their marks go to the result. With the value of
    /// the left one comes how many diagnostics there were before it.
    fn logical(
        &mut self,
        operator: BinaryOp,
        (left_value, noted): (Outcome, usize),
        left: &Expr,
        right: &Expr,
        whole: &Expr,
    ) -> Outcome {
        let deciding = operator == BinaryOp::Or;
        let decides = |value: &Value| value.as_bool() == Some(deciding);
        let a = self.bool_operand(left_value, "left", left);
        let after_left = self.diagnostics.0.len();
        let is_decided = matches!(&a, Ok(Some(value)) if decides(value));
        self.quiet += usize::from(is_decided);
        let b = self.evaluate(right);
        self.quiet -= usize::from(is_decided);
        let b = self.bool_operand(b, "right", right);
        let (a, b) = match (a?, b?) {
            (Some(a), Some(b)) => (a, b),
            (Some(a), None) if decides(&a) => {
                self.diagnostics.0.truncate(after_left);
                return Ok(a);
            }
            (None, Some(b)) if decides(&b) => {
                self.diagnostics.0.truncate(noted);
                return Ok(b);
            }
            _ => return Err(Stop::Failed),
        };
        let marks = marks_of(&a, &b);
        if a.is_null() || b.is_null() {
            return Err(self.null_operand(whole));
        }
        let value = match (a.as_bool(), b.as_bool()) {
            (Some(one), _) | (_, Some(one)) if one == deciding => Value::from(deciding),
            (Some(_), Some(_)) => Value::from(!deciding),
            _ => Value::unknown_not_null(Type::Bool),
        };
        Ok(value.with_marks(marks))
    }

    pub(super) fn unary(&mut self, operator: UnaryOp, operand: &Expr, whole: &Expr) -> Outcome {
        let value = self.evaluate(operand)?;
        let ty = match operator {
            UnaryOp::Neg => Type::Number,
            UnaryOp::Not => Type::Bool,
        };
        let value = self.operand(&value, &ty, "unary", operand)?;
        if value.is_null() {
            return Err(self.null_operand(whole));
        }
        let result = match (value.as_number(), value.as_bool()) {
            (Some(number), _) => Value::from(number.neg()),
            (_, Some(truth)) => Value::from(!truth),
            _ => Value::unknown_not_null(ty),
        };
        Ok(result.with_marks(value.marks()))
    }

    fn operand(&mut self, value: &Value, ty: &Type, side: &str, of: &Expr) -> Outcome {
        match convert(value, ty) {
            Ok(value) => Ok(value),
            Err(error) => {
                let detail = format!("Unsuitable value for {side} operand: {error}.");
                Err(self.fail_with("Invalid operand", detail, of.span, of))
            }
        }
    }

    /// An operand of `&&` and `||`; `None` if it has none because of an error, which may not count.
    /// That it is no bool always does.
    fn bool_operand(&mut self, outcome: Outcome, side: &str, of: &Expr) -> Outcome<Option<Value>> {
        match outcome {
            Ok(value) => self.operand(&value, &Type::Bool, side, of).map(Some),
            Err(Stop::Failed) => Ok(None),
            Err(Stop::Blocked) => Err(Stop::Blocked),
        }
    }

    fn null_operand(&mut self, whole: &Expr) -> Stop {
        let detail = "Error during operation: argument must not be null.";
        self.fail_with("Operation failed", detail, whole.span, whole)
    }
}

fn bool_or_unknown(truth: Option<bool>) -> Value {
    truth.map_or_else(|| Value::unknown_not_null(Type::Bool), Value::from)
}

fn equality(operator: BinaryOp, a: &Value, b: &Value) -> Value {
    let marks = a.all_marks().union(b.all_marks());
    let answer = if excludes(a, b) || excludes(b, a) { Equality::No } else { equal(a, b) };
    let truth = match answer {
        Equality::Yes => Some(true),
        Equality::No => Some(false),
        Equality::Unknown => None,
    };
    let truth = truth.map(|equal| equal == (operator == BinaryOp::Eq));
    bool_or_unknown(truth).with_marks(marks)
}

/// Whether what is known of an unknown value says that it will not be a certain known one.
fn excludes(unknown: &Value, known: &Value) -> bool {
    let Some(unknown) = unknown.as_unknown() else { return false };
    let refinement = &unknown.refinement;
    match known.kind() {
        ValueKind::Null(_) => refinement.not_null,
        ValueKind::String(text) => {
            refinement.string_prefix.as_ref().is_some_and(|prefix| !text.starts_with(&**prefix))
        }
        ValueKind::Number(number) => !within(refinement, number),
        ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Map(_) => {
            let len = known.len().unwrap_or(0);
            // Elements of a set may turn out to be equal.
            let is_exact = !matches!(known.kind(), ValueKind::Set(_)) || known.is_wholly_known();
            is_exact
                && (refinement.length_min.is_some_and(|min| len < min)
                    || refinement.length_max.is_some_and(|max| len > max))
        }
        _ => false,
    }
}

fn within(refinement: &Refinement, number: &Number) -> bool {
    let above = refinement
        .number_min
        .as_ref()
        .is_none_or(|(min, included)| min < number || (*included && min == number));
    let below = refinement
        .number_max
        .as_ref()
        .is_none_or(|(max, included)| number < max || (*included && max == number));
    above && below
}

/// Whether one number is less than another, as far as is known.
fn less(a: &Value, b: &Value) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return Some(a < b);
    }
    let (a_min, a_max) = bounds(a);
    let (b_min, b_max) = bounds(b);
    // Bounds count as if they were included, for the one who asks and for the other.
    if let (Some(a_max), Some(b_min)) = (a_max, b_min)
        && a_max < b_min
    {
        return Some(true);
    }
    if let (Some(a_min), Some(b_max)) = (a_min, b_max)
        && a_min >= b_max
    {
        return Some(false);
    }
    None
}

fn bounds(value: &Value) -> (Option<Number>, Option<Number>) {
    match value.as_unknown() {
        Some(unknown) => {
            let bound = |bound: &Option<(Number, bool)>| bound.as_ref().map(|(at, _)| at.clone());
            (bound(&unknown.refinement.number_min), bound(&unknown.refinement.number_max))
        }
        None => (value.as_number().cloned(), value.as_number().cloned()),
    }
}
