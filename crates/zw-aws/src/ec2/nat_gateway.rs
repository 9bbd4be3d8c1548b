//! `aws_nat_gateway`: the way out for subnets without public addresses.

use zw_lang::{Path, Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::one_of;
use crate::toolkit::{
    Tags, changes, computed, forget, optional, optional_computed, required, set_of_strings,
    tag_attributes, timeouts_block,
};

const COUNT: &str = "secondary_private_ip_address_count";
const ADDRESSES: &str = "secondary_private_ip_addresses";
const ALLOCATIONS: &str = "secondary_allocation_ids";

pub(crate) fn schema() -> Schema {
    Schema::new(
        "The way out for subnets without public addresses.",
        [
            computed("id", Type::String, "The gateway's id."),
            required("subnet_id", Type::String, "The subnet in which the gateway is.").force_new(),
            optional("allocation_id", Type::String, "The id of the public address's allocation.")
                .force_new(),
            optional("connectivity_type", Type::String, "`public` or `private`.")
                .force_new()
                .default("public")
                .validate(one_of!("public", "private")),
            optional_computed("private_ip", Type::String, "The gateway's private address.")
                .force_new(),
            computed("association_id", Type::String, "The id of the public address's association."),
            computed("network_interface_id", Type::String, "The gateway's network interface."),
            computed("public_ip", Type::String, "The gateway's public address."),
            optional(ALLOCATIONS, set_of_strings(), "Allocations of further public addresses."),
            optional_computed(COUNT, Type::Number, "How many further private addresses there are."),
            optional_computed(ADDRESSES, set_of_strings(), "Further private addresses."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "update", "delete"])],
    )
    .import_id("id")
}

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Planned::unchanged(Tags::planned(&request));
    if changes(&request, &[ALLOCATIONS, ADDRESSES]) {
        planned.planned = forget(&request, &planned.planned, &[COUNT, ADDRESSES]);
    }
    if changes(&request, &[COUNT])
        && request.config.get(COUNT).is_some_and(|count| !count.is_null())
    {
        planned.force_new.push(Path::attr_of_root(COUNT));
    }
    Ok(planned)
}

