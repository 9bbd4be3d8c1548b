//! `aws_sns_topic_policy`: who may do what with a topic.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use crate::toolkit::validate::{arn, json};
use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Who may do what with a topic.",
        [
            computed("id", Type::String, "The topic's ARN."),
            required("arn", Type::String, "The topic's ARN.").force_new().validate(arn),
            computed("owner", Type::String, "The account that owns the topic."),
            required("policy", Type::String, "The policy.")
                .equality(Equality::Policy)
                .validate(json),
        ],
        [],
    )
    .import_id("arn")
}

#[cfg(feature = "sns")]
pub(super) mod live {
    use zw_provider::schema::Equality;

    use crate::sns::live::{set_topic_attribute, topic_attributes};
    use crate::toolkit::prelude::*;

    pub(in crate::sns) struct TopicPolicy;

    #[async_trait]
    impl ResourceType for TopicPolicy {
        const NAME: &'static str = "aws_sns_topic_policy";
        const TELLING: &'static [&'static str] = &["policy"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let arn = new.planned.str_or_empty("arn");
            put(client, arn, new.planned.str_or_empty("policy")).await?;
            Ok(arn.to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let arn = View::new(known).str_or_empty("id");
            let Some(found) = topic_attributes(client, arn).await? else { return Ok(None) };
            let policy = found.get("Policy").map(String::as_str).unwrap_or_default();
            let owner = found.get("Owner").map(String::as_str).unwrap_or_default();
            let is_default = Equality::Policy.equal(&policy.into(), &default(arn, owner).into());
            if policy.is_empty() || is_default {
                return Ok(None);
            }
            let mut draft = Draft::from(known);
            draft.set("id", arn).set("arn", arn).set("owner", owner).set("policy", policy);
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            put(client, change.id(), change.planned.str_or_empty("policy")).await
        }

        /// A topic always has a policy, so it gets the one back that it began with.
        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let arn = object.str_or_empty("id");
            put(client, arn, &default(arn, object.str_or_empty("owner"))).await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("arn"))
        }
    }

    async fn put(client: &AwsClients, arn: &str, policy: &str) -> OpResult<()> {
        set_topic_attribute(client, arn, "Policy", policy).await
    }

    /// The policy of a new topic: its owner may do everything.
    fn default(arn: &str, owner: &str) -> String {
        serde_json::json!({
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [{
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": { "AWS": "*" },
                "Action": [
                    "SNS:GetTopicAttributes",
                    "SNS:SetTopicAttributes",
                    "SNS:AddPermission",
                    "SNS:RemovePermission",
                    "SNS:DeleteTopic",
                    "SNS:Subscribe",
                    "SNS:ListSubscriptionsByTopic",
                    "SNS:Publish",
                ],
                "Resource": arn,
                "Condition": { "StringEquals": { "AWS:SourceOwner": owner } },
            }],
        })
        .to_string()
    }
}
