output "name" {
  description = "Name of the bucket. Whoever uses it waits until it is closed to the public and encrypted."
  value       = aws_s3_bucket.this.id

  depends_on = [
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "arn" {
  description = "ARN of the bucket. Whoever uses it waits until it has versions."
  value       = aws_s3_bucket.this.arn

  depends_on = [aws_s3_bucket_versioning.this]
}

output "regional_domain_name" {
  description = "Name of the bucket in DNS, with its region."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}

output "replication_role_arn" {
  description = "ARN of the role that copies the bucket, which the other bucket and key have to let in if they are another account's; null without replication."
  value       = one(aws_iam_role.replication[*].arn)
}
