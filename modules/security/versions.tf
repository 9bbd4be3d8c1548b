terraform {
  # Values that go into a parameter without being kept in the state need 1.11.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }

    random = {
      source  = "hashicorp/random"
      version = ">= 3.7"
    }
  }
}
