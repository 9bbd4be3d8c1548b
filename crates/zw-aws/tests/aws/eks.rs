//! EKS: on moto what it has, on ministack add-ons and what moto does not echo. Neither has updates of versions, nor
//! changes of tags of anything but clusters; those are in `updates.rs`.

use serde_json::{Value as Json, json};
use zw_lang::Value;
use zw_provider::OpErrorKind;
use zw_testing::Kind;

use crate::rehearsal::{Rehearsal, text};

const CLUSTER: &str = "aws_eks_cluster";
const NODE_GROUP: &str = "aws_eks_node_group";
const ADDON: &str = "aws_eks_addon";
const ROLE: &str = "arn:aws:iam::123456789012:role/zw";

fn cluster_config(name: &str) -> Json {
    json!({
        "name": name,
        "role_arn": ROLE,
        "vpc_config": [{ "subnet_ids": ["subnet-1", "subnet-2"] }],
    })
}

fn with(mut config: Json, more: Json) -> Json {
    let (Json::Object(config_entries), Json::Object(more)) = (&mut config, more) else {
        panic!("both are objects");
    };
    config_entries.extend(more);
    config
}

#[tokio::test]
async fn cluster() {
    let Some(aws) = Rehearsal::start().await else { return };
    let cluster = aws.create_named(CLUSTER, cluster_config("zw-cluster")).await;
    assert_eq!(text(&cluster, "status"), "ACTIVE");
    aws.import(CLUSTER, "zw-cluster", cluster_config("zw-cluster")).await;

    let config = with(
        cluster_config("zw-cluster"),
        json!({
            "enabled_cluster_log_types": ["api", "audit"],
            "vpc_config": [{
                "subnet_ids": ["subnet-1", "subnet-2"],
                "endpoint_private_access": true,
                "public_access_cidrs": ["192.0.2.0/24"],
            }],
            "tags": { "Name": "a", "Team": "x" },
        }),
    );
    let cluster = aws.update(CLUSTER, &cluster, config.clone()).await;
    let config =
        with(config, json!({ "enabled_cluster_log_types": ["audit"], "tags": { "Name": "b" } }));
    let cluster = aws.update(CLUSTER, &cluster, config).await;

    for change in [
        json!({ "name": "zw-other" }),
        json!({ "role_arn": "arn:aws:iam::123456789012:role/other" }),
        json!({ "bootstrap_self_managed_addons": false }),
        json!({ "kubernetes_network_config": [{ "service_ipv4_cidr": "10.99.0.0/16" }] }),
    ] {
        let config = with(cluster_config("zw-cluster"), change.clone());
        assert!(aws.plan(CLUSTER, &cluster, &config).1, "{change} is another cluster");
    }
    let newer = with(cluster_config("zw-cluster"), json!({ "version": "1.31" }));
    let error = aws.try_update(CLUSTER, &cluster, newer).await.expect_err("moto cannot do that");
    assert_eq!(error.kind, OpErrorKind::NotImplemented, "{error}");
    aws.delete(CLUSTER, cluster).await;
}

#[tokio::test]
async fn cluster_with_everything() {
    let Some(aws) = Rehearsal::start().await else { return };
    let config = with(
        cluster_config("zw-full"),
        json!({
            "version": "1.31",
            "enabled_cluster_log_types": ["api", "scheduler"],
            "access_config": [{ "authentication_mode": "API_AND_CONFIG_MAP" }],
            "encryption_config": [{
                "resources": ["secrets"],
                "provider": [{ "key_arn": "arn:aws:kms:us-east-1:123456789012:key/a" }],
            }],
            "kubernetes_network_config": [{ "service_ipv4_cidr": "10.99.0.0/16", "ip_family": "ipv4" }],
            "remote_network_config": [{
                "remote_node_networks": [{ "cidrs": ["10.200.0.0/16"] }],
                "remote_pod_networks": [{ "cidrs": ["10.201.0.0/16"] }],
            }],
            "upgrade_policy": [{ "support_type": "STANDARD" }],
            "zonal_shift_config": [{ "enabled": true }],
            "vpc_config": [{
                "subnet_ids": ["subnet-1", "subnet-2"],
                "security_group_ids": ["sg-1"],
                "endpoint_private_access": true,
                "endpoint_public_access": false,
            }],
            "tags": { "Name": "a" },
            "timeouts": { "create": "1m" },
        }),
    );
    let cluster = aws.create_named(CLUSTER, config.clone()).await;
    let mut other_key = config.clone();
    other_key["encryption_config"][0]["provider"][0]["key_arn"] = json!("other");
    let error = aws.try_plan(CLUSTER, &cluster, &other_key).expect_err("a key stays");
    assert!(error.message.contains("cannot be changed"), "{error}");
    other_key["encryption_config"] = json!([]);
    assert!(aws.plan(CLUSTER, &cluster, &other_key).1, "encryption cannot be ended");
    aws.delete(CLUSTER, cluster).await;
}

