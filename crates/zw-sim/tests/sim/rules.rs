//! What AWS does not let people do.

use serde_json::json;
use tempfile::tempdir;
use zw_provider::OpErrorKind;
use zw_sim::SimOptions;

use crate::support::{Sim, options, text};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

#[tokio::test]
async fn what_an_object_refers_to_must_exist() {
    let dir = tempdir().expect("there is room");
    let sim = Sim::aws(&dir).await;
    let nowhere = json!({ "vpc_id": "vpc-0123456789abcdef0", "cidr_block": "10.0.0.0/24" });
    let error = sim.refused("aws_subnet", nowhere.clone()).await;
    assert_eq!(error.code.as_deref(), Some("InvalidVpcID.NotFound"));
    assert_eq!(error.operation.as_deref(), Some("ec2:CreateSubnet"));
    assert_eq!(error.path.map(|path| path.to_string()).as_deref(), Some("vpc_id"));
    let attachment =
        json!({ "role": "nobody", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" });
    let error = sim.refused("aws_iam_role_policy_attachment", attachment).await;
    assert_eq!(error.code.as_deref(), Some("NoSuchEntity"));
    let lenient = SimOptions {
        check_references: false,
        path: Some(dir.path().join("other.db")),
        ..options(dir.path())
    };
    Sim::aws_with(lenient, json!({})).await.create("aws_subnet", nowhere).await;
}

#[tokio::test]
async fn what_comes_with_an_object_can_be_referred_to() {
    let dir = tempdir().expect("there is room");
    let sim = Sim::aws(&dir).await;
    let vpc = sim.create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    let rule = json!({
        "security_group_id": text(&vpc, "default_security_group_id"),
        "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"
    });
    sim.create("aws_vpc_security_group_egress_rule", rule).await;
}

#[tokio::test]
async fn names_are_given_once() {
    let dir = tempdir().expect("there is room");
    let sim = Sim::aws(&dir).await;
    let role = json!({ "name": "r", "assume_role_policy": TRUST });
    sim.create("aws_iam_role", role.clone()).await;
    let error = sim.refused("aws_iam_role", role).await;
    assert_eq!(error.kind, OpErrorKind::AlreadyExists);
    assert_eq!(error.code.as_deref(), Some("EntityAlreadyExists"));
    let vpc = sim.create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    let vpc = text(&vpc, "id");
    let subnet = json!({ "vpc_id": vpc, "cidr_block": "10.0.0.0/24" });
    let first = sim.create("aws_subnet", subnet.clone()).await;
    let error = sim.refused("aws_subnet", subnet.clone()).await;
    assert_eq!(error.code.as_deref(), Some("InvalidSubnet.Conflict"));
    sim.delete("aws_subnet", &first).await;
    let second = sim.create("aws_subnet", subnet).await;
    assert_ne!(first.get("id"), second.get("id"), "ids are not used again");
}

#[tokio::test]
async fn a_group_goes_with_its_own_rules_but_not_under_those_of_others() {
    let dir = tempdir().expect("there is room");
    let sim = Sim::aws(&dir).await;
    let vpc = sim.create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    let vpc = text(&vpc, "id");
    let a = sim.create("aws_security_group", json!({ "name": "a", "vpc_id": vpc })).await;
    let b = sim.create("aws_security_group", json!({ "name": "b", "vpc_id": vpc })).await;
    let rule = json!({
        "security_group_id": text(&a, "id"), "referenced_security_group_id": text(&b, "id"),
        "ip_protocol": "-1"
    });
    sim.create("aws_vpc_security_group_ingress_rule", rule).await;
    let error = sim.try_delete("aws_security_group", &b).await.expect_err("a rule of a names it");
    assert_eq!(error.code.as_deref(), Some("DependencyViolation"));
    assert_eq!(error.operation.as_deref(), Some("ec2:DeleteSecurityGroup"));
    assert!(error.message.contains(text(&b, "id")), "{error}");
    sim.delete("aws_security_group", &a).await;
}

#[tokio::test]
async fn there_are_no_more_objects_than_the_quota_allows() {
    let dir = tempdir().expect("there is room");
    let quotas = [("aws_vpc".to_owned(), 2)].into();
    let sim = Sim::aws_with(SimOptions { quotas, ..options(dir.path()) }, json!({})).await;
    let first = sim.create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    sim.create("aws_vpc", json!({ "cidr_block": "10.1.0.0/16" })).await;
    let error = sim.refused("aws_vpc", json!({ "cidr_block": "10.2.0.0/16" })).await;
    assert_eq!(error.kind, OpErrorKind::QuotaExceeded);
    assert_eq!(error.code.as_deref(), Some("VpcLimitExceeded"));
    let other = sim.beside(json!({ "region": "us-west-2" })).await;
    other.create("aws_vpc", json!({ "cidr_block": "10.2.0.0/16" })).await;
    sim.delete("aws_vpc", &first).await;
    sim.create("aws_vpc", json!({ "cidr_block": "10.2.0.0/16" })).await;
}

#[tokio::test]
async fn new_objects_are_not_seen_at_once_if_so_asked() {
    let dir = tempdir().expect("there is room");
    let lag = std::time::Duration::from_millis(200);
    let eventual = SimOptions { consistency_lag: lag, ..options(dir.path()) };
    let sim = Sim::aws_with(eventual, json!({})).await;
    let vpc = sim.try_create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    let vpc = vpc.object.expect("it is created");
    let subnet = json!({ "vpc_id": text(&vpc, "id"), "cidr_block": "10.0.0.0/24" });
    assert_eq!(sim.read("aws_vpc", &vpc).await, None);
    let error = sim.refused("aws_subnet", subnet.clone()).await;
    assert_eq!(error.code.as_deref(), Some("InvalidVpcID.NotFound"));
    tokio::time::sleep(lag).await;
    assert_eq!(sim.read("aws_vpc", &vpc).await, Some(vpc));
    assert_eq!(sim.try_create("aws_subnet", subnet).await.error, None);
}
