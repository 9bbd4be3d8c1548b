output "arn" {
  description = "ARN of the cache."
  value       = aws_elasticache_replication_group.this.arn
}

output "address" {
  description = "Where the cache is written to and read from: of one shard the node that takes writes, of several where clients learn of all."
  value       = var.shard_count > 1 ? aws_elasticache_replication_group.this.configuration_endpoint_address : aws_elasticache_replication_group.this.primary_endpoint_address
}

output "reader_address" {
  description = "Where a cache of one shard is read from; null with several."
  value       = var.shard_count > 1 ? null : aws_elasticache_replication_group.this.reader_endpoint_address
}

output "port" {
  description = "Port of the cache."
  value       = aws_elasticache_replication_group.this.port
}
