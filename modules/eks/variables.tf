variable "cluster_name" {
  description = "Name of the cluster, and the beginning of the names of everything that belongs to it."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$", var.cluster_name))
    error_message = "cluster_name must be 1 to 100 letters, digits, hyphens and underscores, and begin with a letter or digit."
  }
}

variable "region" {
  description = "Region in which the cluster is meant to be. The provider that the module is called with decides where it is; if that is another region, the plan fails."
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the control plane's interfaces and of the nodes. By default the VPC's private subnets: those tagged kubernetes.io/role/internal-elb = 1."
  type        = list(string)
  default     = null
}

variable "kubernetes_version" {
  description = "Version of Kubernetes, as 1.31."
  type        = string
  default     = "1.31"
}

variable "node_groups" {
  description = "Managed node groups by name."
  type = map(object({
    instance_types  = list(string)
    min_size        = number
    max_size        = number
    desired_size    = number
    capacity_type   = optional(string, "ON_DEMAND")
    ami_type        = optional(string, "AL2023_x86_64_STANDARD")
    disk_size_gib   = optional(number, 100)
    labels          = optional(map(string), {})
    max_unavailable = optional(number, 1)
    taints = optional(list(object({
      key    = string
      value  = optional(string)
      effect = string
    })), [])
  }))
  default = {}

  validation {
    condition = alltrue([
      for group in values(var.node_groups) :
      group.min_size <= group.desired_size && group.desired_size <= group.max_size
    ])
    error_message = "In each node group min_size <= desired_size <= max_size must hold."
  }

  validation {
    condition = alltrue([
      for group in values(var.node_groups) : contains(["ON_DEMAND", "SPOT"], group.capacity_type)
    ])
    error_message = "capacity_type must be ON_DEMAND or SPOT."
  }
}

variable "addons" {
  description = "Add-ons by name, with their version; null for the default version of the cluster's."
  type        = map(string)
  default     = {}
}

variable "endpoint_public_access" {
  description = "Whether the API server can be reached from the internet."
  type        = bool
  default     = false
}

variable "endpoint_public_access_cidrs" {
  description = "From where the API server can be reached, if from the internet."
  type        = list(string)
  default     = null
}

variable "enabled_cluster_log_types" {
  description = "Logs of the control plane to keep."
  type        = list(string)
  default     = ["api", "audit", "authenticator"]
}

variable "tags" {
  description = "Tags for everything."
  type        = map(string)
  default     = {}
}
