//! `aws_secretsmanager_secret_rotation`: how often a secret is renewed, and by what.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Schema};

use crate::toolkit::validate::{arn, between};
use crate::toolkit::{computed, optional, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "How often a secret is renewed, and by what.",
        [
            computed("id", Type::String, "The secret's ARN."),
            computed("rotation_enabled", Type::Bool, "Whether the secret is renewed."),
            required("secret_id", Type::String, "The secret's ARN or name.").force_new(),
            optional("rotation_lambda_arn", Type::String, "The function that renews the secret.")
                .validate(arn),
            optional(
                "rotate_immediately",
                Type::Bool,
                "Whether to renew the secret at once, and not only at the next date.",
            )
            .default(true),
        ],
        [NestedBlock::one(
            "rotation_rules",
            Block::new(
                [
                    optional("automatically_after_days", Type::Number, "Every how many days.")
                        .validate(between!(1, 1000)),
                    optional("duration", Type::String, "How long it may take, as `3h`."),
                    optional(
                        "schedule_expression",
                        Type::String,
                        "When, as `cron(…)` or `rate(…)`.",
                    ),
                ],
                [],
            ),
        )
        .required()
        .describe("When the secret is renewed.")],
    )
    .import_id("secret_id")
}

#[cfg(feature = "secretsmanager")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_secretsmanager::types::RotationRulesType;

    use crate::secretsmanager::live::describe;
    use crate::toolkit::prelude::*;
    use crate::toolkit::uuid_of;

    const PROPAGATION_TIMEOUT: Duration = Duration::from_mins(1);

    pub(in crate::secretsmanager) struct SecretRotation;

    #[async_trait]
    impl ResourceType for SecretRotation {
        const NAME: &'static str = "aws_secretsmanager_secret_rotation";
        const TELLING: &'static [&'static str] = &["rotation_lambda_arn", "rotation_rules"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let secret = new.planned.str_or_empty("secret_id");
            rotate(client, secret, new.planned, new.token).await?.promised("ARN")
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let found = describe(client, id).await?;
            let found = found.filter(|found| found.rotation_enabled() == Some(true));
            let Some(found) = found else { return Ok(None) };
            let mut draft = Draft::from(known);
            if View::new(known).str("secret_id").is_none() {
                draft.set("secret_id", id);
            }
            draft
                .set("id", found.arn())
                .set("rotation_enabled", found.rotation_enabled())
                .set("rotation_lambda_arn", found.rotation_lambda_arn())
                .each("rotation_rules", found.rotation_rules(), |block, rules| {
                    let schedule = rules.schedule_expression();
                    // With a schedule, the days are what follows from it.
                    let days = rules.automatically_after_days().filter(|_| schedule.is_none());
                    block
                        .set("automatically_after_days", days)
                        .set("duration", rules.duration())
                        .set("schedule_expression", schedule);
                });
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            if !change.of(&["rotation_lambda_arn", "rotation_rules"]) {
                return Ok(());
            }
            rotate(client, change.id(), change.planned, change.token).await.map(drop)
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.secretsmanager().cancel_rotate_secret();
            let answer = call.secret_id(object.str_or_empty("id")).send().await;
            answer.if_found("secretsmanager:CancelRotateSecret").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("secret_id"))
        }
    }

    async fn rotate(
        client: &AwsClients,
        secret: &str,
        planned: View<'_>,
        token: &str,
    ) -> OpResult<Option<String>> {
        let rules = planned.block("rotation_rules").map(|rules| {
            build!(
                RotationRulesType, rules,
                set_automatically_after_days = i64 "automatically_after_days",
                set_duration = text "duration",
                set_schedule_expression = text "schedule_expression",
            )
        });
        // Secrets Manager may not know yet that it may invoke the function.
        let answer = Wait::new(format!("{secret} to be rotated"), PROPAGATION_TIMEOUT)
            .until_done(
                |error| error.code.as_deref() == Some("AccessDeniedException"),
                || async {
                    fill!(
                        client.secretsmanager().rotate_secret().secret_id(secret), planned,
                        set_rotation_lambda_arn = text "rotation_lambda_arn",
                        set_rotate_immediately = bool "rotate_immediately",
                    )
                    .client_request_token(uuid_of(token))
                    .set_rotation_rules(rules.clone())
                    .send()
                    .await
                    .of("secretsmanager:RotateSecret")
                },
            )
            .await?;
        Ok(answer.arn)
    }
}
