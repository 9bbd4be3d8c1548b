//! `DynamoDB`.

mod table;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_dynamodb_table", table::schema())
        .plan_hook("aws_dynamodb_table", table::plan)
        .validate_hook("aws_dynamodb_table", table::validate);
}

/// What is done with the types.
#[cfg(feature = "dynamodb")]
pub(crate) fn operations(operations: &mut zw_provider::Operations<crate::AwsClients>) {
    use crate::toolkit::Register;

    operations.add(table::live::Table);
}
