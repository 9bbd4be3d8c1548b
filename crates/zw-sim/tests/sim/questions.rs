//! Data sources.

use serde_json::json;
use tempfile::tempdir;
use zw_lang::Value;
use zw_provider::OpErrorKind;

use crate::support::{Sim, text};

fn texts(object: &Value, name: &str) -> Vec<String> {
    let items = object.get(name).and_then(Value::as_sequence).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn the_world_is_as_people_know_it() {
    let dir = tempdir().expect("there is room");
    let sim = Sim::aws(&dir).await.beside(json!({ "region": "ap-northeast-1" })).await;
    let zones = sim
        .data("aws_availability_zones", json!({ "state": "available" }))
        .await
        .expect("it answers");
    assert_eq!(texts(&zones, "names"), ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]);
    let exclude = json!({ "exclude_names": ["ap-northeast-1a"] });
    let zones = sim.data("aws_availability_zones", exclude).await.expect("it answers");
    assert_eq!(texts(&zones, "zone_ids"), ["apne1-az2", "apne1-az3"]);
    let region = sim.data("aws_region", json!({})).await.expect("it answers");
    assert_eq!(text(&region, "name"), "ap-northeast-1");
    assert_eq!(text(&region, "description"), "Asia Pacific (Tokyo)");
    let identity = sim.data("aws_caller_identity", json!({})).await.expect("it answers");
    assert_eq!(text(&identity, "account_id"), "123456789012");
    let partition = sim.data("aws_partition", json!({})).await.expect("it answers");
    assert_eq!(text(&partition, "dns_suffix"), "amazonaws.com");
}

#[tokio::test]
async fn an_image_is_always_the_same_and_answers_its_description() {
    let dir = tempdir().expect("there is room");
    let sim = Sim::aws(&dir).await;
    let config = json!({
        "owners": ["amazon"], "most_recent": true,
        "filter": [{ "name": "name", "values": ["amazon-eks-node-al2023-arm64-standard-1.33-v*"] }]
    });
    let image = sim.data("aws_ami", config.clone()).await.expect("it answers");
    assert!(text(&image, "id").starts_with("ami-"));
    assert_eq!(text(&image, "architecture"), "arm64");
    assert_eq!(text(&image, "name"), "amazon-eks-node-al2023-arm64-standard-1.33-v20250920");
    assert_eq!(sim.data("aws_ami", config).await.as_ref(), Ok(&image));
}

#[tokio::test]
async fn a_policy_document_is_computed_as_the_provider_computes_it() {
    let dir = tempdir().expect("there is room");
    let sim = Sim::aws(&dir).await;
    let document = sim.data("aws_iam_policy_document", json!({})).await.expect("it answers");
    assert!(text(&document, "json").contains("2012-10-17"));
}

#[tokio::test]
async fn objects_are_found_by_filters_and_tags() {
    let dir = tempdir().expect("there is room");
    let sim = Sim::aws(&dir).await;
    let mut ids = Vec::new();
    for (name, network) in [("one", "10.0.0.0/16"), ("two", "10.1.0.0/16")] {
        let config = json!({ "cidr_block": network, "tags": { "Name": name } });
        ids.push(text(&sim.create("aws_vpc", config).await, "id").to_owned());
    }
    let found =
        sim.data("aws_vpc", json!({ "tags": { "Name": "two" } })).await.expect("it answers");
    assert_eq!(text(&found, "id"), ids[1]);
    let filter = json!({ "filter": [{ "name": "tag:Name", "values": ["o*"] }] });
    let found = sim.data("aws_vpc", filter).await.expect("it answers");
    assert_eq!(text(&found, "id"), ids[0]);
    let found = sim.data("aws_vpc", json!({ "id": ids[0] })).await.expect("it answers");
    assert_eq!(text(&found, "cidr_block"), "10.0.0.0/16");
    let error = sim.data("aws_vpc", json!({})).await.expect_err("there are two");
    assert_eq!(error.kind, OpErrorKind::Invalid);
    let error = sim
        .data("aws_vpc", json!({ "cidr_block": "10.9.0.0/16" }))
        .await
        .expect_err("there is none");
    assert_eq!(error.kind, OpErrorKind::NotFound);
    let mut subnets = Vec::new();
    for network in ["10.0.1.0/24", "10.0.2.0/24"] {
        let config = json!({ "vpc_id": ids[0], "cidr_block": network });
        subnets.push(text(&sim.create("aws_subnet", config).await, "id").to_owned());
    }
    let filter = |vpc: &str| json!({ "filter": [{ "name": "vpc-id", "values": [vpc] }] });
    let found = sim.data("aws_subnets", filter(&ids[0])).await.expect("it answers");
    assert_eq!(texts(&found, "ids"), subnets);
    let found = sim.data("aws_subnets", filter(&ids[1])).await.expect("it answers");
    assert!(texts(&found, "ids").is_empty());
}