#[tokio::test]
async fn cluster_on_ministack() {
    let Some(aws) = Rehearsal::start_on(Kind::Ministack, json!({})).await else { return };
    let config = with(
        cluster_config("zw-cluster"),
        json!({
            "access_config": [{ "authentication_mode": "API" }],
            "tags": { "Name": "a" },
        }),
    );
    let cluster = aws.create_named(CLUSTER, config.clone()).await;
    let config = with(
        config,
        json!({
            "encryption_config": [{
                "resources": ["secrets"],
                "provider": [{ "key_arn": "arn:aws:kms:us-east-1:123456789012:key/a" }],
            }],
        }),
    );
    let cluster = aws.update(CLUSTER, &cluster, config.clone()).await;
    aws.import(CLUSTER, "zw-cluster", config).await;
    aws.delete(CLUSTER, cluster).await;
}

fn node_group_config(cluster: &str) -> Json {
    json!({
        "cluster_name": cluster,
        "node_group_name": "zw-nodes",
        "node_role_arn": ROLE,
        "subnet_ids": ["subnet-1"],
        "scaling_config": [{ "min_size": 1, "desired_size": 1, "max_size": 2 }],
    })
}

#[tokio::test]
async fn data_sources_of_a_cluster() {
    let Some(aws) = Rehearsal::start().await else { return };
    let config = with(cluster_config("zw-data"), json!({ "tags": { "Name": "a" } }));
    let cluster = aws.create_named(CLUSTER, config).await;
    let found = aws.data(CLUSTER, json!({ "name": "zw-data" })).await.expect("it is there");
    for part in ["arn", "endpoint", "identity", "certificate_authority", "vpc_config", "tags"] {
        assert_eq!(found.get(part), cluster.get(part), "{part}");
    }
    let auth = aws.data("aws_eks_cluster_auth", json!({ "name": "zw-data" })).await;
    assert!(text(&auth.expect("it can be signed"), "token").starts_with("k8s-aws-v1.aHR0c"));
    aws.delete(CLUSTER, cluster).await;
    let error = aws.data(CLUSTER, json!({ "name": "zw-data" })).await.expect_err("it is gone");
    assert_eq!(error.kind, OpErrorKind::NotFound);
}

async fn cluster_named(aws: &Rehearsal, name: &str) -> Value {
    aws.create_named(CLUSTER, cluster_config(name)).await
}

#[tokio::test]
async fn node_group() {
    let Some(aws) = Rehearsal::start().await else { return };
    let cluster = cluster_named(&aws, "zw-of-nodes").await;
    let config = node_group_config("zw-of-nodes");
    let group = aws.create_named(NODE_GROUP, config.clone()).await;
    assert_eq!(text(&group, "id"), "zw-of-nodes:zw-nodes");

    let config = with(
        config,
        json!({
            "scaling_config": [{ "min_size": 0, "desired_size": 0, "max_size": 5 }],
            "labels": { "a": "1", "b": "2" },
            "taint": [
                { "key": "gpu", "value": "true", "effect": "NO_SCHEDULE" },
                { "key": "x", "effect": "NO_EXECUTE" },
            ],
            "update_config": [{ "max_unavailable_percentage": 50 }],
        }),
    );
    let group = aws.update(NODE_GROUP, &group, config.clone()).await;
    let config = with(
        config,
        json!({
            "labels": { "b": "3" },
            "taint": [{ "key": "gpu", "value": "false", "effect": "NO_SCHEDULE" }],
            "update_config": [{ "max_unavailable": 2 }],
            "node_repair_config": [{ "enabled": true }],
        }),
    );
    let group = aws.update(NODE_GROUP, &group, config.clone()).await;

    for change in [
        json!({ "instance_types": ["m5.large"] }),
        json!({ "capacity_type": "SPOT" }),
        json!({ "disk_size": 50 }),
        json!({ "subnet_ids": ["subnet-2"] }),
        json!({ "remote_access": [{ "ec2_ssh_key": "me" }] }),
    ] {
        let config = with(config.clone(), change.clone());
        assert!(aws.plan(NODE_GROUP, &group, &config).1, "{change} is another group");
    }
    let newer = with(config, json!({ "version": "1.31" }));
    let error = aws.try_update(NODE_GROUP, &group, newer).await.expect_err("moto cannot do that");
    assert_eq!(error.kind, OpErrorKind::NotImplemented, "{error}");
    aws.delete(NODE_GROUP, group).await;
    aws.delete(CLUSTER, cluster).await;
}

