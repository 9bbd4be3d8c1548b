//! What is really called: compared with `src/permissions.json`, or written into it.
//!
//! With `ZW_WRITE_PERMISSIONS` in the environment (`cargo xtask permissions`) calls that the table lacks are added to it;
//! nothing is ever taken out. Without, they are an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::sync::LazyLock;

use zw_provider::{Calls, Deed};
use zw_testing::permissions::{Table, table_path, written};

/// Needs no permission, and is called whenever somebody wants to know the account for the first time.
const FREE: &str = "sts:GetCallerIdentity";

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let text = std::fs::read_to_string(table_path()).expect("the table can be read");
    serde_json::from_str(&text).expect("the table is as it should be")
});

/// Notes that a deed with a type made the calls that came between two counts.
pub(crate) fn note(type_name: &str, deed: Deed, before: &Calls, after: &Calls) {
    let new = after.0.iter().filter(|(call, count)| before.0.get(*call) != Some(*count));
    let calls = new.map(|(call, _)| format!("{}:{}", call.service, call.operation));
    let calls: BTreeSet<String> = calls.filter(|call| call != FREE).collect();
    if std::env::var_os("ZW_WRITE_PERMISSIONS").is_some() {
        add(type_name, deed, &calls);
        return;
    }
    let known = TABLE.get(type_name);
    let of = |deed: Deed| known.and_then(|deeds| deeds.get(deed.name()));
    let is_known = |call: &&String| {
        // Reading is a part of everything.
        [of(Deed::Read), of(deed)].into_iter().flatten().any(|known| known.contains(*call))
    };
    let missing: Vec<&String> = calls.iter().filter(|call| !is_known(call)).collect();
    assert!(
        missing.is_empty() && known.is_some(),
        "{type_name}: {} calls {missing:?}, which src/permissions.json does not say: run `cargo xtask permissions`",
        deed.name()
    );
}

/// Adds calls to the table. One process and one thread at a time has the file.
fn add(type_name: &str, deed: Deed, calls: &BTreeSet<String>) {
    let open = OpenOptions::new().read(true).write(true).open(table_path());
    let mut file: File = open.expect("the table can be opened");
    file.lock().expect("the table can be locked");
    let mut text = String::new();
    file.read_to_string(&mut text).expect("the table can be read");
    let mut table: Table = serde_json::from_str(&text).expect("the table is as it should be");
    let deeds: &mut BTreeMap<String, BTreeSet<String>> =
        table.entry(type_name.to_owned()).or_default();
    deeds.entry(deed.name().to_owned()).or_default().extend(calls.iter().cloned());
    let new = written(table);
    if new != text {
        file.rewind().expect("the table can be written");
        file.set_len(0).expect("the table can be written");
        file.write_all(new.as_bytes()).expect("the table can be written");
    }
}
