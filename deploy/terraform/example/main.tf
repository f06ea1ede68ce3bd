# Deploys the bridge with what `sam package` wrote beside this file; docs/deploy-aws.md shows the
# commands.

provider "aws" {
  region = "eu-central-1"
}

module "bridge" {
  source = "../"

  packaged_template = "${path.module}/packaged.yaml"
  artefacts_bucket  = "example-artefacts"

  media_relay = "yes"
  alarm_email = "operator@example.com"
}

output "genesys_webhook_url" {
  description = "For the Open Messaging integration; put the integration's name for {integration}."
  value       = module.bridge.genesys_webhook_url
}

output "lynn_url" {
  description = "For Lynn's flow; put the integration's name for {integration}."
  value       = module.bridge.lynn_url
}
