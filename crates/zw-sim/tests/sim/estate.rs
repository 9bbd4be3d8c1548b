//! A VPC with an EKS cluster, from nothing to nothing.

use std::collections::BTreeMap;

use serde_json::json;
use tempfile::{TempDir, tempdir};
use zw_lang::Value;
use zw_sim::SimOptions;

use crate::support::{Sim, options, text};

/// The objects of the estate by a name of ours, in the order of their creation.
type Estate = Vec<(&'static str, &'static str, Value)>;

fn dir() -> TempDir {
    tempdir().expect("there is room")
}

async fn build(sim: &Sim) -> Estate {
    let mut estate: Estate = Vec::new();
    macro_rules! create {
        ($name:literal, $type:literal, $config:tt) => {{
            let object = sim.create($type, json!($config)).await;
            let id = text(&object, "id").to_owned();
            estate.push(($name, $type, object));
            id
        }};
    }
    let vpc =
        create!("vpc", "aws_vpc", { "cidr_block": "10.1.0.0/16", "tags": { "Name": "main" } });
    let a = create!("a", "aws_subnet", { "vpc_id": vpc, "cidr_block": "10.1.0.0/20", "availability_zone": "us-east-1a" });
    create!("b", "aws_subnet", { "vpc_id": vpc, "cidr_block": "10.1.16.0/20" });
    let igw = create!("igw", "aws_internet_gateway", { "vpc_id": vpc });
    let eip = create!("eip", "aws_eip", { "domain": "vpc" });
    let nat = create!("nat", "aws_nat_gateway", { "allocation_id": eip, "subnet_id": a });
    let table = create!("table", "aws_route_table", { "vpc_id": vpc });
    create!("out", "aws_route", { "route_table_id": table, "destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": nat });
    let public =
        create!("public", "aws_route_table", { "vpc_id": vpc, "tags": { "Name": "public" } });
    create!("in", "aws_route", { "route_table_id": public, "destination_cidr_block": "0.0.0.0/0", "gateway_id": igw });
    create!("association", "aws_route_table_association", { "subnet_id": a, "route_table_id": table });
    let group = create!("group", "aws_security_group", { "name": "nodes", "vpc_id": vpc });
    create!("ingress", "aws_vpc_security_group_ingress_rule", {
        "security_group_id": group, "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "10.0.0.0/8"
    });
    create!("egress", "aws_vpc_security_group_egress_rule", {
        "security_group_id": group, "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0"
    });
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let role = create!("role", "aws_iam_role", { "name": "cluster", "assume_role_policy": trust });
    create!("attachment", "aws_iam_role_policy_attachment", {
        "role": role, "policy_arn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    });
    let policy = create!("policy", "aws_iam_policy", { "name": "extra", "policy": trust });
    create!("extra", "aws_iam_role_policy_attachment", { "role": role, "policy_arn": policy });
    estate
}

#[tokio::test]
async fn ids_and_arns_have_the_form_of_those_of_aws() {
    let dir = dir();
    let sim = Sim::aws(&dir).await;
    let estate = build(&sim).await;
    let by_name: BTreeMap<_, _> = estate.iter().map(|(name, _, object)| (*name, object)).collect();
    let id = |name: &str| text(by_name[name], "id");
    for (name, prefix) in [
        ("vpc", "vpc-"),
        ("a", "subnet-"),
        ("igw", "igw-"),
        ("eip", "eipalloc-"),
        ("nat", "nat-"),
        ("table", "rtb-"),
        ("association", "rtbassoc-"),
        ("group", "sg-"),
        ("ingress", "sgr-"),
    ] {
        let digits = id(name).strip_prefix(prefix).unwrap_or_else(|| panic!("{}", id(name)));
        assert!(
            digits.len() == 17 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{digits}"
        );
    }
    let vpc = by_name["vpc"];
    let arn = format!("arn:aws:ec2:us-east-1:123456789012:vpc/{}", id("vpc"));
    assert_eq!(text(vpc, "arn"), arn);
    assert_eq!(text(vpc, "owner_id"), "123456789012");
    assert_eq!(text(vpc, "main_route_table_id"), text(vpc, "default_route_table_id"));
    assert_eq!(text(by_name["a"], "availability_zone_id"), "use1-az1");
    assert_eq!(text(by_name["nat"], "public_ip"), text(by_name["eip"], "public_ip"));
    assert!(text(by_name["nat"], "private_ip").starts_with("10.1."));
    let role = by_name["role"];
    assert_eq!(id("role"), "cluster");
    assert_eq!(text(role, "arn"), "arn:aws:iam::123456789012:role/cluster");
    assert!(text(role, "unique_id").starts_with("AROA"));
    assert_eq!(text(role, "create_date"), "2026-01-02T03:04:05Z");
    assert_eq!(id("policy"), "arn:aws:iam::123456789012:policy/extra");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_and_another_seed_another_estate() {
    let (first, second, third) = (dir(), dir(), dir());
    let built = build(&Sim::aws(&first).await).await;
    assert_eq!(built, build(&Sim::aws(&second).await).await);
    let other = SimOptions { seed: 1, ..options(third.path()) };
    let other = build(&Sim::aws_with(other, json!({})).await).await;
    let ids = |estate: &Estate| text(&estate[0].2, "id").to_owned();
    assert_ne!(ids(&built), ids(&other));
}

#[tokio::test]
async fn all_of_it_is_there_when_the_file_is_opened_again() {
    let dir = dir();
    let sim = Sim::aws(&dir).await;
    let estate = build(&sim).await;
    let request = sim.create_request("aws_vpc", &json!({ "cidr_block": "10.9.0.0/16" }));
    let created = sim.connection.create("aws_vpc", request.clone()).await.object;
    drop(sim);
    let sim = Sim::aws(&dir).await;
    for (name, type_name, object) in &estate {
        assert_eq!(sim.read(type_name, object).await.as_ref(), Some(object), "{name}");
    }
    assert_eq!(sim.connection.find("aws_vpc", &request).await, Ok(created.clone()));
    let again = sim.connection.create("aws_vpc", request).await;
    assert_eq!((again.object, again.error), (created, None), "the token is known");
    // What refers to what is known, too.
    let vpc = &estate[0].2;
    assert!(sim.try_delete("aws_vpc", vpc).await.is_err());
    let twin = sim.create("aws_vpc", json!({ "cidr_block": "10.9.0.0/16" })).await;
    assert_ne!(twin.get("id"), vpc.get("id"), "an object of the same arguments has its own id");
}

#[tokio::test]
async fn it_goes_in_the_opposite_order_and_in_no_other() {
    let dir = dir();
    let sim = Sim::aws(&dir).await;
    let estate = build(&sim).await;
    for name in ["vpc", "a", "eip", "table", "role", "policy"] {
        let (_, type_name, object) =
            estate.iter().find(|(known, ..)| *known == name).expect("it is part of it");
        let error = sim.try_delete(type_name, object).await.expect_err("others refer to it");
        assert_eq!(error.kind, zw_provider::OpErrorKind::DependencyViolation, "{name}: {error}");
        assert_eq!(
            sim.read(type_name, object).await.as_ref(),
            Some(object),
            "{name} is still there"
        );
    }
    for (_, type_name, object) in estate.iter().rev() {
        sim.delete(type_name, object).await;
    }
}

#[tokio::test]
async fn regions_and_accounts_are_apart() {
    let dir = dir();
    let sim = Sim::aws(&dir).await;
    let vpc = sim.create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    let other = sim.beside(json!({ "region": "eu-west-1" })).await;
    assert_eq!(other.read("aws_vpc", &vpc).await, None);
    let there = other.create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    assert_ne!(there.get("id"), vpc.get("id"));
    assert!(text(&there, "arn").starts_with("arn:aws:ec2:eu-west-1:123456789012:vpc/"));
    let trust = json!({ "name": "r", "assume_role_policy": "{}" });
    let role = sim.create("aws_iam_role", trust.clone()).await;
    assert_eq!(other.read("aws_iam_role", &role).await, Some(role), "roles are of all regions");
    let account = json!({ "assume_role": [{ "role_arn": "arn:aws:iam::999999999999:role/x" }] });
    let account = sim.beside(account).await;
    let role = account.create("aws_iam_role", trust).await;
    assert_eq!(text(&role, "arn"), "arn:aws:iam::999999999999:role/r");
}

#[tokio::test]
async fn objects_are_imported_by_the_ids_that_people_type() {
    let dir = dir();
    let sim = Sim::aws(&dir).await;
    let estate = build(&sim).await;
    let id = |name: &str| {
        let (.., object) = estate.iter().find(|(known, ..)| *known == name).expect("it is there");
        text(object, "id").to_owned()
    };
    for (name, import_id) in [
        ("vpc", id("vpc")),
        ("role", "cluster".to_owned()),
        ("out", format!("{}_0.0.0.0/0", id("table"))),
        ("association", format!("{}/{}", id("a"), id("table"))),
        ("extra", "cluster/arn:aws:iam::123456789012:policy/extra".to_owned()),
    ] {
        let (_, type_name, object) =
            estate.iter().find(|(known, ..)| *known == name).expect("it is there");
        let imported = sim.connection.import(type_name, &import_id).await;
        let imported = imported.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&imported.object, object, "{name}");
    }
    let error = sim.connection.import("aws_vpc", "vpc-1").await.expect_err("there is none");
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn a_change_keeps_what_does_not_change() {
    let dir = dir();
    let sim = Sim::aws(&dir).await;
    let vpc = sim.create("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })).await;
    let config =
        json!({ "cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true, "tags": { "a": "b" } });
    let changed = sim.update("aws_vpc", &vpc, config).await;
    assert_eq!(changed.get("id"), vpc.get("id"));
    assert_eq!(changed.get("enable_dns_hostnames"), Some(&Value::from(true)));
    let config = json!({ "name": "t", "image_id": "ami-1", "metadata_options": [{ "http_tokens": "required" }] });
    let template = sim.create("aws_launch_template", config).await;
    assert_eq!(template.get("latest_version"), Some(&Value::from(1)));
    let config = json!({
        "name": "t", "image_id": "ami-2", "update_default_version": true,
        "metadata_options": [{ "http_tokens": "required" }]
    });
    let template = sim.update("aws_launch_template", &template, config).await;
    assert_eq!(template.get("latest_version"), Some(&Value::from(2)));
    let gone = sim.create("aws_vpc", json!({ "cidr_block": "10.3.0.0/16" })).await;
    sim.delete("aws_vpc", &gone).await;
    let request = zw_provider::UpdateRequest {
        prior: gone.clone(),
        planned: gone.clone(),
        config: gone,
        token: "t".into(),
    };
    let error = sim.connection.update("aws_vpc", request).await.expect_err("it is gone");
    assert!(error.is_not_found(), "{error}");
}
