//! Names, ids and ARNs: what an object is called.

use zw_lang::Value;
use zw_provider::View;

use crate::fill::Answers;

/// What an id is made of.
enum Form {
    /// `vpc-` and 17 digits of hexadecimal.
    Prefix(&'static str),
    /// A text with placeholders.
    Text(&'static str),
}

use Form::{Prefix, Text};

/// Ids of types, sorted by type.
#[rustfmt::skip]
static IDS: &[(&str, Form)] = &[
    ("aws_acm_certificate", Text("{arn}")),
    ("aws_acm_certificate_validation", Text("{certificate_arn}")),
    ("aws_ami", Prefix("ami")),
    ("aws_autoscaling_group", Text("{name}")),
    ("aws_backup_plan", Text("{uuid}")),
    ("aws_backup_vault", Text("{name}")),
    ("aws_cloudcontrolapi_resource", Text("{uuid}")),
    ("aws_cloudfront_distribution", Text("E{BASE32:13}")),
    ("aws_cloudfront_origin_access_control", Text("E{BASE32:13}")),
    ("aws_cloudtrail", Text("{arn}")),
    ("aws_cloudwatch_dashboard", Text("{dashboard_name}")),
    ("aws_cloudwatch_event_rule", Text("{name}")),
    ("aws_cloudwatch_log_group", Text("{name}")),
    ("aws_cloudwatch_metric_alarm", Text("{alarm_name}")),
    ("aws_customer_gateway", Prefix("cgw")),
    ("aws_db_instance", Text("db-{BASE32:26}")),
    ("aws_db_parameter_group", Text("{name}")),
    ("aws_db_subnet_group", Text("{name}")),
    ("aws_default_security_group", Prefix("sg")),
    ("aws_dynamodb_table", Text("{name}")),
    ("aws_ebs_snapshot", Prefix("snap")),
    ("aws_ebs_volume", Prefix("vol")),
    ("aws_ec2_managed_prefix_list", Prefix("pl")),
    ("aws_ec2_transit_gateway", Prefix("tgw")),
    ("aws_ec2_transit_gateway_route_table", Prefix("tgw-rtb")),
    ("aws_ec2_transit_gateway_vpc_attachment", Prefix("tgw-attach")),
    ("aws_ecr_lifecycle_policy", Text("{repository}")),
    ("aws_ecr_repository", Text("{name}")),
    ("aws_ecr_repository_policy", Text("{repository}")),
    ("aws_ecs_cluster", Text("{arn}")),
    ("aws_ecs_service", Text("{arn}")),
    ("aws_efs_access_point", Prefix("fsap")),
    ("aws_efs_file_system", Prefix("fs")),
    ("aws_efs_mount_target", Prefix("fsmt")),
    ("aws_egress_only_internet_gateway", Prefix("eigw")),
    ("aws_eip", Prefix("eipalloc")),
    ("aws_eip_association", Prefix("eipassoc")),
    ("aws_eks_access_entry", Text("{cluster_name}:{principal_arn}")),
    ("aws_eks_access_policy_association", Text("{cluster_name}#{principal_arn}#{policy_arn}")),
    ("aws_eks_addon", Text("{cluster_name}:{addon_name}")),
    ("aws_eks_cluster", Text("{name}")),
    ("aws_eks_fargate_profile", Text("{cluster_name}:{fargate_profile_name}")),
    ("aws_eks_node_group", Text("{cluster_name}:{node_group_name}")),
    ("aws_eks_pod_identity_association", Text("{association_id}")),
    ("aws_elasticache_cluster", Text("{cluster_id}")),
    ("aws_elasticache_parameter_group", Text("{name}")),
    ("aws_elasticache_replication_group", Text("{replication_group_id}")),
    ("aws_elasticache_subnet_group", Text("{name}")),
    ("aws_flow_log", Prefix("fl")),
    ("aws_iam_account_alias", Text("{account_alias}")),
    ("aws_iam_account_password_policy", Text("iam-account-password-policy")),
    ("aws_iam_group", Text("{name}")),
    ("aws_iam_group_membership", Text("{name}")),
    ("aws_iam_group_policy", Text("{group}:{name}")),
    ("aws_iam_group_policy_attachment", Text("{group}/{policy_arn}")),
    ("aws_iam_instance_profile", Text("{name}")),
    ("aws_iam_openid_connect_provider", Text("{arn}")),
    ("aws_iam_policy", Text("{arn}")),
    ("aws_iam_role", Text("{name}")),
    ("aws_iam_role_policy", Text("{role}:{name}")),
    ("aws_iam_role_policy_attachment", Text("{role}-{stamp}")),
    ("aws_iam_user", Text("{name}")),
    ("aws_iam_user_group_membership", Text("{user}/{stamp}")),
    ("aws_iam_user_policy", Text("{user}:{name}")),
    ("aws_iam_user_policy_attachment", Text("{user}/{policy_arn}")),
    ("aws_instance", Prefix("i")),
    ("aws_internet_gateway", Prefix("igw")),
    ("aws_key_pair", Text("{key_name}")),
    ("aws_kms_alias", Text("{name}")),
    ("aws_kms_key", Text("{uuid}")),
    ("aws_lambda_function", Text("{function_name}")),
    ("aws_launch_template", Prefix("lt")),
    ("aws_lb", Text("{arn}")),
    ("aws_lb_listener", Text("{arn}")),
    ("aws_lb_target_group", Text("{arn}")),
    ("aws_main_route_table_association", Prefix("rtbassoc")),
    ("aws_msk_cluster", Text("{arn}")),
    ("aws_nat_gateway", Prefix("nat")),
    ("aws_network_acl", Prefix("acl")),
    ("aws_network_acl_rule", Text("nacl-{digits:10}")),
    ("aws_network_interface", Prefix("eni")),
    ("aws_rds_cluster", Text("{cluster_identifier}")),
    ("aws_route", Text("r-{route_table_id}{digits:10}")),
    ("aws_route53_health_check", Text("{uuid}")),
    ("aws_route53_record", Text("{zone_id}_{name}_{type}{identifier_of_record}")),
    ("aws_route53_zone", Text("Z{BASE32:20}")),
    ("aws_route_table", Prefix("rtb")),
    ("aws_route_table_association", Prefix("rtbassoc")),
    ("aws_s3_bucket", Text("{bucket}")),
    ("aws_s3_bucket_cors_configuration", Text("{bucket}")),
    ("aws_s3_bucket_lifecycle_configuration", Text("{bucket}")),
    ("aws_s3_bucket_logging", Text("{bucket}")),
    ("aws_s3_bucket_ownership_controls", Text("{bucket}")),
    ("aws_s3_bucket_policy", Text("{bucket}")),
    ("aws_s3_bucket_public_access_block", Text("{bucket}")),
    ("aws_s3_bucket_replication_configuration", Text("{bucket}")),
    ("aws_s3_bucket_server_side_encryption_configuration", Text("{bucket}")),
    ("aws_s3_bucket_versioning", Text("{bucket}")),
    ("aws_s3_object", Text("{key}")),
    ("aws_secretsmanager_secret", Text("{arn}")),
    ("aws_secretsmanager_secret_rotation", Text("{secret_id}")),
    ("aws_secretsmanager_secret_version", Text("{secret_id}|{version_id}")),
    ("aws_security_group", Prefix("sg")),
    ("aws_security_group_rule", Text("sgrule-{digits:10}")),
    ("aws_sns_topic", Text("{arn}")),
    ("aws_sns_topic_policy", Text("{arn}")),
    ("aws_sns_topic_subscription", Text("{arn}")),
    ("aws_sqs_queue", Text("https://sqs.{region}.amazonaws.com/{account}/{name}")),
    ("aws_sqs_queue_policy", Text("{queue_url}")),
    ("aws_ssm_parameter", Text("{name}")),
    ("aws_subnet", Prefix("subnet")),
    ("aws_volume_attachment", Text("vai-{digits:10}")),
    ("aws_vpc", Prefix("vpc")),
    ("aws_vpc_dhcp_options", Prefix("dopt")),
    ("aws_vpc_dhcp_options_association", Text("{dhcp_options_id}-{vpc_id}")),
    ("aws_vpc_endpoint", Prefix("vpce")),
    ("aws_vpc_ipv4_cidr_block_association", Prefix("vpc-cidr-assoc")),
    ("aws_vpc_peering_connection", Prefix("pcx")),
    ("aws_vpc_security_group_egress_rule", Prefix("sgr")),
    ("aws_vpc_security_group_ingress_rule", Prefix("sgr")),
    ("aws_vpn_connection", Prefix("vpn")),
    ("aws_vpn_gateway", Prefix("vgw")),
];

/// ARNs of types, after `arn:{partition}:`, sorted by type.
#[rustfmt::skip]
static ARNS: &[(&str, &str)] = &[
    ("aws_acm_certificate", "acm:{region}:{account}:certificate/{uuid}"),
    ("aws_autoscaling_group", "autoscaling:{region}:{account}:autoScalingGroup:{uuid}:autoScalingGroupName/{name}"),
    ("aws_backup_plan", "backup:{region}:{account}:backup-plan:{id}"),
    ("aws_backup_vault", "backup:{region}:{account}:backup-vault:{name}"),
    ("aws_cloudfront_distribution", "cloudfront::{account}:distribution/{id}"),
    ("aws_cloudtrail", "cloudtrail:{region}:{account}:trail/{name}"),
    ("aws_cloudwatch_event_rule", "events:{region}:{account}:rule/{name}"),
    ("aws_cloudwatch_log_group", "logs:{region}:{account}:log-group:{name}"),
    ("aws_cloudwatch_metric_alarm", "cloudwatch:{region}:{account}:alarm:{alarm_name}"),
    ("aws_db_instance", "rds:{region}:{account}:db:{identifier}"),
    ("aws_db_parameter_group", "rds:{region}:{account}:pg:{name}"),
    ("aws_db_subnet_group", "rds:{region}:{account}:subgrp:{name}"),
    ("aws_dynamodb_table", "dynamodb:{region}:{account}:table/{name}"),
    ("aws_ebs_snapshot", "ec2:{region}::snapshot/{id}"),
    ("aws_ebs_volume", "ec2:{region}:{account}:volume/{id}"),
    ("aws_ec2_transit_gateway", "ec2:{region}:{account}:transit-gateway/{id}"),
    ("aws_ecr_repository", "ecr:{region}:{account}:repository/{name}"),
    ("aws_ecs_cluster", "ecs:{region}:{account}:cluster/{name}"),
    ("aws_efs_file_system", "elasticfilesystem:{region}:{account}:file-system/{id}"),
    ("aws_eip", "ec2:{region}:{account}:elastic-ip/{id}"),
    ("aws_eks_addon", "eks:{region}:{account}:addon/{cluster_name}/{addon_name}/{uuid}"),
    ("aws_eks_cluster", "eks:{region}:{account}:cluster/{name}"),
    ("aws_eks_fargate_profile", "eks:{region}:{account}:fargateprofile/{cluster_name}/{fargate_profile_name}/{uuid}"),
    ("aws_eks_node_group", "eks:{region}:{account}:nodegroup/{cluster_name}/{node_group_name}/{uuid}"),
    ("aws_elasticache_replication_group", "elasticache:{region}:{account}:replicationgroup:{replication_group_id}"),
    ("aws_flow_log", "ec2:{region}:{account}:vpc-flow-log/{id}"),
    ("aws_iam_group", "iam::{account}:group{path}{name}"),
    ("aws_iam_instance_profile", "iam::{account}:instance-profile{path}{name}"),
    ("aws_iam_openid_connect_provider", "iam::{account}:oidc-provider/{host}"),
    ("aws_iam_policy", "iam::{account}:policy{path}{name}"),
    ("aws_iam_role", "iam::{account}:role{path}{name}"),
    ("aws_iam_user", "iam::{account}:user{path}{name}"),
    ("aws_instance", "ec2:{region}:{account}:instance/{id}"),
    ("aws_internet_gateway", "ec2:{region}:{account}:internet-gateway/{id}"),
    ("aws_key_pair", "ec2:{region}:{account}:key-pair/{key_name}"),
    ("aws_kms_alias", "kms:{region}:{account}:{name}"),
    ("aws_kms_key", "kms:{region}:{account}:key/{id}"),
    ("aws_lambda_function", "lambda:{region}:{account}:function:{function_name}"),
    ("aws_launch_template", "ec2:{region}:{account}:launch-template/{id}"),
    ("aws_lb", "elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex:16}"),
    ("aws_lb_target_group", "elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex:16}"),
    ("aws_msk_cluster", "kafka:{region}:{account}:cluster/{cluster_name}/{uuid}-1"),
    ("aws_network_acl", "ec2:{region}:{account}:network-acl/{id}"),
    ("aws_network_interface", "ec2:{region}:{account}:network-interface/{id}"),
    ("aws_rds_cluster", "rds:{region}:{account}:cluster:{cluster_identifier}"),
    ("aws_route53_zone", "route53:::hostedzone/{id}"),
    ("aws_route_table", "ec2:{region}:{account}:route-table/{id}"),
    ("aws_s3_bucket", "s3:::{bucket}"),
    ("aws_s3_object", "s3:::{bucket}/{key}"),
    ("aws_secretsmanager_secret", "secretsmanager:{region}:{account}:secret:{name}-{BASE32:6}"),
    ("aws_security_group", "ec2:{region}:{account}:security-group/{id}"),
    ("aws_sns_topic", "sns:{region}:{account}:{name}"),
    ("aws_sns_topic_subscription", "{topic_arn}:{uuid}"),
    ("aws_sqs_queue", "sqs:{region}:{account}:{name}"),
    ("aws_ssm_parameter", "ssm:{region}:{account}:parameter/{path_of_name}"),
    ("aws_subnet", "ec2:{region}:{account}:subnet/{id}"),
    ("aws_vpc", "ec2:{region}:{account}:vpc/{id}"),
    ("aws_vpc_dhcp_options", "ec2:{region}:{account}:dhcp-options/{id}"),
    ("aws_vpc_endpoint", "ec2:{region}:{account}:vpc-endpoint/{id}"),
    ("aws_vpc_security_group_egress_rule", "ec2:{region}:{account}:security-group-rule/{id}"),
    ("aws_vpc_security_group_ingress_rule", "ec2:{region}:{account}:security-group-rule/{id}"),
];

fn find<'t, T>(table: &'t [(&str, T)], type_name: &str) -> Option<&'t T> {
    let at = table.binary_search_by(|(known, _)| (*known).cmp(type_name)).ok()?;
    Some(&table[at].1)
}

