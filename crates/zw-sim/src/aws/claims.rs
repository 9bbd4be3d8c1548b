//! Names and places that only one object can have.

use zw_lang::Value;
use zw_provider::{OpErrorKind, View};

use super::errors::error;
use crate::cloud::Claim;

pub(super) fn of(type_name: &str, object: &Value) -> Vec<Claim> {
    let view = View::new(object);
    let text = |name| view.str(name).filter(|text| !text.is_empty());
    let claim = |name: String, code: &str, message: String| Claim {
        name: name.into(),
        taken: error(OpErrorKind::AlreadyExists, code, message),
    };
    let claims = match type_name {
        "aws_iam_role" => text("name").map(|name| {
            claim(name.to_lowercase(), "EntityAlreadyExists", format!("Role with name {name} already exists."))
        }),
        "aws_iam_policy" => text("name").map(|name| {
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            claim(name.to_lowercase(), "EntityAlreadyExists", message)
        }),
        "aws_iam_instance_profile" => text("name").map(|name| {
            let message = format!("Instance Profile {name} already exists.");
            claim(name.to_lowercase(), "EntityAlreadyExists", message)
        }),
        "aws_iam_openid_connect_provider" => text("url").map(|url| {
            let message = format!("Provider with url {url} already exists.");
            claim(url.to_owned(), "EntityAlreadyExists", message)
        }),
        "aws_eks_cluster" => text("name").map(|name| {
            let message = format!("Cluster already exists with name: {name}");
            claim(name.to_owned(), "ResourceInUseException", message)
        }),
        "aws_eks_node_group" => text("cluster_name").zip(text("node_group_name")).map(|(cluster, name)| {
            let message = format!("NodeGroup already exists with name {name} and cluster name {cluster}");
            claim(format!("{cluster}:{name}"), "ResourceInUseException", message)
        }),
        "aws_eks_addon" => text("cluster_name").zip(text("addon_name")).map(|(cluster, name)| {
            claim(format!("{cluster}:{name}"), "ResourceInUseException", "Addon already exists.".into())
        }),
        "aws_launch_template" => text("name").map(|name| {
            let code = "InvalidLaunchTemplateName.AlreadyExistsException";
            claim(name.to_owned(), code, "Launch template name already in use.".into())
        }),
        "aws_key_pair" => text("key_name").map(|name| {
            let message = format!("The keypair already exists ({name})");
            claim(name.to_owned(), "InvalidKeyPair.Duplicate", message)
        }),
        "aws_security_group" => text("vpc_id").zip(text("name")).map(|(vpc, name)| {
            let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
            claim(format!("{vpc} {name}"), "InvalidGroup.Duplicate", message)
        }),
        "aws_subnet" => text("vpc_id").zip(text("cidr_block")).map(|(vpc, network)| {
            let message = format!("The CIDR '{network}' conflicts with another subnet");
            claim(format!("{vpc} {network}"), "InvalidSubnet.Conflict", message)
        }),
        "aws_internet_gateway" => text("vpc_id").map(|vpc| {
            let message = format!("Network {vpc} already has an internet gateway attached");
            claim(vpc.to_owned(), "InvalidParameterValue", message)
        }),
        "aws_nat_gateway" => text("allocation_id").map(|address| {
            let message = format!("Elastic IP address [{address}] is already associated");
            claim(address.to_owned(), "Resource.AlreadyAssociated", message)
        }),
        "aws_route_table_association" => text("subnet_id").or_else(|| text("gateway_id")).map(|from| {
            let message = format!("the specified association for {from} conflicts with an existing association");
            claim(from.to_owned(), "Resource.AlreadyAssociated", message)
        }),
        "aws_route" => {
            let destinations =
                ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];
            let destination = destinations.iter().find_map(|name| text(name));
            text("route_table_id").zip(destination).map(|(table, destination)| {
                let message = format!("The route identified by {destination} already exists.");
                claim(format!("{table} {destination}"), "RouteAlreadyExists", message)
            })
        }
        "aws_cloudwatch_log_group" => text("name").map(|name| {
            let message = "The specified log group already exists";
            claim(name.to_owned(), "ResourceAlreadyExistsException", message.into())
        }),
        "aws_dynamodb_table" => text("name").map(|name| {
            let message = format!("Table already exists: {name}");
            claim(name.to_owned(), "ResourceInUseException", message)
        }),
        "aws_ecr_repository" => text("name").map(|name| {
            let message = format!("The repository with name '{name}' already exists in the registry");
            claim(name.to_owned(), "RepositoryAlreadyExistsException", message)
        }),
        "aws_kms_alias" => text("name").map(|name| {
            let message = format!("An alias with the name {name} already exists");
            claim(name.to_owned(), "AlreadyExistsException", message)
        }),
        "aws_route53_record" => text("zone_id").zip(text("name")).map(|(zone, name)| {
            let (kind, identifier) = (view.str_or_empty("type"), view.str_or_empty("set_identifier"));
            let message = format!("Tried to create resource record set [name='{name}', type='{kind}'] but it already exists");
            claim(format!("{zone} {name} {kind} {identifier}"), "InvalidChangeBatch", message)
        }),
        "aws_secretsmanager_secret" => text("name").map(|name| {
            let message = format!("The operation failed because the secret {name} already exists.");
            claim(name.to_owned(), "ResourceExistsException", message)
        }),
        "aws_ssm_parameter" => text("name").map(|name| {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option.";
            claim(name.to_owned(), "ParameterAlreadyExists", message.into())
        }),
        "aws_s3_bucket" => text("bucket").map(|bucket| {
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            claim(bucket.to_owned(), "BucketAlreadyOwnedByYou", message.into())
        }),
        "aws_vpc_security_group_ingress_rule" | "aws_vpc_security_group_egress_rule" => rule(view).map(|rule| {
            let message = "the specified rule already exists".to_owned();
            claim(rule, "InvalidPermission.Duplicate", message)
        }),
        _ => None,
    };
    claims.into_iter().collect()
}

/// What a rule allows.
fn rule(view: View<'_>) -> Option<String> {
    let group = view.str("security_group_id")?;
    let peers = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];
    let peer = peers.iter().find_map(|name| view.str(name))?;
    let port = |name| view.i64(name).map_or_else(String::new, |port| port.to_string());
    let protocol = view.str_or_empty("ip_protocol");
    Some(format!("{group} {peer} {protocol} {}-{}", port("from_port"), port("to_port")))
}
