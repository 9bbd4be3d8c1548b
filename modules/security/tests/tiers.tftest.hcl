# Who may open connections to whom.

variables {
  name = "zero-world-us-east-1-test"
}

provider "aws" {
  region = "us-east-1"
}

run "network" {
  module {
    source = "./tests/setup"
  }
}

run "tiers" {
  variables {
    vpc_id = run.network.vpc_id
  }

  assert {
    condition     = keys(output.security_group_ids) == ["application", "cache", "database", "edge", "stream"]
    error_message = "There are groups for ${jsonencode(keys(output.security_group_ids))}."
  }

  assert {
    condition     = aws_security_group.tier["database"].name == "zero-world-us-east-1-test-database"
    error_message = "A group is named after the tier."
  }

  # From the services, at one port, and no other way.
  assert {
    condition = [
      for rule in values(aws_vpc_security_group_ingress_rule.this) :
      "${rule.referenced_security_group_id} ${rule.ip_protocol} ${rule.from_port}-${rule.to_port}" if rule.security_group_id == output.security_group_ids["database"]
    ] == ["${output.security_group_ids["application"]} tcp 5432-5432"]
    error_message = "Databases are reached by services at their port, and by nobody else."
  }

  assert {
    condition     = length([for rule in values(aws_vpc_security_group_egress_rule.this) : rule if rule.security_group_id == output.security_group_ids["database"]]) == 0
    error_message = "Databases open no connections."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.this["application-to-cache"].referenced_security_group_id == output.security_group_ids["cache"]
    error_message = "What caches let in, services let out."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_ingress_rule.this) : rule.cidr_ipv4 == null])
    error_message = "Nothing is open to networks unless that is asked for."
  }

  assert {
    condition     = length(aws_network_acl.isolated) == 0
    error_message = "No subnets are isolated unless that is asked for."
  }
}

run "from_outside" {
  variables {
    vpc_id = run.network.vpc_id

    connections = {
      internet-to-edge = {
        description    = "HTTPS, from everywhere"
        from_cidr_ipv4 = "0.0.0.0/0"
        to_tier        = "edge"
        port           = 443
      }
      nodes-to-database = {
        description            = "PostgreSQL, from the nodes of a cluster"
        from_security_group_id = run.tiers.security_group_ids["stream"]
        to_tier                = "database"
        port                   = 5432
      }
      application-to-internet = {
        description  = "HTTPS, outward"
        from_tier    = "application"
        to_cidr_ipv4 = "0.0.0.0/0"
        port         = 443
        last_port    = 444
      }
    }

    isolated = {
      subnet_ids = run.network.private_subnet_ids
      cidr_ipv4  = run.network.cidr_block
    }
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["internet-to-edge"].cidr_ipv4 == "0.0.0.0/0"
    error_message = "Load balancers may be public."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["nodes-to-database"].referenced_security_group_id == output.security_group_ids["stream"]
    error_message = "A group of somebody else's may be let in."
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.this) == ["application-to-internet"] && aws_vpc_security_group_egress_rule.this["application-to-internet"].to_port == 444
    error_message = "What goes outward is a rule at one end."
  }

  assert {
    condition     = output.security_group_ids == run.tiers.security_group_ids
    error_message = "The groups stay, only rules change."
  }

  assert {
    condition     = aws_network_acl.isolated[0].subnet_ids == toset(run.network.private_subnet_ids)
    error_message = "The subnets are isolated."
  }

  assert {
    condition     = [for entry in concat(tolist(aws_network_acl.isolated[0].ingress), tolist(aws_network_acl.isolated[0].egress)) : entry.cidr_block] == [run.network.cidr_block, run.network.cidr_block]
    error_message = "Isolated subnets talk to their own range alone."
  }
}

run "a_database_for_everybody" {
  command = plan

  variables {
    connections = {
      open = {
        description    = "Everybody"
        from_cidr_ipv4 = "0.0.0.0/0"
        to_tier        = "database"
        port           = 5432
      }
    }
  }

  expect_failures = [var.connections]
}

run "two_sources" {
  command = plan

  variables {
    connections = {
      both = {
        description    = "From a tier and a network"
        from_tier      = "application"
        from_cidr_ipv4 = "10.0.0.0/16"
        to_tier        = "database"
        port           = 5432
      }
    }
  }

  expect_failures = [var.connections]
}

run "a_tier_that_there_is_not" {
  command = plan

  variables {
    connections = {
      nowhere = {
        description = "To nothing"
        from_tier   = "application"
        to_tier     = "mainframe"
        port        = 23
      }
    }
  }

  expect_failures = [var.connections]
}

run "ports_the_wrong_way_round" {
  command = plan

  variables {
    connections = {
      backwards = {
        description = "Services, from load balancers"
        from_tier   = "edge"
        to_tier     = "application"
        port        = 9000
        last_port   = 8000
      }
    }
  }

  expect_failures = [var.connections]
}

run "isolated_from_nothing" {
  command = plan

  variables {
    vpc_id = run.network.vpc_id

    isolated = {
      subnet_ids = run.network.private_subnet_ids
      cidr_ipv4  = "0.0.0.0/0"
    }
  }

  expect_failures = [var.isolated]
}
