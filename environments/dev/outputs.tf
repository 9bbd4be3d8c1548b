output "cluster_endpoints" {
  description = "Addresses of the API servers, by region and cluster."
  value       = { for key, cluster in module.cluster : key => cluster.cluster_endpoint }
}

output "nat_public_ips" {
  description = "Addresses from which the nodes reach the internet, by region."
  value       = { for region, network in module.network : region => network.nat_public_ips }
}
