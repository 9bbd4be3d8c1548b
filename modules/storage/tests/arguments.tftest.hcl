# What the module refuses, and what becomes of a bucket of access logs.

variables {
  name        = "zero-world-us-east-1-test-orders"
  kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
}

run "a_bucket_of_access_logs" {
  variables {
    name               = "zero-world-us-east-1-test-logs"
    kms_key_arn        = null
    access_log_sources = ["zero-world-us-east-1-test-orders"]
  }

  assert {
    condition     = one([for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule : one(rule.apply_server_side_encryption_by_default).sse_algorithm]) == "AES256"
    error_message = "S3 can write to it."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[*].Sid == ["DenyWithoutTls", "DenyOldTls", "AccessLogs"]
    error_message = "Logs are let in: ${aws_s3_bucket_policy.this.policy}"
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[2].Condition.ArnLike == { "aws:SourceArn" = "arn:aws:s3:::zero-world-us-east-1-test-orders" }
    error_message = "Logs of other buckets are not let in: ${aws_s3_bucket_policy.this.policy}"
  }
}

run "a_policy_of_ones_own" {
  command = plan

  variables {
    policy_documents = [
      "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"Readers\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:role/orders\"}, \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::zero-world-us-east-1-test-orders/*\"}]}",
    ]
  }

  assert {
    condition     = toset(jsondecode(data.aws_iam_policy_document.this.json).Statement[*].Sid) == toset(["Readers", "DenyWithoutTls", "DenyOldTls", "DenyOtherEncryption", "DenyOtherKeys"])
    error_message = "What the bucket refuses, it still refuses: ${data.aws_iam_policy_document.this.json}"
  }
}

run "no_key" {
  command = plan

  variables {
    kms_key_arn = null
  }

  expect_failures = [var.kms_key_arn]
}

run "a_key_for_access_logs" {
  command = plan

  variables {
    access_log_sources = ["zero-world-us-east-1-test-other"]
  }

  expect_failures = [var.kms_key_arn]
}

run "logs_of_itself" {
  command = plan

  variables {
    kms_key_arn        = null
    access_log_sources = ["zero-world-us-east-1-test-orders"]
  }

  expect_failures = [var.access_log_sources]
}

run "a_name_with_dots" {
  command = plan

  variables {
    name = "orders.zero-world.example"
  }

  expect_failures = [var.name]
}

run "deleted_before_it_is_archived" {
  command = plan

  variables {
    lifecycle_rules = {
      odd = {
        glacier_days    = 90
        expiration_days = 60
      }
    }
  }

  expect_failures = [var.lifecycle_rules]
}

run "infrequent_access_too_soon" {
  command = plan

  variables {
    lifecycle_rules = {
      soon = { infrequent_access_days = 7 }
    }
  }

  expect_failures = [var.lifecycle_rules]
}
