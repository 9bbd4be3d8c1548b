//! `aws_flow_log`: where it is written down which traffic there was.

use zw_lang::{Type, Value};
use zw_provider::OpError;
use zw_provider::schema::{Block, NestedBlock, Schema};

use crate::toolkit::validate::{arn, exactly_one, exclusive, one_of};
use crate::toolkit::{computed, optional, optional_computed, tag_attributes};

/// What can be watched, one of them in a flow log.
const WATCHED: [&str; 5] =
    ["eni_id", "subnet_id", "transit_gateway_attachment_id", "transit_gateway_id", "vpc_id"];

pub(crate) fn schema() -> Schema {
    let watched = WATCHED.map(|name| optional(name, Type::String, "What is watched.").force_new());
    Schema::new(
        "Where it is written down which traffic there was.",
        [
            computed("id", Type::String, "The flow log's id."),
            computed("arn", Type::String, "The flow log's ARN."),
            optional("traffic_type", Type::String, "`ACCEPT`, `REJECT` or `ALL`.")
                .force_new()
                .validate(one_of!("ACCEPT", "REJECT", "ALL")),
            optional("iam_role_arn", Type::String, "The role that writes to CloudWatch Logs.")
                .force_new()
                .validate(arn),
            optional(
                "deliver_cross_account_role",
                Type::String,
                "The role that writes to Firehose in another account.",
            )
            .force_new()
            .validate(arn),
            optional_computed("log_destination", Type::String, "Where to, as an ARN.")
                .force_new()
                .validate(arn),
            optional("log_destination_type", Type::String, "Where to, in a word.")
                .default("cloud-watch-logs")
                .force_new()
                .validate(one_of!("cloud-watch-logs", "s3", "kinesis-data-firehose")),
            optional_computed("log_format", Type::String, "Which fields a record has.").force_new(),
            optional_computed("log_group_name", Type::String, "The log group.")
                .force_new()
                .deprecated("log_destination"),
            optional(
                "max_aggregation_interval",
                Type::Number,
                "How many seconds of a flow are one record: 60 or 600.",
            )
            .default(600)
            .force_new()
            .validate(interval),
        ]
        .into_iter()
        .chain(watched)
        .chain(tag_attributes()),
        [NestedBlock::one(
            "destination_options",
            Block::new(
                [
                    optional("file_format", Type::String, "What files are.")
                        .default("plain-text")
                        .force_new()
                        .validate(one_of!("plain-text", "parquet")),
                    optional(
                        "hive_compatible_partitions",
                        Type::Bool,
                        "Whether folders are named as Hive has it.",
                    )
                    .default(false)
                    .force_new(),
                    optional(
                        "per_hour_partition",
                        Type::Bool,
                        "Whether there is a folder an hour instead of a day.",
                    )
                    .default(false)
                    .force_new(),
                ],
                [],
            ),
        )
        .force_new()
        .describe("How files in S3 are written.")],
    )
    .import_id("id")
}

fn interval(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(seconds) if seconds != 60 && seconds != 600 => {
            Err(format!("expected 60 or 600, got {seconds}."))
        }
        _ => Ok(()),
    }
}

