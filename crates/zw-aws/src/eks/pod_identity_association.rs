//! `aws_eks_pod_identity_association`: the role of a service account.

use zw_lang::Type;
use zw_provider::schema::Schema;

use super::cluster_name;
use crate::toolkit::validate::{arn, not_empty};
use crate::toolkit::{computed, required, tag_attributes};

pub(super) fn schema() -> Schema {
    Schema::new(
        "The role of a service account.",
        [
            computed("id", Type::String, "The association's id."),
            computed("association_arn", Type::String, "The association's ARN."),
            computed("association_id", Type::String, "The association's id."),
            required("cluster_name", Type::String, "The cluster.")
                .force_new()
                .validate(cluster_name),
            required("namespace", Type::String, "The namespace of the service account.")
                .force_new()
                .validate(not_empty),
            required("role_arn", Type::String, "The role.").validate(arn),
            required("service_account", Type::String, "The service account.")
                .force_new()
                .validate(not_empty),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("cluster_name,association_id")
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use zw_lang::Path;

    use crate::eks::live::{
        PROPAGATION_TIMEOUT, creation_error, if_there, is_role_not_known_yet, retag, step_token,
    };
    use crate::toolkit::prelude::*;

    pub(in crate::eks) struct PodIdentityAssociation;

    #[async_trait]
    impl ResourceType for PodIdentityAssociation {
        const NAME: &'static str = "aws_eks_pod_identity_association";
        const TELLING: &'static [&'static str] = &["role_arn"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = fill!(
                client.eks().create_pod_identity_association(), new.planned,
                set_cluster_name = text "cluster_name",
                set_namespace = text "namespace",
                set_role_arn = text "role_arn",
                set_service_account = text "service_account",
            );
            let call = call
                .client_request_token(new.token)
                .set_tags(client.tags.map_of_new(new.planned.value()));
            let role = new.planned.str_or_empty("role_arn");
            let answer = Wait::new(format!("{role} to be known"), PROPAGATION_TIMEOUT)
                .until_done(is_role_not_known_yet, || async {
                    call.clone().send().await.of("eks:CreatePodIdentityAssociation")
                })
                .await
                .map_err(creation_error)?;
            answer.association.and_then(|it| it.association_id).promised("association id")
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let object = View::new(known);
            let call = client.eks().describe_pod_identity_association();
            let call = call.cluster_name(object.str_or_empty("cluster_name"));
            let answer = call.association_id(object.str_or_empty("id")).send().await;
            let answer = if_there(answer.of("eks:DescribePodIdentityAssociation"))?;
            let Some(found) = answer.and_then(|answer| answer.association) else {
                return Ok(None);
            };
            let mut draft = Draft::from(known);
            draft
                .set("id", found.association_id())
                .set("association_id", found.association_id())
                .set("association_arn", found.association_arn())
                .set("cluster_name", found.cluster_name())
                .set("namespace", found.namespace())
                .set("role_arn", found.role_arn())
                .set("service_account", found.service_account());
            client.tags.show(&mut draft, map_pairs(found.tags()));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let call = client.eks().update_pod_identity_association();
            let call = call.cluster_name(change.prior.str_or_empty("cluster_name"));
            let call =
                call.association_id(change.id()).set_role_arn(change.planned.text("role_arn"));
            let call = call.client_request_token(step_token(change.token, "association"));
            call.send().await.of("eks:UpdatePodIdentityAssociation").map(drop)
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("association_arn"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.eks().delete_pod_identity_association();
            let call = call.cluster_name(object.str_or_empty("cluster_name"));
            let answer = call.association_id(object.str_or_empty("id")).send().await;
            if_there(answer.of("eks:DeletePodIdentityAssociation")).map(drop)
        }

        /// A service account has one association.
        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let call = fill!(
                client.eks().list_pod_identity_associations(), new.planned,
                set_cluster_name = text "cluster_name",
                set_namespace = text "namespace",
                set_service_account = text "service_account",
            );
            let found = if_there(call.send().await.of("eks:ListPodIdentityAssociations"))?;
            let found = found.and_then(|found| found.associations).unwrap_or_default();
            Ok(found.into_iter().find_map(|found| found.association_id))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let Some((cluster, association)) = id.split_once(',') else {
                let message = format!("{id:?} is not of the form CLUSTER,ASSOCIATION_ID.");
                return Err(OpError::invalid(Path::attr_of_root("id"), message));
            };
            object.set("cluster_name", cluster).set("id", association);
            Ok(())
        }
    }
}
