//! `aws_s3_bucket_replication_configuration`: which objects are copied to other buckets.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting, Schema};

use super::bucket_attributes;
use crate::toolkit::validate::{arn, between, length, one_of};
use crate::toolkit::{optional, optional_computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Which objects are copied to other buckets.",
        bucket_attributes().into_iter().chain([
            required("role", Type::String, "The role that copies.").validate(arn),
            optional(
                "token",
                Type::String,
                "What AWS gives out to replicate a bucket with object lock.",
            )
            .sensitive(),
        ]),
        [NestedBlock::new("rule", Nesting::List, rule())
            .required()
            .max(1000)
            .describe("Which objects are copied where to.")],
    )
    .import_id("bucket")
}

fn rule() -> Block {
    Block::new(
        [
            optional_computed("id", Type::String, "The name of the rule.")
                .validate(length::<0, 255>),
            optional("prefix", Type::String, "What the keys of the objects begin with.")
                .deprecated("filter"),
            optional("priority", Type::Number, "Which of several rules for an object counts."),
            status("status"),
        ],
        [
            switch("delete_marker_replication", "Whether deletions are copied."),
            destination(),
            switch(
                "existing_object_replication",
                "Whether objects that are there already are copied.",
            ),
            filter(),
            NestedBlock::one(
                "source_selection_criteria",
                Block::new(
                    [],
                    [
                        switch(
                            "replica_modifications",
                            "Whether changes of copies are copied back.",
                        ),
                        switch(
                            "sse_kms_encrypted_objects",
                            "Whether objects are copied that KMS encrypts.",
                        ),
                    ],
                ),
            )
            .describe("Which objects are copied besides."),
        ],
    )
}

fn destination() -> NestedBlock {
    let minutes =
        || required("minutes", Type::Number, "So many minutes: 15.").validate(between!(10, 15));
    let key = required("replica_kms_key_id", Type::String, "The KMS key.");
    let owner = required("owner", Type::String, "`Destination`.").validate(one_of!("Destination"));
    NestedBlock::one(
        "destination",
        Block::new(
            [
                optional("account", Type::String, "The account that owns the other bucket.")
                    .validate(length::<0, 12>),
                required("bucket", Type::String, "The ARN of the other bucket.").validate(arn),
                optional("storage_class", Type::String, "The storage class of copies."),
            ],
            [
                NestedBlock::one("access_control_translation", Block::new([owner], []))
                    .describe("Whose the copies are."),
                NestedBlock::one("encryption_configuration", Block::new([key], []))
                    .describe("How copies are encrypted."),
                NestedBlock::one(
                    "metrics",
                    Block::new(
                        [status("status")],
                        [NestedBlock::one("event_threshold", Block::new([minutes()], []))
                            .describe("When a copy is late.")],
                    ),
                )
                .describe("Whether replication is measured."),
                NestedBlock::one(
                    "replication_time",
                    Block::new(
                        [status("status")],
                        [NestedBlock::one("time", Block::new([minutes()], []))
                            .required()
                            .describe("How long it takes at most.")],
                    ),
                )
                .describe("Whether copies are there in time."),
            ],
        ),
    )
    .required()
    .describe("Where copies go.")
}

fn filter() -> NestedBlock {
    let prefix = || optional("prefix", Type::String, "What the key begins with.");
    let tags = optional("tags", Type::map(Type::String), "Tags that the object has.");
    let tag = Block::new(
        [required("key", Type::String, "The key."), required("value", Type::String, "The value.")],
        [],
    );
    NestedBlock::one(
        "filter",
        Block::new(
            [prefix()],
            [
                NestedBlock::one("and", Block::new([prefix(), tags], []))
                    .describe("Several conditions at once."),
                NestedBlock::one("tag", tag).describe("A tag that the object has."),
            ],
        ),
    )
    .describe("Which objects are copied; without any, all.")
}

fn status(name: &'static str) -> Attribute {
    required(name, Type::String, "`Enabled` or `Disabled`.")
        .validate(one_of!("Enabled", "Disabled"))
}

