# The place of the artefacts, and each parameter of template.yaml under its name in lower case. null,
# the default of each parameter, leaves the default of the template. CloudFormation checks the values.

variable "stack_name" {
  description = "The name of the stack in CloudFormation. The secrets of `bridge config push --stack` begin with it."
  type        = string
  default     = "bridge"
}

variable "packaged_template" {
  description = "The file that `sam package` wrote, whose code is in the bucket."
  type        = string
}

variable "artefacts_bucket" {
  description = "The name of the bucket that `sam package` filled, in the region of the stack."
  type        = string
}

variable "tags" {
  description = "Tags of the stack and of all that it creates."
  type        = map(string)
  default     = {}
}

variable "architecture" {
  description = "Processor of the functions. The tests run on x86_64."
  type        = string
  default     = null
}

variable "log_level" {
  description = "The least serious log lines that are written."
  type        = string
  default     = null
}

variable "secret_prefix" {
  description = "The prefix of the names of the configuration's secrets, without a slash at the end. Empty means the stack's name."
  type        = string
  default     = null
}

variable "tracing" {
  description = "Active traces the first request of each second and one of twenty others in X-Ray, which may cost more than all else. PassThrough traces none."
  type        = string
  default     = null
}

variable "otlp_endpoint" {
  description = "A collector of traces beside each function, which takes OTLP over HTTP, such as http://localhost:4318 of the layer in OtlpLayerArn. none sends no traces."
  type        = string
  default     = null
}

variable "otlp_layer_arn" {
  description = "A layer with a collector for every function, such as that of the AWS Distro for OpenTelemetry. Empty means none."
  type        = string
  default     = null
}

variable "receiver_memory" {
  description = "Memory in MB of the functions that take requests and events, and of the scheduler. Processor time comes in proportion to it. A vendor waits for their answer, and 128 would save 0.02 dollars a million."
  type        = number
  default     = null
}

variable "sender_memory" {
  description = "Memory in MB of the functions that deliver. Processor time comes in proportion to it, and a sender mostly waits for the vendor. docs/performance-and-cost.md says what more memory saves in time."
  type        = number
  default     = null
}

variable "sender_maximum_concurrency" {
  description = "How many instances of each sender may run at once. Each delivers up to 10 events, so 5 carry more than the 300 requests a minute that Genesys Cloud allows. Twice this number and the receivers' instances must fit the account's limit of concurrent executions, which is 10 in some new accounts; `bridge doctor` compares them."
  type        = number
  default     = null
}

variable "receiver_reserved_concurrency" {
  description = "Instances that Lambda keeps free for each of the two functions that take requests, and the most that they may have. 0 keeps none: they share the account's limit with everything else. Lambda refuses a number that would leave the rest of the account too few."
  type        = number
  default     = null
}

variable "request_rate" {
  description = "Requests a second that the endpoints take on average. Beyond it the caller gets 429, which ends a Genesys conversation, whichever caller used the requests up. The account's own limit is 10,000 by default."
  type        = number
  default     = null
}

variable "request_burst" {
  description = "Requests that the endpoints take at once beyond the rate."
  type        = number
  default     = null
}

variable "queue_visibility_seconds" {
  description = "How long what a sender has taken stays hidden from the others: six times the sender's limit of 90 s, as AWS advises, since Lambda may hold a batch back before it starts the sender. After a crash a conversation waits so long."
  type        = number
  default     = null
}

variable "domain_name" {
  description = "A domain name of yours for the endpoints, such as bridge.example.com. Another stack can take it over later, so that neither vendor needs new URLs. Empty means the name that API Gateway gives out."
  type        = string
  default     = null
}

variable "certificate_arn" {
  description = "The certificate of DomainName in AWS Certificate Manager, in the stack's region. Needed with DomainName."
  type        = string
  default     = null
}

