# Production in us-east-1: the first of its clusters.

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = {
      Environment = "production"
      Service     = "kubernetes"
      Team        = "platform"
      Cost-center = "infrastructure"
    }
  }
}

module "vpc" {
  source = "../../../modules/vpc"

  name               = "zero-world-us-east-1-prod"
  cidr_block         = "10.0.0.0/16"
  availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
}

module "eks_cluster" {
  source = "../../../modules/eks"

  cluster_name = "zero-world-us-east-1-prod-01"
  region       = "us-east-1"
  vpc_id       = module.vpc.vpc_id

  node_groups = {
    critical = {
      instance_types = ["r6i.32xlarge"]
      min_size       = 100
      max_size       = 1000
      desired_size   = 500
    }
    standard = {
      instance_types = ["m6i.16xlarge"]
      min_size       = 500
      max_size       = 5000
      desired_size   = 2000
    }
    spot = {
      instance_types = ["m6i.8xlarge"]
      capacity_type  = "SPOT"
      min_size       = 100
      max_size       = 10000
      desired_size   = 1000
    }
  }

  tags = {
    Environment = "production"
    Region      = "us-east-1"
    Cluster     = "01"
  }
}
