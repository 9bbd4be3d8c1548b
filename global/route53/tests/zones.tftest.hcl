# What is in a zone, and how one gets there.

variables {
  zones = {
    "zero-world.example" = {
      sends_mail = true
      texts      = ["v=spf1 include:amazonses.com -all", "site=0123"]
    }
    "prod.zero-world.example" = {
      parent                  = "zero-world.example"
      certificate_authorities = []
    }
    "zero-world.internal" = {
      vpcs = { "vpc-0123456789abcdef0" = "us-east-1" }
    }
  }

  records = {
    www = {
      zone  = "zero-world.example"
      name  = "www"
      type  = "A"
      alias = { name = "d111111abcdef8.cloudfront.net", zone_id = "Z2FDTNDATAQYW2" }
    }
    database = {
      zone   = "zero-world.internal"
      name   = "orders.database"
      type   = "CNAME"
      values = ["orders.cluster-0123.us-east-1.rds.amazonaws.com"]
    }
  }
}

override_resource {
  target = aws_route53_zone.this
  values = {
    name_servers = ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]
  }
}

run "zones" {
  command = plan

  assert {
    condition     = aws_route53_record.delegation["prod.zero-world.example"].type == "NS" && keys(aws_route53_record.delegation) == ["prod.zero-world.example"]
    error_message = "One zone is delegated to from its parent."
  }

  assert {
    condition     = aws_route53_record.certificate_authorities["zero-world.example"].records == toset(["0 issue \"amazon.com\"", "0 issuewild \"amazon.com\""])
    error_message = "Amazon makes certificates, and nobody else."
  }

  assert {
    condition     = aws_route53_record.certificate_authorities["prod.zero-world.example"].records == toset(["0 issue \";\""])
    error_message = "Nobody makes certificates where none are wanted."
  }

  assert {
    condition = { for domain, record in aws_route53_record.texts : domain => tolist(record.records) } == {
      "prod.zero-world.example" = tolist(["v=spf1 -all"])
      "zero-world.example"      = tolist(["site=0123", "v=spf1 include:amazonses.com -all"])
    }
    error_message = "Domains that send no mail say so, and others say who does."
  }

  assert {
    condition     = keys(aws_route53_record.dmarc) == ["prod.zero-world.example"]
    error_message = "Mail in the name of a domain that sends none is refused."
  }

  assert {
    condition     = one(aws_route53_zone.this["zero-world.internal"].vpc).vpc_id == "vpc-0123456789abcdef0" && !contains(keys(aws_route53_record.certificate_authorities), "zero-world.internal")
    error_message = "A private zone is known in its VPC, and nobody asks it about certificates or mail."
  }

  assert {
    condition     = aws_route53_record.this["database"].name == "orders.database.zero-world.internal" && aws_route53_record.this["database"].ttl == 300
    error_message = "Names are within their zone."
  }

  assert {
    condition     = aws_route53_record.this["www"].alias[0].name == "d111111abcdef8.cloudfront.net" && aws_route53_record.this["www"].ttl == null
    error_message = "An alias has no time to live of its own."
  }
}

run "made" {
  assert {
    condition     = aws_route53_record.delegation["prod.zero-world.example"].records == toset(output.name_servers["prod.zero-world.example"])
    error_message = "The parent names the servers of the zone."
  }

  assert {
    condition     = keys(output.name_servers) == ["prod.zero-world.example", "zero-world.example"]
    error_message = "The registrar has to know those of public zones."
  }
}

run "a_parent_that_it_does_not_end_with" {
  command = plan

  variables {
    zones = {
      "zero-world.example" = {}
      "other.example"      = { parent = "zero-world.example" }
    }
    records = {}
  }

  expect_failures = [var.zones]
}

run "a_record_without_a_zone" {
  command = plan

  variables {
    records = {
      lost = { zone = "other.example", name = "www", type = "A", values = ["192.0.2.1"] }
    }
  }

  expect_failures = [var.records]
}

run "an_alias_with_values" {
  command = plan

  variables {
    records = {
      both = {
        zone   = "zero-world.example"
        name   = "www"
        type   = "A"
        values = ["192.0.2.1"]
        alias  = { name = "d111111abcdef8.cloudfront.net", zone_id = "Z2FDTNDATAQYW2" }
      }
    }
  }

  expect_failures = [var.records]
}

run "a_zone_that_is_another_name" {
  command = plan

  variables {
    records = {
      apex = { zone = "zero-world.example", type = "CNAME", values = ["www.example.com"] }
    }
  }

  expect_failures = [var.records]
}
