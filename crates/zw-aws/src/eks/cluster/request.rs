//! From the blocks of a cluster to the requests of EKS.

use aws_sdk_eks::operation::create_cluster::builders::CreateClusterFluentBuilder;
use aws_sdk_eks::types::{
    BlockStorage, ComputeConfigRequest, ControlPlanePlacementRequest, CreateAccessConfigRequest,
    ElasticLoadBalancing, EncryptionConfig, KubernetesNetworkConfigRequest, LogSetup, LogType,
    Logging, OutpostConfigRequest, Provider, RemoteNetworkConfigRequest, RemoteNodeNetwork,
    RemotePodNetwork, StorageConfigRequest, UpdateAccessConfigRequest, UpgradePolicyRequest,
    VpcConfigRequest, ZonalShiftConfigRequest,
};
use zw_provider::{OpError, OpErrorKind, OpResult, View};

use crate::toolkit::{AwsClients, Given};

const LOG_TYPES: [LogType; 5] = [
    LogType::Api,
    LogType::Audit,
    LogType::Authenticator,
    LogType::ControllerManager,
    LogType::Scheduler,
];

/// All that can be said at once.
pub(super) fn create(
    client: &AwsClients,
    planned: View<'_>,
) -> OpResult<CreateClusterFluentBuilder> {
    let vpc_parts = [
        "endpoint_private_access",
        "endpoint_public_access",
        "public_access_cidrs",
        "security_group_ids",
        "subnet_ids",
    ];
    let vpc_config = planned.block("vpc_config").map(|block| vpc(block, &vpc_parts));
    let zonal = planned.block("zonal_shift_config").map(|_| zonal_shift(planned));
    Ok(client
        .eks()
        .create_cluster()
        .set_name(planned.string("name"))
        .set_role_arn(planned.string("role_arn"))
        .set_version(planned.text("version"))
        .set_bootstrap_self_managed_addons(planned.bool("bootstrap_self_managed_addons"))
        .logging(logging(planned))
        .set_resources_vpc_config(vpc_config)
        .set_access_config(create_access(planned))
        .set_compute_config(compute(planned))
        .set_encryption_config(encryption(planned))
        .set_kubernetes_network_config(network(planned))
        .set_outpost_config(outpost(planned)?)
        .set_remote_network_config(remote_network(planned))
        .set_storage_config(storage(planned))
        .set_upgrade_policy(upgrade(planned))
        .set_zonal_shift_config(zonal))
}

/// The parts of these names.
pub(super) fn vpc(block: View<'_>, names: &[&str]) -> VpcConfigRequest {
    let mut request = VpcConfigRequest::builder();
    for name in names {
        request = match *name {
            "endpoint_private_access" => request.set_endpoint_private_access(block.bool(name)),
            "endpoint_public_access" => request.set_endpoint_public_access(block.bool(name)),
            "public_access_cidrs" => request.set_public_access_cidrs(block.texts(name)),
            // An empty list means that there are to be none.
            "security_group_ids" => request.set_security_group_ids(Some(block.strings(name))),
            _ => request.set_subnet_ids(block.texts(name)),
        };
    }
    request.build()
}

/// Every type of log is said to be on or off: what is not said stays as it is.
pub(super) fn logging(planned: View<'_>) -> Logging {
    let wanted = planned.strings("enabled_cluster_log_types");
    let (on, off): (Vec<LogType>, Vec<LogType>) =
        LOG_TYPES.into_iter().partition(|log| wanted.iter().any(|wanted| wanted == log.as_str()));
    let setup = |types: Vec<LogType>, enabled| {
        LogSetup::builder().set_types(Some(types)).enabled(enabled).build()
    };
    let mut logging = Logging::builder();
    if !on.is_empty() {
        logging = logging.cluster_logging(setup(on, true));
    }
    if !off.is_empty() {
        logging = logging.cluster_logging(setup(off, false));
    }
    logging.build()
}

fn create_access(planned: View<'_>) -> Option<CreateAccessConfigRequest> {
    let block = planned.block("access_config")?;
    let name = "bootstrap_cluster_creator_admin_permissions";
    let request = CreateAccessConfigRequest::builder();
    let request = request.set_authentication_mode(block.word("authentication_mode"));
    Some(request.set_bootstrap_cluster_creator_admin_permissions(block.bool(name)).build())
}

pub(super) fn update_access(planned: View<'_>) -> Option<UpdateAccessConfigRequest> {
    let block = planned.block("access_config")?;
    let request = UpdateAccessConfigRequest::builder();
    Some(request.set_authentication_mode(block.word("authentication_mode")).build())
}