/// Names, ids and ARNs of an object that is made.
pub(super) fn answer(answers: &mut Answers<'_>) {
    let type_name = answers.type_name();
    let stamp = stamp(answers);
    for (name, prefix) in [
        ("name", "name_prefix"),
        ("node_group_name", "node_group_name_prefix"),
        ("key_name", "key_name_prefix"),
        ("bucket", "bucket_prefix"),
        ("identifier", "identifier_prefix"),
        ("function_name", "function_name_prefix"),
    ] {
        if answers.is_open(name) {
            let prefix = answers.text(prefix).filter(|prefix| !prefix.is_empty());
            let made = format!("{}{stamp}", prefix.unwrap_or("terraform-"));
            answers.set(name, made);
        }
    }
    answers.set("stamp", stamp);
    // The ARN of a provider of identities has the URL without its scheme.
    if let Some(url) = answers.text("url") {
        let host = url.strip_prefix("https://").unwrap_or(url).to_owned();
        answers.set("host", host);
    }
    // An ARN has no second slash where a name begins with one.
    if let Some(name) = answers.text("name") {
        let path = name.trim_start_matches('/').to_owned();
        answers.set("path_of_name", path);
    }
    // Several records of a name are told apart by what sets them apart.
    if type_name == "aws_route53_record" {
        let identifier = answers.text("set_identifier").filter(|text| !text.is_empty());
        let end = identifier.map_or_else(String::new, |identifier| format!("_{identifier}"));
        answers.set("identifier_of_record", end);
    }
    // A version is named by what names the call that makes it.
    if type_name == "aws_secretsmanager_secret_version" {
        answers.set_text("version_id", "{uuid}");
    }
    match find(IDS, type_name) {
        Some(Prefix(prefix)) => answers.set_text("id", &format!("{prefix}-{{hex:17}}")),
        Some(Text(text)) => answers.set_text("id", text),
        None => {}
    }
    if let Some(rest) = find(ARNS, type_name) {
        answers.set_text("arn", &format!("arn:{{partition}}:{rest}"));
    }
    // Some ids are ARNs.
    if let Some(Text(text)) = find(IDS, type_name) {
        answers.set_text("id", text);
    }
}

