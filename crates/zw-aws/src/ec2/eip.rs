//! `aws_eip`: a public IPv4 address.

use zw_lang::{Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpResult, PlanRequest, Planned};

use crate::toolkit::validate::{exclusive, one_of};
use crate::toolkit::{
    Tags, changes, computed, forget, optional, optional_computed, tag_attributes, timeouts_block,
};

/// What follows from what the address is associated with.
const OF_ASSOCIATION: [&str; 5] =
    ["association_id", "instance", "network_interface", "private_dns", "private_ip"];

pub(crate) fn schema() -> Schema {
    let fact = |name, description| computed(name, Type::String, description);
    Schema::new(
        "A public IPv4 address.",
        [
            fact("id", "The id of the allocation."),
            fact("allocation_id", "The id of the allocation."),
            fact("arn", "The address's ARN."),
            optional("address", Type::String, "The address to take from the account's own range.")
                .force_new(),
            optional(
                "associate_with_private_ip",
                Type::String,
                "The private address of the network interface to associate with.",
            ),
            fact(
                "association_id",
                "The id of the association with an instance or network interface.",
            ),
            fact("carrier_ip", "The carrier's address."),
            fact("customer_owned_ip", "The address of the customer's pool."),
            optional(
                "customer_owned_ipv4_pool",
                Type::String,
                "The customer's pool to take the address from.",
            )
            .force_new(),
            optional_computed("domain", Type::String, "Always `vpc` today.")
                .force_new()
                .validate(one_of!("vpc", "standard")),
            optional_computed(
                "instance",
                Type::String,
                "The instance to associate the address with.",
            ),
            optional_computed(
                "ipam_pool_id",
                Type::String,
                "The IPAM pool to take the address from.",
            )
            .force_new(),
            optional_computed(
                "network_border_group",
                Type::String,
                "Where the address is advertised.",
            )
            .force_new(),
            optional_computed(
                "network_interface",
                Type::String,
                "The network interface to associate the address with.",
            ),
            fact("private_dns", "The private name of the associated interface."),
            fact("private_ip", "The private address of the associated interface."),
            fact("ptr_record", "The name that the address resolves to."),
            fact("public_dns", "The public name of the address."),
            fact("public_ip", "The address."),
            optional_computed(
                "public_ipv4_pool",
                Type::String,
                "The pool to take the address from, or `amazon`.",
            )
            .force_new(),
            optional_computed("vpc", Type::Bool, "Whether the address is for VPCs.")
                .force_new()
                .deprecated("domain"),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["read", "update", "delete"])],
    )
    .import_id("id")
}

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    if changes(&request, &["instance", "network_interface", "associate_with_private_ip"]) {
        planned = forget(&request, &planned, &OF_ASSOCIATION);
    }
    Ok(Planned::unchanged(planned))
}

