# Who may use which key, and how long each is good.

variables {
  name = "zero-world-eu-west-1-test"

  log_groups = {
    audit = {}
    cluster = {
      name              = "/aws/eks/zero-world-eu-west-1-test-01/cluster"
      retention_in_days = 90
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

run "a_key_a_purpose" {
  assert {
    condition     = keys(output.key_arns) == ["data", "logs", "messages", "secrets", "storage"]
    error_message = "There are keys for ${jsonencode(keys(output.key_arns))}."
  }

  assert {
    condition     = alltrue([for key in values(aws_kms_key.this) : key.enable_key_rotation && key.rotation_period_in_days == 90])
    error_message = "Every key is renewed every 90 days."
  }

  assert {
    condition     = output.key_aliases["logs"] == "alias/zero-world-eu-west-1-test-logs" && aws_kms_alias.this["logs"].target_key_arn == output.key_arns["logs"]
    error_message = "The alias of the key for logs is ${output.key_aliases["logs"]}, and leads to ${aws_kms_alias.this["logs"].target_key_arn}."
  }

  assert {
    condition     = jsondecode(aws_kms_key.this["data"].policy).Statement[*].Sid == ["Account"]
    error_message = "The key for data is for nobody but whom the account's policies let."
  }

  assert {
    condition = jsondecode(aws_kms_key.this["logs"].policy).Statement[1] == {
      Sid       = "Logs"
      Effect    = "Allow"
      Principal = { Service = "logs.eu-west-1.amazonaws.com" }
      Action    = ["kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Encrypt", "kms:DescribeKey", "kms:Decrypt"]
      Resource  = "*"
      Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-west-1:123456789012:log-group:*" } }
    }
    error_message = "The service of logs uses its key for log groups of this account only: ${aws_kms_key.this["logs"].policy}"
  }

  assert {
    condition     = jsondecode(aws_kms_key.this["messages"].policy).Statement[1].Condition == { StringEquals = { "aws:SourceAccount" = "123456789012" } }
    error_message = "Services use the key for messages for this account only: ${aws_kms_key.this["messages"].policy}"
  }

  assert {
    condition     = alltrue([for group in values(aws_cloudwatch_log_group.this) : group.kms_key_id == output.key_arns["logs"]])
    error_message = "All logs are encrypted with the key for logs."
  }

  assert {
    condition = { for key, group in aws_cloudwatch_log_group.this : group.name => group.retention_in_days } == {
      "/zero-world-eu-west-1-test/audit"              = 365
      "/aws/eks/zero-world-eu-west-1-test-01/cluster" = 90
    }
    error_message = "The log groups are ${jsonencode(output.log_group_names)}."
  }

  assert {
    condition     = length(aws_iam_account_password_policy.this) == 0 && length(output.security_group_ids) == 0
    error_message = "What is an account's or a VPC's is not touched unasked."
  }
}

run "renewed_less_often" {
  variables {
    rotation_days           = 180
    account_password_policy = true
  }

  assert {
    condition     = aws_kms_key.this["data"].rotation_period_in_days == 180 && aws_iam_account_password_policy.this[0].max_password_age == 180
    error_message = "Keys and passwords are renewed at the same pace."
  }

  assert {
    condition     = aws_iam_account_password_policy.this[0].minimum_password_length >= 14
    error_message = "Passwords are long."
  }

  assert {
    condition     = output.key_arns == run.a_key_a_purpose.key_arns
    error_message = "The keys stay."
  }
}

run "rotation_that_kms_refuses" {
  command = plan

  variables {
    rotation_days = 30
  }

  expect_failures = [var.rotation_days]
}

run "a_key_for_everybody" {
  command = plan

  variables {
    keys = {
      logs = {
        description = "Log groups"
        services    = ["logs"]
        user_arns   = ["*"]
      }
    }
  }

  expect_failures = [var.keys]
}

run "a_service_that_does_not_say_for_whom" {
  command = plan

  variables {
    keys = {
      logs = {
        description = "Log groups"
        services    = ["logs", "events"]
      }
    }
  }

  expect_failures = [var.keys]
}

run "logs_for_ever" {
  command = plan

  variables {
    log_groups = {
      audit = { retention_in_days = 0 }
    }
  }

  expect_failures = [var.log_groups]
}

run "logs_with_a_key_that_they_may_not_use" {
  command = plan

  variables {
    log_groups = {
      audit = { key = "data" }
    }
  }

  expect_failures = [var.log_groups]
}
