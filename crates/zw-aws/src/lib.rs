//! The provider of AWS.
//!
//! A folder a service, a file a resource type or data source, the same order in each: schema, plan,
//! then in `live` create, read, update, delete, import and private helpers. What repeats is in
//! [`toolkit`]. Without the feature `sdk` there is no `live`: schemas, plans and pure data sources
//! compile without the AWS SDK, which is all that the simulated cloud needs.
//!
//! Names, import ids and semantics are those of the Terraform AWS provider, version 5.

#![cfg_attr(
    not(feature = "sdk"),
    allow(
        dead_code,
        unused_imports,
        reason = "the toolkit stays whole, though parts of it are for operations of services that are left out"
    )
)]
#![allow(
    clippy::unnecessary_wraps,
    reason = "hooks have one signature, whether one of them can fail or not"
)]
#![allow(
    clippy::large_futures,
    reason = "requests of the SDK are large; each operation is boxed once, by its trait"
)]

mod acm;
mod cloudcontrol;
mod cloudwatch;
mod config;
mod dynamodb;
mod ec2;
mod ecr;
mod eks;
mod functions;
mod iam;
mod kms;
mod logs;
mod meta;
mod permissions;
mod provider;
mod route53;
mod s3;
mod secretsmanager;
mod sns;
mod sqs;
mod ssm;
mod sts;
mod toolkit;

use std::sync::Arc;

use zw_provider::Catalog;
#[cfg(feature = "client")]
use zw_provider::Operations;
use zw_provider::schema::Schema;

pub use provider::Aws;
#[cfg(feature = "client")]
pub use toolkit::AwsClients;

/// All resource types and data sources, as far as they are known without credentials.
pub fn catalog() -> Arc<Catalog> {
    let mut catalog = Catalog::default();
    acm::register(&mut catalog);
    cloudcontrol::register(&mut catalog);
    cloudwatch::register(&mut catalog);
    dynamodb::register(&mut catalog);
    ec2::register(&mut catalog);
    ecr::register(&mut catalog);
    eks::register(&mut catalog);
    iam::register(&mut catalog);
    kms::register(&mut catalog);
    logs::register(&mut catalog);
    meta::register(&mut catalog);
    route53::register(&mut catalog);
    s3::register(&mut catalog);
    secretsmanager::register(&mut catalog);
    sns::register(&mut catalog);
    sqs::register(&mut catalog);
    ssm::register(&mut catalog);
    sts::register(&mut catalog);
    let has_tags = |schema: &Schema| schema.block.attribute("tags_all").is_some();
    catalog.plan_hook_for_others(has_tags, toolkit::Tags::plan);
    Arc::new(catalog)
}

/// What is done with the types of [`catalog`].
#[cfg(feature = "client")]
fn operations() -> Operations<AwsClients> {
    let mut operations = Operations::default();
    #[cfg(feature = "acm")]
    acm::operations(&mut operations);
    #[cfg(feature = "cloudcontrol")]
    cloudcontrol::operations(&mut operations);
    #[cfg(feature = "cloudwatch")]
    cloudwatch::operations(&mut operations);
    #[cfg(feature = "dynamodb")]
    dynamodb::operations(&mut operations);
    #[cfg(feature = "ec2")]
    ec2::operations(&mut operations);
    #[cfg(feature = "ecr")]
    ecr::operations(&mut operations);
    #[cfg(feature = "eks")]
    eks::operations(&mut operations);
    #[cfg(feature = "iam")]
    iam::operations(&mut operations);
    #[cfg(feature = "kms")]
    kms::operations(&mut operations);
    #[cfg(feature = "cloudwatchlogs")]
    logs::operations(&mut operations);
    meta::operations(&mut operations);
    #[cfg(feature = "route53")]
    route53::operations(&mut operations);
    #[cfg(feature = "s3")]
    s3::operations(&mut operations);
    #[cfg(feature = "secretsmanager")]
    secretsmanager::operations(&mut operations);
    #[cfg(feature = "sns")]
    sns::operations(&mut operations);
    #[cfg(feature = "sqs")]
    sqs::operations(&mut operations);
    #[cfg(feature = "ssm")]
    ssm::operations(&mut operations);
    sts::operations(&mut operations);
    operations
}
