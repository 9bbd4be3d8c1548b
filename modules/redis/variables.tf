variable "name" {
  description = "Name of the cache, such as zero-world-us-east-1-prod-feed, and the beginning of the names of everything that belongs to it."
  type        = string

  # ElastiCache takes 40 characters of a replication group.
  validation {
    condition     = can(regex("^[a-z]([0-9a-z]|-[0-9a-z])*$", var.name)) && length(var.name) <= 40
    error_message = "The name must have 1 to 40 small letters, digits and single hyphens, begin with a letter, and not end with a hyphen."
  }
}

variable "engine" {
  description = "redis or valkey."
  type        = string
  default     = "redis"

  validation {
    condition     = contains(["redis", "valkey"], var.engine)
    error_message = "The engine must be redis or valkey."
  }
}

variable "engine_version" {
  description = "Version of the engine, such as 7.1 for redis, and 8.0 for valkey."
  type        = string
  default     = "7.1"

  # Before 7 there is no encryption that all clients have to use.
  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+$", var.engine_version)) && tonumber(split(".", var.engine_version)[0]) >= 7
    error_message = "The version must consist of two numbers, and be 7.0 at least."
  }
}

variable "node_type" {
  description = "Type of the nodes, such as cache.r7g.large."
  type        = string

  validation {
    condition     = startswith(var.node_type, "cache.")
    error_message = "The type of a node begins with cache."
  }
}

variable "shard_count" {
  description = "Over how many shards keys are spread. One is a cache that every client can use; more need clients that know of clusters."
  type        = number
  default     = 1

  validation {
    condition     = var.shard_count >= 1 && var.shard_count <= 500 && floor(var.shard_count) == var.shard_count
    error_message = "There must be 1 to 500 shards."
  }
}

variable "replicas_per_shard" {
  description = "How many copies there are of each shard, in other zones, one of which takes over."
  type        = number
  default     = 2

  validation {
    condition     = var.replicas_per_shard >= 1 && var.replicas_per_shard <= 5 && floor(var.replicas_per_shard) == var.replicas_per_shard
    error_message = "There must be 1 to 5 copies: without any, nothing takes over."
  }
}

variable "subnet_ids" {
  description = "Ids of private subnets, in at least two zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "A cache with copies needs subnets in two zones."
  }
}

variable "security_group_ids" {
  description = "Ids of the security groups that say who reaches the cache: that of the tier, from the module security."
  type        = list(string)

  validation {
    condition     = length(var.security_group_ids) >= 1
    error_message = "Without a security group, that of the VPC would count."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts what is written to disks, snapshots among it. It cannot be changed."
  type        = string
}

variable "auth_token" {
  description = "Password of the cache. It is in the state, as ElastiCache's type has no other way: encrypt that. Null is for user groups."
  type        = string
  sensitive   = true
  default     = null

  validation {
    condition     = var.auth_token == null ? true : can(regex("^[0-9A-Za-z!&#$^<>-]{16,128}$", var.auth_token))
    error_message = "The password must have 16 to 128 letters, digits, and characters of ! & # $ ^ < > and -."
  }

  validation {
    condition     = (var.auth_token == null) != (length(var.user_group_ids) == 0)
    error_message = "Either auth_token or user_group_ids says who may use the cache: nobody is let in without."
  }
}

variable "user_group_ids" {
  description = "Ids of the groups of users that may use the cache, instead of a password for all."
  type        = list(string)
  default     = []
}

variable "parameters" {
  description = "Parameters of the engine besides those that the module sets, by name."
  type        = map(string)
  default     = {}

  validation {
    condition     = !contains(keys(var.parameters), "cluster-enabled")
    error_message = "Whether there are several shards is said by shard_count."
  }
}

variable "snapshot_retention_days" {
  description = "How many days daily snapshots are kept."
  type        = number
  default     = 30

  validation {
    condition     = var.snapshot_retention_days >= 1 && var.snapshot_retention_days <= 35
    error_message = "Snapshots must be kept for 1 to 35 days."
  }
}

variable "snapshot_window" {
  description = "When snapshots are made, in UTC."
  type        = string
  default     = "02:00-03:00"
}

variable "maintenance_window" {
  description = "When what has to be restarted is restarted, in UTC."
  type        = string
  default     = "sun:04:00-sun:05:00"
}

variable "final_snapshot" {
  description = "Whether a last snapshot is made before the cache is deleted."
  type        = bool
  default     = true
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

variable "tags" {
  description = "Tags for everything."
  type        = map(string)
  default     = {}
}
