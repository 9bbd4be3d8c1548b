resource "aws_cloudwatch_metric_alarm" "put_aside" {
  for_each = var.queues

  alarm_name          = "${var.name}-${each.key}-put-aside"
  alarm_description   = "Messages of ${local.queue_names[each.key]} were tried ${each.value.max_receive_count} times and put aside"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead[each.key].name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  # A queue that nobody uses has no metrics.
  treat_missing_data = "notBreaching"
  alarm_actions      = var.alarm_topic_arns
  ok_actions         = var.alarm_topic_arns

  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "waiting" {
  for_each = var.queues

  alarm_name          = "${var.name}-${each.key}-waiting"
  alarm_description   = "Messages of ${local.queue_names[each.key]} wait for longer than ${each.value.max_age_seconds} seconds"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.this[each.key].name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.max_age_seconds
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns

  tags = var.tags
}
