output "zone_ids" {
  description = "Ids of the zones by domain."
  value       = { for domain, zone in aws_route53_zone.this : domain => zone.zone_id }
}

output "name_servers" {
  description = "Name servers of the public zones by domain: what the registrar has to know of those without a parent."
  value       = { for domain, zone in local.public : domain => aws_route53_zone.this[domain].name_servers }
}

output "service_names" {
  description = "Names of the services."
  value       = { for key, service in var.services : key => "${service.name}.${service.zone}" }
}
