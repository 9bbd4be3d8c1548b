//! EC2 and VPC.

mod acl_entries;
mod ami;
mod availability_zones;
mod ebs_volume;
mod egress_only_internet_gateway;
mod eip;
mod filters;
mod flow_log;
mod instance;
mod internet_gateway;
mod key_pair;
mod launch_template;
mod nat_gateway;
mod network_acl;
mod network_acl_rule;
mod permissions;
mod region;
mod route;
mod route_table;
mod route_table_association;
mod routes;
mod security_group;
mod security_group_rule;
mod subnet;
mod subnet_data;
mod subnets;
mod volume_attachment;
mod vpc;
mod vpc_data;
mod vpc_dhcp_options;
mod vpc_dhcp_options_association;
mod vpc_endpoint;
mod vpc_peering_connection;
mod vpc_security_group_egress_rule;
mod vpc_security_group_ingress_rule;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_ebs_volume", ebs_volume::schema())
        .plan_hook("aws_ebs_volume", ebs_volume::plan)
        .resource("aws_egress_only_internet_gateway", egress_only_internet_gateway::schema())
        .resource("aws_eip", eip::schema())
        .plan_hook("aws_eip", eip::plan)
        .validate_hook("aws_eip", eip::validate)
        .resource("aws_flow_log", flow_log::schema())
        .validate_hook("aws_flow_log", flow_log::validate)
        .resource("aws_instance", instance::schema())
        .plan_hook("aws_instance", instance::plan)
        .validate_hook("aws_instance", instance::validate)
        .resource("aws_internet_gateway", internet_gateway::schema())
        .resource("aws_key_pair", key_pair::schema())
        .validate_hook("aws_key_pair", key_pair::validate)
        .resource("aws_launch_template", launch_template::schema())
        .plan_hook("aws_launch_template", launch_template::plan)
        .validate_hook("aws_launch_template", launch_template::validate)
        .resource("aws_nat_gateway", nat_gateway::schema())
        .plan_hook("aws_nat_gateway", nat_gateway::plan)
        .validate_hook("aws_nat_gateway", nat_gateway::validate)
        .resource("aws_network_acl", network_acl::schema())
        .resource("aws_network_acl_rule", network_acl_rule::schema())
        .validate_hook("aws_network_acl_rule", network_acl_rule::validate)
        .resource("aws_route", route::schema())
        .plan_hook("aws_route", route::plan)
        .validate_hook("aws_route", route::validate)
        .resource("aws_route_table", route_table::schema())
        .resource("aws_route_table_association", route_table_association::schema())
        .plan_hook("aws_route_table_association", route_table_association::plan)
        .validate_hook("aws_route_table_association", route_table_association::validate)
        .resource("aws_security_group", security_group::schema())
        .validate_hook("aws_security_group", security_group::validate)
        .resource("aws_subnet", subnet::schema())
        .plan_hook("aws_subnet", subnet::plan)
        .resource("aws_volume_attachment", volume_attachment::schema())
        .resource("aws_vpc", vpc::schema())
        .plan_hook("aws_vpc", vpc::plan)
        .resource("aws_vpc_dhcp_options", vpc_dhcp_options::schema())
        .resource("aws_vpc_dhcp_options_association", vpc_dhcp_options_association::schema())
        .plan_hook("aws_vpc_dhcp_options_association", vpc_dhcp_options_association::plan)
        .resource("aws_vpc_endpoint", vpc_endpoint::schema())
        .plan_hook("aws_vpc_endpoint", vpc_endpoint::plan)
        .resource("aws_vpc_peering_connection", vpc_peering_connection::schema())
        .resource("aws_vpc_security_group_egress_rule", vpc_security_group_egress_rule::schema())
        .plan_hook("aws_vpc_security_group_egress_rule", vpc_security_group_egress_rule::plan)
        .validate_hook(
            "aws_vpc_security_group_egress_rule",
            vpc_security_group_egress_rule::validate,
        )
        .resource("aws_vpc_security_group_ingress_rule", vpc_security_group_ingress_rule::schema())
        .plan_hook("aws_vpc_security_group_ingress_rule", vpc_security_group_ingress_rule::plan)
        .validate_hook(
            "aws_vpc_security_group_ingress_rule",
            vpc_security_group_ingress_rule::validate,
        )
        .data_source("aws_ami", ami::schema())
        .data_source("aws_availability_zones", availability_zones::schema())
        .data_source("aws_region", region::schema())
        .data_source("aws_subnet", subnet_data::schema())
        .data_source("aws_subnets", subnets::schema())
        .data_source("aws_vpc", vpc_data::schema());
}

