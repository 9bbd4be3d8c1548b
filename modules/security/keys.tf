# One key a purpose: who may read logs may not read secrets for that.

locals {
  # Who reads secrets needs the key that they are encrypted with, and that through Secrets Manager alone.
  secret_readers = {
    for purpose in keys(var.keys) :
    purpose => distinct(flatten([for secret in values(var.secrets) : secret.reader_arns if secret.key == purpose]))
  }
}

data "aws_iam_policy_document" "key" {
  for_each = var.keys

  # The account's own policies say who may do what. Without this, nobody could ever change the key again.
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  # The service of logs says of which group it encrypts something.
  dynamic "statement" {
    for_each = contains(each.value.services, "logs") ? ["logs"] : []

    content {
      sid       = "Logs"
      actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logs.${local.region}.${local.dns_suffix}"]
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:*"]
      }
    }
  }

  # The others say for which account they act.
  dynamic "statement" {
    for_each = length(setsubtract(each.value.services, ["logs"])) > 0 ? ["services"] : []

    content {
      sid       = "Services"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = [for service in setsubtract(each.value.services, ["logs"]) : "${service}.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }

  dynamic "statement" {
    for_each = length(each.value.user_arns) > 0 ? ["users"] : []

    content {
      sid       = "Users"
      actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = each.value.user_arns
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.secret_readers[each.key]) > 0 ? ["readers"] : []

    content {
      sid       = "SecretReaders"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = local.secret_readers[each.key]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["secretsmanager.${local.region}.${local.dns_suffix}"]
      }
    }
  }
}

resource "aws_kms_key" "this" {
  for_each = var.keys

  description             = "${each.value.description} of ${var.name}"
  policy                  = data.aws_iam_policy_document.key[each.key].json
  multi_region            = each.value.multi_region
  enable_key_rotation     = true
  rotation_period_in_days = var.rotation_days
  deletion_window_in_days = each.value.deletion_window_in_days

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_kms_alias" "this" {
  for_each = var.keys

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
