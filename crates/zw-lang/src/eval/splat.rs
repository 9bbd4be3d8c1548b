//! Splats.
//!
//! Source: `SplatExpr.Value` in `hclsyntax/expression.go`.

use super::{Evaluator, Outcome};
use crate::expr::Expr;
use crate::ty::Type;
use crate::value::{Refinement, Value, ValueKind};

impl Evaluator<'_> {
    pub(super) fn splat(&mut self, source: &Expr, item: u16, each: &Expr) -> Outcome {
        let value = self.evaluate(source)?;
        let ty = value.ty();
        let is_sequence = matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_));
        if value.is_null() {
            if !is_sequence {
                return Ok(Value::tuple(Vec::new()).with_marks(value.marks()));
            }
            let detail =
                "Splat expressions (with the * symbol) cannot be applied to null sequences.";
            return Err(self.fail_with("Splat of null value", detail, source.span, source));
        }
        if ty == Type::Dynamic {
            self.skip(each);
            return Ok(Value::unknown(Type::Dynamic).with_marks(value.marks()));
        }
        if !is_sequence {
            return self.splat_of_one(value, item, each);
        }
        let marks = value.marks();
        match value.kind() {
            ValueKind::Tuple(items) => {
                let items = self.taken_of_each(items, item, each)?;
                Ok(Value::tuple(items).with_marks(marks))
            }
            ValueKind::List(list) | ValueKind::Set(list) if list.items.is_empty() => {
                let element = self.type_of_each(&list.element, item, each)?;
                Ok(Value::list(element, Vec::new()).with_marks(marks))
            }
            ValueKind::List(list) | ValueKind::Set(list) => {
                let items = self.taken_of_each(&list.items, item, each)?;
                Ok(list_of(items).with_marks(marks))
            }
            ValueKind::Unknown(unknown) => {
                let mut refinement = Refinement { not_null: true, ..Refinement::default() };
                let ty = match &unknown.ty {
                    Type::Tuple(elements) => {
                        let types: Outcome<Vec<Type>> = elements
                            .iter()
                            .map(|element| self.type_of_each(element, item, each))
                            .collect();
                        Type::tuple(types?)
                    }
                    ty => {
                        refinement.length_min = unknown.refinement.length_min;
                        refinement.length_max = unknown.refinement.length_max;
                        let element = ty.element().unwrap_or(&Type::Dynamic);
                        Type::list(self.type_of_each(element, item, each)?)
                    }
                };
                Ok(Value::refined(ty, refinement).with_marks(marks))
            }
            _ => Ok(Value::unknown(Type::Dynamic).with_marks(marks)),
        }
    }

    /// What is no sequence stands for a sequence of itself, or for an empty one if it is null.
    fn splat_of_one(&mut self, value: Value, item: u16, each: &Expr) -> Outcome {
        let may_be_null = value.as_unknown().is_some_and(|unknown| !unknown.refinement.not_null);
        let marks = value.marks();
        let taken = self.with_local(item, value, |this| this.evaluate(each))?;
        if may_be_null {
            return Ok(Value::unknown(Type::Dynamic).with_marks(marks));
        }
        Ok(Value::tuple(vec![taken]).with_marks(marks))
    }

    fn taken_of_each(&mut self, items: &[Value], item: u16, each: &Expr) -> Outcome<Vec<Value>> {
        let mut taken = Vec::with_capacity(items.len());
        for value in items {
            self.count_iteration(each.span)?;
            // What is wrong with one is mostly wrong with all, so that the first is enough.
            taken.push(self.with_local(item, value.clone(), |this| this.evaluate(each))?);
        }
        Ok(taken)
    }

    fn type_of_each(&mut self, element: &Type, item: u16, each: &Expr) -> Outcome<Type> {
        let element = Value::unknown(element.clone());
        Ok(self.with_local(item, element, |this| this.evaluate(each))?.ty())
    }
}

/// The items as a list. They are of one type, unless their types are not known yet.
fn list_of(items: Vec<Value>) -> Value {
    let mut element = Type::Dynamic;
    for item in &items {
        let ty = item.ty();
        if element == Type::Dynamic {
            element = ty;
        } else if ty != element && ty != Type::Dynamic {
            return Value::tuple(items);
        }
    }
    Value::list(element, items)
}