/// What Terraform makes unique names with: the time and a counter. Here the counter is chance, as objects do not
/// know of each other.
fn stamp(answers: &Answers<'_>) -> String {
    let (now, dice) = (answers.making().now, answers.dice());
    let date = format!("{:04}{:02}{:02}", now.year(), u8::from(now.month()), now.day());
    let time = format!("{:02}{:02}{:02}", now.hour(), now.minute(), now.second());
    format!("{date}{time}{}{}", dice.digits("stamp", 4), dice.hex("stamp", 8))
}

/// Whether a text has the form of ids of EC2.
pub(super) fn is_id(text: &str) -> bool {
    prefix_of(text).is_some()
}

/// `vpc` of `vpc-0123456789abcdef0`
pub(super) fn prefix_of(text: &str) -> Option<&str> {
    let (prefix, digits) = text.rsplit_once('-')?;
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_id = digits.len() == 17
        && digits.bytes().all(is_hex)
        && !prefix.is_empty()
        && prefix.bytes().all(is_word);
    is_id.then_some(prefix)
}

/// How people name objects that have no name: by what they connect.
pub(super) fn import_ids(type_name: &str, object: &Value) -> Vec<String> {
    let view = View::new(object);
    let text = |name| view.str_or_empty(name);
    match type_name {
        "aws_iam_role_policy_attachment" => {
            vec![format!("{}/{}", text("role"), text("policy_arn"))]
        }
        "aws_route_table_association" => {
            let from = view.str("subnet_id").unwrap_or_else(|| text("gateway_id"));
            vec![format!("{from}/{}", text("route_table_id"))]
        }
        "aws_route" => {
            ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"]
                .iter()
                .filter_map(|name| view.str(name))
                .filter(|destination| !destination.is_empty())
                .map(|destination| format!("{}_{destination}", text("route_table_id")))
                .collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(IDS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(ARNS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn ids_are_told_from_other_texts() {
        assert_eq!(prefix_of("vpc-0123456789abcdef0"), Some("vpc"));
        assert_eq!(prefix_of("tgw-attach-0123456789abcdef0"), Some("tgw-attach"));
        for other in
            ["vpc-0123", "", "-0123456789abcdef0", "vpc-0123456789ABCDEF0", "a b-0123456789abcdef0"]
        {
            assert!(!is_id(other), "{other}");
        }
    }
}