#[cfg(feature = "ec2")]
pub(crate) use live::operations;

/// What a paginated describe call of EC2 finds, by id. With the filter that is named like the id it shares its calls with
/// whoever else asks for such objects.
#[cfg(feature = "ec2")]
macro_rules! describe_by_id {
    ($client:expr, $call:ident, $operation:literal, $id:ident, $filter:expr) => {{
        let ask = async |filter: aws_sdk_ec2::types::Filter| {
            let call = $client.ec2().$call().filters(filter).into_paginator().items();
            let found: Vec<_> = call.send().try_collect().await.of($operation)?;
            Ok(found.into_iter().filter_map(|item| Some((item.$id.clone()?, item))).collect())
        };
        crate::ec2::live::described($client, $operation, stringify!($id), $filter, ask).await
    }};
}
#[cfg(feature = "ec2")]
use describe_by_id;

#[cfg(feature = "ec2")]
mod live {
    //! What all types of EC2 have in common.

    use std::collections::HashMap;

    use aws_sdk_ec2::config::Builder;
    use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
    use zw_lang::Value;
    use zw_provider::{CreateRequest, OpError, OpErrorKind, OpResult, Operations, View};

    use super::{
        ami, availability_zones, ebs_volume, egress_only_internet_gateway, eip, flow_log, instance,
        internet_gateway, key_pair, launch_template, nat_gateway, network_acl, network_acl_rule,
        region, route, route_table, route_table_association, security_group, subnet, subnet_data,
        subnets, volume_attachment, vpc, vpc_data, vpc_dhcp_options, vpc_dhcp_options_association,
        vpc_endpoint, vpc_peering_connection, vpc_security_group_egress_rule,
        vpc_security_group_ingress_rule,
    };
    use crate::toolkit::{
        Answer, AwsClients, FILTER_VALUES_MAX, New, NoRetryOfUncertain, Register, TOKEN_TAG,
        TagChange, gathered,
    };

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(ebs_volume::live::EbsVolume)
            .add(egress_only_internet_gateway::live::EgressOnlyInternetGateway)
            .add(flow_log::live::FlowLog)
            .add(key_pair::live::KeyPair)
            .add(network_acl::live::NetworkAcl)
            .add(network_acl_rule::live::NetworkAclRule)
            .add(volume_attachment::live::VolumeAttachment)
            .add(vpc_dhcp_options::live::VpcDhcpOptions)
            .add(vpc_dhcp_options_association::live::VpcDhcpOptionsAssociation)
            .add(vpc_endpoint::live::VpcEndpoint)
            .add(vpc_peering_connection::live::VpcPeeringConnection)
            .resource("aws_eip", eip::live::Eip)
            .resource("aws_instance", instance::live::Instance)
            .resource("aws_internet_gateway", internet_gateway::live::InternetGateway)
            .resource("aws_launch_template", launch_template::live::LaunchTemplate)
            .resource("aws_nat_gateway", nat_gateway::live::NatGateway)
            .resource("aws_route", route::live::Route)
            .resource("aws_route_table", route_table::live::RouteTable)
            .resource(
                "aws_route_table_association",
                route_table_association::live::RouteTableAssociation,
            )
            .resource("aws_security_group", security_group::live::SecurityGroup)
            .resource("aws_subnet", subnet::live::Subnet)
            .resource("aws_vpc", vpc::live::Vpc)
            .resource(
                "aws_vpc_security_group_egress_rule",
                vpc_security_group_egress_rule::live::RULE,
            )
            .resource(
                "aws_vpc_security_group_ingress_rule",
                vpc_security_group_ingress_rule::live::RULE,
            )
            .data_source("aws_ami", ami::live::Ami)
            .data_source("aws_availability_zones", availability_zones::live::AvailabilityZones)
            .data_source("aws_region", region::live::Region)
            .data_source("aws_subnet", subnet_data::live::SubnetData)
            .data_source("aws_subnets", subnets::live::Subnets)
            .data_source("aws_vpc", vpc_data::live::VpcData);
    }

    /// How a new object can be found again, should the creation be interrupted.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(super) enum FoundBy {
        /// By a name or another natural key.
        Key,
        /// By a hidden tag. AWS remembers client tokens for a day only, and emulators not at all.
        Tag,
    }

    /// The tags of a new object.
    pub(super) fn tag_specification(
        client: &AwsClients,
        resource_type: ResourceType,
        request: &CreateRequest,
        found_by: FoundBy,
    ) -> Option<Vec<TagSpecification>> {
        let token = (found_by == FoundBy::Tag).then_some(request.token.as_str());
        specification(client, resource_type, &request.planned, token)
    }

    /// The same for what is written as a [`toolkit::ResourceType`](crate::toolkit::ResourceType).
    pub(super) fn tags_of_new(
        client: &AwsClients,
        resource_type: ResourceType,
        new: &New<'_>,
        found_by: FoundBy,
    ) -> Option<Vec<TagSpecification>> {
        let token = (found_by == FoundBy::Tag).then_some(new.token);
        specification(client, resource_type, new.planned.value(), token)
    }

    fn specification(
        client: &AwsClients,
        resource_type: ResourceType,
        planned: &Value,
        token: Option<&str>,
    ) -> Option<Vec<TagSpecification>> {
        let wanted = client.tags.wanted(planned).into_iter();
        let mut tags: Vec<Tag> = wanted.map(|(key, value)| tag(key, value)).collect();
        tags.extend(token.map(|token| tag(TOKEN_TAG, token)));
        if tags.is_empty() {
            return None;
        }
        let specification = TagSpecification::builder();
        Some(vec![specification.resource_type(resource_type).set_tags(Some(tags)).build()])
    }

    /// For creations: they are not sent twice, unless they certainly did nothing the first time. Those with a client
    /// token neither: not every endpoint knows it, and what was made is found in other ways.
    pub(super) fn once() -> Builder {
        Builder::new().retry_classifier(NoRetryOfUncertain)
    }

    /// The id of what a creation made. Where it is not known whether it took effect, `look` says what came of it.
    pub(super) async fn id_of(
        answer: OpResult<Option<String>>,
        look: impl Future<Output = OpResult<Option<String>>>,
    ) -> OpResult<String> {
        match answer {
            Ok(Some(id)) => Ok(id),
            Ok(None) => {
                Err(OpError::new(OpErrorKind::Other, "The answer does not say what was created."))
            }
            Err(error) if error.kind == OpErrorKind::Unreachable => match look.await {
                Ok(Some(id)) => Ok(id),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Keys and values.
    pub(super) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (String, String)> {
        tags.iter()
            .filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())))
    }

    /// Changes tags of an object from what they are to what is planned.
    pub(super) async fn update_tags(
        client: &AwsClients,
        prior: &Value,
        planned: &Value,
    ) -> OpResult<()> {
        let id = View::new(prior).str_or_empty("id");
        retag(client, id, client.tags.change(prior, planned)).await
    }

    /// Changes tags of the object of that id.
    pub(super) async fn retag(client: &AwsClients, id: &str, tags: TagChange) -> OpResult<()> {
        remove_tags(client, id, tags.removed).await?;
        put_tags(client, id, tags.set).await
    }

    /// Takes tags from an object.
    pub(super) async fn remove_tags(
        client: &AwsClients,
        id: &str,
        keys: Vec<String>,
    ) -> OpResult<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let tags = keys.into_iter().map(|key| Tag::builder().key(key).build()).collect();
        let call = client.ec2().delete_tags().resources(id).set_tags(Some(tags));
        call.send().await.of("ec2:DeleteTags").map(drop)
    }

    /// Gives tags to an object.
    pub(super) async fn put_tags(
        client: &AwsClients,
        id: &str,
        tags: impl IntoIterator<Item = (String, String)>,
    ) -> OpResult<()> {
        let tags: Vec<Tag> = tags.into_iter().map(|(key, value)| tag(key, value)).collect();
        if tags.is_empty() {
            return Ok(());
        }
        let call = client.ec2().create_tags().resources(id).set_tags(Some(tags));
        call.send().await.of("ec2:CreateTags").map(drop)
    }

    /// A filter of a describe call.
    pub(super) fn filter<S: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = S>,
    ) -> Filter {
        let values = values.into_iter().map(Into::into).collect();
        Filter::builder().name(name).set_values(Some(values)).build()
    }

    /// The answer to a describe call with one filter. `id` is the field of an object that has its id.
    pub(super) async fn described<T, Fut>(
        client: &AwsClients,
        operation: &'static str,
        id: &str,
        by: Filter,
        ask: impl Fn(Filter) -> Fut,
    ) -> OpResult<HashMap<String, T>>
    where
        T: Clone + Send + 'static,
        Fut: Future<Output = OpResult<HashMap<String, T>>>,
    {
        let name = id.replace('_', "-");
        if by.name() != Some(&name) {
            return ask(by).await;
        }
        let ids = by.values().to_vec();
        let ask = |ids| ask(filter(&name, ids));
        gathered(&client.gathering, operation, ids, FILTER_VALUES_MAX, ask).await
    }

    /// Objects by id, where not every endpoint has a filter for ids: one is asked for by its id, and only several together.
    pub(super) async fn by_ids<T, One, Many>(
        client: &AwsClients,
        operation: &'static str,
        ids: Vec<String>,
        one: impl Fn(String) -> One,
        many: impl Fn(Vec<String>) -> Many,
    ) -> OpResult<HashMap<String, T>>
    where
        T: Clone + Send + 'static,
        One: Future<Output = OpResult<Option<T>>>,
        Many: Future<Output = OpResult<HashMap<String, T>>>,
    {
        let ask = async |ids: Vec<String>| match <[String; 1]>::try_from(ids) {
            Ok([id]) => Ok(one(id.clone()).await?.map(|found| (id, found)).into_iter().collect()),
            Err(ids) => many(ids).await,
        };
        gathered(&client.gathering, operation, ids, FILTER_VALUES_MAX, ask).await
    }

    /// The filter that finds what a creation of this token made.
    pub(super) fn token_filter(token: &str) -> Filter {
        filter(format!("tag:{TOKEN_TAG}"), [token])
    }

    /// The id of the object that bears the token of its creation.
    pub(super) fn bearer<T>(
        found: HashMap<String, T>,
        token: &str,
        tags: impl Fn(&T) -> &[Tag],
    ) -> Option<String> {
        let mut found = found.into_iter();
        found.find(|(_, found)| bears_token(tags(found), token)).map(|(id, _)| id)
    }

    /// Whether an object bears the token of its creation. Not every endpoint heeds filters, and to take over the
    /// wrong object is worse than to find none.
    pub(super) fn bears_token(tags: &[Tag], token: &str) -> bool {
        tags.iter().any(|tag| tag.key() == Some(TOKEN_TAG) && tag.value() == Some(token))
    }

    fn tag(key: impl Into<String>, value: impl Into<String>) -> Tag {
        Tag::builder().key(key).value(value).build()
    }
}
