//! What AWS asks for besides the actions of the calls, where an object is of a certain kind.
//!
//! Who hands a role to a service needs `iam:PassRole`; the first object of some services makes a service-linked role; and
//! some calls are carried out with the rights of the caller in other services.
//!
//! Sources, where nothing else is said: "Dependent actions" of the Service Authorization Reference, and what
//! `CloudFormation` needs for the same type (`handlers` of its resource schemas), which `tests/published/permissions.rs`
//! compares this with.

use zw_lang::Value;
use zw_provider::Deed;

use When::{Always, Is, Set};

/// Which objects of a type something is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// All.
    Always,
    /// Those with an attribute or block that is there, or may be.
    Set(&'static str),
    /// Those of which an attribute is known to be that.
    Is(&'static str, &'static str),
}

/// A rule: the types, which of their objects, and what is asked for when one is created or changed.
type Rule = (&'static [&'static str], &'static [When], &'static [&'static str]);

const PASS_ROLE: &[&str] = &["iam:PassRole"];
const LINKED_ROLE: &[&str] = &["iam:CreateServiceLinkedRole"];
const READ_OBJECTS: &[&str] = &["s3:GetObject", "s3:GetObjectVersion"];

/// Rules for what is created or changed.
#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    // Roles that are handed to services.
    (&["aws_autoscaling_group"], &[Set("initial_lifecycle_hook.role_arn"), Set("service_linked_role_arn")], PASS_ROLE),
    (&["aws_autoscaling_lifecycle_hook"], &[Set("role_arn")], PASS_ROLE),
    (&["aws_cloudtrail"], &[Set("cloud_watch_logs_role_arn")], PASS_ROLE),
    (&["aws_cloudwatch_event_endpoint", "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"], &[Set("role_arn")], PASS_ROLE),
    (&["aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance"], &[
        Set("custom_iam_instance_profile"), Set("monitoring_role_arn"), Set("s3_import.ingestion_role"),
    ], PASS_ROLE),
    (&["aws_db_instance_role_association", "aws_db_proxy", "aws_rds_cluster_role_association"], &[Set("role_arn")], PASS_ROLE),
    (&["aws_rds_cluster"], &[Set("iam_roles")], PASS_ROLE),
    (&["aws_rds_export_task"], &[Set("iam_role_arn")], PASS_ROLE),
    (&["aws_ecs_service"], &[
        Set("iam_role"),
        Set("service_connect_configuration.service.tls.role_arn"),
        Set("volume_configuration.managed_ebs_volume.role_arn"),
        Set("vpc_lattice_configurations.role_arn"),
    ], PASS_ROLE),
    (&["aws_ecs_task_definition"], &[Set("execution_role_arn"), Set("task_role_arn")], PASS_ROLE),
    (&["aws_eks_addon"], &[Set("service_account_role_arn"), Set("pod_identity_association.role_arn")], PASS_ROLE),
    (&["aws_eks_cluster"], &[Set("role_arn"), Set("compute_config.node_role_arn")], PASS_ROLE),
    (&["aws_eks_node_group"], &[Set("node_role_arn")], PASS_ROLE),
    (&["aws_flow_log"], &[Set("iam_role_arn"), Set("deliver_cross_account_role")], PASS_ROLE),
    // `AddRoleToInstanceProfile` asks for it.
    (&["aws_iam_instance_profile"], &[Set("role")], PASS_ROLE),
    (&["aws_instance"], &[Set("iam_instance_profile")], PASS_ROLE),
    (&["aws_lambda_function"], &[Set("role")], PASS_ROLE),
    (&["aws_launch_configuration"], &[Set("iam_instance_profile")], PASS_ROLE),
    (&["aws_s3_bucket"], &[Set("replication_configuration.role")], PASS_ROLE),
    (&["aws_s3_bucket_replication_configuration"], &[Set("role")], PASS_ROLE),
    (&["aws_sns_topic"], &[
        Set("application_failure_feedback_role_arn"), Set("application_success_feedback_role_arn"),
        Set("firehose_failure_feedback_role_arn"), Set("firehose_success_feedback_role_arn"),
        Set("http_failure_feedback_role_arn"), Set("http_success_feedback_role_arn"),
        Set("lambda_failure_feedback_role_arn"), Set("lambda_success_feedback_role_arn"),
        Set("sqs_failure_feedback_role_arn"), Set("sqs_success_feedback_role_arn"),
    ], PASS_ROLE),
    (&["aws_sns_topic_subscription"], &[Set("subscription_role_arn")], PASS_ROLE),

    // Service-linked roles, made with the first object of a service in an account.
    (&[
        "aws_autoscaling_group", "aws_db_event_subscription", "aws_db_instance", "aws_db_option_group",
        "aws_db_parameter_group", "aws_db_subnet_group", "aws_ecs_capacity_provider", "aws_ecs_cluster", "aws_ecs_service",
        "aws_efs_file_system", "aws_eks_cluster", "aws_eks_node_group", "aws_elasticache_cluster",
        "aws_elasticache_parameter_group", "aws_elasticache_replication_group", "aws_lb", "aws_alb", "aws_rds_cluster",
        "aws_rds_cluster_instance", "aws_rds_cluster_parameter_group",
    ], &[Always], LINKED_ROLE),
    (&["aws_cloudwatch_event_connection"], &[Always], &[
        "iam:CreateServiceLinkedRole", "secretsmanager:CreateSecret", "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret",
    ]),
    (&["aws_cloudtrail"], &[Is("is_organization_trail", "true")], &[
        "iam:CreateServiceLinkedRole", "iam:GetRole", "organizations:DescribeOrganization",
        "organizations:ListAWSServiceAccessForOrganization",
    ]),
    (&["aws_dynamodb_table"], &[Set("replica")], LINKED_ROLE),
    // "Service-linked role for EC2 Spot Instance requests".
    (&["aws_instance"], &[Is("instance_market_options.market_type", "spot")], LINKED_ROLE),
    (&["aws_kms_key"], &[Is("multi_region", "true")], LINKED_ROLE),

    // What is looked at or made with the rights of the caller.
    (&["aws_acm_certificate"], &[Set("certificate_authority_arn")], &["acm-pca:GetCertificate", "acm-pca:IssueCertificate"]),
    // "Control Amazon EC2 launch template usage in Auto Scaling groups": who has a group use one has to be allowed to
    // launch instances by it.
    (&["aws_autoscaling_group"], &[Set("launch_template"), Set("mixed_instances_policy")], &[
        "ec2:CreateTags", "ec2:RunInstances", "iam:PassRole",
    ]),
    (&["aws_db_instance"], &[Always], &[
        "ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "ec2:DescribeInternetGateways",
        "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcs",
    ]),
    (&["aws_db_instance", "aws_rds_cluster"], &[Set("manage_master_user_password")], &[
        "kms:DescribeKey", "secretsmanager:CreateSecret", "secretsmanager:TagResource",
    ]),
    (&["aws_dynamodb_table"], &[Set("import_table")], &[
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
        "logs:PutLogEvents", "logs:PutRetentionPolicy", "s3:GetObject", "s3:ListBucket",
    ]),
    (&["aws_dynamodb_table"], &[Set("restore_source_name"), Set("restore_source_table_arn")], &[
        "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query",
        "dynamodb:Scan", "dynamodb:UpdateItem",
    ]),
    (&["aws_dynamodb_table"], &[Set("replica")], &[
        "dynamodb:BatchWriteItem", "dynamodb:CreateTableReplica", "dynamodb:DeleteItem", "dynamodb:DeleteTableReplica",
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem",
    ]),
    (&["aws_ecs_capacity_provider"], &[Always], &["autoscaling:CreateOrUpdateTags"]),
    (&["aws_eks_cluster"], &[Always], &["ec2:DescribeSubnets", "ec2:DescribeVpcs", "iam:GetRole"]),
    (&["aws_eks_addon"], &[Set("service_account_role_arn"), Set("pod_identity_association.role_arn")], &["iam:GetRole"]),
    (&["aws_eks_node_group"], &[Always], &[
        "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "iam:GetRole",
        "iam:ListAttachedRolePolicies",
    ]),
    (&["aws_eks_node_group"], &[Set("launch_template")], &[
        "ec2:CreateTags", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates", "ec2:RunInstances",
    ]),
    (&["aws_elasticache_cluster", "aws_elasticache_replication_group"], &[Set("snapshot_arns")], &["s3:GetObject"]),
    (&["aws_elasticache_cluster", "aws_elasticache_replication_group"], &[Set("log_delivery_configuration")], &[
        "firehose:TagDeliveryStream", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    ]),
    // "IAM permissions for publishing flow logs to Amazon S3", and "to Firehose".
    (&["aws_flow_log"], &[Is("log_destination_type", "s3")], &[
        "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "s3:GetBucketPolicy", "s3:PutBucketPolicy",
    ]),
    (&["aws_flow_log"], &[Is("log_destination_type", "kinesis-data-firehose")], &[
        "firehose:TagDeliveryStream", "iam:CreateServiceLinkedRole", "logs:CreateLogDelivery", "logs:DeleteLogDelivery",
    ]),
    (&["aws_lambda_function"], &[Set("vpc_config")], &["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]),
    (&["aws_lambda_function"], &[Set("file_system_config")], &["elasticfilesystem:DescribeMountTargets"]),
    // "Creating a function defined as a container image", Lambda.
    (&["aws_lambda_function"], &[Set("image_uri")], &[
        "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy",
    ]),
    (&["aws_lambda_function"], &[Set("layers")], &["lambda:GetLayerVersion"]),
    (&["aws_lambda_function", "aws_lambda_layer_version"], &[Set("s3_bucket")], READ_OBJECTS),
    (&["aws_lb_listener", "aws_alb_listener"], &[Set("default_action.authenticate_cognito")], &["cognito-idp:DescribeUserPoolClient"]),
    (&["aws_lb_listener_rule", "aws_alb_listener_rule"], &[Set("action.authenticate_cognito")], &["cognito-idp:DescribeUserPoolClient"]),
    (&["aws_lb_target_group", "aws_alb_target_group"], &[Set("vpc_id")], &["ec2:DescribeVpcs"]),
    (&["aws_lb_trust_store", "aws_lb_trust_store_revocation"], &[Always], READ_OBJECTS),
    (&["aws_route53_zone"], &[Set("vpc")], &["ec2:DescribeVpcs"]),
    // Headers of `CreateBucket` and `PutObject` ask for what the calls of their own ask for.
    (&["aws_s3_bucket"], &[Is("object_lock_enabled", "true")], &["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"]),
    (&["aws_s3_object"], &[
        Is("acl", "authenticated-read"), Is("acl", "aws-exec-read"), Is("acl", "bucket-owner-full-control"),
        Is("acl", "bucket-owner-read"), Is("acl", "private"), Is("acl", "public-read"), Is("acl", "public-read-write"),
    ], &["s3:PutObjectAcl"]),
    (&["aws_s3_object"], &[Is("object_lock_legal_hold_status", "ON")], &["s3:PutObjectLegalHold"]),
    (&["aws_s3_object"], &[Is("object_lock_mode", "COMPLIANCE"), Is("object_lock_mode", "GOVERNANCE")], &[
        "s3:BypassGovernanceRetention", "s3:PutObjectRetention",
    ]),
    // A private name is a zone of Route 53's own that is tied to the network.
    (&["aws_vpc_endpoint"], &[Is("private_dns_enabled", "true")], &["route53:AssociateVPCWithHostedZone"]),

    // Keys that are used with the rights of the caller. A key's policy has to allow it, too.
    // "Permissions to use Amazon EBS encryption".
    (&["aws_ebs_volume"], &[Is("encrypted", "true")], &[
        "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ]),
    (&["aws_instance"], &[
        Is("ebs_block_device.encrypted", "true"), Is("root_block_device.encrypted", "true"),
    ], &[
        "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ]),
    (&["aws_dynamodb_table"], &[Is("server_side_encryption.enabled", "true")], &[
        "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListAliases", "kms:RevokeGrant",
    ]),
    (&["aws_ecr_repository"], &[Is("encryption_configuration.encryption_type", "KMS")], &[
        "kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant",
    ]),
    (&["aws_efs_file_system"], &[Is("encrypted", "true")], &[
        "kms:CreateGrant", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext",
    ]),
    (&["aws_eks_cluster"], &[Set("encryption_config")], &["kms:CreateGrant", "kms:DescribeKey"]),
    (&["aws_elasticache_replication_group"], &[Set("kms_key_id")], &[
        "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
    ]),
    (&["aws_lambda_function"], &[Set("kms_key_arn")], &[
        "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
    ]),
    (&["aws_db_instance", "aws_rds_cluster"], &[Is("storage_encrypted", "true")], &["kms:CreateGrant", "kms:DescribeKey"]),
    (&["aws_s3_object"], &[Is("server_side_encryption", "aws:kms")], &["kms:Decrypt", "kms:GenerateDataKey"]),
    (&["aws_secretsmanager_secret"], &[Set("kms_key_id")], &["kms:Decrypt", "kms:GenerateDataKey"]),
    (&["aws_ssm_parameter"], &[Is("type", "SecureString")], &["kms:Encrypt"]),
];

/// Rules for what is read, and so for whatever is done.
#[rustfmt::skip]
pub(super) const RULES_OF_READING: &[Rule] = &[
    // The value is read, too.
    (&["aws_ssm_parameter"], &[Is("type", "SecureString")], &["kms:Decrypt"]),
];

/// Rules for what is deleted.
#[rustfmt::skip]
pub(super) const RULES_OF_DELETION: &[Rule] = &[
    (&["aws_flow_log"], &[Is("log_destination_type", "s3"), Is("log_destination_type", "kinesis-data-firehose")], &[
        "logs:DeleteLogDelivery",
    ]),
    (&["aws_ecr_repository"], &[Is("encryption_configuration.encryption_type", "KMS")], &["kms:RetireGrant"]),
    (&["aws_s3_object"], &[Is("force_destroy", "true")], &["s3:BypassGovernanceRetention"]),
];

/// What a deed with an object of a type needs beside the actions of its calls.
pub(super) fn of<'a>(
    type_name: &'a str,
    deed: Deed,
    object: &'a Value,
) -> impl Iterator<Item = &'static str> + 'a {
    let rules = match deed {
        Deed::Create | Deed::Update => RULES,
        Deed::Read => &[],
        Deed::Delete => RULES_OF_DELETION,
    };
    rules
        .iter()
        .chain(RULES_OF_READING)
        .filter(move |(types, _, _)| types.contains(&type_name))
        .filter(move |(_, when, _)| when.iter().any(|when| holds(*when, object)))
        .flat_map(|(_, _, actions)| actions.iter().copied())
}

/// Whether a rule is for an object.
fn holds(when: When, object: &Value) -> bool {
    // Of nothing at all anything may be true.
    if object.is_null() || !object.is_known() {
        return true;
    }
    match when {
        Always => true,
        Set(path) => any(object, path, &|value| {
            let is_nothing =
                value.is_null() || value.is_empty() == Some(true) || value.as_str() == Some("");
            !value.is_known() || !is_nothing
        }),
        Is(path, wanted) => any(object, path, &|value| match value.as_bool() {
            Some(flag) => wanted == if flag { "true" } else { "false" },
            None => value.as_str() == Some(wanted),
        }),
    }
}

/// Whether something is true of any of the values at a path, through all elements of lists and sets.
fn any(value: &Value, path: &str, is: &dyn Fn(&Value) -> bool) -> bool {
    if let Some(items) = value.as_sequence() {
        return items.iter().any(|item| any(item, path, is));
    }
    if !value.is_known() {
        return is(value);
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match value.get(name) {
        Some(found) if rest.is_empty() => is(found),
        Some(found) => any(found, rest, is),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use zw_lang::Type;
    use zw_provider::schema::Block;

    use super::*;

    /// Attributes by which objects have roles, but that hand none to a service.
    const HANDS_NOTHING_ON: &[&str] = &[
        // The role is what is changed.
        "aws_iam_role_policy.role",
        "aws_iam_role_policy_attachment.role",
        // Asked for when something is launched by the template.
        "aws_launch_template.iam_instance_profile.arn",
        "aws_launch_template.iam_instance_profile.name",
        // A choice of two words.
        "aws_db_proxy_endpoint.target_role",
    ];

    fn roles(block: &Block, path: &str, found: &mut Vec<String>) {
        for attribute in block.attributes.iter().filter(|attribute| attribute.is_configurable()) {
            let name = attribute.name;
            let is_role = name == "role"
                || name.ends_with("_role")
                || name.ends_with("role_arn")
                || name.ends_with("instance_profile")
                || path.ends_with("instance_profile");
            if is_role {
                found.push(format!("{path}.{name}"));
            }
        }
        for nested in &block.blocks {
            roles(&nested.block, &format!("{path}.{}", nested.name), found);
        }
    }

    #[test]
    fn every_role_that_is_handed_on_is_asked_for() {
        let catalog = crate::catalog();
        let mut missing = Vec::new();
        for (name, schema) in &catalog.resource_types {
            let mut found = Vec::new();
            roles(&schema.block, name, &mut found);
            missing.extend(found.into_iter().filter(|path| {
                let attribute = path.split_once('.').map_or("", |(_, attribute)| attribute);
                let is_asked_for = RULES.iter().any(|(types, when, actions)| {
                    types.contains(name)
                        && *actions == PASS_ROLE
                        && when.iter().any(|when| matches!(when, Set(path) if *path == attribute))
                });
                !is_asked_for && !HANDS_NOTHING_ON.contains(&path.as_str())
            }));
        }
        assert!(missing.is_empty(), "no rule is about these: {missing:?}");
    }

    #[test]
    fn rules_are_about_attributes_that_there_are() {
        let catalog = crate::catalog();
        let all = RULES.iter().chain(RULES_OF_READING).chain(RULES_OF_DELETION);
        for (types, when, _) in all {
            let known = types.iter().filter_map(|name| catalog.resource_types.get(name));
            let blocks: Vec<&Block> = known.map(|schema| &schema.block).collect();
            for path in when.iter().filter_map(|when| match when {
                Always => None,
                Set(path) | Is(path, _) => Some(*path),
            }) {
                // Types that are not there yet say nothing.
                let found = blocks.iter().any(|block| is_in(block, path));
                assert!(blocks.is_empty() || found, "{types:?} have no {path}");
            }
        }
    }

    fn is_in(block: &Block, path: &str) -> bool {
        match path.split_once('.') {
            Some((name, rest)) => {
                block.nested(name).is_some_and(|nested| is_in(&nested.block, rest))
                    || block.attribute(name).is_some()
            }
            None => block.attribute(path).is_some() || block.nested(path).is_some(),
        }
    }

    #[test]
    fn what_is_not_known_may_be_set_but_is_not_taken_for_a_word() {
        let unknown = Value::unknown(Type::String);
        let object = Value::object([("role", unknown.clone()), ("type", unknown)]);
        assert!(holds(Set("role"), &object));
        assert!(!holds(Is("type", "SecureString"), &object));
        assert!(holds(Is("type", "SecureString"), &Value::null(Type::Dynamic)));
    }

    #[test]
    fn one_element_of_a_list_is_enough() {
        let element = |text: Option<&str>| {
            let role = text.map_or_else(|| Value::null(Type::String), Value::from);
            Value::object([("role_arn", role)])
        };
        let of = |items: Vec<Value>| Value::object([("hook", Value::tuple(items))]);
        assert!(holds(Set("hook.role_arn"), &of(vec![element(None), element(Some("a"))])));
        assert!(!holds(Set("hook.role_arn"), &of(vec![element(None)])));
        assert!(!holds(Set("hook"), &of(Vec::new())));
    }
}
