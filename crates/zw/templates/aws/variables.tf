variable "environment" {
  description = "Name of the environment."
  type        = string
}

variable "region" {
  description = "The region of AWS."
  type        = string
  default     = "eu-west-1"
}

variable "cidr_block" {
  description = "IPv4 range of the network. Those of environments do not overlap, so that they can be connected one day."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.cidr_block))
    error_message = "The range must be one such as 10.0.0.0/16."
  }
}

variable "zones" {
  description = "How many availability zones to use."
  type        = number
}

variable "protected" {
  description = "Whether plans that destroy the network are refused."
  type        = bool
  default     = false
}
