//! `aws_eks_access_policy_association`: what somebody of IAM may do in a cluster.

use zw_lang::{Type, Value};
use zw_provider::OpError;
use zw_provider::schema::{Block, NestedBlock, Schema};

use super::cluster_name;
use crate::toolkit::validate::{arn, one_of};
use crate::toolkit::{computed, optional, required, set_of_strings, timeouts_block};

pub(super) fn schema() -> Schema {
    Schema::new(
        "What somebody of IAM may do in a cluster.",
        [
            computed("id", Type::String, "The cluster and both ARNs, with # between them."),
            computed("associated_at", Type::String, "When it was allowed."),
            computed("modified_at", Type::String, "When it was changed last."),
            required("cluster_name", Type::String, "The cluster.")
                .force_new()
                .validate(cluster_name),
            required("policy_arn", Type::String, "The ARN of the access policy of EKS.")
                .force_new()
                .validate(arn),
            required("principal_arn", Type::String, "The ARN of the user or role.")
                .force_new()
                .validate(arn),
        ],
        [
            NestedBlock::one(
                "access_scope",
                Block::new(
                    [
                        optional("namespaces", set_of_strings(), "The namespaces.").force_new(),
                        required("type", Type::String, "`cluster` or `namespace`.")
                            .force_new()
                            .validate(one_of!("cluster", "namespace")),
                    ],
                    [],
                ),
            )
            .required()
            .force_new()
            .describe("Where."),
            timeouts_block(&["create", "delete"]),
        ],
    )
    .import_id("cluster_name#principal_arn#policy_arn")
}

/// Namespaces go with the scope of that name.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    use zw_lang::Path;
    use zw_provider::View;

    let Some(scope) = View::new(config).block("access_scope") else { return Vec::new() };
    let has_namespaces = scope.get("namespaces").is_some_and(|names| !names.is_null());
    let message = match scope.str("type") {
        Some("cluster") if has_namespaces => {
            "`namespaces` are for a scope of the type `namespace`."
        }
        Some("namespace") if !has_namespaces => "a scope of the type `namespace` has `namespaces`.",
        _ => return Vec::new(),
    };
    vec![OpError::invalid(Path::attr_of_root("access_scope"), message)]
}

#[cfg(feature = "eks")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_eks::types::{AccessScope, AssociatedAccessPolicy};
    use zw_lang::Path;

    use crate::eks::live::{PROPAGATION_TIMEOUT, if_there};
    use crate::toolkit::prelude::*;
    use crate::toolkit::timeouts;

    const CREATE_TIMEOUT: Duration = PROPAGATION_TIMEOUT;

    pub(in crate::eks) struct AccessPolicyAssociation;

    #[async_trait]
    impl ResourceType for AccessPolicyAssociation {
        const NAME: &'static str = "aws_eks_access_policy_association";
        const TELLING: &'static [&'static str] = &["access_scope"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let scope = new.planned.block("access_scope").promised("access scope")?;
            let scope = build!(
                AccessScope, scope,
                set_type = word "type",
                set_namespaces = texts "namespaces",
            );
            let call = fill!(
                client.eks().associate_access_policy().access_scope(scope), new.planned,
                set_cluster_name = text "cluster_name",
                set_principal_arn = text "principal_arn",
                set_policy_arn = text "policy_arn",
            );
            let who = new.planned.str_or_empty("principal_arn");
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            // The entry may have been made just now.
            Wait::new(format!("the access entry of {who} to be known"), timeout)
                .until_done(OpError::is_not_found, || async {
                    call.clone().send().await.of("eks:AssociateAccessPolicy")
                })
                .await?;
            Ok(id(new.planned))
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let [cluster, principal, policy] = parts(id)?;
            let Some(found) = get(client, cluster, principal, policy).await? else {
                return Ok(None);
            };
            let mut draft = Draft::from(known);
            draft
                .set("id", id)
                .set("associated_at", found.associated_at().and_then(rfc3339))
                .set("modified_at", found.modified_at().and_then(rfc3339))
                .set("cluster_name", cluster)
                .set("principal_arn", principal)
                .set("policy_arn", policy)
                .each("access_scope", found.access_scope(), |block, scope| {
                    block.word("type", scope.r#type()).texts("namespaces", scope.namespaces());
                });
            Ok(Some(draft.finish()))
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let [cluster, principal, policy] = parts(object.str_or_empty("id"))?;
            let call = client.eks().disassociate_access_policy().cluster_name(cluster);
            let answer = call.principal_arn(principal).policy_arn(policy).send().await;
            if_there(answer.of("eks:DisassociateAccessPolicy")).map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(id(new.planned)))
        }
    }

    fn id(planned: View<'_>) -> String {
        let of = |name| planned.str_or_empty(name);
        format!("{}#{}#{}", of("cluster_name"), of("principal_arn"), of("policy_arn"))
    }

    fn parts(id: &str) -> OpResult<[&str; 3]> {
        let parts: Vec<&str> = id.split('#').collect();
        <[&str; 3]>::try_from(parts).map_err(|_| {
            let message = format!("{id:?} is not of the form CLUSTER#PRINCIPAL_ARN#POLICY_ARN.");
            OpError::invalid(Path::attr_of_root("id"), message)
        })
    }

    async fn get(
        client: &AwsClients,
        cluster: &str,
        principal: &str,
        policy: &str,
    ) -> OpResult<Option<AssociatedAccessPolicy>> {
        let call = client.eks().list_associated_access_policies();
        let call = call.cluster_name(cluster).principal_arn(principal);
        let mut found = call.into_paginator().items().send();
        while let Some(item) = found.next().await {
            let item = if_there(item.of("eks:ListAssociatedAccessPolicies"))?;
            let Some(item) = item else { return Ok(None) };
            if item.policy_arn() == Some(policy) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}
