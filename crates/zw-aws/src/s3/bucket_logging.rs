//! `aws_s3_bucket_logging`: where it is written down who reads from a bucket.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Nesting, Schema};

use super::{bucket_attributes, owner_attribute};
use crate::toolkit::validate::one_of;
use crate::toolkit::{computed, optional, required};

pub(super) fn schema() -> Schema {
    let grantee = NestedBlock::one(
        "grantee",
        Block::new(
            [
                computed("display_name", Type::String, "The name of the account."),
                optional("email_address", Type::String, "The address of the account."),
                optional("id", Type::String, "The canonical id of the account."),
                required("type", Type::String, "How it is named.").validate(one_of!(
                    "AmazonCustomerByEmail",
                    "CanonicalUser",
                    "Group",
                )),
                optional("uri", Type::String, "The group."),
            ],
            [],
        ),
    )
    .required()
    .describe("Who gets it.");
    let permission = required("permission", Type::String, "What it may do with logs.")
        .validate(one_of!("FULL_CONTROL", "READ", "WRITE"));
    let date = required("partition_date_source", Type::String, "Which time is in the key.")
        .validate(one_of!("EventTime", "DeliveryTime"));
    let format = Block::new(
        [],
        [
            NestedBlock::one("partitioned_prefix", Block::new([date], []))
                .describe("Keys with account, region, bucket and day."),
            NestedBlock::one("simple_prefix", Block::new([], [])).describe("Keys with the time."),
        ],
    );
    Schema::new(
        "Where it is written down who reads from a bucket.",
        bucket_attributes().into_iter().chain([
            owner_attribute(),
            required("target_bucket", Type::String, "The bucket for logs."),
            required("target_prefix", Type::String, "What keys of logs begin with."),
        ]),
        [
            NestedBlock::new("target_grant", Nesting::Set, Block::new([permission], [grantee]))
                .describe("Who may do what with logs."),
            NestedBlock::one("target_object_key_format", format)
                .describe("What keys of logs are made of."),
        ],
    )
    .import_id("bucket")
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::types::{
        BucketLoggingStatus, Grantee, LoggingEnabled, PartitionedPrefix, SimplePrefix, TargetGrant,
        TargetObjectKeyFormat,
    };

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::prelude::*;

    pub(in crate::s3) struct Logging;

    #[async_trait]
    impl BucketPart for Logging {
        const NAME: &'static str = "aws_s3_bucket_logging";
        const TELLING: &'static [&'static str] = &["target_bucket", "target_prefix"];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let grants = planned.blocks("target_grant").map(grant).collect::<OpResult<Vec<_>>>()?;
            let enabled = fill!(
                LoggingEnabled::builder(), planned,
                set_target_bucket = string "target_bucket",
                set_target_prefix = string "target_prefix",
            );
            let enabled = enabled.set_target_grants(Some(grants).filter(|all| !all.is_empty()));
            let format = planned.block("target_object_key_format").map(format);
            let enabled = enabled.set_target_object_key_format(format).build().complete()?;
            let status = BucketLoggingStatus::builder().logging_enabled(enabled).build();
            set(client, whose, status).await
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_bucket_logging().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let found = call.send().await.if_found("s3:GetBucketLogging")?;
            let Some(found) = found.and_then(|found| found.logging_enabled) else {
                return Ok(false);
            };
            draft
                .set("target_bucket", found.target_bucket())
                .set("target_prefix", found.target_prefix())
                .each("target_grant", found.target_grants(), show_grant)
                .each("target_object_key_format", found.target_object_key_format(), show_format);
            Ok(true)
        }

        async fn delete(&self, client: &AwsClients, whose: &Whose, _: View<'_>) -> OpResult<()> {
            let answer = set(client, whose, BucketLoggingStatus::builder().build()).await;
            answer.or_else(|error| if error.is_not_found() { Ok(()) } else { Err(error) })
        }
    }

    async fn set(client: &AwsClients, whose: &Whose, status: BucketLoggingStatus) -> OpResult<()> {
        let call = client.s3().put_bucket_logging().bucket(&whose.bucket);
        let call = call.set_expected_bucket_owner(whose.owner.clone());
        call.bucket_logging_status(status).send().await.of("s3:PutBucketLogging").map(drop)
    }

    fn grant(grant: View<'_>) -> OpResult<TargetGrant> {
        let grantee = grant.block("grantee").map(|grantee| {
            build!(
                Grantee, grantee,
                set_email_address = text "email_address",
                set_id = text "id",
                set_type = word "type",
                set_uri = text "uri",
            )
            .complete()
        });
        let permission = grant.word("permission");
        let built = TargetGrant::builder().set_grantee(grantee.transpose()?);
        Ok(built.set_permission(permission).build())
    }

    fn format(format: View<'_>) -> TargetObjectKeyFormat {
        let partitioned = format.block("partitioned_prefix").map(|block| {
            build!(PartitionedPrefix, block, set_partition_date_source = word "partition_date_source")
        });
        let simple = format.block("simple_prefix").map(|_| SimplePrefix::builder().build());
        let built = TargetObjectKeyFormat::builder().set_partitioned_prefix(partitioned);
        built.set_simple_prefix(simple).build()
    }

    fn show_grant(block: &mut Draft, grant: &TargetGrant) {
        block.word("permission", grant.permission()).each(
            "grantee",
            grant.grantee(),
            |block, grantee| {
                block
                    .set("display_name", grantee.display_name())
                    .set("email_address", grantee.email_address())
                    .set("id", grantee.id())
                    .set("type", grantee.r#type().as_str())
                    .set("uri", grantee.uri());
            },
        );
    }

    fn show_format(block: &mut Draft, format: &TargetObjectKeyFormat) {
        block
            .each("partitioned_prefix", format.partitioned_prefix(), |block, found| {
                block.word("partition_date_source", found.partition_date_source());
            })
            .each("simple_prefix", format.simple_prefix(), |_, _| {});
    }
}
