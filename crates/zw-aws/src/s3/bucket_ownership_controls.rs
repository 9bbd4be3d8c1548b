//! `aws_s3_bucket_ownership_controls`: whose the objects are that others put into a bucket.

use zw_lang::Type;
use zw_provider::schema::{Block, NestedBlock, Schema};

use super::bucket_attributes;
use crate::toolkit::required;
use crate::toolkit::validate::one_of;

pub(super) fn schema() -> Schema {
    let ownership = required("object_ownership", Type::String, "Whose the objects are.")
        .validate(one_of!("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"));
    Schema::new(
        "Whose the objects are that others put into a bucket.",
        bucket_attributes(),
        [NestedBlock::one("rule", Block::new([ownership], [])).required().describe("The rule.")],
    )
    .import_id("bucket")
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::types::{
        ObjectOwnership, OwnershipControls as Controls, OwnershipControlsRule,
    };

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::prelude::*;

    pub(in crate::s3) struct OwnershipControls;

    #[async_trait]
    impl BucketPart for OwnershipControls {
        const NAME: &'static str = "aws_s3_bucket_ownership_controls";
        const TELLING: &'static [&'static str] = &["rule"];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let rule = planned.block("rule").and_then(|rule| rule.word("object_ownership"));
            let rule = OwnershipControlsRule::builder().set_object_ownership(rule);
            let controls =
                Controls::builder().rules(rule.build().complete()?).build().complete()?;
            let call = client.s3().put_bucket_ownership_controls().bucket(&whose.bucket);
            let call = call.ownership_controls(controls);
            call.send().await.of("s3:PutBucketOwnershipControls").map(drop)
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_bucket_ownership_controls().bucket(&whose.bucket);
            let found = call.send().await.if_found("s3:GetBucketOwnershipControls")?;
            let Some(found) = found.and_then(|found| found.ownership_controls) else {
                return Ok(false);
            };
            draft.each("rule", found.rules(), |block, rule| {
                block.set("object_ownership", ObjectOwnership::as_str(rule.object_ownership()));
            });
            Ok(true)
        }

        async fn delete(&self, client: &AwsClients, whose: &Whose, _: View<'_>) -> OpResult<()> {
            let call = client.s3().delete_bucket_ownership_controls().bucket(&whose.bucket);
            call.send().await.if_found("s3:DeleteBucketOwnershipControls").map(drop)
        }
    }
}
