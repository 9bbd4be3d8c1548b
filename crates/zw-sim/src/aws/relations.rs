//! What must exist, and what must not be deleted as long as something else refers to it.

use zw_lang::Value;
use zw_provider::{OpError, OpErrorKind, View};

use super::errors::error;
use super::identifiers;
use crate::cloud::{NamedRef, Place};

/// What is said of an id that leads nowhere: the code, and the kind of object. Sorted by prefix. Ids of other
/// kinds, as of images, need not be of objects that are simulated.
static MISSING: &[(&str, &str, &str)] = &[
    ("eipalloc", "InvalidAllocationID.NotFound", "allocation ID"),
    ("eni", "InvalidNetworkInterfaceID.NotFound", "network interface ID"),
    ("i", "InvalidInstanceID.NotFound", "instance ID"),
    ("igw", "InvalidInternetGatewayID.NotFound", "internet gateway ID"),
    ("lt", "InvalidLaunchTemplateId.NotFound", "launch template ID"),
    ("nat", "InvalidNatGatewayID.NotFound", "nat gateway ID"),
    ("rtb", "InvalidRouteTableID.NotFound", "route table ID"),
    ("sg", "InvalidGroup.NotFound", "security group ID"),
    ("subnet", "InvalidSubnetID.NotFound", "subnet ID"),
    ("vpc", "InvalidVpcID.NotFound", "vpc ID"),
];

/// What is said if a text leads nowhere.
pub(super) fn missing(type_name: &str, text: &str, place: &Place) -> Option<OpError> {
    if let Some(prefix) = identifiers::prefix_of(text) {
        let at = MISSING.binary_search_by(|(known, ..)| (*known).cmp(prefix)).ok()?;
        let (_, code, what) = MISSING[at];
        let message = format!("The {what} '{text}' does not exist");
        return Some(error(OpErrorKind::Invalid, code, message));
    }
    let own = format!("arn:{}:iam::{}:", place.partition, place.account);
    let name = text.strip_prefix(&own)?;
    if name.starts_with("policy/") {
        let message = format!("Policy {text} does not exist or is not attachable.");
        return Some(error(OpErrorKind::Invalid, "NoSuchEntity", message));
    }
    // Roles of services come with the services. Nobody but EKS looks at others at once.
    if name.starts_with("role/aws-service-role/") || !type_name.starts_with("aws_eks_") {
        return None;
    }
    let role = name.strip_prefix("role/")?;
    let message = format!(
        "Role with arn: {text}, could not be assumed because it does not exist or the trusted entity is not \
         correct (no role {role:?})"
    );
    Some(error(OpErrorKind::Invalid, "InvalidParameterException", message))
}

/// Objects that are named, not by id or ARN.
pub(super) fn named(type_name: &str, object: &Value) -> Vec<NamedRef> {
    let view = View::new(object);
    let reference = |attribute, target, missing: fn(&str) -> OpError| {
        let id = view.str(attribute).filter(|id| !id.is_empty())?;
        Some(NamedRef { attribute, type_name: target, id: id.into(), missing: Some(missing(id)) })
    };
    let found = match type_name {
        "aws_iam_role_policy_attachment" | "aws_iam_role_policy" | "aws_iam_instance_profile" => {
            reference("role", "aws_iam_role", no_role)
        }
        "aws_eks_node_group"
        | "aws_eks_addon"
        | "aws_eks_fargate_profile"
        | "aws_eks_access_entry"
        | "aws_eks_access_policy_association"
        | "aws_eks_pod_identity_association" => {
            reference("cluster_name", "aws_eks_cluster", no_cluster)
        }
        "aws_instance" => {
            reference("iam_instance_profile", "aws_iam_instance_profile", no_instance_profile)
        }
        _ => None,
    };
    found.into_iter().collect()
}

fn no_role(name: &str) -> OpError {
    let message = format!("The role with name {name} cannot be found.");
    error(OpErrorKind::Invalid, "NoSuchEntity", message)
}

fn no_cluster(name: &str) -> OpError {
    let message = format!("No cluster found for name: {name}.");
    error(OpErrorKind::Invalid, "ResourceNotFoundException", message)
}

fn no_instance_profile(name: &str) -> OpError {
    let message = format!(
        "Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
    );
    error(OpErrorKind::Invalid, "InvalidParameterValue", message)
}

