//! `aws_s3_bucket_policy`: who may do what with a bucket.

use zw_lang::Type;
use zw_provider::schema::{Equality, Schema};

use super::bucket_attributes;
use crate::toolkit::required;
use crate::toolkit::validate::json;

pub(super) fn schema() -> Schema {
    let policy = required("policy", Type::String, "The policy.");
    Schema::new(
        "Who may do what with a bucket.",
        bucket_attributes().into_iter().chain([policy.equality(Equality::Policy).validate(json)]),
        [],
    )
    .import_id("bucket")
}

#[cfg(feature = "s3")]
pub(super) mod live {
    use std::time::Duration;

    use crate::s3::live::{BucketPart, Whose};
    use crate::toolkit::prelude::*;

    /// How long it may take until a principal is known everywhere.
    const PROPAGATION_TIMEOUT: Duration = Duration::from_mins(2);

    pub(in crate::s3) struct Policy;

    #[async_trait]
    impl BucketPart for Policy {
        const NAME: &'static str = "aws_s3_bucket_policy";
        const TELLING: &'static [&'static str] = &["policy"];

        async fn put(&self, client: &AwsClients, whose: &Whose, planned: View<'_>) -> OpResult<()> {
            let is_principal_new = |error: &OpError| {
                error.code.as_deref() == Some("MalformedPolicy")
                    && error.message.contains("principal")
            };
            Wait::new(format!("the policy of {} to be taken", whose.bucket), PROPAGATION_TIMEOUT)
                .until_done(is_principal_new, || async {
                    let call = client.s3().put_bucket_policy().bucket(&whose.bucket);
                    let call = call.set_policy(planned.text("policy"));
                    call.send().await.of("s3:PutBucketPolicy").map(drop)
                })
                .await
        }

        async fn get(
            &self,
            client: &AwsClients,
            whose: &Whose,
            draft: &mut Draft,
        ) -> OpResult<bool> {
            let call = client.s3().get_bucket_policy().bucket(&whose.bucket);
            let found = call.send().await.if_found("s3:GetBucketPolicy")?;
            let Some(policy) = found.and_then(|found| found.policy) else { return Ok(false) };
            draft.set("policy", policy);
            Ok(true)
        }

        async fn delete(&self, client: &AwsClients, whose: &Whose, _: View<'_>) -> OpResult<()> {
            let call = client.s3().delete_bucket_policy().bucket(&whose.bucket);
            call.send().await.if_found("s3:DeleteBucketPolicy").map(drop)
        }
    }
}
