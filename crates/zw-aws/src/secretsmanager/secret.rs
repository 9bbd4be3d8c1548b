//! `aws_secretsmanager_secret`: a secret, but not what is secret.

use zw_lang::{Type, Value};
use zw_provider::schema::{Block, Equality, NestedBlock, Nesting, Schema};

use crate::toolkit::validate::{json, length};
use crate::toolkit::{computed, optional, optional_computed, required, tag_attributes};

pub(super) fn schema() -> Schema {
    Schema::new(
        "A secret. What is secret about it is in its versions.",
        [
            computed("id", Type::String, "The secret's ARN."),
            computed("arn", Type::String, "The secret's ARN."),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(length::<1, 512>),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new(),
            optional("description", Type::String, "What the secret is for."),
            optional("kms_key_id", Type::String, "The KMS key that versions are encrypted with."),
            optional_computed("policy", Type::String, "Who may do what with the secret.")
                .equality(Equality::Policy)
                .validate(json),
            optional(
                "recovery_window_in_days",
                Type::Number,
                "How many days a deleted secret can be restored: 0, or 7 to 30.",
            )
            .default(30)
            .validate(window),
            optional(
                "force_overwrite_replica_secret",
                Type::Bool,
                "Whether replicas take the place of secrets of the same name.",
            )
            .default(false),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [replica()],
    )
    .holds("the secret with all its versions")
    .import_id("arn")
}

fn replica() -> NestedBlock {
    NestedBlock::new(
        "replica",
        Nesting::Set,
        Block::new(
            [
                required("region", Type::String, "The region."),
                optional_computed("kms_key_id", Type::String, "The KMS key there."),
                computed("last_accessed_date", Type::String, "When the replica was read last."),
                computed("status", Type::String, "Whether the replica is as the secret."),
                computed("status_message", Type::String, "Why it is not."),
            ],
            [],
        ),
    )
    .describe("A copy of the secret in another region.")
    .computed()
}

fn window(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(days) if days != 0 && !(7..=30).contains(&days) => {
            Err(format!("expected 0 or a number from 7 to 30, got {days}."))
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "secretsmanager")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_secretsmanager::types::{ReplicaRegionType, Tag};

    use crate::secretsmanager::live::describe;
    use crate::toolkit::prelude::*;
    use crate::toolkit::{prefix_of, uuid_of};

    const CREATE_TIMEOUT: Duration = Duration::from_mins(2);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(10);

    /// The key that is meant if none is named.
    const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

    pub(in crate::secretsmanager) struct Secret;

    #[async_trait]
    impl ResourceType for Secret {
        const NAME: &'static str = "aws_secretsmanager_secret";
        const TELLING: &'static [&'static str] = &["description", "kms_key_id"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let name = new.name();
            let tags = client.tags.of_new::<Tag>(new.planned.value())?;
            let answer = Wait::new(format!("the name {name} to be free"), CREATE_TIMEOUT)
                .until_done(is_being_deleted, || async {
                    fill!(
                        client.secretsmanager().create_secret().name(&name), new.planned,
                        set_description = text "description",
                        set_kms_key_id = text "kms_key_id",
                        set_force_overwrite_replica_secret = bool "force_overwrite_replica_secret",
                    )
                    .client_request_token(uuid_of(new.token))
                    .set_add_replica_regions(replicas(new.planned, |_| true))
                    .set_tags(tags.clone())
                    .send()
                    .await
                    .of("secretsmanager:CreateSecret")
                })
                .await?;
            answer.arn.promised("ARN")
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            match new.planned.text("policy") {
                Some(policy) => put_policy(client, id, &policy).await,
                None => Ok(()),
            }
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let Some(found) = describe(client, id).await? else { return Ok(None) };
            let policy = client.secretsmanager().get_resource_policy().secret_id(id).send().await;
            let policy = policy.if_found("secretsmanager:GetResourcePolicy")?;
            let name = found.name().unwrap_or_default();
            let mut draft = Draft::from(known);
            draft
                .set("id", found.arn())
                .set("arn", found.arn())
                .set("name", name)
                .set("name_prefix", prefix_of(name))
                .set("description", found.description())
                .set("kms_key_id", found.kms_key_id().filter(|key| *key != DEFAULT_KEY))
                .set("policy", policy.as_ref().and_then(|policy| policy.resource_policy()))
                .each("replica", found.replication_status(), |block, replica| {
                    block
                        .set("region", replica.region())
                        .set("kms_key_id", replica.kms_key_id())
                        .set("last_accessed_date", replica.last_accessed_date().and_then(rfc3339))
                        .word("status", replica.status())
                        .set("status_message", replica.status_message());
                });
            client.tags.show(&mut draft, pairs(found.tags()));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let (id, planned) = (change.id(), change.planned);
            if change.of(&["description", "kms_key_id"]) {
                let call = client.secretsmanager().update_secret().secret_id(id);
                let call = call.client_request_token(uuid_of(change.token));
                let call = call.description(planned.str_or_empty("description"));
                let key = planned.text("kms_key_id").unwrap_or_else(|| DEFAULT_KEY.to_owned());
                let call = call.set_kms_key_id(change.of(&["kms_key_id"]).then_some(key));
                call.send().await.of("secretsmanager:UpdateSecret")?;
            }
            if change.of(&["policy"]) {
                if let Some(policy) = planned.text("policy") {
                    put_policy(client, id, &policy).await?;
                } else {
                    let call = client.secretsmanager().delete_resource_policy().secret_id(id);
                    call.send().await.of("secretsmanager:DeleteResourcePolicy")?;
                }
            }
            if change.of(&["replica"]) {
                let old = regions(change.prior);
                let new = regions(planned);
                remove(client, id, old.iter().filter(|it| !new.contains(it)).cloned()).await?;
                if let Some(added) = replicas(planned, |region| !old.contains(region)) {
                    let call = client.secretsmanager().replicate_secret_to_regions().secret_id(id);
                    let call = call.set_add_replica_regions(Some(added));
                    let overwrites = planned.bool("force_overwrite_replica_secret");
                    let call = call.set_force_overwrite_replica_secret(overwrites);
                    call.send().await.of("secretsmanager:ReplicateSecretToRegions")?;
                }
            }
            Ok(())
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let id = object.str_or_empty("id");
            if let Some(keys) = tags.removed() {
                let call = client.secretsmanager().untag_resource().secret_id(id);
                call.set_tag_keys(Some(keys)).send().await.of("secretsmanager:UntagResource")?;
            }
            if let Some(set) = tags.set::<Tag>()? {
                let call = client.secretsmanager().tag_resource().secret_id(id);
                call.set_tags(Some(set)).send().await.of("secretsmanager:TagResource")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let id = object.str_or_empty("id");
            remove(client, id, regions(object)).await?;
            let days = object.i64("recovery_window_in_days").unwrap_or(30);
            let call = client.secretsmanager().delete_secret().secret_id(id);
            let call = match days {
                0 => call.force_delete_without_recovery(true),
                days => call.recovery_window_in_days(days),
            };
            call.send().await.if_found("secretsmanager:DeleteSecret")?;
            Wait::new(format!("{id} to be deleted"), DELETE_TIMEOUT)
                .until_gone(|| async {
                    Ok(describe(client, id).await?.map(|_| "found".to_owned()))
                })
                .await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(new.name()))
        }
    }

    fn is_being_deleted(error: &OpError) -> bool {
        error.code.as_deref() == Some("InvalidRequestException")
            && error.message.contains("scheduled for deletion")
    }

    fn regions(object: View<'_>) -> Vec<String> {
        object.blocks("replica").filter_map(|replica| replica.text("region")).collect()
    }

    fn replicas(
        planned: View<'_>,
        is_wanted: impl Fn(&String) -> bool,
    ) -> Option<Vec<ReplicaRegionType>> {
        let replicas = planned
            .blocks("replica")
            .filter(|replica| replica.text("region").is_some_and(|region| is_wanted(&region)));
        let replicas: Vec<_> = replicas
            .map(|replica| {
                build!(
                    ReplicaRegionType, replica,
                    set_region = text "region",
                    set_kms_key_id = text "kms_key_id",
                )
            })
            .collect();
        Some(replicas).filter(|replicas| !replicas.is_empty())
    }

    async fn remove(
        client: &AwsClients,
        id: &str,
        regions: impl IntoIterator<Item = String>,
    ) -> OpResult<()> {
        let regions: Vec<String> = regions.into_iter().collect();
        if regions.is_empty() {
            return Ok(());
        }
        let call = client.secretsmanager().remove_regions_from_replication().secret_id(id);
        let answer = call.set_remove_replica_regions(Some(regions)).send().await;
        answer.if_found("secretsmanager:RemoveRegionsFromReplication").map(drop)
    }

    async fn put_policy(client: &AwsClients, id: &str, policy: &str) -> OpResult<()> {
        // Who the policy names may be too new to be known everywhere.
        Wait::new(format!("the policy of {id} to be taken"), CREATE_TIMEOUT)
            .until_done(
                |error| {
                    error.code.as_deref() == Some("MalformedPolicyDocumentException")
                        && error.message.contains("principal")
                },
                || async {
                    let call = client.secretsmanager().put_resource_policy().secret_id(id);
                    let answer = call.resource_policy(policy).send().await;
                    answer.of("secretsmanager:PutResourcePolicy").map(drop)
                },
            )
            .await
    }
}
