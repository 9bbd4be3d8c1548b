# A network in three tiers over the zones of a region: load balancers in public, services in private, and databases in
# isolated subnets. Services reach AWS without the internet, and it is written down which traffic there was.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Environment = "production"
      Service     = "network"
      Team        = "platform"
    }
  }
}

variable "region" {
  type        = string
  description = "Where the network is."
  default     = "us-east-1"
}

variable "name" {
  type        = string
  description = "What everything is called after."
  default     = "zero-world"
}

variable "cidr_block" {
  type        = string
  description = "The addresses of the network, a /16."
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && endswith(var.cidr_block, "/16")
    error_message = "cidr_block must be an IPv4 range of the size /16."
  }
}

variable "zones" {
  type        = list(string)
  description = "The letters of the availability zones."
  default     = ["a", "b", "c"]
}

variable "endpoint_services" {
  type        = set(string)
  description = "Services that are reached through endpoints in the private subnets."
  default     = ["ecr.api", "ecr.dkr", "logs", "sts"]
}

variable "flow_log_days" {
  type        = number
  description = "How long it is kept which traffic there was."
  default     = 90
}

locals {
  tiers = ["public", "private", "isolated"]

  # A /20 for each tier in each zone, tier after tier.
  subnets = {
    for pair in setproduct(range(length(local.tiers)), range(length(var.zones))) :
    "${local.tiers[pair[0]]}-${var.zones[pair[1]]}" => {
      tier       = local.tiers[pair[0]]
      zone       = var.zones[pair[1]]
      cidr_block = cidrsubnet(var.cidr_block, 4, pair[0] * 4 + pair[1])
    }
  }
  public   = { for key, subnet in local.subnets : subnet.zone => key if subnet.tier == "public" }
  private  = { for key, subnet in local.subnets : subnet.zone => key if subnet.tier == "private" }
  isolated = { for key, subnet in local.subnets : subnet.zone => key if subnet.tier == "isolated" }
}

resource "aws_vpc" "main" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

resource "aws_subnet" "each" {
  for_each = local.subnets

  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value.cidr_block
  availability_zone = "${var.region}${each.value.zone}"

  tags = { Name = "${var.name}-${each.key}", Tier = each.value.tier }
}

# The way out: through the internet gateway from public subnets, through a NAT gateway of the same zone from private ones,
# and not at all from isolated ones.

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = { Name = var.name }
}

resource "aws_eip" "nat" {
  for_each = local.public

  domain = "vpc"

  tags = { Name = "${var.name}-nat-${each.key}" }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "zone" {
  for_each = local.public

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.each[each.value].id

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  tags = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table" "private" {
  for_each = local.private

  vpc_id = aws_vpc.main.id

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route" "nat" {
  for_each = local.private

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.zone[each.key].id
}

resource "aws_route_table" "isolated" {
  vpc_id = aws_vpc.main.id

  tags = { Name = "${var.name}-isolated" }
}

resource "aws_route_table_association" "each" {
  for_each = local.subnets

  subnet_id = aws_subnet.each[each.key].id
  route_table_id = (
    each.value.tier == "public" ? aws_route_table.public.id :
    each.value.tier == "private" ? aws_route_table.private[each.value.zone].id :
    aws_route_table.isolated.id
  )
}

# Databases are reached from the network alone, whatever a security group says.

resource "aws_network_acl" "isolated" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [for key in local.isolated : aws_subnet.each[key].id]

  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    cidr_block = var.cidr_block
    from_port  = 0
    to_port    = 0
  }

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    cidr_block = var.cidr_block
    from_port  = 0
    to_port    = 0
  }

  tags = { Name = "${var.name}-isolated" }
}

# What is kept in S3 and DynamoDB comes through gateways, everything else of AWS through interfaces in the private subnets.

resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(["dynamodb", "s3"])

  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.${var.region}.${each.key}"
  route_table_ids = concat(
    [aws_route_table.isolated.id],
    [for table in aws_route_table.private : table.id],
  )

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "HTTPS from the network to the endpoints of AWS"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from the network"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = var.cidr_block
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.endpoint_services

  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for key in local.private : aws_subnet.each[key].id]
  security_group_ids  = [aws_security_group.endpoints.id]

  tags = { Name = "${var.name}-${each.key}" }
}

# Which traffic there was.

resource "aws_cloudwatch_log_group" "flow" {
  name              = "/vpc/${var.name}/flow"
  retention_in_days = var.flow_log_days
}

data "aws_iam_policy_document" "flow_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "flow" {
  statement {
    actions = [
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
    ]
    resources = ["${aws_cloudwatch_log_group.flow.arn}:*"]
  }
}

resource "aws_iam_role" "flow" {
  name               = "${var.name}-flow-logs"
  assume_role_policy = data.aws_iam_policy_document.flow_trust.json
}

resource "aws_iam_role_policy" "flow" {
  name   = "write"
  role   = aws_iam_role.flow.id
  policy = data.aws_iam_policy_document.flow.json
}

resource "aws_flow_log" "main" {
  vpc_id                   = aws_vpc.main.id
  traffic_type             = "ALL"
  iam_role_arn             = aws_iam_role.flow.arn
  log_destination          = aws_cloudwatch_log_group.flow.arn
  max_aggregation_interval = 60

  tags = { Name = var.name }
}

output "vpc_id" {
  description = "The network's id."
  value       = aws_vpc.main.id
}

output "subnet_ids" {
  description = "The ids of the subnets by tier, in the order of the zones."
  value = {
    for tier in local.tiers :
    tier => [for key, subnet in local.subnets : aws_subnet.each[key].id if subnet.tier == tier]
  }
}
