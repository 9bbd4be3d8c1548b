# Layouts that would leave somebody without an answer, or with one that leads nowhere.

variables {
  zones = {
    "zero-world.example" = {}
  }
}

run "a_primary_that_nobody_watches" {
  command = plan

  variables {
    services = {
      pay = {
        zone   = "zero-world.example"
        name   = "pay"
        policy = "failover"
        regions = {
          us-east-1 = { role = "PRIMARY", clusters = { "01" = { values = ["192.0.2.1"] } } }
          us-west-2 = { role = "SECONDARY", clusters = { "01" = { values = ["192.0.2.2"] } } }
        }
      }
    }
  }

  expect_failures = [var.services]
}

run "nowhere_to_fail_over_to" {
  command = plan

  variables {
    services = {
      pay = {
        zone   = "zero-world.example"
        name   = "pay"
        policy = "failover"
        regions = {
          us-east-1 = { role = "PRIMARY", clusters = { "01" = { alias = { name = "one.elb.amazonaws.com", zone_id = "Z26RNL4JYFTOTI" } } } }
        }
      }
    }
  }

  expect_failures = [var.services]
}

run "answers_that_are_kept_for_too_long" {
  command = plan

  variables {
    services = {
      api = {
        zone    = "zero-world.example"
        name    = "api"
        policy  = "latency"
        ttl     = 3600
        regions = { us-east-1 = { clusters = { "01" = { values = ["192.0.2.1"] } } } }
      }
    }
  }

  expect_failures = [var.services]
}

run "places_without_an_answer" {
  command = plan

  variables {
    services = {
      feed = {
        zone    = "zero-world.example"
        name    = "feed"
        policy  = "geolocation"
        regions = { eu-west-1 = { continents = ["EU"], clusters = { "01" = { values = ["192.0.2.1"] } } } }
      }
    }
  }

  expect_failures = [var.services]
}

run "a_place_with_two_answers" {
  command = plan

  variables {
    services = {
      feed = {
        zone   = "zero-world.example"
        name   = "feed"
        policy = "geolocation"
        regions = {
          us-east-1    = { is_default = true, clusters = { "01" = { values = ["192.0.2.1"] } } }
          eu-west-1    = { countries = ["FR"], clusters = { "01" = { values = ["192.0.2.2"] } } }
          eu-central-1 = { countries = ["DE", "FR"], clusters = { "01" = { values = ["192.0.2.3"] } } }
        }
      }
    }
  }

  expect_failures = [var.services]
}

run "weights_that_add_up_to_nothing" {
  command = plan

  variables {
    services = {
      beta = {
        zone    = "zero-world.example"
        name    = "beta"
        policy  = "weighted"
        regions = { us-east-1 = { weight = 0, clusters = { "01" = { values = ["192.0.2.1"] } } } }
      }
    }
  }

  expect_failures = [var.services]
}

run "a_region_whose_clusters_get_nothing" {
  command = plan

  variables {
    services = {
      api = {
        zone    = "zero-world.example"
        name    = "api"
        policy  = "latency"
        regions = { us-east-1 = { clusters = { "01" = { values = ["192.0.2.1"], weight = 0 } } } }
      }
    }
  }

  expect_failures = [var.services]
}

run "a_role_without_failover" {
  command = plan

  variables {
    services = {
      api = {
        zone    = "zero-world.example"
        name    = "api"
        policy  = "latency"
        regions = { us-east-1 = { role = "PRIMARY", clusters = { "01" = { values = ["192.0.2.1"] } } } }
      }
    }
  }

  expect_failures = [var.services]
}

run "a_name_that_is_there_twice" {
  command = plan

  variables {
    records = {
      api = { zone = "zero-world.example", name = "api", type = "A", values = ["192.0.2.1"] }
    }
    services = {
      api = {
        zone    = "zero-world.example"
        name    = "api"
        policy  = "latency"
        regions = { us-east-1 = { clusters = { "01" = { values = ["192.0.2.1"] } } } }
      }
    }
  }

  expect_failures = [var.services]
}
