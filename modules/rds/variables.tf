variable "name" {
  description = "Name of the database server, such as zero-world-us-east-1-prod-orders, and the beginning of the names of everything that belongs to it."
  type        = string

  # The names of roles, which end in -monitoring, are limited to 64 characters.
  validation {
    condition     = can(regex("^[a-z]([0-9a-z]|-[0-9a-z]){0,52}$", var.name)) && length(var.name) <= 53
    error_message = "The name must have 1 to 53 small letters, digits and single hyphens, begin with a letter, and not end with a hyphen."
  }
}

variable "engine" {
  description = "postgres or mysql."
  type        = string
  default     = "postgres"

  validation {
    condition     = contains(["postgres", "mysql"], var.engine)
    error_message = "The engine must be postgres or mysql."
  }
}

variable "engine_version" {
  description = "Version of the engine: for postgres the number before the dot, such as 17, for mysql both, such as 8.4. AWS then chooses what comes after, and upgrades it."
  type        = string
  default     = "17"

  validation {
    condition     = can(regex(var.engine == "postgres" ? "^[0-9]{2}(\\.[0-9]+)?$" : "^[0-9]+\\.[0-9]+(\\.[0-9]+)?$", var.engine_version))
    error_message = "The version must be one such as 17 for postgres, and such as 8.4 for mysql."
  }
}

variable "instance_class" {
  description = "Class of the instances, such as db.r6g.large."
  type        = string

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "The class of an instance begins with db."
  }
}

variable "allocated_storage_gib" {
  description = "Size of the storage."
  type        = number
  default     = 100

  validation {
    condition     = var.allocated_storage_gib >= 20
    error_message = "The storage must have 20 GiB at least."
  }
}

variable "max_allocated_storage_gib" {
  description = "Size up to which the storage grows by itself."
  type        = number
  default     = 1000

  # RDS grows it by a tenth at least.
  validation {
    condition     = var.max_allocated_storage_gib >= var.allocated_storage_gib * 1.1
    error_message = "The storage must be able to grow by a tenth at least."
  }
}

variable "db_name" {
  description = "Name of the first database. Without it there is none."
  type        = string
  default     = null
}

variable "username" {
  description = "Name of the administrator."
  type        = string
  default     = "administrator"
}

variable "password" {
  description = "Password of the administrator, if RDS is not to make one. It is sent and not kept: raise password_version to have a new one sent."
  type        = string
  default     = null
  ephemeral   = true
}

variable "password_version" {
  description = "Counts passwords that are given. Null has RDS make one, keep it in Secrets Manager and renew it."
  type        = number
  default     = null
}

variable "vpc_id" {
  description = "Id of the VPC that the subnets are meant to be in."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of private subnets, in at least two zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "A database needs subnets in two zones."
  }
}

variable "security_group_ids" {
  description = "Ids of the security groups that say who reaches the database: that of the tier, from the module security."
  type        = list(string)

  validation {
    condition     = length(var.security_group_ids) >= 1
    error_message = "Without a security group, that of the VPC would count."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts storage, backups, what is measured, and the password. It cannot be changed."
  type        = string
}

variable "multi_az" {
  description = "Whether there is a second instance in another zone that takes over."
  type        = bool
  default     = true
}

variable "replica_of" {
  description = "ARN of the database server in another region that this one copies, to take over from it. It has what is in that one: db_name, username and passwords do not count."
  type        = string
  default     = null

  validation {
    condition     = var.replica_of == null ? true : startswith(var.replica_of, "arn:")
    error_message = "A database server in another region is named by its ARN."
  }
}

variable "backup_retention_days" {
  description = "How many days back the database can be restored, to any second."
  type        = number
  default     = 30

  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "Backups must be kept for 7 to 35 days."
  }
}

variable "backup_window" {
  description = "When backups are made, in UTC."
  type        = string
  default     = "02:00-03:00"
}

variable "maintenance_window" {
  description = "When what has to be restarted is restarted, in UTC."
  type        = string
  default     = "sun:04:00-sun:05:00"
}

variable "deletion_protection" {
  description = "Whether the database is kept from being deleted. Take it away in one apply, and delete in the next."
  type        = bool
  default     = true
}

variable "final_snapshot" {
  description = "Whether a last snapshot is made before the database is deleted."
  type        = bool
  default     = true
}

variable "parameters" {
  description = "Parameters of the engine besides those that the module sets, by name. Those that need a restart have the apply_method pending-reboot, and wait for one."
  type = map(object({
    value        = string
    apply_method = optional(string, "immediate")
  }))
  default = {}

  validation {
    condition     = alltrue([for parameter in values(var.parameters) : contains(["immediate", "pending-reboot"], parameter.apply_method)])
    error_message = "The apply_method of a parameter must be immediate or pending-reboot."
  }

  validation {
    condition     = length(setintersection(keys(var.parameters), ["rds.force_ssl", "require_secure_transport"])) == 0
    error_message = "Connections are encrypted: that is not for parameters to change."
  }
}

variable "logs_kms_key_arn" {
  description = "ARN of the KMS key that encrypts logs, which the service of logs must be let use. By default one that belongs to AWS."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How many days logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = var.log_retention_days > 0
    error_message = "Logs must end some day: say after how many days."
  }
}

variable "alarm_topic_arns" {
  description = "ARNs of the topics that are told of alarms."
  type        = list(string)
  default     = []
}

variable "max_connections_alarm" {
  description = "From how many connections on there is an alarm. Null for none."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags for everything, snapshots included."
  type        = map(string)
  default     = {}
}
