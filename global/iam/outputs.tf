output "operator_role_arn" {
  description = "ARN of the role that operates."
  value       = aws_iam_role.operator.arn
}

output "auditor_role_arn" {
  description = "ARN of the role that audits."
  value       = aws_iam_role.auditor.arn
}

output "deployer_role_arn" {
  description = "ARN of the role that the pipeline deploys with; null without a pipeline."
  value       = one(aws_iam_role.deployer[*].arn)
}
