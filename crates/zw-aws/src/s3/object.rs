//! `aws_s3_object`: an object in a bucket.

use zw_lang::{Type, Value};
use zw_provider::schema::{Block, NestedBlock, Schema};
use zw_provider::{OpError, OpResult, PlanRequest, Planned, View};

use crate::toolkit::validate::{exclusive, not_empty, one_of};
use crate::toolkit::{
    Draft, Tags, changes, computed, forget, optional, optional_computed, required, tag_attributes,
};

/// Whatever is told to S3 together with the content.
const CONTENT: [&str; 17] = [
    "bucket_key_enabled",
    "cache_control",
    "checksum_algorithm",
    "content",
    "content_base64",
    "content_disposition",
    "content_encoding",
    "content_language",
    "content_type",
    "etag",
    "kms_key_id",
    "metadata",
    "server_side_encryption",
    "source",
    "source_hash",
    "storage_class",
    "website_redirect",
];

const CHECKSUMS: [&str; 5] =
    ["checksum_crc32", "checksum_crc32c", "checksum_crc64nvme", "checksum_sha1", "checksum_sha256"];

pub(super) fn schema() -> Schema {
    let checksums =
        CHECKSUMS.map(|name| computed(name, Type::String, "A checksum, if there is one."));
    let tags = optional("tags", Type::map(Type::String), "The tags.");
    Schema::new(
        "An object in a bucket.",
        [
            computed("id", Type::String, "The object's key."),
            computed("arn", Type::String, "The object's ARN."),
            computed(
                "version_id",
                Type::String,
                "The object's version, in a bucket with versions.",
            ),
            required("bucket", Type::String, "The bucket.").force_new().validate(not_empty),
            required("key", Type::String, "The key.").force_new().validate(not_empty),
            optional("source", Type::String, "The file with the content."),
            optional("content", Type::String, "The content, as text."),
            optional("content_base64", Type::String, "The content, in base64."),
            optional("source_hash", Type::String, "To be changed along with the file."),
            optional_computed("etag", Type::String, "The MD5 sum, unless KMS encrypts the object."),
            optional_computed("acl", Type::String, "Who may do what with the object, in a word.")
                .validate(one_of!(
                    "private",
                    "public-read",
                    "public-read-write",
                    "authenticated-read",
                    "aws-exec-read",
                    "bucket-owner-read",
                    "bucket-owner-full-control",
                )),
            optional_computed(
                "bucket_key_enabled",
                Type::Bool,
                "Whether a key of the bucket spares calls of KMS.",
            ),
            optional("cache_control", Type::String, "The header `Cache-Control`."),
            optional("checksum_algorithm", Type::String, "Which checksum S3 keeps.")
                .validate(one_of!("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME")),
            optional("content_disposition", Type::String, "The header `Content-Disposition`."),
            optional("content_encoding", Type::String, "The header `Content-Encoding`."),
            optional("content_language", Type::String, "The header `Content-Language`."),
            optional_computed("content_type", Type::String, "The header `Content-Type`."),
            optional(
                "force_destroy",
                Type::Bool,
                "Whether the object is deleted even if it is locked by governance or a legal hold.",
            )
            .default(false),
            optional_computed("kms_key_id", Type::String, "The ARN of the KMS key."),
            optional("metadata", Type::map(Type::String), "Headers of one's own."),
            optional("object_lock_legal_hold_status", Type::String, "`ON` or `OFF`.")
                .validate(one_of!("ON", "OFF")),
            optional("object_lock_mode", Type::String, "`GOVERNANCE` or `COMPLIANCE`.")
                .validate(one_of!("GOVERNANCE", "COMPLIANCE")),
            optional(
                "object_lock_retain_until_date",
                Type::String,
                "Until when it cannot be deleted.",
            ),
            optional_computed(
                "server_side_encryption",
                Type::String,
                "How the object is encrypted.",
            )
            .validate(one_of!("AES256", "aws:kms", "aws:kms:dsse", "aws:fsx")),
            optional_computed("storage_class", Type::String, "The storage class."),
            optional(
                "website_redirect",
                Type::String,
                "Where the bucket's web site leads from here.",
            ),
        ]
        .into_iter()
        .chain(checksums)
        .chain(tag_attributes()),
        [NestedBlock::one(
            "override_provider",
            Block::new(
                [],
                [NestedBlock::one("default_tags", Block::new([tags], []))
                    .describe("Tags instead of the provider's `default_tags`.")],
            ),
        )
        .describe("What is otherwise than the provider's block says.")],
    )
    .holds("the object with all its versions")
    .import_id("bucket/key")
}

