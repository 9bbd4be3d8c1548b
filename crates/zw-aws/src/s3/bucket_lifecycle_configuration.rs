//! `aws_s3_bucket_lifecycle_configuration`: what becomes of objects as they grow old.

use zw_lang::{Type, Value};
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Schema};

use super::{bucket_attributes, owner_attribute};
use crate::toolkit::validate::{length, one_of};
use crate::toolkit::{optional, optional_computed, required, timeouts_block};

pub(super) fn schema() -> Schema {
    Schema::new(
        "What becomes of objects as they grow old.",
        bucket_attributes().into_iter().chain([
            owner_attribute(),
            optional_computed(
                "transition_default_minimum_object_size",
                Type::String,
                "Which objects are too small to be moved.",
            )
            .validate(one_of!("all_storage_classes_128K", "varies_by_storage_class")),
        ]),
        [
            NestedBlock::new("rule", Nesting::List, rule())
                .describe("What becomes of some objects."),
            timeouts_block(&["create", "update"]),
        ],
    )
    .version(1)
    .import_id("bucket")
}

fn rule() -> Block {
    let list = |name, block| NestedBlock::new(name, Nesting::List, block).max(1);
    let set = |name, block| NestedBlock::new(name, Nesting::Set, block);
    Block::new(
        [
            required("id", Type::String, "The name of the rule.").validate(length::<1, 255>),
            optional("prefix", Type::String, "What the keys of the objects begin with.")
                .deprecated("filter"),
            required("status", Type::String, "`Enabled` or `Disabled`.")
                .validate(one_of!("Enabled", "Disabled")),
        ],
        [
            list(
                "abort_incomplete_multipart_upload",
                Block::new(
                    [days("days_after_initiation", "How many days after its beginning.")],
                    [],
                ),
            )
            .describe("When uploads are given up that were not completed."),
            list(
                "expiration",
                Block::new(
                    [
                        date(),
                        days("days", "How many days after the object was made."),
                        optional(
                            "expired_object_delete_marker",
                            Type::Bool,
                            "Whether delete markers go that no version is left of.",
                        ),
                    ],
                    [],
                ),
            )
            .describe("When objects are deleted."),
            list("filter", filter()).describe("Which objects it is about; without any, about all."),
            list("noncurrent_version_expiration", Block::new([kept(), noncurrent_days()], []))
                .describe("When former versions are deleted."),
            set(
                "noncurrent_version_transition",
                Block::new([kept(), noncurrent_days(), storage_class()], []),
            )
            .describe("When former versions are moved to another storage class."),
            set(
                "transition",
                Block::new(
                    [
                        date(),
                        days("days", "How many days after the object was made."),
                        storage_class(),
                    ],
                    [],
                ),
            )
            .describe("When objects are moved to another storage class."),
        ],
    )
}

fn filter() -> Block {
    let sizes = || {
        [
            optional("object_size_greater_than", Type::Number, "More bytes than this."),
            optional("object_size_less_than", Type::Number, "Less bytes than this."),
            optional("prefix", Type::String, "What the key begins with."),
        ]
    };
    let tags = optional("tags", Type::map(Type::String), "Tags that the object has.");
    let tag = Block::new(
        [required("key", Type::String, "The key."), required("value", Type::String, "The value.")],
        [],
    );
    Block::new(
        sizes(),
        [
            NestedBlock::new(
                "and",
                Nesting::List,
                Block::new(sizes().into_iter().chain([tags]), []),
            )
            .max(1)
            .describe("Several conditions at once."),
            NestedBlock::new("tag", Nesting::List, tag)
                .max(1)
                .describe("A tag that the object has."),
        ],
    )
}

fn date() -> Attribute {
    optional("date", Type::String, "The day, as `2024-05-06T00:00:00Z`.").validate(time)
}

fn days(name: &'static str, description: &'static str) -> Attribute {
    optional(name, Type::Number, description)
}

fn kept() -> Attribute {
    optional("newer_noncurrent_versions", Type::Number, "How many former versions stay.")
}

fn noncurrent_days() -> Attribute {
    required("noncurrent_days", Type::Number, "How many days after there was a newer version.")
}

fn storage_class() -> Attribute {
    required("storage_class", Type::String, "The storage class.").validate(one_of!(
        "GLACIER",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    ))
}

