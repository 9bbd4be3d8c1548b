output "arn" {
  description = "ARN of the database server: what a copy in another region is made of."
  value       = aws_db_instance.this.arn
}

output "identifier" {
  description = "Name of the database server."
  value       = aws_db_instance.this.identifier
}

output "address" {
  description = "Name of the database server in DNS."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port of the database server."
  value       = aws_db_instance.this.port
}

output "password_secret_arn" {
  description = "ARN of the secret with the administrator's password; null if the password was given, or for a copy."
  value       = local.is_replica || local.gives_word ? null : one(aws_db_instance.this.master_user_secret[*].secret_arn)
}
