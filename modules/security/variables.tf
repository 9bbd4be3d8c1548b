variable "name" {
  description = "Name of what is protected, such as zero-world-us-east-1-prod, and the beginning of the names of everything."
  type        = string

  # It goes into names of every kind, with a purpose, a tier or a path behind it.
  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z-]{0,62}$", var.name))
    error_message = "The name must have 1 to 63 letters, digits and hyphens, and begin with a letter or a digit."
  }
}

variable "rotation_days" {
  description = "How many days keys, secrets and passwords of users are good before they are renewed."
  type        = number
  default     = 90

  # KMS renews no key more often than every 90 days.
  validation {
    condition     = var.rotation_days >= 90 && var.rotation_days <= 365 && floor(var.rotation_days) == var.rotation_days
    error_message = "The days between two rotations must be a whole number from 90 to 365."
  }
}

variable "keys" {
  description = "KMS keys by purpose: what each is for, the services that use it on their own account, and the ARNs of others who may."
  type = map(object({
    description             = string
    services                = optional(list(string), [])
    user_arns               = optional(list(string), [])
    deletion_window_in_days = optional(number, 30)
    multi_region            = optional(bool, false)
  }))
  default = {
    data = {
      description = "Databases, caches and volumes"
    }
    logs = {
      description = "Log groups"
      services    = ["logs"]
    }
    messages = {
      description = "Queues and topics"
      services    = ["cloudwatch", "s3", "sns"]
    }
    secrets = {
      description = "Secrets and parameters"
    }
    storage = {
      description = "Buckets"
    }
  }

  validation {
    condition     = alltrue([for purpose in keys(var.keys) : can(regex("^[a-z][0-9a-z-]{0,31}$", purpose))])
    error_message = "Purposes must have 1 to 32 small letters, digits and hyphens, and begin with a letter."
  }

  # These say for which account they act, so that nobody else can have them use the key. EventBridge, for one, does not.
  validation {
    condition = alltrue([
      for service in flatten(values(var.keys)[*].services) :
      contains(["cloudwatch", "logs", "s3", "sns"], service)
    ])
    error_message = "Services that use a key on their own account are cloudwatch, logs, s3 and sns. Others do it with a role: name that in user_arns."
  }

  validation {
    condition     = alltrue([for key in values(var.keys) : !contains(key.user_arns, "*")])
    error_message = "user_arns must say who may use the key: * is everybody."
  }

  validation {
    condition     = alltrue([for key in values(var.keys) : key.deletion_window_in_days >= 7 && key.deletion_window_in_days <= 30])
    error_message = "Between a key's deletion and its end there must be 7 to 30 days."
  }
}

variable "vpc_id" {
  description = "Id of the VPC for the tiers' security groups. Without it there are none."
  type        = string
  default     = null
}

variable "tiers" {
  description = "Tiers by name, with what is in them. Each gets a security group, which lets nothing in or out but what connections say."
  type        = map(string)
  default = {
    edge        = "Load balancers"
    application = "Services"
    database    = "Databases"
    cache       = "Caches"
    stream      = "Kafka brokers"
  }

  validation {
    condition     = alltrue([for tier in keys(var.tiers) : can(regex("^[a-z][0-9a-z-]{0,31}$", tier))])
    error_message = "Names of tiers must have 1 to 32 small letters, digits and hyphens, and begin with a letter."
  }
}

variable "public_tiers" {
  description = "Tiers that may be reached from everywhere, once a connection says so."
  type        = set(string)
  default     = ["edge"]
}

variable "connections" {
  description = "Who may open connections to whom, by name: from a tier, a security group or an IPv4 range, to one of these, at a port or at several up to last_port. One end at least is a tier."
  type = map(object({
    description            = string
    from_tier              = optional(string)
    from_security_group_id = optional(string)
    from_cidr_ipv4         = optional(string)
    to_tier                = optional(string)
    to_security_group_id   = optional(string)
    to_cidr_ipv4           = optional(string)
    port                   = number
    last_port              = optional(number)
    protocol               = optional(string, "tcp")
  }))
  default = {
    edge-to-application = {
      description = "Services, from load balancers"
      from_tier   = "edge"
      to_tier     = "application"
      port        = 8443
    }
    application-to-database = {
      description = "PostgreSQL, from services"
      from_tier   = "application"
      to_tier     = "database"
      port        = 5432
    }
    application-to-cache = {
      description = "Redis, from services"
      from_tier   = "application"
      to_tier     = "cache"
      port        = 6379
    }
    application-to-stream = {
      description = "Kafka with IAM, from services"
      from_tier   = "application"
      to_tier     = "stream"
      port        = 9098
    }
  }

  validation {
    condition = alltrue([
      for connection in values(var.connections) :
      length([for end in [connection.from_tier, connection.from_security_group_id, connection.from_cidr_ipv4] : end if end != null]) == 1
      && length([for end in [connection.to_tier, connection.to_security_group_id, connection.to_cidr_ipv4] : end if end != null]) == 1
    ])
    error_message = "Each connection must come from one tier, security group or IPv4 range, and go to one."
  }

  validation {
    condition     = alltrue([for connection in values(var.connections) : connection.from_tier != null || connection.to_tier != null])
    error_message = "One end of each connection must be a tier: there is no group to write it into otherwise."
  }

  validation {
    condition = alltrue([
      for tier in flatten([for connection in values(var.connections) : [connection.from_tier, connection.to_tier]]) :
      tier == null ? true : contains(keys(var.tiers), tier)
    ])
    error_message = "Connections must be between tiers that there are."
  }

  validation {
    condition = alltrue([
      for cidr in flatten([for connection in values(var.connections) : [connection.from_cidr_ipv4, connection.to_cidr_ipv4]]) :
      cidr == null ? true : can(cidrnetmask(cidr))
    ])
    error_message = "Each range must be an IPv4 range, such as 10.0.0.0/16."
  }

  validation {
    condition = alltrue([
      for connection in values(var.connections) :
      connection.from_cidr_ipv4 == null ? true : !endswith(connection.from_cidr_ipv4, "/0") || contains(var.public_tiers, coalesce(connection.to_tier, "none"))
    ])
    error_message = "Only public tiers can be reached from everywhere."
  }

  validation {
    condition = alltrue([
      for connection in values(var.connections) :
      contains(["tcp", "udp"], connection.protocol)
      && connection.port >= 1
      && connection.port <= coalesce(connection.last_port, connection.port)
      && coalesce(connection.last_port, connection.port) <= 65535
    ])
    error_message = "The protocol of a connection must be tcp or udp, and its ports be from 1 to 65535, the first one first."
  }
}

