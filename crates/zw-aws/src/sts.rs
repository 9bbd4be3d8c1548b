//! STS: whose credentials these are.

mod caller_identity;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog.data_source("aws_caller_identity", caller_identity::schema());
}

/// What is done with the types.
#[cfg(feature = "client")]
pub(crate) fn operations(operations: &mut zw_provider::Operations<crate::AwsClients>) {
    operations.data_source("aws_caller_identity", caller_identity::live::CallerIdentity);
}
