# What is secret: who reads it, how it is renewed, and that it is not kept here.

variables {
  name = "zero-world-us-east-1-test"

  secrets = {
    "orders/database" = {
      description = "Password of the database of orders"
      reader_arns = ["arn:aws:iam::123456789012:role/orders"]
      generated   = {}
      replicas    = { us-west-2 = null }
      rotation    = { lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate" }
    }
    "partner" = {
      description = "Key for a partner's API"
    }
  }

  parameters = {
    "orders/currency" = {
      description = "Currency of orders"
      value       = "EUR"
    }
    "orders/licence" = {
      description = "Licence of a library"
      type        = "SecureString"
    }
  }

  secure_values = {
    "orders/licence" = "not to be seen"
  }
}

provider "aws" {
  region = "us-east-1"
}

run "secrets" {
  assert {
    condition     = aws_secretsmanager_secret.this["orders/database"].name == "zero-world-us-east-1-test/orders/database"
    error_message = "The secret is called ${aws_secretsmanager_secret.this["orders/database"].name}."
  }

  assert {
    condition     = alltrue([for secret in values(aws_secretsmanager_secret.this) : secret.kms_key_id == output.key_arns["secrets"] && secret.recovery_window_in_days == 30])
    error_message = "Secrets are encrypted with the key for secrets, and can be restored."
  }

  assert {
    condition     = jsondecode(aws_secretsmanager_secret.this["orders/database"].policy).Statement[0].Principal == { AWS = "arn:aws:iam::123456789012:role/orders" }
    error_message = "The service reads its secret: ${aws_secretsmanager_secret.this["orders/database"].policy}"
  }

  assert {
    condition     = jsondecode(aws_kms_key.this["secrets"].policy).Statement[*].Sid == ["Account", "SecretReaders"]
    error_message = "Who reads a secret can decrypt it."
  }

  assert {
    condition     = jsondecode(aws_kms_key.this["secrets"].policy).Statement[1].Condition == { StringEquals = { "kms:ViaService" = "secretsmanager.us-east-1.amazonaws.com" } }
    error_message = "Who reads a secret uses its key for nothing else."
  }

  assert {
    condition     = jsondecode(aws_kms_key.this["data"].policy).Statement[*].Sid == ["Account"]
    error_message = "Who reads a secret has no other key."
  }

  assert {
    condition     = keys(aws_secretsmanager_secret_version.generated) == ["orders/database"] && aws_secretsmanager_secret_version.generated["orders/database"].secret_string == null
    error_message = "One password is generated, and not kept here."
  }

  assert {
    condition     = one(aws_secretsmanager_secret_rotation.this["orders/database"].rotation_rules).automatically_after_days == 90
    error_message = "Secrets are renewed every 90 days."
  }

  assert {
    condition     = output.secrets_without_rotation == tolist(["partner"])
    error_message = "What nobody renews is said."
  }

  assert {
    condition     = one(aws_secretsmanager_secret.this["orders/database"].replica).region == "us-west-2"
    error_message = "There is a copy in another region."
  }

  assert {
    condition     = aws_ssm_parameter.this["orders/currency"].insecure_value == "EUR" && aws_ssm_parameter.this["orders/currency"].name == "/zero-world-us-east-1-test/orders/currency"
    error_message = "What is no secret can be seen."
  }

  assert {
    condition     = aws_ssm_parameter.this["orders/licence"].value_wo == null && aws_ssm_parameter.this["orders/licence"].key_id == output.key_arns["secrets"]
    error_message = "A secure parameter is encrypted with the key for secrets, and not kept here."
  }
}

run "a_secret_for_everybody" {
  command = plan

  variables {
    secrets = {
      open = {
        description = "Nothing secret about it"
        reader_arns = ["*"]
      }
    }
  }

  expect_failures = [var.secrets]
}

run "renewed_too_seldom" {
  command = plan

  variables {
    secrets = {
      old = {
        description = "Key for a partner's API"
        rotation    = { lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate", after_days = 365 }
      }
    }
  }

  expect_failures = [var.secrets]
}

run "a_short_password" {
  command = plan

  variables {
    secrets = {
      short = {
        description = "Password of a database"
        generated   = { length = 8 }
      }
    }
  }

  expect_failures = [var.secrets]
}

run "a_secret_among_parameters" {
  command = plan

  variables {
    parameters = {
      password = {
        description = "Password of a database"
        type        = "SecureString"
        value       = "for all to see"
      }
    }
  }

  expect_failures = [var.parameters]
}

run "a_key_that_there_is_not" {
  command = plan

  variables {
    secrets = {
      lost = {
        description = "Key for a partner's API"
        key         = "nothing"
      }
    }
  }

  expect_failures = [var.secrets]
}
