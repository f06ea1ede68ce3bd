# Each output of template.yaml under its name in lower case; null if the stack does not have it.

output "genesys_webhook_url" {
  description = "For the outbound notification webhook of the Open Messaging integration; put the integration's name for {integration}."
  value       = aws_cloudformation_stack.bridge.outputs["GenesysWebhookUrl"]
}

output "lynn_url" {
  description = "Where Lynn posts its events; put the integration's name for {integration}."
  value       = aws_cloudformation_stack.bridge.outputs["LynnUrl"]
}

output "api_url" {
  description = "The base URL of both; /health answers there."
  value       = aws_cloudformation_stack.bridge.outputs["ApiUrl"]
}

output "domain_target" {
  description = "Where the DNS of DomainName must lead, by a CNAME or an alias record."
  value       = lookup(aws_cloudformation_stack.bridge.outputs, "DomainTarget", null)
}

output "secret_prefix" {
  description = "The prefix of the names of the configuration's secrets."
  value       = aws_cloudformation_stack.bridge.outputs["SecretPrefix"]
}

output "table_name" {
  description = "The table of conversations, records, tokens and dead letters."
  value       = aws_cloudformation_stack.bridge.outputs["TableName"]
}

output "inbound_queue_url" {
  description = "The queue towards Genesys Cloud."
  value       = aws_cloudformation_stack.bridge.outputs["InboundQueueUrl"]
}

output "inbound_dead_letter_queue_url" {
  description = "The dead-letter queue of the queue towards Genesys Cloud."
  value       = aws_cloudformation_stack.bridge.outputs["InboundDeadLetterQueueUrl"]
}

output "outbound_queue_url" {
  description = "The queue towards Lynn."
  value       = aws_cloudformation_stack.bridge.outputs["OutboundQueueUrl"]
}

output "outbound_dead_letter_queue_url" {
  description = "The dead-letter queue of the queue towards Lynn."
  value       = aws_cloudformation_stack.bridge.outputs["OutboundDeadLetterQueueUrl"]
}

output "genesys_webhook_function" {
  description = "The function that receives from Genesys Cloud."
  value       = aws_cloudformation_stack.bridge.outputs["GenesysWebhookFunction"]
}

output "lynn_inbound_function" {
  description = "The function that receives from Lynn."
  value       = aws_cloudformation_stack.bridge.outputs["LynnInboundFunction"]
}

output "genesys_sender_function" {
  description = "The function that delivers to Genesys Cloud."
  value       = aws_cloudformation_stack.bridge.outputs["GenesysSenderFunction"]
}

output "lynn_sender_function" {
  description = "The function that delivers to Lynn."
  value       = aws_cloudformation_stack.bridge.outputs["LynnSenderFunction"]
}

output "genesys_events_function" {
  description = "The function that takes events of Genesys Cloud."
  value       = lookup(aws_cloudformation_stack.bridge.outputs, "GenesysEventsFunction", null)
}

output "genesys_event_bus" {
  description = "The event bus that they come by."
  value       = lookup(aws_cloudformation_stack.bridge.outputs, "GenesysEventBus", null)
}

output "events_dead_letter_queue_url" {
  description = "The events that could not be taken."
  value       = lookup(aws_cloudformation_stack.bridge.outputs, "EventsDeadLetterQueueUrl", null)
}

output "media_bucket" {
  description = "The bucket with copies of files."
  value       = lookup(aws_cloudformation_stack.bridge.outputs, "MediaBucket", null)
}

output "conversation_scheduler_function" {
  description = "The function that wakes conversations with a due deadline."
  value       = aws_cloudformation_stack.bridge.outputs["ConversationSchedulerFunction"]
}
