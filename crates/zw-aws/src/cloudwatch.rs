//! `CloudWatch`: alarms and dashboards.

mod dashboard;
mod metric_alarm;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_cloudwatch_dashboard", dashboard::schema())
        .resource("aws_cloudwatch_metric_alarm", metric_alarm::schema())
        .validate_hook("aws_cloudwatch_metric_alarm", metric_alarm::validate);
}

/// What is done with the types.
#[cfg(feature = "cloudwatch")]
pub(crate) fn operations(operations: &mut zw_provider::Operations<crate::AwsClients>) {
    use crate::toolkit::Register;

    operations.add(dashboard::live::Dashboard).add(metric_alarm::live::MetricAlarm);
}