pub(super) fn compute(planned: View<'_>) -> Option<ComputeConfigRequest> {
    let block = planned.block("compute_config")?;
    Some(
        ComputeConfigRequest::builder()
            .set_enabled(block.bool("enabled"))
            .set_node_pools(block.texts("node_pools"))
            .set_node_role_arn(block.text("node_role_arn"))
            .build(),
    )
}

/// What ends a configuration that is not written any more.
pub(super) fn compute_off(old: View<'_>) -> Option<ComputeConfigRequest> {
    old.block("compute_config")?;
    Some(ComputeConfigRequest::builder().enabled(false).build())
}

#[expect(deprecated, reason = "the resources do not matter any more, but are still required")]
pub(super) fn encryption(planned: View<'_>) -> Option<Vec<EncryptionConfig>> {
    let block = planned.block("encryption_config")?;
    let provider = block
        .block("provider")
        .map(|provider| Provider::builder().set_key_arn(provider.text("key_arn")).build());
    let config = EncryptionConfig::builder().set_resources(block.texts("resources"));
    Some(vec![config.set_provider(provider).build()])
}

pub(super) fn network(planned: View<'_>) -> Option<KubernetesNetworkConfigRequest> {
    let block = planned.block("kubernetes_network_config")?;
    let balancing = block.block("elastic_load_balancing").map(|balancing| {
        ElasticLoadBalancing::builder().set_enabled(balancing.bool("enabled")).build()
    });
    Some(
        KubernetesNetworkConfigRequest::builder()
            .set_ip_family(block.word("ip_family"))
            .set_service_ipv4_cidr(block.text("service_ipv4_cidr"))
            .set_elastic_load_balancing(balancing)
            .build(),
    )
}

fn outpost(planned: View<'_>) -> OpResult<Option<OutpostConfigRequest>> {
    let Some(block) = planned.block("outpost_config") else { return Ok(None) };
    let placement = block.block("control_plane_placement").map(|placement| {
        let request = ControlPlanePlacementRequest::builder();
        request.set_group_name(placement.text("group_name")).build()
    });
    let request = OutpostConfigRequest::builder()
        .set_outpost_arns(block.texts("outpost_arns"))
        .set_control_plane_instance_type(block.text("control_plane_instance_type"))
        .set_control_plane_placement(placement)
        .build();
    request.map(Some).map_err(|error| OpError::new(OpErrorKind::Invalid, format!("{error}.")))
}

fn remote_network(planned: View<'_>) -> Option<RemoteNetworkConfigRequest> {
    let block = planned.block("remote_network_config")?;
    let nodes = block
        .blocks("remote_node_networks")
        .map(|networks| RemoteNodeNetwork::builder().set_cidrs(networks.texts("cidrs")).build());
    let pods = block
        .blocks("remote_pod_networks")
        .map(|networks| RemotePodNetwork::builder().set_cidrs(networks.texts("cidrs")).build());
    let (nodes, pods): (Vec<_>, Vec<_>) = (nodes.collect(), pods.collect());
    Some(
        RemoteNetworkConfigRequest::builder()
            .set_remote_node_networks(Some(nodes))
            .set_remote_pod_networks(Some(pods).filter(|pods| !pods.is_empty()))
            .build(),
    )
}

pub(super) fn storage(planned: View<'_>) -> Option<StorageConfigRequest> {
    let block = planned.block("storage_config")?;
    let volumes = block
        .block("block_storage")
        .map(|volumes| BlockStorage::builder().set_enabled(volumes.bool("enabled")).build());
    Some(StorageConfigRequest::builder().set_block_storage(volumes).build())
}

/// What ends a configuration that is not written any more.
pub(super) fn storage_off(old: View<'_>) -> Option<StorageConfigRequest> {
    old.block("storage_config")?;
    let volumes = BlockStorage::builder().enabled(false).build();
    Some(StorageConfigRequest::builder().block_storage(volumes).build())
}

pub(super) fn upgrade(planned: View<'_>) -> Option<UpgradePolicyRequest> {
    let block = planned.block("upgrade_policy")?;
    Some(UpgradePolicyRequest::builder().set_support_type(block.word("support_type")).build())
}

/// Without a block it is off.
pub(super) fn zonal_shift(planned: View<'_>) -> ZonalShiftConfigRequest {
    let block = planned.block("zonal_shift_config");
    let enabled = block.and_then(|block| block.bool("enabled")).unwrap_or(false);
    ZonalShiftConfigRequest::builder().enabled(enabled).build()
}
