//! `aws_eks_fargate_profile`: which pods of a cluster run without nodes.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Nesting, Schema};

use super::cluster_name;
use crate::toolkit::validate::{arn, length};
use crate::toolkit::{
    computed, optional, required, set_of_strings, tag_attributes, timeouts_block,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Which pods of a cluster run without nodes.",
        [
            computed("id", Type::String, "The names of the cluster and the profile, with a colon."),
            computed("arn", Type::String, "The profile's ARN."),
            computed("status", Type::String, "How far it is."),
            required("cluster_name", Type::String, "The cluster.")
                .force_new()
                .validate(cluster_name),
            required("fargate_profile_name", Type::String, "The profile's name.")
                .force_new()
                .validate(length::<1, 100>),
            required(
                "pod_execution_role_arn",
                Type::String,
                "The role that pods are started with.",
            )
            .force_new()
            .validate(arn),
            optional("subnet_ids", set_of_strings(), "The private subnets that pods run in.")
                .force_new(),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [
            NestedBlock::new(
                "selector",
                Nesting::Set,
                Block::new(
                    [
                        optional("labels", Type::map(Type::String), "Labels that a pod has."),
                        required("namespace", Type::String, "The namespace that a pod is in."),
                    ],
                    [],
                ),
            )
            .required()
            .force_new()
            .describe("Which pods: those that one of these fits."),
            timeouts_block(&["create", "delete"]),
        ],
    )
    .import_id("cluster_name:fargate_profile_name")
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_eks::types::{FargateProfile as Description, FargateProfileSelector};

    use crate::eks::live::{
        PROPAGATION_TIMEOUT, creation_error, failed, if_there, is_in_progress,
        is_role_not_known_yet, issue, names, retag,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::timeouts;

    const CREATE_TIMEOUT: Duration = Duration::from_mins(10);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(10);

    pub(in crate::eks) struct FargateProfile;

    #[async_trait]
    impl ResourceType for FargateProfile {
        const NAME: &'static str = "aws_eks_fargate_profile";
        const TELLING: &'static [&'static str] = &["pod_execution_role_arn", "selector"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let cluster = new.planned.str_or_empty("cluster_name");
            let call = fill!(
                client.eks().create_fargate_profile().client_request_token(new.token), new.planned,
                set_cluster_name = text "cluster_name",
                set_fargate_profile_name = text "fargate_profile_name",
                set_pod_execution_role_arn = text "pod_execution_role_arn",
                set_subnets = texts "subnet_ids",
            );
            let call = call
                .set_selectors(Some(selectors(new.planned)))
                .set_tags(client.tags.map_of_new(new.planned.value()));
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            // A cluster makes one profile at a time.
            let what = format!("{cluster} to take another profile");
            Wait::new(what, timeout.max(PROPAGATION_TIMEOUT))
                .until_done(
                    |error| is_role_not_known_yet(error) || is_busy(error),
                    || async { call.clone().send().await.of("eks:CreateFargateProfile") },
                )
                .await
                .map_err(creation_error)?;
            Ok(id(new.planned))
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            Wait::new(format!("{id} to become active"), timeout)
                .until(|| async {
                    let Some(found) = get(client, id).await? else {
                        return Ok(Progress::Pending("not found".into()));
                    };
                    match state(&found) {
                        "ACTIVE" => Ok(Progress::Ready(())),
                        "CREATE_FAILED" => Err(failure(id, &found, "could not be made")),
                        state => Ok(Progress::Pending(state.to_owned())),
                    }
                })
                .await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let Some(found) = get(client, id).await? else { return Ok(None) };
            let mut draft = Draft::from(known);
            draft
                .set("id", id)
                .set("arn", found.fargate_profile_arn())
                .set("status", state(&found))
                .set("cluster_name", found.cluster_name())
                .set("fargate_profile_name", found.fargate_profile_name())
                .set("pod_execution_role_arn", found.pod_execution_role_arn())
                .texts("subnet_ids", found.subnets())
                .each("selector", found.selectors(), |block, selector| {
                    block
                        .set("namespace", selector.namespace())
                        .map("labels", selector.labels().into_iter().flatten());
                });
            client.tags.show(&mut draft, map_pairs(found.tags()));
            Ok(Some(draft.finish()))
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("arn"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let id = object.str_or_empty("id");
            let (cluster, name) = names(id)?;
            let timeout = timeouts(object.value(), "delete", DELETE_TIMEOUT);
            let call = client.eks().delete_fargate_profile();
            let call = call.cluster_name(cluster).fargate_profile_name(name);
            // A cluster deletes one profile at a time, too.
            let answer = Wait::new(format!("{cluster} to let go of {name}"), timeout)
                .until_done(is_busy, || async {
                    if_there(call.clone().send().await.of("eks:DeleteFargateProfile"))
                })
                .await?;
            if answer.is_none() {
                return Ok(());
            }
            Wait::new(format!("{id} to be deleted"), timeout)
                .until_gone(|| async {
                    match get(client, id).await? {
                        Some(found) if state(&found) == "DELETE_FAILED" => {
                            Err(failure(id, &found, "could not be deleted"))
                        }
                        found => Ok(found.map(|found| state(&found).to_owned())),
                    }
                })
                .await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(id(new.planned)))
        }
    }

    fn id(planned: View<'_>) -> String {
        let cluster = planned.str_or_empty("cluster_name");
        format!("{cluster}:{}", planned.str_or_empty("fargate_profile_name"))
    }

    /// Source: `CreateFargateProfile`, EKS API 2017-11-01: one is made or deleted at a time.
    fn is_busy(error: &OpError) -> bool {
        is_in_progress(error) || error.message.contains("currently in CREATING or DELETING")
    }

    fn selectors(planned: View<'_>) -> Vec<FargateProfileSelector> {
        let selectors = planned.blocks("selector").map(|block| {
            let labels = block.string_map("labels").into_iter();
            let labels = labels.map(|(key, value)| (key.to_string(), value.to_string()));
            FargateProfileSelector::builder()
                .set_namespace(block.text("namespace"))
                .set_labels(Some(labels.collect()))
                .build()
        });
        selectors.collect()
    }

    async fn get(client: &AwsClients, id: &str) -> OpResult<Option<Description>> {
        let (cluster, name) = names(id)?;
        let call = client.eks().describe_fargate_profile();
        let answer = call.cluster_name(cluster).fargate_profile_name(name).send().await;
        let answer = if_there(answer.of("eks:DescribeFargateProfile"))?;
        Ok(answer.and_then(|answer| answer.fargate_profile))
    }

    fn state(found: &Description) -> &str {
        found.status().map(|status| status.as_str()).unwrap_or_default()
    }

    fn failure(id: &str, found: &Description, what: &str) -> OpError {
        let issues = found.health().map(|health| health.issues()).unwrap_or_default();
        let issues = issues.iter().map(|found| {
            let code = found.code().map_or("", |code| code.as_str());
            issue(code, found.message(), found.resource_ids())
        });
        failed(&format!("The Fargate profile {id} {what}"), issues)
    }
}
