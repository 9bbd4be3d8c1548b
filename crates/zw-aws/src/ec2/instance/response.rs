//! An instance as answers have it.

use std::collections::HashMap;

use aws_sdk_ec2::types::{
    Instance, InstanceAttributeName, InstanceBlockDeviceMapping, InstanceNetworkInterface,
    MonitoringState, Volume,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream::{self, StreamExt};
use zw_lang::{Type, Value};
use zw_provider::schema::Equality;
use zw_provider::{OpErrorKind, OpResult, READS_AT_ONCE_MAX, View};

use super::live::describe;
use super::same_user_data;
use crate::ec2::live::{filter, pairs};
use crate::toolkit::{
    Answer, AwsClients, Draft, FILTER_VALUES_MAX, gathered, strings_list, strings_set,
};

/// What is said of an instance in several answers.
#[derive(Clone)]
pub(super) struct Found {
    instance: Instance,
    volumes: HashMap<String, Volume>,
    disable_api_stop: bool,
    disable_api_termination: bool,
    shutdown_behavior: Option<String>,
    user_data: Option<String>,
    cpu_credits: Option<String>,
    account_id: String,
}

/// Reads many instances.
pub(super) async fn find(
    client: &AwsClients,
    ids: Vec<String>,
) -> OpResult<HashMap<String, Found>> {
    let ask = |ids| find_all(client, ids);
    gathered(&client.gathering, "ec2:DescribeInstances", ids, FILTER_VALUES_MAX, ask).await
}

/// Three calls for all, and four for each that the API has for one only.
async fn find_all(client: &AwsClients, ids: Vec<String>) -> OpResult<HashMap<String, Found>> {
    let instances = describe(client, filter("instance-id", ids)).await?;
    if instances.is_empty() {
        return Ok(HashMap::new());
    }
    let known: Vec<String> = instances.keys().cloned().collect();
    let call = client.ec2().describe_volumes();
    let call = call.filters(filter("attachment.instance-id", known)).into_paginator().items();
    let volumes: Vec<Volume> = call.send().try_collect().await.of("ec2:DescribeVolumes")?;
    let mut credits = cpu_credits(client, instances.values()).await?;
    let mut found = HashMap::new();
    let attributes = async |(id, instance): (String, Instance)| {
        let attributes = Attributes::read(client, &id).await?;
        Ok((id, instance, attributes))
    };
    let asked: Vec<_> = instances.into_iter().map(attributes).collect();
    let mut answers = stream::iter(asked).buffered(READS_AT_ONCE_MAX);
    while let Some(answer) = answers.next().await {
        let (id, instance, attributes) = answer?;
        let account_id = match instance.network_interfaces().first() {
            Some(InstanceNetworkInterface { owner_id: Some(owner), .. }) => owner.clone(),
            _ => client.account_id().await?.to_owned(),
        };
        let is_attached = |volume: &&Volume| {
            volume.attachments().iter().any(|attached| attached.instance_id() == Some(id.as_str()))
        };
        let own = volumes.iter().filter(is_attached);
        let own = own.filter_map(|volume| Some((volume.volume_id.clone()?, volume.clone())));
        let own = own.collect();
        let instance = Found {
            volumes: own,
            disable_api_stop: attributes.disable_api_stop,
            disable_api_termination: attributes.disable_api_termination,
            shutdown_behavior: attributes.shutdown_behavior,
            user_data: attributes.user_data,
            cpu_credits: credits.remove(&id),
            account_id,
            instance,
        };
        found.insert(id, instance);
    }
    Ok(found)
}

/// What `DescribeInstanceAttribute` says, one call each.
struct Attributes {
    disable_api_stop: bool,
    disable_api_termination: bool,
    shutdown_behavior: Option<String>,
    user_data: Option<String>,
}

impl Attributes {
    async fn read(client: &AwsClients, id: &str) -> OpResult<Self> {
        let read = |name: InstanceAttributeName| async move {
            let call = client.ec2().describe_instance_attribute().instance_id(id).attribute(name);
            match call.send().await.of("ec2:DescribeInstanceAttribute") {
                Ok(answer) => Ok(Some(answer)),
                // Emulators and some partitions do not have all of them.
                Err(error)
                    if matches!(
                        error.kind,
                        OpErrorKind::NotImplemented | OpErrorKind::Invalid | OpErrorKind::NotFound
                    ) =>
                {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        };
        let (stop, termination, shutdown, data) = tokio::try_join!(
            read(InstanceAttributeName::DisableApiStop),
            read(InstanceAttributeName::DisableApiTermination),
            read(InstanceAttributeName::InstanceInitiatedShutdownBehavior),
            read(InstanceAttributeName::UserData),
        )?;
        let stop = stop.and_then(|answer| answer.disable_api_stop?.value);
        let termination = termination.and_then(|answer| answer.disable_api_termination?.value);
        Ok(Self {
            disable_api_stop: stop.unwrap_or(false),
            disable_api_termination: termination.unwrap_or(false),
            shutdown_behavior: shutdown
                .and_then(|answer| answer.instance_initiated_shutdown_behavior?.value),
            user_data: data.and_then(|answer| answer.user_data?.value),
        })
    }
}

/// The credits of burstable instances, by id.
async fn cpu_credits(
    client: &AwsClients,
    instances: impl Iterator<Item = &Instance>,
) -> OpResult<HashMap<String, String>> {
    let is_burstable = |instance: &&Instance| {
        let instance_type = instance.instance_type().map(ToString::to_string).unwrap_or_default();
        let family = instance_type.split('.').next().unwrap_or_default();
        ["t2", "t3", "t3a", "t4g"].contains(&family)
    };
    let ids: Vec<String> =
        instances.filter(is_burstable).filter_map(|found| found.instance_id.clone()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // A filter and not a list of ids: one that is terminated meanwhile would fail the call.
    let call = client.ec2().describe_instance_credit_specifications();
    let call = call.filters(filter("instance-id", ids)).into_paginator().items();
    match call.send().try_collect().await.of("ec2:DescribeInstanceCreditSpecifications") {
        Ok(found) => {
            let found = found.into_iter();
            Ok(found.filter_map(|found| Some((found.instance_id?, found.cpu_credits?))).collect())
        }
        Err(error) if error.kind == OpErrorKind::NotImplemented => Ok(HashMap::new()),
        Err(error) => Err(error),
    }
}

/// The object of what was found.
pub(super) fn object(client: &AwsClients, prior: &Value, found: &Found) -> Value {
    let instance = &found.instance;
    let id = instance.instance_id().unwrap_or_default();
    let placement = instance.placement();
    let mut draft = Draft::from(prior);
    draft
        .set("id", id)
        .set("arn", client.arn_of("ec2", &found.account_id, &format!("instance/{id}")))
        .set("ami", instance.image_id())
        .set("availability_zone", placement.and_then(|place| place.availability_zone()))
        .set("cpu_core_count", instance.cpu_options().and_then(|cpu| cpu.core_count))
        .set("cpu_threads_per_core", instance.cpu_options().and_then(|cpu| cpu.threads_per_core))
        .set("disable_api_stop", found.disable_api_stop)
        .set("disable_api_termination", found.disable_api_termination)
        .set("ebs_optimized", instance.ebs_optimized.unwrap_or(false))
        .set("hibernation", instance.hibernation_options().and_then(|found| found.configured))
        .set("host_id", placement.and_then(|place| place.host_id()))
        .set("host_resource_group_arn", placement.and_then(|place| place.host_resource_group_arn()))
        .set(
            "iam_instance_profile",
            instance.iam_instance_profile().and_then(|profile| profile.arn()).and_then(last_part),
        )
        .set("instance_initiated_shutdown_behavior", found.shutdown_behavior.clone())
        .set("instance_lifecycle", instance.instance_lifecycle().map(ToString::to_string))
        .set(
            "instance_state",
            instance.state().and_then(|state| state.name()).map(ToString::to_string),
        )
        .set("instance_type", instance.instance_type().map(ToString::to_string))
        .set("key_name", instance.key_name())
        .set(
            "monitoring",
            instance.monitoring().and_then(|monitoring| monitoring.state()).is_some_and(|state| {
                matches!(state, MonitoringState::Enabled | MonitoringState::Pending)
            }),
        )
        .set("outpost_arn", instance.outpost_arn())
        .set("placement_group", placement.and_then(|place| place.group_name()))
        .set("placement_partition_number", placement.and_then(|place| place.partition_number))
        .set("spot_instance_request_id", instance.spot_instance_request_id())
        .set("tenancy", placement.and_then(|place| place.tenancy()).map(ToString::to_string));
    show_network(&mut draft, instance);
    show_user_data(&mut draft, found);
    show_options(&mut draft, prior, found);
    show_volumes(client, &mut draft, found);
    client.tags.show(&mut draft, pairs(instance.tags()));
    draft.finish()
}

fn show_network(draft: &mut Draft, instance: &Instance) {
    let is_primary = |interface: &&InstanceNetworkInterface| {
        interface.attachment().and_then(|attached| attached.device_index) == Some(0)
    };
    let primary = instance.network_interfaces().iter().find(is_primary);
    let addresses = primary.map(InstanceNetworkInterface::private_ip_addresses).unwrap_or_default();
    let secondary = addresses.iter().filter(|address| address.primary != Some(true));
    let ipv6: Vec<String> = primary
        .map(InstanceNetworkInterface::ipv6_addresses)
        .unwrap_or_default()
        .iter()
        .filter_map(|address| address.ipv6_address.clone())
        .collect();
    // Where nothing else is known of the primary interface, the instance itself says the same.
    let groups = primary.map_or(instance.security_groups(), InstanceNetworkInterface::groups);
    let in_vpc = instance.subnet_id().is_some_and(|id| !id.is_empty());
    let ids = groups.iter().filter(|_| in_vpc).filter_map(|group| group.group_id.clone());
    let names = instance.security_groups().iter().filter_map(|group| group.group_name.clone());
    let has_public = primary.map(|primary| {
        primary.association().and_then(|association| association.public_ip()).is_some()
    });
    let source_dest_check = primary.and_then(|one| one.source_dest_check);
    draft
        .set("associate_public_ip_address", has_public.unwrap_or(false))
        .set("enable_primary_ipv6", ipv6_is_primary(primary))
        .set("ipv6_address_count", i64::try_from(ipv6.len()).ok())
        .set("ipv6_addresses", strings_list(ipv6))
        .set("primary_network_interface_id", primary.and_then(|one| one.network_interface_id()))
        .set("private_dns", instance.private_dns_name())
        .set("private_ip", instance.private_ip_address())
        .set("public_dns", instance.public_dns_name())
        .set("public_ip", instance.public_ip_address())
        .set(
            "secondary_private_ips",
            strings_set(secondary.filter_map(|address| address.private_ip_address.clone())),
        )
        .set("security_groups", strings_set(names))
        .set("source_dest_check", source_dest_check.or(instance.source_dest_check))
        .set("subnet_id", primary.and_then(|one| one.subnet_id()).or_else(|| instance.subnet_id()))
        .set("vpc_security_group_ids", strings_set(ids));
}

fn ipv6_is_primary(primary: Option<&InstanceNetworkInterface>) -> bool {
    primary
        .map(InstanceNetworkInterface::ipv6_addresses)
        .unwrap_or_default()
        .iter()
        .any(|address| address.is_primary_ipv6 == Some(true))
}

/// The instance's data goes where it was written.
fn show_user_data(draft: &mut Draft, found: &Found) {
    let encoded = found.user_data.clone().unwrap_or_default();
    let written =
        |name| draft.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if written("user_data_base64") {
        draft.set("user_data_base64", encoded).set("user_data", None::<&str>);
        return;
    }
    let text = STANDARD.decode(&encoded).ok().and_then(|data| String::from_utf8(data).ok());
    let (name, other, value) = match text {
        Some(text) => ("user_data", "user_data_base64", text),
        None => ("user_data_base64", "user_data", encoded),
    };
    let same = Equality::Custom(same_user_data);
    draft.set_unless_equal(name, same, value).set(other, None::<&str>);
}

fn show_options(draft: &mut Draft, prior: &Value, found: &Found) {
    let instance = &found.instance;
    draft
        .each(
            "capacity_reservation_specification",
            instance.capacity_reservation_specification(),
            |draft, found| {
                let preference = found.capacity_reservation_preference();
                draft
                    .set("capacity_reservation_preference", preference.map(ToString::to_string))
                    .each(
                        "capacity_reservation_target",
                        found.capacity_reservation_target(),
                        |draft, target| {
                            let group = "capacity_reservation_resource_group_arn";
                            draft
                                .set("capacity_reservation_id", target.capacity_reservation_id())
                                .set(group, target.capacity_reservation_resource_group_arn());
                        },
                    );
            },
        )
        .each("cpu_options", instance.cpu_options(), |draft, found| {
            draft
                .set("amd_sev_snp", found.amd_sev_snp().map(ToString::to_string))
                .set("core_count", found.core_count)
                .set("threads_per_core", found.threads_per_core);
        })
        .each("enclave_options", instance.enclave_options(), |draft, found| {
            draft.set("enabled", found.enabled);
        })
        .each("maintenance_options", instance.maintenance_options(), |draft, found| {
            draft.set("auto_recovery", found.auto_recovery().map(ToString::to_string));
        })
        .each("metadata_options", instance.metadata_options(), |draft, found| {
            let tags = found.instance_metadata_tags().map(ToString::to_string);
            draft
                .set("http_endpoint", found.http_endpoint().map(ToString::to_string))
                .set("http_protocol_ipv6", found.http_protocol_ipv6().map(ToString::to_string))
                .set("http_put_response_hop_limit", found.http_put_response_hop_limit)
                .set("http_tokens", found.http_tokens().map(ToString::to_string))
                .set("instance_metadata_tags", tags);
        })
        .each("private_dns_name_options", instance.private_dns_name_options(), |draft, found| {
            let ipv6 = "enable_resource_name_dns_aaaa_record";
            draft
                .set("enable_resource_name_dns_a_record", found.enable_resource_name_dns_a_record)
                .set(ipv6, found.enable_resource_name_dns_aaaa_record)
                .set("hostname_type", found.hostname_type().map(ToString::to_string));
        });
    // Every burstable instance has credits; they are of interest where somebody wrote about them.
    if View::new(prior).block("credit_specification").is_some() {
        draft.each("credit_specification", found.cpu_credits.as_deref(), |draft, credits| {
            draft.set("cpu_credits", credits);
        });
    }
}

/// A volume with its place in the instance.
struct Device<'a> {
    mapping: &'a InstanceBlockDeviceMapping,
    volume: &'a Volume,
}

fn show_volumes(client: &AwsClients, draft: &mut Draft, found: &Found) {
    let instance = &found.instance;
    let devices = instance.block_device_mappings().iter().filter_map(|mapping| {
        let volume = found.volumes.get(mapping.ebs()?.volume_id()?)?;
        Some(Device { mapping, volume })
    });
    let is_root = |device: &Device<'_>| device.mapping.device_name() == instance.root_device_name();
    let (root, further): (Vec<_>, Vec<_>) = devices.partition(is_root);
    // The tags of volumes are shown where they are written: with each volume, or for all of them.
    let of_all = draft.get("volume_tags").and_then(Value::as_map).is_some();
    if of_all {
        let tags = root.first().map(|device| device.volume.tags()).unwrap_or_default();
        draft.set("volume_tags", own_tags(client, tags, draft.get("volume_tags")));
    }
    let set_common = |draft: &mut Draft, device: &Device<'_>| {
        let volume = device.volume;
        let all: Vec<_> = pairs(volume.tags()).collect();
        draft
            .set(
                "delete_on_termination",
                device.mapping.ebs().and_then(|ebs| ebs.delete_on_termination),
            )
            .set("device_name", device.mapping.device_name())
            .set("encrypted", volume.encrypted.unwrap_or(false))
            .set("iops", volume.iops)
            .set("kms_key_id", volume.kms_key_id())
            .set("throughput", volume.throughput)
            .set("volume_id", volume.volume_id())
            .set("volume_size", volume.size)
            .set("volume_type", volume.volume_type().map(ToString::to_string));
        if of_all {
            draft.set("tags_all", Value::map(Type::String, Vec::<(String, Value)>::new()));
        } else {
            client.tags.show(draft, all);
        }
    };
    draft.each("root_block_device", &root, |draft, device| set_common(draft, device));
    draft.each("ebs_block_device", &further, |draft, device| {
        set_common(draft, device);
        draft.set("snapshot_id", device.volume.snapshot_id());
    });
}

/// Tags without those that every object has.
fn own_tags(
    client: &AwsClients,
    tags: &[aws_sdk_ec2::types::Tag],
    written: Option<&Value>,
) -> Value {
    let own = pairs(tags).filter(|(key, value)| {
        client.tags.default.get(key) != Some(value)
            || written.and_then(|written| written.get(key)).is_some()
    });
    Value::map(Type::String, own.map(|(key, value)| (key, Value::from(value))))
}

/// The name at the end of an ARN.
fn last_part(arn: &str) -> Option<&str> {
    arn.rsplit('/').next()
}
