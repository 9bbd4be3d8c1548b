//! `aws_kms_key`: a key that never leaves KMS.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};
use zw_provider::{OpResult, PlanRequest, Planned};

use crate::toolkit::validate::{between, json, length, one_of};
use crate::toolkit::{
    Tags, changes, computed, forget, optional, optional_computed, tag_attributes, timeouts_block,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "A key that never leaves KMS.",
        [
            computed("id", Type::String, "The key's id."),
            computed("arn", Type::String, "The key's ARN."),
            computed("key_id", Type::String, "The key's id."),
            optional(
                "bypass_policy_lockout_safety_check",
                Type::Bool,
                "Whether to take a policy by which nobody could change the policy any more.",
            )
            .default(false),
            optional(
                "custom_key_store_id",
                Type::String,
                "The custom key store that holds the key.",
            )
            .force_new()
            .validate(length::<1, 64>),
            optional(
                "customer_master_key_spec",
                Type::String,
                "What kind of key it is, and what can be done with it.",
            )
            .default("SYMMETRIC_DEFAULT")
            .force_new(),
            optional(
                "deletion_window_in_days",
                Type::Number,
                "How many days pass between the deletion and the end of the key.",
            )
            .validate(between!(7, 30)),
            optional_computed("description", Type::String, "What the key is for.")
                .validate(length::<0, 8192>),
            optional("enable_key_rotation", Type::Bool, "Whether KMS renews the key's material.")
                .default(false),
            optional("is_enabled", Type::Bool, "Whether the key can be used.").default(true),
            optional("key_usage", Type::String, "What the key is used for.")
                .default("ENCRYPT_DECRYPT")
                .force_new()
                .validate(one_of!(
                    "ENCRYPT_DECRYPT",
                    "SIGN_VERIFY",
                    "GENERATE_VERIFY_MAC",
                    "KEY_AGREEMENT",
                )),
            optional_computed(
                "multi_region",
                Type::Bool,
                "Whether the key can have replicas in other regions.",
            )
            .force_new(),
            optional_computed("policy", Type::String, "Who may do what with the key.")
                .equality(Equality::Policy)
                .validate(json),
            optional_computed(
                "rotation_period_in_days",
                Type::Number,
                "How many days pass between two rotations.",
            )
            .validate(between!(90, 2560)),
            optional("xks_key_id", Type::String, "The key in an external key store.")
                .force_new()
                .validate(length::<1, 64>),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create"])],
    )
    .holds("the key, and with it whatever it has encrypted")
    .import_id("key_id")
}

/// How often a key is rotated is for KMS to say once it is.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let planned = Tags::planned(&request);
    if changes(&request, &["enable_key_rotation"]) {
        let planned = forget(&request, &planned, &["rotation_period_in_days"]);
        return Ok(Planned::unchanged(planned));
    }
    Ok(Planned::unchanged(planned))
}

