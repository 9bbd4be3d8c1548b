# A network for the tiers under test.

module "vpc" {
  source = "../../../vpc"

  name     = "test"
  az_count = 2
}

output "vpc_id" {
  value = module.vpc.vpc_id
}

output "cidr_block" {
  value = module.vpc.cidr_block
}

output "private_subnet_ids" {
  value = module.vpc.private_subnet_ids
}
