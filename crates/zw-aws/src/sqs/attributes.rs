//! Attributes of a queue, which to SQS are a map of texts.

/// Our names and those of SQS. Source: `SetQueueAttributes`, SQS API 2012-11-05.
#[rustfmt::skip]
pub(super) const ATTRIBUTES: &[(&str, &str)] = &[
    ("content_based_deduplication", "ContentBasedDeduplication"),
    ("deduplication_scope", "DeduplicationScope"),
    ("delay_seconds", "DelaySeconds"),
    ("fifo_queue", "FifoQueue"),
    ("fifo_throughput_limit", "FifoThroughputLimit"),
    ("kms_data_key_reuse_period_seconds", "KmsDataKeyReusePeriodSeconds"),
    ("kms_master_key_id", "KmsMasterKeyId"),
    ("max_message_size", "MaximumMessageSize"),
    ("message_retention_seconds", "MessageRetentionPeriod"),
    ("policy", "Policy"),
    ("receive_wait_time_seconds", "ReceiveMessageWaitTimeSeconds"),
    ("redrive_allow_policy", "RedriveAllowPolicy"),
    ("redrive_policy", "RedrivePolicy"),
    ("sqs_managed_sse_enabled", "SqsManagedSseEnabled"),
    ("visibility_timeout_seconds", "VisibilityTimeout"),
];

#[cfg(feature = "sqs")]
pub(super) mod live {
    use std::collections::HashMap;

    use aws_sdk_sqs::types::QueueAttributeName;

    use crate::toolkit::prelude::*;

    /// Attributes of a queue.
    pub(in crate::sqs) type Attributes = HashMap<QueueAttributeName, String>;

    /// What SQS says of some attributes of a queue; `None` if there is no such queue.
    pub(in crate::sqs) async fn attributes_of(
        client: &AwsClients,
        url: &str,
        which: QueueAttributeName,
    ) -> OpResult<Option<Attributes>> {
        let call = client.sqs().get_queue_attributes().queue_url(url).attribute_names(which);
        let answer = call.send().await.if_found("sqs:GetQueueAttributes")?;
        Ok(answer.map(|answer| answer.attributes.unwrap_or_default()))
    }

    /// Sets attributes of a queue.
    pub(in crate::sqs) async fn set_attributes(
        client: &AwsClients,
        url: &str,
        attributes: Attributes,
    ) -> OpResult<()> {
        let call = client.sqs().set_queue_attributes().queue_url(url);
        let call = call.set_attributes(Some(attributes));
        call.send().await.of("sqs:SetQueueAttributes").map(drop)
    }
}
