//! The receive configuration: it verifies callers, and functions that face the internet
//! can read nothing else.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::document::read;
use super::error::ConfigError;
use super::templates::Compiled;
use super::values::{Filled, InObject, SecretKey, WebhookSecret, client_id, optional_text, text};
use crate::external_id::ConversationPer;
use crate::ids::{GenesysIntegrationId, IntegrationName};
use crate::wire::debug_shows;

#[derive(Clone)]
pub struct ReceiveConfig {
    pub name: IntegrationName,
    /// The id of the Open Messaging integration. It distinguishes the customer's address from the
    /// integration's in a webhook.
    pub integration_id: GenesysIntegrationId,
    /// The secrets that may sign Genesys' webhooks; any one is accepted.
    pub webhook_secrets: Vec<SecretString>,
    /// The queue about whose agents a flow may ask.
    pub queue_id: Option<String>,
    pub conversation_per: ConversationPer,
    /// The key that a Genesys data action sends with events over HTTP.
    pub events_api_key: Option<SecretString>,
    /// The ways in which Lynn may authenticate; any one is accepted.
    pub inbound: Vec<InboundAuthentication>,
    /// Makes events of the requests of another system.
    pub inbound_template: Option<Value>,
    /// The compiled template.
    pub compiled: Compiled,
}

// The template may hold a secret.
debug_shows!(ReceiveConfig: name, integration_id, inbound);

#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum InboundAuthentication {
    /// The header `x-api-key`.
    ApiKey {
        #[serde(deserialize_with = "super::values::filled")]
        key: SecretString,
    },
    Signature {
        /// Base64, with or without the prefix `whsec_`.
        secret: SecretKey,
    },
    /// A client of the dialect `genesys`: it gets a token with its id and its secret.
    OauthClient {
        /// Without a colon, which ends the id in Basic authentication.
        #[serde(deserialize_with = "client_id")]
        client_id: String,
        #[serde(deserialize_with = "super::values::filled")]
        client_secret: SecretString,
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
    #[serde(default, deserialize_with = "optional_text")]
    queue_id: Option<String>,
    #[serde(default)]
    conversation_per: ConversationPer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Lynn {
    inbound_auth: Vec<InObject<InboundAuthentication>>,
    #[serde(default)]
    inbound_template: Option<Value>,
}

impl ReceiveConfig {
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
            queue_id: document.genesys.queue_id,
            conversation_per: document.genesys.conversation_per,
            events_api_key: document.genesys.events_api_key.map(|key| key.0),
            inbound: document.lynn.inbound_auth.into_iter().map(|way| way.0).collect(),
            inbound_template: document.lynn.inbound_template,
            compiled: Compiled::default(),
        })
    }
}
