//! `aws_cloudwatch_log_group`: where logs are kept.

use zw_lang::{Type, Value};
use zw_provider::schema::Schema;

use crate::toolkit::validate::{arn, length, one_of};
use crate::toolkit::{computed, optional, optional_computed, tag_attributes};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Where logs are kept.",
        [
            computed("id", Type::String, "The log group's name."),
            computed("arn", Type::String, "The log group's ARN."),
            optional_computed("name", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(length::<1, 512>),
            optional_computed("name_prefix", Type::String, "What a generated name begins with.")
                .force_new(),
            optional(
                "kms_key_id",
                Type::String,
                "The ARN of the KMS key that logs are encrypted with.",
            )
            .validate(arn),
            optional_computed("log_group_class", Type::String, "What can be done with the logs.")
                .force_new()
                .validate(one_of!("STANDARD", "INFREQUENT_ACCESS", "DELIVERY")),
            optional(
                "retention_in_days",
                Type::Number,
                "How many days logs are kept; 0 for as long as the group exists.",
            )
            .default(0)
            .validate(days),
            optional(
                "skip_destroy",
                Type::Bool,
                "Whether the group stays when it is destroyed here.",
            )
            .default(false),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [],
    )
    .holds("the log group with all logs in it")
    .import_id("name")
}

/// Source: `PutRetentionPolicy`, `CloudWatch` Logs API 2014-03-28.
fn days(value: &Value) -> Result<(), String> {
    const DAYS: [i64; 23] = [
        0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
        2922, 3288, 3653,
    ];
    match value.as_i64() {
        Some(days) if !DAYS.contains(&days) => {
            Err(format!("expected one of {DAYS:?}, got {days}."))
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "cloudwatchlogs")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::sync::Arc;

    use aws_sdk_cloudwatchlogs::types::LogGroup as Description;

    use crate::toolkit::prelude::*;
    use crate::toolkit::{list_for, listed, prefix_of, read_listed};

    /// From how many groups on all of the account are asked for, fifty with a call.
    const BATCH_MIN: usize = 8;

    pub(in crate::logs) struct LogGroup;

    #[async_trait]
    impl ResourceType for LogGroup {
        const NAME: &'static str = "aws_cloudwatch_log_group";
        const TELLING: &'static [&'static str] = &["kms_key_id", "log_group_class"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let name = new.name();
            let call = fill!(
                client.logs().create_log_group().log_group_name(&name), new.planned,
                set_kms_key_id = text "kms_key_id",
                set_log_group_class = word "log_group_class",
            );
            let call = call.set_tags(client.tags.map_of_new(new.planned.value()));
            call.send().await.of("logs:CreateLogGroup")?;
            Ok(name)
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            match new.planned.count("retention_in_days") {
                Some(days) => set_retention(client, id, Some(days)).await,
                None => Ok(()),
            }
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            match describe(client, name).await? {
                Some(found) => with_tags(client, known, &found).await,
                None => Ok(None),
            }
        }

        /// One list for many. Tags they have to be asked for one by one.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let list = list_for(&requests, BATCH_MIN, all(client)).await;
            read_listed(&requests, &list, |known, all| async move {
                match all.get(View::new(known).str_or_empty("id")) {
                    Some(found) => with_tags(client, known, found).await,
                    None => self.read(client, known).await,
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let name = change.id();
            if change.of(&["retention_in_days"]) {
                set_retention(client, name, change.planned.count("retention_in_days")).await?;
            }
            if change.of(&["kms_key_id"]) {
                if let Some(key) = change.planned.text("kms_key_id") {
                    let call = client.logs().associate_kms_key().log_group_name(name);
                    call.kms_key_id(key).send().await.of("logs:AssociateKmsKey")?;
                } else {
                    let call = client.logs().disassociate_kms_key().log_group_name(name);
                    call.send().await.of("logs:DisassociateKmsKey")?;
                }
            }
            Ok(())
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let arn = object.str_or_empty("arn");
            if let Some(keys) = tags.removed() {
                let call = client.logs().untag_resource().resource_arn(arn);
                call.set_tag_keys(Some(keys)).send().await.of("logs:UntagResource")?;
            }
            if let Some(set) = tags.set_map() {
                let call = client.logs().tag_resource().resource_arn(arn);
                call.set_tags(Some(set)).send().await.of("logs:TagResource")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            if object.bool("skip_destroy") == Some(true) {
                return Ok(());
            }
            let call = client.logs().delete_log_group().log_group_name(object.str_or_empty("id"));
            call.send().await.of("logs:DeleteLogGroup").map(drop)
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(new.name()))
        }
    }

    async fn describe(client: &AwsClients, name: &str) -> OpResult<Option<Description>> {
        let call = client.logs().describe_log_groups().log_group_name_prefix(name);
        let mut pages = call.into_paginator().items().send();
        // The group comes before all whose names go on.
        while let Some(found) = pages.next().await {
            let Some(found) = found.if_found("logs:DescribeLogGroups")? else { return Ok(None) };
            if found.log_group_name() == Some(name) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// All groups by name.
    async fn all(client: &AwsClients) -> OpResult<Arc<HashMap<String, Description>>> {
        let ask = async {
            let call = client.logs().describe_log_groups().limit(50).into_paginator().items();
            let found: Vec<Description> =
                call.send().try_collect().await.of("logs:DescribeLogGroups")?;
            let by_name = found.into_iter();
            Ok(by_name.filter_map(|it| Some((it.log_group_name.clone()?, it))).collect())
        };
        listed(&client.gathering, "logs:DescribeLogGroups", ask).await
    }

    async fn with_tags(
        client: &AwsClients,
        known: &Value,
        found: &Description,
    ) -> OpResult<Option<Value>> {
        let (name, arn) = (found.log_group_name().unwrap_or_default(), arn(found));
        let tags = client.logs().list_tags_for_resource().resource_arn(arn).send().await;
        let Some(tags) = tags.if_found("logs:ListTagsForResource")? else { return Ok(None) };
        let mut draft = Draft::from(known);
        draft
            .set("id", name)
            .set("arn", arn)
            .set("name", name)
            .set("name_prefix", prefix_of(name))
            .set("kms_key_id", found.kms_key_id())
            .word("log_group_class", found.log_group_class())
            .set("retention_in_days", found.retention_in_days().unwrap_or_default());
        client.tags.show(&mut draft, map_pairs(tags.tags()));
        Ok(Some(draft.finish()))
    }

    /// The ARN without the `:*` that stands for all streams.
    fn arn(found: &Description) -> &str {
        let arn = found.arn().unwrap_or_default();
        arn.strip_suffix(":*").unwrap_or(arn)
    }

    async fn set_retention(client: &AwsClients, name: &str, days: Option<i32>) -> OpResult<()> {
        if let Some(days) = days {
            let call = client.logs().put_retention_policy().log_group_name(name);
            let call = call.retention_in_days(days).send().await;
            return call.of("logs:PutRetentionPolicy").map(drop);
        }
        let call = client.logs().delete_retention_policy().log_group_name(name);
        call.send().await.of("logs:DeleteRetentionPolicy").map(drop)
    }
}
