//! The table of which operations the types of AWS call, as a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::workspace;

/// Operations by type and by the name of the deed that calls them.
pub type Table = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The order of deeds in the file.
const DEEDS: [&str; 4] = ["create", "read", "update", "delete"];

/// Where the table is.
pub fn table_path() -> PathBuf {
    workspace().join("crates/zw-aws/src/permissions.json")
}

/// The table as it stands in the file: a line a deed, what reading calls only there, as it is a part of every deed.
pub fn written(table: Table) -> String {
    let types: Vec<String> = table
        .into_iter()
        .map(|(type_name, mut deeds)| {
            let read = deeds.entry("read".to_owned()).or_default().clone();
            let lines = DEEDS.iter().filter_map(|deed| {
                let calls = deeds.get(*deed)?;
                let own = |call: &&String| *deed == "read" || !read.contains(*call);
                let calls: Vec<String> =
                    calls.iter().filter(own).map(|call| format!("{call:?}")).collect();
                (!calls.is_empty()).then(|| format!("    \"{deed}\": [{}]", calls.join(", ")))
            });
            let lines: Vec<String> = lines.collect();
            match lines.as_slice() {
                [] => format!("  \"{type_name}\": {{}}"),
                _ => format!("  \"{type_name}\": {{\n{}\n  }}", lines.join(",\n")),
            }
        })
        .collect();
    format!("{{\n{}\n}}\n", types.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reading_calls_is_said_once() {
        let calls = |calls: &[&str]| calls.iter().map(|call| (*call).to_owned()).collect();
        let deeds = [
            ("update".to_owned(), calls(&["x:Change", "x:Get"])),
            ("read".to_owned(), calls(&["x:Get"])),
            ("delete".to_owned(), calls(&["x:Get"])),
            ("create".to_owned(), calls(&["x:Make"])),
        ];
        let table = [("a".to_owned(), deeds.into()), ("data.b".to_owned(), BTreeMap::new())];
        let text = written(table.into());
        assert_eq!(
            text,
            "{\n  \"a\": {\n    \"create\": [\"x:Make\"],\n    \"read\": [\"x:Get\"],\n    \"update\": [\"x:Change\"]\n  },\n  \"data.b\": {}\n}\n"
        );
        let again: Table = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(written(again), text);
    }
}