/// Refuses what cannot be together.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(config, &[("domain", "vpc")])
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{Address, AddressAttributeName, DomainType, Filter, ResourceType};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult,
        ReadRequest, Resource, UpdateRequest, View,
    };

    use crate::ec2::live::{
        FoundBy, bears_token, filter, id_of, once, pairs, tag_specification, token_filter,
        update_tags,
    };
    use crate::toolkit::{
        Answer, AwsClients, Draft, FILTER_VALUES_MAX, Wait, created, dns_suffix, found_again,
        gathered, imported, one, partition, read_batched, timeouts, updated,
    };

    const DELETE_TIMEOUT: Duration = Duration::from_mins(3);
    const UPDATE_TIMEOUT: Duration = Duration::from_mins(5);

    pub(in crate::ec2) struct Eip;

    #[async_trait]
    impl Resource<AwsClients> for Eip {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let tags = tag_specification(client, ResourceType::ElasticIp, &request, FoundBy::Tag);
            let answer = client
                .ec2()
                .allocate_address()
                .domain(DomainType::Vpc)
                .set_address(planned.string("address"))
                .set_customer_owned_ipv4_pool(planned.string("customer_owned_ipv4_pool"))
                .set_ipam_pool_id(planned.string("ipam_pool_id"))
                .set_network_border_group(planned.string("network_border_group"))
                .set_public_ipv4_pool(planned.string("public_ipv4_pool"))
                .set_tag_specifications(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("ec2:AllocateAddress");
            let answer = answer.map(|answer| answer.allocation_id);
            let id = match id_of(answer, find_id(client, &request.token)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            created(self, client, &request, &id, associate(client, &id, planned)).await
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
            let names = ["instance", "network_interface", "associate_with_private_ip"];
            if names.iter().any(|name| {
                new.value().get(name).is_some_and(Value::is_known)
                    && old.str_or_empty(name) != new.str_or_empty(name)
            }) {
                disassociate(client, old).await?;
                associate(client, old.str_or_empty("id"), new).await?;
            }
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let id = prior.str_or_empty("id");
            let names = ["instance", "network_interface"];
            if names.iter().any(|name| !prior.str_or_empty(name).is_empty()) {
                disassociate(client, prior).await?;
            }
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            Wait::new(format!("{id} to be released"), timeout)
                .until_deleted(|| async {
                    let call = client.ec2().release_address().allocation_id(id);
                    let group = prior.string("network_border_group");
                    let call =
                        call.set_network_border_group(group.filter(|group| !group.is_empty()));
                    call.send().await.of("ec2:ReleaseAddress").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            if !id.starts_with("eipalloc-") {
                let message =
                    format!("An address is imported by its allocation id, not by {id:?}.");
                return Err(OpError::new(OpErrorKind::Invalid, message));
            }
            imported(self, client, "aws_eip", id).await
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

    /// Gives the address to an instance or a network interface, if one is planned.
    async fn associate(client: &AwsClients, id: &str, planned: View<'_>) -> OpResult<()> {
        let given = |name| planned.string(name).filter(|text| !text.is_empty());
        let (instance, interface) = (given("instance"), given("network_interface"));
        if instance.is_none() && interface.is_none() {
            return Ok(());
        }
        let what = format!("{id} to be associated");
        let timeout = timeouts(planned.value(), "update", UPDATE_TIMEOUT);
        // A new address is not known to all servers at once, and an instance may be about to start.
        let may_pass = |error: &OpError| {
            let code = error.code.as_deref().unwrap_or_default();
            ["InvalidAllocationID.NotFound", "InvalidInstanceID"].contains(&code)
                && !error.message.contains("does not exist")
        };
        Wait::new(&what, timeout)
            .until_done(may_pass, || async {
                let call = client.ec2().associate_address().allocation_id(id);
                let call = call.set_private_ip_address(given("associate_with_private_ip"));
                let call = call.set_instance_id(instance.clone());
                let call = call.set_network_interface_id(interface.clone());
                call.send().await.of("ec2:AssociateAddress")
            })
            .await?;
        Wait::new(&what, timeout)
            .until_found(|| async { association(client, id).await })
            .await
            .map(drop)
    }

    /// Takes the address away from what it is associated with.
    async fn disassociate(client: &AwsClients, prior: View<'_>) -> OpResult<()> {
        let id = prior.str_or_empty("id");
        // What the association is now counts, not what it was when last looked at.
        let Some(association_id) = association(client, id).await? else { return Ok(()) };
        let call = client.ec2().disassociate_address().association_id(association_id);
        call.send().await.if_found("ec2:DisassociateAddress")?;
        let timeout = timeouts(prior.value(), "update", UPDATE_TIMEOUT);
        Wait::new(format!("{id} to be disassociated"), timeout)
            .until_gone(|| async { association(client, id).await })
            .await
    }

    async fn association(client: &AwsClients, id: &str) -> OpResult<Option<String>> {
        let found = describe(client, filter("allocation-id", [id])).await?;
        Ok(found.into_iter().next().and_then(|address| address.association_id))
    }

    /// What is said of an address in several answers.
    #[derive(Clone)]
    struct Found {
        address: Address,
        ptr_record: Option<String>,
        account_id: String,
    }

    async fn find(client: &AwsClients, ids: Vec<String>) -> OpResult<HashMap<String, Found>> {
        let ask = |ids| find_all(client, ids);
        gathered(&client.gathering, "ec2:DescribeAddresses", ids, FILTER_VALUES_MAX, ask).await
    }

    async fn find_all(client: &AwsClients, ids: Vec<String>) -> OpResult<HashMap<String, Found>> {
        let addresses = describe(client, filter("allocation-id", ids)).await?;
        let known = addresses.iter().filter_map(|address| address.allocation_id.clone());
        let mut names = ptr_records(client, known.collect()).await?;
        if addresses.is_empty() {
            return Ok(HashMap::new());
        }
        let account_id = client.account_id().await?;
        let found = addresses.into_iter().filter_map(|address| {
            let id = address.allocation_id.clone()?;
            let ptr_record = names.remove(&id);
            let account_id = account_id.to_owned();
            Some((id, Found { address, ptr_record, account_id }))
        });
        Ok(found.collect())
    }

    async fn describe(client: &AwsClients, filter: Filter) -> OpResult<Vec<Address>> {
        let answer = client.ec2().describe_addresses().filters(filter).send().await;
        Ok(answer.of("ec2:DescribeAddresses")?.addresses.unwrap_or_default())
    }

    async fn find_id(client: &AwsClients, token: &str) -> OpResult<Option<String>> {
        let mut found = describe(client, token_filter(token)).await?.into_iter();
        let found = found.find(|address| bears_token(address.tags(), token));
        Ok(found.and_then(|address| address.allocation_id))
    }

    async fn ptr_records(
        client: &AwsClients,
        ids: Vec<String>,
    ) -> OpResult<HashMap<String, String>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let call = client.ec2().describe_addresses_attribute().set_allocation_ids(Some(ids));
        let call = call.attribute(AddressAttributeName::DomainName).into_paginator().items();
        let found = match call.send().try_collect().await.of("ec2:DescribeAddressesAttribute") {
            Ok(found) => found,
            // A name is an extra that emulators and some partitions do not have.
            Err(error) if error.is_not_found() || error.kind == OpErrorKind::NotImplemented => {
                return Ok(HashMap::new());
            }
            Err(error) => return Err(error),
        };
        let records =
            found.into_iter().filter_map(|found| Some((found.allocation_id?, found.ptr_record?)));
        Ok(records.collect())
    }

    fn object(client: &AwsClients, prior: &Value, found: &Found) -> Value {
        let Found { address, ptr_record, account_id } = found;
        let mut draft = Draft::from(prior);
        let domain = address.domain().map(DomainType::as_str);
        let (id, region) = (address.allocation_id().unwrap_or_default(), client.region.as_str());
        let arn = client.arn_of("ec2", account_id, &format!("elastic-ip/{id}"));
        draft
            .set("id", id)
            .set("allocation_id", id)
            .set("arn", arn)
            .set("association_id", address.association_id())
            .set("carrier_ip", address.carrier_ip())
            .set("customer_owned_ip", address.customer_owned_ip())
            .set("customer_owned_ipv4_pool", address.customer_owned_ipv4_pool())
            .set("domain", domain)
            .set("instance", address.instance_id())
            .set("network_border_group", address.network_border_group())
            .set("network_interface", address.network_interface_id())
            .set("private_ip", address.private_ip_address())
            .set("private_dns", address.private_ip_address().map(|ip| private_dns(region, ip)))
            .set("public_ip", address.public_ip())
            .set("public_dns", address.public_ip().map(|ip| public_dns(region, ip)))
            .set("public_ipv4_pool", address.public_ipv4_pool())
            .set("ptr_record", ptr_record.clone())
            .set("vpc", domain == Some("vpc"));
        client.tags.show(&mut draft, pairs(address.tags()));
        draft.finish()
    }

    /// The name that EC2 gives to a private address. Source: VPC user guide, DNS attributes.
    fn private_dns(region: &str, address: &str) -> String {
        let dashed = address.replace('.', "-");
        match region {
            "us-east-1" => format!("ip-{dashed}.ec2.internal"),
            _ => format!("ip-{dashed}.{region}.compute.internal"),
        }
    }

    /// The name that EC2 gives to a public address.
    fn public_dns(region: &str, address: &str) -> String {
        let (dashed, suffix) = (address.replace('.', "-"), dns_suffix(partition(region)));
        match region {
            "us-east-1" => format!("ec2-{dashed}.compute-1.{suffix}"),
            _ => format!("ec2-{dashed}.{region}.compute.{suffix}"),
        }
    }
}
