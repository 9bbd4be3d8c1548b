//! `aws_s3_bucket`, the data source: a bucket that is there.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::{computed, required};

pub(super) fn schema() -> Schema {
    Schema::new(
        "A bucket that is there.",
        [
            computed("id", Type::String, "The bucket's name."),
            required("bucket", Type::String, "The bucket's name."),
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
            computed(
                "website_domain",
                Type::String,
                "The domain of the bucket's web site, for aliases.",
            ),
            computed("website_endpoint", Type::String, "The address of the bucket's web site."),
        ],
        [],
    )
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use zw_provider::DataSource;

    use crate::s3::place::live::{region_of, show};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{dns_suffix, partition};

    /// Regions whose endpoint for web sites has a dash before the region. Source: as `HOSTED_ZONES`.
    const WITH_DASH: [&str; 9] = [
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-west-1",
        "sa-east-1",
        "us-east-1",
        "us-gov-west-1",
        "us-west-1",
        "us-west-2",
    ];

    pub(in crate::s3) struct BucketData;

    #[async_trait]
    impl DataSource<AwsClients> for BucketData {
        async fn read(&self, client: &AwsClients, config: &Value) -> OpResult<Value> {
            let bucket = View::new(config).str_or_empty("bucket");
            let region = region_of(client, bucket).await?.ok_or_else(|| {
                OpError::new(OpErrorKind::NotFound, format!("There is no bucket {bucket:?}."))
            })?;
            let site = client.s3().get_bucket_website().bucket(bucket).send().await;
            let site = site.if_found("s3:GetBucketWebsite")?.map(|_| {
                let dash = if WITH_DASH.contains(&region.as_str()) { '-' } else { '.' };
                format!("s3-website{dash}{region}.{}", dns_suffix(partition(&region)))
            });
            let mut draft = Draft::answering(config);
            show(&mut draft, bucket, &region);
            draft
                .set("website_endpoint", site.as_ref().map(|site| format!("{bucket}.{site}")))
                .set("website_domain", site);
            Ok(draft.finish())
        }
    }
}
