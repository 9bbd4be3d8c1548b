//! What is known of AWS itself, without asking it.

mod partition;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog.data_source("aws_partition", partition::schema());
}

/// What is done with the types.
#[cfg(feature = "client")]
pub(crate) fn operations(operations: &mut zw_provider::Operations<crate::AwsClients>) {
    operations.data_source("aws_partition", partition::live::Partition);
}
