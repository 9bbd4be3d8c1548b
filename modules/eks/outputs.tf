output "cluster_name" {
  description = "Name of the cluster. Whoever uses it waits for the nodes, too."
  value       = aws_eks_cluster.this.name

  depends_on = [aws_eks_node_group.this]
}

output "cluster_arn" {
  description = "ARN of the cluster."
  value       = aws_eks_cluster.this.arn
}

output "cluster_endpoint" {
  description = "Address of the API server."
  value       = aws_eks_cluster.this.endpoint
}

output "cluster_certificate_authority_data" {
  description = "Certificate of the API server's authority, in Base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "cluster_security_group_id" {
  description = "Security group of nodes and control plane."
  value       = aws_security_group.cluster.id
}

output "oidc_provider_arn" {
  description = "ARN of the identity provider for roles of service accounts."
  value       = aws_iam_openid_connect_provider.this.arn
}

output "node_role_arn" {
  description = "ARN of the nodes' role."
  value       = aws_iam_role.nodes.arn
}

output "node_group_arns" {
  description = "ARNs of the node groups by name."
  value       = { for name, group in aws_eks_node_group.this : name => group.arn }
}
