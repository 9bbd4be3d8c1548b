//! Which permissions of IAM a deed needs.
//!
//! `permissions.json` says which operations of services each type calls: tests write it from what was really called
//! (`tests/aws/recorded.rs`). What IAM calls those operations, and what it asks for beside them, is in [`actions`]; what
//! depends on an object's attributes is in [`further`].

mod actions;
mod further;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use zw_lang::ResourceMode;
use zw_provider::{Deed, PermissionsRequest};

/// Operations, as `elb:CreateLoadBalancer`, by type and by the name of the deed that calls them. Services have the names
/// that their calls are counted by.
type Table = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// A table that cannot be read is one without types: each of them is then told as not known.
static TABLE: LazyLock<Table> =
    LazyLock::new(|| serde_json::from_str(include_str!("permissions.json")).unwrap_or_default());

/// The name of a type in the table: data sources and resource types may have the same.
fn key(mode: ResourceMode, type_name: &str) -> String {
    match mode {
        ResourceMode::Managed => type_name.to_owned(),
        ResourceMode::Data => format!("data.{type_name}"),
        ResourceMode::Ephemeral => format!("ephemeral.{type_name}"),
    }
}

/// The actions that a deed needs to be allowed; `None` for a type that is not in the table.
pub(crate) fn permissions(request: PermissionsRequest<'_>) -> Option<BTreeSet<String>> {
    let deeds = TABLE.get(&key(request.mode, request.type_name))?;
    let of = |deed: Deed| deeds.get(deed.name()).into_iter().flatten().map(String::as_str);
    // Whatever is done with an object, it is read before and afterwards.
    let mut found: BTreeSet<String> = of(Deed::Read).flat_map(actions::of).collect();
    found.extend(of(request.deed).flat_map(actions::of));
    if request.deed == Deed::Create {
        // A creation that takes tags along needs to be allowed to set tags as well.
        found
            .extend(of(Deed::Update).filter(|call| actions::sets_tags(call)).flat_map(actions::of));
    }
    let more = further::of(request.type_name, request.deed, request.object);
    if request.mode == ResourceMode::Managed {
        found.extend(more.map(str::to_owned));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zw_lang::{Type, Value, json_text_to_value};
    use zw_provider::Provider;

    use super::*;
    use crate::Aws;

    fn asked(type_name: &str, deed: Deed, object: &serde_json::Value) -> BTreeSet<String> {
        let object = json_text_to_value(&object.to_string()).expect("it is a value");
        let request =
            PermissionsRequest { mode: ResourceMode::Managed, type_name, deed, object: &object };
        Aws::new().permissions(request).expect("it is in the table")
    }

    fn has(found: &BTreeSet<String>, action: &str) -> bool {
        found.iter().any(|found| found == action)
    }

    #[test]
    fn the_table_is_read() {
        assert!(TABLE.len() > 50, "{}", TABLE.len());
    }

    #[test]
    fn a_deed_needs_what_it_calls_and_what_reading_calls() {
        let queue = json!({ "name": "jobs" });
        let create = asked("aws_sqs_queue", Deed::Create, &queue);
        for action in ["sqs:CreateQueue", "sqs:GetQueueAttributes", "sqs:TagQueue"] {
            assert!(has(&create, action), "{action}: {create:?}");
        }
        assert!(!has(&create, "sqs:DeleteQueue"), "{create:?}");
        let delete = asked("aws_sqs_queue", Deed::Delete, &queue);
        assert!(has(&delete, "sqs:DeleteQueue") && !has(&delete, "sqs:CreateQueue"), "{delete:?}");
        let read = asked("aws_sqs_queue", Deed::Read, &queue);
        assert!(read.is_subset(&create) && !has(&read, "sqs:TagQueue"), "{read:?}");
    }

    #[test]
    fn handing_on_a_role_is_asked_for_where_there_is_one() {
        let with = asked("aws_instance", Deed::Create, &json!({ "iam_instance_profile": "web" }));
        assert!(has(&with, "iam:PassRole"), "{with:?}");
        let without = asked("aws_instance", Deed::Create, &json!({ "iam_instance_profile": null }));
        assert!(!has(&without, "iam:PassRole"), "{without:?}");
    }

    #[test]
    fn what_is_computed_from_arguments_alone_needs_no_permission() {
        let object = Value::null(Type::Dynamic);
        for type_name in ["aws_iam_policy_document", "aws_caller_identity"] {
            let request = PermissionsRequest {
                mode: ResourceMode::Data,
                type_name,
                deed: Deed::Read,
                object: &object,
            };
            assert_eq!(Aws::new().permissions(request), Some(BTreeSet::new()), "{type_name}");
        }
    }
}
