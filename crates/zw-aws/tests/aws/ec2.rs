//! EC2 and VPC.

use serde_json::json;

use crate::rehearsal::{Rehearsal, text};

#[tokio::test]
async fn vpc() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc = aws
        .create("aws_vpc", json!({ "cidr_block": "10.1.0.0/16", "tags": { "Name": "a" } }))
        .await;
    let config = json!({ "cidr_block": "10.1.0.0/16", "enable_dns_hostnames": true, "tags": { "Name": "b", "Team": "net" } });
    let vpc = aws.update("aws_vpc", &vpc, config.clone()).await;
    aws.import("aws_vpc", text(&vpc, "id"), config.clone()).await;
    let (_, replace) = aws.plan("aws_vpc", &vpc, &json!({ "cidr_block": "10.2.0.0/16" }));
    assert!(replace, "another network is another VPC");
    aws.delete("aws_vpc", vpc).await;
}

#[tokio::test]
async fn default_tags_are_tags_of_every_object() {
    let extra = json!({ "default_tags": [{ "tags": { "Environment": "test", "Team": "net" } }] });
    let Some(aws) = Rehearsal::start_with(extra).await else { return };
    let vpc = aws
        .create("aws_vpc", json!({ "cidr_block": "10.1.0.0/16", "tags": { "Team": "web" } }))
        .await;
    let all = vpc.get("tags_all").expect("it has tags");
    assert_eq!(all.get("Environment"), Some(&"test".into()));
    assert_eq!(all.get("Team"), Some(&"web".into()));
    aws.delete("aws_vpc", vpc).await;
}

/// A VPC to put other things in.
async fn network(aws: &Rehearsal) -> String {
    let vpc = aws.create("aws_vpc", json!({ "cidr_block": "10.1.0.0/16" })).await;
    text(&vpc, "id").to_owned()
}

async fn subnet_of(aws: &Rehearsal, vpc_id: &str, number: u8) -> String {
    let config = json!({
        "vpc_id": vpc_id,
        "cidr_block": format!("10.1.{number}.0/24"),
        "availability_zone": "us-east-1a",
    });
    text(&aws.create("aws_subnet", config).await, "id").to_owned()
}

#[tokio::test]
async fn subnet() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc_id = network(&aws).await;
    let config = json!({ "vpc_id": vpc_id, "cidr_block": "10.1.1.0/24", "tags": { "Name": "a" } });
    let subnet = aws.create("aws_subnet", config).await;
    let config =
        json!({ "vpc_id": vpc_id, "cidr_block": "10.1.1.0/24", "map_public_ip_on_launch": true });
    let subnet = aws.update("aws_subnet", &subnet, config.clone()).await;
    aws.import("aws_subnet", text(&subnet, "id"), config).await;
    aws.delete("aws_subnet", subnet).await;
}

#[tokio::test]
async fn internet_gateway() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc_id = network(&aws).await;
    let config = json!({ "vpc_id": vpc_id, "tags": { "Name": "a" } });
    let gateway = aws.create("aws_internet_gateway", config).await;
    let config = json!({ "vpc_id": vpc_id });
    let gateway = aws.update("aws_internet_gateway", &gateway, config.clone()).await;
    aws.import("aws_internet_gateway", text(&gateway, "id"), config).await;
    let other_vpc_id = network(&aws).await;
    let config = json!({ "vpc_id": other_vpc_id });
    let gateway = aws.update("aws_internet_gateway", &gateway, config).await;
    aws.delete("aws_internet_gateway", gateway).await;
}

#[tokio::test]
async fn eip() {
    let Some(aws) = Rehearsal::start().await else { return };
    let eip = aws.create("aws_eip", json!({ "domain": "vpc", "tags": { "Name": "a" } })).await;
    let config = json!({ "domain": "vpc", "tags": { "Name": "b" } });
    let eip = aws.update("aws_eip", &eip, config.clone()).await;
    aws.import("aws_eip", text(&eip, "id"), config).await;
    aws.delete("aws_eip", eip).await;
}
