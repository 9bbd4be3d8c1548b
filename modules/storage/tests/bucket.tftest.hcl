# A bucket with its logs, and a copy of it in another region.

variables {
  name = "zero-world-us-east-1-test-orders"
}

provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "backup"
  region = "us-west-2"
}

run "around_it" {
  module {
    source = "./tests/setup"
  }
}

run "the_other_region" {
  module {
    source = "./tests/copy"
  }

  providers = {
    aws = aws.backup
  }
}

run "bucket" {
  variables {
    kms_key_arn = run.around_it.kms_key_arn
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Former versions are kept."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "The public is kept out in all four ways."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "There are no ACLs."
  }

  assert {
    condition = one([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule :
      rule.bucket_key_enabled && one(rule.apply_server_side_encryption_by_default).kms_master_key_id == run.around_it.kms_key_arn
    ])
    error_message = "Objects are encrypted with the key, by way of one of the bucket."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[*].Sid == ["DenyWithoutTls", "DenyOldTls", "DenyOtherEncryption", "DenyOtherKeys"]
    error_message = "The bucket refuses what is not encrypted, on the way or here: ${aws_s3_bucket_policy.this.policy}"
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[3].Condition.StringNotEquals == { "s3:x-amz-server-side-encryption-aws-kms-key-id" = run.around_it.kms_key_arn }
    error_message = "No other key is taken: ${aws_s3_bucket_policy.this.policy}"
  }

  assert {
    condition     = { for step in aws_s3_bucket_lifecycle_configuration.this.rule[1].transition : step.storage_class => step.days } == { STANDARD_IA = 30, GLACIER = 90 }
    error_message = "Objects go to Glacier in the end."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7
    error_message = "Uploads that were given up do not stay."
  }

  assert {
    condition     = length(aws_s3_bucket_logging.this) + length(aws_s3_bucket_replication_configuration.this) + length(aws_iam_role.replication) == 0
    error_message = "There are no logs and no copies unless they are asked for."
  }
}

run "with_logs_and_a_copy" {
  variables {
    kms_key_arn = run.around_it.kms_key_arn

    logging = {
      bucket = run.around_it.log_bucket
    }

    replication = {
      bucket_arn  = run.the_other_region.arn
      kms_key_arn = run.the_other_region.kms_key_arn
    }
  }

  assert {
    condition     = output.arn == run.bucket.arn
    error_message = "The bucket stays."
  }

  assert {
    condition     = aws_s3_bucket_logging.this[0].target_prefix == "zero-world-us-east-1-test-orders/"
    error_message = "Logs are told apart by the bucket's name."
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.this[0].rule[0].destination[0].encryption_configuration[0].replica_kms_key_id == run.the_other_region.kms_key_arn
    error_message = "The copy is encrypted with the key of its region."
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.this[0].rule[0].delete_marker_replication[0].status == "Disabled"
    error_message = "Deletions are not copied."
  }

  assert {
    condition     = aws_s3_bucket_replication_configuration.this[0].role == output.replication_role_arn
    error_message = "A role copies."
  }

  assert {
    condition     = toset(flatten([for statement in jsondecode(aws_iam_role_policy.replication[0].policy).Statement : statement.Resource if statement.Sid == "Write" || statement.Sid == "Encrypt"])) == toset(["${run.the_other_region.arn}/*", run.the_other_region.kms_key_arn])
    error_message = "The role writes to the copy and nowhere else: ${aws_iam_role_policy.replication[0].policy}"
  }
}
