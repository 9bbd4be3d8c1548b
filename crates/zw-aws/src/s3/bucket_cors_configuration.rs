//! `aws_s3_bucket_cors_configuration`: which web pages of others may read from a bucket.

use zw_lang::{Type, Value};
use zw_provider::schema::{Block, NestedBlock, Nesting, Schema};

use super::{bucket_attributes, owner_attribute};
use crate::toolkit::validate::{length, word};
use crate::toolkit::{optional, required, set_of_strings};

pub(super) fn schema() -> Schema {
    let rule = Block::new(
        [
            optional("id", Type::String, "A name for the rule.").validate(length::<0, 255>),
            optional("allowed_headers", set_of_strings(), "Headers that a request may have."),
            required("allowed_methods", set_of_strings(), "What may be done.").validate(methods),
            required("allowed_origins", set_of_strings(), "Where the pages come from."),
            optional("expose_headers", set_of_strings(), "Headers that a page may look at."),
            optional(
                "max_age_seconds",
                Type::Number,
                "How long a browser may remember the answer.",
            ),
        ],
        [],
    );
    Schema::new(
        "Which web pages of others may read from a bucket.",
        bucket_attributes().into_iter().chain([owner_attribute()]),
        [NestedBlock::new("cors_rule", Nesting::Set, rule)
            .required()
            .max(100)
            .describe("What pages of some origins may do.")],
    )
    .import_id("bucket")
}

fn methods(value: &Value) -> Result<(), String> {
    let mut methods = value.as_sequence().unwrap_or_default().iter();
    methods.try_for_each(|method| word(method, &["GET", "PUT", "HEAD", "POST", "DELETE"]))
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::types::{CorsConfiguration as Configuration, CorsRule};

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::prelude::*;

    pub(in crate::s3) struct CorsConfiguration;

    #[async_trait]
    impl BucketPart for CorsConfiguration {
        const NAME: &'static str = "aws_s3_bucket_cors_configuration";
        const TELLING: &'static [&'static str] = &["cors_rule"];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let rules = planned.blocks("cors_rule").map(|rule| {
                build!(
                    CorsRule, rule,
                    set_id = text "id",
                    set_allowed_headers = texts "allowed_headers",
                    set_allowed_methods = texts "allowed_methods",
                    set_allowed_origins = texts "allowed_origins",
                    set_expose_headers = texts "expose_headers",
                    set_max_age_seconds = i32 "max_age_seconds",
                )
                .complete()
            });
            let rules = rules.collect::<OpResult<Vec<_>>>()?;
            let config = Configuration::builder().set_cors_rules(Some(rules)).build().complete()?;
            let call = client.s3().put_bucket_cors().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            call.cors_configuration(config).send().await.of("s3:PutBucketCors").map(drop)
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_bucket_cors().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let found = call.send().await.if_found("s3:GetBucketCors")?;
            let Some(found) = found.filter(|found| !found.cors_rules().is_empty()) else {
                return Ok(false);
            };
            draft.each("cors_rule", found.cors_rules(), |block, rule| {
                block
                    .set("id", rule.id())
                    .texts("allowed_headers", rule.allowed_headers())
                    .texts("allowed_methods", rule.allowed_methods())
                    .texts("allowed_origins", rule.allowed_origins())
                    .texts("expose_headers", rule.expose_headers())
                    .set("max_age_seconds", rule.max_age_seconds());
            });
            Ok(true)
        }

        async fn delete(&self, client: &AwsClients, whose: &Whose, _: View<'_>) -> OpResult<()> {
            let call = client.s3().delete_bucket_cors().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            call.send().await.if_found("s3:DeleteBucketCors").map(drop)
        }
    }
}