/// Which references stand against a deletion: the type that is deleted, the type that refers to
/// it, and the attribute, if only one counts. What is not listed does not: a route whose gateway is deleted
/// becomes a black hole.
static BLOCKS: &[(&str, &str, Option<&str>)] = &[
    ("aws_eip", "aws_nat_gateway", Some("allocation_id")),
    ("aws_eks_cluster", "aws_eks_fargate_profile", None),
    ("aws_eks_cluster", "aws_eks_node_group", None),
    ("aws_iam_policy", "aws_iam_role_policy_attachment", None),
    ("aws_iam_role", "aws_iam_instance_profile", None),
    ("aws_iam_role", "aws_iam_role_policy", None),
    ("aws_iam_role", "aws_iam_role_policy_attachment", None),
    ("aws_route_table", "aws_route_table_association", None),
    ("aws_security_group", "aws_eks_cluster", None),
    ("aws_security_group", "aws_instance", None),
    ("aws_security_group", "aws_lb", None),
    ("aws_security_group", "aws_network_interface", None),
    ("aws_security_group", "aws_security_group", None),
    ("aws_security_group", "aws_vpc_endpoint", None),
    (
        "aws_security_group",
        "aws_vpc_security_group_egress_rule",
        Some("referenced_security_group_id"),
    ),
    (
        "aws_security_group",
        "aws_vpc_security_group_ingress_rule",
        Some("referenced_security_group_id"),
    ),
    ("aws_subnet", "aws_db_subnet_group", None),
    ("aws_subnet", "aws_efs_mount_target", None),
    ("aws_subnet", "aws_eks_cluster", None),
    ("aws_subnet", "aws_eks_node_group", None),
    ("aws_subnet", "aws_instance", None),
    ("aws_subnet", "aws_lb", None),
    ("aws_subnet", "aws_nat_gateway", None),
    ("aws_subnet", "aws_network_interface", None),
    ("aws_subnet", "aws_vpc_endpoint", None),
    ("aws_vpc", "aws_egress_only_internet_gateway", None),
    ("aws_vpc", "aws_internet_gateway", None),
    ("aws_vpc", "aws_network_acl", None),
    ("aws_vpc", "aws_route_table", None),
    ("aws_vpc", "aws_security_group", None),
    ("aws_vpc", "aws_subnet", None),
    ("aws_vpc", "aws_vpc_endpoint", None),
    ("aws_vpc", "aws_vpc_peering_connection", None),
];

/// Why an object cannot be deleted.
pub(super) fn blocked(
    type_name: &str,
    id: &str,
    by_type: &str,
    by_attribute: &str,
) -> Option<OpError> {
    let is_it = |(target, source, attribute): &&(&str, &str, Option<&str>)| {
        *target == type_name
            && *source == by_type
            && attribute.is_none_or(|attribute| attribute == by_attribute)
    };
    BLOCKS.iter().find(is_it)?;
    let (code, message) = match (type_name, by_type) {
        ("aws_iam_role", "aws_iam_instance_profile") => (
            "DeleteConflict",
            "Cannot delete entity, must remove roles from instance profile first.".into(),
        ),
        ("aws_iam_role", "aws_iam_role_policy") => {
            ("DeleteConflict", "Cannot delete entity, must delete policies first.".into())
        }
        ("aws_iam_role", _) => {
            ("DeleteConflict", "Cannot delete entity, must detach all policies first.".into())
        }
        ("aws_iam_policy", _) => {
            ("DeleteConflict", "Cannot delete a policy attached to entities.".into())
        }
        ("aws_eks_cluster", "aws_eks_fargate_profile") => {
            ("ResourceInUseException", "Cluster has Fargate profiles attached".into())
        }
        ("aws_eks_cluster", _) => {
            ("ResourceInUseException", "Cluster has nodegroups attached".into())
        }
        ("aws_eip", _) => ("InvalidIPAddress.InUse", format!("Address {id} is in use.")),
        ("aws_security_group", _) => {
            ("DependencyViolation", format!("resource {id} has a dependent object"))
        }
        _ => {
            let what = match type_name {
                "aws_route_table" => "routeTable",
                _ => type_name.strip_prefix("aws_").unwrap_or(type_name),
            };
            (
                "DependencyViolation",
                format!("The {what} '{id}' has dependencies and cannot be deleted."),
            )
        }
    };
    Some(error(OpErrorKind::DependencyViolation, code, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            account: "123456789012".into(),
            region: "us-east-1".into(),
            partition: "aws".into(),
        }
    }

    #[test]
    fn ids_that_lead_nowhere_have_codes_of_their_own() {
        assert!(MISSING.is_sorted_by(|a, b| a.0 < b.0));
        let code = |text| missing("aws_subnet", text, &place()).and_then(|error| error.code);
        assert_eq!(code("vpc-0123456789abcdef0").as_deref(), Some("InvalidVpcID.NotFound"));
        assert_eq!(code("ami-0123456789abcdef0"), None);
        assert_eq!(code("10.0.0.0/16"), None);
    }

    #[test]
    fn roles_of_this_account_must_exist_for_eks_alone() {
        let missing = |type_name, arn| missing(type_name, arn, &place()).is_some();
        let role = "arn:aws:iam::123456789012:role/r";
        assert!(missing("aws_eks_cluster", role));
        assert!(!missing("aws_lambda_function", role));
        assert!(!missing("aws_eks_cluster", "arn:aws:iam::210987654321:role/r"));
        assert!(!missing("aws_eks_cluster", "arn:aws:iam::123456789012:role/aws-service-role/x/y"));
        assert!(missing("aws_iam_role_policy_attachment", "arn:aws:iam::123456789012:policy/p"));
        assert!(!missing(
            "aws_iam_role_policy_attachment",
            "arn:aws:iam::aws:policy/ReadOnlyAccess"
        ));
    }

    #[test]
    fn a_group_may_be_deleted_with_its_own_rules_but_not_under_those_of_others() {
        let by = |attribute| {
            let rule = "aws_vpc_security_group_ingress_rule";
            blocked("aws_security_group", "sg-1", rule, attribute).and_then(|error| error.code)
        };
        assert_eq!(by("security_group_id"), None);
        assert_eq!(by("referenced_security_group_id").as_deref(), Some("DependencyViolation"));
    }
}
