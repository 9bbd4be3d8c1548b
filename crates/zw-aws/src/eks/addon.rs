//! `aws_eks_addon`: a part of a cluster that EKS installs and keeps up to date.

use zw_lang::{Type, Value};
use zw_provider::schema::{Block, Equality, NestedBlock, Nesting, Schema};
use zw_provider::{OpError, OpResult, PlanRequest, Planned};

use super::cluster_name;
use crate::toolkit::validate::{arn, exclusive, not_empty, one_of};
use crate::toolkit::{
    Tags, changes, computed, forget, optional, optional_computed, required, tag_attributes,
    timeouts_block,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "A part of a cluster that EKS installs and keeps up to date.",
        [
            computed("id", Type::String, "The names of the cluster and the add-on, with a colon."),
            computed("arn", Type::String, "The add-on's ARN."),
            computed("created_at", Type::String, "When it was installed."),
            computed("modified_at", Type::String, "When it was changed last."),
            required("cluster_name", Type::String, "The cluster.")
                .force_new()
                .validate(cluster_name),
            required("addon_name", Type::String, "The add-on, as `vpc-cni`.")
                .force_new()
                .validate(not_empty),
            optional_computed("addon_version", Type::String, "The version; EKS has a default."),
            optional_computed(
                "configuration_values",
                Type::String,
                "Settings, as JSON or YAML of the add-on's schema.",
            )
            .equality(Equality::Json),
            optional("preserve", Type::Bool, "Whether deletion leaves it in the cluster."),
            optional("resolve_conflicts", Type::String, "`NONE`, `OVERWRITE` or `PRESERVE`.")
                .deprecated("Use `resolve_conflicts_on_create` and `resolve_conflicts_on_update`.")
                .validate(one_of!("NONE", "OVERWRITE", "PRESERVE")),
            optional(
                "resolve_conflicts_on_create",
                Type::String,
                "What happens to settings that are there already: `NONE` or `OVERWRITE`.",
            )
            .validate(one_of!("NONE", "OVERWRITE")),
            optional(
                "resolve_conflicts_on_update",
                Type::String,
                "What happens to settings that somebody changed: `NONE`, `OVERWRITE` or `PRESERVE`.",
            )
            .validate(one_of!("NONE", "OVERWRITE", "PRESERVE")),
            optional(
                "service_account_role_arn",
                Type::String,
                "The role of its service account; without it, that of the nodes.",
            )
            .validate(arn),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [
            NestedBlock::new(
                "pod_identity_association",
                Nesting::Set,
                Block::new(
                    [
                        required("role_arn", Type::String, "The role.").validate(arn),
                        required("service_account", Type::String, "The service account."),
                    ],
                    [],
                ),
            )
            .describe("Roles of service accounts by EKS Pod Identity."),
            timeouts_block(&["create", "delete", "update"]),
        ],
    )
    .import_id("cluster_name:addon_name")
}

pub(super) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(
        config,
        &[
            ("resolve_conflicts_on_create", "resolve_conflicts"),
            ("resolve_conflicts_on_update", "resolve_conflicts"),
        ],
    )
}

pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    if changes(&request, &["addon_version"]) {
        planned = forget(&request, &planned, &["configuration_values"]);
    }
    let settings = [
        "addon_version",
        "configuration_values",
        "pod_identity_association",
        "service_account_role_arn",
        "tags",
    ];
    if changes(&request, &settings) || request.prior.get("tags_all") != planned.get("tags_all") {
        planned = forget(&request, &planned, &["modified_at"]);
    }
    Ok(Planned::unchanged(planned))
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use std::time::Duration;

    use async_trait::async_trait;
    use aws_sdk_eks::types::{
        Addon as Description, AddonHealth, AddonPodIdentityAssociations, AddonStatus,
        PodIdentityAssociation,
    };
    use zw_lang::Value;
    use zw_provider::schema::Equality;
    use zw_provider::{
        CreateRequest, Created, DeleteRequest, Imported, OpError, OpErrorKind, OpResult, Resource,
        UpdateRequest, View,
    };

    use crate::eks::live::{
        PROPAGATION_TIMEOUT, Updated, creation_error, failed, if_there, is_role_not_known_yet,
        issue, names, new_tags, pairs, step_token, update_tags,
    };
    use crate::toolkit::{
        Answer, AwsClients, Draft, Given, Progress, Wait, created, found_again, imported,
        is_as_planned, rfc3339, timeouts, updated,
    };

    const CREATE_TIMEOUT: Duration = Duration::from_mins(20);
    const UPDATE_TIMEOUT: Duration = Duration::from_mins(20);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(40);
    const ASSOCIATIONS: &str = "pod_identity_association";

    pub(in crate::eks) struct Addon;

    #[async_trait]
    impl Resource<AwsClients> for Addon {
        async fn create(&self, client: &AwsClients, request: CreateRequest) -> Created {
            let planned = View::new(&request.planned);
            let cluster = planned.str_or_empty("cluster_name");
            let name = planned.str_or_empty("addon_name");
            let associations = match associations(planned) {
                Ok(associations) => associations,
                Err(error) => return Created::failed(error),
            };
            let call = client
                .eks()
                .create_addon()
                .cluster_name(cluster)
                .addon_name(name)
                .set_addon_version(planned.text("addon_version"))
                .set_configuration_values(planned.text("configuration_values"))
                .set_resolve_conflicts(
                    planned
                        .word("resolve_conflicts_on_create")
                        .or_else(|| planned.word("resolve_conflicts")),
                )
                .set_service_account_role_arn(planned.text("service_account_role_arn"))
                .set_pod_identity_associations(Some(associations).filter(|all| !all.is_empty()))
                .set_tags(new_tags(client, &request.planned))
                .client_request_token(&request.token);
            let answer = Wait::new(format!("the role of {name} to be known"), PROPAGATION_TIMEOUT)
                .until_done(is_role_not_known_yet, || async {
                    call.clone().send().await.of("eks:CreateAddon")
                })
                .await;
            if let Err(error) = answer {
                return Created::failed(creation_error(error));
            }
            let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
            let rest = wait_until_active(client, cluster, name, timeout);
            created(self, client, &request, &format!("{cluster}:{name}"), rest).await
        }

        async fn read(&self, client: &AwsClients, prior: &Value) -> OpResult<Option<Value>> {
            let id = View::new(prior).str_or_empty("id");
            let (cluster, name) = names(id)?;
            let Some(found) = get(client, cluster, name).await? else { return Ok(None) };
            let mut associations = Vec::new();
            for arn in found.pod_identity_associations() {
                associations.extend(association(client, cluster, arn).await?);
            }
            Ok(Some(object(client, prior, id, &found, &associations)))
        }

        async fn update(&self, client: &AwsClients, request: UpdateRequest) -> OpResult<Value> {
            let (old, new) = (View::new(&request.prior), View::new(&request.planned));
            let (cluster, name) = names(old.str_or_empty("id"))?;
            let changed = |attribute: &str| {
                new.value().get(attribute).is_some_and(Value::is_known)
                    && old.get(attribute) != new.get(attribute)
            };
            let role = "service_account_role_arn";
            if ["addon_version", "configuration_values", ASSOCIATIONS, role]
                .into_iter()
                .any(changed)
            {
                let associations = associations(new)?;
                // Without the role, it would be taken away.
                let role = new.str_or_empty(role);
                let role =
                    Some(role).filter(|arn| !arn.is_empty() || changed("service_account_role_arn"));
                let answer = client
                    .eks()
                    .update_addon()
                    .cluster_name(cluster)
                    .addon_name(name)
                    .set_addon_version(
                        new.text("addon_version").filter(|_| changed("addon_version")),
                    )
                    .set_configuration_values(
                        new.string("configuration_values")
                            .filter(|_| changed("configuration_values")),
                    )
                    .set_pod_identity_associations(
                        Some(associations).filter(|_| changed(ASSOCIATIONS)),
                    )
                    .set_resolve_conflicts(
                        new.word("resolve_conflicts_on_update")
                            .or_else(|| new.word("resolve_conflicts")),
                    )
                    .set_service_account_role_arn(role.map(str::to_owned))
                    .client_request_token(step_token(&request.token, "addon"))
                    .send()
                    .await
                    .of("eks:UpdateAddon")?;
                let timeout = timeouts(&request.planned, "update", UPDATE_TIMEOUT);
                let updated = Updated::Addon { cluster, name };
                updated.wait(client, answer.update, timeout).await.map_err(with_advice)?;
            }
            update_tags(client, &request.prior, &request.planned).await?;
            updated(self, client, &request.planned).await
        }

        async fn delete(&self, client: &AwsClients, request: DeleteRequest) -> OpResult<()> {
            let prior = View::new(&request.prior);
            let (cluster, name) = names(prior.str_or_empty("id"))?;
            let call = client.eks().delete_addon().cluster_name(cluster).addon_name(name);
            let call = call.set_preserve(prior.bool("preserve").filter(|preserve| *preserve));
            if if_there(call.send().await.of("eks:DeleteAddon"))?.is_none() {
                return Ok(());
            }
            let timeout = timeouts(&request.prior, "delete", DELETE_TIMEOUT);
            Wait::new(format!("{cluster}:{name} to be deleted"), timeout)
                .until_gone(|| async {
                    match get(client, cluster, name).await? {
                        Some(found) if found.status == Some(AddonStatus::DeleteFailed) => {
                            Err(failure(&found, "could not be deleted"))
                        }
                        found => Ok(found.map(|found| format!("{:?}", found.status))),
                    }
                })
                .await
        }

        async fn import(&self, client: &AwsClients, id: &str) -> OpResult<Imported> {
            names(id)?;
            imported(self, client, "aws_eks_addon", id).await
        }

        async fn find(
            &self,
            client: &AwsClients,
            request: &CreateRequest,
        ) -> OpResult<Option<Value>> {
            let planned = View::new(&request.planned);
            let cluster = planned.str_or_empty("cluster_name");
            let name = planned.str_or_empty("addon_name");
            let id = format!("{cluster}:{name}");
            let Some(found) = found_again(self, client, request, Some(id.clone())).await? else {
                return Ok(None);
            };
            let keys = ["addon_version", "configuration_values", "service_account_role_arn"];
            if !is_as_planned(client, &found, &request.planned, &keys) {
                return Ok(None);
            }
            let timeout = timeouts(&request.planned, "create", CREATE_TIMEOUT);
            wait_until_active(client, cluster, name, timeout).await?;
            found_again(self, client, request, Some(id)).await
        }
    }

    async fn get(client: &AwsClients, cluster: &str, name: &str) -> OpResult<Option<Description>> {
        let call = client.eks().describe_addon().cluster_name(cluster).addon_name(name);
        let answer = call.send().await.of("eks:DescribeAddon");
        Ok(if_there(answer)?.and_then(|answer| answer.addon))
    }

    fn associations(planned: View<'_>) -> OpResult<Vec<AddonPodIdentityAssociations>> {
        planned
            .blocks(ASSOCIATIONS)
            .map(|block| {
                AddonPodIdentityAssociations::builder()
                    .set_role_arn(block.string("role_arn"))
                    .set_service_account(block.string("service_account"))
                    .build()
                    .map_err(|error| OpError::new(OpErrorKind::Invalid, format!("{error}.")))
            })
            .collect()
    }

    /// The association of an ARN, as `arn:aws:eks:REGION:ACCOUNT:podidentityassociation/CLUSTER/ID`.
    async fn association(
        client: &AwsClients,
        cluster: &str,
        arn: &str,
    ) -> OpResult<Option<PodIdentityAssociation>> {
        let id = arn.rsplit('/').next().unwrap_or_default();
        let call = client.eks().describe_pod_identity_association().cluster_name(cluster);
        let answer = call.association_id(id).send().await;
        let answer = if_there(answer.of("eks:DescribePodIdentityAssociation"))?;
        Ok(answer.and_then(|answer| answer.association))
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
                    Some(AddonStatus::Active) => Ok(Progress::Ready(())),
                    Some(AddonStatus::CreateFailed) => {
                        Err(with_advice(failure(&found, "could not be installed")))
                    }
                    status => Ok(Progress::Pending(format!("{status:?}"))),
                }
            })
            .await
    }

    fn failure(found: &Description, what: &str) -> OpError {
        let issues = found.health().map(AddonHealth::issues).unwrap_or_default();
        let issues = issues.iter().map(|found| {
            let code = found.code().map_or("", |code| code.as_str());
            issue(code, found.message(), found.resource_ids())
        });
        failed(&format!("The add-on {} {what}", found.addon_name().unwrap_or_default()), issues)
    }

    /// The usual reason is settings that somebody else made, and what to do about them is not obvious.
    fn with_advice(mut error: OpError) -> OpError {
        if error.message.contains("ConfigurationConflict") {
            error.message.push_str(
                "\nSet `resolve_conflicts_on_create` or `resolve_conflicts_on_update` to \"OVERWRITE\" to replace \
                 the settings that are there.",
            );
        }
        error
    }

    fn object(
        client: &AwsClients,
        prior: &Value,
        id: &str,
        found: &Description,
        associations: &[PodIdentityAssociation],
    ) -> Value {
        let mut draft = Draft::from(prior);
        draft
            .set("id", id)
            .set("arn", found.addon_arn())
            .set("cluster_name", found.cluster_name())
            .set("addon_name", found.addon_name())
            .set("addon_version", found.addon_version())
            .set("created_at", found.created_at().and_then(rfc3339))
            .set("modified_at", found.modified_at().and_then(rfc3339))
            .set("service_account_role_arn", found.service_account_role_arn())
            .set_unless_equal("configuration_values", Equality::Json, found.configuration_values())
            .each(ASSOCIATIONS, associations, |block, association| {
                block
                    .set("role_arn", association.role_arn())
                    .set("service_account", association.service_account());
            });
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
