variable "region" {
  description = "Region whose API is called."
  type        = string
  default     = "us-east-1"
}

variable "zones" {
  description = "Hosted zones by domain. A zone with VPCs, by id and with their regions, is known in these alone. A zone with a parent is delegated to from there."
  type = map(object({
    comment                 = optional(string, "Managed by zw")
    parent                  = optional(string)
    vpcs                    = optional(map(string), {})
    sends_mail              = optional(bool, false)
    texts                   = optional(list(string), [])
    certificate_authorities = optional(list(string), ["amazon.com"])
  }))

  validation {
    condition     = alltrue([for domain in keys(var.zones) : can(regex("^([0-9a-z_]([0-9a-z_-]{0,61}[0-9a-z_])?\\.)+[a-z][0-9a-z-]*[0-9a-z]$", domain))])
    error_message = "Domains must be in small letters, without a dot at the end, such as zero-world.example."
  }

  validation {
    condition = alltrue([
      for domain, zone in var.zones :
      zone.parent == null ? true : contains(keys(var.zones), zone.parent) && endswith(domain, ".${zone.parent}")
    ])
    error_message = "The parent of a zone must be a zone that the domain ends with."
  }

  validation {
    condition = alltrue([
      for zone in values(var.zones) :
      zone.parent == null ? true : length(zone.vpcs) == 0 && length(try(var.zones[zone.parent].vpcs, {})) == 0
    ])
    error_message = "A zone that is known in VPCs alone has no parent, and is none."
  }
}

variable "records" {
  description = "Records that are the same for everybody, by any name: the zone, the name within it, empty for the zone's own, and what it stands for."
  type = map(object({
    zone   = string
    name   = optional(string, "")
    type   = string
    ttl    = optional(number, 300)
    values = optional(list(string))
    alias = optional(object({
      name    = string
      zone_id = string
    }))
  }))
  default = {}

  validation {
    condition     = alltrue([for record in values(var.records) : contains(keys(var.zones), record.zone)])
    error_message = "Records must be in zones that there are."
  }

  validation {
    condition     = alltrue([for record in values(var.records) : (record.values == null) != (record.alias == null)])
    error_message = "A record has either values or an alias."
  }

  validation {
    condition     = length(distinct([for record in values(var.records) : "${record.type} ${record.name} ${record.zone}"])) == length(var.records)
    error_message = "A name has one record of a type."
  }

  # Those are made of the zone's settings.
  validation {
    condition = alltrue([
      for record in values(var.records) :
      !(record.name == "" && contains(["CAA", "NS", "SOA", "TXT"], record.type))
    ])
    error_message = "CAA and TXT of a zone's own name are made of its certificate_authorities and texts, NS and SOA by Route 53."
  }

  validation {
    condition     = alltrue([for record in values(var.records) : !(record.name == "" && record.type == "CNAME")])
    error_message = "A zone's own name cannot be a CNAME: make it an alias."
  }
}

