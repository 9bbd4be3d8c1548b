environment = "staging"
cidr_block  = "10.1.0.0/16"
zones       = 2