fn time(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if !text.is_empty() && !text.contains('T') => {
            Err(format!("{text:?} is not a time such as 2024-05-06T00:00:00Z."))
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::types::{
        AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, LifecycleExpiration,
        LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter, NoncurrentVersionExpiration,
        NoncurrentVersionTransition, Tag, Transition,
    };
    use aws_smithy_types::DateTime;

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{SdkTag, parsed_time};

    pub(in crate::s3) struct LifecycleConfiguration;

    #[async_trait]
    impl BucketPart for LifecycleConfiguration {
        const NAME: &'static str = "aws_s3_bucket_lifecycle_configuration";
        const TELLING: &'static [&'static str] = &["rule"];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let rules = planned.blocks("rule").map(rule).collect::<OpResult<Vec<_>>>()?;
            let config = BucketLifecycleConfiguration::builder().set_rules(Some(rules));
            let call = client.s3().put_bucket_lifecycle_configuration().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let size = planned.word("transition_default_minimum_object_size");
            let call = call.set_transition_default_minimum_object_size(size);
            let call = call.lifecycle_configuration(config.build().complete()?);
            call.send().await.of("s3:PutLifecycleConfiguration").map(drop)
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_bucket_lifecycle_configuration().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            let found = call.send().await.if_found("s3:GetLifecycleConfiguration")?;
            let Some(found) = found.filter(|found| !found.rules().is_empty()) else {
                return Ok(false);
            };
            let known = draft.get("rule").cloned();
            let known = known.as_ref().and_then(Value::as_sequence).unwrap_or_default();
            let rules = found.rules().iter().enumerate();
            draft
                .word(
                    "transition_default_minimum_object_size",
                    found.transition_default_minimum_object_size(),
                )
                .each("rule", rules, |block, (at, rule)| {
                    show_rule(block, rule, known.get(at).map(View::new));
                });
            Ok(true)
        }

        async fn delete(&self, client: &AwsClients, whose: &Whose, _: View<'_>) -> OpResult<()> {
            let call = client.s3().delete_bucket_lifecycle().bucket(&whose.bucket);
            let call = call.set_expected_bucket_owner(whose.owner.clone());
            call.send().await.if_found("s3:DeleteLifecycleConfiguration").map(drop)
        }
    }

    #[allow(deprecated, reason = "rules of old have a prefix")]
    fn rule(rule: View<'_>) -> OpResult<LifecycleRule> {
        let abort = rule.block("abort_incomplete_multipart_upload").map(|block| {
            build!(
                AbortIncompleteMultipartUpload, block,
                set_days_after_initiation = count "days_after_initiation",
            )
        });
        let expiration = rule.block("expiration").map(|block| {
            let built = fill!(
                LifecycleExpiration::builder(), block,
                set_days = count "days",
                set_expired_object_delete_marker = bool "expired_object_delete_marker",
            );
            OpResult::Ok(built.set_date(date(block)?).build())
        });
        let noncurrent = rule.block("noncurrent_version_expiration").map(|block| {
            build!(
                NoncurrentVersionExpiration, block,
                set_newer_noncurrent_versions = count "newer_noncurrent_versions",
                set_noncurrent_days = count "noncurrent_days",
            )
        });
        let moved = rule.blocks("noncurrent_version_transition").map(|block| {
            build!(
                NoncurrentVersionTransition, block,
                set_newer_noncurrent_versions = count "newer_noncurrent_versions",
                set_noncurrent_days = i32 "noncurrent_days",
                set_storage_class = word "storage_class",
            )
        });
        let transitions = rule.blocks("transition").map(|block| {
            let built = fill!(
                Transition::builder(), block,
                set_days = i32 "days",
                set_storage_class = word "storage_class",
            );
            OpResult::Ok(built.set_date(date(block)?).build())
        });
        let prefix = rule.text("prefix");
        // One of the two has to be there, even if it is about all objects.
        let filter = match rule.block("filter") {
            Some(block) => Some(filter(block)?),
            None if prefix.is_none() => Some(LifecycleRuleFilter::builder().prefix("").build()),
            None => None,
        };
        let moved: Vec<_> = moved.collect();
        let transitions = transitions.collect::<OpResult<Vec<_>>>()?;
        fill!(
            LifecycleRule::builder(), rule,
            set_id = text "id",
            set_status = word "status",
        )
        .set_prefix(prefix)
        .set_filter(filter)
        .set_abort_incomplete_multipart_upload(abort)
        .set_expiration(expiration.transpose()?)
        .set_noncurrent_version_expiration(noncurrent)
        .set_noncurrent_version_transitions(Some(moved).filter(|all| !all.is_empty()))
        .set_transitions(Some(transitions).filter(|all| !all.is_empty()))
        .build()
        .complete()
    }

    fn date(block: View<'_>) -> OpResult<Option<DateTime>> {
        block.text("date").map(|text| parsed_time(&text)).transpose()
    }

    fn filter(block: View<'_>) -> OpResult<LifecycleRuleFilter> {
        let and = block.block("and").map(|and| {
            let tags = and.string_map("tags").into_iter();
            let tags = tags.map(|(key, value)| Tag::tag(key.into(), value.into()));
            let tags = tags.collect::<OpResult<Vec<_>>>()?;
            let built = fill!(
                LifecycleRuleAndOperator::builder(), and,
                set_object_size_greater_than = i64 "object_size_greater_than",
                set_object_size_less_than = i64 "object_size_less_than",
                set_prefix = text "prefix",
            );
            OpResult::Ok(built.set_tags(Some(tags).filter(|all| !all.is_empty())).build())
        });
        let tag = block.block("tag").map(|tag| {
            Tag::tag(tag.str_or_empty("key").to_owned(), tag.str_or_empty("value").to_owned())
        });
        let greater = block.i64("object_size_greater_than");
        let less = block.i64("object_size_less_than");
        let says_nothing = and.is_none() && tag.is_none() && greater.is_none() && less.is_none();
        let prefix = block.string("prefix").or_else(|| says_nothing.then(String::new));
        Ok(LifecycleRuleFilter::builder()
            .set_and(and.transpose()?)
            .set_tag(tag.transpose()?)
            .set_object_size_greater_than(greater)
            .set_object_size_less_than(less)
            .set_prefix(prefix)
            .build())
    }

    #[allow(deprecated, reason = "rules of old have a prefix")]
    fn show_rule(block: &mut Draft, rule: &LifecycleRule, known: Option<View<'_>>) {
        // A filter that lets all pass is not there if nobody wrote one.
        let is_bare = known.is_some_and(|known| known.block("filter").is_none());
        let filter = rule.filter().filter(|filter| !(is_bare && lets_all_pass(filter)));
        block
            .set("id", rule.id())
            .set("status", rule.status().as_str())
            .each(
                "abort_incomplete_multipart_upload",
                rule.abort_incomplete_multipart_upload(),
                |block, found| {
                    block.set("days_after_initiation", found.days_after_initiation());
                },
            )
            .each("expiration", rule.expiration(), |block, found| {
                block
                    .set("date", found.date().and_then(rfc3339))
                    .set("days", found.days())
                    .set("expired_object_delete_marker", found.expired_object_delete_marker());
            })
            .each("filter", filter, show_filter)
            .each(
                "noncurrent_version_expiration",
                rule.noncurrent_version_expiration(),
                |block, found| {
                    block
                        .set("newer_noncurrent_versions", found.newer_noncurrent_versions())
                        .set("noncurrent_days", found.noncurrent_days());
                },
            )
            .each(
                "noncurrent_version_transition",
                rule.noncurrent_version_transitions(),
                |block, found| {
                    block
                        .set("newer_noncurrent_versions", found.newer_noncurrent_versions())
                        .set("noncurrent_days", found.noncurrent_days())
                        .word("storage_class", found.storage_class());
                },
            )
            .each("transition", rule.transitions(), |block, found| {
                block
                    .set("date", found.date().and_then(rfc3339))
                    .set("days", found.days())
                    .word("storage_class", found.storage_class());
            });
        block.set("prefix", rule.prefix());
    }

    fn lets_all_pass(filter: &LifecycleRuleFilter) -> bool {
        filter.prefix().is_none_or(str::is_empty)
            && filter.tag().is_none()
            && filter.and().is_none()
            && filter.object_size_greater_than().is_none()
            && filter.object_size_less_than().is_none()
    }

    fn show_filter(block: &mut Draft, found: &LifecycleRuleFilter) {
        block
            .set("object_size_greater_than", found.object_size_greater_than())
            .set("object_size_less_than", found.object_size_less_than())
            .set("prefix", found.prefix())
            .each("and", found.and(), |block, and| {
                block
                    .set("object_size_greater_than", and.object_size_greater_than())
                    .set("object_size_less_than", and.object_size_less_than())
                    .set("prefix", and.prefix())
                    .map("tags", pairs(and.tags()));
            })
            .each("tag", found.tag(), |block, tag| {
                block.set("key", tag.key()).set("value", tag.value());
            });
    }
}
