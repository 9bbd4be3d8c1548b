//! `for` expressions.
//!
//! Source: `ForExpr.Value` in `hclsyntax/expression.go`.

use std::collections::{BTreeMap, HashSet};

use super::conditional::{NoTruth, truth};
use super::{Evaluator, Outcome};
use crate::convert::convert;
use crate::expr::{Expr, ForExpr};
use crate::number::Number;
use crate::span::Span;
use crate::ty::Type;
use crate::value::{Marks, Str, Value, ValueKind};

/// Whether an element is in the result.
enum Included {
    Yes,
    No,
    Unknown,
}

impl Evaluator<'_> {
    pub(super) fn repeated(&mut self, repeated: &ForExpr, span: Span) -> Outcome {
        let collection = self.evaluate(&repeated.collection)?;
        let of = &repeated.collection;
        if collection.is_null() {
            let detail = "A null value cannot be used as the collection in a 'for' expression.";
            return Err(self.fail_with("Iteration over null value", detail, of.span, of));
        }
        let mut marks = collection.marks();
        let unknown = |marks| Ok(Value::unknown(Type::Dynamic).with_marks(marks));
        let elements = match elements(&collection) {
            Elements::Known(elements) => elements,
            Elements::Unknown => {
                if collection.ty() != Type::Dynamic {
                    self.check_condition(repeated)?;
                }
                self.skip_body(repeated);
                return unknown(marks);
            }
            Elements::None => {
                let detail = format!(
                    "A value of type {} cannot be used as the collection in a 'for' expression.",
                    collection.ty().friendly_name()
                );
                return Err(self.fail_with(
                    "Iteration over non-iterable value",
                    detail,
                    of.span,
                    of,
                ));
            }
        };
        self.check_condition(repeated)?;
        let mut output = Output::new(repeated);
        let mut is_known = true;
        for (key, value) in elements {
            self.count_iteration(of.span)?;
            let outer_key = self.locals.set(repeated.key_slot, key);
            let outer_value = self.locals.set(repeated.value_slot, value);
            let outcome = self.element(repeated, &mut output, &mut marks);
            self.locals.restore(repeated.value_slot, outer_value);
            self.locals.restore(repeated.key_slot, outer_key);
            is_known &= outcome?;
        }
        if !is_known {
            return unknown(marks);
        }
        self.bounded(output.value().with_marks(marks), span)
    }

    /// Looks for what is wrong with the condition whatever the elements are, if there are none, too.
    fn check_condition(&mut self, repeated: &ForExpr) -> Outcome<()> {
        let Some(condition) = &repeated.condition else { return Ok(()) };
        let unknown = || Value::unknown(Type::Dynamic);
        let outer_key = self.locals.set(repeated.key_slot, unknown());
        let outer_value = self.locals.set(repeated.value_slot, unknown());
        let outcome = self.included(condition, &mut { Marks::NONE });
        self.locals.restore(repeated.value_slot, outer_value);
        self.locals.restore(repeated.key_slot, outer_key);
        outcome.map(drop)
    }

    /// Adds what one element contributes. Says whether that is known.
    fn element(
        &mut self,
        repeated: &ForExpr,
        output: &mut Output,
        marks: &mut Marks,
    ) -> Outcome<bool> {
        if let Some(condition) = &repeated.condition {
            match self.included(condition, marks)? {
                Included::Yes => {}
                Included::No => return Ok(true),
                Included::Unknown => {
                    if let Some(key) = &repeated.result_key {
                        self.skip(key);
                    }
                    self.skip(&repeated.result);
                    return Ok(false);
                }
            }
        }
        let Some(key_expr) = &repeated.result_key else {
            let value = self.evaluate(&repeated.result)?;
            output.items.push(value);
            return Ok(true);
        };
        let Some(key) = self.key(key_expr, marks)? else {
            self.skip(&repeated.result);
            return Ok(false);
        };
        let value = self.evaluate(&repeated.result)?;
        if output.is_grouped {
            output.groups.entry(key).or_default().push(value);
        } else if output.seen.insert(key.clone()) {
            output.entries.push((key, value));
        } else {
            let detail = format!(
                "Two different items produced the key {key:?} in this 'for' expression. If \
                 duplicates are expected, use the ellipsis (...) after the value expression to \
                 enable grouping by key."
            );
            let detail = if marks.is_empty() {
                detail
            } else {
                "Two different items produced the same key in this 'for' expression. If duplicates \
                 are expected, use the ellipsis (...) after the value expression to enable grouping \
                 by key."
                    .to_owned()
            };
            let summary = "Duplicate object key";
            return Err(self.fail_with(summary, detail, key_expr.span, key_expr));
        }
        Ok(true)
    }

    fn included(&mut self, condition: &Expr, marks: &mut Marks) -> Outcome<Included> {
        let value = self.evaluate(condition)?;
        *marks = marks.union(value.marks());
        let truth = match truth(&value) {
            Ok(truth) => truth,
            Err(NoTruth::Null) => {
                let detail = "The value of the 'if' clause must not be null.";
                return Err(self.fail_with("Condition is null", detail, condition.span, condition));
            }
            Err(NoTruth::Other(error)) => {
                let detail = format!("The 'if' clause value is invalid: {error}.");
                let summary = "Invalid 'for' condition";
                return Err(self.fail_with(summary, detail, condition.span, condition));
            }
        };
        Ok(match truth {
            Some(true) => Included::Yes,
            Some(false) => Included::No,
            None => Included::Unknown,
        })
    }

    /// The key that an element gets, `None` if it is unknown.
    fn key(&mut self, expr: &Expr, marks: &mut Marks) -> Outcome<Option<Str>> {
        let key = self.evaluate(expr)?;
        *marks = marks.union(key.marks());
        if key.is_null() {
            let detail = "Key expression in 'for' expression must not produce a null value.";
            return Err(self.fail_with("Invalid object key", detail, expr.span, expr));
        }
        match convert(&key, &Type::String) {
            Ok(key) => Ok(key.as_str().map(Str::from)),
            Err(error) => {
                let detail = format!("The key expression produced an invalid result: {error}.");
                Err(self.fail_with("Invalid object key", detail, expr.span, expr))
            }
        }
    }

    fn skip_body(&mut self, repeated: &ForExpr) {
        if let Some(condition) = &repeated.condition {
            self.skip(condition);
        }
        if let Some(key) = &repeated.result_key {
            self.skip(key);
        }
        self.skip(&repeated.result);
    }
}

