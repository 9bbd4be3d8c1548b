# The domains, and what leads to the regions. Route 53 is global: the region is only where its API is called.

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Environment = "global"
      Service     = "dns"
      Team        = "platform"
      Cost-center = "infrastructure"
    }
  }
}

locals {
  public = { for domain, zone in var.zones : domain => zone if length(zone.vpcs) == 0 }
}

resource "aws_route53_zone" "this" {
  for_each = var.zones

  name    = each.key
  comment = each.value.comment

  dynamic "vpc" {
    for_each = each.value.vpcs

    content {
      vpc_id     = vpc.key
      vpc_region = vpc.value
    }
  }

  tags = { Name = each.key }
}

# How one gets from a domain to those under it.
resource "aws_route53_record" "delegation" {
  for_each = { for domain, zone in var.zones : domain => zone if zone.parent != null }

  zone_id = aws_route53_zone.this[each.value.parent].zone_id
  name    = each.key
  type    = "NS"
  ttl     = 2 * 24 * 60 * 60
  records = aws_route53_zone.this[each.key].name_servers
}

# Who may make certificates for the domain.
resource "aws_route53_record" "certificate_authorities" {
  for_each = local.public

  zone_id = aws_route53_zone.this[each.key].zone_id
  name    = each.key
  type    = "CAA"
  ttl     = 60 * 60
  records = (
    length(each.value.certificate_authorities) == 0
    ? ["0 issue \";\""]
    : flatten([for authority in each.value.certificate_authorities : ["0 issue \"${authority}\"", "0 issuewild \"${authority}\""]])
  )
}

# A domain that sends no mail says so: nobody else can send any in its name then.
resource "aws_route53_record" "texts" {
  for_each = { for domain, zone in local.public : domain => zone if !zone.sends_mail || length(zone.texts) > 0 }

  zone_id = aws_route53_zone.this[each.key].zone_id
  name    = each.key
  type    = "TXT"
  ttl     = 60 * 60
  records = concat(each.value.sends_mail ? [] : ["v=spf1 -all"], each.value.texts)
}

resource "aws_route53_record" "dmarc" {
  for_each = { for domain, zone in local.public : domain => zone if !zone.sends_mail }

  zone_id = aws_route53_zone.this[each.key].zone_id
  name    = "_dmarc.${each.key}"
  type    = "TXT"
  ttl     = 60 * 60
  records = ["v=DMARC1; p=reject; sp=reject; adkim=s; aspf=s"]
}

resource "aws_route53_record" "this" {
  for_each = var.records

  zone_id = aws_route53_zone.this[each.value.zone].zone_id
  name    = each.value.name == "" ? each.value.zone : "${each.value.name}.${each.value.zone}"
  type    = each.value.type
  ttl     = each.value.alias == null ? each.value.ttl : null
  records = each.value.values

  dynamic "alias" {
    for_each = each.value.alias == null ? [] : [each.value.alias]

    content {
      name                   = alias.value.name
      zone_id                = alias.value.zone_id
      evaluate_target_health = true
    }
  }
}
