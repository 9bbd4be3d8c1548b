//! SNS: topics and subscriptions.

mod topic;
mod topic_policy;
mod topic_subscription;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_sns_topic", topic::schema())
        .plan_hook("aws_sns_topic", topic::plan)
        .validate_hook("aws_sns_topic", crate::toolkit::validate::one_name)
        .resource("aws_sns_topic_policy", topic_policy::schema())
        .resource("aws_sns_topic_subscription", topic_subscription::schema());
}

#[cfg(feature = "sns")]
pub(crate) use live::operations;

#[cfg(feature = "sns")]
mod live {
    //! What all types of SNS have in common.

    use std::collections::HashMap;

    use zw_provider::Operations;

    use super::{topic, topic_policy, topic_subscription};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{Register, sdk_tag};

    sdk_tag!(aws_sdk_sns::types::Tag);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(topic::live::Topic)
            .add(topic_policy::live::TopicPolicy)
            .add(topic_subscription::live::TopicSubscription);
    }

    /// Attributes of a topic; `None` if there is no such topic.
    pub(super) async fn topic_attributes(
        client: &AwsClients,
        arn: &str,
    ) -> OpResult<Option<HashMap<String, String>>> {
        let answer = client.sns().get_topic_attributes().topic_arn(arn).send().await;
        let answer = answer.if_found("sns:GetTopicAttributes")?;
        Ok(answer.map(|answer| answer.attributes.unwrap_or_default()))
    }

    /// Sets an attribute of a topic.
    pub(super) async fn set_topic_attribute(
        client: &AwsClients,
        arn: &str,
        name: &str,
        value: &str,
    ) -> OpResult<()> {
        let call = client.sns().set_topic_attributes().topic_arn(arn);
        let call = call.attribute_name(name).attribute_value(value);
        call.send().await.of("sns:SetTopicAttributes").map(drop)
    }
}
