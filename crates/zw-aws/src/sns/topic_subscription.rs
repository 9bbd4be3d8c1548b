//! `aws_sns_topic_subscription`: where a topic's messages go.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use crate::toolkit::validate::{arn, json, one_of};
use crate::toolkit::{computed, optional, optional_computed, required};

/// Our names and those of SNS. Source: `SetSubscriptionAttributes`, SNS API 2010-03-31.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("delivery_policy", "DeliveryPolicy"),
    ("filter_policy", "FilterPolicy"),
    ("filter_policy_scope", "FilterPolicyScope"),
    ("raw_message_delivery", "RawMessageDelivery"),
    ("redrive_policy", "RedrivePolicy"),
    ("replay_policy", "ReplayPolicy"),
    ("subscription_role_arn", "SubscriptionRoleArn"),
];

pub(super) fn schema() -> Schema {
    Schema::new(
        "Where a topic's messages go.",
        [
            computed("id", Type::String, "The subscription's ARN."),
            computed("arn", Type::String, "The subscription's ARN."),
            computed("owner_id", Type::String, "The account that owns the subscription."),
            computed(
                "confirmation_was_authenticated",
                Type::Bool,
                "Whether the request that confirmed the subscription was signed.",
            ),
            computed(
                "pending_confirmation",
                Type::Bool,
                "Whether the endpoint has still to confirm the subscription.",
            ),
            required("topic_arn", Type::String, "The topic.").force_new().validate(arn),
            required("protocol", Type::String, "How messages get there.").force_new().validate(
                one_of!(
                    "application",
                    "email",
                    "email-json",
                    "firehose",
                    "http",
                    "https",
                    "lambda",
                    "sms",
                    "sqs",
                ),
            ),
            required("endpoint", Type::String, "Where messages go.").force_new(),
            optional(
                "confirmation_timeout_in_minutes",
                Type::Number,
                "How long to wait for an endpoint that confirms by itself.",
            )
            .default(1),
            optional(
                "endpoint_auto_confirms",
                Type::Bool,
                "Whether the endpoint confirms by itself; for `http` and `https`.",
            )
            .default(false),
            optional("delivery_policy", Type::String, "How messages are delivered again, as JSON.")
                .equality(Equality::Json)
                .validate(json),
            optional("filter_policy", Type::String, "Which messages are delivered, as JSON.")
                .equality(Equality::Json)
                .validate(json),
            optional_computed(
                "filter_policy_scope",
                Type::String,
                "What the filter looks at: `MessageAttributes` or `MessageBody`.",
            )
            .validate(one_of!("MessageAttributes", "MessageBody")),
            optional(
                "raw_message_delivery",
                Type::Bool,
                "Whether messages are delivered as they are, without SNS's envelope.",
            )
            .default(false),
            optional("redrive_policy", Type::String, "The dead-letter queue, as JSON.")
                .equality(Equality::Json)
                .validate(json),
            optional(
                "replay_policy",
                Type::String,
                "Which archived messages are delivered again, as JSON.",
            )
            .equality(Equality::Json)
            .validate(json),
            optional(
                "subscription_role_arn",
                Type::String,
                "The role that may publish to Firehose; for `firehose`.",
            )
            .validate(arn),
        ],
        [],
    )
    .import_id("arn")
}

