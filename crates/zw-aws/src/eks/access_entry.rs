//! `aws_eks_access_entry`: who of IAM is somebody in a cluster.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::cluster_name;
use crate::toolkit::validate::{arn, one_of};
use crate::toolkit::{
    computed, optional, optional_computed, required, set_of_strings, tag_attributes, timeouts_block,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Who of IAM is somebody in a cluster.",
        [
            computed("id", Type::String, "The cluster and the ARN, with a colon."),
            computed("access_entry_arn", Type::String, "The entry's ARN."),
            computed("created_at", Type::String, "When it was made."),
            computed("modified_at", Type::String, "When it was changed last."),
            required("cluster_name", Type::String, "The cluster.")
                .force_new()
                .validate(cluster_name),
            required("principal_arn", Type::String, "The ARN of the user or role.")
                .force_new()
                .validate(arn),
            optional_computed(
                "kubernetes_groups",
                set_of_strings(),
                "Groups of Kubernetes that it is in.",
            ),
            optional("type", Type::String, "What it is: a person, or nodes of some kind.")
                .default("STANDARD")
                .force_new()
                .validate(one_of!(
                    "STANDARD",
                    "EC2_LINUX",
                    "EC2_WINDOWS",
                    "FARGATE_LINUX",
                    "EC2",
                    "HYBRID_LINUX",
                    "HYPERPOD_LINUX"
                )),
            optional_computed("user_name", Type::String, "Its name in Kubernetes."),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "delete"])],
    )
    .import_id("cluster_name:principal_arn")
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use std::time::Duration;

    use crate::eks::live::{
        PROPAGATION_TIMEOUT, creation_error, if_there, is_role_not_known_yet, names, retag,
        step_token,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::timeouts;

    const CREATE_TIMEOUT: Duration = PROPAGATION_TIMEOUT;

    pub(in crate::eks) struct AccessEntry;

    #[async_trait]
    impl ResourceType for AccessEntry {
        const NAME: &'static str = "aws_eks_access_entry";
        const TELLING: &'static [&'static str] = &["kubernetes_groups", "type", "user_name"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.eks().create_access_entry().client_request_token(new.token), new.planned,
                set_cluster_name = text "cluster_name",
                set_principal_arn = text "principal_arn",
                set_kubernetes_groups = texts "kubernetes_groups",
                set_type = text "type",
                set_username = text "user_name",
            );
            let call = call.set_tags(client.tags.map_of_new(new.planned.value()));
            let who = new.planned.str_or_empty("principal_arn");
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            Wait::new(format!("{who} to be known"), timeout)
                .until_done(is_not_known_yet, || async {
                    call.clone().send().await.of("eks:CreateAccessEntry")
                })
                .await
                .map_err(creation_error)?;
            Ok(id(new.planned))
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let (cluster, principal) = names(id)?;
            let call = client.eks().describe_access_entry();
            let answer = call.cluster_name(cluster).principal_arn(principal).send().await;
            let answer = if_there(answer.of("eks:DescribeAccessEntry"))?;
            let Some(found) = answer.and_then(|answer| answer.access_entry) else {
                return Ok(None);
            };
            let mut draft = Draft::from(known);
            draft
                .set("id", id)
                .set("access_entry_arn", found.access_entry_arn())
                .set("created_at", found.created_at().and_then(rfc3339))
                .set("modified_at", found.modified_at().and_then(rfc3339))
                .set("cluster_name", found.cluster_name())
                .set("principal_arn", found.principal_arn())
                .texts("kubernetes_groups", found.kubernetes_groups())
                .set("type", found.r#type())
                .set("user_name", found.username());
            client.tags.show(&mut draft, map_pairs(found.tags()));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let (cluster, principal) = names(change.id())?;
            let call = client.eks().update_access_entry();
            let call = call.cluster_name(cluster).principal_arn(principal);
            // No groups are something else than groups that are not told.
            let call =
                call.set_kubernetes_groups(Some(change.planned.strings("kubernetes_groups")));
            let call = call.set_username(change.planned.text("user_name"));
            let call = call.client_request_token(step_token(change.token, "entry"));
            call.send().await.of("eks:UpdateAccessEntry").map(drop)
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("access_entry_arn"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let (cluster, principal) = names(object.str_or_empty("id"))?;
            let call = client.eks().delete_access_entry();
            let answer = call.cluster_name(cluster).principal_arn(principal).send().await;
            if_there(answer.of("eks:DeleteAccessEntry")).map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(id(new.planned)))
        }
    }

    fn id(planned: View<'_>) -> String {
        let cluster = planned.str_or_empty("cluster_name");
        format!("{cluster}:{}", planned.str_or_empty("principal_arn"))
    }

    /// A role that was made just now is none yet.
    fn is_not_known_yet(error: &OpError) -> bool {
        is_role_not_known_yet(error)
            || error.message.contains("The specified principalArn is invalid")
    }
}
