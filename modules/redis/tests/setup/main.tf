# What a cache under test needs: a network, a key, and the group of its tier.

module "vpc" {
  source = "../../../vpc"

  name     = "test"
  az_count = 2
}

module "security" {
  source = "../../../security"

  name   = "zero-world-us-east-1-test"
  vpc_id = module.vpc.vpc_id
}

output "private_subnet_ids" {
  value = module.vpc.private_subnet_ids
}

output "kms_key_arn" {
  value = module.security.key_arns["data"]
}

output "security_group_id" {
  value = module.security.security_group_ids["cache"]
}
