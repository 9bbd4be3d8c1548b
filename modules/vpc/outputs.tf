output "vpc_id" {
  description = "Id of the VPC. Whoever uses it waits for the subnets and their routes, too."
  value       = aws_vpc.this.id

  depends_on = [
    aws_route.private_nat,
    aws_route.public_internet,
    aws_route_table_association.private,
    aws_route_table_association.public,
  ]
}

output "cidr_block" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, one a zone."
  value       = aws_subnet.private[*].id
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, one a zone."
  value       = aws_subnet.public[*].id
}

output "nat_public_ips" {
  description = "Addresses from which the private subnets reach the internet."
  value       = aws_eip.nat[*].public_ip
}
