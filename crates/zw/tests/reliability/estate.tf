# Sixty resources of twenty-one types, with tags, names and references enough to tell a thing from its copy.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

locals {
  zones = ["us-east-1a", "us-east-1b", "us-east-1c"]

  trust = {
    for service in ["ec2", "eks"] : service => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = ["sts:AssumeRole"]
        Principal = { Service = "${service}.amazonaws.com" }
      }]
    })
  }
}

# The network: 28.

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "main" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "main" }
}

resource "aws_subnet" "public" {
  count = 3

  vpc_id                  = aws_vpc.main.id
  cidr_block              = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone       = local.zones[count.index]
  map_public_ip_on_launch = true
  tags                    = { Name = "public-${count.index}" }
}

resource "aws_subnet" "private" {
  count = 3

  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 4, count.index + 1)
  availability_zone = local.zones[count.index]
  tags              = { Name = "private-${count.index}" }
}

resource "aws_eip" "nat" {
  count = 3

  domain = "vpc"
  tags   = { Name = "nat-${count.index}" }
}

resource "aws_nat_gateway" "main" {
  count = 3

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id
  tags          = { Name = "main-${count.index}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "public" }
}

resource "aws_route_table" "private" {
  count = 3

  vpc_id = aws_vpc.main.id
  tags   = { Name = "private-${count.index}" }
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route" "private" {
  count = 3

  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main[count.index].id
}

resource "aws_route_table_association" "public" {
  count = 3

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  count = 3

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}

# Who may talk to whom: 10.

resource "aws_security_group" "all" {
  for_each = toset(["api", "nodes", "database"])

  name        = each.key
  description = "The ${each.key} of the estate"
  vpc_id      = aws_vpc.main.id
  tags        = { Name = each.key }
}

resource "aws_vpc_security_group_egress_rule" "all" {
  for_each = aws_security_group.all

  security_group_id = each.value.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = { Name = "${each.key}-out" }
}

resource "aws_vpc_security_group_ingress_rule" "all" {
  for_each = { https = 443, metrics = 9100, kubelet = 10250, postgres = 5432 }

  security_group_id            = aws_security_group.all[each.key == "postgres" ? "database" : "nodes"].id
  referenced_security_group_id = aws_security_group.all["api"].id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  description                  = each.key
  tags                         = { Name = each.key }
}

# Who may do what: 13.

resource "aws_iam_role" "cluster" {
  name               = "cluster"
  assume_role_policy = local.trust.eks
  tags               = { Name = "cluster" }
}

resource "aws_iam_role" "nodes" {
  name               = "nodes"
  assume_role_policy = local.trust.ec2
  tags               = { Name = "nodes" }
}

resource "aws_iam_role" "bastion" {
  name               = "bastion"
  assume_role_policy = local.trust.ec2
  tags               = { Name = "bastion" }
}

resource "aws_iam_policy" "all" {
  for_each = { read = "s3:GetObject", write = "s3:PutObject" }

  name = each.key
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = [each.value], Resource = "*" }]
  })
  tags = { Name = each.key }
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role_policy_attachment" "nodes" {
  for_each = toset(["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"])

  role       = aws_iam_role.nodes.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_iam_role_policy_attachment" "bastion" {
  for_each = aws_iam_policy.all

  role       = aws_iam_role.bastion.name
  policy_arn = each.value.arn
}

resource "aws_iam_role_policy" "bastion" {
  name = "inline"
  role = aws_iam_role.bastion.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["ec2:DescribeInstances"], Resource = "*" }]
  })
}

resource "aws_iam_instance_profile" "all" {
  for_each = { bastion = aws_iam_role.bastion.name, nodes = aws_iam_role.nodes.name }

  name = each.key
  role = each.value
  tags = { Name = each.key }
}

# Machines: 9.

data "aws_ami" "linux" {
  owners      = ["amazon"]
  most_recent = true

  filter {
    name   = "name"
    values = ["amzn2-ami-hvm-*"]
  }
}

resource "aws_instance" "bastion" {
  ami                    = data.aws_ami.linux.id
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.public[0].id
  vpc_security_group_ids = [aws_security_group.all["api"].id]
  iam_instance_profile   = aws_iam_instance_profile.all["bastion"].name
  tags                   = { Name = "bastion" }
}

resource "aws_launch_template" "all" {
  for_each = toset(["small", "large", "spot"])

  name          = each.key
  instance_type = each.key == "large" ? "m6i.large" : "t3.micro"
  tags          = { Name = each.key }
}

resource "aws_eks_cluster" "main" {
  name     = "main"
  role_arn = aws_iam_role.cluster.arn
  tags     = { Name = "main" }

  vpc_config {
    subnet_ids         = aws_subnet.private[*].id
    security_group_ids = [aws_security_group.all["api"].id]
  }

  depends_on = [aws_iam_role_policy_attachment.cluster]
}

resource "aws_eks_node_group" "all" {
  for_each = aws_launch_template.all

  cluster_name    = aws_eks_cluster.main.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.nodes.arn
  subnet_ids      = aws_subnet.private[*].id

  launch_template {
    id      = each.value.id
    version = each.value.latest_version
  }

  scaling_config {
    min_size     = 1
    max_size     = 3
    desired_size = 2
  }

  depends_on = [aws_iam_role_policy_attachment.nodes]
}

resource "aws_iam_openid_connect_provider" "main" {
  url            = aws_eks_cluster.main.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
  tags           = { Name = "main" }
}
