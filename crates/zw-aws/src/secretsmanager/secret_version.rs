//! `aws_secretsmanager_secret_version`: what is secret.

use zw_lang::{Type, Value};
use zw_provider::OpError;
use zw_provider::schema::Schema;

use crate::toolkit::validate::{exclusive, together};
use crate::toolkit::{computed, optional, optional_computed, required, set_of_strings};

pub(super) fn schema() -> Schema {
    Schema::new(
        "What is secret, as it was at a time.",
        [
            computed(
                "id",
                Type::String,
                "The secret's id and the version's, with a `|` between them.",
            ),
            computed("arn", Type::String, "The secret's ARN."),
            computed("version_id", Type::String, "The version's id."),
            computed(
                "has_secret_string_wo",
                Type::Bool,
                "Whether the text was given by `secret_string_wo`.",
            ),
            required("secret_id", Type::String, "The secret's ARN or name.").force_new(),
            optional("secret_string", Type::String, "The text.").sensitive().force_new(),
            optional("secret_binary", Type::String, "Bytes, in base64.").sensitive().force_new(),
            optional("secret_string_wo", Type::String, "The text, which is not stored.")
                .sensitive()
                .write_only(),
            optional(
                "secret_string_wo_version",
                Type::Number,
                "To be changed along with `secret_string_wo`.",
            )
            .force_new(),
            optional_computed("version_stages", set_of_strings(), "Labels of the version."),
        ],
        [],
    )
    .import_id("secret_id|version_id")
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    let mut errors = exclusive(
        config,
        &[
            ("secret_string", "secret_binary"),
            ("secret_string", "secret_string_wo"),
            ("secret_binary", "secret_string_wo"),
        ],
    );
    errors.extend(together(config, &["secret_string_wo", "secret_string_wo_version"]));
    errors
}

#[cfg(feature = "secretsmanager")]
pub(super) mod live {
    use aws_smithy_types::Blob;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use zw_lang::Path;

    use crate::toolkit::prelude::*;
    use crate::toolkit::uuid_of;

    /// The label of the version that is in force. It can be moved, but not be taken away.
    const CURRENT: &str = "AWSCURRENT";

    pub(in crate::secretsmanager) struct SecretVersion;

    #[async_trait]
    impl ResourceType for SecretVersion {
        const NAME: &'static str = "aws_secretsmanager_secret_version";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let secret = new.planned.str_or_empty("secret_id");
            let text = new.planned.string("secret_string");
            let text = text.or_else(|| new.config.string("secret_string_wo"));
            let call = client.secretsmanager().put_secret_value().secret_id(secret);
            // The token becomes the version's id.
            let call = call.client_request_token(uuid_of(new.token));
            let call = call.set_secret_binary(binary(new.planned)?).set_secret_string(text);
            let call = call.set_version_stages(new.planned.texts("version_stages"));
            let answer = call.send().await.of("secretsmanager:PutSecretValue")?;
            Ok(format!("{secret}|{}", answer.version_id.promised("version")?))
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let known_as = View::new(known);
            let id = known_as.str_or_empty("id");
            let (secret, version) = parts(id)?;
            let call = client.secretsmanager().get_secret_value().secret_id(secret);
            let found = call.version_id(version).send().await;
            let found = match found.if_found("secretsmanager:GetSecretValue") {
                // The secret is about to go, and its versions with it.
                Err(error) if error.message.contains("marked for deletion") => return Ok(None),
                found => found?,
            };
            // A version without labels is as good as gone.
            let found = found.filter(|found| !found.version_stages().is_empty());
            let Some(found) = found else { return Ok(None) };
            let is_hidden = known_as.bool("has_secret_string_wo") == Some(true)
                || known_as.i64("secret_string_wo_version").is_some();
            let text = found.secret_string().filter(|_| !is_hidden);
            let mut draft = Draft::from(known);
            draft
                .set("id", id)
                .set("secret_id", secret)
                .set("version_id", found.version_id())
                .set("arn", found.arn())
                .set("secret_string", text)
                .set("secret_binary", found.secret_binary().map(|it| STANDARD.encode(it)))
                .set_exactly("has_secret_string_wo", is_hidden)
                .texts("version_stages", found.version_stages());
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let (secret, version) = parts(change.id())?;
            let (old, new) =
                (change.prior.strings("version_stages"), change.planned.strings("version_stages"));
            for stage in new.iter().filter(|stage| !old.contains(stage)) {
                // A label is on one version only.
                let at = versions_with(client, secret, stage).await?;
                let call = client.secretsmanager().update_secret_version_stage();
                let call = call.secret_id(secret).version_stage(stage).move_to_version_id(version);
                let call = call.set_remove_from_version_id(at.filter(|at| at != version));
                call.send().await.of("secretsmanager:UpdateSecretVersionStage")?;
            }
            for stage in old.iter().filter(|stage| *stage != CURRENT && !new.contains(stage)) {
                remove_stage(client, secret, version, stage).await?;
            }
            Ok(())
        }

        /// A version goes when it has no labels any more; what is in force stays.
        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let (secret, version) = parts(object.str_or_empty("id"))?;
            for stage in object.strings("version_stages").iter().filter(|stage| *stage != CURRENT) {
                if versions_with(client, secret, stage).await?.as_deref() == Some(version) {
                    remove_stage(client, secret, version, stage).await?;
                }
            }
            Ok(())
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let secret = new.planned.str_or_empty("secret_id");
            Ok(Some(format!("{secret}|{}", uuid_of(new.token))))
        }
    }

    fn parts(id: &str) -> OpResult<(&str, &str)> {
        id.rsplit_once('|').ok_or_else(|| {
            let message = format!("{id:?} is not of the form SECRET|VERSION.");
            OpError::invalid(Path::attr_of_root("id"), message)
        })
    }

    fn binary(planned: View<'_>) -> OpResult<Option<Blob>> {
        let Some(text) = planned.text("secret_binary") else { return Ok(None) };
        let bytes = STANDARD.decode(text).map_err(|_| {
            OpError::invalid(Path::attr_of_root("secret_binary"), "it is not base64.")
        })?;
        Ok(Some(Blob::new(bytes)))
    }

    /// The version that has a label.
    async fn versions_with(
        client: &AwsClients,
        secret: &str,
        stage: &str,
    ) -> OpResult<Option<String>> {
        let call = client.secretsmanager().list_secret_version_ids().secret_id(secret);
        let pages = call.into_paginator().send().try_collect().await;
        let pages = pages.if_found("secretsmanager:ListSecretVersionIds")?.unwrap_or_default();
        let mut found = pages.into_iter().flat_map(|page| page.versions.unwrap_or_default());
        let found = found.find(|found| found.version_stages().iter().any(|it| it == stage));
        Ok(found.and_then(|found| found.version_id))
    }

    async fn remove_stage(
        client: &AwsClients,
        secret: &str,
        version: &str,
        stage: &str,
    ) -> OpResult<()> {
        let call = client.secretsmanager().update_secret_version_stage().secret_id(secret);
        let call = call.remove_from_version_id(version).version_stage(stage);
        call.send().await.if_found("secretsmanager:UpdateSecretVersionStage").map(drop)
    }
}
