# What a bucket under test needs in its own region: a key, and a bucket for access logs.

resource "aws_kms_key" "this" {
  description = "Test"
}

module "logs" {
  source = "../.."

  name               = "zero-world-us-east-1-test-logs"
  kms_key_arn        = null
  access_log_sources = ["zero-world-us-east-1-test-orders"]

  lifecycle_rules = {
    year = { expiration_days = 365 }
  }
}

output "kms_key_arn" {
  value = aws_kms_key.this.arn
}

output "log_bucket" {
  value = module.logs.name
}
