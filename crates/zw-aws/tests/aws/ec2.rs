//! EC2 and VPC.

use serde_json::json;

use crate::rehearsal::{Rehearsal, text};

#[tokio::test]
async fn vpc() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc = aws
        .create_named("aws_vpc", json!({ "cidr_block": "10.1.0.0/16", "tags": { "Name": "a" } }))
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
        .create_named("aws_vpc", json!({ "cidr_block": "10.1.0.0/16", "tags": { "Team": "web" } }))
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
    let subnet = aws.create_named("aws_subnet", config).await;
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
    let gateway = aws.create_named("aws_internet_gateway", config).await;
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
    let eip =
        aws.create_named("aws_eip", json!({ "domain": "vpc", "tags": { "Name": "a" } })).await;
    let config = json!({ "domain": "vpc", "tags": { "Name": "b" } });
    let eip = aws.update("aws_eip", &eip, config.clone()).await;
    aws.import("aws_eip", text(&eip, "id"), config).await;
    aws.delete("aws_eip", eip).await;
}

#[tokio::test]
async fn nat_gateway() {
    let Some(aws) = Rehearsal::start().await else { return };
    let subnet_id = subnet_of(&aws, &network(&aws).await, 1).await;
    let eip = aws.create("aws_eip", json!({ "domain": "vpc" })).await;
    let config = json!({ "subnet_id": subnet_id, "allocation_id": text(&eip, "id") });
    let gateway = aws.create_named("aws_nat_gateway", config.clone()).await;
    assert_eq!(text(&gateway, "public_ip"), text(&eip, "public_ip"));
    aws.import("aws_nat_gateway", text(&gateway, "id"), config.clone()).await;
    let mut tagged = config.clone();
    tagged["tags"] = json!({ "Name": "a" });
    let gateway = aws.update("aws_nat_gateway", &gateway, tagged).await;
    aws.delete("aws_nat_gateway", gateway).await;
    let eip = aws.read("aws_eip", &eip).await.expect("the address stays");
    aws.delete("aws_eip", eip).await;
}

#[tokio::test]
async fn route_table_with_routes() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc_id = network(&aws).await;
    let gateway = aws.create("aws_internet_gateway", json!({ "vpc_id": vpc_id })).await;
    let gateway_id = text(&gateway, "id");
    let route = json!({ "cidr_block": "0.0.0.0/0", "gateway_id": gateway_id });
    let config = json!({ "vpc_id": vpc_id, "route": [route] });
    let table = aws.create_named("aws_route_table", config).await;
    let other = json!({ "cidr_block": "10.9.0.0/16", "gateway_id": gateway_id });
    let config = json!({ "vpc_id": vpc_id, "route": [route, other], "tags": { "Name": "a" } });
    let table = aws.update("aws_route_table", &table, config).await;
    let config = json!({ "vpc_id": vpc_id, "route": [other], "tags": { "Name": "a" } });
    let table = aws.update("aws_route_table", &table, config.clone()).await;
    aws.import("aws_route_table", text(&table, "id"), config).await;
    aws.delete("aws_route_table", table).await;
}

