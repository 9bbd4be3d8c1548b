//! `aws_sns_topic`: what messages are published to.

use zw_lang::{Path, Type};
use zw_provider::schema::{Attribute, Equality, Schema};
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::{arn, between, json, one_of};
use crate::toolkit::{Tags, check_fifo, computed, optional, optional_computed, tag_attributes};

/// Our names and those of SNS. Source: `SetTopicAttributes`, SNS API 2010-03-31.
#[rustfmt::skip]
const ATTRIBUTES: &[(&str, &str)] = &[
    ("application_failure_feedback_role_arn", "ApplicationFailureFeedbackRoleArn"),
    ("application_success_feedback_role_arn", "ApplicationSuccessFeedbackRoleArn"),
    ("application_success_feedback_sample_rate", "ApplicationSuccessFeedbackSampleRate"),
    ("archive_policy", "ArchivePolicy"),
    ("content_based_deduplication", "ContentBasedDeduplication"),
    ("delivery_policy", "DeliveryPolicy"),
    ("display_name", "DisplayName"),
    ("fifo_throughput_scope", "FifoThroughputScope"),
    ("fifo_topic", "FifoTopic"),
    ("firehose_failure_feedback_role_arn", "FirehoseFailureFeedbackRoleArn"),
    ("firehose_success_feedback_role_arn", "FirehoseSuccessFeedbackRoleArn"),
    ("firehose_success_feedback_sample_rate", "FirehoseSuccessFeedbackSampleRate"),
    ("http_failure_feedback_role_arn", "HTTPFailureFeedbackRoleArn"),
    ("http_success_feedback_role_arn", "HTTPSuccessFeedbackRoleArn"),
    ("http_success_feedback_sample_rate", "HTTPSuccessFeedbackSampleRate"),
    ("kms_master_key_id", "KmsMasterKeyId"),
    ("lambda_failure_feedback_role_arn", "LambdaFailureFeedbackRoleArn"),
    ("lambda_success_feedback_role_arn", "LambdaSuccessFeedbackRoleArn"),
    ("lambda_success_feedback_sample_rate", "LambdaSuccessFeedbackSampleRate"),
    ("policy", "Policy"),
    ("signature_version", "SignatureVersion"),
    ("sqs_failure_feedback_role_arn", "SQSFailureFeedbackRoleArn"),
    ("sqs_success_feedback_role_arn", "SQSSuccessFeedbackRoleArn"),
    ("sqs_success_feedback_sample_rate", "SQSSuccessFeedbackSampleRate"),
    ("tracing_config", "TracingConfig"),
];

