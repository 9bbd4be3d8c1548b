//! `aws_ecr_repository`: where container images are kept.

use zw_lang::{Type, Value};
use zw_provider::schema::{Block, NestedBlock, Nesting, Schema};

use crate::toolkit::validate::one_of;
use crate::toolkit::{
    computed, optional, optional_computed, required, tag_attributes, timeouts_block,
};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Where container images are kept.",
        [
            computed("id", Type::String, "The repository's name."),
            computed("arn", Type::String, "The repository's ARN."),
            computed("registry_id", Type::String, "The account whose registry it is."),
            computed("repository_url", Type::String, "Where images are pushed to and pulled from."),
            required("name", Type::String, "The name.").force_new().validate(name),
            optional(
                "force_delete",
                Type::Bool,
                "Whether images that are still in the repository are deleted with it.",
            )
            .default(false),
            optional(
                "image_tag_mutability",
                Type::String,
                "Whether a tag can be put on another image.",
            )
            .default("MUTABLE")
            .validate(one_of!("MUTABLE", "IMMUTABLE")),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [
            NestedBlock::new(
                "encryption_configuration",
                Nesting::List,
                Block::new(
                    [
                        optional("encryption_type", Type::String, "`AES256` or `KMS`.")
                            .default("AES256")
                            .force_new()
                            .validate(one_of!("AES256", "KMS", "KMS_DSSE")),
                        optional_computed("kms_key", Type::String, "The ARN of the KMS key.")
                            .force_new(),
                    ],
                    [],
                ),
            )
            .max(1)
            .computed()
            .force_new()
            .describe("How images are encrypted."),
            NestedBlock::one(
                "image_scanning_configuration",
                Block::new(
                    [required(
                        "scan_on_push",
                        Type::Bool,
                        "Whether images are scanned when they are pushed.",
                    )],
                    [],
                ),
            )
            .computed()
            .describe("Whether images are searched for what is known to be vulnerable."),
            timeouts_block(&["delete"]),
        ],
    )
    .holds("the repository with all images in it")
    .import_id("name")
}

/// Source: `CreateRepository`, ECR API 2015-09-21.
fn name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str() else { return Ok(()) };
    if !(2..=256).contains(&name.len()) {
        return Err(format!("it must have 2 to 256 characters, and has {}.", name.len()));
    }
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
    match name.chars().find(|c| !is_allowed(*c)) {
        Some(c) => Err(format!("{c:?} is not allowed; small letters, digits and any of ._-/ are.")),
        None => Ok(()),
    }
}

#[cfg(feature = "ecr")]
pub(super) mod live {
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::time::Duration;

    use aws_sdk_ecr::types::{
        EncryptionConfiguration, ImageScanningConfiguration, ImageTagMutability,
        Repository as Description, Tag,
    };

    use crate::toolkit::prelude::*;
    use crate::toolkit::{list_for, listed, read_listed, timeouts};

    /// From how many repositories on all are asked for, a thousand with a call.
    const BATCH_MIN: usize = 4;
    const DELETE_TIMEOUT: Duration = Duration::from_mins(20);

    pub(in crate::ecr) struct Repository;

