//! The texts in an object, with the attribute that they are in.

use zw_lang::{Value, ValueKind};

/// Calls `visit` with the name of the outermost attribute and each text in it. Tags are what people make of
/// them, so they lead nowhere.
pub(crate) fn for_each_text<'v>(object: &'v Value, visit: &mut dyn FnMut(&'v str, &'v str)) {
    let Some(object) = object.as_object() else { return };
    for (name, value) in object.iter() {
        if !matches!(name.as_str(), "tags" | "tags_all" | "labels" | "description") {
            texts(name, value, visit);
        }
    }
}

fn texts<'v>(name: &'v str, value: &'v Value, visit: &mut dyn FnMut(&'v str, &'v str)) {
    match value.kind() {
        ValueKind::String(text) => visit(name, text),
        ValueKind::List(list) | ValueKind::Set(list) => {
            list.items.iter().for_each(|item| texts(name, item, visit));
        }
        ValueKind::Tuple(items) => items.iter().for_each(|item| texts(name, item, visit)),
        ValueKind::Map(map) => map.entries.iter().for_each(|(_, item)| texts(name, item, visit)),
        ValueKind::Object(object) => {
            object.values.iter().for_each(|item| texts(name, item, visit));
        }
        ValueKind::Null(_) | ValueKind::Unknown(_) | ValueKind::Bool(_) | ValueKind::Number(_) => {}
    }
}
