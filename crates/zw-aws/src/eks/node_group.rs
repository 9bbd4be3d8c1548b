//! `aws_eks_node_group`: nodes of a cluster that EKS looks after.

mod blocks;
#[cfg(feature = "eks")]
mod request;
#[cfg(feature = "eks")]
mod response;

use zw_lang::{Path, Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use super::cluster_name;
use crate::toolkit::validate::{exclusive, length, not_empty};
use crate::toolkit::{
    Tags, changes, computed, forget, list_of_strings, optional, optional_computed, required,
    set_of_strings, tag_attributes,
};

pub(super) fn schema() -> Schema {
    let resources = Type::object([
        ("autoscaling_groups", Type::list(Type::object([("name", Type::String)]))),
        ("remote_access_security_group_id", Type::String),
    ]);
    Schema::new(
        "Nodes of a cluster that EKS looks after.",
        [
            computed("id", Type::String, "The names of the cluster and the group, with a colon."),
            computed("arn", Type::String, "The group's ARN."),
            computed("status", Type::String, "The state, as `ACTIVE`."),
            computed("resources", Type::list(resources), "What the group is made of."),
            required("cluster_name", Type::String, "The cluster.")
                .force_new()
                .validate(cluster_name),
            optional_computed("node_group_name", Type::String, "The name.")
                .force_new()
                .validate(length::<0, 63>),
            optional_computed(
                "node_group_name_prefix",
                Type::String,
                "What a generated name begins with.",
            )
            .force_new()
            .validate(length::<0, 37>),
            required("node_role_arn", Type::String, "The role of the nodes.")
                .force_new()
                .validate(not_empty),
            required("subnet_ids", set_of_strings(), "Where the nodes are.").force_new(),
            optional_computed(
                "ami_type",
                Type::String,
                "The kind of image, as `AL2023_x86_64_STANDARD`.",
            )
            .force_new(),
            optional_computed(
                "capacity_type",
                Type::String,
                "`ON_DEMAND`, `SPOT` or `CAPACITY_BLOCK`.",
            )
            .force_new(),
            optional_computed("disk_size", Type::Number, "The size of the nodes' disks in GiB.")
                .force_new(),
            optional_computed("instance_types", list_of_strings(), "Types of instances.")
                .force_new(),
            optional("labels", Type::map(Type::String), "Labels of the nodes in Kubernetes."),
            optional_computed("version", Type::String, "The version of Kubernetes."),
            optional_computed("release_version", Type::String, "The version of the image."),
            optional(
                "force_update_version",
                Type::Bool,
                "Whether nodes are replaced although pods could not be moved.",
            ),
        ]
        .into_iter()
        .chain(tag_attributes()),
        blocks::blocks(),
    )
    .import_id("cluster_name:node_group_name")
}

pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let mut errors = exclusive(config, &[("node_group_name", "node_group_name_prefix")]);
    let view = View::new(config);
    if let Some(template) = view.block("launch_template") {
        errors.extend(exclusive(template.value(), &[("id", "name")]));
    }
    if let Some(sizes) = view.block("scaling_config") {
        let sizes = ["min_size", "desired_size", "max_size"].map(|name| sizes.i64(name));
        if let [Some(least), Some(wanted), Some(most)] = sizes
            && !(least <= wanted && wanted <= most)
        {
            errors.push(OpError::invalid(
                Path::attr_of_root("scaling_config"),
                format!("min_size {least}, desired_size {wanted} and max_size {most} are not in this order."),
            ));
        }
    }
    errors
}

pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    // Another version of Kubernetes or of the template comes with another image, and the other way round.
    if changes(&request, &["version", "launch_template"]) {
        planned = forget(&request, &planned, &["release_version"]);
    }
    if changes(&request, &["release_version", "launch_template"]) {
        planned = forget(&request, &planned, &["version"]);
    }
    Ok(Planned::unchanged(planned))
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_eks::types::{Nodegroup, NodegroupHealth, NodegroupStatus};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, Resource, UpdateRequest, View,
    };

    use super::{request, response};
    use crate::eks::live::{
        PROPAGATION_TIMEOUT, Updated, creation_error, failed, if_there, is_in_progress,
        is_role_not_known_yet, issue, names, new_tags, step_token, update_tags,
    };
    use crate::toolkit::{
        Answer, AwsClients, Given, Progress, Wait, chosen_name, created, found_again, imported,
        is_as_planned, timeouts, updated,
    };

    const TIMEOUT: Duration = Duration::from_hours(1);

    pub(in crate::eks) struct NodeGroup;

    #[async_trait]
    impl Resource<AwsClients> for NodeGroup {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let (cluster, name) = (planned.str_or_empty("cluster_name"), name(&request));
            let call = request::create(client, planned)
                .nodegroup_name(&name)
                .set_tags(new_tags(client, &request.planned))
                .client_request_token(&request.token);
            let answer = Wait::new(format!("the role of {name} to be known"), PROPAGATION_TIMEOUT)
                .until_done(is_role_not_known_yet, || async {
                    call.clone().send().await.of("eks:CreateNodegroup")
                })
                .await;
            if let Err(error) = answer {
                return Created::failed(creation_error(error));
            }
            let timeout = timeouts(&request.planned, "create", TIMEOUT);
            let rest = wait_until_active(client, cluster, &name, timeout);
            created(self, client, &request, &format!("{cluster}:{name}"), rest).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let id = View::new(prior).str_or_empty("id");
            let (cluster, name) = names(id)?;
            let found = get(client, cluster, name).await?;
            Ok(found.map(|found| response::object(client, prior, id, &found)))
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let (cluster, name) = names(old.str_or_empty("id"))?;
            let timeout = timeouts(&request.planned, "update", TIMEOUT);
            let group = Updated::NodeGroup { cluster, name };
            let changed = |attribute: &str| {
                new.value().get(attribute).is_some_and(Value::is_known)
                    && old.get(attribute) != new.get(attribute)
            };
            if ["launch_template", "release_version", "version"].into_iter().any(changed) {
                let call = client.eks().update_nodegroup_version();
                let answer = call
                    .cluster_name(cluster)
                    .nodegroup_name(name)
                    .set_launch_template(request::changed_template(old, new))
                    .set_release_version(
                        new.text("release_version").filter(|_| changed("release_version")),
                    )
                    .set_version(new.text("version").filter(|_| changed("version")))
                    .set_force(new.bool("force_update_version"))
                    .client_request_token(step_token(&request.token, "version"))
                    .send()
                    .await
                    .of("eks:UpdateNodegroupVersion")?;
                group.wait(client, answer.update, timeout).await?;
            }
            let parts =
                ["labels", "node_repair_config", "scaling_config", "taint", "update_config"];
            if parts.into_iter().any(changed) {
                let call = client.eks().update_nodegroup_config();
                let answer = call
                    .cluster_name(cluster)
                    .nodegroup_name(name)
                    .set_labels(request::label_changes(old, new))
                    .set_taints(request::taint_changes(old, new))
                    .set_scaling_config(request::scaling(new).filter(|_| changed("scaling_config")))
                    .set_update_config(request::update(new).filter(|_| changed("update_config")))
                    .set_node_repair_config(
                        request::repair(new).filter(|_| changed("node_repair_config")),
                    )
                    .client_request_token(step_token(&request.token, "config"))
                    .send()
                    .await
                    .of("eks:UpdateNodegroupConfig")?;
                group.wait(client, answer.update, timeout).await?;
            }
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let (cluster, name) = names(View::new(&request.prior).str_or_empty("id"))?;
            let timeout = timeouts(&request.prior, "delete", TIMEOUT);
            let deleted = Wait::new(format!("{name} to be ready for deletion"), timeout)
                .until_done(is_in_progress, || async {
                    let call = client.eks().delete_nodegroup().cluster_name(cluster);
                    call.nodegroup_name(name).send().await.of("eks:DeleteNodegroup")
                })
                .await;
            if if_there(deleted)?.is_none() {
                return Ok(());
            }
            Wait::new(format!("{cluster}:{name} to be deleted"), timeout)
                .until_gone(|| async {
                    match get(client, cluster, name).await? {
                        Some(found) if found.status == Some(NodegroupStatus::DeleteFailed) => {
                            Err(failure(&found, "could not be deleted"))
                        }
                        found => Ok(found.map(|found| format!("{:?}", found.status))),
                    }
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            names(id)?;
            imported(self, client, "aws_eks_node_group", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let planned = View::new(&request.planned);
            let (cluster, name) = (planned.str_or_empty("cluster_name"), name(request));
            let id = format!("{cluster}:{name}");
            let Some(found) = found_again(self, client, request, Some(id.clone())).await? else {
                return Ok(None);
            };
            let keys = ["node_role_arn", "subnet_ids", "capacity_type"];
            if !is_as_planned(client, &found, &request.planned, &keys) {
                return Ok(None);
            }
            let timeout = timeouts(&request.planned, "create", TIMEOUT);
            wait_until_active(client, cluster, &name, timeout).await?;
            found_again(self, client, request, Some(id)).await
        }
    }

    fn name(request: &CreateRequest) -> String {
        let planned = View::new(&request.planned);
        let prefix = planned.str("node_group_name_prefix");
        chosen_name(planned.str("node_group_name"), prefix, &request.token)
    }

    async fn get(client: &AwsClients, cluster: &str, name: &str) -> OpResult<Option<Nodegroup>> {
        let call = client.eks().describe_nodegroup().cluster_name(cluster).nodegroup_name(name);
        let answer = call.send().await.of("eks:DescribeNodegroup");
        Ok(if_there(answer)?.and_then(|answer| answer.nodegroup))
    }

    async fn wait_until_active(
        client: &AwsClients,
        cluster: &str,
        name: &str,
        timeout: Duration,
    ) -> OpResult<()> {
        Wait::new(format!("{cluster}:{name} to become active"), timeout)
            .until(|| async {
                let Some(found) = get(client, cluster, name).await? else {
                    return Ok(Progress::Pending("not found".into()));
                };
                match &found.status {
                    Some(NodegroupStatus::Active) => Ok(Progress::Ready(())),
                    Some(NodegroupStatus::CreateFailed) => {
                        Err(failure(&found, "could not be made"))
                    }
                    status => Ok(Progress::Pending(format!("{status:?}"))),
                }
            })
            .await
    }

    fn failure(found: &Nodegroup, what: &str) -> zw_provider::OpError {
        let issues = found.health().map(NodegroupHealth::issues).unwrap_or_default();
        let issues = issues.iter().map(|found| {
            let code = found.code().map_or("", |code| code.as_str());
            issue(code, found.message(), found.resource_ids())
        });
        let name = found.nodegroup_name().unwrap_or_default();
        failed(&format!("The node group {name} {what}"), issues)
    }
}
