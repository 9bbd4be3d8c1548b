//! Computed attributes that a template can say.

use crate::fill::Answers;

/// Attributes by type and path, with their values as templates; conversion makes numbers and bools of them. Sorted
/// by type, and in a type so that what is used comes first.
#[rustfmt::skip]
static VALUES: &[(&str, &str, &str)] = &[
    ("aws_acm_certificate", "status", "ISSUED"),
    ("aws_acm_certificate", "type", "AMAZON_ISSUED"),
    ("aws_cloudcontrolapi_resource", "properties", "{desired_state}"),
    ("aws_cloudwatch_dashboard", "dashboard_arn", "arn:{partition}:cloudwatch::{account}:dashboard/{dashboard_name}"),
    ("aws_cloudwatch_log_group", "log_group_class", "STANDARD"),
    ("aws_dynamodb_table", "billing_mode", "PROVISIONED"),
    ("aws_ebs_volume", "size", "8"),
    ("aws_ebs_volume", "type", "gp3"),
    ("aws_ecr_lifecycle_policy", "registry_id", "{account}"),
    ("aws_ecr_repository", "registry_id", "{account}"),
    ("aws_ecr_repository", "repository_url", "{account}.dkr.ecr.{region}.amazonaws.com/{name}"),
    ("aws_ecr_repository_policy", "registry_id", "{account}"),
    ("aws_efs_file_system", "dns_name", "{id}.efs.{region}.amazonaws.com"),
    ("aws_efs_file_system", "number_of_mount_targets", "0"),
    ("aws_eip", "allocation_id", "{id}"),
    ("aws_eip", "domain", "vpc"),
    ("aws_eip", "network_border_group", "{region}"),
    ("aws_eip", "public_ipv4_pool", "amazon"),
    ("aws_eip", "instance", ""),
    ("aws_eip", "network_interface", ""),
    ("aws_eks_access_entry", "access_entry_arn", "arn:{partition}:eks:{region}:{account}:access-entry/{cluster_name}/{uuid}"),
    ("aws_eks_addon", "created_at", "{now}"),
    ("aws_eks_addon", "configuration_values", ""),
    ("aws_eks_cluster", "created_at", "{now}"),
    ("aws_eks_cluster", "endpoint", "https://{HEX:32}.gr7.{region}.eks.amazonaws.com"),
    ("aws_eks_cluster", "kubernetes_network_config.ip_family", "ipv4"),
    ("aws_eks_cluster", "kubernetes_network_config.service_ipv6_cidr", ""),
    ("aws_eks_cluster", "access_config.authentication_mode", "CONFIG_MAP"),
    ("aws_eks_cluster", "upgrade_policy.support_type", "EXTENDED"),
    ("aws_eks_cluster", "vpc_config.cluster_security_group_id", "sg-{hex:17}"),
    ("aws_eks_cluster", "status", "ACTIVE"),
    ("aws_eks_cluster_auth", "id", "{name}"),
    ("aws_eks_cluster_auth", "token", "k8s-aws-v1.{hex:64}"),
    ("aws_eks_fargate_profile", "status", "ACTIVE"),
    ("aws_eks_node_group", "capacity_type", "ON_DEMAND"),
    ("aws_eks_node_group", "status", "ACTIVE"),
    ("aws_eks_pod_identity_association", "association_arn", "arn:{partition}:eks:{region}:{account}:podidentityassociation/{cluster_name}/{association_id}"),
    ("aws_iam_group", "unique_id", "AGPA{BASE32:17}"),
    ("aws_iam_instance_profile", "create_date", "{now}"),
    ("aws_iam_instance_profile", "unique_id", "AIPA{BASE32:17}"),
    ("aws_iam_policy", "policy_id", "ANPA{BASE32:17}"),
    ("aws_iam_role", "create_date", "{now}"),
    ("aws_iam_role", "unique_id", "AROA{BASE32:17}"),
    ("aws_iam_user", "unique_id", "AIDA{BASE32:17}"),
    ("aws_instance", "instance_initiated_shutdown_behavior", "stop"),
    ("aws_instance", "instance_lifecycle", ""),
    ("aws_instance", "instance_state", "running"),
    ("aws_instance", "primary_network_interface_id", "eni-{hex:17}"),
    ("aws_instance", "tenancy", "default"),
    ("aws_kms_key", "key_id", "{id}"),
    ("aws_kms_key", "multi_region", "false"),
    ("aws_lambda_function", "invoke_arn", "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"),
    ("aws_lambda_function", "qualified_arn", "{arn}:$LATEST"),
    ("aws_lambda_function", "version", "$LATEST"),
    ("aws_launch_template", "default_version", "1"),
    ("aws_launch_template", "latest_version", "1"),
    ("aws_launch_template", "metadata_options.http_endpoint", "enabled"),
    ("aws_launch_template", "metadata_options.http_protocol_ipv6", "disabled"),
    ("aws_launch_template", "metadata_options.http_put_response_hop_limit", "1"),
    ("aws_launch_template", "metadata_options.http_tokens", "optional"),
    ("aws_launch_template", "metadata_options.instance_metadata_tags", "disabled"),
    ("aws_lb", "dns_name", "{name}-{digits:10}.{region}.elb.amazonaws.com"),
    ("aws_lb", "zone_id", "Z{BASE32:13}"),
    ("aws_nat_gateway", "network_interface_id", "eni-{hex:17}"),
    ("aws_nat_gateway", "association_id", "eipassoc-{hex:17}"),
    ("aws_route", "origin", "CreateRoute"),
    ("aws_route", "state", "active"),
    ("aws_route53_record", "fqdn", "{name}"),
    ("aws_route53_zone", "zone_id", "{id}"),
    ("aws_s3_bucket", "bucket_domain_name", "{bucket}.s3.amazonaws.com"),
    ("aws_s3_bucket", "bucket_regional_domain_name", "{bucket}.s3.{region}.amazonaws.com"),
    ("aws_s3_bucket", "hosted_zone_id", "Z{BASE32:13}"),
    ("aws_s3_bucket", "region", "{region}"),
    ("aws_s3_bucket", "object_lock_enabled", "false"),
    ("aws_s3_bucket_lifecycle_configuration", "transition_default_minimum_object_size", "all_storage_classes_128K"),
    ("aws_s3_object", "etag", "{hex:32}"),
    ("aws_s3_object", "content_type", "application/octet-stream"),
    ("aws_s3_object", "server_side_encryption", "AES256"),
    ("aws_s3_object", "storage_class", "STANDARD"),
    ("aws_secretsmanager_secret_rotation", "rotation_enabled", "true"),
    ("aws_secretsmanager_secret_version", "arn", "{secret_id}"),
    ("aws_security_group", "name_prefix", ""),
    ("aws_sns_topic", "owner", "{account}"),
    ("aws_sns_topic_policy", "owner", "{account}"),
    ("aws_sns_topic_subscription", "confirmation_was_authenticated", "true"),
    ("aws_sqs_queue", "url", "{id}"),
    ("aws_sqs_queue", "kms_data_key_reuse_period_seconds", "300"),
    ("aws_ssm_parameter", "data_type", "text"),
    ("aws_ssm_parameter", "tier", "Standard"),
    ("aws_ssm_parameter", "version", "1"),
    ("aws_subnet", "private_dns_hostname_type_on_launch", "ip-name"),
    ("aws_vpc", "cidr_block", "10.0.0.0/16"),
    ("aws_vpc", "default_network_acl_id", "acl-{hex:17}"),
    ("aws_vpc", "default_route_table_id", "rtb-{hex:17}"),
    ("aws_vpc", "default_security_group_id", "sg-{hex:17}"),
    ("aws_vpc", "enable_dns_hostnames", "false"),
    ("aws_vpc", "enable_network_address_usage_metrics", "false"),
    ("aws_vpc", "main_route_table_id", "{default_route_table_id}"),
    ("aws_vpc_security_group_egress_rule", "security_group_rule_id", "{id}"),
    ("aws_vpc_security_group_ingress_rule", "security_group_rule_id", "{id}"),
];

/// Attributes of that name mean the same in every type.
static ANYWHERE: &[(&str, &str)] =
    &[("owner_id", "{account}"), ("account_id", "{account}"), ("partition", "{partition}")];

pub(super) fn answer(answers: &mut Answers<'_>) {
    for (name, template) in ANYWHERE {
        answers.set_text(name, template);
    }
    let type_name = answers.type_name();
    let start = VALUES.partition_point(|(known, ..)| *known < type_name);
    for (_, path, template) in VALUES[start..].iter().take_while(|(known, ..)| *known == type_name)
    {
        // What code says counts more than what the table says.
        if answers.get(path).is_none() {
            answers.set_text(path, template);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_says_nothing_twice() {
        assert!(VALUES.is_sorted_by_key(|(name, ..)| name));
        let mut keys: Vec<_> = VALUES.iter().map(|(name, path, _)| (name, path)).collect();
        keys.sort_unstable();
        assert!(keys.is_sorted_by(|a, b| a < b));
    }
}
