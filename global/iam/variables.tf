variable "region" {
  description = "Region whose API is called."
  type        = string
  default     = "us-east-1"
}

variable "prefix" {
  description = "Beginning of the names of roles, policies and clusters."
  type        = string
  default     = "zero-world"
}

variable "trusted_principals" {
  description = "ARNs of those who may take on the roles of people. By default the account: its policies decide."
  type        = list(string)
  default     = []
}

variable "pipeline" {
  description = "The system whose jobs deploy: the issuer of its tokens, their audience, and the subjects that may deploy, with * as a wildcard. Without it there is no role for it."
  type = object({
    issuer_url = string
    subjects   = list(string)
    audience   = optional(string, "sts.amazonaws.com")
  })
  default = null

  validation {
    condition     = var.pipeline == null ? true : startswith(var.pipeline.issuer_url, "https://")
    error_message = "The issuer's address must begin with https://."
  }

  validation {
    condition     = var.pipeline == null ? true : length(var.pipeline.subjects) > 0 && !contains(var.pipeline.subjects, "*")
    error_message = "Say which subjects may deploy: * alone would let in everybody whom the system serves."
  }
}
