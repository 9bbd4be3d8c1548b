# A network for the cluster under test.

module "vpc" {
  source = "../../../vpc"

  name     = "test"
  az_count = 2
}

output "vpc_id" {
  value = module.vpc.vpc_id
}

output "private_subnet_ids" {
  value = module.vpc.private_subnet_ids
}
