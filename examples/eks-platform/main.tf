# A platform on EKS: nodes for what always runs, Fargate for what runs now and then, and a role of its own for each service
# that asks AWS for something.

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
}

variable "region" {
  type        = string
  description = "Where the platform is."
  default     = "us-east-1"
}

variable "name" {
  type        = string
  description = "What everything is called after."
  default     = "platform"
}

variable "desired_nodes" {
  type        = number
  description = "How many nodes there are to begin with."
  default     = 3
}

variable "fargate_namespaces" {
  type        = set(string)
  description = "Namespaces whose pods run without nodes."
  default     = ["jobs"]
}

variable "pod_roles" {
  type = map(object({
    namespace       = string
    service_account = string
    policy_arns     = set(string)
  }))
  description = "Roles of service accounts, by a name for each."
  default = {
    reports = {
      namespace       = "web"
      service_account = "reports"
      policy_arns     = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    }
  }
}

locals {
  tags = {
    Environment = "production"
    Service     = "kubernetes"
    Team        = "platform"
  }
  policies = merge([
    for name, role in var.pod_roles : {
      for arn in role.policy_arns : "${name}/${basename(arn)}" => { role = name, policy_arn = arn }
    }
  ]...)
}

module "vpc" {
  source = "./modules/vpc"

  name       = var.name
  cidr_block = "10.0.0.0/16"
  tags       = local.tags
}

module "cluster" {
  source = "./modules/eks"

  cluster_name = var.name
  region       = var.region
  vpc_id       = module.vpc.vpc_id
  subnet_ids   = module.vpc.private_subnet_ids

  node_groups = {
    standard = {
      instance_types = ["m6i.xlarge"]
      min_size       = 1
      max_size       = 30
      desired_size   = var.desired_nodes
    }
  }

  # Pods ask the agent on their node for the credentials of their role.
  addons = length(var.pod_roles) > 0 ? { eks-pod-identity-agent = {} } : {}

  tags = local.tags
}

# Pods without nodes.

data "aws_iam_policy_document" "fargate" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["eks-fargate-pods.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "fargate" {
  count = length(var.fargate_namespaces) > 0 ? 1 : 0

  name               = "${var.name}-fargate"
  assume_role_policy = data.aws_iam_policy_document.fargate.json
  tags               = local.tags
}

resource "aws_iam_role_policy_attachment" "fargate" {
  count = length(aws_iam_role.fargate)

  role       = aws_iam_role.fargate[count.index].name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy"
}

resource "aws_eks_fargate_profile" "namespace" {
  for_each = var.fargate_namespaces

  cluster_name           = module.cluster.cluster_name
  fargate_profile_name   = each.key
  pod_execution_role_arn = aws_iam_role.fargate[0].arn
  subnet_ids             = module.vpc.private_subnet_ids
  tags                   = local.tags

  selector {
    namespace = each.key
  }

  depends_on = [aws_iam_role_policy_attachment.fargate]
}

# Roles of services.

data "aws_iam_policy_document" "pods" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "pod" {
  for_each = var.pod_roles

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.pods.json
  tags               = local.tags
}

resource "aws_iam_role_policy_attachment" "pod" {
  for_each = local.policies

  role       = aws_iam_role.pod[each.value.role].name
  policy_arn = each.value.policy_arn
}

resource "aws_eks_pod_identity_association" "pod" {
  for_each = var.pod_roles

  cluster_name    = module.cluster.cluster_name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.pod[each.key].arn
  tags            = local.tags
}

output "cluster_endpoint" {
  description = "Address of the API server."
  value       = module.cluster.cluster_endpoint
}

output "pod_role_arns" {
  description = "The ARNs of the roles of services by name."
  value       = { for name, role in aws_iam_role.pod : name => role.arn }
}
