//! The table of permissions: that it has every type, and every call that the sources make; and that IAM has every action
//! that follows from it, by the Service Authorization Reference and by `CloudFormation`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;
use serde::Deserialize;
use zw_aws::Aws;
use zw_lang::{ResourceMode, Type, Value};
use zw_provider::{Deed, PermissionsRequest, Provider};
use zw_testing::permissions::{Table, table_path, written};

use crate::{Difference, published, unintended};

/// What looks like the name of a call in a source, and is none.
const NO_CALLS: &[&str] = &[
    // What a list is kept by.
    "iam:LocalManagedPolicies",
];

/// What is said of types in `permissions.json`, beside this file.
#[derive(Deserialize)]
struct Compared {
    /// `CloudFormation`'s types by our names.
    types: BTreeMap<String, String>,
    /// Where we differ on purpose.
    differences: Vec<Difference>,
}

fn table() -> Table {
    let text = std::fs::read_to_string(table_path()).expect("the table can be read");
    serde_json::from_str(&text).expect("the table is as it should be")
}

/// Types as they are named in the table, with what they are called in a configuration.
pub(crate) fn types(aws: &Aws) -> Vec<(String, ResourceMode, &'static str)> {
    let resources = aws.catalog().resource_types.keys();
    let resources = resources.map(|name| ((*name).to_owned(), ResourceMode::Managed, *name));
    let data = aws.catalog().data_sources.keys().filter(|name| !aws.catalog().is_pure(name));
    let data = data.map(|name| (format!("data.{name}"), ResourceMode::Data, *name));
    resources.chain(data).collect()
}

/// All actions that a deed with any object of a type may need.
fn actions(aws: &Aws, mode: ResourceMode, type_name: &str, deed: Deed) -> BTreeSet<String> {
    let object = &Value::null(Type::Dynamic);
    let request = PermissionsRequest { mode, type_name, deed, object };
    aws.permissions(request).unwrap_or_default()
}

#[test]
fn the_table_has_every_type_and_no_other() {
    let table = table();
    let types: BTreeSet<String> = types(&Aws::new()).into_iter().map(|(key, _, _)| key).collect();
    let missing: Vec<_> = types.iter().filter(|key| !table.contains_key(*key)).collect();
    assert!(missing.is_empty(), "run `cargo xtask permissions` for {missing:?}");
    let strangers: Vec<_> = table.keys().filter(|key| !types.contains(*key)).collect();
    assert!(strangers.is_empty(), "there are no such types: {strangers:?}");
    let text = std::fs::read_to_string(table_path()).expect("the table can be read");
    assert!(text == written(table), "src/permissions.json is not written as the tests write it");
}

/// Calls that no test makes: where something is in the way, or a peer lacks something. Their names are in the sources, as
/// every error names its call.
#[test]
fn the_table_has_every_call_in_the_sources() {
    let aws = Aws::new();
    let mut table = table();
    let call = Regex::new(r#""([a-z][a-z0-9]+):([A-Z][A-Za-z0-9]+)""#).expect("it is one");
    let mut missing = BTreeSet::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).expect("a source can be read");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let owners = owners(&aws, &path, text);
        for found in call.captures_iter(text) {
            let (name, operation) = (&found[0].trim_matches('"'), &found[2]);
            if NO_CALLS.contains(name) || is_known(&aws, &table, &owners, operation) {
                continue;
            }
            let place = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let service = service_of(&path);
            match owners.as_slice() {
                [owner] if std::env::var_os("ZW_WRITE_PERMISSIONS").is_some() => {
                    let deeds = table.entry(owner.clone()).or_default();
                    for deed in deeds_of(operation) {
                        let calls = deeds.entry(deed.name().to_owned()).or_default();
                        calls.insert(format!("{service}:{operation}"));
                    }
                }
                _ => {
                    missing.insert(format!("{service}:{operation} of {place} ({owners:?})"));
                }
            }
        }
    }
    if std::env::var_os("ZW_WRITE_PERMISSIONS").is_some() {
        std::fs::write(table_path(), written(table)).expect("the table can be written");
    }
    assert!(
        missing.is_empty(),
        "src/permissions.json lacks calls that no test makes: run `cargo xtask permissions`, or add them by hand where no \
         type is named:\n{missing:#?}"
    );
}

