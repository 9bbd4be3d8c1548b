//! SQS: queues.

mod attributes;
mod queue;
mod queue_policy;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_sqs_queue", queue::schema())
        .plan_hook("aws_sqs_queue", queue::plan)
        .validate_hook("aws_sqs_queue", queue::validate)
        .resource("aws_sqs_queue_policy", queue_policy::schema());
}

/// What is done with the types.
#[cfg(feature = "sqs")]
pub(crate) fn operations(operations: &mut zw_provider::Operations<crate::AwsClients>) {
    use crate::toolkit::Register;

    operations.add(queue::live::Queue).add(queue_policy::live::QueuePolicy);
}
