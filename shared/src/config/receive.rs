//! The half of the configuration that verifies callers: all that the functions facing the internet can read.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::document::{ConfigError, read};
use super::values::{Filled, InObject, SecretKey, WebhookSecret, text};
use crate::ids::{GenesysIntegrationId, IntegrationName};

/// What verifies the callers of one integration.
#[derive(Clone, Debug)]
pub struct ReceiveConfig {
    /// The integration.
    pub name: IntegrationName,
    /// The id of the Open Messaging integration: tells the customer from the integration in a webhook.
    pub integration_id: GenesysIntegrationId,
    /// The secrets that may sign Genesys' webhooks, any of them.
    pub webhook_secrets: Vec<SecretString>,
    /// The key that a Genesys data action sends with events, if they come over HTTP.
    pub events_api_key: Option<SecretString>,
    /// How Lynn may authenticate, any of them.
    pub inbound: Vec<InboundAuthentication>,
}

/// One way for Lynn to authenticate.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum InboundAuthentication {
    /// The header `x-api-key`.
    ApiKey {
        /// The key.
        #[serde(deserialize_with = "super::values::filled")]
        key: SecretString,
    },
    /// A Standard Webhooks signature.
    Signature {
        /// `whsec_`, which may be missing, and base64.
        secret: SecretKey,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Document {
    #[serde(deserialize_with = "text")]
    name: String,
    genesys: Genesys,
    lynn: Lynn,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Genesys {
    #[serde(deserialize_with = "text")]
    integration_id: String,
    webhook_secrets: Vec<WebhookSecret>,
    #[serde(default)]
    events_api_key: Option<Filled>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Lynn {
    inbound_auth: Vec<InObject<InboundAuthentication>>,
}

impl ReceiveConfig {
    /// Reads the receiving half.
    pub fn parse(document: &SecretString) -> Result<Self, ConfigError> {
        let document: Document = read(document.expose_secret())?;
        if !IntegrationName::is_valid(&document.name) {
            return Err(ConfigError::new("name", "a name has 1 to 64 of A-Z a-z 0-9 - _"));
        }
        if document.genesys.webhook_secrets.is_empty() {
            return Err(ConfigError::new(
                "genesys.webhookSecrets",
                "at least one secret is needed",
            ));
        }
        if document.lynn.inbound_auth.is_empty() {
            return Err(ConfigError::new(
                "lynn.inboundAuth",
                "at least one way to authenticate is needed",
            ));
        }
        Ok(Self {
            name: IntegrationName::new(document.name),
            integration_id: GenesysIntegrationId::new(document.genesys.integration_id),
            webhook_secrets: document
                .genesys
                .webhook_secrets
                .into_iter()
                .map(|secret| secret.0)
                .collect(),
            events_api_key: document.genesys.events_api_key.map(|key| key.0),
            inbound: document.lynn.inbound_auth.into_iter().map(|way| way.0).collect(),
        })
    }
}
