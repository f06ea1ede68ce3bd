//! The send configuration: credentials, URLs and policies. Only the senders can read
//! it.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::document::read;
use super::error::ConfigError;
use super::lynn_authentication::LynnAuthentication;
use super::templates::{self, Compiled, LynnHeader, TemplateEntries};
use super::values::{
    BaseUrl, NO_DOMAIN, NO_HUB_SECRET, SecretKey, filled, is_domain, number_or_text, object,
    optional_base, optional_secret, optional_text, text, whole,
};
use crate::event_type::OutboundType;
use crate::external_id::ConversationPer;
use crate::ids::{GenesysIntegrationId, IntegrationName};
use crate::time::Timestamp;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SendConfig {
    pub name: IntegrationName,
    pub genesys: SendGenesys,
    pub lynn: SendLynn,
    #[serde(default)]
    pub text: TextConfig,
    #[serde(default)]
    pub media: MediaConfig,
    #[serde(default)]
    pub delivery: DeliveryConfig,
}

/// The settings for Genesys Cloud.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SendGenesys {
    /// The region's domain, such as `mypurecloud.com`.
    #[serde(deserialize_with = "text")]
    pub domain: String,
    /// The id of the Open Messaging integration.
    pub integration_id: GenesysIntegrationId,
    /// Replaces `https://api.{domain}`.
    #[serde(default, deserialize_with = "optional_base")]
    pub api_base_url: Option<BaseUrl>,
    /// Replaces `https://login.{domain}`.
    #[serde(default, deserialize_with = "optional_base")]
    pub login_base_url: Option<BaseUrl>,
    /// Clients with the client credentials grant; the load is spread over them.
    pub oauth_clients: Vec<OAuthClient>,
    /// How long an ended conversation can be resumed, in minutes, 0 to 4320; 0 is the synchronous
    /// mode.
    #[serde(default = "three_days", deserialize_with = "whole::<_, _, 0, 4320>")]
    pub threading_timeline_minutes: u32,
    #[serde(default)]
    pub receipts: Receipts,
    /// The queue about whose agents a flow may ask.
    #[serde(default, deserialize_with = "optional_text")]
    pub queue_id: Option<String>,
    #[serde(default)]
    pub conversation_per: ConversationPer,
    #[serde(default)]
    pub agent_names: AgentNames,
    /// Required for `agentNames: alias`.
    #[serde(default, deserialize_with = "optional_text")]
    pub agent_alias: Option<String>,
}

/// How an agent is named to Lynn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AgentNames {
    /// The agent's name in Genesys Cloud.
    #[default]
    Real,
    /// `agentAlias` instead of the name.
    Alias,
    /// Nothing; then nothing is asked and kept either.
    Hidden,
}

/// The error when an alias is missing.
pub(super) const NO_ALIAS: &str = "agentNames is alias, so an alias is needed";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OAuthClient {
    #[serde(deserialize_with = "text")]
    pub client_id: String,
    #[serde(deserialize_with = "filled")]
    pub client_secret: SecretString,
}

/// When an agent's message is reported to Genesys as delivered. Failures are always reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Receipts {
    /// When Lynn reports the delivery.
    #[default]
    Reported,
    /// As soon as Lynn has accepted the message.
    Accepted,
}

/// The settings for Lynn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SendLynn {
    /// The URL to which events are posted.
    pub webhook_url: BaseUrl,
    #[serde(default, deserialize_with = "object")]
    pub auth: LynnAuthentication,
    #[serde(default)]
    pub dialect: Dialect,
    /// Signs posts as Genesys signs its webhooks; required for the dialect `genesys`.
    #[serde(default, deserialize_with = "optional_secret")]
    pub hub_secret: Option<SecretString>,
    /// Where the dialect `genesys` posts what has no form in Open Messaging.
    #[serde(default)]
    pub events_url: Option<BaseUrl>,
    /// Signs posts by Standard Webhooks.
    #[serde(default)]
    pub signing_secret: Option<SecretKey>,
    #[serde(default)]
    pub quiet_session: QuietSession,
    /// Required for `quietSession: proactive`.
    #[serde(default)]
    pub proactive: Option<Proactive>,
    /// The session counts as over after this many minutes without a message from the customer.
    #[serde(default = "one_day", deserialize_with = "whole::<_, _, 1, { u32::MAX as u64 }>")]
    pub session_timeout_minutes: u32,
    #[serde(default)]
    pub on_session_ended: OnSessionEnded,
    /// The headers of every call to Lynn.
    #[serde(default)]
    pub headers: Vec<LynnHeader>,
    /// The requests of a receiver with a contract of its own.
    #[serde(default)]
    pub templates: TemplateEntries,
    /// The compiled templates.
    #[serde(skip)]
    pub compiled: Compiled,
    /// The types of events that are posted; the others count as done.
    #[serde(default = "usual_events")]
    pub events: Vec<OutboundType>,
}

impl SendLynn {
    /// Whether events of this type are posted.
    pub fn posts(&self, kind: OutboundType) -> bool {
        self.events.contains(&kind)
    }
}

/// The JSON that Lynn gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Dialect {
    /// The bridge's own.
    #[default]
    Bridge,
    /// The webhooks of Genesys Cloud's Open Messaging, as they came.
    Genesys,
}

/// The treatment of an agent's message when the customer's session at Lynn is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum QuietSession {
    /// It is posted with `session.active: false`.
    #[default]
    Webhook,
    /// A campaign delivers it to the customer.
    Proactive,
    /// The agent is told that the message failed.
    Fail,
}

/// The campaign that reaches a customer whose session is over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Proactive {
    pub url: BaseUrl,
    /// A number or a text.
    #[serde(deserialize_with = "number_or_text")]
    pub campaign_id: serde_json::Value,
}

