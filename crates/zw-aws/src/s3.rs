//! S3: buckets, what is set of them one thing at a time, and objects.

mod bucket;
mod bucket_cors_configuration;
mod bucket_data;
mod bucket_lifecycle_configuration;
mod bucket_logging;
mod bucket_ownership_controls;
mod bucket_policy;
mod bucket_public_access_block;
mod bucket_replication_configuration;
mod bucket_server_side_encryption_configuration;
mod bucket_versioning;
mod object;
mod place;

use zw_lang::Type;
use zw_provider::Catalog;
use zw_provider::schema::Attribute;

use crate::toolkit::validate::length;
use crate::toolkit::{computed, optional, required};

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_s3_bucket", bucket::schema())
        .validate_hook("aws_s3_bucket", bucket::validate)
        .resource("aws_s3_bucket_cors_configuration", bucket_cors_configuration::schema())
        .resource("aws_s3_bucket_lifecycle_configuration", bucket_lifecycle_configuration::schema())
        .resource("aws_s3_bucket_logging", bucket_logging::schema())
        .resource("aws_s3_bucket_ownership_controls", bucket_ownership_controls::schema())
        .resource("aws_s3_bucket_policy", bucket_policy::schema())
        .resource("aws_s3_bucket_public_access_block", bucket_public_access_block::schema())
        .resource(
            "aws_s3_bucket_replication_configuration",
            bucket_replication_configuration::schema(),
        )
        .resource(
            "aws_s3_bucket_server_side_encryption_configuration",
            bucket_server_side_encryption_configuration::schema(),
        )
        .resource("aws_s3_bucket_versioning", bucket_versioning::schema())
        .resource("aws_s3_object", object::schema())
        .plan_hook("aws_s3_object", object::plan)
        .validate_hook("aws_s3_object", object::validate)
        .data_source("aws_s3_bucket", bucket_data::schema());
}

/// `id` and `bucket` of what is set of a bucket.
fn bucket_attributes() -> [Attribute; 2] {
    [
        computed(
            "id",
            Type::String,
            "The bucket, and the account that must own it, if one is named.",
        ),
        required("bucket", Type::String, "The bucket.").force_new().validate(length::<1, 63>),
    ]
}

/// The account that must own the bucket.
fn owner_attribute() -> Attribute {
    optional("expected_bucket_owner", Type::String, "The account that must own the bucket.")
        .force_new()
        .validate(length::<12, 12>)
}

#[cfg(feature = "s3")]
pub(crate) use live::operations;

#[cfg(feature = "s3")]
mod live {
    //! What all types of S3 have in common.

    use std::time::Duration;

    use zw_provider::Operations;

    use super::{
        bucket, bucket_cors_configuration, bucket_data, bucket_lifecycle_configuration,
        bucket_logging, bucket_ownership_controls, bucket_policy, bucket_public_access_block,
        bucket_replication_configuration, bucket_server_side_encryption_configuration,
        bucket_versioning, object,
    };
    use crate::toolkit::prelude::*;
    use crate::toolkit::{Register, sdk_tag};

    sdk_tag!(aws_sdk_s3::types::Tag);

    /// How long it may take until a new bucket is known everywhere.
    const PROPAGATION_TIMEOUT: Duration = Duration::from_mins(2);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(bucket::live::Bucket)
            .add(Part(bucket_cors_configuration::live::CorsConfiguration))
            .add(Part(bucket_lifecycle_configuration::live::LifecycleConfiguration))
            .add(Part(bucket_logging::live::Logging))
            .add(Part(bucket_ownership_controls::live::OwnershipControls))
            .add(Part(bucket_policy::live::Policy))
            .add(Part(bucket_public_access_block::live::PublicAccessBlock))
            .add(Part(bucket_replication_configuration::live::ReplicationConfiguration))
            .add(Part(bucket_server_side_encryption_configuration::live::EncryptionConfiguration))
            .add(Part(bucket_versioning::live::Versioning))
            .add(object::live::Object)
            .data_source("aws_s3_bucket", bucket_data::live::BucketData);
    }

    /// Which bucket something is set of.
    #[derive(Clone, Debug)]
    pub(super) struct Whose {
        /// The bucket.
        pub(super) bucket: String,
        /// The account that must own it.
        pub(super) owner: Option<String>,
    }

    impl Whose {
        fn of(object: View<'_>) -> Self {
            let bucket = object.str_or_empty("bucket").to_owned();
            Self { bucket, owner: object.text("expected_bucket_owner") }
        }

        fn id(&self) -> String {
            match &self.owner {
                Some(owner) => format!("{},{owner}", self.bucket),
                None => self.bucket.clone(),
            }
        }
    }

    /// One thing that is set of a bucket as a whole: put, got and deleted.
    #[async_trait]
    pub(super) trait BucketPart: Send + Sync + 'static {
        /// The type's name.
        const NAME: &'static str;

        /// As [`ResourceType::TELLING`].
        const TELLING: &'static [&'static str];

        /// Sets it.
        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()>;

        /// Shows what is set; `false` if nothing is.
        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool>;

        /// Sets it back to what it is without anybody setting it.
        async fn delete(
            &self,
            client: &AwsClients,
            whose: &Whose,
            object: View<'_>,
        ) -> OpResult<()>;
    }

    struct Part<T>(T);

    #[async_trait]
    impl<T: BucketPart> ResourceType for Part<T> {
        const NAME: &'static str = T::NAME;
        const TELLING: &'static [&'static str] = T::TELLING;

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let whose = Whose::of(new.planned);
            put(&self.0, client, &whose, new.planned).await?;
            Ok(whose.id())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let whose = Whose::of(View::new(known));
            let mut draft = Draft::from(known);
            draft.set("id", whose.id());
            let is_there = self.0.get(client, &whose, &mut draft).await?;
            Ok(is_there.then(|| draft.finish()))
        }

        async fn update(&self, client: &AwsClients, change: &Change<'_>) -> OpResult<()> {
            put(&self.0, client, &Whose::of(change.prior), change.planned).await
        }

        async fn delete(&self, client: &AwsClients, object: View<'_>) -> OpResult<()> {
            self.0.delete(client, &Whose::of(object), object).await
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(Some(Whose::of(new.planned).id()))
        }

        fn identify(&self, id: &str, object: &mut Draft) -> OpResult<()> {
            let (bucket, owner) = id.split_once(',').unwrap_or((id, ""));
            object.set("id", id).set("bucket", bucket);
            if !owner.is_empty() && object.get("expected_bucket_owner").is_some() {
                object.set("expected_bucket_owner", owner);
            }
            Ok(())
        }
    }

    /// Puts again as long as the bucket is too new to be known everywhere, or somebody else sets the same.
    async fn put(
        part: &impl BucketPart,
        client: &AwsClients,
        whose: &Whose,
        planned: View<'_>,
    ) -> OpResult<()> {
        Wait::new(format!("the bucket {} to be known", whose.bucket), PROPAGATION_TIMEOUT)
            .until_done(may_pass, || part.put(client, whose, planned))
            .await
    }

    pub(super) fn may_pass(error: &OpError) -> bool {
        matches!(error.code.as_deref(), Some("NoSuchBucket" | "OperationAborted"))
    }
}
