variable "name" {
  description = "Name of what the messages are for, such as zero-world-us-east-1-prod-orders, and the beginning of the names of everything."
  type        = string

  # Queues have names of up to 80 characters, and -dead and .fifo come after this and the queue's own name.
  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{0,47}$", var.name))
    error_message = "The name must have 1 to 48 letters, digits, hyphens and underscores, and begin with a letter or a digit."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts messages. Its policy must let sns.amazonaws.com use it, or topics reach no queue."
  type        = string
}

variable "topics" {
  description = "Topics by name: who publishes to them, besides whom the account's policies let, as ARNs of roles or names of services."
  type = map(object({
    fifo               = optional(bool, false)
    publisher_arns     = optional(list(string), [])
    publisher_services = optional(list(string), [])
  }))
  default = {}

  validation {
    condition     = alltrue([for topic in keys(var.topics) : can(regex("^[0-9A-Za-z][0-9A-Za-z-]{0,19}$", topic))])
    error_message = "Names of topics must have 1 to 20 letters, digits and hyphens, and begin with a letter or a digit."
  }

  validation {
    condition     = alltrue([for topic in values(var.topics) : !contains(topic.publisher_arns, "*")])
    error_message = "publisher_arns must say who may publish: * is everybody."
  }

  validation {
    condition     = alltrue([for service in flatten(values(var.topics)[*].publisher_services) : can(regex("^[a-z0-9-]+$", service))])
    error_message = "Services are named without amazonaws.com, such as cloudwatch."
  }
}

variable "queues" {
  description = "Queues by name, each with a queue for messages that nobody could handle. A queue has the messages of the topics that subscriptions names, all or those that a filter lets through."
  type = map(object({
    fifo                       = optional(bool, false)
    visibility_timeout_seconds = optional(number, 30)
    retention_days             = optional(number, 4)
    dead_retention_days        = optional(number, 14)
    delay_seconds              = optional(number, 0)
    max_receive_count          = optional(number, 5)
    sender_arns                = optional(list(string), [])
    receiver_arns              = optional(list(string), [])
    subscriptions = optional(map(object({
      filter_policy       = optional(string)
      filter_policy_scope = optional(string, "MessageAttributes")
      raw                 = optional(bool, true)
    })), {})
    max_age_seconds = optional(number, 900)
  }))
  default = {}

  validation {
    condition     = alltrue([for queue in keys(var.queues) : can(regex("^[0-9A-Za-z][0-9A-Za-z-]{0,19}$", queue))])
    error_message = "Names of queues must have 1 to 20 letters, digits and hyphens, and begin with a letter or a digit."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : alltrue([for topic in keys(queue.subscriptions) : contains(keys(var.topics), topic)])])
    error_message = "Queues must subscribe to topics that there are."
  }

  validation {
    condition = alltrue([
      for queue in values(var.queues) :
      alltrue([for topic in keys(queue.subscriptions) : queue.fifo ? true : !try(var.topics[topic].fifo, false)])
    ])
    error_message = "A topic that keeps the order reaches queues that keep it, too, and no others."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : !contains(concat(queue.sender_arns, queue.receiver_arns), "*")])
    error_message = "sender_arns and receiver_arns must say who may: * is everybody."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.max_receive_count >= 1 && queue.max_receive_count <= 1000])
    error_message = "A message must be tried 1 to 1000 times."
  }

  # A message that is put aside keeps its age: it would be gone before anybody looked.
  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.retention_days < queue.dead_retention_days && queue.dead_retention_days <= 14])
    error_message = "Messages that were put aside must be kept longer than others, for 14 days at most."
  }
}

variable "alarm_topic_arns" {
  description = "ARNs of the topics that are told when messages were put aside, or wait for too long."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags for everything."
  type        = map(string)
  default     = {}
}