/// The effect of the end of a Lynn session at Genesys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnSessionEnded {
    #[default]
    Keep,
    /// The conversation is disconnected.
    Disconnect,
    /// The agent sees a line of text.
    Notice,
}

/// The treatment of text to Genesys.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct TextConfig {
    /// Whether HTML is converted to plain text.
    pub strip_html: bool,
    /// The most characters in one message, 1 to 10,000.
    #[serde(deserialize_with = "whole::<_, _, 1, 10_000>")]
    pub max_length: usize,
}

impl Default for TextConfig {
    fn default() -> Self {
        // Genesys documents no inbound limit. Agents may write 4,000 characters, 2,000 by an older
        // page.
        Self { strip_html: true, max_length: 2000 }
    }
}

/// The treatment of files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct MediaConfig {
    pub mode: MediaMode,
    /// The beginning of links to copies: the URL at which the bridge is reached from the internet.
    /// On AWS the stack knows it.
    #[serde(deserialize_with = "optional_base")]
    pub public_base_url: Option<BaseUrl>,
    /// How long a link to a copy is valid, in hours after the event, 1 to 72.
    #[serde(deserialize_with = "whole::<_, _, 1, 72>")]
    pub link_hours: u32,
    /// Signs links. A file does not contain it: `split` derives it from a webhook secret.
    pub link_key: Option<SecretString>,
}

impl Default for MediaConfig {
    fn default() -> Self {
        // 72 hours: the longest life of an asynchronous session.
        Self { mode: MediaMode::Pass, public_base_url: None, link_hours: 72, link_key: None }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MediaMode {
    /// The bridge passes on the original links.
    #[default]
    Pass,
    /// The bridge copies files and passes on links to the copies.
    Relay,
}

/// The longest `delivery.maxAgeMinutes`: 7 days, as long as a message's record is kept. SQS deletes
/// entries after 14 days without telling anyone.
pub const LONGEST_MAX_AGE_MINUTES: u32 = 7 * 24 * 60;

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct DeliveryConfig {
    /// An event is given up after this many minutes without delivery, 1 to 10,080.
    #[serde(deserialize_with = "whole::<_, _, 1, { LONGEST_MAX_AGE_MINUTES as u64 }>")]
    pub max_age_minutes: u32,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self { max_age_minutes: 240 }
    }
}

const fn three_days() -> u32 {
    4320
}

const fn one_day() -> u32 {
    1440
}

fn usual_events() -> Vec<OutboundType> {
    OutboundType::DEFAULT.to_vec()
}

impl SendConfig {
    pub fn parse(document: &SecretString) -> Result<Self, ConfigError> {
        let config: Self = read(document.expose_secret())?;
        config.check()?;
        Ok(config)
    }

    /// A URL of Genesys' API.
    pub fn api(&self, path: &str) -> String {
        host(self.genesys.api_base_url.as_ref(), "api", &self.genesys.domain, path)
    }

    /// A URL of Genesys' login service.
    pub fn login(&self, path: &str) -> String {
        host(self.genesys.login_base_url.as_ref(), "login", &self.genesys.domain, path)
    }

    /// Until when a conversation that ended at `end` can be resumed; `None` in the synchronous
    /// mode.
    pub fn resumable_until(&self, end: Timestamp) -> Option<Timestamp> {
        let minutes = self.genesys.threading_timeline_minutes;
        (minutes > 0).then(|| end + Duration::from_mins(minutes.into()))
    }

    /// Whether a session's time limit has an effect at Genesys. In the dialect `genesys`, a session
    /// has no time limit: only Lynn says that it is over.
    pub fn session_timeout_acts(&self) -> bool {
        self.lynn.on_session_ended != OnSessionEnded::Keep && self.lynn.dialect == Dialect::Bridge
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |key: &str, problem: &str| Err(ConfigError::new(key, problem));
        if !is_domain(&self.genesys.domain) {
            return wrong("genesys.domain", NO_DOMAIN);
        }
        if self.genesys.integration_id.as_str().is_empty() {
            return wrong("genesys.integrationId", "this must not be empty");
        }
        if self.genesys.oauth_clients.is_empty() {
            return wrong("genesys.oauthClients", "at least one client is needed");
        }
        let names = &self.genesys;
        if names.agent_names == AgentNames::Alias && names.agent_alias.is_none() {
            return wrong("genesys.agentAlias", NO_ALIAS);
        }
        if self.lynn.events.is_empty() {
            return wrong("lynn.events", "at least one type is needed");
        }
        let relays = self.media.mode == MediaMode::Relay;
        if relays && self.media.link_hours.saturating_mul(60) <= self.delivery.max_age_minutes {
            return wrong("media.linkHours", "links must live longer than delivery.maxAgeMinutes");
        }
        if self.lynn.quiet_session == QuietSession::Proactive && self.lynn.proactive.is_none() {
            return wrong(
                "lynn.proactive",
                "quietSession is proactive, so a campaign is needed: url and campaignId",
            );
        }
        let lynn = &self.lynn;
        if lynn.dialect == Dialect::Genesys && lynn.hub_secret.is_none() {
            return wrong("lynn.hubSecret", NO_HUB_SECRET);
        }
        lynn.auth.check().map_err(|error| error.inside("lynn.auth"))?;
        templates::check(&lynn.headers, &lynn.templates, &lynn.auth)
    }
}

fn host(configured: Option<&BaseUrl>, service: &str, domain: &str, path: &str) -> String {
    match configured {
        Some(base) => base.join(path),
        None => format!("https://{service}.{domain}/{}", path.trim_start_matches('/')),
    }
}
