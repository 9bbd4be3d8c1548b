# A cache in private subnets, encrypted on the way and on disks, with copies in other zones.

variables {
  name       = "zero-world-us-east-1-test-feed"
  node_type  = "cache.r7g.large"
  auth_token = "not-for-everybody-0123"
}

provider "aws" {
  region = "us-east-1"
}

run "around_it" {
  module {
    source = "./tests/setup"
  }
}

run "cache" {
  variables {
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
  }

  assert {
    condition     = tobool(aws_elasticache_replication_group.this.at_rest_encryption_enabled) && aws_elasticache_replication_group.this.kms_key_id == run.around_it.kms_key_arn
    error_message = "What is written to disks is encrypted with the key."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.transit_encryption_mode == "required"
    error_message = "Every client has to encrypt."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled && aws_elasticache_replication_group.this.replicas_per_node_group == 2
    error_message = "A copy in another zone takes over."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.security_group_ids == toset([run.around_it.security_group_id]) && aws_elasticache_subnet_group.this.subnet_ids == toset(run.around_it.private_subnet_ids)
    error_message = "It is in private subnets, and reached by whom its tier lets in."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.snapshot_retention_limit == 30
    error_message = "Snapshots are kept for 30 days."
  }

  assert {
    condition     = aws_elasticache_parameter_group.this.family == "redis7" && { for parameter in aws_elasticache_parameter_group.this.parameter : parameter.name => parameter.value } == { maxmemory-policy = "volatile-lru" }
    error_message = "The parameters are for one shard."
  }

  assert {
    condition     = { for log in aws_elasticache_replication_group.this.log_delivery_configuration : log.log_type => log.destination } == { engine-log = "/aws/elasticache/zero-world-us-east-1-test-feed/engine-log", slow-log = "/aws/elasticache/zero-world-us-east-1-test-feed/slow-log" }
    error_message = "What is slow is written down."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 12 && aws_cloudwatch_metric_alarm.this["zero-world-us-east-1-test-feed-003-memory"].dimensions == tomap({ CacheClusterId = "zero-world-us-east-1-test-feed-003" })
    error_message = "Each node has its alarms: ${jsonencode(keys(aws_cloudwatch_metric_alarm.this))}"
  }
}

run "several_shards" {
  command   = plan
  state_key = "shards"

  variables {
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
    engine             = "valkey"
    engine_version     = "8.0"
    shard_count        = 2
    replicas_per_shard = 1
    auth_token         = null
    user_group_ids     = ["services"]
  }

  assert {
    condition     = aws_elasticache_parameter_group.this.family == "valkey8" && contains([for parameter in aws_elasticache_parameter_group.this.parameter : "${parameter.name} ${parameter.value}"], "cluster-enabled yes")
    error_message = "The parameters are for several shards."
  }

  assert {
    condition     = toset(values(aws_cloudwatch_metric_alarm.this)[*].dimensions.CacheClusterId) == toset([for member in ["0001-001", "0001-002", "0002-001", "0002-002"] : "zero-world-us-east-1-test-feed-${member}"])
    error_message = "Nodes of all shards are looked at."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.user_group_ids == toset(["services"]) && output.reader_address == null
    error_message = "Users take the place of a password."
  }
}

run "nobody_in_particular" {
  command = plan

  variables {
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
    auth_token         = null
  }

  expect_failures = [var.auth_token]
}

run "a_short_password" {
  command = plan

  variables {
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
    auth_token         = "short"
  }

  expect_failures = [var.auth_token]
}

run "nothing_to_take_over" {
  command = plan

  variables {
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
    replicas_per_shard = 0
  }

  expect_failures = [var.replicas_per_shard]
}

run "a_version_without_encryption" {
  command = plan

  variables {
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
    engine_version     = "5.0"
  }

  expect_failures = [var.engine_version]
}
