//! What IAM calls the operations of services.
//!
//! Most actions have the name of their operation, behind the prefix of the service. Those that have not are here, and
//! those that ask for further ones.
//!
//! Sources, where nothing else is said: the Service Authorization Reference,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>,
//! and for S3 <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>.

/// Prefixes of services whose calls are counted by another name.
const PREFIXES: &[(&str, &str)] = &[("efs", "elasticfilesystem"), ("elb", "elasticloadbalancing")];

/// Operations that everybody may call.
///
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>, "No permissions are required".
const FREE: &[&str] = &["sts:GetCallerIdentity"];

/// Operations whose actions have other names, and those that need the permission for others as well.
const OTHERS: &[(&str, &[&str])] = &[
    // "This operation requires permissions for the following actions on the file system", and of EC2: pages of these
    // operations in the API reference of EFS.
    (
        "efs:CreateMountTarget",
        &[
            "elasticfilesystem:CreateMountTarget",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
        ],
    ),
    (
        "efs:DeleteMountTarget",
        &["elasticfilesystem:DeleteMountTarget", "ec2:DeleteNetworkInterface"],
    ),
    (
        "efs:DescribeMountTargetSecurityGroups",
        &[
            "elasticfilesystem:DescribeMountTargetSecurityGroups",
            "ec2:DescribeNetworkInterfaceAttribute",
        ],
    ),
    (
        "efs:ModifyMountTargetSecurityGroups",
        &[
            "elasticfilesystem:ModifyMountTargetSecurityGroups",
            "ec2:ModifyNetworkInterfaceAttribute",
        ],
    ),
    ("lambda:GetLayerVersionByArn", &["lambda:GetLayerVersion"]),
    ("lambda:Invoke", &["lambda:InvokeFunction"]),
    ("lambda:InvokeWithResponseStream", &["lambda:InvokeFunction"]),
    // Zones are tied to networks by who may see the networks.
    (
        "route53:AssociateVPCWithHostedZone",
        &["route53:AssociateVPCWithHostedZone", "ec2:DescribeVpcs"],
    ),
    (
        "route53:DisassociateVPCFromHostedZone",
        &["route53:DisassociateVPCFromHostedZone", "ec2:DescribeVpcs"],
    ),
    ("s3:CompleteMultipartUpload", &["s3:PutObject"]),
    ("s3:CopyObject", &["s3:GetObject", "s3:GetObjectTagging", "s3:PutObject"]),
    ("s3:CreateMultipartUpload", &["s3:PutObject"]),
    ("s3:DeleteBucketAnalyticsConfiguration", &["s3:PutAnalyticsConfiguration"]),
    ("s3:DeleteBucketCors", &["s3:PutBucketCORS"]),
    ("s3:DeleteBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:DeleteBucketIntelligentTieringConfiguration", &["s3:PutIntelligentTieringConfiguration"]),
    ("s3:DeleteBucketInventoryConfiguration", &["s3:PutInventoryConfiguration"]),
    ("s3:DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:DeleteBucketMetricsConfiguration", &["s3:PutMetricsConfiguration"]),
    ("s3:DeleteBucketOwnershipControls", &["s3:PutBucketOwnershipControls"]),
    ("s3:DeleteBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3:DeleteBucketTagging", &["s3:PutBucketTagging"]),
    ("s3:DeleteObject", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ("s3:DeleteObjects", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ("s3:DeletePublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:GetBucketAccelerateConfiguration", &["s3:GetAccelerateConfiguration"]),
    ("s3:GetBucketAnalyticsConfiguration", &["s3:GetAnalyticsConfiguration"]),
    ("s3:GetBucketCors", &["s3:GetBucketCORS"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:GetBucketIntelligentTieringConfiguration", &["s3:GetIntelligentTieringConfiguration"]),
    ("s3:GetBucketInventoryConfiguration", &["s3:GetInventoryConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetBucketMetricsConfiguration", &["s3:GetMetricsConfiguration"]),
    ("s3:GetBucketNotificationConfiguration", &["s3:GetBucketNotification"]),
    ("s3:GetBucketReplication", &["s3:GetReplicationConfiguration"]),
    ("s3:GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:HeadBucket", &["s3:ListBucket"]),
    // Who may not list a bucket is not told that an object is gone, but that access is denied.
    ("s3:HeadObject", &["s3:GetObject", "s3:ListBucket"]),
    ("s3:ListBuckets", &["s3:ListAllMyBuckets"]),
    ("s3:ListMultipartUploads", &["s3:ListBucketMultipartUploads"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:ListObjects", &["s3:ListBucket"]),
    ("s3:ListObjectsV2", &["s3:ListBucket"]),
    ("s3:ListParts", &["s3:ListMultipartUploadParts"]),
    ("s3:PutBucketAccelerateConfiguration", &["s3:PutAccelerateConfiguration"]),
    ("s3:PutBucketAnalyticsConfiguration", &["s3:PutAnalyticsConfiguration"]),
    ("s3:PutBucketCors", &["s3:PutBucketCORS"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:PutBucketIntelligentTieringConfiguration", &["s3:PutIntelligentTieringConfiguration"]),
    ("s3:PutBucketInventoryConfiguration", &["s3:PutInventoryConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutBucketMetricsConfiguration", &["s3:PutMetricsConfiguration"]),
    ("s3:PutBucketNotificationConfiguration", &["s3:PutBucketNotification"]),
    ("s3:PutBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3:PutObjectLockConfiguration", &["s3:PutBucketObjectLockConfiguration"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:UploadPart", &["s3:PutObject"]),
    ("s3:UploadPartCopy", &["s3:GetObject", "s3:PutObject"]),
    ("secretsmanager:RotateSecret", &["secretsmanager:RotateSecret", "lambda:InvokeFunction"]),
];

/// The actions that a call needs.
pub(super) fn of(call: &str) -> Vec<String> {
    if FREE.contains(&call) {
        return Vec::new();
    }
    if let Some((_, actions)) = OTHERS.iter().find(|(known, _)| *known == call) {
        return actions.iter().map(|action| (*action).to_owned()).collect();
    }
    let (service, operation) = call.split_once(':').unwrap_or(("", call));
    let prefix = PREFIXES.iter().find(|(known, _)| *known == service);
    vec![format!("{}:{operation}", prefix.map_or(service, |(_, prefix)| *prefix))]
}

/// Whether a call gives tags to something.
pub(super) fn sets_tags(call: &str) -> bool {
    const BEGINNINGS: [&str; 7] = [
        "AddTags",
        "ChangeTags",
        "CreateOrUpdateTags",
        "CreateTags",
        "PutBucketTagging",
        "PutObjectTagging",
        "Tag",
    ];
    let operation = call.split_once(':').map_or(call, |(_, operation)| operation);
    BEGINNINGS.iter().any(|beginning| operation.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_has_the_name_of_its_operation_where_nothing_else_is_known() {
        assert_eq!(of("sqs:CreateQueue"), ["sqs:CreateQueue"]);
        assert_eq!(of("elb:CreateLoadBalancer"), ["elasticloadbalancing:CreateLoadBalancer"]);
        assert_eq!(of("efs:CreateFileSystem"), ["elasticfilesystem:CreateFileSystem"]);
        assert_eq!(of("s3:DeleteBucketCors"), ["s3:PutBucketCORS"]);
        assert!(of("sts:GetCallerIdentity").is_empty());
    }

    #[test]
    fn other_names_are_in_order() {
        assert!(OTHERS.is_sorted_by(|one, other| one.0 < other.0));
    }

    #[test]
    fn tags_are_set_by_calls_of_some_names() {
        for call in ["sqs:TagQueue", "ec2:CreateTags", "rds:AddTagsToResource"] {
            assert!(sets_tags(call), "{call}");
        }
        for call in ["sqs:UntagQueue", "ecr:PutImageTagMutability", "rds:ListTagsForResource"] {
            assert!(!sets_tags(call), "{call}");
        }
    }
}
