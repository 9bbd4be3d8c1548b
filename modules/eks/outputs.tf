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

output "cluster_version" {
  description = "Version of Kubernetes."
  value       = aws_eks_cluster.this.version
}

output "cluster_security_group_id" {
  description = "Security group of the control plane."
  value       = aws_security_group.cluster.id
}

output "node_security_group_id" {
  description = "Security group of the nodes: what a database lets in, for example."
  value       = aws_security_group.nodes.id
}

output "oidc_issuer_url" {
  description = "Issuer of the tokens of service accounts."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "oidc_provider_arn" {
  description = "ARN of the identity provider for roles of service accounts; null without enable_irsa."
  value       = one(aws_iam_openid_connect_provider.this[*].arn)
}

output "node_role_arn" {
  description = "ARN of the nodes' role."
  value       = aws_iam_role.nodes.arn
}

output "node_group_arns" {
  description = "ARNs of the node groups by name."
  value       = { for name, group in aws_eks_node_group.this : name => group.arn }
}
