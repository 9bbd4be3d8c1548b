# A small EKS cluster in a network of its own, on the simulated cloud: no account is needed.

variable "desired_nodes" {
  description = "How many nodes the cluster starts with."
  type        = number
  default     = 2
}

provider "aws" {
  region   = "us-east-1"
  simulate = true

  default_tags {
    tags = {
      Environment = "quickstart"
    }
  }
}

module "vpc" {
  source = "../../modules/vpc"

  name               = "quickstart"
  az_count           = 2
  single_nat_gateway = true
}

module "eks" {
  source = "../../modules/eks"

  cluster_name = "quickstart"
  region       = "us-east-1"
  vpc_id       = module.vpc.vpc_id
  subnet_ids   = module.vpc.private_subnet_ids

  node_groups = {
    standard = {
      instance_types = ["t3.large"]
      min_size       = 1
      max_size       = 4
      desired_size   = var.desired_nodes
    }
  }
}

output "cluster_endpoint" {
  description = "Address of the API server."
  value       = module.eks.cluster_endpoint
}

output "nat_public_ips" {
  description = "Addresses from which the nodes reach the internet."
  value       = module.vpc.nat_public_ips
}
