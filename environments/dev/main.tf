# Development: one small cluster, on spot instances, behind one NAT gateway.

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

locals {
  tags = {
    Environment = "dev"
    Service     = "kubernetes"
    Team        = "platform"
    Cost-center = "engineering"
  }
}

module "vpc" {
  source = "../../modules/vpc"

  name               = "zero-world-${var.region}-dev"
  cidr_block         = "10.64.0.0/16"
  az_count           = 2
  single_nat_gateway = true
}

module "eks_cluster" {
  source = "../../modules/eks"

  cluster_name = "zero-world-${var.region}-dev-01"
  region       = var.region
  vpc_id       = module.vpc.vpc_id
  subnet_ids   = module.vpc.private_subnet_ids

  node_groups = {
    spot = {
      instance_types = ["m6i.large", "m5.large"]
      capacity_type  = "SPOT"
      min_size       = 1
      max_size       = 5
      desired_size   = 2
    }
  }

  # The provider's default tags do not reach the instances that a launch template starts.
  tags = local.tags
}