/// All sources of services.
fn sources() -> Vec<PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("sources can be listed") {
            let path = entry.expect("sources can be listed").path();
            match path.extension() {
                _ if path.is_dir() => walk(&path, found),
                Some(extension) if extension == "rs" => found.push(path),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    let ours = ["toolkit", "config", "permissions"].map(|name| root().join(name));
    found.retain(|path| !ours.iter().any(|ours| path.starts_with(ours)));
    found.sort();
    found
}

fn root() -> PathBuf {
    zw_testing::workspace().join("crates/zw-aws/src")
}

/// The service of a source: its folder, or the name of its file. Clients are counted by the same names.
fn service_of(path: &Path) -> String {
    let within = path.strip_prefix(root()).expect("it is a source");
    let first = within.components().next().expect("it has a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The type that a source is of, as the table names it; none for what several types share.
fn owners(aws: &Aws, path: &Path, text: &str) -> Vec<String> {
    let within = path.strip_prefix(root()).expect("it is a source");
    let parts: Vec<String> = within
        .components()
        .map(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned())
        .collect();
    let [service, stem, ..] = parts.as_slice() else { return Vec::new() };
    let named = Regex::new(r#"const NAME: &'static str = "(aws_\w+)""#).expect("it is one");
    let named: BTreeSet<String> =
        named.captures_iter(text).map(|found| found[1].to_owned()).collect();
    if !named.is_empty() {
        return named.into_iter().collect();
    }
    let prefixes = ["aws_".to_owned(), format!("aws_{service}_"), "aws_cloudwatch_".to_owned()];
    let catalog = aws.catalog();
    let found = |stem: &str, is_there: &dyn Fn(&str) -> bool| {
        prefixes.iter().map(|prefix| format!("{prefix}{stem}")).find(|name| is_there(name))
    };
    let resource = found(stem, &|name| catalog.resource_types.contains_key(name));
    let of_data = stem.strip_suffix("_data").unwrap_or(stem);
    let data = found(of_data, &|name| catalog.data_sources.contains_key(name));
    match (resource, data) {
        (Some(name), _) if of_data == stem => vec![name],
        (_, Some(name)) => vec![format!("data.{name}")],
        _ => Vec::new(),
    }
}

/// Whether the table has an operation at the type whose source names it, or at any if it is shared.
fn is_known(aws: &Aws, table: &Table, owners: &[String], operation: &str) -> bool {
    let is = |name: &str| name.split_once(':').is_some_and(|(_, found)| found == operation);
    types(aws).iter().any(|(key, mode, type_name)| {
        if !owners.is_empty() && !owners.contains(key) {
            return false;
        }
        let calls = table.get(key).into_iter().flat_map(BTreeMap::values).flatten();
        calls.into_iter().any(|call| is(call))
            // Errors of S3 name the action.
            || Deed::ALL.iter().any(|deed| {
                actions(aws, *mode, type_name, *deed).iter().any(|action| is(action))
            })
    })
}

/// What an operation that no test calls is probably called for.
fn deeds_of(operation: &str) -> &'static [Deed] {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|it| operation.starts_with(it));
    if begins(&["Describe", "Get", "Head", "List"]) {
        &[Deed::Read]
    } else if begins(&["Allocate", "Copy", "Create", "Import", "Request", "Restore", "Run"]) {
        &[Deed::Create]
    } else if begins(&["Cancel", "Delete", "Deregister", "Release", "Schedule", "Terminate"]) {
        &[Deed::Update, Deed::Delete]
    } else if begins(&["Detach", "Disable", "Disassociate", "Remove", "Revoke", "Stop", "Untag"]) {
        &[Deed::Update, Deed::Delete]
    } else {
        &[Deed::Create, Deed::Update]
    }
}

#[test]
fn iam_has_every_action() {
    let Some(published) = published() else { return };
    let known = &published["actions"];
    assert!(known.is_object(), "published schemas are too old: run `cargo xtask emulators`");
    let aws = Aws::new();
    let mut strangers = BTreeSet::new();
    for (_, mode, type_name) in types(&aws) {
        for action in Deed::ALL.iter().flat_map(|deed| actions(&aws, mode, type_name, *deed)) {
            let (prefix, name) = action.split_once(':').expect("an action has a prefix");
            let name = name.to_lowercase();
            let names = known[prefix].as_array().into_iter().flatten();
            if !names.into_iter().any(|known| known.as_str() == Some(&name)) {
                strangers.insert(format!("{action} of {type_name}"));
            }
        }
    }
    assert!(strangers.is_empty(), "IAM has no such actions: {strangers:#?}");
}

/// Roles that are handed on, and service-linked ones, are what no call shows.
#[test]
fn roles_are_asked_for_where_cloudformation_asks_for_them() {
    let Some(published) = published() else { return };
    let compared: Compared = serde_json::from_str(include_str!("permissions.json"))
        .expect("the file is as it should be");
    let aws = Aws::new();
    let mut found = Vec::new();
    for (ours, theirs) in &compared.types {
        if !aws.catalog().resource_types.contains_key(ours.as_str()) {
            continue;
        }
        let theirs = &published["cloudformation"][theirs]["permissions"];
        if theirs.is_null() {
            found.push(format!("{ours}: CloudFormation says nothing of it"));
        }
        for deed in [Deed::Create, Deed::Update] {
            let needed = actions(&aws, ResourceMode::Managed, ours, deed);
            let theirs = theirs[deed.name()].as_array().into_iter().flatten();
            let theirs: BTreeSet<&str> = theirs.filter_map(|action| action.as_str()).collect();
            for action in ["iam:PassRole", "iam:CreateServiceLinkedRole"] {
                if theirs.contains(action) && !needed.contains(action) {
                    found.push(format!("{ours}: {} lacks {action}", deed.name()));
                }
            }
        }
    }
    let found = unintended(found, &compared.differences);
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}
