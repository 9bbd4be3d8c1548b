//! `aws_s3_bucket`: what objects are kept in.
//!
//! What the Terraform provider has as deprecated arguments and blocks here (`acl`, `versioning`, `lifecycle_rule` and
//! more) are resource types of their own, and only that.

use zw_lang::{Type, Value};
use zw_provider::OpError;
use zw_provider::schema::Schema;

use crate::toolkit::validate::exclusive;
use crate::toolkit::{computed, optional, optional_computed, tag_attributes, timeouts_block};

pub(super) fn schema() -> Schema {
    Schema::new(
        "What objects are kept in.",
        [
            computed("id", Type::String, "The bucket's name."),
            computed("arn", Type::String, "The bucket's ARN."),
            computed("region", Type::String, "The region that the bucket is in."),
            computed("bucket_domain_name", Type::String, "The name of the bucket in DNS."),
            computed(
                "bucket_regional_domain_name",
                Type::String,
                "The name of the bucket in DNS, with its region.",
            ),
            computed(
                "hosted_zone_id",
                Type::String,
                "Route 53's zone of the region's endpoint for web sites.",
            ),
            optional_computed("bucket", Type::String, "The name; generated if it is not given.")
                .force_new()
                .validate(name),
            optional_computed("bucket_prefix", Type::String, "What a generated name begins with.")
                .force_new(),
            optional(
                "force_destroy",
                Type::Bool,
                "Whether objects that are still in the bucket are deleted with it.",
            )
            .default(false),
            optional_computed(
                "object_lock_enabled",
                Type::Bool,
                "Whether objects can be protected from being deleted.",
            )
            .force_new(),
        ]
        .into_iter()
        .chain(tag_attributes()),
        [timeouts_block(&["create", "read", "update", "delete"])],
    )
    .holds("the bucket with all objects in it")
    .import_id("bucket")
}

/// Source: "General purpose bucket naming rules", Amazon S3 User Guide.
fn name(value: &Value) -> Result<(), String> {
    let Some(name) = value.as_str().filter(|name| !name.is_empty()) else { return Ok(()) };
    if !(3..=63).contains(&name.len()) {
        return Err(format!("it must have 3 to 63 characters, and has {}.", name.len()));
    }
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    match name.chars().find(|c| !(is_end(*c) || matches!(c, '-' | '.'))) {
        Some(c) => {
            return Err(format!("{c:?} is not allowed; small letters, digits, - and . are."));
        }
        None if !name.starts_with(is_end) || !name.ends_with(is_end) => {
            return Err("it must begin and end with a small letter or a digit.".into());
        }
        None => {}
    }
    if name.contains("..") || name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("it must be neither an address nor have two dots in a row.".into());
    }
    Ok(())
}

