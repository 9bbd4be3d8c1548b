//! `aws_sqs_queue`: a queue of messages.

use zw_lang::{Type, Value};
use zw_provider::schema::{Equality, Schema};
use zw_provider::{OpError, OpResult, PlanRequest, Planned};

use crate::toolkit::validate::{between, exclusive, json, one_of};
use crate::toolkit::{
    Tags, changes, check_fifo, computed, forget, optional, optional_computed, tag_attributes,
    timeouts_block,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "A queue of messages.",
        [
            computed("id", Type::String, "The queue's URL."),
            computed("arn", Type::String, "The queue's ARN."),
            computed("url", Type::String, "The queue's URL."),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new(),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new(),
            optional(
                "content_based_deduplication",
                Type::Bool,
                "Whether messages of the same content are the same message; for a FIFO queue.",
            )
            .default(false),
            optional_computed(
                "deduplication_scope",
                Type::String,
                "Among what messages are told apart: `messageGroup` or `queue`; for a FIFO queue.",
            )
            .validate(one_of!("messageGroup", "queue")),
            optional(
                "delay_seconds",
                Type::Number,
                "How long a message is held back before it can be received.",
            )
            .default(0)
            .validate(between!(0, 900)),
            optional("fifo_queue", Type::Bool, "Whether the queue keeps the order of messages.")
                .default(false)
                .force_new(),
            optional_computed(
                "fifo_throughput_limit",
                Type::String,
                "What the limit of throughput is for: `perQueue` or `perMessageGroupId`; for a FIFO queue.",
            )
            .validate(one_of!("perQueue", "perMessageGroupId")),
            optional_computed(
                "kms_data_key_reuse_period_seconds",
                Type::Number,
                "How long a data key is used before KMS is asked again.",
            )
            .validate(between!(60, 86_400)),
            optional("kms_master_key_id", Type::String, "The KMS key that messages are encrypted with."),
            optional("max_message_size", Type::Number, "How many bytes a message may have.")
                .default(262_144)
                .validate(between!(1024, 1_048_576)),
            optional(
                "message_retention_seconds",
                Type::Number,
                "How long a message is kept that nobody deletes.",
            )
            .default(345_600)
            .validate(between!(60, 1_209_600)),
            optional_computed("policy", Type::String, "Who may do what with the queue.")
                .equality(Equality::Policy)
                .validate(json),
            optional(
                "receive_wait_time_seconds",
                Type::Number,
                "How long a call to receive waits for a message.",
            )
            .default(0)
            .validate(between!(0, 20)),
            optional_computed(
                "redrive_allow_policy",
                Type::String,
                "Which queues may use this one as their dead-letter queue, as JSON.",
            )
            .equality(Equality::Json)
            .validate(json),
            optional_computed(
                "redrive_policy",
                Type::String,
                "The dead-letter queue, and how often a message is received before it goes there, as JSON.",
            )
            .equality(Equality::Json)
            .validate(json),
            optional_computed(
                "sqs_managed_sse_enabled",
                Type::Bool,
                "Whether messages are encrypted with keys of SQS.",
            ),
            optional(
                "visibility_timeout_seconds",
                Type::Number,
                "How long nobody else sees a message that somebody has received.",
            )
            .default(30)
            .validate(between!(0, 43_200)),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "update", "delete"])],
    )
    .holds("the queue with the messages in it")
    .import_id("url")
}

/// Refuses what only a queue with order has, and names that SQS refuses.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    check_fifo(&request, "fifo_queue", "queue")?;
    let planned = Tags::planned(&request);
    if changes(&request, &["kms_master_key_id"]) {
        let hangs_on_it = ["kms_data_key_reuse_period_seconds", "sqs_managed_sse_enabled"];
        return Ok(Planned::unchanged(forget(&request, &planned, &hangs_on_it)));
    }
    Ok(Planned::unchanged(planned))
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(config, &[("name", "name_prefix"), ("kms_master_key_id", "sqs_managed_sse_enabled")])
}