variable "services" {
  description = "Names that lead to several regions, by any name. The policy says to which: latency, weighted, geolocation or failover. In a region, requests are spread over its clusters by weight."
  type = map(object({
    zone   = string
    name   = string
    type   = optional(string, "A")
    policy = string
    ttl    = optional(number, 60)
    regions = map(object({
      weight     = optional(number)
      role       = optional(string)
      is_default = optional(bool, false)
      continents = optional(list(string), [])
      countries  = optional(list(string), [])
      clusters = map(object({
        weight          = optional(number, 100)
        values          = optional(list(string))
        health_check_id = optional(string)
        alias = optional(object({
          name    = string
          zone_id = string
        }))
      }))
    }))
  }))
  default = {}

  validation {
    condition     = alltrue([for service in values(var.services) : contains(keys(var.zones), service.zone)])
    error_message = "Services must be in zones that there are."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : contains(["A", "AAAA", "CNAME"], service.type)])
    error_message = "Services have records of type A, AAAA or CNAME."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : service.name != ""])
    error_message = "A service needs a name: that of the zone can be an alias of it, in records."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : contains(["latency", "weighted", "geolocation", "failover"], service.policy)])
    error_message = "The policy of a service must be latency, weighted, geolocation or failover."
  }

  # An answer that is kept for longer leads to a region that is gone.
  validation {
    condition     = alltrue([for service in values(var.services) : service.ttl >= 1 && service.ttl <= 60])
    error_message = "Answers of services must not be kept for longer than 60 seconds: nobody changes over before."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : alltrue([for region in keys(service.regions) : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]+$", region))])])
    error_message = "Regions must be named as AWS does, such as us-east-1."
  }

  validation {
    condition     = alltrue([for service in values(var.services) : length(service.regions) > 0 && alltrue([for region in values(service.regions) : length(region.clusters) > 0])])
    error_message = "A service needs a region, and a region a cluster."
  }

  validation {
    condition = alltrue(flatten([
      for service in values(var.services) : [
        for region in values(service.regions) : [
          for cluster in values(region.clusters) : (cluster.values == null) != (cluster.alias == null)
        ]
      ]
    ]))
    error_message = "A cluster has either values or an alias of its load balancer."
  }

  # Route 53 asks a load balancer how it is. Of an address it knows nothing without a health check.
  validation {
    condition = alltrue(flatten([
      for service in values(var.services) : [
        for region in values(service.regions) : [
          for cluster in values(region.clusters) : cluster.alias != null || cluster.health_check_id != null
        ] if service.policy == "failover" && region.role == "PRIMARY"
      ]
    ]))
    error_message = "Clusters of the primary region must be watched, by an alias or a health check: it would never be given up otherwise."
  }

  validation {
    condition = alltrue([
      for service in values(var.services) :
      service.policy != "failover" ? true : join(" ", sort([for region in values(service.regions) : coalesce(region.role, "none")])) == "PRIMARY SECONDARY"
    ])
    error_message = "A service with failover has two regions, one with the role PRIMARY and one with SECONDARY."
  }

  validation {
    condition = alltrue([
      for service in values(var.services) :
      service.policy != "weighted" ? true : (
        alltrue([for region in values(service.regions) : region.weight == null ? false : region.weight >= 0 && region.weight <= 255])
        && sum([for region in values(service.regions) : coalesce(region.weight, 0)]) > 0
      )
    ])
    error_message = "Regions of a weighted service need weights from 0 to 255, and one of them more than 0."
  }

  validation {
    condition = alltrue(flatten([
      for service in values(var.services) : [
        for region in values(service.regions) : sum([for cluster in values(region.clusters) : cluster.weight]) > 0 && alltrue([for cluster in values(region.clusters) : cluster.weight >= 0 && cluster.weight <= 255])
      ]
    ]))
    error_message = "Clusters need weights from 0 to 255, and one of each region more than 0."
  }

  validation {
    condition = alltrue([
      for service in values(var.services) :
      service.policy != "geolocation" ? true : length([for region in values(service.regions) : region if region.is_default]) == 1
    ])
    error_message = "A service with geolocation needs one region that is the default: who is nowhere else gets no answer otherwise."
  }

  validation {
    condition = alltrue([
      for service in values(var.services) :
      service.policy != "geolocation" ? true : (
        alltrue([for region in values(service.regions) : region.is_default || length(concat(region.continents, region.countries)) > 0])
        && length(flatten(values(service.regions)[*].continents)) == length(distinct(flatten(values(service.regions)[*].continents)))
        && length(flatten(values(service.regions)[*].countries)) == length(distinct(flatten(values(service.regions)[*].countries)))
      )
    ])
    error_message = "Each region of a service with geolocation is for some place, and each place has one region."
  }

  validation {
    condition = alltrue(flatten([
      for service in values(var.services) : [
        for region in values(service.regions) : concat(
          [for continent in region.continents : contains(["AF", "AN", "AS", "EU", "NA", "OC", "SA"], continent)],
          [for country in region.countries : can(regex("^[A-Z]{2}$", country))],
        )
      ]
    ]))
    error_message = "Continents are AF, AN, AS, EU, NA, OC and SA; countries have two capital letters."
  }

  # What another policy would go by is a slip.
  validation {
    condition = alltrue(flatten([
      for service in values(var.services) : [
        for region in values(service.regions) : (
          (region.weight == null || service.policy == "weighted")
          && (region.role == null || service.policy == "failover")
          && (!region.is_default && length(concat(region.continents, region.countries)) == 0 || service.policy == "geolocation")
        )
      ]
    ]))
    error_message = "weight is for weighted services, role for failover, and is_default, continents and countries for geolocation."
  }

  validation {
    condition = length(distinct(concat(
      [for service in values(var.services) : "${service.type} ${service.name} ${service.zone}"],
      [for record in values(var.records) : "${record.type} ${record.name} ${record.zone}"],
    ))) == length(var.services) + length(var.records)
    error_message = "A name is either a service or a record, and there once."
  }
}
