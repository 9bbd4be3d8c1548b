"""What boto3 says of an emulated AWS: a witness that shares no code with zw.

    witness.py --endpoint URL --region REGION inventory
    witness.py --endpoint URL --region REGION tag THING KEY VALUE
    witness.py --endpoint URL --region REGION untag THING KEY
    witness.py --endpoint URL --region REGION delete KIND ID

An inventory lists what exists besides what an account begins with, each kind sorted.
A THING is an id of EC2 or an ARN of EKS or IAM. Answers are JSON on standard output.
The exit code is 0; 1 if AWS refuses, with its words on standard error; or 2 if the
arguments make no sense.
"""

import argparse
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# zw marks what it makes, to find it again after a crash.
MARKER = "zw:"

# What can be deleted behind zw's back: the service, the operation, and the parameters
# that take the id. An id of two parts has a slash between them.
DELETIONS = {
    "addon": ("eks", "delete_addon", ("clusterName", "addonName")),
    "cluster": ("eks", "delete_cluster", ("name",)),
    "eip": ("ec2", "release_address", ("AllocationId",)),
    "instance": ("ec2", "terminate_instances", ("InstanceIds",)),
    "internet-gateway": ("ec2", "delete_internet_gateway", ("InternetGatewayId",)),
    "launch-template": ("ec2", "delete_launch_template", ("LaunchTemplateId",)),
    "nat-gateway": ("ec2", "delete_nat_gateway", ("NatGatewayId",)),
    "node-group": ("eks", "delete_nodegroup", ("clusterName", "nodegroupName")),
    "oidc-provider": (
        "iam",
        "delete_open_id_connect_provider",
        ("OpenIDConnectProviderArn",),
    ),
    "policy": ("iam", "delete_policy", ("PolicyArn",)),
    "role": ("iam", "delete_role", ("RoleName",)),
    "route-table": ("ec2", "delete_route_table", ("RouteTableId",)),
    "security-group": ("ec2", "delete_security_group", ("GroupId",)),
    "subnet": ("ec2", "delete_subnet", ("SubnetId",)),
    "vpc": ("ec2", "delete_vpc", ("VpcId",)),
}


class Clients:
    """Clients of the services, all for one endpoint and region."""

    def __init__(self, endpoint, region):
        """Makes the clients; nothing is called yet."""
        # The first call that an emulator gets can take it seconds.
        config = Config(read_timeout=60, retries={"max_attempts": 2})
        session = boto3.Session(region_name=region)
        self.ec2, self.iam, self.eks = (
            session.client(service, endpoint_url=endpoint, config=config)
            for service in ("ec2", "iam", "eks")
        )


def tags_of(found):
    """Tags as a map, without those that zw marks its own operations with."""
    tags = found.get("Tags") or found.get("TagSet") or found.get("tags") or {}
    if isinstance(tags, list):
        tags = {tag["Key"]: tag["Value"] for tag in tags}
    return {key: value for key, value in tags.items() if not key.startswith(MARKER)}


