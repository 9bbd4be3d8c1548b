terraform {
  required_version = ">= 1.0"
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = "~> 5.0"
      configuration_aliases = [aws.west]
    }
    old = "1.0"
  }
  backend "local" {
    path = "x"
  }
}

variable "names" {
  type        = list(object({ name = string, size = optional(number, 1) }))
  default     = [{ name = "$${literal}" }]
  description = "costs $${amount}"
  nullable    = false
  validation {
    condition     = length(var.names) > 0
    error_message = "there are ${length(var.names)}"
  }
}

locals {
  policy = {
    "${upper("k")}" = [1, 2.50, -3, true, null]
    nested          = { "//" = "kept" }
  }
  text = "a\tb\"c\\d\n"
  half = "x-${local.text}-%{if true}y%{endif}"
}

provider "aws" {
  alias  = "west"
  region = "us-${local.half}"
  assume_role = {
    role_arn = "r"
  }
}

resource "aws_vpc" "main" {
  count      = 2
  provider   = aws.west
  depends_on = [aws_vpc.other, module.child]
  cidr_block = "10.${count.index}.0.0/16"
  tags       = { Name = "main" }
  lifecycle {
    create_before_destroy = true
    prevent_destroy       = true
    ignore_changes        = [tags["Name"], cidr_block]
    replace_triggered_by  = [aws_vpc.other[0].id]
    precondition {
      condition     = local.half != ""
      error_message = "half"
    }
  }
  connection {
    host = self.id
  }
  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = "echo ${self.id}"
  }
  provisioner "local-exec" {
    command = "echo"
  }
}

resource "aws_vpc" "other" {
  for_each = toset(["a"])
  dynamic "ingress" {
    for_each = var.names
    iterator = it
    content {
      port = it.value.size
      dynamic "inner" {
        for_each = it.value
        content {
          key = "${inner.key}-${it.key}"
        }
      }
    }
  }
  lifecycle {
    ignore_changes = all
  }
}

data "aws_ami" "it" {
  provider = aws
  filter   = [{ name = "x", values = ["a", "b"] }]
}

ephemeral "random_password" "p" {
  length = 8
}

module "child" {
  source     = "./m"
  providers  = { aws.west = aws.west, aws = aws }
  for_each   = { a = 1 }
  list       = [each.key]
  depends_on = [data.aws_ami.it]
}

output "o" {
  value       = module.child["a"].out
  sensitive   = true
  depends_on  = [aws_vpc.main]
  description = "o"
}

moved {
  from = aws_vpc.before[0]
  to   = aws_vpc.main[1]
}

moved {
  from = module.before
  to   = module.child["a"]
}

removed {
  from = aws_vpc.gone
  lifecycle {
    destroy = false
  }
}

import {
  to = aws_vpc.other["a"]
  id = "vpc-${local.half}"
}

check "health" {
  data "aws_vpc" "seen" {
    id = aws_vpc.main[0].id
  }
  assert {
    condition     = data.aws_vpc.seen.id != ""
    error_message = "not seen"
  }
}