/// New content has another sum and is another version; and the tags may be others than the provider's.
pub(super) fn plan(request: PlanRequest<'_>) -> OpResult<Planned> {
    let mut planned = Tags::planned(&request);
    let own = View::new(request.planned).block("override_provider");
    if let Some(own) = own.and_then(|own| own.block("default_tags")) {
        let tags = View::new(request.planned).string_map("tags");
        let all = own.string_map("tags").into_iter().chain(tags);
        let all: std::collections::BTreeMap<_, _> = all.collect();
        let mut draft = Draft::from(&planned);
        draft.map("tags_all", all);
        planned = draft.into_planned();
    }
    if changes(&request, &CONTENT) {
        planned = forget(&request, &planned, &["etag", "version_id"]);
        planned = forget(&request, &planned, &CHECKSUMS);
    }
    Ok(Planned::unchanged(planned))
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(
        config,
        &[
            ("source", "content"),
            ("source", "content_base64"),
            ("content", "content_base64"),
            ("etag", "kms_key_id"),
        ],
    )
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use aws_sdk_s3::primitives::ByteStream;
    use aws_sdk_s3::types::{
        ChecksumMode, ObjectLockLegalHold, ObjectLockRetention, ServerSideEncryption, StorageClass,
        Tag, Tagging,
    };
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use zw_lang::Path;

    use super::CONTENT;
    use crate::toolkit::prelude::*;
    use crate::toolkit::{parsed_time, partition};

    pub(in crate::s3) struct Object;

    #[async_trait]
    impl ResourceType for Object {
        const NAME: &'static str = "aws_s3_object";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            put(client, new.planned).await?;
            Ok(new.planned.str_or_empty("key").to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let object = View::new(known);
            let (bucket, key) = (object.str_or_empty("bucket"), object.str_or_empty("key"));
            let call = client.s3().head_object().bucket(bucket).key(key);
            let found = call.checksum_mode(ChecksumMode::Enabled).send().await;
            let Some(found) = found.if_found("s3:HeadObject")? else { return Ok(None) };
            let tags = client.s3().get_object_tagging().bucket(bucket).key(key).send().await;
            let Some(tags) = tags.if_found("s3:GetObjectTagging")? else { return Ok(None) };
            let partition = partition(&client.region);
            let encryption = found.server_side_encryption();
            let mut draft = Draft::from(known);
            draft
                .set("id", key)
                .set("arn", format!("arn:{partition}:s3:::{bucket}/{key}"))
                .set("version_id", found.version_id())
                .set("etag", found.e_tag().map(|sum| sum.trim_matches('"')))
                .set("bucket_key_enabled", found.bucket_key_enabled())
                .set("cache_control", found.cache_control())
                .set("content_disposition", found.content_disposition())
                .set("content_encoding", found.content_encoding())
                .set("content_language", found.content_language())
                .set("content_type", found.content_type())
                .set("kms_key_id", found.ssekms_key_id())
                .map("metadata", found.metadata().into_iter().flatten())
                .word("object_lock_legal_hold_status", found.object_lock_legal_hold_status())
                .word("object_lock_mode", found.object_lock_mode())
                .set(
                    "object_lock_retain_until_date",
                    found.object_lock_retain_until_date().and_then(rfc3339),
                )
                .set("server_side_encryption", encryption.map(ServerSideEncryption::as_str))
                .set(
                    "storage_class",
                    found.storage_class().unwrap_or(&StorageClass::Standard).as_str(),
                )
                .set("website_redirect", found.website_redirect_location())
                .set("checksum_crc32", found.checksum_crc32())
                .set("checksum_crc32c", found.checksum_crc32_c())
                .set("checksum_crc64nvme", found.checksum_crc64_nvme())
                .set("checksum_sha1", found.checksum_sha1())
                .set("checksum_sha256", found.checksum_sha256());
            client.tags.show(&mut draft, pairs(tags.tag_set()));
            Ok(Some(draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            let planned = change.planned;
            // Whatever is put anew is another object, with all that belongs to it.
            if change.of(&CONTENT) {
                return put(client, planned).await;
            }
            let bucket = planned.str_or_empty("bucket");
            let key = planned.str_or_empty("key");
            if change.of(&["acl"]) {
                let call = client.s3().put_object_acl().bucket(bucket).key(key);
                let call = call.set_acl(planned.word("acl"));
                call.send().await.of("s3:PutObjectAcl")?;
            }
            if change.of(&["object_lock_legal_hold_status"]) {
                let hold = build!(
                    ObjectLockLegalHold, planned,
                    set_status = word "object_lock_legal_hold_status",
                );
                let call = client.s3().put_object_legal_hold().bucket(bucket).key(key);
                call.legal_hold(hold).send().await.of("s3:PutObjectLegalHold")?;
            }
            if change.of(&["object_lock_mode", "object_lock_retain_until_date"]) {
                let until = retain_until(planned)?;
                let retention = ObjectLockRetention::builder().set_retain_until_date(until);
                let retention = retention.set_mode(planned.word("object_lock_mode")).build();
                let call = client.s3().put_object_retention().bucket(bucket).key(key);
                // To let go earlier than was said takes a word more.
                let call = call.bypass_governance_retention(true).retention(retention);
                call.send().await.of("s3:PutObjectRetention")?;
            }
            Ok(())
        }

        /// The tags are put as a whole.
        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let (bucket, key) = (object.str_or_empty("bucket"), object.str_or_empty("key"));
            let found = client.s3().get_object_tagging().bucket(bucket).key(key).send().await;
            let found = found.of("s3:GetObjectTagging")?.tag_set;
            let is_kept = |tag: &Tag| {
                !tags.removed.contains(&tag.key) && !tags.set.iter().any(|(key, _)| *key == tag.key)
            };
            let mut all: Vec<Tag> = found.into_iter().filter(is_kept).collect();
            all.extend(tags.set::<Tag>()?.unwrap_or_default());
            let tagging = Tagging::builder().set_tag_set(Some(all)).build().complete()?;
            let call = client.s3().put_object_tagging().bucket(bucket).key(key);
            call.tagging(tagging).send().await.of("s3:PutObjectTagging").map(drop)
        }

        /// All versions go: what is left of them would keep the bucket from being deleted.
        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let (bucket, key) = (object.str_or_empty("bucket"), object.str_or_empty("key"));
            let forces = object.bool("force_destroy") == Some(true);
            let delete = |version: Option<String>| {
                let call = client.s3().delete_object().bucket(bucket).key(key);
                let call = call.set_version_id(version);
                call.set_bypass_governance_retention(forces.then_some(true))
            };
            if object.text("version_id").is_none() {
                return delete(None).send().await.if_found("s3:DeleteObject").map(drop);
            }
            let call = client.s3().list_object_versions().bucket(bucket).prefix(key);
            let Some(page) = call.send().await.if_found("s3:ListObjectVersions")? else {
                return Ok(());
            };
            let versions = page.versions().iter().map(|it| (it.key(), it.version_id()));
            let markers = page.delete_markers().iter().map(|it| (it.key(), it.version_id()));
            for (_, version) in versions.chain(markers).filter(|(found, _)| *found == Some(key)) {
                let call = delete(version.map(str::to_owned));
                call.send().await.if_found("s3:DeleteObject")?;
            }
            Ok(())
        }

        /// What is there may be older; to put it again does no harm.
        async fn find(&self, _: &AwsClients, _: &New<'_>) -> OpResult<Option<String>> {
            Ok(None)
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let path = id.strip_prefix("s3://").unwrap_or(id);
            let Some((bucket, key)) = path.split_once('/') else {
                let message = format!("{id:?} is not of the form BUCKET/KEY.");
                return Err(OpError::invalid(Path::attr_of_root("id"), message));
            };
            object.set("id", key).set("bucket", bucket).set("key", key);
            Ok(())
        }
    }

    async fn put(client: &AwsClients, planned: View<'_>) -> OpResult<()> {
        let tags = planned.string_map("tags_all").into_iter();
        let tags = tags.map(|(key, value)| format!("{}={}", encoded(&key), encoded(&value)));
        let tags: Vec<String> = tags.collect();
        let metadata = planned.string_map("metadata").into_iter();
        let metadata = metadata.map(|(key, value)| (key.into(), value.into())).collect();
        let call = fill!(
            client.s3().put_object(), planned,
            set_bucket = string "bucket",
            set_key = string "key",
            set_acl = word "acl",
            set_bucket_key_enabled = bool "bucket_key_enabled",
            set_cache_control = text "cache_control",
            set_checksum_algorithm = word "checksum_algorithm",
            set_content_disposition = text "content_disposition",
            set_content_encoding = text "content_encoding",
            set_content_language = text "content_language",
            set_content_type = text "content_type",
            set_ssekms_key_id = text "kms_key_id",
            set_object_lock_legal_hold_status = word "object_lock_legal_hold_status",
            set_object_lock_mode = word "object_lock_mode",
            set_server_side_encryption = word "server_side_encryption",
            set_storage_class = word "storage_class",
            set_website_redirect_location = text "website_redirect",
        );
        call.set_object_lock_retain_until_date(retain_until(planned)?)
            .set_metadata(Some(metadata))
            .set_tagging(Some(tags.join("&")).filter(|tags| !tags.is_empty()))
            .body(content(planned).await?)
            .send()
            .await
            .of("s3:PutObject")
            .map(drop)
    }

    async fn content(planned: View<'_>) -> OpResult<ByteStream> {
        let wrong =
            |name: &str, message: String| OpError::invalid(Path::attr_of_root(name), message);
        if let Some(path) = planned.text("source") {
            let stream = ByteStream::from_path(&path).await;
            return stream.map_err(|error| {
                wrong("source", format!("the file {path} cannot be read: {error}."))
            });
        }
        if let Some(text) = planned.str("content_base64") {
            let bytes = STANDARD.decode(text);
            let bytes = bytes.map_err(|_| wrong("content_base64", "it is not base64.".into()))?;
            return Ok(ByteStream::from(bytes));
        }
        Ok(ByteStream::from(planned.str_or_empty("content").as_bytes().to_vec()))
    }

    fn retain_until(planned: View<'_>) -> OpResult<Option<aws_smithy_types::DateTime>> {
        let text = planned.text("object_lock_retain_until_date");
        text.map(|text| parsed_time(&text)).transpose()
    }

    /// A part of a query.
    fn encoded(text: &str) -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let parts = text.bytes().map(|byte| match byte {
            byte if is_plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        parts.collect()
    }
}
