//! From what EKS says of a node group to its object.
//!
//! A part that an answer does not have at all is left as it was known: EKS tells all of a group, so the
//! silence is that of an endpoint which does not know the part.

use aws_sdk_eks::types::{
    AmiTypes, CapacityTypes, Nodegroup, NodegroupStatus, RemoteAccessConfig, TaintEffect,
};
use zw_lang::{Type, Value};

use crate::eks::live::pairs;
use crate::toolkit::{AwsClients, Draft, prefix_of, strings_list, strings_set};

pub(super) fn object(client: &AwsClients, prior: &Value, id: &str, found: &Nodegroup) -> Value {
    let mut draft = Draft::from(prior);
    let is_import = draft.get("arn").is_none_or(Value::is_null);
    draft
        .set("id", id)
        .set("arn", found.nodegroup_arn())
        .set("cluster_name", found.cluster_name())
        .set("node_group_name", found.nodegroup_name())
        .set("node_group_name_prefix", found.nodegroup_name().and_then(prefix_of))
        .set("node_role_arn", found.node_role())
        .set("status", found.status().map(NodegroupStatus::as_str))
        .set("subnet_ids", strings_set(found.subnets()))
        .set("ami_type", found.ami_type().map(AmiTypes::as_str))
        .set("capacity_type", found.capacity_type().map(CapacityTypes::as_str))
        .set("disk_size", found.disk_size())
        .set("instance_types", strings_list(found.instance_types()))
        .set("version", found.version())
        .set("release_version", found.release_version());
    let labels = found.labels().into_iter().flatten();
    let labels = labels.map(|(key, value)| (key.as_str(), Value::from(value.as_str())));
    draft.set("labels", Value::map(Type::String, labels));
    if let Some(template) = found.launch_template() {
        draft.each("launch_template", [template], |block, template| {
            block
                .set("id", template.id())
                .set("name", template.name())
                .set("version", template.version());
        });
    }
    if let Some(config) = found.node_repair_config() {
        draft.each("node_repair_config", [config], |block, config| {
            block.set("enabled", config.enabled());
        });
    }
    // It is given at creation and cannot change, so only an import has to ask for it. Some emulators answer with
    // a key that nobody gave.
    if is_import {
        show_remote_access(&mut draft, found.remote_access());
    }
    draft.each("resources", found.resources(), |block, resources| {
        block
            .set("remote_access_security_group_id", resources.remote_access_security_group())
            .each("autoscaling_groups", resources.auto_scaling_groups(), |block, group| {
                block.set("name", group.name());
            });
    });
    if let Some(config) = found.scaling_config() {
        draft.each("scaling_config", [config], |block, config| {
            block
                .set("desired_size", config.desired_size())
                .set("max_size", config.max_size())
                .set("min_size", config.min_size());
        });
    }
    draft.each("taint", found.taints(), |block, taint| {
        block
            .set("key", taint.key())
            .set("value", taint.value())
            .set("effect", taint.effect().map(TaintEffect::as_str));
    });
    if let Some(config) = found.update_config() {
        draft.each("update_config", [config], |block, config| {
            block
                .set("max_unavailable", config.max_unavailable())
                .set("max_unavailable_percentage", config.max_unavailable_percentage());
        });
    }
    client.tags.show(&mut draft, pairs(found.tags()));
    draft.finish()
}

fn show_remote_access(draft: &mut Draft, found: Option<&RemoteAccessConfig>) {
    draft.each("remote_access", found, |block, access| {
        block
            .set("ec2_ssh_key", access.ec2_ssh_key())
            .set("source_security_group_ids", strings_set(access.source_security_groups()));
    });
}
