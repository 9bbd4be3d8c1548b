output "topic_arns" {
  description = "ARNs of the topics by name. Whoever uses them waits for policies and subscriptions: what is published before these is lost."
  value       = { for name, topic in aws_sns_topic.this : name => topic.arn }

  depends_on = [aws_sns_topic_policy.this, aws_sns_topic_subscription.this]
}

output "queue_arns" {
  description = "ARNs of the queues by name."
  value       = { for name, queue in aws_sqs_queue.this : name => queue.arn }

  depends_on = [aws_sqs_queue_policy.this]
}

output "queue_urls" {
  description = "URLs of the queues by name."
  value       = { for name, queue in aws_sqs_queue.this : name => queue.url }

  depends_on = [aws_sqs_queue_policy.this]
}

output "dead_letter_queue_arns" {
  description = "ARNs of the queues for messages that nobody could handle, by name of the queue."
  value       = { for name, queue in aws_sqs_queue.dead : name => queue.arn }
}

output "topic_policies" {
  description = "Policies of the topics by name, as JSON."
  value       = { for name, policy in aws_sns_topic_policy.this : name => policy.policy }
}
