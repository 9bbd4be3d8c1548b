# Where the module is called with a provider for another region than it is told, everything else would still go through.
data "aws_region" "current" {
  lifecycle {
    postcondition {
      condition     = self.name == var.region
      error_message = "The cluster is meant to be in ${var.region}, but the module is called with a provider for ${self.name}."
    }
  }
}

data "aws_partition" "current" {}

data "aws_subnets" "private" {
  count = var.subnet_ids == null ? 1 : 0

  filter {
    name   = "vpc-id"
    values = [var.vpc_id]
  }

  tags = {
    "kubernetes.io/role/internal-elb" = "1"
  }
}

locals {
  subnet_ids = var.subnet_ids == null ? data.aws_subnets.private[0].ids : var.subnet_ids
}

resource "aws_eks_cluster" "this" {
  name     = var.cluster_name
  version  = var.kubernetes_version
  role_arn = aws_iam_role.cluster.arn

  enabled_cluster_log_types = var.enabled_cluster_log_types

  vpc_config {
    subnet_ids              = local.subnet_ids
    security_group_ids      = [aws_security_group.cluster.id]
    endpoint_private_access = true
    endpoint_public_access  = var.endpoint_public_access
    public_access_cidrs     = var.endpoint_public_access ? var.endpoint_public_access_cidrs : null
  }

  # Without a key of one's own, secrets are encrypted with one that belongs to AWS.
  dynamic "encryption_config" {
    for_each = var.secrets_kms_key_arn == null ? [] : [var.secrets_kms_key_arn]

    content {
      resources = ["secrets"]

      provider {
        key_arn = encryption_config.value
      }
    }
  }

  tags = var.tags

  # Without its policy the service could not clean up after itself.
  depends_on = [aws_iam_role_policy_attachment.cluster]

  lifecycle {
    # Not a postcondition of the lookup: that would put the lookup off whenever anything of the VPC has a change pending, and
    # subnets that are not known yet replace node groups.
    precondition {
      condition     = length(local.subnet_ids) >= 2
      error_message = "${var.vpc_id} has ${length(local.subnet_ids)} subnets for the cluster, which needs two, in two zones. Tag private ones kubernetes.io/role/internal-elb = 1, or set subnet_ids."
    }

    precondition {
      condition     = !var.endpoint_public_access || length(var.endpoint_public_access_cidrs) > 0
      error_message = "endpoint_public_access is set, so endpoint_public_access_cidrs must say from where: [\"0.0.0.0/0\"] is everywhere."
    }
  }
}

resource "aws_eks_addon" "this" {
  for_each = var.addons

  cluster_name             = aws_eks_cluster.this.name
  addon_name               = each.key
  addon_version            = try(each.value.version, null)
  configuration_values     = try(each.value.configuration_values, null)
  service_account_role_arn = try(each.value.service_account_role_arn, null)

  # A new cluster has its own CoreDNS, kube-proxy and VPC CNI, which the add-ons of these names take over. What somebody
  # set up in the cluster later is kept.
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"

  tags = var.tags

  # Most add-ons are not active before there are nodes that they can run on.
  depends_on = [aws_eks_node_group.this]
}