#[tokio::test]
async fn route_and_association() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc_id = network(&aws).await;
    let subnet_id = subnet_of(&aws, &vpc_id, 1).await;
    let gateway = aws.create("aws_internet_gateway", json!({ "vpc_id": vpc_id })).await;
    let table = aws.create("aws_route_table", json!({ "vpc_id": vpc_id })).await;
    let table_id = text(&table, "id").to_owned();

    let config = json!({
        "route_table_id": table_id,
        "destination_cidr_block": "0.0.0.0/0",
        "gateway_id": text(&gateway, "id"),
    });
    let route = aws.create_named("aws_route", config.clone()).await;
    aws.import("aws_route", &format!("{table_id}_0.0.0.0/0"), config).await;
    let eip = aws.create("aws_eip", json!({ "domain": "vpc" })).await;
    let config = json!({ "subnet_id": subnet_id, "allocation_id": text(&eip, "id") });
    let nat = aws.create("aws_nat_gateway", config).await;
    let config = json!({
        "route_table_id": table_id,
        "destination_cidr_block": "0.0.0.0/0",
        "nat_gateway_id": text(&nat, "id"),
    });
    let route = aws.update("aws_route", &route, config).await;
    aws.delete("aws_route", route).await;

    let config = json!({ "subnet_id": subnet_id, "route_table_id": table_id });
    let association = aws.create_named("aws_route_table_association", config.clone()).await;
    let id = format!("{subnet_id}/{table_id}");
    aws.import("aws_route_table_association", &id, config).await;
    let other = aws.create("aws_route_table", json!({ "vpc_id": vpc_id })).await;
    let config = json!({ "subnet_id": subnet_id, "route_table_id": text(&other, "id") });
    let association = aws.update("aws_route_table_association", &association, config).await;
    aws.delete("aws_route_table_association", association).await;
}

#[tokio::test]
async fn security_group_with_rules() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc_id = network(&aws).await;
    let rule = |port: u16, networks: &[&str]| json!({ "from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": networks });
    let all =
        json!({ "from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"] });
    let config = json!({
        "name": "web",
        "vpc_id": vpc_id,
        "ingress": [rule(443, &["10.0.0.0/8", "192.168.0.0/16"]), rule(80, &["10.0.0.0/8"])],
        "egress": [all],
    });
    let group = aws.create_named("aws_security_group", config).await;
    let itself = json!({ "from_port": 22, "to_port": 22, "protocol": "6", "self": true, "description": "among ourselves" });
    let config = json!({
        "name": "web",
        "vpc_id": vpc_id,
        "ingress": [rule(443, &["10.0.0.0/8"]), itself],
        "egress": [],
        "tags": { "Name": "web" },
    });
    let group = aws.update("aws_security_group", &group, config).await;
    aws.delete("aws_security_group", group).await;
}

#[tokio::test]
async fn security_group_rules() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc_id = network(&aws).await;
    let config = json!({ "name_prefix": "web-", "vpc_id": vpc_id });
    let group = aws.create("aws_security_group", config.clone()).await;
    let group_id = text(&group, "id");
    assert!(text(&group, "name").starts_with("web-"), "{group:?}");
    assert_eq!(group.get("egress").and_then(zw_lang::Value::len), Some(0), "nothing may go out");
    aws.import("aws_security_group", group_id, config).await;

    for name in ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"] {
        let all =
            json!({ "security_group_id": group_id, "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0" });
        let rule = aws.create(name, all).await;
        aws.delete(name, rule).await;
        let config = |port: u16| {
            json!({
                "security_group_id": group_id,
                "ip_protocol": "tcp",
                "from_port": port,
                "to_port": port,
                "referenced_security_group_id": group_id,
            "description": "among ourselves",
                "tags": { "Name": "a" },
            })
        };
        let rule = aws.create_named(name, config(443)).await;
        aws.import(name, text(&rule, "id"), config(443)).await;
        let rule = aws.update(name, &rule, config(444)).await;
        aws.delete(name, rule).await;
    }
}

#[tokio::test]
async fn launch_template() {
    let Some(aws) = Rehearsal::start().await else { return };
    let config = json!({
        "name_prefix": "web-",
        "image_id": "ami-12c6146b",
        "instance_type": "t3.micro",
        "update_default_version": true,
        "vpc_security_group_ids": ["sg-1", "sg-2"],
        "block_device_mappings": [{
            "device_name": "/dev/xvda",
            "ebs": [{ "volume_size": 20, "volume_type": "gp3", "encrypted": "true" }],
        }],
        "metadata_options": [{ "http_tokens": "required", "http_put_response_hop_limit": 2 }],
        "monitoring": [{ "enabled": true }],
        "tag_specifications": [{ "resource_type": "instance", "tags": { "Name": "web" } }],
        "tags": { "Name": "a" },
    });
    let template = aws.create_named("aws_launch_template", config.clone()).await;
    let mut changed = config;
    changed["instance_type"] = json!("t3.small");
    // moto keeps the tags of a template as they were when it was made, so they stay as they are here.
    let template = aws.update("aws_launch_template", &template, changed).await;
    assert_eq!(template.get("latest_version"), Some(&2.into()));
    assert_eq!(template.get("default_version"), Some(&2.into()));
    aws.delete("aws_launch_template", template).await;

    let config = json!({ "name": "plain", "instance_type": "t3.micro" });
    let template = aws.create_named("aws_launch_template", config.clone()).await;
    aws.import("aws_launch_template", text(&template, "id"), config).await;
    aws.delete("aws_launch_template", template).await;
}

