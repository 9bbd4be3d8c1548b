//! `aws_instance`: a virtual machine.

mod blocks;
#[cfg(feature = "ec2")]
mod change;
#[cfg(feature = "ec2")]
mod request;
#[cfg(feature = "ec2")]
mod response;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use zw_lang::{Path, Type, Value};
use zw_provider::schema::{Equality, Schema};
use zw_provider::{OpError, OpErrorKind, OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::{exclusive, one_of};
use crate::toolkit::{
    Tags, changes, computed, forget, list_of_strings, optional, optional_computed, set_of_strings,
    tag_attributes,
};

pub(crate) fn schema() -> Schema {
    let fact = |name, description| computed(name, Type::String, description);
    let text = |name, description| optional_computed(name, Type::String, description);
    let flag = |name, description| optional_computed(name, Type::Bool, description);
    let number = |name, description| optional_computed(name, Type::Number, description);
    Schema::new(
        "A virtual machine.",
        [
            fact("id", "The instance's id."),
            fact("arn", "The instance's ARN."),
            text("ami", "The image.").force_new(),
            flag("associate_public_ip_address", "Whether the instance gets a public address.")
                .force_new(),
            text("availability_zone", "The availability zone.").force_new(),
            number("cpu_core_count", "The number of cores.").force_new().deprecated("cpu_options"),
            number("cpu_threads_per_core", "The number of threads of each core.")
                .force_new()
                .deprecated("cpu_options"),
            flag("disable_api_stop", "Whether the instance is protected from being stopped."),
            flag(
                "disable_api_termination",
                "Whether the instance is protected from being terminated.",
            ),
            flag("ebs_optimized", "Whether the instance has bandwidth of its own for volumes.")
                .force_new(),
            flag("enable_primary_ipv6", "Whether the first IPv6 address is the primary one.")
                .force_new(),
            optional(
                "get_password_data",
                Type::Bool,
                "Whether to wait for and show a Windows password.",
            )
            .default(false),
            optional("hibernation", Type::Bool, "Whether the instance can hibernate.").force_new(),
            text("host_id", "The dedicated host.").force_new(),
            text("host_resource_group_arn", "The group of dedicated hosts.").force_new(),
            text("iam_instance_profile", "The name of the instance profile."),
            text(
                "instance_initiated_shutdown_behavior",
                "`stop` or `terminate`: what a shutdown from within means.",
            )
            .validate(one_of!("stop", "terminate")),
            fact("instance_lifecycle", "`spot`, or empty."),
            fact("instance_state", "The state, as `running`."),
            text("instance_type", "The instance type."),
            number("ipv6_address_count", "How many IPv6 addresses to choose.").force_new(),
            optional_computed("ipv6_addresses", list_of_strings(), "The IPv6 addresses.")
                .force_new(),
            text("key_name", "The key pair.").force_new(),
            flag("monitoring", "Whether there is detailed monitoring."),
            fact("outpost_arn", "The Outpost."),
            fact("password_data", "The Windows password, encrypted with the key pair."),
            text("placement_group", "The placement group.").force_new(),
            number("placement_partition_number", "The partition in the placement group.")
                .force_new(),
            fact("primary_network_interface_id", "The primary network interface."),
            fact("private_dns", "The private name."),
            text("private_ip", "The private address.").force_new(),
            fact("public_dns", "The public name."),
            fact("public_ip", "The public address."),
            optional_computed(
                "secondary_private_ips",
                set_of_strings(),
                "Further private addresses.",
            ),
            optional_computed(
                "security_groups",
                set_of_strings(),
                "Names of security groups, outside of a VPC.",
            )
            .force_new(),
            optional("source_dest_check", Type::Bool, "Whether traffic of others is dropped.")
                .default(true),
            fact("spot_instance_request_id", "The spot request."),
            text("subnet_id", "The subnet.").force_new(),
            text("tenancy", "`default`, `dedicated` or `host`.").force_new().validate(one_of!(
                "default",
                "dedicated",
                "host"
            )),
            text("user_data", "Data for the instance, as text.")
                .equality(Equality::Custom(same_user_data)),
            text("user_data_base64", "Data for the instance, in base64."),
            optional(
                "user_data_replace_on_change",
                Type::Bool,
                "Whether other data means another instance.",
            )
            .default(false),
            optional("volume_tags", Type::map(Type::String), "Tags of all volumes."),
            optional_computed("vpc_security_group_ids", set_of_strings(), "Security groups."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        blocks::blocks(),
    )
    .version(1)
    .import_id("id")
    .holds("the machine with what is on its own volumes")
}

pub(crate) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Planned::unchanged(Tags::planned(&request));
    let data = ["user_data", "user_data_base64"];
    let replaces = View::new(request.planned).bool("user_data_replace_on_change") == Some(true);
    for name in data {
        let differs = match (request.prior.get(name), request.planned.get(name)) {
            (Some(old), Some(new)) => !same_user_data(old, new),
            _ => false,
        };
        if replaces && differs && changes(&request, &[name]) {
            planned.force_new.push(Path::attr_of_root(name));
        }
    }
    // An instance that is stopped in between comes back with another public address.
    if changes(&request, &["instance_type", "user_data", "user_data_base64"]) {
        planned.planned = forget(&request, &planned.planned, &["public_dns", "public_ip"]);
    }
    if changes(&request, &["vpc_security_group_ids"]) {
        planned.planned = forget(&request, &planned.planned, &["security_groups"]);
    }
    Ok(planned)
}

/// Refuses what cannot be together, and asks for what an instance is made of.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let mut errors = exclusive(
        config,
        &[
            ("user_data", "user_data_base64"),
            ("ipv6_address_count", "ipv6_addresses"),
            ("host_id", "host_resource_group_arn"),
        ],
    );
    let has_template = config
        .get("launch_template")
        .is_some_and(|template| !template.is_null() && template.is_empty() != Some(true));
    for name in ["ami", "instance_type"] {
        if !has_template && config.get(name).is_none_or(Value::is_null) {
            let message = format!("An instance needs `{name}` or a `launch_template`.");
            errors.push(OpError::new(OpErrorKind::Invalid, message));
        }
    }
    errors
}

