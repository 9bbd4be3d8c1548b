//! Changes of an instance, each with the call that the API has for it.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_ec2::operation::modify_instance_attribute::builders::ModifyInstanceAttributeFluentBuilder;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, AttributeValue, CapacityReservationSpecification,
    CapacityReservationTarget, EbsInstanceBlockDeviceSpecification,
    IamInstanceProfileSpecification, Instance, InstanceBlockDeviceMappingSpecification,
    InstanceCreditSpecificationRequest, InstanceStateName, SecureBlobAttributeValue,
};
use aws_smithy_types::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zw_lang::Value;
use zw_provider::{OpResult, UpdateRequest, View};

use super::live::{get, wait_for};
use super::{request, same_user_data};
use crate::ec2::live::{filter, put_tags, update_tags};
use crate::toolkit::{Answer, AwsClients, Given, fill};

/// Brings an instance to what is planned.
pub(super) async fn apply(
    client: &AwsClients,
    update: &UpdateRequest,
    timeout: Duration,
) -> OpResult<()> {
    let change = Change {
        client,
        id: View::new(&update.prior).str_or_empty("id"),
        prior: &update.prior,
        planned: &update.planned,
        timeout,
    };
    update_tags(client, &update.prior, &update.planned).await?;
    change.volume_tags().await?;
    change.instance_profile().await?;
    change.network().await?;
    change.stopped().await?;
    change.attributes().await?;
    change.options().await?;
    change.root_device().await
}

/// Whether traffic of others is dropped.
pub(super) async fn source_dest_check(client: &AwsClients, id: &str, wanted: bool) -> OpResult<()> {
    let call = client.ec2().modify_instance_attribute().instance_id(id);
    let call = call.source_dest_check(boolean(wanted)).send().await;
    call.of("ec2:ModifyInstanceAttribute").map(drop)
}

/// Gives volumes the tags that are written with them.
pub(super) async fn tag_block_devices(
    client: &AwsClients,
    instance: &Instance,
    planned: &Value,
) -> OpResult<()> {
    let view = View::new(planned);
    for device in view.blocks("root_block_device").chain(view.blocks("ebs_block_device")) {
        let tags = device.string_map("tags");
        let name = device.str("device_name").or_else(|| instance.root_device_name());
        let mappings = instance.block_device_mappings();
        let mapping = mappings.iter().find(|mapping| mapping.device_name() == name);
        let volume_id = mapping.and_then(|mapping| mapping.ebs()?.volume_id());
        if let Some(volume_id) = volume_id.filter(|_| !tags.is_empty()) {
            put_tags(client, volume_id, tags.into_iter().map(|(k, v)| (k.into(), v.into())))
                .await?;
        }
    }
    Ok(())
}

struct Change<'a> {
    client: &'a AwsClients,
    id: &'a str,
    prior: &'a Value,
    planned: &'a Value,
    timeout: Duration,
}