#[cfg(feature = "sns")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use super::ATTRIBUTES;
    use crate::toolkit::prelude::*;

    pub(in crate::sns) struct TopicSubscription;

    #[async_trait]
    impl ResourceType for TopicSubscription {
        const NAME: &'static str = "aws_sns_topic_subscription";
        const TELLING: &'static [&'static str] = &["filter_policy", "raw_message_delivery"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let call = client.sns().subscribe().return_subscription_arn(true);
            let call = fill!(
                call, new.planned,
                set_topic_arn = string "topic_arn",
                set_protocol = string "protocol",
                set_endpoint = string "endpoint",
            );
            let call = call.set_attributes(Some(new_attributes(new.planned)));
            call.send().await.of("sns:Subscribe")?.subscription_arn.promised("ARN")
        }

        /// Waits for an endpoint that confirms by itself.
        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let is_web = matches!(new.planned.str("protocol"), Some("http" | "https"));
            if !is_web || new.planned.bool("endpoint_auto_confirms") != Some(true) {
                return Ok(());
            }
            let minutes = new.planned.i64("confirmation_timeout_in_minutes").unwrap_or(1);
            let timeout = Duration::from_mins(u64::try_from(minutes).unwrap_or(1));
            Wait::new(format!("{id} to be confirmed"), timeout)
                .until(|| async {
                    let found = attributes(client, id).await?.unwrap_or_default();
                    Ok(match found.get("PendingConfirmation").map(String::as_str) {
                        Some("false") => Progress::Ready(()),
                        _ => Progress::Pending("pending".into()),
                    })
                })
                .await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let arn = View::new(known).str_or_empty("id");
            let found = attributes(client, arn).await?;
            Ok(found.map(|found| object(known, arn, &found)))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let mut names: Vec<_> =
                ATTRIBUTES.iter().filter(|(name, _)| change.of(&[name])).collect();
            // A filter of bodies is no valid filter of attributes, so the wider scope comes before its filter, and goes after it.
            let scope = change.planned.str("filter_policy_scope");
            names.sort_by_key(|(name, _)| {
                (*name == "filter_policy_scope") != (scope == Some("MessageBody"))
            });
            for (name, key) in names {
                let value = change.planned.as_text(name).filter(|text| !text.is_empty());
                let nothing = if *name == "filter_policy" { "{}" } else { "" };
                let call = client.sns().set_subscription_attributes();
                let call = call.subscription_arn(change.id()).attribute_name(*key);
                let call = call.attribute_value(value.as_deref().unwrap_or(nothing));
                call.send().await.of("sns:SetSubscriptionAttributes")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.sns().unsubscribe().subscription_arn(object.str_or_empty("id"));
            match call.send().await.of("sns:Unsubscribe") {
                // It goes by itself when nobody has confirmed it for days.
                Err(error) if error.message.contains("pending confirmation") => Ok(()),
                answer => answer.map(drop),
            }
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let topic = new.planned.str_or_empty("topic_arn");
            let call = client.sns().list_subscriptions_by_topic().topic_arn(topic);
            let found = call.into_paginator().items().send().try_collect().await;
            let found = found.if_found("sns:ListSubscriptionsByTopic")?.unwrap_or_default();
            let is_ours = |found: &aws_sdk_sns::types::Subscription| {
                found.protocol() == new.planned.str("protocol")
                    && found.endpoint() == new.planned.str("endpoint")
            };
            let arn = found.into_iter().find(is_ours).and_then(|found| found.subscription_arn);
            // Until it is confirmed, there is a word in the place of its ARN.
            Ok(arn.filter(|arn| arn.starts_with("arn:")))
        }
    }

    async fn attributes(
        client: &AwsClients,
        arn: &str,
    ) -> OpResult<Option<HashMap<String, String>>> {
        let call = client.sns().get_subscription_attributes().subscription_arn(arn);
        let answer = call.send().await.if_found("sns:GetSubscriptionAttributes")?;
        Ok(answer.map(|answer| answer.attributes.unwrap_or_default()))
    }

    fn new_attributes(planned: View<'_>) -> HashMap<String, String> {
        let given = ATTRIBUTES.iter().filter_map(|(name, key)| {
            let text = planned.as_text(name)?;
            (!text.is_empty() && text != "false").then(|| ((*key).to_owned(), text))
        });
        given.collect()
    }

    fn object(known: &Value, arn: &str, found: &HashMap<String, String>) -> Value {
        let mut draft = Draft::from(known);
        draft
            .set("id", arn)
            .set("arn", arn)
            .set("topic_arn", found.get("TopicArn"))
            .set("protocol", found.get("Protocol"))
            .set("owner_id", found.get("Owner"));
        for (name, key) in [
            ("confirmation_was_authenticated", "ConfirmationWasAuthenticated"),
            ("pending_confirmation", "PendingConfirmation"),
        ] {
            draft.set_text(name, found.get(key).map(String::as_str));
        }
        // A password in an address is not told.
        let endpoint = found.get("Endpoint").filter(|endpoint| !endpoint.contains(":****@"));
        if let Some(endpoint) = endpoint {
            draft.set("endpoint", endpoint);
        }
        for (name, key) in ATTRIBUTES {
            let nothing = if *name == "filter_policy" { "{}" } else { "" };
            let text = found.get(*key).map(String::as_str).filter(|text| *text != nothing);
            draft.set_text(name, text);
        }
        draft.finish()
    }
}
