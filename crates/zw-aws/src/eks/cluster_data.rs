//! `aws_eks_cluster` (data source): a cluster that exists.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Schema};

use super::{cluster, cluster_name};
use crate::toolkit::{computed, optional_computed, required};

/// What it has in common with the resource type.
const PARTS: [&str; 20] = [
    "access_config",
    "arn",
    "certificate_authority",
    "cluster_id",
    "compute_config",
    "created_at",
    "enabled_cluster_log_types",
    "endpoint",
    "identity",
    "kubernetes_network_config",
    "outpost_config",
    "platform_version",
    "remote_network_config",
    "role_arn",
    "status",
    "storage_config",
    "upgrade_policy",
    "version",
    "vpc_config",
    "zonal_shift_config",
];

pub(super) fn schema() -> Schema {
    let resource = cluster::schema().block;
    let part = |name| {
        let description = match (resource.attribute(name), resource.nested(name)) {
            (Some(attribute), _) => attribute.description,
            (None, Some(nested)) => nested.description,
            (None, None) => "",
        };
        let ty = resource.object_type().get(name).map_or(Type::Dynamic, |attr| attr.ty.clone());
        computed(name, ty, description)
    };
    let own: [Attribute; 3] = [
        computed("id", Type::String, "The cluster's name."),
        required("name", Type::String, "The name.").validate(cluster_name),
        optional_computed("tags", Type::map(Type::String), "The cluster's tags."),
    ];
    Schema::new("A cluster that exists.", PARTS.into_iter().map(part).chain(own), [])
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use async_trait::async_trait;
    use zw_lang::Value;
    use zw_provider::{DataSource, OpResult, Resource, View};

    use super::PARTS;
    use crate::eks::cluster::live::Cluster;
    use crate::toolkit::{AwsClients, Draft};

    pub(in crate::eks) struct ClusterData;

    #[async_trait]
    impl DataSource<AwsClients> for ClusterData {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let name = View::new(config).str_or_empty("name");
            let cluster = Cluster.import(client, name).await?.object;
            let mut draft = Draft::answering(config);
            draft.set("id", name);
            for part in PARTS {
                draft.set(part, cluster.get(part).cloned());
            }
            // There are no tags of a configuration to tell from those of all objects.
            draft.set("tags", cluster.get("tags_all").cloned());
            Ok(draft.finish())
        }
    }
}
