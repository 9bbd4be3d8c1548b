data "aws_iam_policy_document" "this" {
  source_policy_documents = var.policy_documents

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.arn, "${local.arn}/*"]

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

  statement {
    sid       = "DenyOldTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.arn, "${local.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericLessThan"
      variable = "s3:TlsVersion"
      values   = ["1.2"]
    }
  }

  # Who says nothing about encryption gets that of the bucket. Who wants another key, or none of KMS, is refused.
  dynamic "statement" {
    for_each = local.takes_access_logs ? {} : {
      DenyOtherKeys       = ["s3:x-amz-server-side-encryption-aws-kms-key-id", var.kms_key_arn]
      DenyOtherEncryption = ["s3:x-amz-server-side-encryption", "aws:kms"]
    }

    content {
      sid       = statement.key
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "Null"
        variable = statement.value[0]
        values   = ["false"]
      }

      condition {
        test     = "StringNotEquals"
        variable = statement.value[0]
        values   = [statement.value[1]]
      }
    }
  }

  dynamic "statement" {
    for_each = local.takes_access_logs ? ["logs"] : []

    content {
      sid       = "AccessLogs"
      actions   = ["s3:PutObject"]
      resources = ["${local.arn}/*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [for source in var.access_log_sources : "arn:${local.partition}:s3:::${source}"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.this.json

  # Two changes of a bucket's access at once, and S3 refuses one of them.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
