# The pipeline's role. Its jobs prove who they are with a token of the system that runs them, so no key is stored anywhere.

locals {
  # What tokens name as their issuer, without the scheme: so IAM calls their claims.
  issuer = var.pipeline == null ? "" : trimprefix(var.pipeline.issuer_url, "https://")

  deployed_roles = ["arn:${local.partition}:iam::${local.account}:role/${var.prefix}-*"]
}

resource "aws_iam_openid_connect_provider" "pipeline" {
  count = var.pipeline == null ? 0 : 1

  url            = var.pipeline.issuer_url
  client_id_list = [var.pipeline.audience]
}

data "aws_iam_policy_document" "pipeline" {
  count = var.pipeline == null ? 0 : 1

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.pipeline[0].arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = [var.pipeline.audience]
    }

    condition {
      test     = "StringLike"
      variable = "${local.issuer}:sub"
      values   = var.pipeline.subjects
    }
  }
}

resource "aws_iam_role" "deployer" {
  count = var.pipeline == null ? 0 : 1

  name               = "${var.prefix}-deployer"
  description        = "Makes and changes networks and clusters"
  assume_role_policy = data.aws_iam_policy_document.pipeline[0].json
}

# What modules/vpc and modules/eks need. Roles can be made only under the prefix, and passed on only to clusters and nodes.
data "aws_iam_policy_document" "deployer" {
  statement {
    sid = "Networks"
    actions = [
      "ec2:*Address*",
      "ec2:*InternetGateway*",
      "ec2:*LaunchTemplate*",
      "ec2:*NatGateway*",
      "ec2:*Route*",
      "ec2:*SecurityGroup*",
      "ec2:*Subnet*",
      "ec2:*Tags",
      "ec2:*Vpc*",
      "ec2:Describe*",
      "ec2:RunInstances",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "Clusters"
    actions   = ["eks:*"]
    resources = ["*"]
  }

  statement {
    sid = "Identities"
    actions = [
      "iam:*OpenIDConnectProvider*",
      "iam:CreateRole",
      "iam:DeleteRole",
      "iam:GetRole*",
      "iam:List*Role*",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole*",
    ]
    resources = concat(
      ["arn:${local.partition}:iam::${local.account}:oidc-provider/*"],
      local.deployed_roles,
    )
  }

  # No policy but those of clusters and nodes: a role that it made could be given everything otherwise.
  statement {
    sid       = "AttachPolicies"
    actions   = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
    resources = local.deployed_roles

    condition {
      test     = "ArnLike"
      variable = "iam:PolicyARN"
      values   = ["${local.policies}/AmazonEC2ContainerRegistryPullOnly", "${local.policies}/AmazonEKS*"]
    }
  }

  statement {
    sid       = "PassRoles"
    actions   = ["iam:PassRole"]
    resources = local.deployed_roles

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ec2.amazonaws.com", "eks.amazonaws.com"]
    }
  }

  statement {
    sid       = "ServiceRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["eks.amazonaws.com", "eks-nodegroup.amazonaws.com"]
    }
  }

  # The roles of this page have the prefix, too, and are not its business.
  statement {
    sid    = "NotThese"
    effect = "Deny"
    actions = [
      "iam:AttachRolePolicy",
      "iam:DeleteRole",
      "iam:DetachRolePolicy",
      "iam:PassRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole*",
    ]
    resources = [
      for role in ["auditor", "deployer", "operator"] : "arn:${local.partition}:iam::${local.account}:role/${var.prefix}-${role}"
    ]
  }
}

resource "aws_iam_policy" "deployer" {
  count = var.pipeline == null ? 0 : 1

  name        = "${var.prefix}-deployer"
  description = "Make and change networks and clusters"
  policy      = data.aws_iam_policy_document.deployer.json
}

resource "aws_iam_role_policy_attachment" "deployer" {
  count = var.pipeline == null ? 0 : 1

  role       = aws_iam_role.deployer[0].name
  policy_arn = aws_iam_policy.deployer[0].arn
}
