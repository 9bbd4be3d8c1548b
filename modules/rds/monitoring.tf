resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(local.logs)

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  kms_key_id        = var.logs_kms_key_arn
  retention_in_days = var.log_retention_days

  tags = var.tags
}

data "aws_iam_policy_document" "monitoring" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name               = "${var.name}-monitoring"
  description        = "Writes down what the operating system of ${var.name} does"
  assume_role_policy = data.aws_iam_policy_document.monitoring.json

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

locals {
  gib = 1024 * 1024 * 1024

  # What is looked at for five minutes each: the metric, and what is too much or too little of it.
  alarms = merge(
    {
      cpu = {
        description = "the processor is busy for more than 80 %"
        metric      = "CPUUtilization"
        above       = true
        threshold   = 80
      }
      memory = {
        description = "less than 256 MiB of memory are free"
        metric      = "FreeableMemory"
        above       = false
        threshold   = 0.25 * local.gib
      }
      storage = {
        description = "less than a tenth of the storage is free"
        metric      = "FreeStorageSpace"
        above       = false
        threshold   = var.allocated_storage_gib * local.gib / 10
      }
    },
    var.max_connections_alarm == null ? {} : {
      connections = {
        description = "there are more than ${var.max_connections_alarm} connections"
        metric      = "DatabaseConnections"
        above       = true
        threshold   = var.max_connections_alarm
      }
    },
    !local.is_replica ? {} : {
      lag = {
        description = "the copy is more than 60 seconds late"
        metric      = "ReplicaLag"
        above       = true
        threshold   = 60
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Of ${var.name}, ${each.value.description}"
  namespace           = "AWS/RDS"
  metric_name         = each.value.metric
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  statistic           = "Average"
  comparison_operator = each.value.above ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = 5
  # A database that says nothing is not well.
  treat_missing_data = "breaching"
  alarm_actions      = var.alarm_topic_arns
  ok_actions         = var.alarm_topic_arns

  tags = var.tags
}
