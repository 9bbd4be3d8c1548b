//! Changes of clusters and node groups that no emulator has: each kind in a call of its own, one after the other,
//! with a wait for the end of each.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use zw_provider::OpErrorKind;

use crate::rehearsal::{Rehearsal, text};
use crate::stand_in::{Call, StandIn};

const CLUSTER: &str = "aws_eks_cluster";
const NODE_GROUP: &str = "aws_eks_node_group";
const ROLE: &str = "arn:aws:iam::123456789012:role/zw";

/// What the body of each call is about.
fn topics(calls: &[Call]) -> Vec<String> {
    let names = |call: &Call| {
        let body = call.body.as_object().cloned().unwrap_or_default();
        let names: Vec<String> =
            body.keys().filter(|key| *key != "clientRequestToken").cloned().collect();
        names.join("+")
    };
    calls.iter().map(names).collect()
}

#[tokio::test]
async fn a_cluster_is_changed_step_by_step() {
    let eks = StandIn::start().await;
    let aws = Rehearsal::connect(&eks.endpoint, json!({})).await;
    let config = json!({
        "name": "c",
        "role_arn": ROLE,
        "version": "1.30",
        "vpc_config": [{ "subnet_ids": ["subnet-1", "subnet-2"] }],
        "tags": { "Name": "a", "Old": "x" },
    });
    let cluster = aws.create_named(CLUSTER, config).await;
    eks.calls();
    let config = json!({
        "name": "c",
        "role_arn": ROLE,
        "version": "1.31",
        "force_update_version": true,
        "access_config": [{ "authentication_mode": "API" }],
        "compute_config": [{ "enabled": true, "node_pools": ["system"], "node_role_arn": ROLE }],
        "kubernetes_network_config": [{ "elastic_load_balancing": [{ "enabled": true }] }],
        "storage_config": [{ "block_storage": [{ "enabled": true }] }],
        "enabled_cluster_log_types": ["api"],
        "upgrade_policy": [{ "support_type": "STANDARD" }],
        "vpc_config": [{
            "subnet_ids": ["subnet-1", "subnet-3"],
            "security_group_ids": ["sg-1"],
            "endpoint_private_access": true,
            "public_access_cidrs": ["192.0.2.0/24"],
        }],
        "zonal_shift_config": [{ "enabled": true }],
        "tags": { "Name": "b" },
    });
    let cluster = aws.update(CLUSTER, &cluster, config.clone()).await;
    assert_eq!(text(&cluster, "platform_version"), "eks.2");
    let calls = eks.calls();
    assert_eq!(
        topics(&calls),
        [
            "force+version",
            "accessConfig",
            "computeConfig+kubernetesNetworkConfig+storageConfig",
            "logging",
            "upgradePolicy",
            "resourcesVpcConfig",
            "resourcesVpcConfig",
            "resourcesVpcConfig",
            "zonalShiftConfig",
            "",
            "tags",
        ]
    );
    let tokens: BTreeSet<&str> =
        calls.iter().filter_map(|call| call.body["clientRequestToken"].as_str()).collect();
    assert_eq!(tokens.len(), 9, "each update has a token of its own");
    assert!(calls[9].what.ends_with("?tagKeys=Old"), "{calls:?}");

    // What is not written any more is switched off, or stays what it was.
    let config = json!({
        "name": "c",
        "role_arn": ROLE,
        "version": "1.31",
        "vpc_config": [{ "subnet_ids": ["subnet-1", "subnet-3"], "security_group_ids": ["sg-1"], "endpoint_private_access": true }],
        "kubernetes_network_config": [{ "elastic_load_balancing": [{ "enabled": false }] }],
    });
    let cluster = aws.update(CLUSTER, &cluster, config).await;
    let calls = eks.calls();
    let config = &calls[0].body;
    assert_eq!(config["computeConfig"]["enabled"], json!(false));
    assert_eq!(config["storageConfig"]["blockStorage"]["enabled"], json!(false));
    let off = json!({ "enabled": false });
    assert!(calls.iter().any(|call| call.body["zonalShiftConfig"] == off), "{calls:?}");
    aws.delete(CLUSTER, cluster).await;
}

#[tokio::test]
async fn a_failed_update_says_why() {
    let eks = StandIn::start().await;
    let aws = Rehearsal::connect(&eks.endpoint, json!({})).await;
    let config = |version: &str| json!({ "name": "c", "role_arn": ROLE, "version": version, "vpc_config": [{ "subnet_ids": ["subnet-1"] }] });
    let cluster = aws.create_named(CLUSTER, config("1.30")).await;
    eks.fail_next("InsufficientFreeAddresses", "There is no room in the subnet.");
    let error = aws.try_update(CLUSTER, &cluster, config("1.31")).await.expect_err("it fails");
    assert_eq!(error.kind, OpErrorKind::Other);
    for part in ["update of c", "Failed", "InsufficientFreeAddresses", "no room", "i-1"] {
        assert!(error.message.contains(part), "{part}: {error}");
    }
    let read = aws.read(CLUSTER, &cluster).await.expect("it is still there");
    assert_eq!(text(&read, "version"), "1.30");
}

