# A database in private subnets, encrypted, with a second instance and backups.

variables {
  name           = "zero-world-us-east-1-test-orders"
  instance_class = "db.r6g.large"
}

provider "aws" {
  region = "us-east-1"
}

run "around_it" {
  module {
    source = "./tests/setup"
  }
}

run "database" {
  variables {
    vpc_id             = run.around_it.vpc_id
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
  }

  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == run.around_it.kms_key_arn && aws_db_instance.this.performance_insights_kms_key_id == run.around_it.kms_key_arn
    error_message = "Everything is encrypted with the key."
  }

  assert {
    condition     = !aws_db_instance.this.publicly_accessible && aws_db_instance.this.vpc_security_group_ids == toset([run.around_it.security_group_id])
    error_message = "It is reached by whom its tier lets in, and not from the internet."
  }

  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.backup_retention_period == 30 && !aws_db_instance.this.delete_automated_backups
    error_message = "A second instance takes over, and backups are kept for 30 days."
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && aws_db_instance.this.final_snapshot_identifier == "zero-world-us-east-1-test-orders-final"
    error_message = "It is not deleted by mistake, nor without a last snapshot."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "RDS makes the password."
  }

  assert {
    condition     = aws_db_parameter_group.this.family == "postgres17" && { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value }["rds.force_ssl"] == "1"
    error_message = "Connections are encrypted."
  }

  assert {
    condition     = { for group in values(aws_cloudwatch_log_group.this) : group.name => group.retention_in_days } == { "/aws/rds/instance/zero-world-us-east-1-test-orders/postgresql" = 365, "/aws/rds/instance/zero-world-us-east-1-test-orders/upgrade" = 365 }
    error_message = "Logs end after a year."
  }

  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["cpu", "memory", "storage"] && aws_cloudwatch_metric_alarm.this["storage"].threshold == 10 * 1024 * 1024 * 1024
    error_message = "Somebody is told before the storage is full."
  }
}

run "a_password_that_is_given" {
  variables {
    vpc_id                = run.around_it.vpc_id
    subnet_ids            = run.around_it.private_subnet_ids
    security_group_ids    = [run.around_it.security_group_id]
    kms_key_arn           = run.around_it.kms_key_arn
    password              = "not to be seen"
    password_version      = 1
    max_connections_alarm = 500
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password == null && aws_db_instance.this.password == null && aws_db_instance.this.password_wo == null && output.password_secret_arn == null
    error_message = "The password is sent, and not kept."
  }

  assert {
    condition     = output.arn == run.database.arn
    error_message = "The database stays."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["connections"].threshold == 500
    error_message = "Somebody is told of too many connections."
  }
}

run "another_engine" {
  command   = plan
  state_key = "mysql"

  variables {
    engine             = "mysql"
    engine_version     = "8.4"
    vpc_id             = run.around_it.vpc_id
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
  }

  assert {
    condition     = aws_db_parameter_group.this.family == "mysql8.4" && { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value }["require_secure_transport"] == "ON"
    error_message = "Connections are encrypted with mysql, too."
  }
}

run "a_copy_in_another_region" {
  command   = plan
  state_key = "copy"

  variables {
    name               = "zero-world-us-west-2-test-orders"
    replica_of         = run.database.arn
    vpc_id             = run.around_it.vpc_id
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
  }

  assert {
    condition     = aws_db_instance.this.replicate_source_db == run.database.arn && aws_db_instance.this.manage_master_user_password == null
    error_message = "A copy has what the other one has."
  }

  assert {
    condition     = contains(keys(aws_cloudwatch_metric_alarm.this), "lag")
    error_message = "Somebody is told when the copy is late."
  }

  assert {
    condition     = output.password_secret_arn == null
    error_message = "A copy has no password of its own."
  }
}

run "one_zone" {
  command = plan

  variables {
    vpc_id             = run.around_it.vpc_id
    subnet_ids         = [run.around_it.private_subnet_ids[0]]
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
  }

  expect_failures = [var.subnet_ids]
}

run "no_group" {
  command = plan

  variables {
    vpc_id             = run.around_it.vpc_id
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = []
    kms_key_arn        = run.around_it.kms_key_arn
  }

  expect_failures = [var.security_group_ids]
}

run "backups_for_a_day" {
  command = plan

  variables {
    vpc_id                = run.around_it.vpc_id
    subnet_ids            = run.around_it.private_subnet_ids
    security_group_ids    = [run.around_it.security_group_id]
    kms_key_arn           = run.around_it.kms_key_arn
    backup_retention_days = 1
  }

  expect_failures = [var.backup_retention_days]
}

run "connections_in_the_clear" {
  command = plan

  variables {
    vpc_id             = run.around_it.vpc_id
    subnet_ids         = run.around_it.private_subnet_ids
    security_group_ids = [run.around_it.security_group_id]
    kms_key_arn        = run.around_it.kms_key_arn
    parameters         = { "rds.force_ssl" = { value = "0" } }
  }

  expect_failures = [var.parameters]
}
