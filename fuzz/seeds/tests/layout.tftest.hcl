# How the range is cut, for how many zones.

variables {
  name       = "test"
  cidr_block = "10.8.0.0/16"
}

provider "aws" {
  region = "eu-west-1"
}

run "three_zones" {
  assert {
    condition     = output.availability_zones == tolist(["eu-west-1a", "eu-west-1b", "eu-west-1c"])
    error_message = "The first three zones of the region are meant, not ${jsonencode(output.availability_zones)}."
  }

  assert {
    condition     = aws_subnet.private[*].cidr_block == ["10.8.0.0/18", "10.8.64.0/18", "10.8.128.0/18"]
    error_message = "The private subnets have ${jsonencode(aws_subnet.private[*].cidr_block)}."
  }

  assert {
    condition     = aws_subnet.public[*].cidr_block == ["10.8.192.0/22", "10.8.196.0/22", "10.8.200.0/22"]
    error_message = "The public subnets have ${jsonencode(aws_subnet.public[*].cidr_block)}."
  }

  assert {
    condition     = length(output.nat_public_ips) == 3
    error_message = "Each zone has a NAT gateway of its own."
  }

  assert {
    condition     = aws_route.private_nat[2].nat_gateway_id == aws_nat_gateway.this[2].id
    error_message = "Private subnets reach the internet through the gateway of their own zone."
  }
}

run "one_gateway" {
  variables {
    single_nat_gateway = true
  }

  assert {
    condition     = length(output.nat_public_ips) == 1 && length(output.private_subnet_ids) == 3
    error_message = "All zones share one NAT gateway."
  }

  assert {
    condition     = output.vpc_id == run.three_zones.vpc_id
    error_message = "The VPC stays."
  }
}

run "named_zones" {
  command = plan

  variables {
    availability_zones = ["eu-west-1c", "eu-west-1a"]
  }

  assert {
    condition     = aws_subnet.private[*].availability_zone == ["eu-west-1c", "eu-west-1a"]
    error_message = "Zones are used in the order in which they are named."
  }
}

run "six_zones" {
  command = plan

  variables {
    availability_zones = ["a", "b", "c", "d", "e", "f"]
  }

  assert {
    condition     = aws_subnet.private[5].cidr_block == "10.8.160.0/19" && aws_subnet.public[5].cidr_block == "10.8.234.0/23"
    error_message = "With more than three zones the range is cut into eighths."
  }
}
