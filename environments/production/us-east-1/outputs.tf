output "cluster_endpoint" {
  description = "Address of the API server."
  value       = module.eks_cluster.cluster_endpoint
}

output "nat_public_ips" {
  description = "Addresses from which the nodes reach the internet."
  value       = module.vpc.nat_public_ips
}
