environment = "production"
cidr_block  = "10.2.0.0/16"
zones       = 3
protected   = true
