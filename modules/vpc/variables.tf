variable "name" {
  description = "Name of the VPC, and the beginning of the names of everything in it."
  type        = string
}

variable "cidr_block" {
  description = "IPv4 range of the VPC."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr_block))
    error_message = "cidr_block must be an IPv4 range, as 10.0.0.0/16."
  }
}

variable "az_count" {
  description = "How many availability zones to use. Each gets a public and a private subnet."
  type        = number
  default     = 3

  validation {
    condition     = var.az_count >= 1 && var.az_count <= 6
    error_message = "az_count must be between 1 and 6."
  }
}

variable "subnet_newbits" {
  description = "How many bits a subnet's prefix is longer than the VPC's."
  type        = number
  default     = 4
}

variable "single_nat_gateway" {
  description = "Whether one NAT gateway serves all zones: cheaper, and gone with its zone."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for everything."
  type        = map(string)
  default     = {}
}