/// Whether two values are the same data. State of the Terraform AWS provider holds the SHA-1 sum of it.
fn same_user_data(some: &Value, other: &Value) -> bool {
    let is_sum = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (some.as_str(), other.as_str()) {
        (Some(some), Some(other)) if is_sum(some) != is_sum(other) => {
            let (sum, text) = if is_sum(some) { (some, other) } else { (other, some) };
            sum_of(text.as_bytes()) == sum
                || STANDARD.decode(text).is_ok_and(|data| sum_of(&data) == sum)
        }
        (some, other) => some == other,
    }
}

fn sum_of(data: &[u8]) -> String {
    Sha1::digest(data).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_ec2::operation::run_instances::RunInstancesOutput;
    use aws_sdk_ec2::types::{
        AttributeBooleanValue, Filter, Instance as Description, InstanceStateName,
    };
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult,
        ReadRequest, Resource, UpdateRequest, View,
    };

    use super::{change, request, response};
    use crate::ec2::live::{bears_token, filter, id_of, once, token_filter};
    use crate::toolkit::{
        Answer, AwsClients, Progress, Wait, created, found_again, imported, one, read_batched,
        timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(10);
    const UPDATE_TIMEOUT: Duration = Duration::from_mins(10);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(20);
    const PROFILE_TIMEOUT: Duration = Duration::from_mins(2);

    pub(in crate::ec2) struct Instance;

    #[async_trait]
    impl Resource<AwsClients> for Instance {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            // A new instance profile is not known to EC2 at once.
            let may_pass = |error: &OpError| {
                error.message.contains("Invalid IAM Instance Profile")
                    || error.message.contains("has no associated IAM Roles")
            };
            let answer = Wait::new("the instance profile to be known", PROFILE_TIMEOUT)
                .until_done(may_pass, || async {
                    let call = request::run_instances(client, &request).await?;
                    let call = call.customize().config_override(once());
                    call.send().await.of("ec2:RunInstances")
                })
                .await;
            let first = |answer: RunInstancesOutput| answer.instances?.into_iter().next();
            let answer = answer.map(|answer| first(answer)?.instance_id);
            let id = match id_of(answer, find_id(client, &request.token)).await {
                Ok(id) => id,
                Err(error) => return Created::failed(error),
            };
            let finish = async {
                let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
                let running = wait_for(client, &id, &InstanceStateName::Running, timeout).await?;
                // Not sayable in RunInstances.
                if planned.bool("source_dest_check") == Some(false)
                    && planned.blocks("network_interface").next().is_none()
                {
                    change::source_dest_check(client, &id, false).await?;
                }
                change::tag_block_devices(client, &running, &request.planned).await
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
            let find = |ids| response::find(client, ids);
            let build = |prior: &Value, found: &response::Found| {
                Some(response::object(client, prior, found))
            };
            read_batched(requests, "id", find, build).await
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let timeout = timeouts(&request.planned, "update", UPDATE_TIMEOUT);
            change::apply(client, &request, timeout).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let id = prior.str_or_empty("id");
            if get(client, id).await?.is_none() {
                return Ok(());
            }
            // As in Terraform, the protection is against others than this configuration.
            let off = AttributeBooleanValue::builder().value(false).build();
            if prior.bool("disable_api_termination") == Some(true) {
                let call = client.ec2().modify_instance_attribute().instance_id(id);
                let call = call.disable_api_termination(off.clone()).send().await;
                call.of("ec2:ModifyInstanceAttribute")?;
            }
            if prior.bool("disable_api_stop") == Some(true) {
                let call = client.ec2().modify_instance_attribute().instance_id(id);
                let call = call.disable_api_stop(off).send().await;
                call.of("ec2:ModifyInstanceAttribute")?;
            }
            let call = client.ec2().terminate_instances().instance_ids(id);
            if call.send().await.if_found("ec2:TerminateInstances")?.is_none() {
                return Ok(());
            }
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            Wait::new(format!("{id} to be terminated"), timeout)
                .until_gone(|| async { Ok(get(client, id).await?.map(|found| state_of(&found))) })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_instance", id).await
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

    /// The instances that a filter finds and that are not terminated.
    pub(in crate::ec2) async fn describe(
        client: &AwsClients,
        filter: Filter,
    ) -> OpResult<HashMap<String, Description>> {
        let call = client.ec2().describe_instances().filters(filter).into_paginator().items();
        let reservations = call.send().try_collect().await.of("ec2:DescribeInstances")?;
        let instances = reservations.into_iter().filter_map(|found| found.instances).flatten();
        let alive = instances.filter(|found| {
            found.state().and_then(|state| state.name()) != Some(&InstanceStateName::Terminated)
        });
        Ok(alive.filter_map(|found| Some((found.instance_id.clone()?, found))).collect())
    }

    pub(super) async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        Ok(describe(client, filter("instance-id", [id])).await?.remove(id))
    }

    /// Waits until an instance has a state.
    pub(super) async fn wait_for(
        client: &AwsClients,
        id: &str,
        wanted: &InstanceStateName,
        timeout: Duration,
    ) -> OpResult<Description> {
        Wait::new(format!("{id} to become {wanted}"), timeout)
            .until(|| async {
                let Some(found) = get(client, id).await? else {
                    return Ok(Progress::Pending("not found".into()));
                };
                match found.state().and_then(|state| state.name()) {
                    Some(state) if state == wanted => Ok(Progress::Ready(found)),
                    Some(InstanceStateName::ShuttingDown) => {
                        let reason = found.state_reason().and_then(|reason| reason.message());
                        let reason = reason.unwrap_or("EC2 gives no reason");
                        let message = format!("{id} is being terminated: {reason}.");
                        Err(OpError::new(OpErrorKind::Other, message))
                    }
                    _ => Ok(Progress::Pending(state_of(&found))),
                }
            })
            .await
    }

    fn state_of(found: &Description) -> String {
        let state = found.state().and_then(|state| state.name());
        state.map(ToString::to_string).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_in_old_state_is_the_data_that_it_is_of() {
        let (text, sum) = ("hello", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
        assert!(same_user_data(&sum.into(), &text.into()));
        assert!(same_user_data(&"aGVsbG8=".into(), &sum.into()));
        assert!(!same_user_data(&sum.into(), &"other".into()));
    }
}
