//! ECR: repositories of container images.

mod lifecycle_policy;
mod repository;
mod repository_policy;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_ecr_lifecycle_policy", lifecycle_policy::schema())
        .resource("aws_ecr_repository", repository::schema())
        .resource("aws_ecr_repository_policy", repository_policy::schema());
}

#[cfg(feature = "ecr")]
pub(crate) use live::operations;

#[cfg(feature = "ecr")]
mod live {
    //! What all types of ECR have in common.

    use zw_provider::Operations;

    use super::{lifecycle_policy, repository, repository_policy};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{Register, sdk_tag};

    sdk_tag!(aws_sdk_ecr::types::Tag);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(lifecycle_policy::live::LifecyclePolicy)
            .add(repository::live::Repository)
            .add(repository_policy::live::RepositoryPolicy);
    }
}