#[cfg(feature = "sqs")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_sqs::types::QueueAttributeName;

    use crate::sqs::attributes::ATTRIBUTES;
    use crate::sqs::attributes::live::{Attributes, attributes_of, set_attributes};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{fifo_name, fifo_prefix_of, timeouts};

    /// A name cannot be used again for a minute. Source: `DeleteQueue`, SQS API 2012-11-05.
    const CREATE_TIMEOUT: Duration = Duration::from_mins(3);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(3);

    pub(in crate::sqs) struct Queue;

    #[async_trait]
    impl ResourceType for Queue {
        const NAME: &'static str = "aws_sqs_queue";
        const TELLING: &'static [&'static str] = &["fifo_queue", "redrive_policy", "policy"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let name = fifo_name(new, "fifo_queue");
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            let answer = Wait::new(format!("the name {name} to be free"), timeout)
                .until_done(is_deleted_recently, || async {
                    let call = client.sqs().create_queue().queue_name(&name);
                    let call = call.set_attributes(Some(new_attributes(new.planned)));
                    let call = call.set_tags(client.tags.map_of_new(new.planned.value()));
                    call.send().await.of("sqs:CreateQueue")
                })
                .await?;
            answer.queue_url.promised("URL")
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let url = View::new(known).str_or_empty("id");
            let Some(found) = attributes_of(client, url, QueueAttributeName::All).await? else {
                return Ok(None);
            };
            let tags = client.sqs().list_queue_tags().queue_url(url).send().await;
            let Some(tags) = tags.if_found("sqs:ListQueueTags")? else { return Ok(None) };
            let mut draft = object(known, url, &found);
            client.tags.show(&mut draft, map_pairs(tags.tags()));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let changed = ATTRIBUTES.iter().filter(|(name, _)| change.of(&[name]));
            let changed: Attributes = changed
                .map(|(name, key)| {
                    (
                        QueueAttributeName::from(*key),
                        change.planned.as_text(name).unwrap_or_default(),
                    )
                })
                .collect();
            if changed.is_empty() {
                return Ok(());
            }
            set_attributes(client, change.id(), changed).await
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let url = object.str_or_empty("id");
            if let Some(keys) = tags.removed() {
                let call = client.sqs().untag_queue().queue_url(url).set_tag_keys(Some(keys));
                call.send().await.of("sqs:UntagQueue")?;
            }
            if let Some(set) = tags.set_map() {
                let call = client.sqs().tag_queue().queue_url(url).set_tags(Some(set));
                call.send().await.of("sqs:TagQueue")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let url = object.str_or_empty("id");
            client.sqs().delete_queue().queue_url(url).send().await.of("sqs:DeleteQueue")?;
            let timeout = timeouts(object.value(), "delete", DELETE_TIMEOUT);
            Wait::new(format!("{url} to be deleted"), timeout)
                .until_gone(|| async {
                    let found = attributes_of(client, url, QueueAttributeName::QueueArn).await?;
                    Ok(found.map(|_| "found".to_owned()))
                })
                .await
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let answer =
                client.sqs().get_queue_url().queue_name(fifo_name(new, "fifo_queue")).send().await;
            Ok(answer.if_found("sqs:GetQueueUrl")?.and_then(|answer| answer.queue_url))
        }
    }

    fn is_deleted_recently(error: &OpError) -> bool {
        error.code.as_deref().is_some_and(|code| code.ends_with("QueueDeletedRecently"))
    }

    /// What a new queue is given. Of what is off nothing is said: a queue without order does not even have the
    /// attributes of one with order.
    fn new_attributes(planned: View<'_>) -> Attributes {
        let given = ATTRIBUTES.iter().filter_map(|(name, key)| {
            let text = planned.as_text(name)?;
            let is_off = text.is_empty() || (text == "false" && *name != "sqs_managed_sse_enabled");
            (!is_off).then(|| (QueueAttributeName::from(*key), text))
        });
        given.collect()
    }

    fn object(known: &Value, url: &str, found: &Attributes) -> Draft {
        let mut draft = Draft::from(known);
        let arn = found.get(&QueueAttributeName::QueueArn);
        let name = url.rsplit('/').next().unwrap_or_default();
        draft
            .set("id", url)
            .set("url", url)
            .set("arn", arn)
            .set("name", name)
            .set("name_prefix", fifo_prefix_of(name));
        for (name, key) in ATTRIBUTES {
            let text = found.get(&QueueAttributeName::from(*key)).map(String::as_str);
            draft.set_text(name, text);
        }
        draft
    }
}