#[tokio::test]
async fn node_group_with_everything() {
    let Some(aws) = Rehearsal::start().await else { return };
    let cluster = cluster_named(&aws, "zw-of-full-nodes").await;
    let config = json!({
        "cluster_name": "zw-of-full-nodes",
        "node_group_name_prefix": "zw-nodes-",
        "node_role_arn": ROLE,
        "subnet_ids": ["subnet-1", "subnet-2"],
        "ami_type": "AL2023_x86_64_STANDARD",
        "capacity_type": "SPOT",
        "disk_size": 50,
        "instance_types": ["m5.large", "m5a.large"],
        "labels": { "role": "worker" },
        "release_version": "1.31.0-20250101",
        "remote_access": [{ "ec2_ssh_key": "me", "source_security_group_ids": ["sg-1"] }],
        "scaling_config": [{ "min_size": 1, "desired_size": 2, "max_size": 3 }],
        "taint": [{ "key": "a", "effect": "PREFER_NO_SCHEDULE" }],
        "update_config": [{ "max_unavailable": 1 }],
        "node_repair_config": [{ "enabled": true }],
        "version": "1.31",
        "tags": { "Name": "a" },
    });
    let group = aws.create_named(NODE_GROUP, config).await;
    assert!(text(&group, "node_group_name").starts_with("zw-nodes-"));
    assert_eq!(text(&group, "node_group_name_prefix"), "zw-nodes-");
    aws.delete(NODE_GROUP, group).await;
    aws.delete(CLUSTER, cluster).await;
}

#[tokio::test]
async fn node_group_on_ministack() {
    let Some(aws) = Rehearsal::start_on(Kind::Ministack, json!({})).await else { return };
    let cluster = cluster_named(&aws, "zw-of-nodes").await;
    let config = with(
        node_group_config("zw-of-nodes"),
        json!({ "labels": { "a": "1" }, "tags": { "Name": "a" } }),
    );
    let group = aws.create_named(NODE_GROUP, config.clone()).await;
    aws.import(NODE_GROUP, "zw-of-nodes:zw-nodes", config.clone()).await;
    aws.delete(NODE_GROUP, group).await;
    aws.delete(CLUSTER, cluster).await;
}

#[tokio::test]
async fn addon_on_ministack() {
    let Some(aws) = Rehearsal::start_on(Kind::Ministack, json!({})).await else { return };
    let cluster = cluster_named(&aws, "zw-of-addons").await;
    let addon =
        |more| with(json!({ "cluster_name": "zw-of-addons", "addon_name": "vpc-cni" }), more);
    let config = addon(json!({
        "addon_version": "v1.18.1-eksbuild.1",
        "configuration_values": "{\"env\":{\"A\":\"1\"}}",
        "resolve_conflicts_on_create": "OVERWRITE",
        "tags": { "Name": "a" },
    }));
    let object = aws.create_named(ADDON, config).await;
    assert_eq!(text(&object, "id"), "zw-of-addons:vpc-cni");
    let config = addon(json!({
        "addon_version": "v1.19.0-eksbuild.1",
        "configuration_values": "{ \"env\": { \"A\": \"1\" } }",
        "service_account_role_arn": ROLE,
        "resolve_conflicts_on_update": "PRESERVE",
        "tags": { "Name": "a" },
    }));
    let object = aws.update(ADDON, &object, config.clone()).await;
    // What is only said of a change is nothing that an import could find.
    let found = with(config, json!({ "resolve_conflicts_on_update": null }));
    aws.import(ADDON, "zw-of-addons:vpc-cni", found).await;
    aws.delete(ADDON, object).await;
    aws.delete(CLUSTER, cluster).await;
}

#[tokio::test]
async fn a_cluster_of_the_same_name_is_not_taken_for_ours() {
    let Some(aws) = Rehearsal::start().await else { return };
    let cluster = cluster_named(&aws, "zw-same").await;
    let other = with(cluster_config("zw-same"), json!({ "tags": { "Name": "other" } }));
    let error = aws.try_create(CLUSTER, other).await.expect_err("the name is taken");
    assert_eq!(error.kind, OpErrorKind::AlreadyExists, "{error}");
    aws.delete(CLUSTER, cluster).await;
}