/// The result of a `for` expression as it grows.
struct Output {
    is_object: bool,
    is_grouped: bool,
    items: Vec<Value>,
    entries: Vec<(Str, Value)>,
    seen: HashSet<Str>,
    groups: BTreeMap<Str, Vec<Value>>,
}

impl Output {
    fn new(repeated: &ForExpr) -> Self {
        Self {
            is_object: repeated.result_key.is_some(),
            is_grouped: repeated.grouped,
            items: Vec::new(),
            entries: Vec::new(),
            seen: HashSet::new(),
            groups: BTreeMap::new(),
        }
    }

    fn value(self) -> Value {
        if !self.is_object {
            Value::tuple(self.items)
        } else if self.is_grouped {
            Value::object(self.groups.into_iter().map(|(key, items)| (key, Value::tuple(items))))
        } else {
            Value::object(self.entries)
        }
    }
}

enum Elements {
    Known(Vec<(Value, Value)>),
    Unknown,
    /// It has no elements, whatever it is.
    None,
}

/// Keys and elements. The key of an element of a set is the element.
fn elements(collection: &Value) -> Elements {
    let indexed = |items: &[Value]| {
        let indices = (0usize..).map(|at| Value::from(Number::from(at)));
        Elements::Known(indices.zip(items.iter().cloned()).collect())
    };
    match collection.kind() {
        ValueKind::List(list) => indexed(&list.items),
        ValueKind::Tuple(items) => indexed(items),
        ValueKind::Set(set) => {
            Elements::Known(set.items.iter().map(|item| (item.clone(), item.clone())).collect())
        }
        ValueKind::Map(map) => Elements::Known(
            map.entries
                .iter()
                .map(|(key, value)| (Value::from(key.clone()), value.clone()))
                .collect(),
        ),
        ValueKind::Object(object) => Elements::Known(
            object.iter().map(|(key, value)| (Value::from(key.clone()), value.clone())).collect(),
        ),
        ValueKind::Unknown(unknown) if unknown.ty.is_compound() || unknown.ty == Type::Dynamic => {
            Elements::Unknown
        }
        _ => Elements::None,
    }
}