pub(super) fn schema() -> Schema {
    Schema::new(
        "What messages are published to.",
        [
            computed("id", Type::String, "The topic's ARN."),
            computed("arn", Type::String, "The topic's ARN."),
            computed("owner", Type::String, "The account that owns the topic."),
            computed(
                "beginning_archive_time",
                Type::String,
                "The earliest time from which archived messages can be replayed.",
            ),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new(),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new(),
            optional("display_name", Type::String, "What the topic is called in text messages."),
            optional_computed("policy", Type::String, "Who may do what with the topic.")
                .equality(Equality::Policy)
                .validate(json),
            optional("delivery_policy", Type::String, "How messages are delivered again, as JSON.")
                .equality(Equality::Json)
                .validate(json),
            optional(
                "archive_policy",
                Type::String,
                "How long messages are archived, as JSON; for a FIFO topic.",
            )
            .equality(Equality::Json)
            .validate(json),
            optional("fifo_topic", Type::Bool, "Whether the topic keeps the order of messages.")
                .default(false)
                .force_new(),
            optional(
                "content_based_deduplication",
                Type::Bool,
                "Whether messages of the same content are the same message; for a FIFO topic.",
            )
            .default(false),
            optional_computed(
                "fifo_throughput_scope",
                Type::String,
                "What throughput is for: `Topic` or `MessageGroup`; for a FIFO topic.",
            )
            .validate(one_of!("Topic", "MessageGroup")),
            optional(
                "kms_master_key_id",
                Type::String,
                "The KMS key that messages are encrypted with.",
            ),
            optional_computed(
                "signature_version",
                Type::Number,
                "How messages are signed: 1 or 2.",
            )
            .validate(between!(1, 2)),
            optional_computed(
                "tracing_config",
                Type::String,
                "How X-Ray traces messages: `Active` or `PassThrough`.",
            )
            .validate(one_of!("Active", "PassThrough")),
            success("application_success_feedback_role_arn"),
            failure("application_failure_feedback_role_arn"),
            rate("application_success_feedback_sample_rate"),
            success("firehose_success_feedback_role_arn"),
            failure("firehose_failure_feedback_role_arn"),
            rate("firehose_success_feedback_sample_rate"),
            success("http_success_feedback_role_arn"),
            failure("http_failure_feedback_role_arn"),
            rate("http_success_feedback_sample_rate"),
            success("lambda_success_feedback_role_arn"),
            failure("lambda_failure_feedback_role_arn"),
            rate("lambda_success_feedback_sample_rate"),
            success("sqs_success_feedback_role_arn"),
            failure("sqs_failure_feedback_role_arn"),
            rate("sqs_success_feedback_sample_rate"),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .import_id("arn")
}

fn success(name: &'static str) -> Attribute {
    optional(name, Type::String, "The role by which deliveries that succeed are logged.")
        .validate(arn)
}

fn failure(name: &'static str) -> Attribute {
    optional(name, Type::String, "The role by which deliveries that fail are logged.").validate(arn)
}

fn rate(name: &'static str) -> Attribute {
    optional(name, Type::Number, "How many of a hundred deliveries that succeed are logged.")
        .validate(between!(0, 100))
}

/// Refuses what only a topic with order has, and names that SNS refuses.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    check_fifo(&request, "fifo_topic", "topic")?;
    let planned = View::new(request.planned);
    let is_fifo = planned.bool("fifo_topic") == Some(true);
    if planned.str("archive_policy").is_some_and(|policy| !policy.is_empty()) && !is_fifo {
        let path = Path::attr_of_root("archive_policy");
        return Err(OpError::invalid(path, "only a FIFO topic has an archive."));
    }
    Tags::plan(request)
}

#[cfg(feature = "sns")]
pub(super) mod live {
    use std::collections::HashMap;

    use aws_sdk_sns::types::Tag;

    use super::ATTRIBUTES;
    use crate::sns::live::{set_topic_attribute, topic_attributes};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{fifo_name, fifo_prefix_of};

    /// Attributes that a topic can be created with; the others are set once it is there.
    const AT_CREATION: &[&str] = &[
        "archive_policy",
        "content_based_deduplication",
        "delivery_policy",
        "display_name",
        "fifo_throughput_scope",
        "fifo_topic",
        "kms_master_key_id",
        "policy",
        "signature_version",
        "tracing_config",
    ];

    pub(in crate::sns) struct Topic;

    #[async_trait]
    impl ResourceType for Topic {
        const NAME: &'static str = "aws_sns_topic";
        const TELLING: &'static [&'static str] = &["display_name", "fifo_topic"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let given = given(new.planned).filter(|(name, ..)| AT_CREATION.contains(name));
            let attributes: HashMap<String, String> =
                given.map(|(_, key, text)| (key.to_owned(), text)).collect();
            let call = client.sns().create_topic().name(fifo_name(new, "fifo_topic"));
            let call = call.set_attributes(Some(attributes).filter(|all| !all.is_empty()));
            let call = call.set_tags(client.tags.of_new::<Tag>(new.planned.value())?);
            call.send().await.of("sns:CreateTopic")?.topic_arn.promised("ARN")
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            for (name, key, text) in given(new.planned) {
                if !AT_CREATION.contains(&name) {
                    set_topic_attribute(client, id, key, &text).await?;
                }
            }
            Ok(())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let arn = View::new(known).str_or_empty("id");
            let Some(found) = topic_attributes(client, arn).await? else { return Ok(None) };
            let tags = client.sns().list_tags_for_resource().resource_arn(arn).send().await;
            let Some(tags) = tags.if_found("sns:ListTagsForResource")? else { return Ok(None) };
            let name = arn.rsplit(':').next().unwrap_or_default();
            let mut draft = Draft::from(known);
            draft
                .set("id", arn)
                .set("arn", arn)
                .set("owner", found.get("Owner"))
                .set("beginning_archive_time", found.get("BeginningArchiveTime"))
                .set("name", name)
                .set("name_prefix", fifo_prefix_of(name));
            for (name, key) in ATTRIBUTES {
                draft.set_text(name, found.get(*key).map(String::as_str));
            }
            client.tags.show(&mut draft, pairs(tags.tags()));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            for (name, key) in ATTRIBUTES.iter().filter(|(name, _)| change.of(&[name])) {
                let nothing = if name.ends_with("_sample_rate") { "0" } else { "" };
                let text = change.planned.as_text(name);
                let text = text.as_deref().unwrap_or(nothing);
                set_topic_attribute(client, change.id(), key, text).await?;
            }
            Ok(())
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let arn = object.str_or_empty("id");
            if let Some(keys) = tags.removed() {
                let call = client.sns().untag_resource().resource_arn(arn);
                call.set_tag_keys(Some(keys)).send().await.of("sns:UntagResource")?;
            }
            if let Some(set) = tags.set::<Tag>()? {
                let call = client.sns().tag_resource().resource_arn(arn);
                call.set_tags(Some(set)).send().await.of("sns:TagResource")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.sns().delete_topic().topic_arn(object.str_or_empty("id"));
            call.send().await.of("sns:DeleteTopic").map(drop)
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let account = client.account_id().await?;
            Ok(Some(client.arn_of("sns", account, &fifo_name(new, "fifo_topic"))))
        }
    }

    /// What a new topic is given: our name, that of SNS, and the value. Of what is off nothing is said.
    fn given(planned: View<'_>) -> impl Iterator<Item = (&'static str, &'static str, String)> {
        ATTRIBUTES.iter().filter_map(move |(name, key)| {
            let text = planned.as_text(name)?;
            (!text.is_empty() && text != "false").then_some((*name, *key, text))
        })
    }
}
