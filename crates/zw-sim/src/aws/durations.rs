//! How long things take in the real cloud.

use crate::options::Verb;

/// Seconds to create, change and delete, by type; roughly what one sees in practice.
#[rustfmt::skip]
static SECONDS: &[(&str, [f64; 3])] = &[
    ("aws_acm_certificate", [10.0, 2.0, 2.0]),
    ("aws_cloudfront_distribution", [240.0, 180.0, 300.0]),
    ("aws_db_instance", [360.0, 120.0, 300.0]),
    ("aws_dynamodb_table", [10.0, 20.0, 5.0]),
    ("aws_eks_addon", [25.0, 30.0, 10.0]),
    ("aws_eks_cluster", [540.0, 480.0, 150.0]),
    ("aws_eks_fargate_profile", [120.0, 2.0, 120.0]),
    ("aws_eks_node_group", [110.0, 60.0, 200.0]),
    ("aws_elasticache_replication_group", [480.0, 300.0, 300.0]),
    ("aws_iam_instance_profile", [7.0, 1.0, 1.0]),
    ("aws_instance", [15.0, 3.0, 40.0]),
    ("aws_internet_gateway", [1.0, 1.0, 10.0]),
    ("aws_lb", [150.0, 5.0, 10.0]),
    ("aws_msk_cluster", [1500.0, 900.0, 300.0]),
    ("aws_nat_gateway", [100.0, 2.0, 50.0]),
    ("aws_rds_cluster", [60.0, 60.0, 60.0]),
    ("aws_subnet", [1.0, 1.0, 1.0]),
    ("aws_vpc", [2.0, 2.0, 1.0]),
    ("aws_vpc_endpoint", [60.0, 20.0, 20.0]),
];

pub(super) fn seconds(type_name: &str, verb: Verb) -> f64 {
    let known = SECONDS.iter().find(|(known, _)| *known == type_name).map(|(_, seconds)| seconds);
    let [create, update, delete] = known.copied().unwrap_or([1.0, 1.0, 1.0]);
    match verb {
        Verb::Create => create,
        Verb::Update => update,
        Verb::Delete => delete,
        Verb::Read | Verb::ReadData => 0.2,
    }
}
