output "vpc_id" {
  description = "Id of the network."
  value       = aws_vpc.main.id
}

output "subnet_ids" {
  description = "Ids of the subnets, by availability zone."
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }
}
