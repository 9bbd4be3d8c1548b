# A key for messages, and a topic that is told of alarms.

module "security" {
  source = "../../../security"

  name = "zero-world-us-east-1-test"
}

module "alarms" {
  source = "../.."

  name        = "zero-world-us-east-1-test"
  kms_key_arn = module.security.key_arns["messages"]

  topics = {
    alarms = { publisher_services = ["cloudwatch"] }
  }
}

output "kms_key_arn" {
  value = module.security.key_arns["messages"]
}

output "alarm_topic_arn" {
  value = module.alarms.topic_arns["alarms"]
}

output "alarm_topic_policy" {
  value = module.alarms.topic_policies["alarms"]
}