variable "isolated" {
  description = "Subnets from which there is no way out of a range, whatever security groups say: those of databases."
  type = object({
    subnet_ids = list(string)
    cidr_ipv4  = string
  })
  default = null

  validation {
    condition     = var.isolated == null ? true : can(cidrnetmask(var.isolated.cidr_ipv4)) && !endswith(var.isolated.cidr_ipv4, "/0")
    error_message = "The range must be an IPv4 range, such as 10.0.0.0/16, and not everything."
  }

  validation {
    condition     = var.isolated == null || var.vpc_id != null
    error_message = "Isolated subnets are in a VPC: set vpc_id."
  }
}

variable "account_password_policy" {
  description = "Whether to set what passwords of the account's users have to be like. An account has one such policy, so one call in all regions sets it."
  type        = bool
  default     = false
}

variable "secrets" {
  description = "Secrets by name. What is secret is put there by others, or is a password that is generated and never stored anywhere else."
  type = map(object({
    description             = string
    key                     = optional(string, "secrets")
    reader_arns             = optional(list(string), [])
    recovery_window_in_days = optional(number, 30)
    replicas                = optional(map(string), {})
    generated = optional(object({
      length  = optional(number, 32)
      version = optional(number, 1)
    }))
    rotation = optional(object({
      lambda_arn = string
      after_days = optional(number)
      duration   = optional(string, "3h")
    }))
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[0-9A-Za-z_.-]+(/[0-9A-Za-z_.-]+)*$", name))])
    error_message = "Names of secrets must consist of letters, digits, dots, hyphens and underscores, with single slashes between."
  }

  validation {
    condition     = alltrue([for secret in values(var.secrets) : contains(keys(var.keys), secret.key)])
    error_message = "The key of a secret must be one of the purposes in keys."
  }

  validation {
    condition     = alltrue([for secret in values(var.secrets) : !contains(secret.reader_arns, "*")])
    error_message = "reader_arns must say who may read the secret: * is everybody."
  }

  validation {
    condition     = alltrue([for secret in values(var.secrets) : secret.generated == null ? true : secret.generated.length >= 20 && secret.generated.length <= 128])
    error_message = "A generated password must have 20 to 128 characters."
  }

  validation {
    condition = alltrue([
      for secret in values(var.secrets) :
      secret.rotation == null ? true : coalesce(secret.rotation.after_days, 1) >= 1 && coalesce(secret.rotation.after_days, 1) <= var.rotation_days
    ])
    error_message = "A secret must be renewed after as many days as rotation_days says, or sooner."
  }
}

variable "parameters" {
  description = "Parameters by path, for configuration that services read. Those of type SecureString have their values in secure_values, and a version that counts them."
  type = map(object({
    description = string
    type        = optional(string, "String")
    value       = optional(string)
    key         = optional(string, "secrets")
    version     = optional(number, 1)
  }))
  default = {}

  validation {
    condition     = alltrue([for path in keys(var.parameters) : can(regex("^[0-9A-Za-z_.-]+(/[0-9A-Za-z_.-]+)*$", path))])
    error_message = "Paths of parameters must consist of letters, digits, dots, hyphens and underscores, with single slashes between."
  }

  validation {
    condition     = alltrue([for parameter in values(var.parameters) : contains(["String", "StringList", "SecureString"], parameter.type)])
    error_message = "The type of a parameter must be String, StringList or SecureString."
  }

  # What is given here is in the state, and in every plan.
  validation {
    condition     = alltrue([for parameter in values(var.parameters) : (parameter.type == "SecureString") == (parameter.value == null)])
    error_message = "The value of a SecureString belongs in secure_values, that of other parameters here."
  }

  validation {
    condition     = alltrue([for parameter in values(var.parameters) : contains(keys(var.keys), parameter.key)])
    error_message = "The key of a parameter must be one of the purposes in keys."
  }
}

variable "secure_values" {
  description = "Values of parameters of type SecureString, by path. They are passed on and not kept: raise a parameter's version to have its new value written."
  type        = map(string)
  default     = {}
  ephemeral   = true
}

variable "log_groups" {
  description = "Log groups by name, encrypted and kept for a time. name is for services that say themselves what it has to be, such as /aws/eks/CLUSTER/cluster."
  type = map(object({
    name              = optional(string)
    retention_in_days = optional(number, 365)
    key               = optional(string, "logs")
    class             = optional(string, "STANDARD")
  }))
  default = {}

  validation {
    condition     = alltrue([for group in values(var.log_groups) : group.retention_in_days > 0])
    error_message = "Logs must end some day: say after how many days."
  }

  validation {
    condition     = alltrue([for group in values(var.log_groups) : contains(try(var.keys[group.key].services, []), "logs")])
    error_message = "The key of a log group must be one of the purposes in keys that the service logs may use."
  }
}

variable "tags" {
  description = "Tags for everything."
  type        = map(string)
  default     = {}
}
