//! `aws_subnet` (data source): a subnet that exists.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::filters::{filter_blocks, tags};
use crate::toolkit::{computed, optional_computed};

pub(crate) fn schema() -> Schema {
    let find = |name, description| optional_computed(name, Type::String, description);
    let fact = |name, description| computed(name, Type::String, description);
    let flag = |name, description| computed(name, Type::Bool, description);
    Schema::new(
        "A subnet that exists.",
        [
            find("id", "The subnet's id."),
            find("availability_zone", "The availability zone."),
            find("availability_zone_id", "The zone's id, which is the same in all accounts."),
            find("cidr_block", "The IPv4 network."),
            find("ipv6_cidr_block", "The IPv6 network."),
            find("state", "The state."),
            find("vpc_id", "The VPC."),
            optional_computed(
                "default_for_az",
                Type::Bool,
                "Whether it is the zone's default subnet.",
            ),
            tags(),
            fact("arn", "The subnet's ARN."),
            fact("owner_id", "The account that owns the subnet."),
            fact("ipv6_cidr_block_association_id", "The id of the IPv6 network's association."),
            fact("customer_owned_ipv4_pool", "The customer's pool of addresses."),
            fact("outpost_arn", "The Outpost."),
            fact("private_dns_hostname_type_on_launch", "What names of instances are made of."),
            computed("available_ip_address_count", Type::Number, "How many addresses are free."),
            computed(
                "enable_lni_at_device_index",
                Type::Number,
                "Where local network interfaces begin.",
            ),
            flag(
                "assign_ipv6_address_on_creation",
                "Whether network interfaces get an IPv6 address.",
            ),
            flag("enable_dns64", "Whether the resolver makes IPv6 addresses of IPv4 ones."),
            flag(
                "enable_resource_name_dns_a_record_on_launch",
                "Whether names of instances resolve to IPv4 addresses.",
            ),
            flag(
                "enable_resource_name_dns_aaaa_record_on_launch",
                "Whether names of instances resolve to IPv6 addresses.",
            ),
            flag("ipv6_native", "Whether the subnet has IPv6 only."),
            flag(
                "map_customer_owned_ip_on_launch",
                "Whether network interfaces get an address of the customer's pool.",
            ),
            flag("map_public_ip_on_launch", "Whether instances get a public address."),
        ],
        filter_blocks(),
    )
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::Value;
    use zw_provider::{DataSource, OpResult, View};

    use crate::ec2::filters::live::{filters, tags_value, the_only};
    use crate::ec2::subnet::live::show;
    use crate::toolkit::{Answer, AwsClients, Draft, Given};

    const FILTERS: [(&str, &str); 6] = [
        ("availability_zone", "availabilityZone"),
        ("availability_zone_id", "availabilityZoneId"),
        ("cidr_block", "cidrBlock"),
        ("ipv6_cidr_block", "ipv6-cidr-block-association.ipv6-cidr-block"),
        ("state", "state"),
        ("vpc_id", "vpc-id"),
    ];

    pub(in crate::ec2) struct SubnetData;

    #[async_trait]
    impl DataSource<AwsClients> for SubnetData {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let view = View::new(config);
            let mut filters = filters(view, &FILTERS).unwrap_or_default();
            if let Some(default) = view.bool("default_for_az") {
                filters.push(crate::ec2::live::filter("defaultForAz", [default.to_string()]));
            }
            let call =
                client.ec2().describe_subnets().set_subnet_ids(view.text("id").map(|id| vec![id]));
            let call = call.set_filters((!filters.is_empty()).then_some(filters));
            let found = call.into_paginator().items().send().try_collect().await;
            let found = the_only("subnet", found.of("ec2:DescribeSubnets")?)?;
            let mut draft = Draft::answering(config);
            show(&mut draft, &found);
            draft
                .set("available_ip_address_count", found.available_ip_address_count)
                .set("default_for_az", found.default_for_az)
                .set("state", found.state().map(ToString::to_string))
                .set("tags", tags_value(client, found.tags()));
            Ok(draft.finish())
        }
    }
}
