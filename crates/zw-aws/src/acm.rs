//! ACM: certificates.

mod certificate;
mod certificate_validation;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_acm_certificate", certificate::schema())
        .plan_hook("aws_acm_certificate", certificate::plan)
        .validate_hook("aws_acm_certificate", certificate::validate)
        .resource("aws_acm_certificate_validation", certificate_validation::schema());
}

#[cfg(feature = "acm")]
pub(crate) use live::operations;

#[cfg(feature = "acm")]
mod live {
    //! What all types of ACM have in common.

    use aws_sdk_acm::types::CertificateDetail;
    use zw_provider::Operations;

    use super::{certificate, certificate_validation};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{Register, sdk_tag};

    sdk_tag!(aws_sdk_acm::types::Tag);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(certificate::live::Certificate)
            .add(certificate_validation::live::CertificateValidation);
    }

    /// What ACM says of a certificate; `None` if there is none.
    pub(super) async fn describe(
        client: &AwsClients,
        arn: &str,
    ) -> OpResult<Option<CertificateDetail>> {
        let answer = client.acm().describe_certificate().certificate_arn(arn).send().await;
        let found = answer.if_found("acm:DescribeCertificate")?;
        Ok(found.and_then(|found| found.certificate))
    }
}