#[cfg(feature = "kms")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, KeyState, OriginType, Tag};

    use crate::kms::live::describe;
    use crate::toolkit::prelude::*;
    use crate::toolkit::{NoRetryOfUncertain, SdkTag, TOKEN_TAG, timeouts};

    const CREATE_TIMEOUT: Duration = Duration::from_mins(2);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(20);

    pub(in crate::kms) struct Key;

    #[async_trait]
    impl ResourceType for Key {
        const NAME: &'static str = "aws_kms_key";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let mut tags = client.tags.of_new::<Tag>(new.planned.value())?.unwrap_or_default();
            tags.push(Tag::tag(TOKEN_TAG.to_owned(), new.token.to_owned())?);
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            let store = new.planned.text("custom_key_store_id");
            let external = new.planned.text("xks_key_id");
            let origin = match (&store, &external) {
                (Some(_), Some(_)) => Some(OriginType::ExternalKeyStore),
                (Some(_), None) => Some(OriginType::AwsCloudhsm),
                _ => None,
            };
            let once = aws_sdk_kms::config::Builder::new().retry_classifier(NoRetryOfUncertain);
            // Who the policy names may be too new to be known everywhere.
            let answer = Wait::new("the key's policy to be taken", timeout)
                .until_done(is_principal_not_known_yet, || async {
                    fill!(
                        client.kms().create_key(), new.planned,
                        set_policy = text "policy",
                        set_description = text "description",
                        set_key_usage = word "key_usage",
                        set_key_spec = word "customer_master_key_spec",
                        set_multi_region = bool "multi_region",
                        set_bypass_policy_lockout_safety_check = bool "bypass_policy_lockout_safety_check",
                    )
                    .set_custom_key_store_id(store.clone())
                    .set_xks_key_id(external.clone())
                    .set_origin(origin.clone())
                    .set_tags(Some(tags.clone()))
                    .customize()
                    .config_override(once.clone())
                    .send()
                    .await
                    .of("kms:CreateKey")
                })
                .await?;
            Ok(answer.key_metadata.promised("key")?.key_id)
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            if new.planned.bool("enable_key_rotation") == Some(true) {
                rotate(client, id, new.planned).await?;
            }
            match new.planned.bool("is_enabled") {
                Some(false) => enable(client, id, false).await,
                _ => Ok(()),
            }
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let Some(key) = describe(client, id, Vec::new()).await? else { return Ok(None) };
            if is_going(&key) {
                return Ok(None);
            }
            let call = client.kms().get_key_policy().key_id(id).policy_name("default");
            let policy = call.send().await.if_found("kms:GetKeyPolicy")?;
            let call = client.kms().list_resource_tags().key_id(id).into_paginator().items();
            let tags = call.send().try_collect().await.if_found("kms:ListResourceTags")?;
            let (Some(policy), Some(tags)) = (policy, tags) else { return Ok(None) };
            let (rotates, period) = rotation(client, &key).await?;
            let mut draft = Draft::from(known);
            draft
                .set("id", key.key_id())
                .set("key_id", key.key_id())
                .set("arn", key.arn())
                .set("custom_key_store_id", key.custom_key_store_id())
                .word("customer_master_key_spec", key.key_spec())
                .set("description", key.description())
                .set("enable_key_rotation", rotates)
                .set("is_enabled", key.enabled())
                .word("key_usage", key.key_usage())
                .set("multi_region", key.multi_region())
                .set("policy", policy.policy())
                .set("rotation_period_in_days", period)
                .set("xks_key_id", key.xks_key_configuration().and_then(|xks| xks.id()));
            client.tags.show(&mut draft, pairs(&tags));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let (id, planned) = (change.id(), change.planned);
            let is_enabled = planned.bool("is_enabled") != Some(false);
            // A key that is switched off cannot be changed.
            if change.of(&["is_enabled"]) && is_enabled {
                enable(client, id, true).await?;
            }
            if change.of(&["enable_key_rotation", "rotation_period_in_days"]) {
                rotate(client, id, planned).await?;
            }
            if change.of(&["description"]) {
                let call = client.kms().update_key_description().key_id(id);
                let call = call.description(planned.str_or_empty("description"));
                call.send().await.of("kms:UpdateKeyDescription")?;
            }
            if change.of(&["policy"]) {
                put_policy(client, id, planned).await?;
            }
            if change.of(&["is_enabled"]) && !is_enabled {
                enable(client, id, false).await?;
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
                let call = client.kms().untag_resource().key_id(id).set_tag_keys(Some(keys));
                call.send().await.of("kms:UntagResource")?;
            }
            if let Some(set) = tags.set::<Tag>()? {
                let call = client.kms().tag_resource().key_id(id).set_tags(Some(set));
                call.send().await.of("kms:TagResource")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let id = object.str_or_empty("id");
            let Some(key) = describe(client, id, Vec::new()).await? else { return Ok(()) };
            if !is_going(&key) {
                let call = client.kms().schedule_key_deletion().key_id(id);
                let call = call.set_pending_window_in_days(object.count("deletion_window_in_days"));
                call.send().await.of("kms:ScheduleKeyDeletion")?;
            }
            Wait::new(format!("{id} to be deleted"), DELETE_TIMEOUT)
                .until_gone(|| async {
                    let found = describe(client, id, Vec::new()).await?;
                    let found = found.filter(|key| !is_going(key));
                    Ok(found.map(|key| key.key_state.map_or_else(String::new, |it| it.to_string())))
                })
                .await
        }

        /// A key has no name, so it bears the token of its creation as a tag.
        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let keys = client.kms().list_keys().into_paginator().items().send();
            for key in keys.try_collect().await.of("kms:ListKeys")? {
                let id = key.key_id().unwrap_or_default();
                let Some(key) = describe(client, id, Vec::new()).await? else { continue };
                if key.key_manager() != Some(&KeyManagerType::Customer) || is_going(&key) {
                    continue;
                }
                let call = client.kms().list_resource_tags().key_id(id).into_paginator().items();
                let tags = call.send().try_collect().await.if_found("kms:ListResourceTags")?;
                let tags = tags.unwrap_or_default();
                if pairs(&tags).any(|(key, value)| key == TOKEN_TAG && value == new.token) {
                    return Ok(Some(id.to_owned()));
                }
            }
            Ok(None)
        }
    }

    fn is_going(key: &KeyMetadata) -> bool {
        matches!(
            key.key_state(),
            Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion)
        )
    }

    fn is_principal_not_known_yet(error: &OpError) -> bool {
        error.code.as_deref() == Some("MalformedPolicyDocumentException")
            && error.message.contains("principal")
    }

    /// Whether a key's material is renewed, and how often. Only symmetric keys made by KMS can be.
    async fn rotation(client: &AwsClients, key: &KeyMetadata) -> OpResult<(bool, Option<i32>)> {
        let is_symmetric = key.key_spec() == Some(&KeySpec::SymmetricDefault);
        let is_by_kms = key.origin().is_none_or(|origin| *origin == OriginType::AwsKms);
        if !is_symmetric || !is_by_kms {
            return Ok((false, None));
        }
        let call = client.kms().get_key_rotation_status().key_id(key.key_id());
        let answer = call.send().await.of("kms:GetKeyRotationStatus")?;
        let rotates = answer.key_rotation_enabled();
        Ok((rotates, answer.rotation_period_in_days().filter(|_| rotates)))
    }

    async fn rotate(client: &AwsClients, id: &str, planned: View<'_>) -> OpResult<()> {
        if planned.bool("enable_key_rotation") == Some(true) {
            let call = client.kms().enable_key_rotation().key_id(id);
            let call = call.set_rotation_period_in_days(planned.count("rotation_period_in_days"));
            return call.send().await.of("kms:EnableKeyRotation").map(drop);
        }
        let call = client.kms().disable_key_rotation().key_id(id);
        call.send().await.of("kms:DisableKeyRotation").map(drop)
    }

    async fn enable(client: &AwsClients, id: &str, is_enabled: bool) -> OpResult<()> {
        if is_enabled {
            client.kms().enable_key().key_id(id).send().await.of("kms:EnableKey").map(drop)
        } else {
            client.kms().disable_key().key_id(id).send().await.of("kms:DisableKey").map(drop)
        }
    }

    async fn put_policy(client: &AwsClients, id: &str, planned: View<'_>) -> OpResult<()> {
        let bypass = planned.bool("bypass_policy_lockout_safety_check");
        Wait::new(format!("the policy of {id} to be taken"), CREATE_TIMEOUT)
            .until_done(is_principal_not_known_yet, || async {
                let call = client.kms().put_key_policy().key_id(id).policy_name("default");
                let call = call.set_policy(planned.text("policy"));
                let call = call.set_bypass_policy_lockout_safety_check(bypass);
                call.send().await.of("kms:PutKeyPolicy").map(drop)
            })
            .await
    }
}
