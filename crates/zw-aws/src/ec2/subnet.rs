//! `aws_subnet`: a part of a VPC in one availability zone.

use zw_lang::Type;
use zw_provider::schema::Schema;
use zw_provider::{OpResult, PlanRequest, Planned};

use crate::toolkit::validate::{ipv4_cidr, ipv6_cidr, one_of};
use crate::toolkit::{
    Tags, changes, computed, forget, optional, optional_computed, required, tag_attributes,
    timeouts_block,
};

pub(crate) fn schema() -> Schema {
    let switch = |name, description| optional(name, Type::Bool, description).default(false);
    let text = |name, description| optional(name, Type::String, description);
    Schema::new(
        "A part of a VPC in one availability zone.",
        [
            computed("id", Type::String, "The subnet's id."),
            computed("arn", Type::String, "The subnet's ARN."),
            computed("owner_id", Type::String, "The account that owns the subnet."),
            required("vpc_id", Type::String, "The VPC.").force_new(),
            optional_computed("availability_zone", Type::String, "The availability zone.")
                .force_new(),
            optional_computed(
                "availability_zone_id",
                Type::String,
                "The zone's id, which is the same in all accounts.",
            )
            .force_new(),
            text("cidr_block", "The IPv4 network.").force_new().validate(ipv4_cidr),
            text("ipv6_cidr_block", "The IPv6 network, of size /64.").validate(ipv6_cidr),
            computed(
                "ipv6_cidr_block_association_id",
                Type::String,
                "The id of the IPv6 network's association.",
            ),
            switch("ipv6_native", "Whether the subnet has IPv6 only.").force_new(),
            switch(
                "assign_ipv6_address_on_creation",
                "Whether network interfaces get an IPv6 address.",
            ),
            switch("map_public_ip_on_launch", "Whether instances get a public IPv4 address."),
            optional(
                "map_customer_owned_ip_on_launch",
                Type::Bool,
                "Whether network interfaces get an address of the customer's pool.",
            ),
            text("customer_owned_ipv4_pool", "The customer's pool of addresses, on an Outpost."),
            text("outpost_arn", "The Outpost.").force_new(),
            switch("enable_dns64", "Whether the resolver makes IPv6 addresses of IPv4 ones."),
            optional(
                "enable_lni_at_device_index",
                Type::Number,
                "Where local network interfaces begin.",
            ),
            switch(
                "enable_resource_name_dns_a_record_on_launch",
                "Whether names of instances resolve to IPv4 addresses.",
            ),
            switch(
                "enable_resource_name_dns_aaaa_record_on_launch",
                "Whether names of instances resolve to IPv6 addresses.",
            ),
            optional_computed(
                "private_dns_hostname_type_on_launch",
                Type::String,
                "What names of instances are made of: `ip-name` or `resource-name`.",
            )
            .validate(one_of!("ip-name", "resource-name")),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "delete"])],
    )
    .version(1)
    .import_id("id")
}

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    if changes(&request, &["ipv6_cidr_block"]) {
        planned = forget(&request, &planned, &["ipv6_cidr_block_association_id"]);
    }
    Ok(Planned::unchanged(planned))
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::operation::modify_subnet_attribute::builders::ModifySubnetAttributeFluentBuilder;
    use aws_sdk_ec2::types::{
        AttributeBooleanValue, Filter, HostnameType, ResourceType, Subnet as Description,
        SubnetCidrBlockStateCode, SubnetIpv6CidrBlockAssociation, SubnetState,
    };
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, ReadRequest, Resource,
        UpdateRequest, View,
    };

    use crate::ec2::describe_by_id;
    use crate::ec2::live::{
        FoundBy, bears_token, filter, id_of, once, pairs, tag_specification, token_filter,
        update_tags,
    };
    use crate::toolkit::{
        Answer, AwsClients, Draft, Progress, Wait, created, found_again, imported, one,
        read_batched, timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(10);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(20);
    const CHANGE_TIMEOUT: Duration = Duration::from_mins(5);

    pub(in crate::ec2) struct Subnet;

    #[async_trait]
    impl Resource<AwsClients> for Subnet {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let tags = tag_specification(client, ResourceType::Subnet, &request, FoundBy::Tag);
            let answer = client
                .ec2()
                .create_subnet()
                .set_vpc_id(planned.string("vpc_id"))
                .set_availability_zone(planned.string("availability_zone"))
                .set_availability_zone_id(planned.string("availability_zone_id"))
                .set_cidr_block(planned.string("cidr_block"))
                .set_ipv6_cidr_block(planned.string("ipv6_cidr_block"))
                .set_ipv6_native(planned.bool("ipv6_native").filter(|native| *native))
                .set_outpost_arn(planned.string("outpost_arn"))
                .set_tag_specifications(tags)
                .customize()
                .config_override(once())
                .send()
                .await
                .of("ec2:CreateSubnet");
            let answer = answer.map(|answer| answer.subnet.and_then(|subnet| subnet.subnet_id));
            let id = match id_of(answer, find_id(client, &request.token)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            let finish = async {
                let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
                let new = wait_until_available(client, &id, timeout).await?;
                change(client, &new, planned).await
            };
            created(self, client, &request, &id, finish).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            one(self, client, prior).await
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let find = |ids| describe(client, filter("subnet-id", ids));
            let build = |prior: &Value, found: &Description| Some(object(client, prior, found));
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let id = View::new(&request.prior).str_or_empty("id");
            let now = wait_until_available(client, id, CHANGE_TIMEOUT).await?;
            let planned = View::new(&request.planned);
            change_ipv6(client, &now, planned).await?;
            change(client, &now, planned).await?;
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let id = View::new(&request.prior).str_or_empty("id");
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_deleted(|| async {
                    let call = client.ec2().delete_subnet().subnet_id(id);
                    call.send().await.of("ec2:DeleteSubnet").map(drop)
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_subnet", id).await
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
        describe_by_id!(client, describe_subnets, "ec2:DescribeSubnets", subnet_id, filter)
    }

    async fn find_id(client: &AwsClients, token: &str) -> OpResult<Option<String>> {
        let found = describe(client, token_filter(token)).await?;
        let mut found = found.into_iter();
        Ok(found.find(|(_, found)| bears_token(found.tags(), token)).map(|(id, _)| id))
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        Ok(describe(client, filter("subnet-id", [id])).await?.remove(id))
    }

    async fn wait_until_available(
        client: &AwsClients,
        id: &str,
        timeout: Duration,
    ) -> OpResult<Description> {
        Wait::new(format!("{id} to become available"), timeout)
            .until(|| async {
                Ok(match get(client, id).await? {
                    Some(found) if found.state == Some(SubnetState::Available) => {
                        Progress::Ready(found)
                    }
                    found => {
                        Progress::Pending(format!("{:?}", found.and_then(|found| found.state)))
                    }
                })
            })
            .await
    }

    type Call = ModifySubnetAttributeFluentBuilder;

    /// A property that has a call of its own.
    struct Switch {
        name: &'static str,
        get: fn(&Description) -> Option<bool>,
        set: fn(Call, AttributeBooleanValue) -> Call,
    }

    const SWITCHES: [Switch; 5] = [
        Switch {
            name: "map_public_ip_on_launch",
            get: |found| found.map_public_ip_on_launch,
            set: Call::map_public_ip_on_launch,
        },
        Switch {
            name: "assign_ipv6_address_on_creation",
            get: |found| found.assign_ipv6_address_on_creation,
            set: Call::assign_ipv6_address_on_creation,
        },
        Switch { name: "enable_dns64", get: |found| found.enable_dns64, set: Call::enable_dns64 },
        Switch {
            name: "enable_resource_name_dns_a_record_on_launch",
            get: |found| {
                found.private_dns_name_options_on_launch()?.enable_resource_name_dns_a_record
            },
            set: Call::enable_resource_name_dns_a_record_on_launch,
        },
        Switch {
            name: "enable_resource_name_dns_aaaa_record_on_launch",
            get: |found| {
                found.private_dns_name_options_on_launch()?.enable_resource_name_dns_aaaa_record
            },
            set: Call::enable_resource_name_dns_aaaa_record_on_launch,
        },
    ];

    /// Brings a subnet's properties to what is planned, one call each, as the API has it.
    async fn change(client: &AwsClients, now: &Description, planned: View<'_>) -> OpResult<()> {
        for Switch { name, get, set } in &SWITCHES {
            let wanted = planned.bool(name);
            let is_so = get(now).unwrap_or(false);
            if let Some(wanted) = wanted.filter(|wanted| *wanted != is_so) {
                let value = AttributeBooleanValue::builder().value(wanted).build();
                let becomes = |now: &Description| get(now).unwrap_or(false) == wanted;
                modify(client, now, name, |call| set(call, value.clone()), becomes).await?;
            }
        }
        let hostname_type = |found: &Description| {
            let options = found.private_dns_name_options_on_launch()?;
            options.hostname_type.as_ref().map(ToString::to_string)
        };
        let name = "private_dns_hostname_type_on_launch";
        if let Some(wanted) = planned.string(name)
            && hostname_type(now).as_ref() != Some(&wanted)
        {
            let value = HostnameType::from(wanted.as_str());
            let set = |call: Call| call.private_dns_hostname_type_on_launch(value.clone());
            let becomes = |now: &Description| hostname_type(now).as_ref() == Some(&wanted);
            modify(client, now, name, set, becomes).await?;
        }
        let pool = planned.string("customer_owned_ipv4_pool");
        let maps = planned.bool("map_customer_owned_ip_on_launch").unwrap_or(false);
        if (pool.is_some() && pool != now.customer_owned_ipv4_pool)
            || maps != now.map_customer_owned_ip_on_launch.unwrap_or(false)
        {
            let value = AttributeBooleanValue::builder().value(maps).build();
            let set = |call: Call| {
                let call = call.map_customer_owned_ip_on_launch(value.clone());
                call.set_customer_owned_ipv4_pool(pool.clone())
            };
            let becomes =
                |now: &Description| now.map_customer_owned_ip_on_launch.unwrap_or(false) == maps;
            modify(client, now, "map_customer_owned_ip_on_launch", set, becomes).await?;
        }
        let index = planned.i32("enable_lni_at_device_index").filter(|index| *index > 0);
        if index != now.enable_lni_at_device_index.filter(|index| *index > 0) {
            let disable = AttributeBooleanValue::builder().value(true).build();
            let set = |call: Call| match index {
                Some(index) => call.enable_lni_at_device_index(index),
                None => call.disable_lni_at_device_index(disable.clone()),
            };
            let becomes = |now: &Description| {
                now.enable_lni_at_device_index.filter(|index| *index > 0) == index
            };
            modify(client, now, "enable_lni_at_device_index", set, becomes).await?;
        }
        Ok(())
    }

    async fn modify(
        client: &AwsClients,
        now: &Description,
        name: &str,
        set: impl Fn(Call) -> Call,
        becomes: impl Fn(&Description) -> bool,
    ) -> OpResult<()> {
        let id = now.subnet_id().unwrap_or_default();
        let call = set(client.ec2().modify_subnet_attribute().subnet_id(id));
        call.send().await.of("ec2:ModifySubnetAttribute")?;
        Wait::new(format!("{name} of {id} to change"), CHANGE_TIMEOUT)
            .until(|| async {
                Ok(match get(client, id).await? {
                    Some(found) if becomes(&found) => Progress::Ready(()),
                    _ => Progress::Pending("unchanged".into()),
                })
            })
            .await
    }

    /// Gives the subnet another IPv6 network, or none.
    async fn change_ipv6(
        client: &AwsClients,
        now: &Description,
        planned: View<'_>,
    ) -> OpResult<()> {
        let id = now.subnet_id().unwrap_or_default();
        let wanted = planned.str("ipv6_cidr_block").filter(|network| !network.is_empty());
        let old = associated(now);
        if old.and_then(|old| old.ipv6_cidr_block()) == wanted {
            return Ok(());
        }
        if let Some(old) = old.and_then(|old| old.association_id()) {
            // An address cannot be assigned from a network that is on its way out.
            if now.assign_ipv6_address_on_creation == Some(true) && wanted.is_none() {
                let off = AttributeBooleanValue::builder().value(false).build();
                let set = |call: Call| call.assign_ipv6_address_on_creation(off.clone());
                let becomes = |now: &Description| now.assign_ipv6_address_on_creation != Some(true);
                modify(client, now, "assign_ipv6_address_on_creation", set, becomes).await?;
            }
            let call = client.ec2().disassociate_subnet_cidr_block().association_id(old);
            call.send().await.if_found("ec2:DisassociateSubnetCidrBlock")?;
            wait_for_ipv6(client, id, None).await?;
        }
        if let Some(wanted) = wanted {
            let call = client.ec2().associate_subnet_cidr_block().subnet_id(id);
            let call = call.ipv6_cidr_block(wanted).send().await;
            call.of("ec2:AssociateSubnetCidrBlock")?;
            wait_for_ipv6(client, id, Some(wanted)).await?;
        }
        Ok(())
    }

    async fn wait_for_ipv6(client: &AwsClients, id: &str, network: Option<&str>) -> OpResult<()> {
        let what = network.unwrap_or("no IPv6 network");
        Wait::new(format!("{id} to have {what}"), CHANGE_TIMEOUT)
            .until(|| async {
                let found = get(client, id).await?;
                let now = found.as_ref().and_then(associated).and_then(|now| now.ipv6_cidr_block());
                Ok(match now {
                    now if now == network => Progress::Ready(()),
                    now => Progress::Pending(now.unwrap_or("not associated").to_owned()),
                })
            })
            .await
    }

    fn associated(found: &Description) -> Option<&SubnetIpv6CidrBlockAssociation> {
        found.ipv6_cidr_block_association_set().iter().find(|association| {
            let state = association.ipv6_cidr_block_state().and_then(|state| state.state.as_ref());
            state == Some(&SubnetCidrBlockStateCode::Associated)
        })
    }

    fn object(client: &AwsClients, prior: &Value, found: &Description) -> Value {
        let mut draft = Draft::from(prior);
        show(&mut draft, found);
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }

    /// Sets what the resource and the data source show alike.
    pub(in crate::ec2) fn show(draft: &mut Draft, found: &Description) {
        let options = found.private_dns_name_options_on_launch();
        let ipv6 = associated(found);
        draft
            .set("id", found.subnet_id())
            .set("arn", found.subnet_arn())
            .set("owner_id", found.owner_id())
            .set("vpc_id", found.vpc_id())
            .set("availability_zone", found.availability_zone())
            .set("availability_zone_id", found.availability_zone_id())
            .set("cidr_block", found.cidr_block())
            .set("ipv6_cidr_block", ipv6.and_then(|ipv6| ipv6.ipv6_cidr_block()))
            .set("ipv6_cidr_block_association_id", ipv6.and_then(|ipv6| ipv6.association_id()))
            .set("ipv6_native", found.ipv6_native)
            .set("map_customer_owned_ip_on_launch", found.map_customer_owned_ip_on_launch)
            .set("customer_owned_ipv4_pool", found.customer_owned_ipv4_pool())
            .set("outpost_arn", found.outpost_arn())
            .set("enable_lni_at_device_index", found.enable_lni_at_device_index)
            .set(
                "private_dns_hostname_type_on_launch",
                options.and_then(|options| options.hostname_type()).map(HostnameType::as_str),
            );
        for Switch { name, get, .. } in &SWITCHES {
            draft.set(name, get(found).unwrap_or(false));
        }
    }
}
