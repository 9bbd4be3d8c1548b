# Where messages go that nobody could handle, to be looked at and sent back.
resource "aws_sqs_queue" "dead" {
  for_each = var.queues

  name                      = "${var.name}-${each.key}-dead${each.value.fifo ? ".fifo" : ""}"
  fifo_queue                = each.value.fifo
  kms_master_key_id         = var.kms_key_arn
  message_retention_seconds = each.value.dead_retention_days * 24 * 60 * 60

  # Of this queue alone. Its ARN is written out, as it refers to this one.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = ["arn:${local.partition}:sqs:${local.region}:${local.account}:${local.queue_names[each.key]}"]
  })

  tags = merge(var.tags, { Name = "${var.name}-${each.key}-dead" })
}

resource "aws_sqs_queue" "this" {
  for_each = var.queues

  name                       = local.queue_names[each.key]
  fifo_queue                 = each.value.fifo
  kms_master_key_id          = var.kms_key_arn
  visibility_timeout_seconds = each.value.visibility_timeout_seconds
  message_retention_seconds  = each.value.retention_days * 24 * 60 * 60
  delay_seconds              = each.value.delay_seconds
  # Calls wait for messages: fewer of them, and answers sooner.
  receive_wait_time_seconds = 20

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    maxReceiveCount     = each.value.max_receive_count
  })

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

# Topics send to the queue, and to the other one what they could not deliver.
data "aws_iam_policy_document" "queue" {
  for_each = var.queues

  dynamic "statement" {
    for_each = length(each.value.subscriptions) > 0 ? ["topics"] : []

    content {
      sid       = "Topics"
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.this[each.key].arn]

      principals {
        type        = "Service"
        identifiers = ["sns.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [for topic in keys(each.value.subscriptions) : aws_sns_topic.this[topic].arn]
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.sender_arns) > 0 ? ["senders"] : []

    content {
      sid       = "Senders"
      actions   = ["sqs:GetQueueUrl", "sqs:SendMessage"]
      resources = [aws_sqs_queue.this[each.key].arn]

      principals {
        type        = "AWS"
        identifiers = each.value.sender_arns
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.receiver_arns) > 0 ? ["receivers"] : []

    content {
      sid = "Receivers"
      actions = [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
      ]
      resources = [aws_sqs_queue.this[each.key].arn]

      principals {
        type        = "AWS"
        identifiers = each.value.receiver_arns
      }
    }
  }

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.this[each.key].arn]

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

data "aws_iam_policy_document" "dead" {
  for_each = var.queues

  dynamic "statement" {
    for_each = length(each.value.subscriptions) > 0 ? ["topics"] : []

    content {
      sid       = "Topics"
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.dead[each.key].arn]

      principals {
        type        = "Service"
        identifiers = ["sns.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [for topic in keys(each.value.subscriptions) : aws_sns_topic.this[topic].arn]
      }
    }
  }

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.dead[each.key].arn]

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

resource "aws_sqs_queue_policy" "this" {
  for_each = var.queues

  queue_url = aws_sqs_queue.this[each.key].id
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

resource "aws_sqs_queue_policy" "dead" {
  for_each = var.queues

  queue_url = aws_sqs_queue.dead[each.key].id
  policy    = data.aws_iam_policy_document.dead[each.key].json
}
