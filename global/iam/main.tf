# The roles of an account: who operates, who audits, and what the pipeline deploys with. IAM is global: the region is only where
# its API is called.

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Environment = "global"
      Service     = "iam"
      Team        = "platform"
      Cost-center = "infrastructure"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  policies  = "arn:${local.partition}:iam::aws:policy"

  # Who may take on the roles of people: by default everybody in the account whom its policies let, with a second factor.
  trusted = length(var.trusted_principals) > 0 ? var.trusted_principals : ["arn:${local.partition}:iam::${local.account}:root"]
}

data "aws_iam_policy_document" "people" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = local.trusted
    }

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role" "operator" {
  name                 = "${var.prefix}-operator"
  description          = "Reads the account, and signs in to its clusters"
  assume_role_policy   = data.aws_iam_policy_document.people.json
  max_session_duration = 4 * 60 * 60
}

data "aws_iam_policy_document" "clusters" {
  statement {
    sid       = "Find"
    actions   = ["eks:ListClusters", "eks:DescribeAddonVersions"]
    resources = ["*"]
  }

  statement {
    sid = "SignIn"
    actions = [
      "eks:AccessKubernetesApi",
      "eks:Describe*",
      "eks:List*",
    ]
    resources = [
      "arn:${local.partition}:eks:*:${local.account}:addon/${var.prefix}-*",
      "arn:${local.partition}:eks:*:${local.account}:cluster/${var.prefix}-*",
      "arn:${local.partition}:eks:*:${local.account}:nodegroup/${var.prefix}-*",
    ]
  }
}

resource "aws_iam_policy" "clusters" {
  name        = "${var.prefix}-clusters"
  description = "Find clusters, look at them, and sign in to them"
  policy      = data.aws_iam_policy_document.clusters.json
}

resource "aws_iam_role_policy_attachment" "operator" {
  role       = aws_iam_role.operator.name
  policy_arn = aws_iam_policy.clusters.arn
}

resource "aws_iam_role" "auditor" {
  name               = "${var.prefix}-auditor"
  description        = "Reads the account's configuration, but no data"
  assume_role_policy = data.aws_iam_policy_document.people.json
}

resource "aws_iam_role_policy_attachment" "auditor" {
  for_each = toset(["SecurityAudit", "job-function/ViewOnlyAccess"])

  role       = aws_iam_role.auditor.name
  policy_arn = "${local.policies}/${each.key}"
}
