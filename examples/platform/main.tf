# What a region of the estate has around its clusters, on the simulated cloud: a network, keys and tiers, a bucket with a copy
# in the region that takes over, and messages between services.

variable "environment" {
  description = "Environment, as in the names of everything."
  type        = string
  default     = "prod"
}

locals {
  name      = "zero-world-us-east-1-${var.environment}"
  copy_name = "zero-world-us-west-2-${var.environment}"

  tags = {
    Environment = var.environment
    Service     = "orders"
    Team        = "commerce"
    Cost-center = "engineering"
  }
}

provider "aws" {
  region   = "us-east-1"
  simulate = true

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias    = "us_west_2"
  region   = "us-west-2"
  simulate = true

  default_tags {
    tags = local.tags
  }
}

module "vpc" {
  source = "../../modules/vpc"

  name = local.name
}

module "security" {
  source = "../../modules/security"

  name                    = local.name
  vpc_id                  = module.vpc.vpc_id
  account_password_policy = true

  secrets = {
    "orders/partner" = {
      description = "Key for the API of a partner"
      reader_arns = [aws_iam_role.orders.arn]
      generated   = {}
      replicas    = { us-west-2 = module.security_us_west_2.key_arns["secrets"] }
    }
  }

  parameters = {
    "orders/currency" = {
      description = "Currency of orders"
      value       = "EUR"
    }
  }

  log_groups = {
    orders = {}
  }
}

module "security_us_west_2" {
  source    = "../../modules/security"
  providers = { aws = aws.us_west_2 }

  name = local.copy_name
}

data "aws_iam_policy_document" "orders" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "orders" {
  name               = "${local.name}-orders"
  description        = "What the service of orders may do"
  assume_role_policy = data.aws_iam_policy_document.orders.json
}

module "access_logs" {
  source = "../../modules/storage"

  name               = "${local.name}-access-logs"
  kms_key_arn        = null
  access_log_sources = ["${local.name}-orders"]

  lifecycle_rules = {
    year = { expiration_days = 365 }
  }
}

module "invoices" {
  source = "../../modules/storage"

  name        = "${local.name}-orders"
  kms_key_arn = module.security.key_arns["storage"]

  logging = {
    bucket = module.access_logs.name
  }

  replication = {
    bucket_arn  = module.invoices_copy.arn
    kms_key_arn = module.security_us_west_2.key_arns["storage"]
  }
}

module "invoices_copy" {
  source    = "../../modules/storage"
  providers = { aws = aws.us_west_2 }

  name        = "${local.copy_name}-orders"
  kms_key_arn = module.security_us_west_2.key_arns["storage"]
}

module "alarms" {
  source = "../../modules/messaging"

  name        = local.name
  kms_key_arn = module.security.key_arns["messages"]

  topics = {
    alarms = { publisher_services = ["cloudwatch"] }
  }
}

module "messages" {
  source = "../../modules/messaging"

  name        = "${local.name}-orders"
  kms_key_arn = module.security.key_arns["messages"]

  topics = {
    placed = { publisher_arns = [aws_iam_role.orders.arn] }
  }

  queues = {
    warehouse = {
      subscriptions = {
        placed = { filter_policy = jsonencode({ kind = ["goods"] }) }
      }
    }
    invoices = {
      subscriptions = { placed = {} }
    }
  }

  alarm_topic_arns = [module.alarms.topic_arns["alarms"]]
}

output "key_aliases" {
  description = "Aliases of the keys."
  value       = module.security.key_aliases
}

output "queue_urls" {
  description = "URLs of the queues."
  value       = module.messages.queue_urls
}

output "secrets_without_rotation" {
  description = "Secrets that somebody has to renew."
  value       = module.security.secrets_without_rotation
}
