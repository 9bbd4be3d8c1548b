# The bucket in the other region.

resource "aws_kms_key" "this" {
  description = "Test"
}

module "copy" {
  source = "../.."

  name        = "zero-world-us-west-2-test-orders"
  kms_key_arn = aws_kms_key.this.arn
}

output "kms_key_arn" {
  value = aws_kms_key.this.arn
}

output "arn" {
  value = module.copy.arn
}
