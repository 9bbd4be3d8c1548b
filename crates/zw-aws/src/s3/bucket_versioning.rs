//! `aws_s3_bucket_versioning`: whether former versions of objects are kept.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Schema};

use super::{bucket_attributes, owner_attribute};
use crate::toolkit::validate::one_of;
use crate::toolkit::{optional, optional_computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Whether former versions of objects are kept.",
        bucket_attributes().into_iter().chain([
            owner_attribute(),
            optional(
                "mfa",
                Type::String,
                "Serial number and value of an MFA device, with a space between.",
            ),
        ]),
        [NestedBlock::one(
            "versioning_configuration",
            Block::new(
                [
                    required(
                        "status",
                        Type::String,
                        "`Enabled`, `Suspended`, or `Disabled` if it never was on.",
                    )
                    .validate(one_of!("Enabled", "Suspended", "Disabled")),
                    optional_computed(
                        "mfa_delete",
                        Type::String,
                        "Whether an MFA device is needed to delete versions.",
                    )
                    .validate(one_of!("Enabled", "Disabled")),
                ],
                [],
            ),
        )
        .required()
        .describe("Whether versions are kept.")],
    )
    .import_id("bucket")
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::prelude::*;

    const DISABLED: &str = "Disabled";

    pub(in crate::s3) struct Versioning;

    #[async_trait]
    impl BucketPart for Versioning {
        const NAME: &'static str = "aws_s3_bucket_versioning";
        const TELLING: &'static [&'static str] = &["versioning_configuration"];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let config = planned.block("versioning_configuration");
            // What never was on is off without a word, and what was on cannot be as if it never was.
            let Some(config) = config.filter(|config| config.str("status") != Some(DISABLED))
            else {
                return Ok(());
            };
            let config = build!(
                VersioningConfiguration, config,
                set_status = word "status",
                set_mfa_delete = word "mfa_delete",
            );
            let call = client.s3().put_bucket_versioning().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let call = call.set_mfa(planned.text("mfa")).versioning_configuration(config);
            call.send().await.of("s3:PutBucketVersioning").map(drop)
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_bucket_versioning().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let found = call.send().await.if_found("s3:GetBucketVersioning")?;
            let Some(found) = found else { return Ok(false) };
            draft.each("versioning_configuration", [found], |block, found| {
                let status = found.status().map_or(DISABLED, BucketVersioningStatus::as_str);
                block.set("status", status).word("mfa_delete", found.mfa_delete());
            });
            Ok(true)
        }

        /// Versions that there are stay.
        async fn delete(
            &self,
            client: &AwsClients,
            whose: &Whose,
            object: View<'_>,
        ) -> OpResult<()> {
            let status = object.block("versioning_configuration").and_then(|it| it.str("status"));
            if status == Some(DISABLED) {
                return Ok(());
            }
            let config =
                VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended);
            let call = client.s3().put_bucket_versioning().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let call = call.set_mfa(object.text("mfa")).versioning_configuration(config.build());
            call.send().await.of("s3:PutBucketVersioning").map(drop)
        }
    }
}
