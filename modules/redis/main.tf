locals {
  major = split(".", var.engine_version)[0]

  # What does not fit any more goes by how long it was not used, among keys that end some day; others are refused.
  parameters = merge(
    { "maxmemory-policy" = "volatile-lru" },
    var.shard_count > 1 ? { "cluster-enabled" = "yes" } : {},
    var.parameters,
  )

  # As ElastiCache calls them.
  members = var.shard_count > 1 ? flatten([
    for shard in range(1, var.shard_count + 1) : [
      for node in range(1, var.replicas_per_shard + 2) : format("%s-%04d-%03d", var.name, shard, node)
    ]
  ]) : [for node in range(1, var.replicas_per_shard + 2) : format("%s-%03d", var.name, node)]
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = var.subnet_ids

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_elasticache_parameter_group" "this" {
  # Another family needs another group, which is there before the old one goes.
  name        = "${var.name}-${var.engine}${local.major}"
  description = "Parameters of ${var.name}"
  family      = "${var.engine}${local.major}"

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(["engine-log", "slow-log"])

  name              = "/aws/elasticache/${var.name}/${each.key}"
  kms_key_id        = var.logs_kms_key_arn
  retention_in_days = var.log_retention_days

  tags = var.tags
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name
  description          = "Cache of ${var.name}"
  engine               = var.engine
  engine_version       = var.engine_version
  node_type            = var.node_type
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.this.name

  num_node_groups            = var.shard_count
  replicas_per_node_group    = var.replicas_per_shard
  automatic_failover_enabled = true
  multi_az_enabled           = true

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = var.security_group_ids

  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token                 = var.auth_token
  # The old password is good until the next one comes, so that clients can change over.
  auth_token_update_strategy = var.auth_token == null ? null : "ROTATE"
  user_group_ids             = length(var.user_group_ids) == 0 ? null : var.user_group_ids

  snapshot_retention_limit  = var.snapshot_retention_days
  snapshot_window           = var.snapshot_window
  final_snapshot_identifier = var.final_snapshot ? "${var.name}-final" : null

  maintenance_window         = var.maintenance_window
  auto_minor_version_upgrade = true
  apply_immediately          = false

  dynamic "log_delivery_configuration" {
    for_each = aws_cloudwatch_log_group.this

    content {
      destination_type = "cloudwatch-logs"
      destination      = log_delivery_configuration.value.name
      log_format       = "json"
      log_type         = log_delivery_configuration.key
    }
  }

  tags = merge(var.tags, { Name = var.name })
}
