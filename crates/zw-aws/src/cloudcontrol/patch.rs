//! What makes one document of another, as RFC 6902 writes it down.

use serde_json::{Map, Value as Json, json};

/// The operations of a patch. Lists become others as a whole: CloudFormation does not promise their order.
pub(super) fn between(old: &Json, new: &Json) -> Vec<Json> {
    let mut operations = Vec::new();
    if let (Json::Object(old), Json::Object(new)) = (old, new) {
        compare(old, new, "", &mut operations);
    }
    operations
}

fn compare(old: &Map<String, Json>, new: &Map<String, Json>, at: &str, found: &mut Vec<Json>) {
    for (name, before) in old {
        let path = format!("{at}/{}", escaped(name));
        match (before, new.get(name)) {
            (_, None) => found.push(json!({ "op": "remove", "path": path })),
            (before, Some(after)) if before == after => {}
            (Json::Object(before), Some(Json::Object(after))) => {
                compare(before, after, &path, found);
            }
            (_, Some(after)) => {
                found.push(json!({ "op": "replace", "path": path, "value": after }));
            }
        }
    }
    for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let path = format!("{at}/{}", escaped(name));
        found.push(json!({ "op": "add", "path": path, "value": value }));
    }
}

/// A name as a part of a pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_in_a_patch() {
        let old = json!({ "a": 1, "b": { "c": [1], "d": "x" }, "e/f": true, "g": null });
        let new = json!({ "a": 1, "b": { "c": [1, 2], "d": "x", "h": {} }, "g": 2 });
        assert_eq!(
            between(&old, &new),
            [
                json!({ "op": "replace", "path": "/b/c", "value": [1, 2] }),
                json!({ "op": "add", "path": "/b/h", "value": {} }),
                json!({ "op": "remove", "path": "/e~1f" }),
                json!({ "op": "replace", "path": "/g", "value": 2 }),
            ]
        );
        assert_eq!(between(&new, &new), Vec::<Json>::new());
    }
}
