//! What differs between changes that are alike, one by one.

use serde_json::{Value as Json, json};
use zw_lang::{Value, describe_value};

use crate::ui::diff::{Relevant, read};
use crate::ui::plan::group::Group;
use crate::ui::plan::{Shown, change, diff_of};

/// A table: the names of its columns, and a row for each change with its address, region and values.
pub(super) fn of(shown: &Shown<'_>, group: &Group<'_>) -> Json {
    let kept = group.changes[0].importing.is_some();
    let mut columns = vec!["address".to_owned(), "region".to_owned()];
    let mut rows = Vec::with_capacity(group.changes.len());
    for (number, one) in group.changes.iter().enumerate() {
        let region = shown.region(one).map(|region| region.to_string()).unwrap_or_default();
        let mut row = vec![change::subject(one), region];
        let diff = diff_of(shown, one, Relevant::All);
        let mut position = 0;
        read(&diff, kept, &mut |leaf| {
            if group.differing.contains(&position) && !leaf.is_secret {
                if number == 0 {
                    columns.push(leaf.path.join("."));
                }
                row.push(text(leaf.before, leaf.after));
            }
            position += 1;
        });
        rows.push(row);
    }
    json!({"columns": columns, "rows": rows})
}

fn text(before: Option<&Value>, after: Option<&Value>) -> String {
    let words =
        |value: &Value| describe_value(value).unwrap_or_else(|| "(sensitive value)".to_owned());
    match (before, after) {
        (Some(before), Some(after)) if before != after => {
            format!("{} -> {}", words(before), words(after))
        }
        (_, Some(value)) | (Some(value), None) => words(value),
        (None, None) => String::new(),
    }
}
