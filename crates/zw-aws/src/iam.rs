//! IAM: roles, policies and identity providers.

mod policy_document;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog.pure_data_source(
        "aws_iam_policy_document",
        policy_document::schema(),
        policy_document::read,
    );
}