/// Refuses what a gateway of its type does not have.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let given = |name| config.get(name).is_some_and(|value| !value.is_null());
    let refused: &[&str] = match View::new(config).str("connectivity_type") {
        Some("private") => &["allocation_id", ALLOCATIONS],
        Some("public") => &[COUNT],
        None if config.get("connectivity_type").is_none_or(Value::is_null) => &[COUNT],
        _ => &[],
    };
    let refused = refused.iter().filter(|name| given(name));
    refused
        .map(|name| {
            let message = format!("`{name}` does not go with this `connectivity_type`.");
            OpError::invalid(Path::attr_of_root(*name), message)
        })
        .collect()
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::{BTreeSet, HashMap};
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::types::{
        ConnectivityType, Filter, NatGateway as Description, NatGatewayAddress,
        NatGatewayAddressStatus, NatGatewayState, ResourceType,
    };
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult,
        ReadRequest, Resource, UpdateRequest, View,
    };

    use super::{ADDRESSES, ALLOCATIONS, COUNT};
    use crate::ec2::live::{
        FoundBy, bears_token, filter, id_of, once, pairs, tag_specification, token_filter,
        update_tags,
    };
    use crate::toolkit::{
        Answer, AwsClients, Draft, Progress, Wait, created, found_again, imported, one,
        read_batched, strings_set, timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(10);
    const UPDATE_TIMEOUT: Duration = Duration::from_mins(10);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(30);

    pub(in crate::ec2) struct NatGateway;

    #[async_trait]
    impl Resource<AwsClients> for NatGateway {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let some = |name| Some(planned.strings(name)).filter(|items| !items.is_empty());
            let tags = tag_specification(client, ResourceType::Natgateway, &request, FoundBy::Tag);
            let answer = client
                .ec2()
                .create_nat_gateway()
                .client_token(&request.token)
                .set_subnet_id(planned.string("subnet_id"))
                .set_allocation_id(planned.string("allocation_id"))
                .set_connectivity_type(planned.str("connectivity_type").map(ConnectivityType::from))
                .set_private_ip_address(planned.string("private_ip"))
                .set_secondary_allocation_ids(some(ALLOCATIONS))
                .set_secondary_private_ip_address_count(planned.i32(COUNT))
                .set_secondary_private_ip_addresses(some(ADDRESSES))
                .set_tag_specifications(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("ec2:CreateNatGateway");
            let answer = answer.map(|answer| answer.nat_gateway?.nat_gateway_id);
            let id = match id_of(answer, find_id(client, &request.token)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
            created(self, client, &request, &id, wait_until_available(client, &id, timeout)).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("nat-gateway-id", ids));
            let build = |prior: &Value, found: &Description| object(client, prior, found);
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let id = View::new(&request.prior).str_or_empty("id");
            let timeout = timeouts(&request.planned, "update", UPDATE_TIMEOUT);
            change_addresses(client, id, &request, timeout).await?;
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let id = View::new(&request.prior).str_or_empty("id");
            let call = client.ec2().delete_nat_gateway().nat_gateway_id(id);
            if call.send().await.if_found("ec2:DeleteNatGateway")?.is_none() {
                return Ok(());
            }
            // Its address and its subnet cannot go before the gateway is really gone.
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_gone(|| async {
                    let found = get(client, id).await?;
                    let state = found.and_then(|found| found.state);
                    let state = state.filter(|state| *state != NatGatewayState::Deleted);
                    Ok(state.map(|state| state.to_string()))
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_nat_gateway", id).await
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

    async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        // This call alone says `filter` where all others say `filters`.
        let call = client.ec2().describe_nat_gateways().filter(filter).into_paginator().items();
        let found = call.send().try_collect().await.of("ec2:DescribeNatGateways")?;
        let key = |found: &Description| found.nat_gateway_id.clone();
        Ok(found.into_iter().filter_map(|found| Some((key(&found)?, found))).collect())
    }

    async fn find_id(client: &AwsClients, token: &str) -> OpResult<Option<String>> {
        let mut found = describe(client, token_filter(token)).await?;
        found.retain(|_, found| {
            !matches!(found.state, Some(NatGatewayState::Deleted | NatGatewayState::Deleting))
        });
        let mut found = found.into_iter();
        Ok(found.find(|(_, found)| bears_token(found.tags(), token)).map(|(id, _)| id))
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        Ok(describe(client, filter("nat-gateway-id", [id])).await?.remove(id))
    }

    async fn wait_until_available(
        client: &AwsClients,
        id: &str,
        timeout: Duration,
    ) -> OpResult<()> {
        Wait::new(format!("{id} to become available"), timeout)
            .until(|| async {
                let Some(found) = get(client, id).await? else {
                    return Ok(Progress::Pending("not found".into()));
                };
                match found.state {
                    Some(NatGatewayState::Available) => Ok(Progress::Ready(())),
                    Some(NatGatewayState::Failed) => Err(OpError {
                        code: found.failure_code,
                        ..OpError::new(
                            OpErrorKind::Other,
                            found.failure_message.unwrap_or_else(|| format!("{id} failed.")),
                        )
                    }),
                    state => Ok(Progress::Pending(format!("{state:?}"))),
                }
            })
            .await
    }

    /// Assigns and takes away secondary addresses.
    async fn change_addresses(
        client: &AwsClients,
        id: &str,
        request: &UpdateRequest,
        timeout: Duration,
    ) -> OpResult<()> {
        let names = |object: &Value, name: &str| -> BTreeSet<String> {
            View::new(object).strings(name).into_iter().collect()
        };
        let (old, new) = (&request.prior, &request.planned);
        if View::new(new).str("connectivity_type") == Some("private") {
            if new.get(ADDRESSES).is_some_and(|addresses| !addresses.is_known()) {
                return Ok(());
            }
            let (old, new) = (names(old, ADDRESSES), names(new, ADDRESSES));
            let added: Vec<String> = new.difference(&old).cloned().collect();
            if !added.is_empty() {
                let call = client.ec2().assign_private_nat_gateway_address().nat_gateway_id(id);
                let call = call.set_private_ip_addresses(Some(added)).send().await;
                call.of("ec2:AssignPrivateNatGatewayAddress")?;
            }
            let removed: Vec<String> = old.difference(&new).cloned().collect();
            if !removed.is_empty() {
                let call = client.ec2().unassign_private_nat_gateway_address().nat_gateway_id(id);
                let call = call.set_private_ip_addresses(Some(removed)).send().await;
                call.of("ec2:UnassignPrivateNatGatewayAddress")?;
            }
            return wait_until_settled(client, id, timeout).await;
        }
        let (old_ids, new_ids) = (names(old, ALLOCATIONS), names(new, ALLOCATIONS));
        let added: Vec<String> = new_ids.difference(&old_ids).cloned().collect();
        if !added.is_empty() {
            let private = names(new, ADDRESSES);
            let private = private.difference(&names(old, ADDRESSES)).cloned().collect::<Vec<_>>();
            let call = client.ec2().associate_nat_gateway_address().nat_gateway_id(id);
            let call = call.set_allocation_ids(Some(added));
            let call = call.set_private_ip_addresses((!private.is_empty()).then_some(private));
            call.send().await.of("ec2:AssociateNatGatewayAddress")?;
        }
        let removed: BTreeSet<_> = old_ids.difference(&new_ids).cloned().collect();
        if !removed.is_empty() {
            let found = get(client, id).await?;
            let associations = found
                .iter()
                .flat_map(Description::nat_gateway_addresses)
                .filter(|address| address.allocation_id().is_some_and(|id| removed.contains(id)))
                .filter_map(|address| address.association_id.clone())
                .collect();
            let call = client.ec2().disassociate_nat_gateway_address().nat_gateway_id(id);
            let call = call.set_association_ids(Some(associations)).send().await;
            call.of("ec2:DisassociateNatGatewayAddress")?;
        }
        wait_until_settled(client, id, timeout).await
    }

    /// Waits until no address is on its way in or out.
    async fn wait_until_settled(client: &AwsClients, id: &str, timeout: Duration) -> OpResult<()> {
        Wait::new(format!("the addresses of {id} to settle"), timeout)
            .until(|| async {
                let found = get(client, id).await?;
                let moving = found
                    .iter()
                    .flat_map(Description::nat_gateway_addresses)
                    .filter_map(NatGatewayAddress::status)
                    .find(|status| **status != NatGatewayAddressStatus::Succeeded);
                Ok(match moving {
                    None => Progress::Ready(()),
                    Some(status) => Progress::Pending(status.to_string()),
                })
            })
            .await
    }

    fn object(client: &AwsClients, prior: &Value, found: &Description) -> Option<Value> {
        if found.state == Some(NatGatewayState::Deleted) {
            return None;
        }
        let all = found.nat_gateway_addresses();
        let is_primary =
            |address: &&NatGatewayAddress| all.len() == 1 || address.is_primary == Some(true);
        let primary = all.iter().find(is_primary);
        let secondary: Vec<_> = all.iter().filter(|address| !is_primary(address)).collect();
        let private: Vec<_> = secondary.iter().filter_map(|one| one.private_ip.clone()).collect();
        let mut draft = Draft::from(prior);
        draft
            .set("id", found.nat_gateway_id())
            .set("subnet_id", found.subnet_id())
            .set("connectivity_type", found.connectivity_type().map(ConnectivityType::as_str))
            .set("association_id", primary.and_then(|one| one.association_id()))
            .set("network_interface_id", primary.and_then(|one| one.network_interface_id()))
            .set("private_ip", primary.and_then(|one| one.private_ip()))
            .set("public_ip", primary.and_then(|one| one.public_ip()))
            .set(
                ALLOCATIONS,
                strings_set(secondary.iter().filter_map(|one| one.allocation_id.clone())),
            )
            .set(COUNT, i64::try_from(private.len()).ok())
            .set(ADDRESSES, strings_set(private));
        // ministack does not say which addresses a gateway has; then they are those that it was given.
        if primary.is_some() {
            draft.set("allocation_id", primary.and_then(|one| one.allocation_id()));
        }
        client.tags.show(&mut draft, pairs(found.tags()));
        Some(draft.finish())
    }
}
