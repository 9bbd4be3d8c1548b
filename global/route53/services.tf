# A service has two layers of names. That of a region, such as us-east-1.api.zero-world.example, leads to its clusters by weight. That of the service,
# api.zero-world.example, is an alias of those of the regions, by its policy. A region none of whose clusters is well is not well itself, and gets no
# requests: Route 53 goes by that in every policy.

locals {
  clusters = merge(flatten([
    for key, service in var.services : [
      for region, settings in service.regions : {
        for cluster, endpoint in settings.clusters :
        "${key}/${region}/${cluster}" => merge(endpoint, {
          zone    = service.zone
          fqdn    = "${region}.${service.name}.${service.zone}"
          type    = service.type
          ttl     = service.ttl
          cluster = cluster
        })
      }
    ]
  ])...)

  # What each region is for: by place if that is the policy, and one thing otherwise.
  places = {
    for key, service in var.services : key => {
      for region, settings in service.regions : region => service.policy != "geolocation" ? [{ suffix = "", continent = null, country = null }] : concat(
        [for continent in settings.continents : { suffix = "-continent-${continent}", continent = continent, country = null }],
        [for country in settings.countries : { suffix = "-country-${country}", continent = null, country = country }],
        [for country in settings.is_default ? ["*"] : [] : { suffix = "-default", continent = null, country = country }],
      )
    }
  }

  regions = merge(flatten([
    for key, service in var.services : [
      for region, settings in service.regions : {
        for place in local.places[key][region] : "${key}/${region}${place.suffix}" => {
          zone       = service.zone
          fqdn       = "${service.name}.${service.zone}"
          target     = "${region}.${service.name}.${service.zone}"
          type       = service.type
          policy     = service.policy
          identifier = "${region}${place.suffix}"
          region     = region
          weight     = settings.weight
          role       = settings.role
          continent  = place.continent
          country    = place.country
        }
      }
    ]
  ])...)
}

resource "aws_route53_record" "cluster" {
  for_each = local.clusters

  zone_id         = aws_route53_zone.this[each.value.zone].zone_id
  name            = each.value.fqdn
  type            = each.value.type
  set_identifier  = each.value.cluster
  ttl             = each.value.alias == null ? each.value.ttl : null
  records         = each.value.values
  health_check_id = each.value.health_check_id

  weighted_routing_policy {
    weight = each.value.weight
  }

  dynamic "alias" {
    for_each = each.value.alias == null ? [] : [each.value.alias]

    content {
      name                   = alias.value.name
      zone_id                = alias.value.zone_id
      evaluate_target_health = true
    }
  }
}

resource "aws_route53_record" "service" {
  for_each = local.regions

  zone_id        = aws_route53_zone.this[each.value.zone].zone_id
  name           = each.value.fqdn
  type           = each.value.type
  set_identifier = each.value.identifier

  alias {
    name                   = each.value.target
    zone_id                = aws_route53_zone.this[each.value.zone].zone_id
    evaluate_target_health = true
  }

  dynamic "latency_routing_policy" {
    for_each = each.value.policy == "latency" ? [each.value.region] : []

    content {
      region = latency_routing_policy.value
    }
  }

  dynamic "weighted_routing_policy" {
    for_each = each.value.policy == "weighted" ? [each.value.weight] : []

    content {
      weight = weighted_routing_policy.value
    }
  }

  dynamic "geolocation_routing_policy" {
    for_each = each.value.policy == "geolocation" ? [each.value] : []

    content {
      continent = geolocation_routing_policy.value.continent
      country   = geolocation_routing_policy.value.country
    }
  }

  dynamic "failover_routing_policy" {
    for_each = each.value.policy == "failover" ? [each.value.role] : []

    content {
      type = failover_routing_policy.value
    }
  }

  # An alias of a name that is not there yet is refused.
  depends_on = [aws_route53_record.cluster]
}
