# What the module refuses.

variables {
  name = "test"
}

run "a_range_that_is_too_small" {
  command = plan

  variables {
    cidr_block = "10.0.0.0/24"
  }

  expect_failures = [var.cidr_block]
}

run "no_range" {
  command = plan

  variables {
    cidr_block = "everything"
  }

  expect_failures = [var.cidr_block]
}

run "more_zones_than_there_are" {
  command = plan

  variables {
    az_count = 6
  }

  override_data {
    target = data.aws_availability_zones.available
    values = {
      names = ["x-a", "x-b"]
    }
  }

  expect_failures = [data.aws_availability_zones.available]
}

run "half_a_zone" {
  command = plan

  variables {
    az_count = 1.5
  }

  expect_failures = [var.az_count]
}

run "a_zone_twice" {
  command = plan

  variables {
    availability_zones = ["us-east-1a", "us-east-1a"]
  }

  expect_failures = [var.availability_zones]
}
