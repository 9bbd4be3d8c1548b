variable "cluster_name" {
  description = "Name of the cluster, and the beginning of the names of everything that belongs to it. Roles have names per account, so it must be unique in all regions."
  type        = string

  # The names of roles, which end in -cluster, are limited to 64 characters.
  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,55}$", var.cluster_name))
    error_message = "The name must have 1 to 56 letters, digits, hyphens and underscores, and begin with a letter or a digit."
  }
}

variable "region" {
  description = "Region in which the cluster is meant to be. The provider that the module is called with decides where it is; if that is another region, the plan fails."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "The region must be named as AWS does, such as us-east-1."
  }
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the control plane's interfaces and of the nodes, in at least two zones. By default the VPC's private subnets: those tagged kubernetes.io/role/internal-elb = 1."
  type        = list(string)
  default     = null
}

variable "kubernetes_version" {
  description = "Version of Kubernetes, such as 1.34."
  type        = string
  default     = "1.34"

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "The version of Kubernetes must consist of two numbers, such as 1.34."
  }
}

variable "node_groups" {
  description = "Managed node groups by name."
  type = map(object({
    instance_types             = list(string)
    min_size                   = number
    max_size                   = number
    desired_size               = number
    capacity_type              = optional(string, "ON_DEMAND")
    ami_type                   = optional(string, "AL2023_x86_64_STANDARD")
    disk_size_gib              = optional(number, 100)
    labels                     = optional(map(string), {})
    max_unavailable_percentage = optional(number, 10)
    taints = optional(list(object({
      key    = string
      value  = optional(string)
      effect = string
    })), [])
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.node_groups) : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,62}$", name))])
    error_message = "The names of node groups must have 1 to 63 letters, digits, hyphens and underscores, and begin with a letter or a digit."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : length(group.instance_types) >= 1])
    error_message = "Each node group needs at least one type of instance."
  }

  validation {
    condition = alltrue([
      for group in values(var.node_groups) :
      0 <= group.min_size && group.min_size <= group.desired_size && group.desired_size <= group.max_size && 1 <= group.max_size
    ])
    error_message = "In each node group, 0 <= min_size <= desired_size <= max_size must hold, and max_size be at least 1."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : contains(["ON_DEMAND", "SPOT"], group.capacity_type)])
    error_message = "The capacity type of a node group must be ON_DEMAND or SPOT."
  }

  validation {
    condition = alltrue([
      for taint in flatten(values(var.node_groups)[*].taints) :
      contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)
    ])
    error_message = "The effect of a taint must be NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."
  }
}

variable "addons" {
  description = "EKS add-ons by name. Without a version, an add-on has the default one of the cluster's version."
  type = map(object({
    version                  = optional(string)
    configuration_values     = optional(string)
    service_account_role_arn = optional(string)
  }))
  default = {}
}

variable "endpoint_private_access_cidrs" {
  description = "IPv4 ranges, besides the nodes, from which the API server can be reached inside the VPC and what is connected to it."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.endpoint_private_access_cidrs : can(cidrnetmask(cidr))])
    error_message = "Each range must be an IPv4 range, such as 10.0.0.0/8."
  }
}

variable "endpoint_public_access" {
  description = "Whether the API server can be reached from the internet."
  type        = bool
  default     = false
}

variable "endpoint_public_access_cidrs" {
  description = "IPv4 ranges from which the API server can be reached if endpoint_public_access is set."
  type        = list(string)
  default     = []
}

variable "secrets_kms_key_arn" {
  description = "ARN of the KMS key that encrypts the cluster's secrets. By default one that belongs to AWS. It cannot be taken away again."
  type        = string
  default     = null
}

variable "enabled_cluster_log_types" {
  description = "Logs of the control plane to keep."
  type        = list(string)
  default     = ["api", "audit", "authenticator"]
}

variable "enable_irsa" {
  description = "Whether to make the identity provider through which service accounts of pods get roles."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags for everything, instances and their volumes included."
  type        = map(string)
  default     = {}
}