/// Refuses what cannot be together.
pub(super) fn validate(config: &Value) -> Vec<OpError> {
    exclusive(config, &[("bucket", "bucket_prefix")])
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_s3::types::{
        BucketLocationConstraint, CreateBucketConfiguration, Delete, ObjectIdentifier,
        ObjectLockEnabled, Tag, Tagging,
    };

    use crate::s3::live::may_pass;
    use crate::s3::place::live::{region_of, show};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{prefix_of, timeouts};

    const CREATE_TIMEOUT: Duration = Duration::from_mins(20);
    const DELETE_TIMEOUT: Duration = Duration::from_hours(1);

    /// The region that is meant when none is named.
    const FIRST_REGION: &str = "us-east-1";

    pub(in crate::s3) struct Bucket;

    #[async_trait]
    impl ResourceType for Bucket {
        const NAME: &'static str = "aws_s3_bucket";
        const TELLING: &'static [&'static str] = &["object_lock_enabled"];

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let bucket = name(new);
            let place = (client.region != FIRST_REGION).then(|| {
                let region = BucketLocationConstraint::from(client.region.as_str());
                CreateBucketConfiguration::builder().location_constraint(region).build()
            });
            let timeout = timeouts(new.planned.value(), "create", CREATE_TIMEOUT);
            // A bucket of this name may be on its way out.
            Wait::new(format!("the bucket name {bucket} to be free"), timeout)
                .until_done(
                    |error| error.code.as_deref() == Some("OperationAborted"),
                    || async {
                        let call = client.s3().create_bucket().bucket(&bucket);
                        let call = call.set_create_bucket_configuration(place.clone());
                        let locks = new.planned.bool("object_lock_enabled");
                        let call = call.set_object_lock_enabled_for_bucket(locks);
                        call.send().await.of("s3:CreateBucket")
                    },
                )
                .await?;
            Ok(bucket)
        }

        async fn complete(&self, client: &AwsClients, id: &str, new: &New<'_>) -> OpResult<()> {
            match client.tags.of_new::<Tag>(new.planned.value())? {
                Some(tags) => put_tags(client, id, tags).await,
                None => Ok(()),
            }
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let bucket = View::new(known).str_or_empty("id");
            let Some(region) = region_of(client, bucket).await? else { return Ok(None) };
            let lock = client.s3().get_object_lock_configuration().bucket(bucket).send().await;
            let lock = lock.if_found("s3:GetObjectLockConfiguration")?;
            let lock = lock.and_then(|lock| lock.object_lock_configuration);
            let lock = lock.and_then(|lock| lock.object_lock_enabled);
            let tags = tags(client, bucket).await?;
            let mut draft = Draft::from(known);
            show(&mut draft, bucket, &region);
            draft
                .set("bucket_prefix", prefix_of(bucket))
                .set("object_lock_enabled", lock == Some(ObjectLockEnabled::Enabled));
            client.tags.show(&mut draft, pairs(&tags));
            Ok(Some(draft.finish()))
        }

        /// Nothing but tags is told to S3.
        async fn update(&self, _: &AwsClients, _: &Change<'_>) -> OpResult<()> {
            Ok(())
        }

        /// The tags are put as a whole: those that are not ours stay as they are.
        async fn retag(
            &self,
            client: &AwsClients,
            object: View<'_>,
            tags: TagChange,
        ) -> OpResult<()> {
            let bucket = object.str_or_empty("id");
            let is_kept = |tag: &Tag| {
                !tags.removed.contains(&tag.key) && !tags.set.iter().any(|(key, _)| *key == tag.key)
            };
            let found = self::tags(client, bucket).await?;
            let mut all: Vec<Tag> = found.into_iter().filter(is_kept).collect();
            all.extend(tags.set::<Tag>()?.unwrap_or_default());
            if all.is_empty() {
                let call = client.s3().delete_bucket_tagging().bucket(bucket);
                return call.send().await.of("s3:DeleteBucketTagging").map(drop);
            }
            put_tags(client, bucket, all).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            let bucket = object.str_or_empty("id");
            if object.bool("force_destroy") == Some(true) {
                empty(client, bucket).await?;
            }
            match client.s3().delete_bucket().bucket(bucket).send().await.of("s3:DeleteBucket") {
                Err(error) if error.code.as_deref() == Some("BucketNotEmpty") => {
                    let message = format!(
                        "There are objects in the bucket {bucket}. Delete them, or apply \
                         `force_destroy = true` before it is destroyed."
                    );
                    Err(OpError { message, ..error })
                }
                answer => answer.map(drop),
            }?;
            let timeout = timeouts(object.value(), "delete", DELETE_TIMEOUT);
            Wait::new(format!("{bucket} to be deleted"), timeout)
                .until_gone(|| async {
                    Ok(region_of(client, bucket).await?.map(|_| "found".to_owned()))
                })
                .await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(name(new)))
        }
    }

    fn name(new: &New<'_>) -> String {
        new.named("bucket", "bucket_prefix")
    }

    async fn tags(client: &AwsClients, bucket: &str) -> OpResult<Vec<Tag>> {
        let answer = client.s3().get_bucket_tagging().bucket(bucket).send().await;
        let found = answer.if_found("s3:GetBucketTagging")?;
        Ok(found.map(|found| found.tag_set).unwrap_or_default())
    }

    async fn put_tags(client: &AwsClients, bucket: &str, tags: Vec<Tag>) -> OpResult<()> {
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build().complete()?;
        Wait::new(format!("the bucket {bucket} to be known"), Duration::from_mins(2))
            .until_done(may_pass, || async {
                let call = client.s3().put_bucket_tagging().bucket(bucket);
                call.tagging(tagging.clone()).send().await.of("s3:PutBucketTagging").map(drop)
            })
            .await
    }

    /// Deletes all versions of all objects, a thousand with a call.
    async fn empty(client: &AwsClients, bucket: &str) -> OpResult<()> {
        loop {
            let page = client.s3().list_object_versions().bucket(bucket).send().await;
            let Some(page) = page.if_found("s3:ListObjectVersions")? else { return Ok(()) };
            let versions = page.versions().iter().map(|found| (found.key(), found.version_id()));
            let markers = page.delete_markers().iter();
            let markers = markers.map(|found| (found.key(), found.version_id()));
            let objects = versions.chain(markers).map(|(key, version)| {
                let object = ObjectIdentifier::builder().set_key(key.map(str::to_owned));
                object.set_version_id(version.map(str::to_owned)).build().complete()
            });
            let objects = objects.collect::<OpResult<Vec<_>>>()?;
            if objects.is_empty() {
                return Ok(());
            }
            let delete = Delete::builder().set_objects(Some(objects)).quiet(true);
            let call = client.s3().delete_objects().bucket(bucket);
            let answer = call.delete(delete.build().complete()?).send().await;
            let answer = answer.of("s3:DeleteObjects")?;
            // What could not be deleted would be found again for ever.
            if let Some(error) = answer.errors().first() {
                let what = error.key().unwrap_or_default();
                let why = error.message().or(error.code()).unwrap_or_default();
                let message = format!("{what} in the bucket {bucket} cannot be deleted: {why}");
                return Err(OpError::new(OpErrorKind::Other, message).operation("s3:DeleteObjects"));
            }
        }
    }
}
