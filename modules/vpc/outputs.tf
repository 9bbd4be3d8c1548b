output "vpc_id" {
  description = "Id of the VPC. Whoever uses it waits for the subnets and their routes, too."
  value       = aws_vpc.this.id

  # So a module that gets nothing but this id can look up the subnets in the same apply.
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

output "availability_zones" {
  description = "Names of the availability zones in use, in the order of the subnets."
  value       = local.zones
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, one a zone. Whoever uses them waits for their way to the internet, too."
  value       = aws_subnet.private[*].id

  depends_on = [
    aws_route.private_nat,
    aws_route_table_association.private,
  ]
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, one a zone. Whoever uses them waits for their way to the internet, too."
  value       = aws_subnet.public[*].id

  depends_on = [
    aws_route.public_internet,
    aws_route_table_association.public,
  ]
}

output "private_route_table_ids" {
  description = "Ids of the private subnets' route tables, one a zone."
  value       = aws_route_table.private[*].id
}

output "public_route_table_id" {
  description = "Id of the public subnets' route table."
  value       = aws_route_table.public.id
}

output "nat_public_ips" {
  description = "Addresses from which the private subnets reach the internet."
  value       = aws_eip.nat[*].public_ip
}
