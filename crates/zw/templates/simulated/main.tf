# A network in the simulated cloud: no account is needed. Without "simulate" it is a network on AWS.

variable "name" {
  description = "Name of the network, and the beginning of the names of everything in it."
  type        = string
  default     = "try"
}

variable "zones" {
  description = "How many availability zones have a subnet."
  type        = number
  default     = 2
}

provider "aws" {
  region   = "eu-west-1"
  simulate = true

  default_tags {
    tags = { Project = var.name }
  }
}

data "aws_availability_zones" "here" {
  state = "available"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = var.name }
}

resource "aws_subnet" "main" {
  count = var.zones

  vpc_id            = aws_vpc.main.id
  availability_zone = data.aws_availability_zones.here.names[count.index]
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 4, count.index)
  tags              = { Name = "${var.name}-${count.index}" }
}

output "subnets" {
  description = "Ids of the subnets."
  value       = aws_subnet.main[*].id
}
