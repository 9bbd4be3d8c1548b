//! All resource types, a test for each service, and that none is left out.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::lives::live;

/// The cases of each service: its feature, and the name of its file.
macro_rules! services {
    ($($feature:literal $service:ident,)+) => {
        mod every_type_lives_a_whole_life {
            $(
                #[cfg(feature = $feature)]
                #[tokio::test(flavor = "multi_thread")]
                async fn $service() {
                    super::live(stringify!($service), include_str!(concat!("cases/", stringify!($service), ".json"))).await;
                }
            )+
        }

        const CASES: &[&str] = &[$(include_str!(concat!("cases/", stringify!($service), ".json"))),+];
    };
}

services! {
    "acm" acm,
    "cloudcontrol" cloudcontrol,
    "cloudwatch" cloudwatch,
    "cloudwatchlogs" logs,
    "dynamodb" dynamodb,
    "ec2" ec2,
    "ecr" ecr,
    "eks" eks,
    "iam" iam,
    "kms" kms,
    "route53" route53,
    "s3" s3,
    "secretsmanager" secretsmanager,
    "sns" sns,
    "sqs" sqs,
    "ssm" ssm,
}

#[test]
fn every_type_has_a_case() {
    let cases = CASES.iter().flat_map(|cases| {
        let cases: Vec<Json> = serde_json::from_str(cases).expect("cases are a list");
        cases.into_iter().filter_map(|case| case["type"].as_str().map(str::to_owned))
    });
    let cases: BTreeSet<String> = cases.collect();
    let told = [include_str!("ec2.rs"), include_str!("eks.rs"), include_str!("iam.rs")].concat();
    let aws = zw_aws::Aws::new();
    let types = aws.catalog().resource_types.keys();
    let missing: Vec<_> = types
        .filter(|name| !cases.contains(**name) && !told.contains(&format!("\"{name}\"")))
        .collect();
    assert!(missing.is_empty(), "no case has these types: {missing:?}");
}
