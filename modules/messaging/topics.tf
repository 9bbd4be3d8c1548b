resource "aws_sns_topic" "this" {
  for_each = var.topics

  name              = "${var.name}-${each.key}${each.value.fifo ? ".fifo" : ""}"
  fifo_topic        = each.value.fifo
  kms_master_key_id = var.kms_key_arn
  # Signatures with SHA-256.
  signature_version = 2

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

data "aws_iam_policy_document" "topic" {
  for_each = var.topics

  statement {
    sid = "Account"
    actions = [
      "sns:AddPermission",
      "sns:DeleteTopic",
      "sns:GetTopicAttributes",
      "sns:ListSubscriptionsByTopic",
      "sns:Publish",
      "sns:RemovePermission",
      "sns:SetTopicAttributes",
      "sns:Subscribe",
    ]
    resources = [aws_sns_topic.this[each.key].arn]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.publisher_arns) > 0 ? ["publishers"] : []

    content {
      sid       = "Publishers"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.this[each.key].arn]

      principals {
        type        = "AWS"
        identifiers = each.value.publisher_arns
      }
    }
  }

  # For this account alone: others could have the service publish here otherwise.
  dynamic "statement" {
    for_each = length(each.value.publisher_services) > 0 ? ["services"] : []

    content {
      sid       = "Services"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.this[each.key].arn]

      principals {
        type        = "Service"
        identifiers = [for service in each.value.publisher_services : "${service}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this[each.key].arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "this" {
  for_each = var.topics

  arn    = aws_sns_topic.this[each.key].arn
  policy = data.aws_iam_policy_document.topic[each.key].json
}

locals {
  # Queue and topic, for each subscription.
  subscriptions = merge([
    for queue, settings in var.queues : {
      for topic, subscription in settings.subscriptions :
      "${queue}/${topic}" => merge(subscription, { queue = queue, topic = topic })
    }
  ]...)
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.subscriptions

  topic_arn            = aws_sns_topic.this[each.value.topic].arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.this[each.value.queue].arn
  raw_message_delivery = each.value.raw
  filter_policy        = each.value.filter_policy
  filter_policy_scope  = each.value.filter_policy == null ? null : each.value.filter_policy_scope

  # What cannot be delivered goes where that goes which cannot be handled.
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead[each.value.queue].arn })

  depends_on = [aws_sqs_queue_policy.dead, aws_sqs_queue_policy.this]
}
