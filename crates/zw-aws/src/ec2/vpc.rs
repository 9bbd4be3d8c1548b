//! `aws_vpc`: a virtual private network.

use zw_lang::{Path, Type};
use zw_provider::schema::Schema;
use zw_provider::{OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::{between, ipv6_cidr, one_of, vpc_cidr};
use crate::toolkit::{
    Tags, changes, computed, forget, optional, optional_computed, tag_attributes,
};

pub(crate) fn schema() -> Schema {
    let computed_id = |name, description| computed(name, Type::String, description);
    Schema::new(
        "A virtual private network.",
        [
            computed_id("id", "The VPC's id."),
            computed_id("arn", "The VPC's ARN."),
            computed_id("owner_id", "The account that owns the VPC."),
            optional_computed("cidr_block", Type::String, "The IPv4 network of the VPC.")
                .force_new()
                .validate(vpc_cidr),
            optional(
                "ipv4_ipam_pool_id",
                Type::String,
                "The IPAM pool to take an IPv4 network from.",
            )
            .force_new(),
            optional(
                "ipv4_netmask_length",
                Type::Number,
                "The size of the network to take from the pool.",
            )
            .force_new()
            .validate(between!(16, 28)),
            optional(
                "assign_generated_ipv6_cidr_block",
                Type::Bool,
                "Whether Amazon gives the VPC an IPv6 network of size /56.",
            )
            .default(false),
            optional_computed(
                "ipv6_cidr_block",
                Type::String,
                "The IPv6 network of the VPC, from an IPAM pool.",
            )
            .validate(ipv6_cidr),
            optional(
                "ipv6_ipam_pool_id",
                Type::String,
                "The IPAM pool to take an IPv6 network from.",
            ),
            optional(
                "ipv6_netmask_length",
                Type::Number,
                "The size of the IPv6 network to take from the pool.",
            )
            .validate(between!(44, 60)),
            optional_computed(
                "ipv6_cidr_block_network_border_group",
                Type::String,
                "Where the IPv6 network is advertised.",
            ),
            computed_id(
                "ipv6_association_id",
                "The id of the IPv6 network's association with the VPC.",
            ),
            optional(
                "instance_tenancy",
                Type::String,
                "The tenancy of instances: `default` or `dedicated`.",
            )
            .default("default")
            .validate(one_of!("default", "dedicated")),
            optional("enable_dns_support", Type::Bool, "Whether the VPC has a DNS resolver.")
                .default(true),
            optional_computed(
                "enable_dns_hostnames",
                Type::Bool,
                "Whether instances get DNS names.",
            ),
            optional_computed(
                "enable_network_address_usage_metrics",
                Type::Bool,
                "Whether metrics of address usage are kept.",
            ),
            computed_id("default_network_acl_id", "The network ACL that subnets have at first."),
            computed_id("default_route_table_id", "The route table that subnets have at first."),
            computed_id(
                "default_security_group_id",
                "The security group that instances have at first.",
            ),
            computed_id("main_route_table_id", "The main route table."),
            computed_id("dhcp_options_id", "The DHCP options of the VPC."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .version(1)
    .import_id("id")
}

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Planned::unchanged(Tags::planned(&request));
    if changes(&request, &["assign_generated_ipv6_cidr_block", "ipv6_ipam_pool_id"]) {
        let ipv6 =
            ["ipv6_association_id", "ipv6_cidr_block", "ipv6_cidr_block_network_border_group"];
        planned.planned = forget(&request, &planned.planned, &ipv6);
    }
    // A VPC can stop being dedicated, but not become it.
    let tenancy = "instance_tenancy";
    let (old, new) = (View::new(request.prior), View::new(request.planned));
    if changes(&request, &[tenancy])
        && (old.str(tenancy), new.str(tenancy)) != (Some("dedicated"), Some("default"))
    {
        planned.force_new.push(Path::attr_of_root(tenancy));
    }
    Ok(planned)
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{
        AttributeBooleanValue, Filter, ResourceType, Tenancy, Vpc as Description, VpcAttributeName,
        VpcCidrBlockStateCode, VpcIpv6CidrBlockAssociation, VpcState, VpcTenancy,
    };
    use futures_util::stream::{self, StreamExt};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, READS_AT_ONCE_MAX, ReadRequest,
        Resource, UpdateRequest, View,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{
        FoundBy, bears_token, filter, id_of, once, pairs, tag_specification, token_filter,
        update_tags,
    };
    use crate::toolkit::{
        Answer, AwsClients, Draft, FILTER_VALUES_MAX, Progress, Wait, created, found_again,
        gathered, imported, one, read_batched, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(10);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(5);
    const IPV6_TIMEOUT: Duration = Duration::from_mins(10);
    const ATTRIBUTE_TIMEOUT: Duration = Duration::from_mins(2);

    pub(in crate::ec2) struct Vpc;

    #[async_trait]
    impl Resource<AwsClients> for Vpc {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let generated = planned.bool("assign_generated_ipv6_cidr_block").unwrap_or(false);
            let tags = tag_specification(client, ResourceType::Vpc, &request, FoundBy::Tag);
            let answer = client
                .ec2()
                .create_vpc()
                .set_cidr_block(planned.string("cidr_block"))
                .set_ipv4_ipam_pool_id(planned.string("ipv4_ipam_pool_id"))
                .set_ipv4_netmask_length(planned.i32("ipv4_netmask_length"))
                .set_amazon_provided_ipv6_cidr_block(generated.then_some(true))
                .set_ipv6_cidr_block(planned.string("ipv6_cidr_block"))
                .set_ipv6_ipam_pool_id(planned.string("ipv6_ipam_pool_id"))
                .set_ipv6_netmask_length(planned.i32("ipv6_netmask_length"))
                .set_ipv6_cidr_block_network_border_group(
                    planned.string("ipv6_cidr_block_network_border_group"),
                )
                .set_instance_tenancy(planned.str("instance_tenancy").map(Tenancy::from))
                .set_tag_specifications(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("ec2:CreateVpc");
            let answer = answer.map(|answer| answer.vpc.and_then(|vpc| vpc.vpc_id));
            let id = match id_of(answer, find_id(client, &request.token)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            created(self, client, &request, &id, configure(client, &id, planned)).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| find(client, ids);
            let build = |prior: &Value, found: &Found| Some(object(client, prior, found));
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let id = old.str_or_empty("id");
            for attribute in &SWITCHES {
                let wanted = new.bool(attribute.name);
                if let Some(wanted) = wanted.filter(|_| wanted != old.bool(attribute.name)) {
                    attribute.set(client, id, wanted).await?;
                }
            }
            if old.str("instance_tenancy") != new.str("instance_tenancy") {
                client
                    .ec2()
                    .modify_vpc_tenancy()
                    .vpc_id(id)
                    .instance_tenancy(VpcTenancy::Default)
                    .send()
                    .await
                    .of("ec2:ModifyVpcTenancy")?;
            }
            update_ipv6(client, old, new).await?;
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let id = View::new(&request.prior).str_or_empty("id");
            Wait::new(format!("{id} to be deleted"), DELETE_TIMEOUT)
                .until_deleted(|| async {
                    client.ec2().delete_vpc().vpc_id(id).send().await.of("ec2:DeleteVpc").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_vpc", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let id = find_id(client, &request.token).await?;
            found_again(self, client, request, id).await
        }
    }

    async fn find_id(client: &AwsClients, token: &str) -> OpResult<Option<String>> {
        let found = describe(client, token_filter(token)).await?;
        let mut found = found.into_iter();
        Ok(found.find(|(_, found)| bears_token(found.tags(), token)).map(|(id, _)| id))
    }

    /// What is said of a VPC in several answers.
    #[derive(Clone)]
    pub(in crate::ec2) struct Found {
        vpc: Description,
        switches: [bool; 3],
        default_acl: Option<String>,
        default_group: Option<String>,
        main_route_table: Option<String>,
    }

    /// A property that has calls of its own.
    struct Switch {
        name: &'static str,
        api: VpcAttributeName,
        of_new: bool,
    }

    const SWITCHES: [Switch; 3] = [
        Switch {
            name: "enable_dns_support",
            api: VpcAttributeName::EnableDnsSupport,
            of_new: true,
        },
        Switch {
            name: "enable_dns_hostnames",
            api: VpcAttributeName::EnableDnsHostnames,
            of_new: false,
        },
        Switch {
            name: "enable_network_address_usage_metrics",
            api: VpcAttributeName::EnableNetworkAddressUsageMetrics,
            of_new: false,
        },
    ];

    impl Switch {
        async fn get(&self, client: &AwsClients, id: &str) -> OpResult<bool> {
            let call = client.ec2().describe_vpc_attribute().vpc_id(id).attribute(self.api.clone());
            let answer = call.send().await.of("ec2:DescribeVpcAttribute")?;
            let value = match self.api {
                VpcAttributeName::EnableDnsSupport => answer.enable_dns_support,
                VpcAttributeName::EnableDnsHostnames => answer.enable_dns_hostnames,
                _ => answer.enable_network_address_usage_metrics,
            };
            Ok(value.and_then(|value| value.value).unwrap_or(false))
        }

        async fn set(&self, client: &AwsClients, id: &str, wanted: bool) -> OpResult<()> {
            let call = client.ec2().modify_vpc_attribute().vpc_id(id);
            let value = AttributeBooleanValue::builder().value(wanted).build();
            let call = match self.api {
                VpcAttributeName::EnableDnsSupport => call.enable_dns_support(value),
                VpcAttributeName::EnableDnsHostnames => call.enable_dns_hostnames(value),
                _ => call.enable_network_address_usage_metrics(value),
            };
            call.send().await.of("ec2:ModifyVpcAttribute")?;
            Wait::new(format!("{} of {id} to become {wanted}", self.name), ATTRIBUTE_TIMEOUT)
                .until(|| async {
                    Ok(match self.get(client, id).await? {
                        now if now == wanted => Progress::Ready(()),
                        now => Progress::Pending(now.to_string()),
                    })
                })
                .await
        }
    }

    /// What cannot be said in the call that creates a VPC.
    async fn configure(client: &AwsClients, id: &str, planned: View<'_>) -> OpResult<()> {
        Wait::new(format!("{id} to become available"), CREATE_TIMEOUT)
            .until(|| async {
                let found = describe(client, filter("vpc-id", [id])).await?;
                Ok(match found.get(id).and_then(|vpc| vpc.state.clone()) {
                    Some(VpcState::Available) => Progress::Ready(()),
                    Some(state) => Progress::Pending(state.to_string()),
                    None => Progress::Pending("not found".into()),
                })
            })
            .await?;
        for attribute in &SWITCHES {
            let wanted = planned.bool(attribute.name);
            if let Some(wanted) = wanted.filter(|wanted| *wanted != attribute.of_new) {
                attribute.set(client, id, wanted).await?;
            }
        }
        Ok(())
    }

    async fn update_ipv6(client: &AwsClients, old: View<'_>, new: View<'_>) -> OpResult<()> {
        let names = ["assign_generated_ipv6_cidr_block", "ipv6_ipam_pool_id"];
        let changed = names.iter().any(|name| old.get(name) != new.get(name))
            || (new.get("ipv6_cidr_block").is_some()
                && old.get("ipv6_cidr_block") != new.get("ipv6_cidr_block"));
        if !changed {
            return Ok(());
        }
        let id = old.str_or_empty("id");
        if let Some(association) = old.str("ipv6_association_id").filter(|id| !id.is_empty()) {
            client
                .ec2()
                .disassociate_vpc_cidr_block()
                .association_id(association)
                .send()
                .await
                .if_found("ec2:DisassociateVpcCidrBlock")?;
            wait_for_ipv6(client, id, association, false).await?;
        }
        let generated = new.bool("assign_generated_ipv6_cidr_block").unwrap_or(false);
        let pool = new.string("ipv6_ipam_pool_id");
        if !generated && pool.is_none() {
            return Ok(());
        }
        let answer = client
            .ec2()
            .associate_vpc_cidr_block()
            .vpc_id(id)
            .set_amazon_provided_ipv6_cidr_block(generated.then_some(true))
            .set_ipv6_cidr_block_network_border_group(
                new.string("ipv6_cidr_block_network_border_group"),
            )
            .set_ipv6_ipam_pool_id(pool)
            .set_ipv6_cidr_block(new.string("ipv6_cidr_block"))
            .set_ipv6_netmask_length(new.i32("ipv6_netmask_length"))
            .send()
            .await
            .of("ec2:AssociateVpcCidrBlock")?;
        let association = answer.ipv6_cidr_block_association.and_then(|found| found.association_id);
        wait_for_ipv6(client, id, &association.unwrap_or_default(), true).await
    }

    /// Waits until an IPv6 network is associated with the VPC, or is not any more.
    async fn wait_for_ipv6(
        client: &AwsClients,
        id: &str,
        association: &str,
        wanted: bool,
    ) -> OpResult<()> {
        let verb = if wanted { "associated" } else { "disassociated" };
        Wait::new(format!("{association} of {id} to be {verb}"), IPV6_TIMEOUT)
            .until(|| async {
                let found = describe(client, filter("vpc-id", [id])).await?;
                let state = found
                    .get(id)
                    .into_iter()
                    .flat_map(Description::ipv6_cidr_block_association_set)
                    .find(|found| found.association_id() == Some(association))
                    .and_then(|found| found.ipv6_cidr_block_state()?.state.clone());
                Ok(match state {
                    Some(VpcCidrBlockStateCode::Associated) if wanted => Progress::Ready(()),
                    Some(VpcCidrBlockStateCode::Disassociated) | None if !wanted => {
                        Progress::Ready(())
                    }
                    state => Progress::Pending(format!("{state:?}")),
                })
            })
            .await
    }

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        describe_by_id!(client, describe_vpcs, "ec2:DescribeVpcs", vpc_id, filter)
    }

    pub(in crate::ec2) async fn find(
        client: &AwsClients,
        ids: Vec<String>,
    ) -> OpResult<HashMap<String, Found>> {
        let ask = |ids| find_all(client, ids);
        gathered(&client.gathering, "ec2:DescribeVpcs", ids, FILTER_VALUES_MAX, ask).await
    }

    /// Four calls for all, and three for each that the API has for one only.
    async fn find_all(client: &AwsClients, ids: Vec<String>) -> OpResult<HashMap<String, Found>> {
        let ec2 = client.ec2();
        let vpcs = describe(client, filter("vpc-id", ids.clone())).await?;
        let mut found = HashMap::new();
        if vpcs.is_empty() {
            return Ok(found);
        }
        let of_vpcs = filter("vpc-id", ids);
        let call = ec2.describe_network_acls().filters(of_vpcs.clone());
        let acls = call.filters(filter("default", ["true"])).into_paginator().items().send();
        let acls = acls.try_collect().await.of("ec2:DescribeNetworkAcls")?;
        let call = ec2.describe_security_groups().filters(of_vpcs.clone());
        let groups = call.filters(filter("group-name", ["default"])).into_paginator().items();
        let groups = groups.send().try_collect().await.of("ec2:DescribeSecurityGroups")?;
        let call = ec2.describe_route_tables().filters(of_vpcs);
        let tables = call.filters(filter("association.main", ["true"])).into_paginator().items();
        let tables = tables.send().try_collect().await.of("ec2:DescribeRouteTables")?;
        let switches = async |(id, vpc): (String, Description)| {
            let [support, hostnames, metrics] = &SWITCHES;
            let switches = tokio::try_join!(
                support.get(client, &id),
                hostnames.get(client, &id),
                metrics.get(client, &id),
            )?;
            Ok((id, vpc, switches))
        };
        let asked: Vec<_> = vpcs.into_iter().map(switches).collect();
        let mut answers = stream::iter(asked).buffered(READS_AT_ONCE_MAX);
        while let Some(answer) = answers.next().await {
            let (id, vpc, switches) = answer?;
            let is_own = |vpc_id: Option<&str>| vpc_id == Some(id.as_str());
            let acl = acls.iter().find(|acl| is_own(acl.vpc_id()));
            let group = groups.iter().find(|group| is_own(group.vpc_id()));
            let table = tables.iter().find(|table| is_own(table.vpc_id()));
            let found_vpc = Found {
                switches: switches.into(),
                default_acl: acl.and_then(|acl| acl.network_acl_id.clone()),
                default_group: group.and_then(|group| group.group_id.clone()),
                main_route_table: table.and_then(|table| table.route_table_id.clone()),
                vpc,
            };
            found.insert(id, found_vpc);
        }
        Ok(found)
    }

    fn object(client: &AwsClients, prior: &Value, found: &Found) -> Value {
        let vpc = &found.vpc;
        let mut draft = Draft::from(prior);
        show(client, &mut draft, found);
        draft
            .set("default_network_acl_id", found.default_acl.as_deref())
            .set("default_route_table_id", found.main_route_table.as_deref())
            .set("default_security_group_id", found.default_group.as_deref());
        show_ipv6(&mut draft, prior, vpc);
        client.tags.show(&mut draft, pairs(vpc.tags()));
        draft.finish()
    }

    /// Sets what the resource and the data source show alike.
    pub(in crate::ec2) fn show(client: &AwsClients, draft: &mut Draft, found: &Found) {
        let vpc = &found.vpc;
        let (id, owner) = (vpc.vpc_id().unwrap_or_default(), vpc.owner_id().unwrap_or_default());
        let ipv6 = associated(vpc, None);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", owner, &format!("vpc/{id}")))
            .set("owner_id", owner)
            .set("cidr_block", vpc.cidr_block())
            .set("dhcp_options_id", vpc.dhcp_options_id())
            .set("instance_tenancy", vpc.instance_tenancy().map(Tenancy::as_str))
            .set("ipv6_association_id", ipv6.and_then(|ipv6| ipv6.association_id()))
            .set("ipv6_cidr_block", ipv6.and_then(|ipv6| ipv6.ipv6_cidr_block()))
            .set("main_route_table_id", found.main_route_table.as_deref());
        for (attribute, value) in SWITCHES.iter().zip(found.switches) {
            draft.set(attribute.name, value);
        }
    }

    /// The IPv6 network with the association `known` or, if that is gone, another one.
    fn associated<'a>(
        vpc: &'a Description,
        known: Option<&str>,
    ) -> Option<&'a VpcIpv6CidrBlockAssociation> {
        let is_associated = |found: &&VpcIpv6CidrBlockAssociation| {
            let state = found.ipv6_cidr_block_state().and_then(|state| state.state.as_ref());
            state == Some(&VpcCidrBlockStateCode::Associated)
        };
        let all = || vpc.ipv6_cidr_block_association_set().iter().filter(is_associated);
        all().find(|found| found.association_id() == known).or_else(|| all().next())
    }

    fn show_ipv6(draft: &mut Draft, prior: &Value, vpc: &Description) {
        let found = associated(vpc, View::new(prior).str("ipv6_association_id"));
        let pool = found.and_then(|found| found.ipv6_pool());
        draft
            .set("assign_generated_ipv6_cidr_block", pool == Some("Amazon"))
            .set("ipv6_association_id", found.and_then(|found| found.association_id()))
            .set("ipv6_cidr_block", found.and_then(|found| found.ipv6_cidr_block()))
            .set(
                "ipv6_cidr_block_network_border_group",
                found.and_then(|found| found.network_border_group()),
            );
        // The API says only that a pool is IPAM's, not which one.
        if found.is_none() {
            draft.set("ipv6_ipam_pool_id", None::<&str>).set("ipv6_netmask_length", None::<&str>);
        }
    }
}
