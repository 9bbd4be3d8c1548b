data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  arn       = "arn:${local.partition}:s3:::${var.name}"

  takes_access_logs = length(var.access_log_sources) > 0
}

resource "aws_s3_bucket" "this" {
  bucket        = var.name
  force_destroy = var.force_destroy

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  # No ACLs: who may do what is in policies, and nowhere else.
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    # One data key for many objects, not a call of KMS for each.
    bucket_key_enabled = !local.takes_access_logs

    apply_server_side_encryption_by_default {
      sse_algorithm     = local.takes_access_logs ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_logging" "this" {
  count = var.logging == null ? 0 : 1

  bucket        = aws_s3_bucket.this.id
  target_bucket = var.logging.bucket
  target_prefix = coalesce(var.logging.prefix, "${var.name}/")

  # Keys by account, region, bucket and day: that is how queries leave out what they need not read.
  target_object_key_format {
    partitioned_prefix {
      partition_date_source = "EventTime"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "clean-up"
    status = "Enabled"

    filter {}

    # Marks of deletions that no version is left of, and uploads that were given up.
    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = var.lifecycle_rules

    content {
      id     = rule.key
      status = "Enabled"

      filter {
        prefix = rule.value.prefix
      }

      dynamic "transition" {
        for_each = {
          for class, days in {
            STANDARD_IA  = rule.value.infrequent_access_days
            GLACIER      = rule.value.glacier_days
            DEEP_ARCHIVE = rule.value.deep_archive_days
          } : class => days if days != null
        }

        content {
          storage_class = transition.key
          days          = transition.value
        }
      }

      dynamic "expiration" {
        for_each = rule.value.expiration_days == null ? [] : [rule.value.expiration_days]

        content {
          days = expiration.value
        }
      }

      noncurrent_version_expiration {
        noncurrent_days           = rule.value.noncurrent_days
        newer_noncurrent_versions = rule.value.noncurrent_versions_kept
      }
    }
  }

  # Without versions there are none that could be deleted.
  depends_on = [aws_s3_bucket_versioning.this]
}
