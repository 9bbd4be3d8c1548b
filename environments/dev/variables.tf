variable "region" {
  description = "Region of the environment."
  type        = string
  default     = "us-east-1"
}
