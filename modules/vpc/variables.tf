variable "name" {
  description = "Name of the VPC, and the beginning of the names of everything in it."
  type        = string

  validation {
    condition     = length(var.name) >= 1 && length(var.name) <= 200
    error_message = "The name must have 1 to 200 characters."
  }
}

variable "cidr_block" {
  description = "IPv4 range of the VPC, /16 to /20. It cannot be changed once the VPC exists."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && can(regex("/(1[6-9]|20)$", var.cidr_block))
    error_message = "The range must be an IPv4 range of /16 to /20, such as 10.0.0.0/16."
  }
}

variable "az_count" {
  description = "How many availability zones to use, 1 to 6: the first of the region, by name. Each gets a public and a private subnet."
  type        = number
  default     = 3

  validation {
    condition     = var.az_count >= 1 && var.az_count <= 6 && floor(var.az_count) == var.az_count
    error_message = "The number of availability zones must be a whole number from 1 to 6."
  }
}

variable "availability_zones" {
  description = "Names of the availability zones to use, instead of the first az_count of the region. Production names them: the layout then does not hang on what the region lists on the day."
  type        = list(string)
  default     = null

  validation {
    condition = (
      var.availability_zones == null
      ? true
      : length(var.availability_zones) >= 1 && length(var.availability_zones) <= 6 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    )
    error_message = "There must be 1 to 6 availability zones, each named once."
  }
}

variable "single_nat_gateway" {
  description = "Whether one NAT gateway serves all zones: cheaper, but gone with its zone."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for everything."
  type        = map(string)
  default     = {}
}
