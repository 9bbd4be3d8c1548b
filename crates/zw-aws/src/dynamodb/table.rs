//! `aws_dynamodb_table`: items under keys.

mod blocks;
#[cfg(feature = "dynamodb")]
mod change;
#[cfg(feature = "dynamodb")]
mod request;
#[cfg(feature = "dynamodb")]
mod response;

use zw_lang::{Path, Type, Value};
use zw_provider::schema::Schema;
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::{arn, exclusive, length, one_of};
use crate::toolkit::{
    Tags, changes, computed, forget, optional, optional_computed, required, tag_attributes,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Items under keys.",
        [
            computed("id", Type::String, "The table's name."),
            computed("arn", Type::String, "The table's ARN."),
            computed("stream_arn", Type::String, "The ARN of the table's stream."),
            computed("stream_label", Type::String, "When the stream was made."),
            required("name", Type::String, "The name.").force_new().validate(length::<3, 255>),
            optional("billing_mode", Type::String, "`PROVISIONED` or `PAY_PER_REQUEST`.")
                .default("PROVISIONED")
                .validate(one_of!("PROVISIONED", "PAY_PER_REQUEST")),
            optional(
                "deletion_protection_enabled",
                Type::Bool,
                "Whether the table is kept from being deleted.",
            ),
            optional_computed("hash_key", Type::String, "The attribute that items are spread by.")
                .force_new(),
            optional("range_key", Type::String, "The attribute that items are sorted by.")
                .force_new(),
            optional_computed(
                "read_capacity",
                Type::Number,
                "Read units a second, if provisioned.",
            ),
            optional_computed(
                "write_capacity",
                Type::Number,
                "Write units a second, if provisioned.",
            ),
            optional("restore_date_time", Type::String, "The time that a table is restored as of.")
                .force_new(),
            optional("restore_source_name", Type::String, "The name of a table to restore.")
                .force_new(),
            optional("restore_source_table_arn", Type::String, "The ARN of a table to restore.")
                .force_new()
                .validate(arn),
            optional(
                "restore_to_latest_time",
                Type::Bool,
                "Whether a table is restored as of the latest time.",
            )
            .force_new(),
            optional("stream_enabled", Type::Bool, "Whether changes of items can be followed."),
            optional_computed(
                "stream_view_type",
                Type::String,
                "What the stream tells of an item.",
            )
            .validate(one_of!(
                "",
                "KEYS_ONLY",
                "NEW_IMAGE",
                "OLD_IMAGE",
                "NEW_AND_OLD_IMAGES"
            )),
            optional("table_class", Type::String, "The storage class.")
                .default("STANDARD")
                .validate(one_of!("STANDARD", "STANDARD_INFREQUENT_ACCESS")),
        ]
        .into_iter()
        .chain(tag_attributes()),
        blocks::all(),
    )
    .version(1)
    .holds("the table with all items in it")
    .import_id("name")
}

/// What the service says anew after a change, and what it would refuse in the middle of an apply.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    if changes(&request, &["billing_mode"]) {
        planned = forget(&request, &planned, &["read_capacity", "write_capacity"]);
    }
    if changes(&request, &["stream_enabled", "stream_view_type"]) {
        planned = forget(&request, &planned, &["stream_arn", "stream_label", "stream_view_type"]);
    }
    check_attributes(View::new(request.config))?;
    Ok(Planned::unchanged(planned))
}

/// Every attribute that a key is made of has to be declared, and no other.
fn check_attributes(config: View<'_>) -> OpResult<()> {
    let is_known = |name: &str| config.value().get(name).is_none_or(Value::is_wholly_known);
    let parts =
        ["attribute", "hash_key", "range_key", "global_secondary_index", "local_secondary_index"];
    // What is restored or imported has the attributes that it had.
    if !parts.into_iter().all(is_known) || config.str("hash_key").is_none() {
        return Ok(());
    }
    let declared: Vec<&str> = config.blocks("attribute").filter_map(|it| it.str("name")).collect();
    let indexes =
        config.blocks("global_secondary_index").chain(config.blocks("local_secondary_index"));
    let keys = indexes.flat_map(|index| [index.str("hash_key"), index.str("range_key")]);
    let keys = keys.chain([config.str("hash_key"), config.str("range_key")]).flatten();
    let keys: Vec<&str> = keys.filter(|key| !key.is_empty()).collect();
    if let Some(key) = keys.iter().find(|key| !declared.contains(key)) {
        let message = format!("no `attribute` block declares {key:?}, which a key is made of.");
        return Err(OpError::invalid(Path::attr_of_root("attribute"), message));
    }
    match declared.iter().find(|name| !keys.contains(name)) {
        Some(name) => {
            let message =
                format!("no key is made of {name:?}; only attributes of keys are declared.");
            Err(OpError::invalid(Path::attr_of_root("attribute"), message))
        }
        None => Ok(()),
    }
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(
        config,
        &[
            ("restore_source_name", "restore_source_table_arn"),
            ("restore_date_time", "restore_to_latest_time"),
        ],
    )
}