impl Change<'_> {
    /// What is planned of an attribute that is to change; nothing if that is not known or stays.
    fn changed(&self, name: &str) -> Option<View<'_>> {
        let new = self.planned.get(name).filter(|new| new.is_known())?;
        (self.prior.get(name) != Some(new)).then(|| View::new(self.planned))
    }

    /// The block that is planned, if it is to change.
    fn changed_block(&self, name: &str) -> Option<View<'_>> {
        self.changed(name)?.block(name)
    }

    fn modify(&self) -> ModifyInstanceAttributeFluentBuilder {
        self.client.ec2().modify_instance_attribute().instance_id(self.id)
    }

    async fn send(&self, call: ModifyInstanceAttributeFluentBuilder) -> OpResult<()> {
        call.send().await.of("ec2:ModifyInstanceAttribute").map(drop)
    }

    async fn volume_tags(&self) -> OpResult<()> {
        let Some(instance) = get(self.client, self.id).await? else { return Ok(()) };
        if let Some(view) = self.changed("volume_tags") {
            let old = View::new(self.prior).string_map("volume_tags");
            let new = view.string_map("volume_tags");
            let gone = old.iter().filter(|(key, _)| new.iter().all(|(other, _)| other != key));
            let gone: Vec<String> = gone.map(|(key, _)| key.to_string()).collect();
            for mapping in instance.block_device_mappings() {
                let Some(id) = mapping.ebs().and_then(|ebs| ebs.volume_id()) else { continue };
                crate::ec2::live::remove_tags(self.client, id, gone.clone()).await?;
                let tags = new.iter().map(|(key, value)| (key.to_string(), value.to_string()));
                put_tags(self.client, id, tags).await?;
            }
        }
        for name in ["root_block_device", "ebs_block_device"] {
            for device in View::new(self.planned).blocks(name) {
                let Some(volume_id) = device.str("volume_id") else { continue };
                let old = View::new(self.prior)
                    .blocks(name)
                    .find(|old| old.str("volume_id") == Some(volume_id))
                    .map(|old| old.string_map("tags"))
                    .unwrap_or_default();
                let new = device.string_map("tags");
                if old == new {
                    continue;
                }
                let gone = old.iter().filter(|(key, _)| new.iter().all(|(other, _)| other != key));
                let gone = gone.map(|(key, _)| key.to_string()).collect();
                crate::ec2::live::remove_tags(self.client, volume_id, gone).await?;
                let tags = new.into_iter().map(|(key, value)| (key.into(), value.into()));
                put_tags(self.client, volume_id, tags).await?;
            }
        }
        Ok(())
    }

    async fn instance_profile(&self) -> OpResult<()> {
        let Some(view) = self.changed("iam_instance_profile") else { return Ok(()) };
        let ec2 = self.client.ec2();
        let profile = view.text("iam_instance_profile");
        let profile =
            profile.map(|name| IamInstanceProfileSpecification::builder().name(name).build());
        let call = ec2.describe_iam_instance_profile_associations();
        let found = call.filters(filter("instance-id", [self.id])).send().await;
        let found = found.of("ec2:DescribeIamInstanceProfileAssociations")?;
        let old = found.iam_instance_profile_associations.and_then(|all| all.into_iter().next());
        match (old.and_then(|old| old.association_id), profile) {
            (Some(old), Some(profile)) => {
                let call = ec2.replace_iam_instance_profile_association().association_id(old);
                let call = call.iam_instance_profile(profile).send().await;
                call.of("ec2:ReplaceIamInstanceProfileAssociation").map(drop)
            }
            (Some(old), None) => {
                let call = ec2.disassociate_iam_instance_profile().association_id(old);
                call.send().await.of("ec2:DisassociateIamInstanceProfile").map(drop)
            }
            (None, Some(profile)) => {
                let call = ec2.associate_iam_instance_profile().instance_id(self.id);
                let call = call.iam_instance_profile(profile).send().await;
                call.of("ec2:AssociateIamInstanceProfile").map(drop)
            }
            (None, None) => Ok(()),
        }
    }

    async fn network(&self) -> OpResult<()> {
        if let Some(view) = self.changed("source_dest_check") {
            let wanted = view.bool("source_dest_check").unwrap_or(true);
            source_dest_check(self.client, self.id, wanted).await?;
        }
        if let Some(view) = self.changed("vpc_security_group_ids") {
            let groups = view.texts("vpc_security_group_ids");
            self.send(self.modify().set_groups(groups)).await?;
        }
        let Some(view) = self.changed("secondary_private_ips") else { return Ok(()) };
        let interface = View::new(self.prior).string("primary_network_interface_id");
        let name = "secondary_private_ips";
        let old: BTreeSet<_> = View::new(self.prior).strings(name).into_iter().collect();
        let new: BTreeSet<_> = view.strings(name).into_iter().collect();
        let ec2 = self.client.ec2();
        let gone: Vec<String> = old.difference(&new).cloned().collect();
        if !gone.is_empty() {
            let call = ec2.unassign_private_ip_addresses();
            let call = call.set_network_interface_id(interface.clone());
            let call = call.set_private_ip_addresses(Some(gone)).send().await;
            call.of("ec2:UnassignPrivateIpAddresses")?;
        }
        let added: Vec<String> = new.difference(&old).cloned().collect();
        if !added.is_empty() {
            let call = ec2.assign_private_ip_addresses().set_network_interface_id(interface);
            let call = call.set_private_ip_addresses(Some(added)).send().await;
            call.of("ec2:AssignPrivateIpAddresses")?;
        }
        Ok(())
    }

    /// What an instance has to be stopped for.
    async fn stopped(&self) -> OpResult<()> {
        let mut calls = Vec::new();
        if let Some(view) = self.changed("instance_type") {
            calls.push(self.modify().instance_type(value(view.text("instance_type"))));
        }
        let data = ["user_data", "user_data_base64"].into_iter().any(|name| {
            let new = self.planned.get(name).filter(|new| new.is_known());
            let old = self.prior.get(name);
            new.is_some_and(|new| old.is_none_or(|old| !same_user_data(old, new)))
        });
        if data {
            let encoded = request::user_data(View::new(self.planned)).unwrap_or_default();
            // The SDK encodes what it is given.
            let data = STANDARD.decode(&encoded).unwrap_or_else(|_| encoded.into_bytes());
            let data = SecureBlobAttributeValue::builder().value(Blob::new(data)).build();
            calls.push(self.modify().user_data(data));
        }
        let reservation = self.changed_block("capacity_reservation_specification");
        if calls.is_empty() && reservation.is_none() {
            return Ok(());
        }
        let ec2 = self.client.ec2();
        let was_running = View::new(self.prior).str("instance_state") != Some("stopped");
        if was_running {
            let call = ec2.stop_instances().instance_ids(self.id).send().await;
            call.of("ec2:StopInstances")?;
            wait_for(self.client, self.id, &InstanceStateName::Stopped, self.timeout).await?;
        }
        for call in calls {
            self.send(call).await?;
        }
        if let Some(view) = reservation {
            let target = view.block("capacity_reservation_target").map(|target| {
                let group = target.text("capacity_reservation_resource_group_arn");
                CapacityReservationTarget::builder()
                    .set_capacity_reservation_id(target.text("capacity_reservation_id"))
                    .set_capacity_reservation_resource_group_arn(group)
                    .build()
            });
            let specification = CapacityReservationSpecification::builder()
                .set_capacity_reservation_preference(view.word("capacity_reservation_preference"))
                .set_capacity_reservation_target(target)
                .build();
            let call = ec2.modify_instance_capacity_reservation_attributes().instance_id(self.id);
            let call = call.capacity_reservation_specification(specification).send().await;
            call.of("ec2:ModifyInstanceCapacityReservationAttributes")?;
        }
        if was_running {
            let call = ec2.start_instances().instance_ids(self.id).send().await;
            call.of("ec2:StartInstances")?;
            wait_for(self.client, self.id, &InstanceStateName::Running, self.timeout).await?;
        }
        Ok(())
    }

    async fn attributes(&self) -> OpResult<()> {
        if let Some(view) = self.changed("disable_api_stop") {
            let wanted = view.bool("disable_api_stop").unwrap_or(false);
            self.send(self.modify().disable_api_stop(boolean(wanted))).await?;
        }
        if let Some(view) = self.changed("disable_api_termination") {
            let wanted = view.bool("disable_api_termination").unwrap_or(false);
            self.send(self.modify().disable_api_termination(boolean(wanted))).await?;
        }
        let name = "instance_initiated_shutdown_behavior";
        if let Some(view) = self.changed(name) {
            let call = self.modify();
            self.send(call.instance_initiated_shutdown_behavior(value(view.text(name)))).await?;
        }
        let Some(view) = self.changed("monitoring") else { return Ok(()) };
        let ec2 = self.client.ec2();
        if view.bool("monitoring") == Some(true) {
            let call = ec2.monitor_instances().instance_ids(self.id).send().await;
            call.of("ec2:MonitorInstances").map(drop)
        } else {
            let call = ec2.unmonitor_instances().instance_ids(self.id).send().await;
            call.of("ec2:UnmonitorInstances").map(drop)
        }
    }

    async fn options(&self) -> OpResult<()> {
        let ec2 = self.client.ec2();
        if let Some(view) = self.changed_block("metadata_options") {
            let call = fill!(
                ec2.modify_instance_metadata_options().instance_id(self.id), view,
                set_http_endpoint = word "http_endpoint",
                set_http_protocol_ipv6 = word "http_protocol_ipv6",
                set_http_put_response_hop_limit = count "http_put_response_hop_limit",
                set_http_tokens = word "http_tokens",
                set_instance_metadata_tags = word "instance_metadata_tags",
            );
            call.send().await.of("ec2:ModifyInstanceMetadataOptions")?;
        }
        if let Some(view) = self.changed_block("maintenance_options") {
            let call = ec2.modify_instance_maintenance_options().instance_id(self.id);
            let call = call.set_auto_recovery(view.word("auto_recovery")).send().await;
            call.of("ec2:ModifyInstanceMaintenanceOptions")?;
        }
        if let Some(view) = self.changed_block("private_dns_name_options") {
            let call = fill!(
                ec2.modify_private_dns_name_options().instance_id(self.id), view,
                set_enable_resource_name_dns_a_record = bool "enable_resource_name_dns_a_record",
                set_enable_resource_name_dns_aaaa_record =
                    bool "enable_resource_name_dns_aaaa_record",
            );
            call.send().await.of("ec2:ModifyPrivateDnsNameOptions")?;
        }
        let credits = self.changed_block("credit_specification");
        if let Some(credits) = credits.and_then(|view| view.text("cpu_credits")) {
            let specification = InstanceCreditSpecificationRequest::builder();
            let specification = specification.instance_id(self.id).cpu_credits(credits).build();
            let call = ec2.modify_instance_credit_specification();
            let call = call.instance_credit_specifications(specification).send().await;
            call.of("ec2:ModifyInstanceCreditSpecification")?;
        }
        Ok(())
    }

    async fn root_device(&self) -> OpResult<()> {
        let Some(new) = self.changed_block("root_block_device") else { return Ok(()) };
        let Some(old) = View::new(self.prior).block("root_block_device") else { return Ok(()) };
        let differs = |name: &str| new.get(name).is_some() && old.get(name) != new.get(name);
        if ["volume_size", "volume_type", "iops", "throughput"].iter().any(|name| differs(name)) {
            let call = fill!(
                self.client.ec2().modify_volume().set_volume_id(old.string("volume_id")), new,
                set_size = count "volume_size",
                set_volume_type = word "volume_type",
            );
            // Where they are not to change they follow from the type, and not every type has them.
            let call = call
                .set_iops(new.count("iops").filter(|_| differs("iops")))
                .set_throughput(new.count("throughput").filter(|_| differs("throughput")));
            call.send().await.of("ec2:ModifyVolume")?;
        }
        if differs("delete_on_termination") {
            let ebs = EbsInstanceBlockDeviceSpecification::builder();
            let ebs = ebs.set_delete_on_termination(new.bool("delete_on_termination")).build();
            let mapping = InstanceBlockDeviceMappingSpecification::builder().ebs(ebs);
            let mapping = mapping.set_device_name(old.string("device_name")).build();
            self.send(self.modify().block_device_mappings(mapping)).await?;
        }
        Ok(())
    }
}

fn boolean(wanted: bool) -> AttributeBooleanValue {
    AttributeBooleanValue::builder().value(wanted).build()
}

fn value(text: Option<String>) -> AttributeValue {
    AttributeValue::builder().set_value(text).build()
}
