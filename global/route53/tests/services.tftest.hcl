# Names that lead to several regions, by each policy.

variables {
  zones = {
    "zero-world.example" = {}
  }
}

run "latency" {
  variables {
    services = {
      api = {
        zone   = "zero-world.example"
        name   = "api"
        policy = "latency"
        regions = {
          us-east-1 = {
            clusters = {
              "01" = { alias = { name = "one.us-east-1.elb.amazonaws.com", zone_id = "Z26RNL4JYFTOTI" } }
              "02" = { alias = { name = "two.us-east-1.elb.amazonaws.com", zone_id = "Z26RNL4JYFTOTI" }, weight = 50 }
            }
          }
          eu-west-1 = {
            clusters = {
              "01" = { values = ["192.0.2.1"], health_check_id = "00000000-0000-0000-0000-000000000000" }
            }
          }
        }
      }
    }
  }

  assert {
    condition = { for key, record in aws_route53_record.cluster : key => "${record.name} ${record.weighted_routing_policy[0].weight}" } == {
      "api/us-east-1/01" = "us-east-1.api.zero-world.example 100"
      "api/us-east-1/02" = "us-east-1.api.zero-world.example 50"
      "api/eu-west-1/01" = "eu-west-1.api.zero-world.example 100"
    }
    error_message = "A region's name leads to its clusters, by weight."
  }

  assert {
    condition     = aws_route53_record.cluster["api/us-east-1/01"].alias[0].evaluate_target_health && aws_route53_record.cluster["api/us-east-1/01"].ttl == null
    error_message = "Load balancers say how they are."
  }

  assert {
    condition     = aws_route53_record.cluster["api/eu-west-1/01"].ttl == 60 && aws_route53_record.cluster["api/eu-west-1/01"].records == toset(["192.0.2.1"])
    error_message = "Addresses are kept for a minute."
  }

  assert {
    condition = { for key, record in aws_route53_record.service : record.latency_routing_policy[0].region => record.alias[0].name } == {
      us-east-1 = "us-east-1.api.zero-world.example"
      eu-west-1 = "eu-west-1.api.zero-world.example"
    }
    error_message = "The service's name leads to the nearest region."
  }

  assert {
    condition     = alltrue([for record in values(aws_route53_record.service) : record.name == output.service_names["api"] && record.alias[0].evaluate_target_health && record.alias[0].zone_id == output.zone_ids["zero-world.example"]])
    error_message = "A region that is not well gets no requests."
  }

  assert {
    condition     = length(distinct(concat(values(aws_route53_record.cluster)[*].id, values(aws_route53_record.service)[*].id))) == 5
    error_message = "Each record has an id of its own."
  }
}

run "failover" {
  variables {
    services = {
      pay = {
        zone   = "zero-world.example"
        name   = "pay"
        policy = "failover"
        regions = {
          us-east-1 = {
            role     = "PRIMARY"
            clusters = { "01" = { alias = { name = "one.us-east-1.elb.amazonaws.com", zone_id = "Z26RNL4JYFTOTI" } } }
          }
          us-west-2 = {
            role     = "SECONDARY"
            clusters = { "01" = { values = ["192.0.2.2"] } }
          }
        }
      }
    }
  }

  assert {
    condition     = { for record in values(aws_route53_record.service) : record.set_identifier => record.failover_routing_policy[0].type } == { us-east-1 = "PRIMARY", us-west-2 = "SECONDARY" }
    error_message = "One region takes over from the other."
  }

  assert {
    condition     = length(flatten(values(aws_route53_record.service)[*].latency_routing_policy)) == 0
    error_message = "A record has one policy."
  }
}

run "geolocation" {
  variables {
    services = {
      feed = {
        zone   = "zero-world.example"
        name   = "feed"
        policy = "geolocation"
        regions = {
          us-east-1 = {
            is_default = true
            continents = ["NA"]
            clusters   = { "01" = { values = ["192.0.2.1"] } }
          }
          eu-west-1 = {
            continents = ["EU"]
            countries  = ["GB", "IE"]
            clusters   = { "01" = { values = ["192.0.2.2"] } }
          }
        }
      }
    }
  }

  assert {
    condition     = keys(aws_route53_record.service) == ["feed/eu-west-1-continent-EU", "feed/eu-west-1-country-GB", "feed/eu-west-1-country-IE", "feed/us-east-1-continent-NA", "feed/us-east-1-default"]
    error_message = "There is a record for each place: ${jsonencode(keys(aws_route53_record.service))}"
  }

  assert {
    condition     = aws_route53_record.service["feed/us-east-1-default"].geolocation_routing_policy[0].country == "*"
    error_message = "Who is nowhere else gets an answer."
  }

  assert {
    condition     = aws_route53_record.service["feed/eu-west-1-continent-EU"].geolocation_routing_policy[0].continent == "EU" && aws_route53_record.service["feed/eu-west-1-country-GB"].geolocation_routing_policy[0].country == "GB"
    error_message = "Places are what they are called."
  }
}

run "weighted" {
  variables {
    services = {
      beta = {
        zone   = "zero-world.example"
        name   = "beta"
        policy = "weighted"
        regions = {
          us-east-1 = {
            weight   = 99
            clusters = { "01" = { values = ["192.0.2.1"] } }
          }
          eu-west-1 = {
            weight   = 1
            clusters = { "01" = { values = ["192.0.2.2"] } }
          }
        }
      }
    }
  }

  assert {
    condition     = { for record in values(aws_route53_record.service) : record.set_identifier => record.weighted_routing_policy[0].weight } == { us-east-1 = 99, eu-west-1 = 1 }
    error_message = "One in a hundred goes elsewhere."
  }
}