fn switch(name: &'static str, description: &'static str) -> NestedBlock {
    NestedBlock::one(name, Block::new([status("status")], [])).describe(description)
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::types::{
        AccessControlTranslation, DeleteMarkerReplication, Destination, EncryptionConfiguration,
        ExistingObjectReplication, Metrics, ReplicaModifications,
        ReplicationConfiguration as Configuration, ReplicationRule, ReplicationRuleAndOperator,
        ReplicationRuleFilter, ReplicationTime, ReplicationTimeValue, SourceSelectionCriteria,
        SseKmsEncryptedObjects, Tag,
    };

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::SdkTag;
    use crate::toolkit::prelude::*;

    pub(in crate::s3) struct ReplicationConfiguration;

    #[async_trait]
    impl BucketPart for ReplicationConfiguration {
        const NAME: &'static str = "aws_s3_bucket_replication_configuration";
        const TELLING: &'static [&'static str] = &["role"];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let rules = planned.blocks("rule").map(rule).collect::<OpResult<Vec<_>>>()?;
            let config = Configuration::builder().set_role(planned.text("role"));
            let config = config.set_rules(Some(rules)).build().complete()?;
            let call = client.s3().put_bucket_replication().bucket(&whose.bucket);
            let call = call.set_token(planned.text("token")).replication_configuration(config);
            call.send().await.of("s3:PutReplicationConfiguration").map(drop)
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_bucket_replication().bucket(&whose.bucket);
            let found = call.send().await.if_found("s3:GetReplicationConfiguration")?;
            let found = found.and_then(|found| found.replication_configuration);
            let Some(found) = found else { return Ok(false) };
            draft.set("role", found.role()).each("rule", found.rules(), show_rule);
            Ok(true)
        }

        async fn delete(&self, client: &AwsClients, whose: &Whose, _: View<'_>) -> OpResult<()> {
            let call = client.s3().delete_bucket_replication().bucket(&whose.bucket);
            call.send().await.if_found("s3:DeleteReplicationConfiguration").map(drop)
        }
    }

    #[allow(deprecated, reason = "rules of old have a prefix")]
    fn rule(rule: View<'_>) -> OpResult<ReplicationRule> {
        let markers = rule
            .block("delete_marker_replication")
            .map(|block| build!(DeleteMarkerReplication, block, set_status = word "status"));
        let existing = rule.block("existing_object_replication").map(|block| {
            build!(ExistingObjectReplication, block, set_status = word "status").complete()
        });
        let source = rule.block("source_selection_criteria").map(|block| {
            let modified = block.block("replica_modifications").map(|block| {
                build!(ReplicaModifications, block, set_status = word "status").complete()
            });
            let encrypted = block.block("sse_kms_encrypted_objects").map(|block| {
                build!(SseKmsEncryptedObjects, block, set_status = word "status").complete()
            });
            let built = SourceSelectionCriteria::builder();
            let built = built.set_replica_modifications(modified.transpose()?);
            OpResult::Ok(built.set_sse_kms_encrypted_objects(encrypted.transpose()?).build())
        });
        let destination = rule.block("destination").map(destination).transpose()?;
        fill!(
            ReplicationRule::builder(), rule,
            set_id = text "id",
            set_prefix = string "prefix",
            set_priority = i32 "priority",
            set_status = word "status",
        )
        .set_delete_marker_replication(markers)
        .set_destination(destination)
        .set_existing_object_replication(existing.transpose()?)
        .set_filter(rule.block("filter").map(filter).transpose()?)
        .set_source_selection_criteria(source.transpose()?)
        .build()
        .complete()
    }

    fn destination(block: View<'_>) -> OpResult<Destination> {
        let owner = block.block("access_control_translation").map(|block| {
            build!(AccessControlTranslation, block, set_owner = word "owner").complete()
        });
        let key = block.block("encryption_configuration").map(|block| {
            build!(EncryptionConfiguration, block, set_replica_kms_key_id = text "replica_kms_key_id")
        });
        let metrics = block.block("metrics").map(|block| {
            fill!(Metrics::builder(), block, set_status = word "status")
                .set_event_threshold(block.block("event_threshold").map(minutes))
                .build()
                .complete()
        });
        let time = block.block("replication_time").map(|block| {
            fill!(ReplicationTime::builder(), block, set_status = word "status")
                .set_time(block.block("time").map(minutes))
                .build()
                .complete()
        });
        fill!(
            Destination::builder(), block,
            set_account = text "account",
            set_bucket = text "bucket",
            set_storage_class = word "storage_class",
        )
        .set_access_control_translation(owner.transpose()?)
        .set_encryption_configuration(key)
        .set_metrics(metrics.transpose()?)
        .set_replication_time(time.transpose()?)
        .build()
        .complete()
    }

    fn minutes(block: View<'_>) -> ReplicationTimeValue {
        build!(ReplicationTimeValue, block, set_minutes = i32 "minutes")
    }

    fn filter(block: View<'_>) -> OpResult<ReplicationRuleFilter> {
        let and = block.block("and").map(|and| {
            let tags = and.string_map("tags").into_iter();
            let tags = tags.map(|(key, value)| Tag::tag(key.into(), value.into()));
            let tags = tags.collect::<OpResult<Vec<_>>>()?;
            let built = ReplicationRuleAndOperator::builder().set_prefix(and.text("prefix"));
            OpResult::Ok(built.set_tags(Some(tags).filter(|all| !all.is_empty())).build())
        });
        let tag = block.block("tag").map(|tag| {
            Tag::tag(tag.str_or_empty("key").to_owned(), tag.str_or_empty("value").to_owned())
        });
        let is_bare = and.is_none() && tag.is_none();
        let prefix = block.string("prefix").or_else(|| is_bare.then(String::new));
        let built = ReplicationRuleFilter::builder().set_and(and.transpose()?);
        Ok(built.set_tag(tag.transpose()?).set_prefix(prefix).build())
    }

    #[allow(deprecated, reason = "rules of old have a prefix")]
    fn show_rule(block: &mut Draft, rule: &ReplicationRule) {
        block
            .set("id", rule.id())
            .set("priority", rule.priority())
            .set("status", rule.status().as_str())
            .each("delete_marker_replication", rule.delete_marker_replication(), |block, found| {
                block.word("status", found.status());
            })
            .each("destination", rule.destination(), show_destination)
            .each(
                "existing_object_replication",
                rule.existing_object_replication(),
                |block, found| {
                    block.set("status", found.status().as_str());
                },
            )
            .each("filter", rule.filter(), |block, found| {
                block
                    .set("prefix", found.prefix())
                    .each("and", found.and(), |block, and| {
                        block.set("prefix", and.prefix()).map("tags", pairs(and.tags()));
                    })
                    .each("tag", found.tag(), |block, tag| {
                        block.set("key", tag.key()).set("value", tag.value());
                    });
            })
            .each("source_selection_criteria", rule.source_selection_criteria(), |block, found| {
                block
                    .each("replica_modifications", found.replica_modifications(), |block, found| {
                        block.set("status", found.status().as_str());
                    })
                    .each(
                        "sse_kms_encrypted_objects",
                        found.sse_kms_encrypted_objects(),
                        |block, found| {
                            block.set("status", found.status().as_str());
                        },
                    );
            });
        block.set("prefix", rule.prefix());
    }

    fn show_destination(block: &mut Draft, found: &Destination) {
        let minutes = |block: &mut Draft, found: &ReplicationTimeValue| {
            block.set("minutes", found.minutes());
        };
        block
            .set("account", found.account())
            .set("bucket", found.bucket())
            .word("storage_class", found.storage_class())
            .each("access_control_translation", found.access_control_translation(), |block, it| {
                block.set("owner", it.owner().as_str());
            })
            .each("encryption_configuration", found.encryption_configuration(), |block, it| {
                block.set("replica_kms_key_id", it.replica_kms_key_id());
            })
            .each("metrics", found.metrics(), |block, it| {
                let threshold = it.event_threshold();
                block.set("status", it.status().as_str()).each(
                    "event_threshold",
                    threshold,
                    minutes,
                );
            })
            .each("replication_time", found.replication_time(), |block, it| {
                block.set("status", it.status().as_str()).each("time", it.time(), minutes);
            });
    }
}