#[cfg(feature = "dynamodb")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_dynamodb::types::{IndexStatus, ReplicaStatus, TableDescription, TableStatus, Tag};

    use super::{change, request, response};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{sdk_tag, timeouts};

    sdk_tag!(Tag);

    pub(super) const CREATE_TIMEOUT: Duration = Duration::from_mins(30);
    pub(super) const UPDATE_TIMEOUT: Duration = Duration::from_hours(1);
    const DELETE_TIMEOUT: Duration = Duration::from_mins(10);

    pub(in crate::dynamodb) struct Table;

    #[async_trait]
    impl ResourceType for Table {
        const NAME: &'static str = "aws_dynamodb_table";
        const TELLING: &'static [&'static str] = &["hash_key", "range_key"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let tags = client.tags.of_new::<Tag>(new.planned.value())?;
            request::create(client, new, tags).await?;
            Ok(new.planned.str_or_empty("name").to_owned())
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            until_active(client, id, timeout).await?;
            // What no creation takes, and what a restored or imported table is not given with it.
            if request::is_made_of_another(new.planned) {
                let set = client.tags.wanted(new.planned.value()).into_iter().collect();
                let arn = describe(client, id).await?.and_then(|table| table.table_arn);
                retag(client, &arn.unwrap_or_default(), TagChange { removed: Vec::new(), set })
                    .await?;
            }
            change::beyond_the_table(client, id, None, new.planned, timeout).await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let name = View::new(known).str_or_empty("id");
            let Some(table) = describe(client, name).await? else { return Ok(None) };
            let backups = client.dynamodb().describe_continuous_backups().table_name(name);
            let backups = backups.send().await.if_found("dynamodb:DescribeContinuousBackups")?;
            let ttl = client.dynamodb().describe_time_to_live().table_name(name).send().await;
            let ttl = ttl.if_found("dynamodb:DescribeTimeToLive")?;
            let arn = table.table_arn().unwrap_or_default();
            let mut tags = Vec::new();
            let mut next = None;
            loop {
                let call = client.dynamodb().list_tags_of_resource().resource_arn(arn);
                let page = call.set_next_token(next).send().await;
                let Some(page) = page.if_found("dynamodb:ListTagsOfResource")? else {
                    return Ok(None);
                };
                tags.extend(page.tags.unwrap_or_default());
                next = page.next_token;
                if next.is_none() {
                    break;
                }
            }
            let mut draft = Draft::from(known);
            response::show(&mut draft, &table);
            response::show_backups(&mut draft, backups.as_ref());
            response::show_ttl(&mut draft, ttl.as_ref());
            client.tags.show(&mut draft, pairs(&tags));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let timeout = timeouts(change.planned.value(), "update", UPDATE_TIMEOUT);
            change::table(client, change, timeout).await?;
            change::indexes(client, change, timeout).await?;
            let (id, prior) = (change.id(), Some(change.prior));
            change::beyond_the_table(client, id, prior, change.planned, timeout).await
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("arn"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let name = object.str_or_empty("id");
            let timeout = timeouts(object.value(), "delete", DELETE_TIMEOUT);
            change::delete_replicas(client, name, object, timeout).await?;
            // A table that is being changed is not deleted before that is done.
            Wait::new(format!("{name} to be free for its deletion"), timeout)
                .until_done(
                    |error| error.code.as_deref() == Some("ResourceInUseException"),
                    || async {
                        let call = client.dynamodb().delete_table().table_name(name);
                        call.send().await.if_found("dynamodb:DeleteTable")
                    },
                )
                .await?;
            Wait::new(format!("{name} to be deleted"), timeout)
                .until_gone(|| async {
                    let found = describe(client, name).await?;
                    Ok(found.map(|table| state(&table)))
                })
                .await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("name"))
        }
    }

    pub(super) async fn describe(
        client: &AwsClients,
        name: &str,
    ) -> OpResult<Option<TableDescription>> {
        let answer = client.dynamodb().describe_table().table_name(name).send().await;
        let found = answer.if_found("dynamodb:DescribeTable")?;
        Ok(found.and_then(|found| found.table))
    }

    /// Waits until the table, its indexes and its replicas are there and at rest.
    pub(super) async fn until_active(
        client: &AwsClients,
        name: &str,
        timeout: Duration,
    ) -> OpResult<()> {
        Wait::new(format!("the table {name} to become active"), timeout)
            .until(|| async {
                let Some(table) = describe(client, name).await? else {
                    return Ok(Progress::Pending("not found".into()));
                };
                let is_active = |state: Option<&str>| state.is_none_or(|state| state == "ACTIVE");
                let indexes = table.global_secondary_indexes().iter();
                let indexes = indexes.map(|it| it.index_status().map(IndexStatus::as_str));
                let replicas = table.replicas().iter();
                let replicas = replicas.map(|it| it.replica_status().map(ReplicaStatus::as_str));
                let mut parts = indexes.chain(replicas);
                let is_ready = table.table_status() == Some(&TableStatus::Active);
                Ok(match parts.find(|state| !is_active(*state)) {
                    None if is_ready => Progress::Ready(()),
                    None => Progress::Pending(state(&table)),
                    Some(part) => Progress::Pending(part.unwrap_or_default().to_owned()),
                })
            })
            .await
    }

    fn state(table: &TableDescription) -> String {
        table.table_status().map(|state| state.as_str().to_owned()).unwrap_or_default()
    }

    async fn retag(client: &AwsClients, arn: &str, tags: TagChange) -> OpResult<()> {
        if let Some(keys) = tags.removed() {
            let call = client.dynamodb().untag_resource().resource_arn(arn);
            call.set_tag_keys(Some(keys)).send().await.of("dynamodb:UntagResource")?;
        }
        if let Some(set) = tags.set::<Tag>()? {
            let call = client.dynamodb().tag_resource().resource_arn(arn);
            call.set_tags(Some(set)).send().await.of("dynamodb:TagResource")?;
        }
        Ok(())
    }
}
