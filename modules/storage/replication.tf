# A copy of everything in another region, made by a role that can do nothing else.

data "aws_iam_policy_document" "replication_assume" {
  count = var.replication == null ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "replication" {
  count = var.replication == null ? 0 : 1

  statement {
    sid       = "Bucket"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [local.arn]
  }

  statement {
    sid = "Read"
    actions = [
      "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionForReplication",
      "s3:GetObjectVersionTagging",
    ]
    resources = ["${local.arn}/*"]
  }

  statement {
    sid = "Write"
    actions = [
      "s3:ObjectOwnerOverrideToBucketOwner",
      "s3:ReplicateDelete",
      "s3:ReplicateObject",
      "s3:ReplicateTags",
    ]
    resources = ["${var.replication.bucket_arn}/*"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["s3.*.amazonaws.com"]
    }
  }

  statement {
    sid       = "Encrypt"
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [var.replication.kms_key_arn]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["s3.*.amazonaws.com"]
    }
  }
}

# A bucket's name can be as long as a role's, so the role has the beginning of it, and ends with something unique.
resource "aws_iam_role" "replication" {
  count = var.replication == null ? 0 : 1

  name_prefix        = "${substr(var.name, 0, 25)}-replication-"
  description        = "Copies ${var.name} to another region"
  assume_role_policy = data.aws_iam_policy_document.replication_assume[0].json

  tags = var.tags
}

resource "aws_iam_role_policy" "replication" {
  count = var.replication == null ? 0 : 1

  name   = "replication"
  role   = aws_iam_role.replication[0].name
  policy = data.aws_iam_policy_document.replication[0].json
}

resource "aws_s3_bucket_replication_configuration" "this" {
  count = var.replication == null ? 0 : 1

  bucket = aws_s3_bucket.this.id
  role   = aws_iam_role.replication[0].arn

  rule {
    id       = "everything"
    priority = 0
    status   = "Enabled"

    filter {}

    # What is deleted here by mistake, or by somebody who should not, is still there.
    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket        = var.replication.bucket_arn
      account       = var.replication.account
      storage_class = var.replication.storage_class

      encryption_configuration {
        replica_kms_key_id = var.replication.kms_key_arn
      }

      dynamic "access_control_translation" {
        for_each = var.replication.account == null ? [] : [var.replication.account]

        content {
          owner = "Destination"
        }
      }

      dynamic "metrics" {
        for_each = var.replication.within_15_min ? [15] : []

        content {
          status = "Enabled"

          event_threshold {
            minutes = metrics.value
          }
        }
      }

      dynamic "replication_time" {
        for_each = var.replication.within_15_min ? [15] : []

        content {
          status = "Enabled"

          time {
            minutes = replication_time.value
          }
        }
      }
    }
  }

  # Only what has versions can be copied, and only by a role that may.
  depends_on = [
    aws_iam_role_policy.replication,
    aws_s3_bucket_versioning.this,
  ]
}
