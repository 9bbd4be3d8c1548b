//! Tuples and objects.

use super::{Evaluator, Outcome, Stop, all};
use crate::convert::convert;
use crate::expr::{Expr, ObjectItem};
use crate::span::Span;
use crate::ty::Type;
use crate::value::{Marks, Str, Value};

impl Evaluator<'_> {
    pub(super) fn tuple(&mut self, items: &[Expr], span: Span) -> Outcome {
        let value = Value::tuple(all(items.iter().map(|item| self.evaluate(item)))?);
        self.bounded(value, span)
    }

    /// An object. Marks of keys are marks of the whole, and if one key is unknown so is the whole.
    pub(super) fn object(&mut self, items: &[ObjectItem], span: Span) -> Outcome {
        let mut entries = Vec::with_capacity(items.len());
        let mut marks = Marks::NONE;
        let mut is_known = true;
        let mut stop = None;
        for item in items {
            let entry = self.object_item(item, &mut marks);
            match entry {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => is_known = false,
                Err(Stop::Failed) => stop = Some(Stop::Failed),
                Err(Stop::Blocked) => {
                    stop.get_or_insert(Stop::Blocked);
                }
            }
        }
        if let Some(stop) = stop {
            return Err(stop);
        }
        let value = if is_known { Value::object(entries) } else { Value::unknown(Type::Dynamic) };
        self.bounded(value.with_marks(marks), span)
    }

    fn object_item(
        &mut self,
        item: &ObjectItem,
        marks: &mut Marks,
    ) -> Outcome<Option<(Str, Value)>> {
        let key = self.evaluate(&item.key);
        let value = self.evaluate(&item.value);
        let key = key?;
        if key.is_null() {
            let detail = "Can't use a null value as a key.";
            return Err(self.fail_with("Null value as key", detail, item.key.span, &item.key));
        }
        *marks = marks.union(key.marks());
        let key = match convert(&key, &Type::String) {
            Ok(key) => key,
            Err(error) => {
                let detail = format!("Can't use this value as a key: {error}.");
                return Err(self.fail_with("Incorrect key type", detail, item.key.span, &item.key));
            }
        };
        let value = value?;
        Ok(key.as_str().map(|key| (Str::from(key), value)))
    }
}
