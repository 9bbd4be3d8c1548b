# The EKS cluster of the estate's description, word for word, with the VPC that it refers to.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "vpc" {
  source = "./modules/vpc"

  name       = "zero-world-us-east-1-prod"
  cidr_block = "10.0.0.0/16"

  tags = {
    Environment = "production"
  }
}

module "eks_cluster" {
  source = "./modules/eks"
  
  cluster_name = "zero-world-us-east-1-prod-01"
  region = "us-east-1"
  vpc_id = module.vpc.vpc_id
  
  node_groups = {
    critical = {
      instance_types = ["r6i.32xlarge"]
      min_size = 100
      max_size = 1000
      desired_size = 500
    }
    standard = {
      instance_types = ["m6i.16xlarge"]
      min_size = 500
      max_size = 5000
      desired_size = 2000
    }
    spot = {
      instance_types = ["m6i.8xlarge"]
      capacity_type = "SPOT"
      min_size = 100
      max_size = 10000
      desired_size = 1000
    }
  }
  
  tags = {
    Environment = "production"
    Region = "us-east-1"
    Cluster = "01"
  }
}

output "cluster_endpoint" {
  description = "Address of the API server."
  value       = module.eks_cluster.cluster_endpoint
}