def pages(client, operation, key, **arguments):
    """All items of a paginated operation."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[key]


def network(ec2):
    """VPCs and what is in them, without the default VPC and what a VPC begins with."""
    vpcs = list(pages(ec2, "describe_vpcs", "Vpcs"))
    default = {vpc["VpcId"] for vpc in vpcs if vpc.get("IsDefault")}

    def ours(operation, key):
        return [
            item
            for item in pages(ec2, operation, key)
            if item.get("VpcId") not in default
        ]

    groups = [
        group
        for group in ours("describe_security_groups", "SecurityGroups")
        if group["GroupName"] != "default"
    ]
    group_ids = {group["GroupId"] for group in groups}
    rules = pages(ec2, "describe_security_group_rules", "SecurityGroupRules")
    return {
        "vpcs": [
            {
                "id": vpc["VpcId"],
                "cidr": vpc["CidrBlock"],
                "dns_hostnames": ec2.describe_vpc_attribute(
                    VpcId=vpc["VpcId"], Attribute="enableDnsHostnames"
                )["EnableDnsHostnames"]["Value"],
                "tags": tags_of(vpc),
            }
            for vpc in vpcs
            if vpc["VpcId"] not in default
        ],
        "subnets": [
            {
                "id": subnet["SubnetId"],
                "vpc": subnet["VpcId"],
                "cidr": subnet["CidrBlock"],
                "zone": subnet["AvailabilityZone"],
                "public_ip_on_launch": subnet.get("MapPublicIpOnLaunch", False),
                "tags": tags_of(subnet),
            }
            for subnet in ours("describe_subnets", "Subnets")
        ],
        "internet_gateways": [
            {
                "id": gateway["InternetGatewayId"],
                "vpcs": sorted(
                    attachment["VpcId"] for attachment in gateway["Attachments"]
                ),
                "tags": tags_of(gateway),
            }
            for gateway in pages(ec2, "describe_internet_gateways", "InternetGateways")
            if not default
            & {attachment["VpcId"] for attachment in gateway["Attachments"]}
        ],
        "eips": [
            {
                "id": address["AllocationId"],
                "ip": address["PublicIp"],
                "tags": tags_of(address),
            }
            for address in ec2.describe_addresses()["Addresses"]
        ],
        "nat_gateways": [
            {
                "id": gateway["NatGatewayId"],
                "subnet": gateway["SubnetId"],
                "tags": tags_of(gateway),
            }
            for gateway in pages(ec2, "describe_nat_gateways", "NatGateways")
            if gateway["State"] not in ("deleted", "deleting")
        ],
        "route_tables": [
            {
                "id": table["RouteTableId"],
                "routes": sorted(
                    route["DestinationCidrBlock"]
                    for route in table["Routes"]
                    if route.get("GatewayId") != "local"
                    and "DestinationCidrBlock" in route
                ),
                "associations": len(table["Associations"]),
                "tags": tags_of(table),
            }
            for table in ours("describe_route_tables", "RouteTables")
            if not any(association["Main"] for association in table["Associations"])
        ],
        "security_groups": [
            {
                "id": group["GroupId"],
                "name": group["GroupName"],
                "description": group["Description"],
                "tags": tags_of(group),
            }
            for group in groups
        ],
        "security_group_rules": [
            {
                "id": rule["SecurityGroupRuleId"],
                "group": rule["GroupId"],
                "egress": rule["IsEgress"],
                "protocol": rule["IpProtocol"],
                "ports": [rule.get("FromPort"), rule.get("ToPort")],
                "peer": rule.get("CidrIpv4")
                or rule.get("CidrIpv6")
                or rule.get("PrefixListId")
                or rule.get("ReferencedGroupInfo", {}).get("GroupId"),
                "description": rule.get("Description"),
                "tags": tags_of(rule),
            }
            for rule in rules
            if rule["GroupId"] in group_ids
        ],
    }


def machines(ec2):
    """Launch templates, and instances that are there."""
    return {
        "launch_templates": [
            {
                "id": template["LaunchTemplateId"],
                "name": template["LaunchTemplateName"],
                "default_version": template["DefaultVersionNumber"],
                "latest_version": template["LatestVersionNumber"],
                "tags": tags_of(template),
            }
            for template in pages(ec2, "describe_launch_templates", "LaunchTemplates")
        ],
        "instances": [
            {
                "id": instance["InstanceId"],
                "type": instance["InstanceType"],
                "image": instance["ImageId"],
                "subnet": instance.get("SubnetId"),
                "state": instance["State"]["Name"],
                "tags": tags_of(instance),
            }
            for reservation in pages(ec2, "describe_instances", "Reservations")
            for instance in reservation["Instances"]
            if instance["State"]["Name"] not in ("terminated", "shutting-down")
        ],
    }


def identity(iam):
    """Roles, policies of the account, profiles and identity providers, without those of AWS."""
    providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return {
        "roles": [
            {
                "name": role["RoleName"],
                "description": role.get("Description"),
                "policies": sorted(
                    policy["PolicyArn"]
                    for policy in pages(
                        iam,
                        "list_attached_role_policies",
                        "AttachedPolicies",
                        RoleName=role["RoleName"],
                    )
                ),
                "inline": sorted(
                    pages(
                        iam,
                        "list_role_policies",
                        "PolicyNames",
                        RoleName=role["RoleName"],
                    )
                ),
                "tags": tags_of(iam.list_role_tags(RoleName=role["RoleName"])),
            }
            for role in pages(iam, "list_roles", "Roles")
            if not role["Path"].startswith("/aws-service-role/")
        ],
        "policies": [
            {
                "arn": policy["Arn"],
                "version": policy["DefaultVersionId"],
                "tags": tags_of(iam.list_policy_tags(PolicyArn=policy["Arn"])),
            }
            for policy in pages(iam, "list_policies", "Policies", Scope="Local")
        ],
        "instance_profiles": [
            {
                "name": profile["InstanceProfileName"],
                "roles": [role["RoleName"] for role in profile["Roles"]],
                "tags": tags_of(profile),
            }
            for profile in instance_profiles(iam)
        ],
        "oidc_providers": [
            oidc_provider(
                provider["Arn"],
                iam.get_open_id_connect_provider(
                    OpenIDConnectProviderArn=provider["Arn"]
                ),
            )
            for provider in providers
        ],
    }


def instance_profiles(iam):
    """Instance profiles. A list of them says nothing of their tags."""
    for found in pages(iam, "list_instance_profiles", "InstanceProfiles"):
        name = found["InstanceProfileName"]
        yield iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]


def oidc_provider(arn, provider):
    """An identity provider."""
    return {
        "arn": arn,
        "url": provider["Url"],
        "clients": sorted(provider["ClientIDList"]),
        "tags": tags_of(provider),
    }


def clusters(eks):
    """Clusters with their node groups and add-ons."""
    return {
        "clusters": [
            cluster(eks, name) for name in pages(eks, "list_clusters", "clusters")
        ]
    }


def cluster(eks, name):
    """A cluster with its node groups and add-ons."""
    found = eks.describe_cluster(name=name)["cluster"]
    network = found["resourcesVpcConfig"]
    groups = sorted(pages(eks, "list_nodegroups", "nodegroups", clusterName=name))
    return {
        "name": name,
        "arn": found["arn"],
        "status": found["status"],
        "version": found["version"],
        "public": network.get("endpointPublicAccess"),
        "private": network.get("endpointPrivateAccess"),
        "subnets": sorted(network.get("subnetIds", [])),
        "logs": sorted(
            kind
            for entry in found.get("logging", {}).get("clusterLogging", [])
            if entry["enabled"]
            for kind in entry["types"]
        ),
        "node_groups": [node_group(eks, name, group) for group in groups],
        "addons": addons(eks, name),
        "tags": tags_of(found),
    }


def node_group(eks, cluster_name, name):
    """A node group."""
    found = eks.describe_nodegroup(clusterName=cluster_name, nodegroupName=name)[
        "nodegroup"
    ]
    return {
        "name": name,
        "arn": found["nodegroupArn"],
        "status": found["status"],
        "scaling": found["scalingConfig"],
        "capacity": found.get("capacityType"),
        "types": found.get("instanceTypes"),
        "image": found.get("amiType"),
        "subnets": sorted(found.get("subnets", [])),
        "labels": found.get("labels") or {},
        "taints": found.get("taints") or [],
        "tags": tags_of(found),
    }


def addons(eks, cluster_name):
    """Names of a cluster's add-ons."""
    try:
        return sorted(pages(eks, "list_addons", "addons", clusterName=cluster_name))
    except ClientError as error:
        # An emulator without add-ons, such as moto, answers with a page of HTML.
        if error.response["Error"]["Code"] == "404":
            return []
        raise


