"""What boto3 says of an emulated AWS: a witness that shares no code with zw.

    witness.py --endpoint URL --region R inventory
    witness.py --endpoint URL --region R untag RESOURCE KEY
    witness.py --endpoint URL --region R delete KIND ID

Answers are JSON on standard output. An inventory lists what exists besides what an account begins with.
"""

import argparse
import json
import sys

import boto3


def tags_of(found):
    """Tags as a map, without those that zw marks its own operations with."""
    tags = found.get("Tags") or found.get("TagSet") or found.get("tags") or {}
    if isinstance(tags, list):
        tags = {tag["Key"]: tag["Value"] for tag in tags}
    return {key: value for key, value in sorted(tags.items()) if not key.startswith("zw:")}


def pages(client, operation, key, **arguments):
    """All items of a paginated operation."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[key]


def network(ec2):
    """VPCs and what is in them; the default VPC and its things are left out."""
    default = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc.get("IsDefault")}

    def ours(items):
        return [item for item in items if item.get("VpcId") not in default]

    tables = ours(pages(ec2, "describe_route_tables", "RouteTables"))
    inventory = {
        "vpcs": [
            {"id": vpc["VpcId"], "cidr": vpc["CidrBlock"], "tags": tags_of(vpc)}
            for vpc in ours(pages(ec2, "describe_vpcs", "Vpcs"))
        ],
        "subnets": [
            {
                "id": subnet["SubnetId"],
                "cidr": subnet["CidrBlock"],
                "zone": subnet["AvailabilityZone"],
                "tags": tags_of(subnet),
            }
            for subnet in ours(pages(ec2, "describe_subnets", "Subnets"))
        ],
        "internet_gateways": [
            {"id": gateway["InternetGatewayId"], "tags": tags_of(gateway)}
            for gateway in pages(ec2, "describe_internet_gateways", "InternetGateways")
            if not default & {one["VpcId"] for one in gateway["Attachments"]}
        ],
        "eips": [
            {"id": address["AllocationId"], "tags": tags_of(address)}
            for address in ec2.describe_addresses()["Addresses"]
        ],
        "nat_gateways": [
            {"id": gateway["NatGatewayId"], "subnet": gateway["SubnetId"], "tags": tags_of(gateway)}
            for gateway in pages(ec2, "describe_nat_gateways", "NatGateways")
            if gateway["State"] not in ("deleted", "deleting")
        ],
        "route_tables": [
            {
                "id": table["RouteTableId"],
                "routes": sorted(
                    route["DestinationCidrBlock"]
                    for route in table["Routes"]
                    if route.get("GatewayId") != "local" and "DestinationCidrBlock" in route
                ),
                "associations": len([one for one in table["Associations"] if not one["Main"]]),
                "tags": tags_of(table),
            }
            for table in tables
            if not any(one["Main"] for one in table["Associations"])
        ],
        "security_groups": [
            {"id": group["GroupId"], "name": group["GroupName"], "tags": tags_of(group)}
            for group in ours(pages(ec2, "describe_security_groups", "SecurityGroups"))
            if group["GroupName"] != "default"
        ],
        "launch_templates": [
            {
                "id": template["LaunchTemplateId"],
                "name": template["LaunchTemplateName"],
                "tags": tags_of(template),
            }
            for template in ec2.describe_launch_templates()["LaunchTemplates"]
        ],
        "instances": [
            {
                "id": instance["InstanceId"],
                "type": instance["InstanceType"],
                "tags": tags_of(instance),
            }
            for reservation in pages(ec2, "describe_instances", "Reservations")
            for instance in reservation["Instances"]
            if instance["State"]["Name"] not in ("terminated", "shutting-down")
        ],
    }
    groups = [group["id"] for group in inventory["security_groups"]]
    rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
    inventory["security_group_rules"] = [
        {"id": rule["SecurityGroupRuleId"], "egress": rule["IsEgress"], "protocol": rule["IpProtocol"]}
        for rule in rules
        if rule["GroupId"] in groups
    ]
    return inventory


def identity(iam):
    """Roles, policies and identity providers."""
    roles = [
        role
        for role in pages(iam, "list_roles", "Roles")
        if not role["Path"].startswith("/aws-service-role/")
    ]
    return {
        "roles": [
            {
                "name": role["RoleName"],
                "policies": sorted(
                    policy["PolicyArn"]
                    for policy in pages(
                        iam,
                        "list_attached_role_policies",
                        "AttachedPolicies",
                        RoleName=role["RoleName"],
                    )
                ),
                "tags": tags_of(iam.list_role_tags(RoleName=role["RoleName"])),
            }
            for role in roles
        ],
        "policies": sorted(
            policy["Arn"] for policy in pages(iam, "list_policies", "Policies", Scope="Local")
        ),
        "oidc_providers": sorted(
            provider["Arn"]
            for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        ),
    }


def clusters(eks):
    """Clusters with their node groups and add-ons."""
    found = []
    for name in sorted(eks.list_clusters()["clusters"]):
        cluster = eks.describe_cluster(name=name)["cluster"]
        groups = []
        for group in sorted(eks.list_nodegroups(clusterName=name)["nodegroups"]):
            group = eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"]
            groups.append(
                {
                    "name": group["nodegroupName"],
                    "scaling": group["scalingConfig"],
                    "capacity": group.get("capacityType"),
                    "types": group.get("instanceTypes"),
                    "tags": tags_of(group),
                }
            )
        addons = eks.list_addons(clusterName=name)["addons"] if has_addons(eks, name) else []
        found.append(
            {
                "name": name,
                "status": cluster["status"],
                "version": cluster["version"],
                "node_groups": groups,
                "addons": sorted(addons),
                "tags": tags_of(cluster),
            }
        )
    return {"clusters": found}


def has_addons(eks, name):
    """Whether the emulator knows add-ons: moto answers with a page of HTML."""
    try:
        eks.list_addons(clusterName=name)
    except Exception:  # noqa: BLE001 - boto3 raises whatever a page of HTML does to its parser
        return False
    return True


def inventory(session, endpoint):
    """Everything that exists, sorted."""

    def client(service):
        return session.client(service, endpoint_url=endpoint)

    found = {**network(client("ec2")), **identity(client("iam")), **clusters(client("eks"))}
    for items in found.values():
        items.sort(key=lambda item: json.dumps(item, sort_keys=True))
    return found


def untag(session, endpoint, resource, key):
    """Removes a tag: of an ARN of EKS, or of an id of EC2."""
    if resource.startswith("arn:"):
        session.client("eks", endpoint_url=endpoint).untag_resource(
            resourceArn=resource, tagKeys=[key]
        )
    else:
        session.client("ec2", endpoint_url=endpoint).delete_tags(
            Resources=[resource], Tags=[{"Key": key}]
        )
    return {"untagged": resource}


def delete(session, endpoint, kind, name):
    """Deletes a thing behind everybody's back."""
    ec2 = session.client("ec2", endpoint_url=endpoint)
    if kind == "launch-template":
        ec2.delete_launch_template(LaunchTemplateId=name)
    elif kind == "security-group":
        ec2.delete_security_group(GroupId=name)
    else:
        sys.exit(f"do not know how to delete a {kind}")
    return {"deleted": name}


def main():
    """Does what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("command", choices=["inventory", "untag", "delete"])
    parser.add_argument("arguments", nargs="*")
    args = parser.parse_args()
    session = boto3.Session(region_name=args.region)
    commands = {"inventory": inventory, "untag": untag, "delete": delete}
    answer = commands[args.command](session, args.endpoint, *args.arguments)
    json.dump(answer, sys.stdout, indent=1, sort_keys=True, default=str)


if __name__ == "__main__":
    main()
