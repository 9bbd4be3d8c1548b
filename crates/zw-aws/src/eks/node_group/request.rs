//! From the blocks of a node group to the requests of EKS.

use std::collections::{HashMap, HashSet};

use aws_sdk_eks::operation::create_nodegroup::builders::CreateNodegroupFluentBuilder;
use aws_sdk_eks::types::{
    LaunchTemplateSpecification, NodeRepairConfig, NodegroupScalingConfig, NodegroupUpdateConfig,
    RemoteAccessConfig, Taint, TaintEffect, UpdateLabelsPayload, UpdateTaintsPayload,
};
use zw_provider::View;

use crate::toolkit::{AwsClients, Given};

pub(super) fn create(client: &AwsClients, planned: View<'_>) -> CreateNodegroupFluentBuilder {
    let taints = taints(planned);
    client
        .eks()
        .create_nodegroup()
        .set_cluster_name(planned.string("cluster_name"))
        .set_node_role(planned.string("node_role_arn"))
        .set_subnets(Some(planned.strings("subnet_ids")))
        .set_ami_type(planned.word("ami_type"))
        .set_capacity_type(planned.word("capacity_type"))
        .set_disk_size(planned.count("disk_size"))
        .set_instance_types(planned.texts("instance_types"))
        .set_labels(Some(labels(planned)).filter(|labels| !labels.is_empty()))
        .set_launch_template(template(planned))
        .set_node_repair_config(repair(planned))
        .set_release_version(planned.text("release_version"))
        .set_remote_access(remote_access(planned))
        .set_scaling_config(scaling(planned))
        .set_taints(Some(taints).filter(|taints| !taints.is_empty()))
        .set_update_config(update(planned))
        .set_version(planned.text("version"))
}

fn template(planned: View<'_>) -> Option<LaunchTemplateSpecification> {
    let block = planned.block("launch_template")?;
    Some(
        LaunchTemplateSpecification::builder()
            .set_id(block.text("id"))
            .set_name(block.text("name"))
            .set_version(block.text("version"))
            .build(),
    )
}

/// The template for an update. Both id and name are known then, but only one of them may be said: the one
/// that has changed, or the id.
pub(super) fn changed_template(
    old: View<'_>,
    new: View<'_>,
) -> Option<LaunchTemplateSpecification> {
    let mut template = template(new)?;
    if template.id.is_some() && template.name.is_some() {
        let old = old.block("launch_template");
        let known = |name: &str| old.and_then(|old| old.text(name));
        if template.name == known("name") || template.id != known("id") {
            template.name = None;
        } else {
            template.id = None;
        }
    }
    Some(template)
}

fn remote_access(planned: View<'_>) -> Option<RemoteAccessConfig> {
    let block = planned.block("remote_access")?;
    Some(
        RemoteAccessConfig::builder()
            .set_ec2_ssh_key(block.text("ec2_ssh_key"))
            .set_source_security_groups(block.texts("source_security_group_ids"))
            .build(),
    )
}

pub(super) fn scaling(planned: View<'_>) -> Option<NodegroupScalingConfig> {
    let block = planned.block("scaling_config")?;
    Some(
        NodegroupScalingConfig::builder()
            .set_desired_size(block.i32("desired_size"))
            .set_max_size(block.i32("max_size"))
            .set_min_size(block.i32("min_size"))
            .build(),
    )
}

pub(super) fn update(planned: View<'_>) -> Option<NodegroupUpdateConfig> {
    let block = planned.block("update_config")?;
    Some(
        NodegroupUpdateConfig::builder()
            .set_max_unavailable(block.count("max_unavailable"))
            .set_max_unavailable_percentage(block.count("max_unavailable_percentage"))
            .build(),
    )
}

pub(super) fn repair(planned: View<'_>) -> Option<NodeRepairConfig> {
    let block = planned.block("node_repair_config")?;
    Some(NodeRepairConfig::builder().enabled(block.bool("enabled").unwrap_or(false)).build())
}

fn labels(object: View<'_>) -> HashMap<String, String> {
    let labels = object.string_map("labels").into_iter();
    labels.map(|(key, value)| (key.into(), value.into())).collect()
}

pub(super) fn label_changes(old: View<'_>, new: View<'_>) -> Option<UpdateLabelsPayload> {
    let (old, new) = (labels(old), labels(new));
    let mut removed: Vec<String> =
        old.keys().filter(|key| !new.contains_key(*key)).cloned().collect();
    removed.sort_unstable();
    let set: HashMap<String, String> =
        new.into_iter().filter(|(key, value)| old.get(key) != Some(value)).collect();
    if removed.is_empty() && set.is_empty() {
        return None;
    }
    Some(
        UpdateLabelsPayload::builder()
            .set_remove_labels(Some(removed).filter(|removed| !removed.is_empty()))
            .set_add_or_update_labels(Some(set).filter(|set| !set.is_empty()))
            .build(),
    )
}

fn taints(object: View<'_>) -> Vec<Taint> {
    let taint = |block: View<'_>| {
        Taint::builder()
            .set_key(block.string("key"))
            .set_value(block.string("value"))
            .set_effect(block.word("effect"))
            .build()
    };
    object.blocks("taint").map(taint).collect()
}

/// Key and effect name a taint; one of the same name is changed rather than removed and added.
pub(super) fn taint_changes(old: View<'_>, new: View<'_>) -> Option<UpdateTaintsPayload> {
    fn name(taint: &Taint) -> (Option<&str>, Option<&str>) {
        (taint.key(), taint.effect().map(TaintEffect::as_str))
    }
    let (old, new) = (taints(old), taints(new));
    let names: HashSet<_> = new.iter().map(name).collect();
    let removed: Vec<Taint> =
        old.iter().filter(|taint| !names.contains(&name(taint))).cloned().collect();
    let set: Vec<Taint> = new.iter().filter(|taint| !old.contains(taint)).cloned().collect();
    if removed.is_empty() && set.is_empty() {
        return None;
    }
    Some(
        UpdateTaintsPayload::builder()
            .set_remove_taints(Some(removed).filter(|removed| !removed.is_empty()))
            .set_add_or_update_taints(Some(set).filter(|set| !set.is_empty()))
            .build(),
    )
}