    #[async_trait]
    impl ResourceType for Repository {
        const NAME: &'static str = "aws_ecr_repository";
        const TELLING: &'static [&'static str] = &["encryption_configuration"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let encryption = new.planned.block("encryption_configuration").map(|block| {
                build!(
                    EncryptionConfiguration, block,
                    set_encryption_type = word "encryption_type",
                    set_kms_key = text "kms_key",
                )
                .complete()
            });
            let call = fill!(
                client.ecr().create_repository(), new.planned,
                set_repository_name = string "name",
                set_image_tag_mutability = word "image_tag_mutability",
            );
            let call = call.set_encryption_configuration(encryption.transpose()?);
            let call = call.set_image_scanning_configuration(scanning(new.planned));
            let call = call.set_tags(client.tags.of_new::<Tag>(new.planned.value())?);
            call.send().await.of("ecr:CreateRepository")?;
            Ok(new.planned.str_or_empty("name").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            match describe(client, View::new(known).str_or_empty("id")).await? {
                Some(found) => with_tags(client, known, &found).await,
                None => Ok(None),
            }
        }

        /// One list for many: of several names, one that does not exist fails the call. Tags they have to be asked for
        /// one by one.
        async fn read_many(
            &self,
            client: &AwsClients,
            requests: Vec<ReadRequest>,
        ) -> Vec<OpResult<Option<Value>>> {
            let list = list_for(&requests, BATCH_MIN, all(client)).await;
            read_listed(&requests, &list, |known, all| async move {
                match all.get(View::new(known).str_or_empty("id")) {
                    Some(found) => with_tags(client, known, found).await,
                    None => self.read(client, known).await,
                }
            })
            .await
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let name = change.id();
            if change.of(&["image_tag_mutability"]) {
                let call = client.ecr().put_image_tag_mutability().repository_name(name);
                let word = change.planned.word("image_tag_mutability");
                call.set_image_tag_mutability(word).send().await.of("ecr:PutImageTagMutability")?;
            }
            if change.of(&["image_scanning_configuration"]) {
                let call = client.ecr().put_image_scanning_configuration().repository_name(name);
                let call = call.set_image_scanning_configuration(scanning(change.planned));
                call.send().await.of("ecr:PutImageScanningConfiguration")?;
            }
            Ok(())
        }

        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let arn = object.str_or_empty("arn");
            if let Some(keys) = tags.removed() {
                let call = client.ecr().untag_resource().resource_arn(arn);
                call.set_tag_keys(Some(keys)).send().await.of("ecr:UntagResource")?;
            }
            if let Some(set) = tags.set::<Tag>()? {
                let call = client.ecr().tag_resource().resource_arn(arn);
                call.set_tags(Some(set)).send().await.of("ecr:TagResource")?;
            }
            Ok(())
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let name = object.str_or_empty("id");
            let call = client.ecr().delete_repository().repository_name(name);
            let call = call.set_force(object.bool("force_delete"));
            match call.send().await.of("ecr:DeleteRepository") {
                Err(error) if error.code.as_deref() == Some("RepositoryNotEmptyException") => {
                    let message = format!(
                        "There are images in the repository {name}. Delete them, or apply \
                         `force_delete = true` before it is destroyed."
                    );
                    return Err(OpError { message, ..error });
                }
                answer => answer?,
            };
            let timeout = timeouts(object.value(), "delete", DELETE_TIMEOUT);
            Wait::new(format!("{name} to be deleted"), timeout)
                .until_gone(|| async {
                    Ok(describe(client, name).await?.map(|_| "found".to_owned()))
                })
                .await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("name"))
        }
    }

    fn scanning(planned: View<'_>) -> Option<ImageScanningConfiguration> {
        let block = planned.block("image_scanning_configuration")?;
        Some(build!(ImageScanningConfiguration, block, set_scan_on_push = bool "scan_on_push"))
    }

    /// All repositories of the account's registry by name.
    async fn all(client: &AwsClients) -> OpResult<Arc<HashMap<String, Description>>> {
        let ask = async {
            let call = client.ecr().describe_repositories().max_results(1000);
            let found = call.into_paginator().items().send().try_collect().await;
            let found: Vec<Description> = found.of("ecr:DescribeRepositories")?;
            let by_name = found.into_iter();
            Ok(by_name.filter_map(|it| Some((it.repository_name.clone()?, it))).collect())
        };
        listed(&client.gathering, "ecr:DescribeRepositories", ask).await
    }

    async fn with_tags(
        client: &AwsClients,
        known: &Value,
        found: &Description,
    ) -> OpResult<Option<Value>> {
        let arn = found.repository_arn().unwrap_or_default();
        let tags = client.ecr().list_tags_for_resource().resource_arn(arn).send().await;
        let Some(tags) = tags.if_found("ecr:ListTagsForResource")? else { return Ok(None) };
        let mut draft = Draft::from(known);
        draft
            .set("id", found.repository_name())
            .set("name", found.repository_name())
            .set("arn", arn)
            .set("registry_id", found.registry_id())
            .set("repository_url", found.repository_uri())
            .set(
                "image_tag_mutability",
                found.image_tag_mutability().map(ImageTagMutability::as_str),
            )
            .each("encryption_configuration", found.encryption_configuration(), |block, it| {
                block.set("encryption_type", it.encryption_type().as_str());
                block.set("kms_key", it.kms_key());
            })
            .each(
                "image_scanning_configuration",
                found.image_scanning_configuration(),
                |block, it| {
                    block.set("scan_on_push", it.scan_on_push());
                },
            );
        client.tags.show(&mut draft, pairs(tags.tags()));
        Ok(Some(draft.finish()))
    }

    async fn describe(client: &AwsClients, name: &str) -> OpResult<Option<Description>> {
        let answer = client.ecr().describe_repositories().repository_names(name).send().await;
        let found = answer.if_found("ecr:DescribeRepositories")?;
        Ok(found.and_then(|found| found.repositories?.into_iter().next()))
    }
}
