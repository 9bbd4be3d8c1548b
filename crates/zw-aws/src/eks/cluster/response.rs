//! From what EKS says of a cluster to its object.
//!
//! A part that an answer does not have at all is left as it was known: EKS tells all that a cluster was ever
//! given, so the silence is that of an endpoint which does not know the part.

use aws_sdk_eks::types::{
    AuthenticationMode, Cluster, ClusterStatus, EncryptionConfig, KubernetesNetworkConfigResponse,
    LogSetup, LogType, SupportType, VpcConfigResponse,
};
use zw_lang::Value;

use crate::eks::live::pairs;
use crate::toolkit::{AwsClients, Draft, rfc3339, strings_set};

pub(super) fn object(client: &AwsClients, prior: &Value, found: &Cluster) -> Value {
    let mut draft = Draft::from(prior);
    draft
        .set("id", found.name())
        .set("arn", found.arn())
        .set("name", found.name())
        .set("role_arn", found.role_arn())
        .set("version", found.version())
        .set("platform_version", found.platform_version())
        .set("endpoint", found.endpoint())
        .set("status", found.status().map(ClusterStatus::as_str))
        .set("created_at", found.created_at().and_then(rfc3339));
    // Elsewhere it is of no use.
    if found.outpost_config().is_some() {
        draft.set("cluster_id", found.id());
    }
    draft.each("certificate_authority", found.certificate_authority(), |block, authority| {
        block.set("data", authority.data());
    });
    draft.each("identity", found.identity(), |block, identity| {
        block.each("oidc", identity.oidc(), |block, oidc| {
            block.set("issuer", oidc.issuer());
        });
    });
    if let Some(logging) = found.logging() {
        let on = logging.cluster_logging().iter().filter(|setup| setup.enabled == Some(true));
        let types = on.flat_map(LogSetup::types).map(LogType::as_str);
        draft.set("enabled_cluster_log_types", strings_set(types));
    }
    show_access(&mut draft, found);
    show_auto_mode(&mut draft, found);
    if let Some(config) = &found.encryption_config {
        draft.each("encryption_config", config, show_encryption);
    }
    if let Some(config) = found.kubernetes_network_config() {
        show_network(&mut draft, config);
    }
    if let Some(config) = found.outpost_config() {
        draft.each("outpost_config", [config], |block, config| {
            let placement = config.control_plane_placement();
            block
                .set("control_plane_instance_type", config.control_plane_instance_type())
                .set("outpost_arns", strings_set(config.outpost_arns()))
                .each("control_plane_placement", placement, |block, placement| {
                    block.set("group_name", placement.group_name());
                });
        });
    }
    if let Some(config) = found.remote_network_config() {
        draft.each("remote_network_config", [config], |block, config| {
            block.each("remote_node_networks", config.remote_node_networks(), |block, networks| {
                block.set("cidrs", strings_set(networks.cidrs()));
            });
            block.each("remote_pod_networks", config.remote_pod_networks(), |block, networks| {
                block.set("cidrs", strings_set(networks.cidrs()));
            });
        });
    }
    if let Some(policy) = found.upgrade_policy() {
        draft.each("upgrade_policy", [policy], |block, policy| {
            block.set("support_type", policy.support_type().map(SupportType::as_str));
        });
    }
    if let Some(config) = found.resources_vpc_config() {
        show_vpc(&mut draft, config);
    }
    client.tags.show(&mut draft, pairs(found.tags.as_ref()));
    draft.finish()
}

#[expect(deprecated, reason = "what the resources are does not matter any more, but is still told")]
fn show_encryption(block: &mut Draft, config: &EncryptionConfig) {
    block.set("resources", strings_set(config.resources()));
    block.each("provider", config.provider(), |block, provider| {
        block.set("key_arn", provider.key_arn());
    });
}

fn show_access(draft: &mut Draft, found: &Cluster) {
    let Some(config) = found.access_config() else { return };
    let mut block = draft.block("access_config");
    let bootstrap = "bootstrap_cluster_creator_admin_permissions";
    block.set("authentication_mode", config.authentication_mode().map(AuthenticationMode::as_str));
    // It is not told. Where nothing was said of it when the cluster was made, it was so.
    if block.get(bootstrap).is_none_or(|known| !known.is_known() || known.is_null()) {
        let told = config.bootstrap_cluster_creator_admin_permissions();
        block.set_exactly(bootstrap, told.unwrap_or(true));
    }
    draft.set_blocks("access_config", [block]);
}

/// Switches that are off are the same as none.
fn show_auto_mode(draft: &mut Draft, found: &Cluster) {
    let is_none = |draft: &Draft, name| draft.get(name).and_then(Value::is_empty) == Some(true);
    if let Some(config) = found.compute_config()
        && !(config.enabled != Some(true) && is_none(draft, "compute_config"))
    {
        draft.each("compute_config", [config], |block, config| {
            block
                .set("enabled", config.enabled())
                .set("node_pools", strings_set(config.node_pools()))
                .set("node_role_arn", config.node_role_arn());
        });
    }
    if let Some(config) = found.storage_config() {
        let is_on = config.block_storage().is_some_and(|volumes| volumes.enabled == Some(true));
        if is_on || !is_none(draft, "storage_config") {
            draft.each("storage_config", [config], |block, config| {
                block.each("block_storage", config.block_storage(), |block, volumes| {
                    block.set("enabled", volumes.enabled());
                });
            });
        }
    }
    if let Some(config) = found.zonal_shift_config()
        && !(config.enabled != Some(true) && is_none(draft, "zonal_shift_config"))
    {
        draft.each("zonal_shift_config", [config], |block, config| {
            block.set("enabled", config.enabled());
        });
    }
}

fn show_network(draft: &mut Draft, config: &KubernetesNetworkConfigResponse) {
    let mut block = draft.block("kubernetes_network_config");
    if let Some(family) = config.ip_family() {
        block.set("ip_family", family.as_str());
    }
    block
        .set("service_ipv4_cidr", config.service_ipv4_cidr())
        .set("service_ipv6_cidr", config.service_ipv6_cidr());
    if let Some(balancing) = config.elastic_load_balancing() {
        block.each("elastic_load_balancing", [balancing], |block, balancing| {
            block.set("enabled", balancing.enabled());
        });
    }
    draft.set_blocks("kubernetes_network_config", [block]);
}

fn show_vpc(draft: &mut Draft, config: &VpcConfigResponse) {
    let mut block = draft.block("vpc_config");
    block
        .set("cluster_security_group_id", config.cluster_security_group_id())
        .set("vpc_id", config.vpc_id())
        // Both have defaults, so nothing is not the same as false.
        .set_exactly("endpoint_private_access", config.endpoint_private_access())
        .set_exactly("endpoint_public_access", config.endpoint_public_access());
    for (name, found) in [
        ("subnet_ids", &config.subnet_ids),
        ("security_group_ids", &config.security_group_ids),
        ("public_access_cidrs", &config.public_access_cidrs),
    ] {
        if let Some(found) = found {
            block.set(name, strings_set(found));
        }
    }
    draft.set_blocks("vpc_config", [block]);
}
