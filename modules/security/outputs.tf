output "key_arns" {
  description = "ARNs of the KMS keys by purpose."
  value       = { for purpose, key in aws_kms_key.this : purpose => key.arn }
}

output "key_aliases" {
  description = "Aliases of the KMS keys by purpose."
  value       = { for purpose, alias in aws_kms_alias.this : purpose => alias.name }
}

output "security_group_ids" {
  description = "Ids of the tiers' security groups. Whoever uses them waits for the rules, too."
  value       = { for tier, group in aws_security_group.tier : tier => group.id }

  depends_on = [
    aws_vpc_security_group_egress_rule.this,
    aws_vpc_security_group_ingress_rule.this,
  ]
}

output "secret_arns" {
  description = "ARNs of the secrets by name. Whoever uses them waits for generated values, too."
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }

  depends_on = [aws_secretsmanager_secret_version.generated]
}

output "secrets_without_rotation" {
  description = "Names of the secrets that nothing renews: somebody has to."
  value       = sort([for name, secret in var.secrets : name if secret.rotation == null])
}

output "parameter_arns" {
  description = "ARNs of the parameters by path."
  value       = { for path, parameter in aws_ssm_parameter.this : path => parameter.arn }
}

output "log_group_names" {
  description = "Names of the log groups by name."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.name }
}

output "log_group_arns" {
  description = "ARNs of the log groups by name."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.arn }
}
