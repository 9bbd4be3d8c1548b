//! The Cloud Control API: objects of any type that CloudFormation knows.

mod patch;
mod resource;
mod types;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_cloudcontrolapi_resource", resource::schema())
        .plan_hook("aws_cloudcontrolapi_resource", resource::plan)
        .validate_hook("aws_cloudcontrolapi_resource", resource::validate);
}

/// What is done with the types.
#[cfg(feature = "cloudcontrol")]
pub(crate) fn operations(operations: &mut zw_provider::Operations<crate::AwsClients>) {
    use crate::toolkit::Register;

    operations.add(resource::live::CloudControlResource);
}
