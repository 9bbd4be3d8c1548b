//! `aws_sqs_queue_policy`: who may do what with a queue.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use crate::toolkit::validate::{json, not_empty};
use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Who may do what with a queue.",
        [
            computed("id", Type::String, "The queue's URL."),
            required("queue_url", Type::String, "The queue's URL.").force_new().validate(not_empty),
            required("policy", Type::String, "The policy.")
                .equality(Equality::Policy)
                .validate(json),
        ],
        [],
    )
    .version(1)
    .import_id("queue_url")
}

#[cfg(feature = "sqs")]
pub(super) mod live {
    use aws_sdk_sqs::types::QueueAttributeName;

    use crate::sqs::attributes::live::{attributes_of, set_attributes};
    use crate::toolkit::prelude::*;

    pub(in crate::sqs) struct QueuePolicy;

    #[async_trait]
    impl ResourceType for QueuePolicy {
        const NAME: &'static str = "aws_sqs_queue_policy";
        const TELLING: &'static [&'static str] = &["policy"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            put(client, new.planned).await?;
            Ok(new.planned.str_or_empty("queue_url").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let url = View::new(known).str_or_empty("id");
            let found = attributes_of(client, url, QueueAttributeName::Policy).await?;
            let policy = found.and_then(|mut found| found.remove(&QueueAttributeName::Policy));
            Ok(policy.filter(|policy| !policy.is_empty()).map(|policy| {
                let mut draft = Draft::from(known);
                draft.set("id", url).set("queue_url", url).set("policy", policy);
                draft.finish()
            }))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            put(client, change.planned).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let nothing = [(QueueAttributeName::Policy, String::new())];
            set_attributes(client, object.str_or_empty("id"), nothing.into()).await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("queue_url"))
        }
    }

    async fn put(client: &AwsClients, planned: View<'_>) -> OpResult<()> {
        let policy = [(QueueAttributeName::Policy, planned.str_or_empty("policy").to_owned())];
        set_attributes(client, planned.str_or_empty("queue_url"), policy.into()).await
    }
}
