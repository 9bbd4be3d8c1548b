//! Secrets Manager.

mod secret;
mod secret_rotation;
mod secret_version;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_secretsmanager_secret", secret::schema())
        .validate_hook("aws_secretsmanager_secret", crate::toolkit::validate::one_name)
        .resource("aws_secretsmanager_secret_rotation", secret_rotation::schema())
        .resource("aws_secretsmanager_secret_version", secret_version::schema())
        .validate_hook("aws_secretsmanager_secret_version", secret_version::validate);
}

#[cfg(feature = "secretsmanager")]
pub(crate) use live::operations;

#[cfg(feature = "secretsmanager")]
mod live {
    //! What all types of Secrets Manager have in common.

    use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
    use zw_provider::Operations;

    use super::{secret, secret_rotation, secret_version};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{Register, sdk_tag};

    sdk_tag!(aws_sdk_secretsmanager::types::Tag);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(secret::live::Secret)
            .add(secret_rotation::live::SecretRotation)
            .add(secret_version::live::SecretVersion);
    }

    /// What there is under a name or ARN; `None` if there is nothing, or only what is about to go.
    pub(super) async fn describe(
        client: &AwsClients,
        id: &str,
    ) -> OpResult<Option<DescribeSecretOutput>> {
        let answer = client.secretsmanager().describe_secret().secret_id(id).send().await;
        let found = answer.if_found("secretsmanager:DescribeSecret")?;
        Ok(found.filter(|found| found.deleted_date().is_none()))
    }
}
