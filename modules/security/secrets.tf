data "aws_iam_policy_document" "secret" {
  for_each = { for name, secret in var.secrets : name => secret if length(secret.reader_arns) > 0 }

  statement {
    sid       = "Readers"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = each.value.reader_arns
    }
  }
}

resource "aws_secretsmanager_secret" "this" {
  for_each = var.secrets

  name                    = "${var.name}/${each.key}"
  description             = each.value.description
  kms_key_id              = aws_kms_key.this[each.value.key].arn
  policy                  = length(each.value.reader_arns) > 0 ? data.aws_iam_policy_document.secret[each.key].json : null
  recovery_window_in_days = each.value.recovery_window_in_days

  # Copies, for the region that takes over when this one fails.
  dynamic "replica" {
    for_each = each.value.replicas

    content {
      region     = replica.key
      kms_key_id = replica.value
    }
  }

  tags = merge(var.tags, { Name = "${var.name}/${each.key}" })
}

# Made anew each time, and used only where the version is a new one.
ephemeral "random_password" "secret" {
  for_each = { for name, secret in var.secrets : name => secret.generated if secret.generated != null }

  length = each.value.length
  # Whatever a database, a URL or a shell takes amiss is left out.
  override_special = "-_.~"
  min_lower        = 1
  min_upper        = 1
  min_numeric      = 1
}

resource "aws_secretsmanager_secret_version" "generated" {
  for_each = { for name, secret in var.secrets : name => secret.generated if secret.generated != null }

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.random_password.secret[each.key].result
  secret_string_wo_version = each.value.version
}

resource "aws_secretsmanager_secret_rotation" "this" {
  for_each = { for name, secret in var.secrets : name => secret.rotation if secret.rotation != null }

  secret_id           = aws_secretsmanager_secret.this[each.key].id
  rotation_lambda_arn = each.value.lambda_arn

  rotation_rules {
    automatically_after_days = coalesce(each.value.after_days, var.rotation_days)
    duration                 = each.value.duration
  }

  # There is nothing to renew before there is a first value.
  depends_on = [aws_secretsmanager_secret_version.generated]
}

resource "aws_ssm_parameter" "this" {
  for_each = var.parameters

  name             = "/${var.name}/${each.key}"
  description      = each.value.description
  type             = each.value.type
  insecure_value   = each.value.value
  value_wo         = each.value.type == "SecureString" ? var.secure_values[each.key] : null
  value_wo_version = each.value.type == "SecureString" ? each.value.version : null
  key_id           = each.value.type == "SecureString" ? aws_kms_key.this[each.value.key].arn : null

  tags = merge(var.tags, { Name = "/${var.name}/${each.key}" })
}
