# The control plane's interfaces are in this group, besides the one that EKS makes for every cluster.
resource "aws_security_group" "cluster" {
  name        = "${var.cluster_name}-cluster"
  description = "Control plane of ${var.cluster_name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.cluster_name}-cluster" })
}

resource "aws_vpc_security_group_ingress_rule" "cluster_from_nodes" {
  security_group_id            = aws_security_group.cluster.id
  description                  = "API server, from the nodes"
  referenced_security_group_id = aws_security_group.nodes.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443

  tags = merge(var.tags, { Name = "api-from-nodes" })
}

resource "aws_vpc_security_group_ingress_rule" "cluster_from_networks" {
  for_each = var.endpoint_private_access_cidrs

  security_group_id = aws_security_group.cluster.id
  description       = "API server, from ${each.key}"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = merge(var.tags, { Name = "api-from-network" })
}

# Nodes are in this group alone: a launch template that names groups keeps them out of the one that EKS makes.
resource "aws_security_group" "nodes" {
  name        = "${var.cluster_name}-nodes"
  description = "Nodes of ${var.cluster_name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, {
    Name = "${var.cluster_name}-nodes"
    # By this tag load balancer controllers find the group that they open for their targets.
    "kubernetes.io/cluster/${var.cluster_name}" = "owned"
  })
}

resource "aws_vpc_security_group_ingress_rule" "nodes_from_nodes" {
  security_group_id            = aws_security_group.nodes.id
  description                  = "Everything among nodes and pods"
  referenced_security_group_id = aws_security_group.nodes.id
  ip_protocol                  = "-1"

  tags = merge(var.tags, { Name = "all-from-nodes" })
}

resource "aws_vpc_security_group_ingress_rule" "nodes_from_cluster" {
  security_group_id            = aws_security_group.nodes.id
  description                  = "Kubelets, webhooks and extension API servers, from the control plane"
  referenced_security_group_id = aws_security_group.cluster.id
  ip_protocol                  = "tcp"
  from_port                    = 1025
  to_port                      = 65535

  tags = merge(var.tags, { Name = "pods-from-cluster" })
}

resource "aws_vpc_security_group_egress_rule" "nodes" {
  security_group_id = aws_security_group.nodes.id
  description       = "Everything outward"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"

  tags = merge(var.tags, { Name = "all-outward" })
}
