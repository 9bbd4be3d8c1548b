//! `aws_eks_cluster`: a Kubernetes control plane.

mod blocks;
#[cfg(feature = "eks")]
mod request;
#[cfg(feature = "eks")]
mod response;

use zw_lang::{Path, PathStep, Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpErrorKind, OpResult, PlanRequest, Planned, View};

use super::cluster_name;
use crate::toolkit::validate::{arn, exclusive};
use crate::toolkit::{
    Draft, Tags, changes, computed, forget, optional, optional_computed, required, set_of_strings,
    tag_attributes,
};

pub(super) fn schema() -> Schema {
    let object = |name: &'static str, ty| Type::list(Type::object([(name, ty)]));
    Schema::new(
        "A Kubernetes control plane.",
        [
            computed("id", Type::String, "The cluster's name."),
            computed("arn", Type::String, "The cluster's ARN."),
            computed("cluster_id", Type::String, "The id of a cluster on an Outpost."),
            computed("created_at", Type::String, "When the cluster was made."),
            computed("endpoint", Type::String, "The address of the Kubernetes API."),
            computed("platform_version", Type::String, "The version of what EKS adds."),
            computed("status", Type::String, "The state, as `ACTIVE`."),
            computed(
                "certificate_authority",
                object("data", Type::String),
                "The certificate of the API's authority, in base64.",
            ),
            computed(
                "identity",
                object("oidc", object("issuer", Type::String)),
                "The issuer of tokens of service accounts.",
            ),
            required("name", Type::String, "The name.").force_new().validate(cluster_name),
            required("role_arn", Type::String, "The role that the control plane acts as.")
                .force_new()
                .validate(arn),
            optional_computed("version", Type::String, "The version of Kubernetes, as `1.33`."),
            optional(
                "bootstrap_self_managed_addons",
                Type::Bool,
                "Whether the cluster begins with add-ons that EKS does not manage.",
            )
            .force_new()
            .default(true),
            optional(
                "enabled_cluster_log_types",
                set_of_strings(),
                "Logs that go to CloudWatch: `api`, `audit`, `authenticator`, `controllerManager`, `scheduler`.",
            )
            .validate(log_types),
            optional(
                "force_update_version",
                Type::Bool,
                "Whether a new version is installed although checks speak against it.",
            ),
        ]
        .into_iter()
        .chain(tag_attributes()),
        blocks::blocks(),
    )
    .version(1)
    .import_id("name")
    .holds("the cluster with everything that runs in it")
}

fn log_types(value: &Value) -> Result<(), String> {
    const TYPES: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];
    let mut texts = value.as_sequence().unwrap_or_default().iter().filter_map(Value::as_str);
    match texts.find(|text| !TYPES.contains(text)) {
        Some(wrong) => Err(format!("{wrong:?} is no type of log; {} are.", TYPES.join(", "))),
        None => Ok(()),
    }
}

pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let given = |name| config.get(name).is_some_and(|value| value.is_empty() != Some(true));
    let conflicts = ["encryption_config", "kubernetes_network_config", "remote_network_config"];
    let conflicts = conflicts.map(|name| ("outpost_config", name));
    let conflicts: Vec<_> =
        conflicts.into_iter().filter(|(some, other)| given(*some) && given(*other)).collect();
    let mut errors = exclusive(config, &conflicts);
    errors.extend(auto_mode(config));
    errors
}

/// EKS Auto Mode is three switches that have to agree.
fn auto_mode(config: &Value) -> Option<OpError> {
    let config = View::new(config);
    let is_on = |outer: &str, inner: &str| {
        let block = config.block(outer)?;
        if inner.is_empty() { block.bool("enabled") } else { block.block(inner)?.bool("enabled") }
    };
    let switches = [
        is_on("compute_config", ""),
        is_on("kubernetes_network_config", "elastic_load_balancing"),
        is_on("storage_config", "block_storage"),
    ];
    let on = switches.iter().filter(|switch| **switch == Some(true)).count();
    // What is not known yet may turn out right.
    let is_known = ["compute_config", "kubernetes_network_config", "storage_config"]
        .iter()
        .all(|name| config.value().get(name).is_none_or(Value::is_wholly_known));
    (is_known && on != 0 && on != switches.len()).then(|| {
        let message = "compute_config.enabled, kubernetes_network_config.elastic_load_balancing.enabled and \
                       storage_config.block_storage.enabled must all be true or all be false.";
        OpError::new(OpErrorKind::Invalid, message)
    })
}

pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    if changes(&request, &["version"]) {
        planned = forget(&request, &planned, &["platform_version"]);
    }
    let mut planned = Planned::unchanged(planned);
    if request.prior.is_null() {
        return Ok(planned);
    }
    let (old, new) = (View::new(request.prior), View::new(request.planned));
    let first = |name: &str| Path::attr_of_root(name).then(PathStep::Index(Value::from(0)));

    // Who may reach the endpoint is EKS's to say where it is not written, and follows from where the endpoint is.
    let (old_vpc, new_vpc) = (old.block("vpc_config"), new.block("vpc_config"));
    if let (Some(old), Some(new)) = (old_vpc, new_vpc)
        && ["endpoint_private_access", "endpoint_public_access"]
            .iter()
            .any(|name| old.get(name) != new.get(name))
    {
        let written = View::new(request.config).block("vpc_config");
        if written.is_none_or(|written| {
            written.value().get("public_access_cidrs").is_none_or(Value::is_null)
        }) {
            let mut draft = Draft::from(&planned.planned);
            let mut block = draft.block("vpc_config");
            block.forget("public_access_cidrs");
            draft.set_blocks("vpc_config", [block]);
            planned.planned = draft.into_planned();
        }
    }

    match (old.block("encryption_config"), new.block("encryption_config")) {
        // Secrets that are encrypted stay so.
        (Some(_), None)
            if request.planned.get("encryption_config").is_some_and(Value::is_known) =>
        {
            planned.force_new.push(Path::attr_of_root("encryption_config"));
        }
        (Some(old), Some(new)) => {
            let key = |block: View<'_>| block.block("provider")?.string("key_arn");
            if let (Some(old), Some(new)) = (key(old), key(new))
                && old != new
            {
                return Err(OpError::invalid(
                    first("encryption_config").attr("provider"),
                    format!(
                        "The key that encrypts a cluster's secrets cannot be changed from {old} to {new}. \
                         Make another cluster, or keep the key."
                    ),
                ));
            }
        }
        _ => {}
    }

    // The role of the nodes can be given later, but not be changed.
    let role = |object: View<'_>| object.block("compute_config")?.string("node_role_arn");
    if let Some(old) = role(old)
        && new.block("compute_config").is_some()
        && role(new) != Some(old)
    {
        planned.force_new.push(first("compute_config").attr("node_role_arn"));
    }
    Ok(planned)
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_eks::operation::update_cluster_config::builders::UpdateClusterConfigFluentBuilder;
    use aws_sdk_eks::types::{Cluster as Description, ClusterHealth, ClusterStatus};
    use zw_lang::Value;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpResult, Resource, UpdateRequest, View,
    };

    use super::{request, response};
    use crate::eks::live::{
        PROPAGATION_TIMEOUT, Updated, creation_error, failed, if_there, is_in_progress,
        is_role_not_known_yet, issue, new_tags, step_token, update_tags,
    };
    use crate::toolkit::{
        Answer, AwsClients, Given, Progress, Wait, created, found_again, imported, is_as_planned,
        timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(30);
    const UPDATE_TIMEOUT: Duration = Duration::from_hours(1);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(15);

    pub(in crate::eks) struct Cluster;

    #[async_trait]
    impl Resource<AwsClients> for Cluster {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let name = planned.str_or_empty("name");
            let call = match request::create(client, planned) {
                Ok(call) => call,
                Err(error) => return Created::failed(error),
            };
            let call = call
                .set_tags(new_tags(client, &request.planned))
                .client_request_token(&request.token);
            let answer = Wait::new(format!("the role of {name} to be known"), PROPAGATION_TIMEOUT)
                .until_done(is_role_not_known_yet, || async {
                    call.clone().send().await.of("eks:CreateCluster")
                })
                .await;
            if let Err(error) = answer {
                return Created::failed(creation_error(error));
            }
            let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
            let rest = wait_until_active(client, name, timeout);
            created(self, client, &request, name, rest).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let found = get(client, View::new(prior).str_or_empty("id")).await?;
            Ok(found.map(|found| response::object(client, prior, &found)))
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let change = Change::of(client, &request);
            change.version().await?;
            // EKS takes one kind of change at a time.
            change
                .config("access", &["access_config"], |call, new| {
                    call.set_access_config(request::update_access(new))
                })
                .await?;
            let auto_mode = ["compute_config", "kubernetes_network_config", "storage_config"];
            let old = change.old;
            change
                .config("compute", &auto_mode, |call, new| {
                    call.set_compute_config(request::compute(new).or(request::compute_off(old)))
                        .set_kubernetes_network_config(request::network(new))
                        .set_storage_config(request::storage(new).or(request::storage_off(old)))
                })
                .await?;
            change.encryption().await?;
            change
                .config("logging", &["enabled_cluster_log_types"], |call, new| {
                    call.logging(request::logging(new))
                })
                .await?;
            change
                .config("upgrade", &["upgrade_policy"], |call, new| {
                    call.set_upgrade_policy(request::upgrade(new))
                })
                .await?;
            change.vpc().await?;
            change
                .config("zonal", &["zonal_shift_config"], |call, new| {
                    call.zonal_shift_config(request::zonal_shift(new))
                })
                .await?;
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let name = View::new(&request.prior).str_or_empty("id");
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            // A cluster that is being scaled or changed cannot be deleted until that is over.
            let deleted = Wait::new(format!("{name} to be ready for deletion"), UPDATE_TIMEOUT)
                .until_done(is_in_progress, || async {
                    let call = client.eks().delete_cluster().name(name);
                    call.send().await.of("eks:DeleteCluster")
                })
                .await;
            if if_there(deleted)?.is_none() {
                return Ok(());
            }
            Wait::new(format!("{name} to be deleted"), timeout)
                .until_gone(|| async {
                    let found = get(client, name).await?;
                    Ok(found.map(|found| format!("{:?}", found.status)))
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            imported(self, client, "aws_eks_cluster", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let name = View::new(&request.planned).string("name");
            let Some(found) = found_again(self, client, request, name.clone()).await? else {
                return Ok(None);
            };
            if !is_as_planned(client, &found, &request.planned, &["role_arn"]) {
                return Ok(None);
            }
            let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
            wait_until_active(client, name.as_deref().unwrap_or_default(), timeout).await?;
            found_again(self, client, request, name).await
        }
    }

    async fn get(client: &AwsClients, name: &str) -> OpResult<Option<Description>> {
        let answer = client.eks().describe_cluster().name(name).send().await;
        Ok(if_there(answer.of("eks:DescribeCluster"))?.and_then(|answer| answer.cluster))
    }

    async fn wait_until_active(client: &AwsClients, name: &str, timeout: Duration) -> OpResult<()> {
        Wait::new(format!("{name} to become active"), timeout)
            .until(|| async {
                let Some(found) = get(client, name).await? else {
                    return Ok(Progress::Pending("not found".into()));
                };
                match found.status {
                    Some(ClusterStatus::Active) => Ok(Progress::Ready(())),
                    Some(ClusterStatus::Failed) => {
                        let health = found.health();
                        let issues = health.map(ClusterHealth::issues).unwrap_or_default();
                        let issues = issues.iter().map(|found| {
                            let code = found.code().map_or("", |code| code.as_str());
                            issue(code, found.message(), found.resource_ids())
                        });
                        Err(failed(&format!("The cluster {name} could not be made"), issues))
                    }
                    status => Ok(Progress::Pending(format!("{status:?}"))),
                }
            })
            .await
    }

    /// A change of a cluster, which takes a call for each kind of change.
    struct Change<'a> {
        client: &'a AwsClients,
        name: &'a str,
        old: View<'a>,
        new: View<'a>,
        token: &'a str,
        timeout: Duration,
    }

    impl<'a> Change<'a> {
        fn of(client: &'a AwsClients, request: &'a UpdateRequest) -> Self {
            let old = View::new(&request.prior);
            Self {
                client,
                name: old.str_or_empty("id"),
                old,
                new: View::new(&request.planned),
                token: &request.token,
                timeout: timeouts(&request.planned, "update", UPDATE_TIMEOUT),
            }
        }

        fn is_of(&self, names: &[&str]) -> bool {
            names.iter().any(|name| self.old.get(name) != self.new.get(name))
        }

        async fn version(&self) -> OpResult<()> {
            let Some(version) = self.new.text("version").filter(|_| self.is_of(&["version"]))
            else {
                return Ok(());
            };
            let call = self.client.eks().update_cluster_version().name(self.name);
            let answer = call
                .version(version)
                .set_force(self.new.bool("force_update_version").filter(|force| *force))
                .client_request_token(step_token(self.token, "version"))
                .send()
                .await
                .of("eks:UpdateClusterVersion")?;
            Updated::Cluster(self.name).wait(self.client, answer.update, self.timeout).await
        }

        async fn encryption(&self) -> OpResult<()> {
            let is_new = self.old.block("encryption_config").is_none();
            let Some(config) = request::encryption(self.new).filter(|_| is_new) else {
                return Ok(());
            };
            let call = self.client.eks().associate_encryption_config().cluster_name(self.name);
            let answer = call
                .set_encryption_config(Some(config))
                .client_request_token(step_token(self.token, "encryption"))
                .send()
                .await
                .of("eks:AssociateEncryptionConfig")?;
            Updated::Cluster(self.name).wait(self.client, answer.update, self.timeout).await
        }

        async fn vpc(&self) -> OpResult<()> {
            let (Some(old), Some(new)) =
                (self.old.block("vpc_config"), self.new.block("vpc_config"))
            else {
                return Ok(());
            };
            let parts: [(&str, &[&str]); 3] = [
                (
                    "endpoint",
                    &["endpoint_private_access", "endpoint_public_access", "public_access_cidrs"],
                ),
                ("subnets", &["subnet_ids"]),
                ("groups", &["security_group_ids"]),
            ];
            for (step, names) in parts {
                // What is not known is EKS's to say.
                let is_change = |name: &&str| {
                    let planned = new.value().get(name);
                    planned.is_some_and(Value::is_known) && old.get(name) != new.get(name)
                };
                if names.iter().any(is_change) {
                    self.send(step, |call| call.resources_vpc_config(request::vpc(new, names)))
                        .await?;
                }
            }
            Ok(())
        }

        /// Changes one part of the configuration, if it differs.
        async fn config(
            &self,
            step: &str,
            names: &[&str],
            set: impl FnOnce(
                UpdateClusterConfigFluentBuilder,
                View<'_>,
            ) -> UpdateClusterConfigFluentBuilder,
        ) -> OpResult<()> {
            if !self.is_of(names) {
                return Ok(());
            }
            self.send(step, |call| set(call, self.new)).await
        }

        async fn send(
            &self,
            step: &str,
            set: impl FnOnce(UpdateClusterConfigFluentBuilder) -> UpdateClusterConfigFluentBuilder,
        ) -> OpResult<()> {
            let call = self.client.eks().update_cluster_config().name(self.name);
            let call = set(call.client_request_token(step_token(self.token, step)));
            let answer = call.send().await.of("eks:UpdateClusterConfig")?;
            Updated::Cluster(self.name).wait(self.client, answer.update, self.timeout).await
        }
    }
}
