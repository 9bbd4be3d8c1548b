//! Computed attributes of EC2 and VPC that depend on other objects.

use std::net::Ipv4Addr;

use zw_lang::{Type, Value};
use zw_provider::View;

use super::regions;
use crate::cloud::Place;
use crate::fill::Answers;

pub(super) fn answer(answers: &mut Answers<'_>) {
    match answers.type_name() {
        "aws_vpc" => vpc(answers),
        "aws_subnet" => subnet(answers),
        "aws_eip" => eip(answers),
        "aws_nat_gateway" => nat_gateway(answers),
        "aws_security_group" => security_group(answers),
        "aws_instance" => instance(answers),
        "aws_launch_template" => launch_template(answers),
        _ => {}
    }
}

fn flag(answers: &Answers<'_>, name: &str) -> bool {
    answers.value(name).and_then(Value::as_bool) == Some(true)
}

fn vpc(answers: &mut Answers<'_>) {
    // The options that all VPCs of an account and region have at first.
    let Place { account, region, .. } = answers.making().place;
    let options = crate::dice::Dice::new(0).of(format!("dopt {account} {region}"));
    answers.set("dhcp_options_id", format!("dopt-{}", options.hex("id", 17)));
    if flag(answers, "assign_generated_ipv6_cidr_block") {
        let dice = answers.dice();
        let network =
            format!("2600:1f{}:{}:{}00::/56", dice.hex("a", 2), dice.hex("b", 4), dice.hex("c", 2));
        answers.change("ipv6_cidr_block", network);
        answers.change("ipv6_association_id", format!("vpc-cidr-assoc-{}", dice.hex("d", 17)));
        answers.change("ipv6_cidr_block_network_border_group", region.clone());
    } else {
        for name in
            ["ipv6_association_id", "ipv6_cidr_block", "ipv6_cidr_block_network_border_group"]
        {
            answers.change(name, "");
        }
    }
}

fn subnet(answers: &mut Answers<'_>) {
    let zones = regions::zones(&answers.making().place.region);
    let given = zones.iter().find(|(name, id)| {
        answers.text("availability_zone") == Some(name)
            || answers.text("availability_zone_id") == Some(id)
    });
    let chance = answers.dice().below("zone", zones.len());
    if let Some((name, id)) = given.or_else(|| zones.get(chance)) {
        answers.set("availability_zone", name.clone());
        answers.set("availability_zone_id", id.clone());
    }
    let has_ipv6 = answers.text("ipv6_cidr_block").is_some_and(|network| !network.is_empty());
    let association = if has_ipv6 {
        format!("subnet-cidr-assoc-{}", answers.dice().hex("ipv6", 17))
    } else {
        String::new()
    };
    answers.change("ipv6_cidr_block_association_id", association);
}

fn eip(answers: &mut Answers<'_>) {
    let dice = answers.dice();
    let part = |label, from: usize, count| from + dice.below(label, count);
    let ip = format!(
        "{}.{}.{}.{}",
        [3, 13, 18, 34, 44, 52, 54][part("a", 0, 7)],
        part("b", 16, 230),
        part("c", 1, 250),
        part("d", 1, 250)
    );
    let region = &answers.making().place.region;
    let domain =
        if region == "us-east-1" { "compute-1".to_owned() } else { format!("{region}.compute") };
    let dns = format!("ec2-{}.{domain}.amazonaws.com", ip.replace('.', "-"));
    answers.set("public_ip", ip);
    answers.set("public_dns", dns);
}

fn nat_gateway(answers: &mut Answers<'_>) {
    let world = answers.making().world;
    let address = answers.text("allocation_id").and_then(|id| world.by_handle(id));
    if let Some(ip) = address.as_ref().and_then(|address| View::new(address).str("public_ip")) {
        answers.set("public_ip", ip);
    }
    if let Some(ip) = free_address(answers) {
        answers.set("private_ip", ip);
    }
    answers.set("secondary_private_ip_address_count", 0);
}

fn security_group(answers: &mut Answers<'_>) {
    answers.set_text("vpc_id", "vpc-{hex:17}");
}

fn instance(answers: &mut Answers<'_>) {
    let world = answers.making().world;
    let subnet = answers.text("subnet_id").and_then(|id| world.by_handle(id));
    if let Some(subnet) = &subnet {
        let view = View::new(subnet);
        if let Some(zone) = view.str("availability_zone") {
            answers.set("availability_zone", zone);
        }
        let is_public = view.bool("map_public_ip_on_launch") == Some(true);
        answers.set("associate_public_ip_address", is_public);
        let group = view.str("vpc_id").and_then(|id| world.by_handle(id));
        if let Some(group) =
            group.as_ref().and_then(|vpc| View::new(vpc).str("default_security_group_id"))
        {
            let groups = Value::set(Type::String, vec![Value::from(group)]);
            answers.set("vpc_security_group_ids", groups);
        }
    }
    if let Some(zone) = regions::zones(&answers.making().place.region).into_iter().next()
        && answers.value("availability_zone").is_none()
    {
        answers.set("availability_zone", zone.0);
    }
    if let Some(ip) = free_address(answers) {
        let host = format!("ip-{}.{}", ip.replace('.', "-"), internal_domain(answers));
        answers.set("private_ip", ip);
        answers.set("private_dns", host);
    }
    for (name, value) in [
        ("monitoring", false),
        ("ebs_optimized", false),
        ("disable_api_stop", false),
        ("disable_api_termination", false),
    ] {
        answers.set(name, value);
    }
    let dice = answers.dice();
    let volume = Value::object([
        ("delete_on_termination", Value::from(true)),
        ("device_name", "/dev/xvda".into()),
        ("encrypted", false.into()),
        ("iops", 3000.into()),
        ("kms_key_id", "".into()),
        ("throughput", 125.into()),
        ("volume_id", format!("vol-{}", dice.hex("root", 17)).into()),
        ("volume_size", 8.into()),
        ("volume_type", "gp3".into()),
    ]);
    if let Some(volume) = volume.as_object() {
        for (name, value) in volume.iter() {
            answers.set(format!("root_block_device.{name}"), value.clone());
        }
    }
    answers.set("root_block_device", Value::tuple(vec![volume]));
}

fn internal_domain(answers: &Answers<'_>) -> String {
    let region = &answers.making().place.region;
    if region == "us-east-1" { "ec2.internal".into() } else { format!("{region}.compute.internal") }
}

fn launch_template(answers: &mut Answers<'_>) {
    let Some(prior) = answers.making().prior else { return };
    let latest = View::new(prior).i64("latest_version").unwrap_or(1) + 1;
    answers.change("latest_version", latest);
    if flag(answers, "update_default_version") {
        answers.change("default_version", latest);
    }
}

/// An address of the subnet that an object is in.
fn free_address(answers: &Answers<'_>) -> Option<String> {
    let subnet = answers.making().world.by_handle(answers.text("subnet_id")?)?;
    let (network, length) = View::new(&subnet).str("cidr_block")?.split_once('/')?;
    let network = u32::from(network.parse::<Ipv4Addr>().ok()?);
    let count = 1_u32.checked_shl(32_u32.checked_sub(length.parse().ok()?)?)?;
    // The first four and the last are reserved.
    let free = usize::try_from(count.checked_sub(5)?).ok()?;
    let offset = u32::try_from(answers.dice().below("address", free)).ok()?;
    Some(Ipv4Addr::from(network.checked_add(4 + offset)?).to_string())
}
