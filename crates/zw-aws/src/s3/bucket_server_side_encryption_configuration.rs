//! `aws_s3_bucket_server_side_encryption_configuration`: how new objects are encrypted.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Nesting, Schema};

use super::{bucket_attributes, owner_attribute};
use crate::toolkit::validate::one_of;
use crate::toolkit::{optional, required};

pub(super) fn schema() -> Schema {
    let by_default = NestedBlock::one(
        "apply_server_side_encryption_by_default",
        Block::new(
            [
                required("sse_algorithm", Type::String, "`AES256`, `aws:kms` or `aws:kms:dsse`.")
                    .validate(one_of!("AES256", "aws:kms", "aws:kms:dsse", "aws:fsx")),
                optional("kms_master_key_id", Type::String, "The KMS key."),
            ],
            [],
        ),
    )
    .describe("How objects are encrypted that come without a word about it.");
    let key = optional(
        "bucket_key_enabled",
        Type::Bool,
        "Whether a key of the bucket spares calls of KMS for every object.",
    );
    Schema::new(
        "How new objects are encrypted.",
        bucket_attributes().into_iter().chain([owner_attribute()]),
        [NestedBlock::new("rule", Nesting::Set, Block::new([key], [by_default]))
            .required()
            .describe("How objects are encrypted.")],
    )
    .import_id("bucket")
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::types::{
        ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    };

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::prelude::*;

    pub(in crate::s3) struct EncryptionConfiguration;

    #[async_trait]
    impl BucketPart for EncryptionConfiguration {
        const NAME: &'static str = "aws_s3_bucket_server_side_encryption_configuration";
        const TELLING: &'static [&'static str] = &["rule"];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let rules = planned.blocks("rule").map(rule).collect::<OpResult<Vec<_>>>()?;
            let config = ServerSideEncryptionConfiguration::builder().set_rules(Some(rules));
            let call = client.s3().put_bucket_encryption().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let call = call.server_side_encryption_configuration(config.build().complete()?);
            call.send().await.of("s3:PutBucketEncryption").map(drop)
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_bucket_encryption().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let found = call.send().await.if_found("s3:GetBucketEncryption")?;
            let found = found.and_then(|found| found.server_side_encryption_configuration);
            let Some(found) = found else { return Ok(false) };
            draft.each("rule", found.rules(), |block, rule| {
                block.set("bucket_key_enabled", rule.bucket_key_enabled()).each(
                    "apply_server_side_encryption_by_default",
                    rule.apply_server_side_encryption_by_default(),
                    |block, found| {
                        block
                            .set("sse_algorithm", found.sse_algorithm().as_str())
                            .set("kms_master_key_id", found.kms_master_key_id());
                    },
                );
            });
            Ok(true)
        }

        /// Objects are encrypted with keys of S3 again.
        async fn delete(&self, client: &AwsClients, whose: &Whose, _: View<'_>) -> OpResult<()> {
            let call = client.s3().delete_bucket_encryption().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            call.send().await.if_found("s3:DeleteBucketEncryption").map(drop)
        }
    }

    fn rule(rule: View<'_>) -> OpResult<ServerSideEncryptionRule> {
        let by_default = rule.block("apply_server_side_encryption_by_default").map(|block| {
            build!(
                ServerSideEncryptionByDefault, block,
                set_sse_algorithm = word "sse_algorithm",
                set_kms_master_key_id = text "kms_master_key_id",
            )
            .complete()
        });
        Ok(ServerSideEncryptionRule::builder()
            .set_bucket_key_enabled(rule.bool("bucket_key_enabled"))
            .set_apply_server_side_encryption_by_default(by_default.transpose()?)
            .build())
    }
}
