# Deploys the packaged template as a stack of CloudFormation: the same stack as `sam deploy` makes, so
# that every page and command of the bridge holds for it.

locals {
  parameters = {
    Architecture                        = var.architecture
    LogLevel                            = var.log_level
    SecretPrefix                        = var.secret_prefix
    Tracing                             = var.tracing
    OtlpEndpoint                        = var.otlp_endpoint
    OtlpLayerArn                        = var.otlp_layer_arn
    ReceiverMemory                      = var.receiver_memory
    SenderMemory                        = var.sender_memory
    SenderMaximumConcurrency            = var.sender_maximum_concurrency
    ReceiverReservedConcurrency         = var.receiver_reserved_concurrency
    RequestRate                         = var.request_rate
    RequestBurst                        = var.request_burst
    QueueVisibilitySeconds              = var.queue_visibility_seconds
    DomainName                          = var.domain_name
    CertificateArn                      = var.certificate_arn
    FunctionUrls                        = var.function_urls
    KmsKeyArn                           = var.kms_key_arn
    FormerKmsKeyArns                    = var.former_kms_key_arns == null ? null : join(",", var.former_kms_key_arns)
    ExistingTableName                   = var.existing_table_name
    ExistingInboundQueueName            = var.existing_inbound_queue_name
    ExistingInboundDeadLetterQueueName  = var.existing_inbound_dead_letter_queue_name
    ExistingOutboundQueueName           = var.existing_outbound_queue_name
    ExistingOutboundDeadLetterQueueName = var.existing_outbound_dead_letter_queue_name
    LogRetentionDays                    = var.log_retention_days
    MediaRelay                          = var.media_relay
    GenesysEventSource                  = var.genesys_event_source
    AssociateEventSource                = var.associate_event_source
    ReconcileAfterMinutes               = var.reconcile_after_minutes
    AlarmEmail                          = var.alarm_email
    AlarmTopicArn                       = var.alarm_topic_arn
    ThrottleAlarms                      = var.throttle_alarms
    RejectedThreshold                   = var.rejected_threshold
    RequestsThreshold                   = var.requests_threshold
    BacklogThreshold                    = var.backlog_threshold
  }
}

data "aws_s3_bucket" "artefacts" {
  bucket = var.artefacts_bucket
}

# The template is too long to be a part of the request. The object's name changes with its content:
# CloudFormation updates the stack only when it is given another address.
resource "aws_s3_object" "template" {
  bucket = data.aws_s3_bucket.artefacts.id
  key    = "${var.stack_name}/${filesha256(var.packaged_template)}.template.yaml"
  source = var.packaged_template
}

resource "aws_cloudformation_stack" "bridge" {
  name         = var.stack_name
  template_url = "https://${data.aws_s3_bucket.artefacts.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  # The functions have roles, and the template is one of SAM's, which CloudFormation expands.
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  parameters   = { for name, value in local.parameters : name => tostring(value) if value != null }
  tags         = var.tags
}
