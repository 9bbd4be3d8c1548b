//! `aws_vpc_endpoint`: a way from a VPC to a service that does not lead over the internet.

use zw_lang::Type;
use zw_provider::schema::{Block, Equality, NestedBlock, Nesting, Schema};
use zw_provider::{OpResult, PlanRequest, Planned};

use crate::toolkit::validate::{json, one_of};
use crate::toolkit::{
    Tags, changes, computed, forget, list_of_strings, optional, optional_computed, required,
    set_of_strings, tag_attributes, timeouts_block,
};

pub(crate) fn schema() -> Schema {
    let entry = Type::object([("dns_name", Type::String), ("hosted_zone_id", Type::String)]);
    Schema::new(
        "A way from a VPC to a service that does not lead over the internet.",
        [
            computed("id", Type::String, "The endpoint's id."),
            computed("arn", Type::String, "The endpoint's ARN."),
            computed("cidr_blocks", list_of_strings(), "Networks of the service; of a gateway."),
            computed("dns_entry", Type::list(entry), "Names of the endpoint in DNS."),
            computed("network_interface_ids", set_of_strings(), "Interfaces in the subnets."),
            computed("owner_id", Type::String, "The account that owns the endpoint."),
            computed("prefix_list_id", Type::String, "The service's prefix list; of a gateway."),
            computed("requester_managed", Type::Bool, "Whether a service of AWS manages it."),
            computed("state", Type::String, "The state of the endpoint."),
            required("vpc_id", Type::String, "The VPC.").force_new(),
            optional_computed("service_name", Type::String, "The service.").force_new(),
            optional_computed("service_region", Type::String, "The region of the service.")
                .force_new(),
            optional(
                "resource_configuration_arn",
                Type::String,
                "A resource instead of a service.",
            )
            .force_new(),
            optional("service_network_arn", Type::String, "A network instead of a service.")
                .force_new(),
            optional("vpc_endpoint_type", Type::String, "What kind of endpoint it is.")
                .default("Gateway")
                .force_new()
                .validate(one_of!(
                    "Gateway",
                    "GatewayLoadBalancer",
                    "Interface",
                    "Resource",
                    "ServiceNetwork",
                )),
            optional_computed("ip_address_type", Type::String, "Which addresses it has.")
                .validate(one_of!("ipv4", "dualstack", "ipv6")),
            optional_computed("policy", Type::String, "Who may do what through the endpoint.")
                .equality(Equality::Policy)
                .validate(json),
            optional_computed(
                "private_dns_enabled",
                Type::Bool,
                "Whether the service's own name leads to the endpoint.",
            ),
            optional_computed("route_table_ids", set_of_strings(), "Route tables; of a gateway."),
            optional_computed("security_group_ids", set_of_strings(), "Security groups."),
            optional_computed("subnet_ids", set_of_strings(), "Subnets with an interface."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [dns_options(), subnet_configuration(), timeouts_block(&["create", "update", "delete"])],
    )
    .import_id("id")
}

fn dns_options() -> NestedBlock {
    NestedBlock::one(
        "dns_options",
        Block::new(
            [
                optional_computed("dns_record_ip_type", Type::String, "Which records there are.")
                    .validate(one_of!("ipv4", "dualstack", "ipv6", "service-defined")),
                optional(
                    "private_dns_only_for_inbound_resolver_endpoint",
                    Type::Bool,
                    "Whether private names are for inbound resolver endpoints only.",
                ),
            ],
            [],
        ),
    )
    .computed()
    .describe("How the endpoint is named.")
}

fn subnet_configuration() -> NestedBlock {
    NestedBlock::new(
        "subnet_configuration",
        Nesting::Set,
        Block::new(
            [
                optional("ipv4", Type::String, "The IPv4 address."),
                optional("ipv6", Type::String, "The IPv6 address."),
                optional("subnet_id", Type::String, "The subnet."),
            ],
            [],
        ),
    )
    .computed()
    .describe("Which address the interface in a subnet has.")
}

/// What follows from where the endpoint is reached.
pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let planned = Tags::planned(&request);
    if changes(&request, &["subnet_ids", "subnet_configuration", "ip_address_type"]) {
        let follows = ["network_interface_ids", "dns_entry", "subnet_ids"];
        return Ok(Planned::unchanged(forget(&request, &planned, &follows)));
    }
    if changes(&request, &["private_dns_enabled"]) {
        return Ok(Planned::unchanged(forget(&request, &planned, &["dns_entry"])));
    }
    Ok(Planned::unchanged(planned))
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_ec2::types::{
        DnsOptionsSpecification, Filter, PrefixList, ResourceType as Kind, SubnetConfiguration,
        VpcEndpoint as Description,
    };

    use crate::ec2::live::{
        FoundBy, bearer, by_ids, filter, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::{FILTER_VALUES_MAX, gathered, read_listed, timeouts};

    const TIMEOUT: Duration = Duration::from_mins(10);

    pub(in crate::ec2) struct VpcEndpoint;

    #[async_trait]
    impl ResourceType for VpcEndpoint {
        const NAME: &'static str = "aws_vpc_endpoint";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.ec2().create_vpc_endpoint().client_token(new.token), new.planned,
                set_vpc_id = string "vpc_id",
                set_service_name = text "service_name",
                set_service_region = text "service_region",
                set_resource_configuration_arn = text "resource_configuration_arn",
                set_service_network_arn = text "service_network_arn",
                set_vpc_endpoint_type = word "vpc_endpoint_type",
                set_ip_address_type = word "ip_address_type",
                set_policy_document = text "policy",
                set_private_dns_enabled = bool "private_dns_enabled",
                set_route_table_ids = texts "route_table_ids",
                set_security_group_ids = texts "security_group_ids",
                set_subnet_ids = texts "subnet_ids",
            )
            .set_dns_options(dns_options(new.planned))
            .set_subnet_configurations(subnet_configurations(new.planned))
            .set_tag_specifications(tags_of_new(
                client,
                Kind::VpcEndpoint,
                new,
                FoundBy::Tag,
            ));
            let answer = call.customize().config_override(once()).send().await;
            let answer = answer.of("ec2:CreateVpcEndpoint");
            let answer = answer.map(|answer| answer.vpc_endpoint?.vpc_endpoint_id);
            id_of(answer, self.find(client, new)).await
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let timeout = timeouts(new.planned.value(), "create", TIMEOUT);
            until_available(client, id, timeout).await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            match get(client, id).await? {
                Some(found) => with_prefix_list(client, known, &found).await.map(Some),
                None => Ok(None),
            }
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let ids = requests.iter().filter_map(|it| View::new(&it.prior).string("id"));
            let found = describe(client, ids.collect()).await;
            read_listed(&requests, &found, |known, found| async move {
                let found = found.get(View::new(known).str_or_empty("id"));
                match found.filter(|found| !is_gone(found)) {
                    Some(found) => with_prefix_list(client, known, found).await.map(Some),
                    None => Ok(None),
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let planned = change.planned;
            let mut call = client.ec2().modify_vpc_endpoint().vpc_endpoint_id(change.id());
            if change.of(&["policy"]) {
                let policy = planned.text("policy");
                call = call.set_reset_policy(policy.is_none().then_some(true));
                call = call.set_policy_document(policy);
            }
            if change.of(&["dns_options"]) {
                call = call.set_dns_options(dns_options(planned));
            }
            if change.of(&["ip_address_type"]) {
                call = call.set_ip_address_type(planned.word("ip_address_type"));
            }
            if change.of(&["private_dns_enabled"]) {
                call = call.set_private_dns_enabled(planned.bool("private_dns_enabled"));
            }
            if change.of(&["subnet_configuration"]) {
                call = call.set_subnet_configurations(subnet_configurations(planned));
            }
            let call = call
                .set_add_route_table_ids(added(change, "route_table_ids"))
                .set_remove_route_table_ids(removed(change, "route_table_ids"))
                .set_add_security_group_ids(added(change, "security_group_ids"))
                .set_remove_security_group_ids(removed(change, "security_group_ids"))
                .set_add_subnet_ids(added(change, "subnet_ids"))
                .set_remove_subnet_ids(removed(change, "subnet_ids"));
            call.send().await.of("ec2:ModifyVpcEndpoint")?;
            let timeout = timeouts(planned.value(), "update", TIMEOUT);
            until_available(client, change.id(), timeout).await
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("id"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let id = object.str_or_empty("id");
            let call = client.ec2().delete_vpc_endpoints().vpc_endpoint_ids(id);
            let Some(answer) = call.send().await.if_found("ec2:DeleteVpcEndpoints")? else {
                return Ok(());
            };
            let error = answer.unsuccessful().iter().find_map(|item| item.error());
            if let Some(error) =
                error.filter(|it| !it.code().unwrap_or_default().contains("NotFound"))
            {
                let message = error.message().unwrap_or_default().to_owned();
                let mut wrong = OpError::new(OpErrorKind::Other, message);
                wrong.code = error.code().map(str::to_owned);
                return Err(wrong.operation("ec2:DeleteVpcEndpoints"));
            }
            let timeout = timeouts(object.value(), "delete", TIMEOUT);
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_gone(|| async { Ok(get(client, id).await?.map(|found| state(&found))) })
                .await
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let mut found = search(client, token_filter(new.token)).await?;
            found.retain(|_, found| !is_gone(found));
            Ok(bearer(found, new.token, Description::tags))
        }
    }

    fn added(change: &Change<'_>, name: &str) -> Option<Vec<String>> {
        difference(change.planned, change.prior, name).filter(|_| change.of(&[name]))
    }

    fn removed(change: &Change<'_>, name: &str) -> Option<Vec<String>> {
        difference(change.prior, change.planned, name).filter(|_| change.of(&[name]))
    }

    /// What one object has of a set and the other one has not.
    fn difference(of: View<'_>, without: View<'_>, name: &str) -> Option<Vec<String>> {
        let mut items = of.strings(name);
        let others = without.strings(name);
        items.retain(|item| !others.contains(item));
        Some(items).filter(|items| !items.is_empty())
    }

    fn dns_options(planned: View<'_>) -> Option<DnsOptionsSpecification> {
        let options = planned.block("dns_options")?;
        Some(build!(
            DnsOptionsSpecification, options,
            set_dns_record_ip_type = word "dns_record_ip_type",
            set_private_dns_only_for_inbound_resolver_endpoint =
                bool "private_dns_only_for_inbound_resolver_endpoint",
        ))
    }

    fn subnet_configurations(planned: View<'_>) -> Option<Vec<SubnetConfiguration>> {
        let configurations = planned.blocks("subnet_configuration").map(|block| {
            build!(
                SubnetConfiguration, block,
                set_ipv4 = text "ipv4",
                set_ipv6 = text "ipv6",
                set_subnet_id = text "subnet_id",
            )
        });
        Some(configurations.collect::<Vec<_>>()).filter(|all| !all.is_empty())
    }

    async fn search(client: &AwsClients, filter: Filter) -> OpResult<HashMap<String, Description>> {
        let call = client.ec2().describe_vpc_endpoints().filters(filter).into_paginator().items();
        let found = call.send().try_collect().await.of("ec2:DescribeVpcEndpoints")?.into_iter();
        let key = |found: &Description| found.vpc_endpoint_id.clone();
        Ok(found.filter_map(|found| Some((key(&found)?, found))).collect())
    }

    async fn describe(
        client: &AwsClients,
        ids: Vec<String>,
    ) -> OpResult<HashMap<String, Description>> {
        let operation = "ec2:DescribeVpcEndpoints";
        let one = async |id: String| {
            let call = client.ec2().describe_vpc_endpoints().vpc_endpoint_ids(id);
            let found = call.send().await.if_found(operation)?;
            Ok(found.and_then(|found| found.vpc_endpoints?.into_iter().next()))
        };
        let many = |ids| search(client, filter("vpc-endpoint-id", ids));
        by_ids(client, operation, ids, one, many).await
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        let found = describe(client, vec![id.to_owned()]).await?.remove(id);
        Ok(found.filter(|found| !is_gone(found)))
    }

    /// The API writes states with small letters, where its documentation has capital ones.
    fn state(found: &Description) -> String {
        found.state().map(|state| state.as_str().to_lowercase()).unwrap_or_default()
    }

    fn is_gone(found: &Description) -> bool {
        state(found) == "deleted"
    }

    async fn until_available(client: &AwsClients, id: &str, timeout: Duration) -> OpResult<()> {
        Wait::new(format!("{id} to become available"), timeout)
            .until(|| async {
                let Some(found) = get(client, id).await? else {
                    return Ok(Progress::Pending("not found".into()));
                };
                match state(&found).as_str() {
                    // Somebody else has to accept it, in their own time.
                    "available" | "pendingacceptance" => Ok(Progress::Ready(())),
                    bad @ ("failed" | "rejected" | "expired" | "deleting") => {
                        let why = found.last_error().and_then(|error| error.message());
                        let why = why.unwrap_or_default();
                        let message = format!("{id} is {bad}. {why}");
                        Err(OpError::new(OpErrorKind::Other, message.trim_end()))
                    }
                    state => Ok(Progress::Pending(state.to_owned())),
                }
            })
            .await
    }

    /// The object, with the prefix list of a gateway's service, which is asked for once by all that are alike.
    async fn with_prefix_list(
        client: &AwsClients,
        known: &Value,
        found: &Description,
    ) -> OpResult<Value> {
        let service = found.service_name().unwrap_or_default();
        let is_gateway = found.vpc_endpoint_type().is_some_and(|it| it.as_str() == "Gateway");
        let list = if is_gateway { prefix_list(client, service).await? } else { None };
        let (id, owner) = (found.vpc_endpoint_id().unwrap_or_default(), found.owner_id());
        let account = match owner {
            Some(owner) => owner,
            None => client.account_id().await?,
        };
        let mut draft = Draft::from(known);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", account, &format!("vpc-endpoint/{id}")))
            .set("owner_id", account)
            .set("vpc_id", found.vpc_id())
            .set("service_name", found.service_name())
            .set("service_region", found.service_region())
            .set("resource_configuration_arn", found.resource_configuration_arn())
            .set("service_network_arn", found.service_network_arn())
            .word("vpc_endpoint_type", found.vpc_endpoint_type())
            .word("ip_address_type", found.ip_address_type())
            .set("policy", found.policy_document())
            .set("private_dns_enabled", found.private_dns_enabled())
            .set("requester_managed", found.requester_managed())
            .set("state", state(found))
            .set("prefix_list_id", list.as_ref().and_then(|list| list.prefix_list_id()))
            .texts("cidr_blocks", list.as_ref().map(PrefixList::cidrs).unwrap_or_default())
            .texts("network_interface_ids", found.network_interface_ids())
            .texts("route_table_ids", found.route_table_ids())
            .texts("security_group_ids", found.groups().iter().filter_map(|it| it.group_id()))
            .texts("subnet_ids", found.subnet_ids())
            .each("dns_entry", found.dns_entries(), |block, entry| {
                block.set("dns_name", entry.dns_name());
                block.set("hosted_zone_id", entry.hosted_zone_id());
            })
            .each("dns_options", found.dns_options(), |block, options| {
                let inbound = options.private_dns_only_for_inbound_resolver_endpoint();
                block
                    .word("dns_record_ip_type", options.dns_record_ip_type())
                    .set("private_dns_only_for_inbound_resolver_endpoint", inbound);
            });
        client.tags.show(&mut draft, pairs(found.tags()));
        Ok(draft.finish())
    }

    async fn prefix_list(client: &AwsClients, service: &str) -> OpResult<Option<PrefixList>> {
        let ask = async |names: Vec<String>| {
            let call =
                client.ec2().describe_prefix_lists().filters(filter("prefix-list-name", names));
            let found = call.into_paginator().items().send().try_collect().await;
            let found: Vec<PrefixList> = found.of("ec2:DescribePrefixLists")?;
            let by_name = found.into_iter();
            Ok(by_name.filter_map(|it| Some((it.prefix_list_name.clone()?, it))).collect())
        };
        let names = vec![service.to_owned()];
        let gathering = &client.gathering;
        let found: HashMap<String, PrefixList> =
            gathered(gathering, "ec2:DescribePrefixLists", names, FILTER_VALUES_MAX, ask).await?;
        Ok(found.get(service).cloned())
    }
}
