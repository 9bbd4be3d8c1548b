//! `aws_s3_bucket_public_access_block`: how a bucket is kept from the public.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Schema};

use super::bucket_attributes;
use crate::toolkit::optional;

pub(super) fn schema() -> Schema {
    Schema::new(
        "How a bucket is kept from the public.",
        bucket_attributes().into_iter().chain([
            switch("block_public_acls", "Whether ACLs that let the public in are refused."),
            switch("block_public_policy", "Whether policies that let the public in are refused."),
            switch("ignore_public_acls", "Whether ACLs that let the public in are ignored."),
            switch(
                "restrict_public_buckets",
                "Whether policies let nobody in but the account and AWS.",
            ),
        ]),
        [],
    )
    .import_id("bucket")
}

fn switch(name: &'static str, description: &'static str) -> Attribute {
    optional(name, Type::Bool, description).default(false)
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::types::PublicAccessBlockConfiguration;

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::prelude::*;

    pub(in crate::s3) struct PublicAccessBlock;

    #[async_trait]
    impl BucketPart for PublicAccessBlock {
        const NAME: &'static str = "aws_s3_bucket_public_access_block";
        const TELLING: &'static [&'static str] = &[
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        ];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let config = build!(
                PublicAccessBlockConfiguration, planned,
                set_block_public_acls = bool "block_public_acls",
                set_block_public_policy = bool "block_public_policy",
                set_ignore_public_acls = bool "ignore_public_acls",
                set_restrict_public_buckets = bool "restrict_public_buckets",
            );
            let call = client.s3().put_public_access_block().bucket(&whose.bucket);
            let call = call.public_access_block_configuration(config);
            call.send().await.of("s3:PutPublicAccessBlock").map(drop)
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_public_access_block().bucket(&whose.bucket);
            let found = call.send().await.if_found("s3:GetPublicAccessBlock")?;
            let found = found.and_then(|found| found.public_access_block_configuration);
            let Some(found) = found else { return Ok(false) };
            draft
                .set("block_public_acls", found.block_public_acls())
                .set("block_public_policy", found.block_public_policy())
                .set("ignore_public_acls", found.ignore_public_acls())
                .set("restrict_public_buckets", found.restrict_public_buckets());
            Ok(true)
        }

        async fn delete(&self, client: &AwsClients, whose: &Whose, _: View<'_>) -> OpResult<()> {
            let call = client.s3().delete_public_access_block().bucket(&whose.bucket);
            call.send().await.if_found("s3:DeletePublicAccessBlock").map(drop)
        }
    }
}
