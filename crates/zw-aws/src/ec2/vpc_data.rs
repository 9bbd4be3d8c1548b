//! `aws_vpc` (data source): a VPC that exists.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::filters::{filter_blocks, tags};
use crate::toolkit::{computed, optional_computed};

pub(crate) fn schema() -> Schema {
    let find = |name, description| optional_computed(name, Type::String, description);
    let fact = |name, description| computed(name, Type::String, description);
    let flag = |name, description| computed(name, Type::Bool, description);
    let association =
        Type::object(["association_id", "cidr_block", "state"].map(|name| (name, Type::String)));
    Schema::new(
        "A VPC that exists.",
        [
            find("id", "The VPC's id."),
            find("cidr_block", "The IPv4 network."),
            find("dhcp_options_id", "The DHCP options."),
            find("state", "The state."),
            optional_computed("default", Type::Bool, "Whether it is the region's default VPC."),
            tags(),
            fact("arn", "The VPC's ARN."),
            fact("owner_id", "The account that owns the VPC."),
            fact("instance_tenancy", "The tenancy of instances."),
            fact("ipv6_association_id", "The id of the IPv6 network's association."),
            fact("ipv6_cidr_block", "The IPv6 network."),
            fact("main_route_table_id", "The main route table."),
            computed("cidr_block_associations", Type::list(association), "All IPv4 networks."),
            flag("enable_dns_hostnames", "Whether instances get DNS names."),
            flag("enable_dns_support", "Whether the VPC has a DNS resolver."),
            flag(
                "enable_network_address_usage_metrics",
                "Whether metrics of address usage are kept.",
            ),
        ],
        filter_blocks(),
    )
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::Value;
    use zw_provider::{DataSource, OpError, OpErrorKind, OpResult, View};

    use crate::ec2::filters::live::{filters, tags_value, the_only};
    use crate::ec2::live::filter;
    use crate::ec2::vpc::live::{find, show};
    use crate::toolkit::{Answer, AwsClients, Draft, Given};

    const FILTERS: [(&str, &str); 3] =
        [("cidr_block", "cidr"), ("dhcp_options_id", "dhcp-options-id"), ("state", "state")];

    pub(in crate::ec2) struct VpcData;

    #[async_trait]
    impl DataSource<AwsClients> for VpcData {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let view = View::new(config);
            let mut filters = filters(view, &FILTERS).unwrap_or_default();
            if let Some(default) = view.bool("default") {
                filters.push(filter("is-default", [default.to_string()]));
            }
            let call = client.ec2().describe_vpcs().set_vpc_ids(view.text("id").map(|id| vec![id]));
            let call = call.set_filters((!filters.is_empty()).then_some(filters));
            let found = call.into_paginator().items().send().try_collect().await;
            let found = the_only("VPC", found.of("ec2:DescribeVpcs")?)?;
            let id = found.vpc_id().unwrap_or_default();
            let all = find(client, vec![id.to_owned()]).await?.remove(id).ok_or_else(|| {
                OpError::new(OpErrorKind::NotFound, format!("{id} disappeared while it was read."))
            })?;
            let mut draft = Draft::answering(config);
            show(client, &mut draft, &all);
            draft
                .set("default", found.is_default.unwrap_or(false))
                .set("state", found.state().map(ToString::to_string))
                .set("tags", tags_value(client, found.tags()))
                .each(
                    "cidr_block_associations",
                    found.cidr_block_association_set(),
                    |draft, association| {
                        let state = association.cidr_block_state().and_then(|state| state.state());
                        draft
                            .set("association_id", association.association_id())
                            .set("cidr_block", association.cidr_block())
                            .set("state", state.map(ToString::to_string));
                    },
                );
            Ok(draft.finish())
        }
    }
}
