# A group a tier. What may pass is written down once, as a connection, and becomes a rule at each end that is a tier: what is
# open on one side is open on the other, and nothing else is.

locals {
  tiers   = var.vpc_id == null ? {} : var.tiers
  ingress = { for name, connection in var.connections : name => connection if connection.to_tier != null && var.vpc_id != null }
  egress  = { for name, connection in var.connections : name => connection if connection.from_tier != null && var.vpc_id != null }
}

resource "aws_security_group" "tier" {
  for_each = local.tiers

  name        = "${var.name}-${each.key}"
  description = "${each.value} of ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.ingress

  security_group_id            = aws_security_group.tier[each.value.to_tier].id
  description                  = each.value.description
  referenced_security_group_id = each.value.from_tier == null ? each.value.from_security_group_id : aws_security_group.tier[each.value.from_tier].id
  cidr_ipv4                    = each.value.from_cidr_ipv4
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.port
  to_port                      = coalesce(each.value.last_port, each.value.port)

  tags = merge(var.tags, { Name = each.key })
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = local.egress

  security_group_id            = aws_security_group.tier[each.value.from_tier].id
  description                  = each.value.description
  referenced_security_group_id = each.value.to_tier == null ? each.value.to_security_group_id : aws_security_group.tier[each.value.to_tier].id
  cidr_ipv4                    = each.value.to_cidr_ipv4
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.port
  to_port                      = coalesce(each.value.last_port, each.value.port)

  tags = merge(var.tags, { Name = each.key })
}

# A second lock on the subnets of databases: a group that somebody opens by mistake still leads nowhere.
resource "aws_network_acl" "isolated" {
  count = var.isolated == null ? 0 : 1

  vpc_id     = var.vpc_id
  subnet_ids = var.isolated.subnet_ids

  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    from_port  = 0
    to_port    = 0
    cidr_block = var.isolated.cidr_ipv4
  }

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    from_port  = 0
    to_port    = 0
    cidr_block = var.isolated.cidr_ipv4
  }

  tags = merge(var.tags, { Name = "${var.name}-isolated" })
}
