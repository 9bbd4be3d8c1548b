//! The API calls behind operations.

use crate::options::Verb;

/// Types of EC2, whose names do not say so.
const EC2: [&str; 27] = [
    "ami",
    "customer_gateway",
    "default_security_group",
    "ebs_snapshot",
    "ebs_volume",
    "egress_only_internet_gateway",
    "eip",
    "flow_log",
    "instance",
    "internet_gateway",
    "key_pair",
    "launch_template",
    "nat_gateway",
    "network_acl",
    "network_acl_rule",
    "network_interface",
    "route",
    "route_table",
    "route_table_association",
    "security_group",
    "subnet",
    "volume_attachment",
    "vpc",
    "vpc_dhcp_options",
    "vpc_dhcp_options_association",
    "vpc_endpoint",
    "vpc_peering_connection",
];

/// Calls that are not named after the type: those that create, change and delete; with the service, where its name
/// is not what the type's begins with.
#[rustfmt::skip]
static CALLS: &[(&str, [&str; 3])] = &[
    ("acm_certificate", ["RequestCertificate", "UpdateCertificateOptions", "DeleteCertificate"]),
    ("acm_certificate_validation", ["DescribeCertificate", "DescribeCertificate", "DescribeCertificate"]),
    ("cloudwatch_dashboard", ["PutDashboard", "PutDashboard", "DeleteDashboards"]),
    ("cloudwatch_log_group", ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DeleteLogGroup"]),
    ("cloudwatch_metric_alarm", ["PutMetricAlarm", "PutMetricAlarm", "DeleteAlarms"]),
    ("ebs_volume", ["CreateVolume", "ModifyVolume", "DeleteVolume"]),
    ("ecr_lifecycle_policy", ["PutLifecyclePolicy", "PutLifecyclePolicy", "DeleteLifecyclePolicy"]),
    ("ecr_repository", ["CreateRepository", "PutImageTagMutability", "DeleteRepository"]),
    ("ecr_repository_policy", ["SetRepositoryPolicy", "SetRepositoryPolicy", "DeleteRepositoryPolicy"]),
    ("eip", ["AllocateAddress", "AssociateAddress", "ReleaseAddress"]),
    ("eks_cluster", ["CreateCluster", "UpdateClusterConfig", "DeleteCluster"]),
    ("eks_node_group", ["CreateNodegroup", "UpdateNodegroupConfig", "DeleteNodegroup"]),
    ("flow_log", ["CreateFlowLogs", "CreateTags", "DeleteFlowLogs"]),
    ("iam_account_password_policy", ["UpdateAccountPasswordPolicy", "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy"]),
    ("iam_group_membership", ["AddUserToGroup", "AddUserToGroup", "RemoveUserFromGroup"]),
    ("iam_group_policy", ["PutGroupPolicy", "PutGroupPolicy", "DeleteGroupPolicy"]),
    ("iam_group_policy_attachment", ["AttachGroupPolicy", "AttachGroupPolicy", "DetachGroupPolicy"]),
    ("iam_openid_connect_provider", ["CreateOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint", "DeleteOpenIDConnectProvider"]),
    ("iam_policy", ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy"]),
    ("iam_role_policy", ["PutRolePolicy", "PutRolePolicy", "DeleteRolePolicy"]),
    ("iam_role_policy_attachment", ["AttachRolePolicy", "AttachRolePolicy", "DetachRolePolicy"]),
    ("iam_user_group_membership", ["AddUserToGroup", "AddUserToGroup", "RemoveUserFromGroup"]),
    ("iam_user_policy", ["PutUserPolicy", "PutUserPolicy", "DeleteUserPolicy"]),
    ("iam_user_policy_attachment", ["AttachUserPolicy", "AttachUserPolicy", "DetachUserPolicy"]),
    ("instance", ["RunInstances", "ModifyInstanceAttribute", "TerminateInstances"]),
    ("key_pair", ["ImportKeyPair", "ImportKeyPair", "DeleteKeyPair"]),
    ("kms_key", ["CreateKey", "UpdateKeyDescription", "ScheduleKeyDeletion"]),
    ("launch_template", ["CreateLaunchTemplate", "CreateLaunchTemplateVersion", "DeleteLaunchTemplate"]),
    ("network_acl_rule", ["CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry"]),
    ("route", ["CreateRoute", "ReplaceRoute", "DeleteRoute"]),
    ("route53_record", ["ChangeResourceRecordSets", "ChangeResourceRecordSets", "ChangeResourceRecordSets"]),
    ("route53_zone", ["CreateHostedZone", "UpdateHostedZoneComment", "DeleteHostedZone"]),
    ("route_table_association", ["AssociateRouteTable", "ReplaceRouteTableAssociation", "DisassociateRouteTable"]),
    ("s3_bucket", ["CreateBucket", "PutBucketTagging", "DeleteBucket"]),
    ("s3_bucket_cors_configuration", ["PutBucketCors", "PutBucketCors", "DeleteBucketCors"]),
    ("s3_bucket_lifecycle_configuration", ["PutLifecycleConfiguration", "PutLifecycleConfiguration", "DeleteLifecycleConfiguration"]),
    ("s3_bucket_logging", ["PutBucketLogging", "PutBucketLogging", "PutBucketLogging"]),
    ("s3_bucket_ownership_controls", ["PutBucketOwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls"]),
    ("s3_bucket_policy", ["PutBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"]),
    ("s3_bucket_public_access_block", ["PutPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock"]),
    ("s3_bucket_replication_configuration", ["PutReplicationConfiguration", "PutReplicationConfiguration", "DeleteReplicationConfiguration"]),
    ("s3_bucket_server_side_encryption_configuration", ["PutBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"]),
    ("s3_bucket_versioning", ["PutBucketVersioning", "PutBucketVersioning", "PutBucketVersioning"]),
    ("s3_object", ["PutObject", "PutObject", "DeleteObject"]),
    ("secretsmanager_secret_rotation", ["RotateSecret", "RotateSecret", "CancelRotateSecret"]),
    ("secretsmanager_secret_version", ["PutSecretValue", "UpdateSecretVersionStage", "UpdateSecretVersionStage"]),
    ("sns_topic", ["CreateTopic", "SetTopicAttributes", "DeleteTopic"]),
    ("sns_topic_policy", ["SetTopicAttributes", "SetTopicAttributes", "SetTopicAttributes"]),
    ("sns_topic_subscription", ["Subscribe", "SetSubscriptionAttributes", "Unsubscribe"]),
    ("sqs_queue", ["CreateQueue", "SetQueueAttributes", "DeleteQueue"]),
    ("sqs_queue_policy", ["SetQueueAttributes", "SetQueueAttributes", "SetQueueAttributes"]),
    ("ssm_parameter", ["PutParameter", "PutParameter", "DeleteParameter"]),
    ("subnet", ["CreateSubnet", "ModifySubnetAttribute", "DeleteSubnet"]),
    ("volume_attachment", ["AttachVolume", "AttachVolume", "DetachVolume"]),
    ("vpc", ["CreateVpc", "ModifyVpcAttribute", "DeleteVpc"]),
    ("vpc_dhcp_options_association", ["AssociateDhcpOptions", "AssociateDhcpOptions", "AssociateDhcpOptions"]),
    ("vpc_endpoint", ["CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"]),
    ("vpc_security_group_egress_rule", ["AuthorizeSecurityGroupEgress", "ModifySecurityGroupRules", "RevokeSecurityGroupEgress"]),
    ("vpc_security_group_ingress_rule", ["AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress"]),
];

/// `ec2:CreateVpc`; nothing for what is read, as reads may be several calls.
pub(super) fn of(type_name: &str, verb: Verb) -> Option<String> {
    let at = match verb {
        Verb::Create => 0,
        Verb::Update => 1,
        Verb::Delete => 2,
        Verb::Read | Verb::ReadData => return None,
    };
    let name = type_name.strip_prefix("aws_")?;
    let is_ec2 = EC2.contains(&name) || name.starts_with("vpc_") || name.starts_with("ec2_");
    let (service, noun) = if is_ec2 {
        ("ec2", name.strip_prefix("ec2_").unwrap_or(name))
    } else {
        name.split_once('_')?
    };
    if let Some((_, calls)) = CALLS.iter().find(|(known, _)| *known == name) {
        let call = calls[at];
        return Some(if call.contains(':') {
            call.to_owned()
        } else {
            format!("{service}:{call}")
        });
    }
    let noun: String = noun.split('_').map(capitalized).collect();
    Some(format!("{service}:{}{noun}", ["Create", "Update", "Delete"][at]))
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_named_as_in_the_api() {
        for (type_name, verb, expected) in [
            ("aws_vpc", Verb::Create, "ec2:CreateVpc"),
            ("aws_eip", Verb::Delete, "ec2:ReleaseAddress"),
            ("aws_nat_gateway", Verb::Create, "ec2:CreateNatGateway"),
            (
                "aws_vpc_security_group_ingress_rule",
                Verb::Create,
                "ec2:AuthorizeSecurityGroupIngress",
            ),
            ("aws_iam_role", Verb::Delete, "iam:DeleteRole"),
            ("aws_eks_addon", Verb::Update, "eks:UpdateAddon"),
            ("aws_eks_node_group", Verb::Create, "eks:CreateNodegroup"),
            ("aws_cloudwatch_log_group", Verb::Create, "logs:CreateLogGroup"),
            ("aws_s3_bucket_versioning", Verb::Delete, "s3:PutBucketVersioning"),
        ] {
            assert_eq!(of(type_name, verb).as_deref(), Some(expected));
        }
        assert_eq!(of("aws_vpc", Verb::Read), None);
        assert_eq!(of("google_compute_network", Verb::Create), None);
    }
}
