variable "name" {
  description = "Name of the bucket; unique in the world, for all accounts."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "The name must have 3 to 63 small letters, digits and hyphens, and begin and end with a letter or a digit. Dots break certificates."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts objects. Null is for a bucket of access logs, which S3 writes with a key of its own."
  type        = string

  validation {
    condition     = var.kms_key_arn == null || length(var.access_log_sources) == 0
    error_message = "S3 writes access logs into no bucket that KMS encrypts: set kms_key_arn = null."
  }

  validation {
    condition     = var.kms_key_arn != null || length(var.access_log_sources) > 0
    error_message = "Only a bucket of access logs can do without a key."
  }
}

variable "force_destroy" {
  description = "Whether the bucket can be destroyed with all objects that are still in it."
  type        = bool
  default     = false
}

variable "lifecycle_rules" {
  description = "What becomes of objects as they grow old, by name: days after which they go to infrequent access, to Glacier and to the deep archive, and after which they are deleted. Objects are those of a prefix, or all."
  type = map(object({
    prefix                   = optional(string, "")
    infrequent_access_days   = optional(number)
    glacier_days             = optional(number)
    deep_archive_days        = optional(number)
    expiration_days          = optional(number)
    noncurrent_days          = optional(number, 90)
    noncurrent_versions_kept = optional(number)
  }))
  default = {
    archive = {
      infrequent_access_days = 30
      glacier_days           = 90
    }
  }

  validation {
    condition = alltrue([
      for rule in values(var.lifecycle_rules) :
      rule.infrequent_access_days == null ? true : rule.infrequent_access_days >= 30
    ])
    error_message = "Objects go to infrequent access after 30 days at the earliest."
  }

  # Each step is later than the one before, whichever there are.
  validation {
    condition = alltrue([
      for rule in values(var.lifecycle_rules) : alltrue([
        for steps in [[for days in [rule.infrequent_access_days, rule.glacier_days, rule.deep_archive_days, rule.expiration_days] : days if days != null]] :
        alltrue([for index in range(max(length(steps) - 1, 0)) : steps[index] < steps[index + 1]])
      ])
    ])
    error_message = "Objects must go to infrequent access before Glacier, to Glacier before the deep archive, and be deleted last."
  }

  validation {
    condition     = alltrue([for rule in values(var.lifecycle_rules) : rule.noncurrent_days >= 1])
    error_message = "Former versions must be kept for a day at least."
  }
}

variable "logging" {
  description = "The bucket that says who read and wrote what, and what keys begin with there. By default the bucket's name and a slash."
  type = object({
    bucket = string
    prefix = optional(string)
  })
  default = null
}

variable "access_log_sources" {
  description = "Names of the buckets whose access logs this one takes. It then is a bucket of access logs and nothing else."
  type        = list(string)
  default     = []

  validation {
    condition     = !contains(var.access_log_sources, var.name)
    error_message = "A bucket that logs into itself grows with every line that it logs."
  }
}

variable "replication" {
  description = "The bucket in another region that has a copy of everything, and the ARN of the KMS key there. account is its account if that is another one."
  type = object({
    bucket_arn    = string
    kms_key_arn   = string
    storage_class = optional(string, "STANDARD_IA")
    account       = optional(string)
    within_15_min = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.replication == null || length(var.access_log_sources) == 0
    error_message = "A bucket of access logs is not replicated: its objects have no key of KMS."
  }
}

variable "policy_documents" {
  description = "Policies of the bucket, as JSON, besides those that it always has."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags for everything."
  type        = map(string)
  default     = {}
}
