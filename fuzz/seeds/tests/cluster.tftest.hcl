# A cluster in a network, from nothing to nothing.

variables {
  cluster_name = "test-01"
  region       = "us-east-1"
}

provider "aws" {
  region = "us-east-1"
}

run "network" {
  module {
    source = "./tests/setup"
  }
}

run "cluster" {
  variables {
    vpc_id = run.network.vpc_id

    node_groups = {
      standard = {
        instance_types = ["m6i.large"]
        min_size       = 1
        max_size       = 3
        desired_size   = 2
      }
    }

    addons = {
      vpc-cni = {}
    }
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].subnet_ids == toset(run.network.private_subnet_ids)
    error_message = "The private subnets of the network are found by their tag."
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "The API server is not on the internet unless that is asked for."
  }

  assert {
    condition     = keys(output.node_group_arns) == ["standard"]
    error_message = "There is one node group."
  }

  assert {
    condition     = aws_eks_addon.this["vpc-cni"].cluster_name == "test-01"
    error_message = "The add-on belongs to the cluster."
  }

  assert {
    condition     = output.oidc_provider_arn != null
    error_message = "Service accounts can have roles."
  }
}

run "without_roles_for_service_accounts" {
  variables {
    vpc_id      = run.network.vpc_id
    enable_irsa = false
  }

  assert {
    condition     = output.oidc_provider_arn == null
    error_message = "No identity provider is asked for."
  }

  assert {
    condition     = length(output.node_group_arns) == 0
    error_message = "The node group is gone."
  }
}

run "another_region_than_the_providers" {
  command = plan

  variables {
    vpc_id = run.network.vpc_id
    region = "eu-west-1"
  }

  expect_failures = [data.aws_region.current]
}

run "public_without_saying_from_where" {
  command = plan

  variables {
    vpc_id                 = run.network.vpc_id
    endpoint_public_access = true
  }

  expect_failures = [aws_eks_cluster.this]
}

run "sizes_that_contradict" {
  command = plan

  variables {
    vpc_id = run.network.vpc_id

    node_groups = {
      odd = {
        instance_types = ["m6i.large"]
        min_size       = 3
        max_size       = 2
        desired_size   = 2
      }
    }
  }

  expect_failures = [var.node_groups]
}
