//! `aws_acm_certificate_validation`: waits until a certificate is issued. There is nothing of it in ACM.

use zw_lang::Type;
use zw_provider::schema::Schema;

use crate::toolkit::validate::arn;
use crate::toolkit::{computed, optional, required, set_of_strings, timeouts_block};

pub(super) fn schema() -> Schema {
    Schema::new(
        "Waits until a certificate is issued.",
        [
            computed("id", Type::String, "The certificate's ARN."),
            required("certificate_arn", Type::String, "The certificate's ARN.")
                .force_new()
                .validate(arn),
            optional(
                "validation_record_fqdns",
                set_of_strings(),
                "Names of the records that show that the names are yours.",
            )
            .force_new(),
        ],
        [timeouts_block(&["create"])],
    )
    .import_id("certificate_arn")
}

#[cfg(feature = "acm")]
pub(super) mod live {
    use std::time::Duration;

    use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, ResourceRecord};

    use crate::acm::live::describe;
    use crate::toolkit::prelude::*;
    use crate::toolkit::timeouts;

    const TIMEOUT: Duration = Duration::from_mins(75);

    pub(in crate::acm) struct CertificateValidation;

    #[async_trait]
    impl ResourceType for CertificateValidation {
        const NAME: &'static str = "aws_acm_certificate_validation";

        async fn create(&self, client: &AwsClients, new: &New<'_>) -> OpResult<String> {
            let arn = new.planned.str_or_empty("certificate_arn");
            check_records(client, arn, new.planned).await?;
            let timeout = timeouts(new.planned.value(), "create", TIMEOUT);
            Wait::new(format!("{arn} to be issued"), timeout)
                .until(|| async {
                    let found = describe(client, arn).await?.promised("certificate")?;
                    match found.status() {
                        Some(CertificateStatus::Issued) => Ok(Progress::Ready(())),
                        Some(CertificateStatus::PendingValidation) => {
                            Ok(Progress::Pending("PENDING_VALIDATION".into()))
                        }
                        state => Err(not_issued(arn, state, &found)),
                    }
                })
                .await?;
            Ok(arn.to_owned())
        }

        async fn read(&self, client: &AwsClients, known: &Value) -> OpResult<Option<Value>> {
            let arn = View::new(known).str_or_empty("id");
            let found = describe(client, arn).await?;
            let is_issued =
                found.is_some_and(|found| found.status() == Some(&CertificateStatus::Issued));
            Ok(is_issued.then(|| {
                let mut draft = Draft::from(known);
                draft.set("id", arn).set("certificate_arn", arn);
                draft.finish()
            }))
        }

        /// A certificate that is issued stays so.
        async fn delete(&self, _: &AwsClients, _: View<'_>) -> OpResult<()> {
            Ok(())
        }

        async fn find(&self, _: &AwsClients, new: &New<'_>) -> OpResult<Option<String>> {
            Ok(new.planned.string("certificate_arn"))
        }
    }

    fn not_issued(
        arn: &str,
        state: Option<&CertificateStatus>,
        found: &CertificateDetail,
    ) -> OpError {
        let state = state.map_or("in no state", |state| state.as_str());
        let why = found.failure_reason().map_or("", |reason| reason.as_str());
        let message = format!("The certificate {arn} is {state}, so it will not be issued. {why}");
        OpError::new(OpErrorKind::Other, message.trim_end())
    }

    /// A name without its record would be waited for in vain.
    async fn check_records(client: &AwsClients, arn: &str, planned: View<'_>) -> OpResult<()> {
        let bare = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        let names = planned.strings("validation_record_fqdns");
        if names.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = names.iter().map(|name| bare(name)).collect();
        let found = describe(client, arn).await?.promised("certificate")?;
        let records = found.domain_validation_options().iter();
        let records = records.filter_map(|it| it.resource_record());
        let missing = records.map(ResourceRecord::name).find(|name| !names.contains(&bare(name)));
        match missing {
            Some(name) => {
                let message = format!("the record {name} of the certificate is not among them.");
                let path = zw_lang::Path::attr_of_root("validation_record_fqdns");
                Err(OpError::invalid(path, message))
            }
            None => Ok(()),
        }
    }
}
