locals {
  # What is looked at for five minutes each, of every node: the metric, and what is too much of it.
  alarms = {
    cpu = {
      description = "the engine is busy for more than 80 %"
      metric      = "EngineCPUUtilization"
      threshold   = 80
    }
    memory = {
      description = "more than 80 % of the memory are used"
      metric      = "DatabaseMemoryUsagePercentage"
      threshold   = 80
    }
    evictions = {
      description = "keys go because there is no room for them"
      metric      = "Evictions"
      threshold   = 0
    }
    lag = {
      description = "a copy is more than 10 seconds late"
      metric      = "ReplicationLag"
      threshold   = 10
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = merge([
    for member in local.members : {
      for key, alarm in local.alarms : "${member}-${key}" => merge(alarm, { member = member })
    }
  ]...)

  alarm_name          = each.key
  alarm_description   = "Of ${each.value.member}, ${each.value.description}"
  namespace           = "AWS/ElastiCache"
  metric_name         = each.value.metric
  dimensions          = { CacheClusterId = each.value.member }
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 5
  # Only copies are late, and one that says nothing is replaced.
  treat_missing_data = "notBreaching"
  alarm_actions      = var.alarm_topic_arns
  ok_actions         = var.alarm_topic_arns

  tags = var.tags

  depends_on = [aws_elasticache_replication_group.this]
}
