//! SSM: parameters.

mod parameter;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_ssm_parameter", parameter::schema())
        .plan_hook("aws_ssm_parameter", parameter::plan)
        .validate_hook("aws_ssm_parameter", parameter::validate);
}

/// What is done with the types.
#[cfg(feature = "ssm")]
pub(crate) fn operations(operations: &mut zw_provider::Operations<crate::AwsClients>) {
    use crate::toolkit::Register;

    operations.add(parameter::live::Parameter);
}
