data "aws_partition" "current" {}

locals {
  is_replica = var.replica_of != null
  gives_word = var.password_version != null

  # postgres17, mysql8.4
  family = join("", [
    var.engine,
    var.engine == "postgres" ? split(".", var.engine_version)[0] : join(".", slice(split(".", var.engine_version), 0, 2)),
  ])

  # Connections are encrypted, and what takes longer than a second is written down.
  own_parameters = {
    postgres = { "rds.force_ssl" = "1", "log_min_duration_statement" = "1000" }
    mysql    = { "require_secure_transport" = "ON", "slow_query_log" = "1", "long_query_time" = "1", "log_output" = "FILE" }
  }
  parameters = merge(
    { for name, value in local.own_parameters[var.engine] : name => { value = value, apply_method = "immediate" } },
    var.parameters,
  )

  logs = { postgres = ["postgresql", "upgrade"], mysql = ["error", "slowquery"] }[var.engine]
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = var.subnet_ids

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    postcondition {
      condition     = self.vpc_id == var.vpc_id
      error_message = "The subnets are in ${self.vpc_id}, and are meant to be in ${var.vpc_id}."
    }
  }
}

resource "aws_db_parameter_group" "this" {
  # Another family needs another group, which is there before the old one goes.
  name_prefix = "${var.name}-"
  description = "Parameters of ${var.name}"
  family      = local.family

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier     = var.name
  engine         = local.is_replica ? null : var.engine
  engine_version = local.is_replica ? null : var.engine_version
  instance_class = var.instance_class

  replicate_source_db = var.replica_of

  allocated_storage     = local.is_replica ? null : var.allocated_storage_gib
  max_allocated_storage = var.max_allocated_storage_gib
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  db_name  = local.is_replica ? null : var.db_name
  username = local.is_replica ? null : var.username

  # A password is made by RDS, or sent: it is not in the state either way.
  manage_master_user_password   = local.is_replica || local.gives_word ? null : true
  master_user_secret_kms_key_id = local.is_replica || local.gives_word ? null : var.kms_key_arn
  password_wo                   = local.is_replica || !local.gives_word ? null : var.password
  password_wo_version           = local.is_replica ? null : var.password_version

  iam_database_authentication_enabled = true

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = var.security_group_ids
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"
  parameter_group_name   = aws_db_parameter_group.this.name

  backup_retention_period   = var.backup_retention_days
  backup_window             = var.backup_window
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.final_snapshot
  final_snapshot_identifier = var.final_snapshot ? "${var.name}-final" : null

  maintenance_window          = var.maintenance_window
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = false
  apply_immediately           = false

  enabled_cloudwatch_logs_exports       = local.logs
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn

  tags = merge(var.tags, { Name = var.name })

  # RDS makes log groups by itself where there are none, without a key and without an end.
  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy_attachment.monitoring,
  ]
}