def inventory(clients):
    """Everything that exists, sorted."""
    found = {
        **network(clients.ec2),
        **machines(clients.ec2),
        **identity(clients.iam),
        **clusters(clients.eks),
    }
    for items in found.values():
        items.sort(key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return found


def tag(clients, thing, key, value):
    """Sets a tag."""
    match thing.split(":"):
        case ["arn", _, "eks", *_]:
            clients.eks.tag_resource(resourceArn=thing, tags={key: value})
        case ["arn", _, "iam", *_]:
            kind, name = iam_name(thing)
            getattr(clients.iam, f"tag_{kind}")(
                **name, Tags=[{"Key": key, "Value": value}]
            )
        case _:
            clients.ec2.create_tags(
                Resources=[thing], Tags=[{"Key": key, "Value": value}]
            )
    return {"tagged": thing}


def untag(clients, thing, key):
    """Removes a tag."""
    match thing.split(":"):
        case ["arn", _, "eks", *_]:
            clients.eks.untag_resource(resourceArn=thing, tagKeys=[key])
        case ["arn", _, "iam", *_]:
            kind, name = iam_name(thing)
            getattr(clients.iam, f"untag_{kind}")(**name, TagKeys=[key])
        case _:
            clients.ec2.delete_tags(Resources=[thing], Tags=[{"Key": key}])
    return {"untagged": thing}


def iam_name(arn):
    """How the operations of IAM on tags call a kind, and how they take what the ARN names."""
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    match kind:
        case "oidc-provider":
            return "open_id_connect_provider", {"OpenIDConnectProviderArn": arn}
        case "policy":
            return "policy", {"PolicyArn": arn}
        case _:
            return kind, {f"{kind.capitalize()}Name": rest.rpartition("/")[2]}


def delete(clients, kind, name):
    """Deletes a thing behind everybody's back."""
    service, operation, parameters = DELETIONS[kind]
    parts = name.split("/", 1) if len(parameters) == 2 else [name]
    if len(parts) != len(parameters):
        print(f"{kind} {name}: expected CLUSTER/NAME.", file=sys.stderr)
        sys.exit(2)
    values = [
        [part] if parameter.endswith("s") else part
        for parameter, part in zip(parameters, parts, strict=True)
    ]
    getattr(getattr(clients, service), operation)(
        **dict(zip(parameters, values, strict=True))
    )
    return {"deleted": name}


def arguments():
    """The command line."""
    lines = __doc__.splitlines()
    parser = argparse.ArgumentParser(description=lines[0])
    parser.add_argument("--endpoint", required=True, help="address of the emulator")
    parser.add_argument("--region", required=True, help="region to look at")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("inventory", help="list what exists")
    command = commands.add_parser("tag", help="set a tag")
    command.add_argument("thing")
    command.add_argument("key")
    command.add_argument("value")
    command = commands.add_parser("untag", help="remove a tag")
    command.add_argument("thing")
    command.add_argument("key")
    command = commands.add_parser("delete", help="delete a thing")
    command.add_argument("kind", choices=sorted(DELETIONS))
    command.add_argument("name", help="its id, or CLUSTER/NAME")
    return vars(parser.parse_args())


def main():
    """Does what the command line says."""
    given = arguments()
    clients = Clients(given.pop("endpoint"), given.pop("region"))
    commands = {"inventory": inventory, "tag": tag, "untag": untag, "delete": delete}
    command = commands[given.pop("command")]
    try:
        answer = command(clients, **given)
    except (BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    json.dump(answer, sys.stdout, indent=1, sort_keys=True, default=str)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
