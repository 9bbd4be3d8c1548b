# A topic, and two queues that have its messages.

variables {
  name = "zero-world-us-east-1-test-orders"

  topics = {
    placed = { publisher_arns = ["arn:aws:iam::123456789012:role/shop"] }
  }

  queues = {
    invoices = {
      subscriptions = { placed = {} }
    }
    warehouse = {
      max_receive_count = 3
      receiver_arns     = ["arn:aws:iam::123456789012:role/warehouse"]
      subscriptions = {
        placed = { filter_policy = "{\"kind\":[\"goods\"]}" }
      }
    }
    cleaning = {
      sender_arns = ["arn:aws:iam::123456789012:role/scheduler"]
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

run "around_it" {
  module {
    source = "./tests/setup"
  }

  assert {
    condition     = toset(jsondecode(output.alarm_topic_policy).Statement[*].Sid) == toset(["Account", "Services", "DenyWithoutTls"])
    error_message = "Alarms may be published: ${output.alarm_topic_policy}"
  }

  assert {
    condition     = one([for statement in jsondecode(output.alarm_topic_policy).Statement : statement.Condition if statement.Sid == "Services"]) == { StringEquals = { "aws:SourceAccount" = "123456789012" } }
    error_message = "Alarms of other accounts may not: ${output.alarm_topic_policy}"
  }
}

run "fan_out" {
  variables {
    kms_key_arn      = run.around_it.kms_key_arn
    alarm_topic_arns = [run.around_it.alarm_topic_arn]
  }

  assert {
    condition     = alltrue([for queue in concat(values(aws_sqs_queue.this), values(aws_sqs_queue.dead)) : queue.kms_master_key_id == run.around_it.kms_key_arn])
    error_message = "All queues are encrypted with the key."
  }

  assert {
    condition     = aws_sns_topic.this["placed"].kms_master_key_id == run.around_it.kms_key_arn && aws_sns_topic.this["placed"].name == "zero-world-us-east-1-test-orders-placed"
    error_message = "The topic is encrypted with the key, and named after what it is for."
  }

  assert {
    condition     = keys(aws_sns_topic_subscription.this) == ["invoices/placed", "warehouse/placed"]
    error_message = "The subscriptions are ${jsonencode(keys(aws_sns_topic_subscription.this))}."
  }

  assert {
    condition     = aws_sns_topic_subscription.this["warehouse/placed"].endpoint == output.queue_arns["warehouse"] && jsondecode(aws_sns_topic_subscription.this["warehouse/placed"].filter_policy) == { kind = ["goods"] }
    error_message = "The warehouse has the messages that are about goods."
  }

  assert {
    condition = jsondecode(aws_sqs_queue.this["warehouse"].redrive_policy) == {
      deadLetterTargetArn = output.dead_letter_queue_arns["warehouse"]
      maxReceiveCount     = 3
    }
    error_message = "What was tried three times is put aside: ${aws_sqs_queue.this["warehouse"].redrive_policy}"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead["warehouse"].redrive_allow_policy).sourceQueueArns == [output.queue_arns["warehouse"]]
    error_message = "Nobody else puts anything aside there: ${aws_sqs_queue.dead["warehouse"].redrive_allow_policy}"
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this["invoices/placed"].redrive_policy).deadLetterTargetArn == output.dead_letter_queue_arns["invoices"]
    error_message = "What cannot be delivered is not lost."
  }

  assert {
    condition     = aws_sqs_queue.dead["invoices"].message_retention_seconds == 14 * 24 * 60 * 60
    error_message = "What was put aside stays for two weeks."
  }

  assert {
    condition = { for name, policy in aws_sqs_queue_policy.this : name => jsondecode(policy.policy).Statement[*].Sid } == {
      cleaning  = ["Senders", "DenyWithoutTls"]
      invoices  = ["Topics", "DenyWithoutTls"]
      warehouse = ["Topics", "Receivers", "DenyWithoutTls"]
    }
    error_message = "Everybody may do what is his, and no more."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_policy.this["invoices"].policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = output.topic_arns["placed"] } }
    error_message = "Other topics send nothing: ${aws_sqs_queue_policy.this["invoices"].policy}"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.put_aside["warehouse"].alarm_actions == toset([run.around_it.alarm_topic_arn])
    error_message = "Somebody is told."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.put_aside["warehouse"].dimensions == tomap({ QueueName = "zero-world-us-east-1-test-orders-warehouse-dead" })
    error_message = "The alarm looks at what was put aside: ${jsonencode(aws_cloudwatch_metric_alarm.put_aside["warehouse"].dimensions)}"
  }
}

run "in_order" {
  variables {
    kms_key_arn = run.around_it.kms_key_arn

    topics = {
      ledger = { fifo = true }
    }

    queues = {
      ledger = {
        fifo          = true
        subscriptions = { ledger = {} }
      }
    }
  }

  assert {
    condition = alltrue([
      aws_sns_topic.this["ledger"].name == "zero-world-us-east-1-test-orders-ledger.fifo",
      aws_sqs_queue.this["ledger"].name == "zero-world-us-east-1-test-orders-ledger.fifo",
      aws_sqs_queue.dead["ledger"].name == "zero-world-us-east-1-test-orders-ledger-dead.fifo",
    ])
    error_message = "Names say what keeps the order."
  }
}

run "order_that_gets_lost" {
  command = plan

  variables {
    kms_key_arn = run.around_it.kms_key_arn

    topics = {
      ledger = { fifo = true }
    }

    queues = {
      ledger = {
        subscriptions = { ledger = {} }
      }
    }
  }

  expect_failures = [var.queues]
}

run "a_topic_that_there_is_not" {
  command = plan

  variables {
    kms_key_arn = run.around_it.kms_key_arn

    queues = {
      lost = {
        subscriptions = { nothing = {} }
      }
    }
  }

  expect_failures = [var.queues]
}

run "put_aside_and_gone" {
  command = plan

  variables {
    kms_key_arn = run.around_it.kms_key_arn

    queues = {
      short = {
        retention_days      = 7
        dead_retention_days = 7
      }
    }
  }

  expect_failures = [var.queues]
}

run "a_topic_for_everybody" {
  command = plan

  variables {
    kms_key_arn = run.around_it.kms_key_arn

    topics = {
      open   = { publisher_arns = ["*"] }
      placed = {}
    }
  }

  expect_failures = [var.topics]
}
