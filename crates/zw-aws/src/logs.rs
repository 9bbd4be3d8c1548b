//! `CloudWatch` Logs.

mod log_group;

use zw_provider::Catalog;

use crate::toolkit::validate::one_name;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_cloudwatch_log_group", log_group::schema())
        .validate_hook("aws_cloudwatch_log_group", one_name);
}

/// What is done with the types.
#[cfg(feature = "cloudwatchlogs")]
pub(crate) fn operations(operations: &mut zw_provider::Operations<crate::AwsClients>) {
    use crate::toolkit::Register;

    operations.add(log_group::live::LogGroup);
}
