//! How large values may become.
//!
//! A value is shared wherever it is used, so a few lines can make one that has more parts than there is
//! time to visit: each a list of the one before, twice. That is found where values are put together.

use super::{Evaluator, Outcome};
use crate::diag::Diagnostic;
use crate::span::Span;
use crate::value::{Value, ValueKind};

/// How many parts a value may have, each counted wherever it is.
const PARTS_MAX: usize = 10_000_000;

/// How deep the parts of a value may be nested: everything that visits them needs stack for it.
const DEPTH_MAX: usize = 400;

enum Excess {
    Parts,
    Depth,
}

impl Evaluator<'_> {
    /// The value, unless it is too large.
    pub(super) fn bounded(&mut self, value: Value, span: Span) -> Outcome {
        let mut left = PARTS_MAX;
        match visit(&value, &mut left, 0) {
            Ok(()) => Ok(value),
            Err(excess) => {
                let detail = match excess {
                    Excess::Parts => format!("A value can have {PARTS_MAX} parts."),
                    Excess::Depth => format!("A value can be nested {DEPTH_MAX} levels deep."),
                };
                Err(self.fail(Diagnostic::error("Value is too large", detail).at(span)))
            }
        }
    }
}

fn visit(value: &Value, left: &mut usize, depth: usize) -> Result<(), Excess> {
    *left = left.checked_sub(1).ok_or(Excess::Parts)?;
    if depth > DEPTH_MAX {
        return Err(Excess::Depth);
    }
    let mut all = |values: &mut dyn Iterator<Item = &Value>| {
        for value in values {
            visit(value, left, depth + 1)?;
        }
        Ok(())
    };
    match value.kind() {
        ValueKind::List(list) | ValueKind::Set(list) => all(&mut list.items.iter()),
        ValueKind::Tuple(items) => all(&mut items.iter()),
        ValueKind::Map(map) => all(&mut map.entries.iter().map(|(_, value)| value)),
        ValueKind::Object(object) => all(&mut object.values.iter()),
        ValueKind::Null(_)
        | ValueKind::Unknown(_)
        | ValueKind::Bool(_)
        | ValueKind::Number(_)
        | ValueKind::String(_) => Ok(()),
    }
}