#[tokio::test]
async fn a_change_that_is_not_told_at_once_is_waited_for() {
    let eks = StandIn::start().await;
    let aws = Rehearsal::connect(&eks.endpoint, json!({})).await;
    let config = |version: &str| json!({ "name": "c", "role_arn": ROLE, "version": version, "vpc_config": [{ "subnet_ids": ["subnet-1"] }] });
    let cluster = aws.create_named(CLUSTER, config("1.30")).await;
    eks.lag(2);
    let cluster = aws.update(CLUSTER, &cluster, config("1.31")).await;
    assert_eq!(text(&cluster, "version"), "1.31");
}

fn node_group(more: Json) -> Json {
    let mut config = json!({
        "cluster_name": "c",
        "node_group_name": "n",
        "node_role_arn": ROLE,
        "subnet_ids": ["subnet-1"],
        "scaling_config": [{ "min_size": 1, "desired_size": 1, "max_size": 2 }],
    });
    let (Some(entries), Json::Object(more)) = (config.as_object_mut(), more) else {
        panic!("both are objects");
    };
    entries.extend(more);
    config
}

#[tokio::test]
async fn a_node_group_gets_its_version_before_the_rest() {
    let eks = StandIn::start().await;
    let aws = Rehearsal::connect(&eks.endpoint, json!({})).await;
    let template = |version: &str| json!([{ "id": "lt-1", "name": "web", "version": version }]);
    let written = |version: &str| json!([{ "id": "lt-1", "version": version }]);
    let config = node_group(json!({
        "version": "1.30",
        "labels": { "a": "1", "b": "2" },
        "launch_template": template("1"),
        "taint": [{ "key": "x", "effect": "NO_EXECUTE" }, { "key": "gpu", "value": "1", "effect": "NO_SCHEDULE" }],
        "tags": { "Name": "a" },
    }));
    // Both id and name are refused by validation, but are what the answer has.
    let group = aws.create_named(NODE_GROUP, config).await;
    eks.calls();
    let config = node_group(json!({
        "version": "1.31",
        "force_update_version": true,
        "labels": { "b": "3" },
        "launch_template": written("2"),
        "scaling_config": [{ "min_size": 2, "desired_size": 2, "max_size": 4 }],
        "taint": [{ "key": "gpu", "value": "2", "effect": "NO_SCHEDULE" }],
        "update_config": [{ "max_unavailable": 2 }],
        "tags": { "Name": "b" },
    }));
    let group = aws.update(NODE_GROUP, &group, config).await;
    assert_eq!(text(&group, "release_version"), "newest");
    let calls = eks.calls();
    assert!(calls[0].what.ends_with("/node-groups/n/update-version"), "{calls:?}");
    assert_eq!(calls[0].body["launchTemplate"], json!({ "id": "lt-1", "version": "2" }));
    assert_eq!(calls[0].body["force"], json!(true));
    assert!(calls[1].what.ends_with("/node-groups/n/update-config"), "{calls:?}");
    assert_eq!(
        calls[1].body["labels"],
        json!({ "removeLabels": ["a"], "addOrUpdateLabels": { "b": "3" } })
    );
    assert_eq!(
        calls[1].body["taints"],
        json!({
            "removeTaints": [{ "key": "x", "effect": "NO_EXECUTE" }],
            "addOrUpdateTaints": [{ "key": "gpu", "value": "2", "effect": "NO_SCHEDULE" }],
        })
    );
    assert_eq!(topics(&calls[2..]), ["tags"]);

    let config = node_group(json!({
        "version": "1.31",
        "release_version": "1.31.5",
        "force_update_version": true,
        "labels": { "b": "3" },
        "launch_template": written("2"),
        "scaling_config": [{ "min_size": 2, "desired_size": 2, "max_size": 4 }],
        "taint": [{ "key": "gpu", "value": "2", "effect": "NO_SCHEDULE" }],
        "tags": { "Name": "b" },
    }));
    let group = aws.update(NODE_GROUP, &group, config).await;
    let calls = eks.calls();
    assert_eq!(calls.len(), 1, "only the release changes: {calls:?}");
    assert_eq!(calls[0].body["releaseVersion"], json!("1.31.5"));
    assert_eq!(calls[0].body.get("version"), None);
    aws.delete(NODE_GROUP, group).await;
}