variable "function_urls" {
  description = "Whether the endpoints have URLs of Lambda instead of API Gateway's, which saves 1 dollar a million requests. Lost are RequestRate, RequestBurst, DomainName and the access log; ReceiverReservedConcurrency then limits a flood. API Gateway's own address is switched off."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "A customer-managed KMS key for the table, the queues and the copies of files. Empty means the keys of AWS. With one, `bridge config push` may encrypt the secrets with it too: the roles can read them. The key's policy must leave its use to IAM, and with GenesysEventSource it must itself allow events.amazonaws.com kms:Decrypt and kms:GenerateDataKey: events that EventBridge cannot hand over go into an encrypted queue."
  type        = string
  default     = null
}

variable "former_kms_key_arns" {
  description = "Keys that were KmsKeyArn before, separated by commas. Data that is encrypted with them stays readable: messages for up to 14 days, copies of files for 7. Empty means none."
  type        = list(string)
  default     = null
}

variable "existing_table_name" {
  description = "A table that this stack is to use instead of one of its own, restored from a backup or left by a deleted stack. It is not changed."
  type        = string
  default     = null
}

variable "existing_inbound_queue_name" {
  description = "The queue towards Genesys Cloud of a deleted stack, to be used instead of a new one. All four or none of these names are given."
  type        = string
  default     = null
}

variable "existing_inbound_dead_letter_queue_name" {
  description = "The dead-letter queue of ExistingInboundQueueName."
  type        = string
  default     = null
}

variable "existing_outbound_queue_name" {
  description = "The queue towards Lynn of a deleted stack."
  type        = string
  default     = null
}

variable "existing_outbound_dead_letter_queue_name" {
  description = "The dead-letter queue of ExistingOutboundQueueName."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that log lines are kept."
  type        = number
  default     = null
}

variable "media_relay" {
  description = "Whether the stack keeps copies of files, for integrations with \"media\": {\"mode\": \"relay\"}: a private bucket, whose objects are removed after 7 days."
  type        = string
  default     = null
}

variable "genesys_event_source" {
  description = "The partner event source of the integration \"Amazon EventBridge Source\" of Genesys Cloud, in this account and region: aws.partner/genesys.com/cloud/{organisation id}/{suffix}. With it, Lynn learns at once that an agent has answered and that a conversation has ended. Empty means none, and nothing is created for it."
  type        = string
  default     = null
}

variable "associate_event_source" {
  description = "Whether the stack creates the event bus of GenesysEventSource. Say no when there is one already: an account can associate a source once only, and other rules may use the same bus."
  type        = string
  default     = null
}

variable "reconcile_after_minutes" {
  description = "How many minutes an open conversation may be quiet before Genesys Cloud is asked whether it still is open; 0 means never. Empty means 60 with GenesysEventSource, and 0 without."
  type        = string
  default     = null
}

variable "alarm_email" {
  description = "An address that alarms are sent to; it must confirm the subscription. Empty means none."
  type        = string
  default     = null
}

variable "alarm_topic_arn" {
  description = "An SNS topic of yours that alarms are sent to, besides or instead of the address. Empty means none."
  type        = string
  default     = null
}

variable "throttle_alarms" {
  description = "Whether each function has an alarm of its own when Lambda does not start it, for 0.10 dollars a month each. Without them, callers' 5xx and the age of the queues raise theirs."
  type        = string
  default     = null
}

variable "rejected_threshold" {
  description = "Refused signatures and keys in five minutes that raise an alarm."
  type        = number
  default     = null
}

variable "requests_threshold" {
  description = "Requests to the endpoints in five minutes that raise an alarm. 100,000 in each five minutes cost about 35 dollars a day for API Gateway and Lambda alone."
  type        = number
  default     = null
}

variable "backlog_threshold" {
  description = "Messages in a queue that raise an alarm. SQS looks for work among the first 120,000 of a FIFO queue only, so half of that is the default."
  type        = number
  default     = null
}