/// Refuses what cannot be together.
pub(crate) fn validate(config: &Value) -> Vec<OpError> {
    let mut errors = exactly_one(config, &WATCHED);
    errors.extend(exclusive(config, &[("log_destination", "log_group_name")]));
    errors
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::time::Duration;

    use aws_sdk_ec2::types::{
        DestinationOptionsRequest, Filter, FlowLog as Description, FlowLogsResourceType,
        ResourceType as Kind,
    };

    use crate::ec2::live::{
        FoundBy, bearer, described, filter, id_of, once, pairs, retag, tags_of_new, token_filter,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::read_batched;

    /// How long it may take until a role is known that may write.
    const CREATE_TIMEOUT: Duration = Duration::from_mins(2);

    pub(in crate::ec2) struct FlowLog;

    #[async_trait]
    impl ResourceType for FlowLog {
        const NAME: &'static str = "aws_flow_log";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let (id, kind) = watched(new.planned);
            let options = new.planned.block("destination_options").map(|block| {
                build!(
                    DestinationOptionsRequest, block,
                    set_file_format = word "file_format",
                    set_hive_compatible_partitions = bool "hive_compatible_partitions",
                    set_per_hour_partition = bool "per_hour_partition",
                )
            });
            let tags = tags_of_new(client, Kind::VpcFlowLog, new, FoundBy::Tag);
            let answer = Wait::new(format!("{id} to be watched"), CREATE_TIMEOUT)
                .until_done(is_role_not_known_yet, || async {
                    fill!(
                        client.ec2().create_flow_logs().client_token(new.token), new.planned,
                        set_traffic_type = word "traffic_type",
                        set_deliver_logs_permission_arn = text "iam_role_arn",
                        set_deliver_cross_account_role = text "deliver_cross_account_role",
                        set_log_destination = text "log_destination",
                        set_log_destination_type = word "log_destination_type",
                        set_log_format = text "log_format",
                        set_log_group_name = text "log_group_name",
                        set_max_aggregation_interval = count "max_aggregation_interval",
                    )
                    .resource_ids(&id)
                    .resource_type(kind.clone())
                    .set_destination_options(options.clone())
                    .set_tag_specifications(tags.clone())
                    .customize()
                    .config_override(once())
                    .send()
                    .await
                    .of("ec2:CreateFlowLogs")
                })
                .await;
            let answer = answer.and_then(|answer| {
                let error = answer.unsuccessful().iter().find_map(|item| item.error());
                match error {
                    Some(error) => {
                        let message = error.message().unwrap_or_default().to_owned();
                        let mut wrong = OpError::new(OpErrorKind::Other, message);
                        wrong.code = error.code().map(str::to_owned);
                        Err(wrong.operation("ec2:CreateFlowLogs"))
                    }
                    None => Ok(answer.flow_log_ids().first().cloned()),
                }
            });
            id_of(answer, self.find(client, new)).await
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let id = View::new(known).str_or_empty("id");
            let account = client.account_id().await?;
            let found = describe(client, filter("flow-log-id", [id])).await?.remove(id);
            Ok(found.map(|found| object(client, account, known, &found)))
        }

        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let account = match client.account_id().await {
                Ok(account) => account,
                Err(error) => return requests.iter().map(|_| Err(error.clone())).collect(),
            };
            let find = |ids| describe(client, filter("flow-log-id", ids));
            let build =
                |known: &Value, found: &Description| Some(object(client, account, known, found));
            read_batched(requests, "id", find, build).await
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            retag(client, object.str_or_empty("id"), tags).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let call = client.ec2().delete_flow_logs().flow_log_ids(object.str_or_empty("id"));
            call.send().await.if_found("ec2:DeleteFlowLogs").map(drop)
        }

        async fn find(&self, client: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            let found = describe(client, token_filter(new.token)).await?;
            Ok(bearer(found, new.token, Description::tags))
        }
    }

    fn is_role_not_known_yet(error: &OpError) -> bool {
        error.message.contains("Unable to assume given IAM role")
    }

    /// The id of what is watched, and what it is.
    fn watched(planned: View<'_>) -> (String, FlowLogsResourceType) {
        let kinds = [
            ("eni_id", FlowLogsResourceType::NetworkInterface),
            ("subnet_id", FlowLogsResourceType::Subnet),
            ("transit_gateway_attachment_id", FlowLogsResourceType::TransitGatewayAttachment),
            ("transit_gateway_id", FlowLogsResourceType::TransitGateway),
        ];
        let mut kinds = kinds.into_iter();
        let other = kinds.find_map(|(name, kind)| Some((planned.text(name)?, kind)));
        other.unwrap_or_else(|| {
            (planned.text("vpc_id").unwrap_or_default(), FlowLogsResourceType::Vpc)
        })
    }

    async fn describe(client: &AwsClients, by: Filter) -> OpResult<HashMap<String, Description>> {
        // This call, too, says `filter` where most say `filters`.
        let ask = async |by: Filter| {
            let call = client.ec2().describe_flow_logs().filter(by).into_paginator().items();
            let found: Vec<Description> =
                call.send().try_collect().await.of("ec2:DescribeFlowLogs")?;
            let found = found.into_iter();
            Ok(found.filter_map(|it| Some((it.flow_log_id.clone()?, it))).collect())
        };
        described(client, "ec2:DescribeFlowLogs", "flow_log_id", by, ask).await
    }

    fn object(client: &AwsClients, account: &str, known: &Value, found: &Description) -> Value {
        let id = found.flow_log_id().unwrap_or_default();
        let watched = found.resource_id().unwrap_or_default();
        let of = |prefix: &str| Some(watched).filter(|watched| watched.starts_with(prefix));
        let mut draft = Draft::from(known);
        draft
            .set("id", id)
            .set("arn", client.arn_of("ec2", account, &format!("vpc-flow-log/{id}")))
            .set("eni_id", of("eni-"))
            .set("subnet_id", of("subnet-"))
            .set("transit_gateway_attachment_id", of("tgw-attach-"))
            .set("transit_gateway_id", of("tgw-").filter(|id| !id.starts_with("tgw-attach-")))
            .set("vpc_id", of("vpc-"))
            .word("traffic_type", found.traffic_type())
            .set("iam_role_arn", found.deliver_logs_permission_arn())
            .set("deliver_cross_account_role", found.deliver_cross_account_role())
            .set("log_destination", found.log_destination())
            .word("log_destination_type", found.log_destination_type())
            .set("log_format", found.log_format())
            .set("log_group_name", found.log_group_name())
            .set("max_aggregation_interval", found.max_aggregation_interval())
            .each("destination_options", found.destination_options(), |block, options| {
                block
                    .word("file_format", options.file_format())
                    .set("hive_compatible_partitions", options.hive_compatible_partitions())
                    .set("per_hour_partition", options.per_hour_partition());
            });
        client.tags.show(&mut draft, pairs(found.tags()));
        draft.finish()
    }
}