#[tokio::test]
async fn instance() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc_id = network(&aws).await;
    let subnet_id = subnet_of(&aws, &vpc_id, 1).await;
    let config = json!({ "name": "web", "vpc_id": vpc_id });
    let group = aws.create_named("aws_security_group", config).await;
    let config = json!({
        "ami": "ami-12c6146b",
        "instance_type": "t3.micro",
        "subnet_id": subnet_id,
        "vpc_security_group_ids": [text(&group, "id")],
        "user_data": "#!/bin/sh\necho hello\n",
        "metadata_options": [{ "http_tokens": "required" }],
        "root_block_device": [{ "volume_size": 12, "volume_type": "gp3" }],
        "tags": { "Name": "a" },
    });
    let instance = aws.create_named("aws_instance", config.clone()).await;
    let mut changed = config.clone();
    changed["instance_type"] = json!("t3.small");
    changed["disable_api_termination"] = json!(true);
    changed["tags"] = json!({ "Name": "b" });
    let instance = aws.update("aws_instance", &instance, changed).await;
    let mut elsewhere = config;
    elsewhere["subnet_id"] = json!("subnet-2");
    assert!(
        aws.plan("aws_instance", &instance, &elsewhere).1,
        "another subnet is another instance"
    );
    aws.delete("aws_instance", instance).await;
}

#[tokio::test]
async fn data_sources() {
    let Some(aws) = Rehearsal::start().await else { return };
    let vpc_id = network(&aws).await;
    let subnet_id = subnet_of(&aws, &vpc_id, 1).await;

    let zones = aws.data("aws_availability_zones", json!({ "state": "available" })).await;
    let zones = zones.expect("there are zones");
    assert_eq!(
        zones.get("names").and_then(|names| names.as_sequence()?.first()?.as_str()),
        Some("us-east-1a")
    );

    let region = aws.data("aws_region", json!({})).await.expect("there is a region");
    assert_eq!(text(&region, "name"), "us-east-1");
    assert_eq!(text(&region, "description"), "US East (N. Virginia)");

    let filter = json!({ "name": "vpc-id", "values": [vpc_id] });
    let subnets = aws.data("aws_subnets", json!({ "filter": [filter] })).await;
    let ids = subnets.expect("there is a subnet").get("ids").cloned().expect("it has ids");
    assert_eq!(ids.as_sequence().map(<[_]>::to_vec), Some(vec![subnet_id.as_str().into()]));

    let subnet = aws.data("aws_subnet", json!({ "id": subnet_id })).await.expect("it exists");
    assert_eq!(text(&subnet, "cidr_block"), "10.1.1.0/24");
    let vpc = aws.data("aws_vpc", json!({ "id": vpc_id })).await.expect("it exists");
    assert_eq!(text(&vpc, "cidr_block"), "10.1.0.0/16");
    let none = aws.data("aws_vpc", json!({ "id": vpc_id, "state": "pending" })).await;
    assert!(none.is_err_and(|error| error.is_not_found()));

    let filter = json!({ "name": "name", "values": ["amzn2-ami-hvm-*"] });
    let config = json!({ "owners": ["amazon"], "most_recent": true, "filter": [filter] });
    let image = aws.data("aws_ami", config).await.expect("there is an image");
    assert!(text(&image, "id").starts_with("ami-"), "{image:?}");
}
