//! Values as expressions that they are the values of.

use crate::addr::quoted;
use crate::value::{Str, Value, ValueKind};

/// The entries of an object or a map, sorted by name; `None` for anything else.
pub fn sorted_entries(value: &Value) -> Option<Vec<(Str, Value)>> {
    let mut entries: Vec<(Str, Value)> = match (value.as_object(), value.as_map()) {
        (Some(object), _) => {
            object.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        (_, Some(map)) => {
            map.entries.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        _ => return None,
    };
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Some(entries)
}

/// Writes a value as an expression in native syntax, with a line for each entry of an object. What is not known is
/// null. [`crate::format`] puts the lines in form.
pub fn write_literal(value: &Value, out: &mut String) {
    if let Some(entries) = sorted_entries(value) {
        if entries.is_empty() {
            out.push_str("{}");
            return;
        }
        out.push_str("{\n");
        for (name, value) in entries {
            if hcl_edit::Ident::try_new(name.as_str()).is_ok() {
                out.push_str(&name);
            } else {
                out.push_str(&quoted(&name));
            }
            out.push_str(" = ");
            write_literal(&value, out);
            out.push('\n');
        }
        out.push('}');
        return;
    }
    if let Some(items) = value.as_sequence() {
        out.push('[');
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            write_literal(item, out);
        }
        out.push(']');
        return;
    }
    match value.kind() {
        ValueKind::String(text) => out.push_str(&quoted(text)),
        ValueKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ValueKind::Number(number) => out.push_str(&number.to_string()),
        _ => out.push_str("null"),
    }
}
