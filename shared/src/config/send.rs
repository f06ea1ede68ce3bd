//! The half of the configuration that acts: credentials, URLs and policies, for the senders alone.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::document::{ConfigError, read};
use super::lynn_authentication::LynnAuthentication;
use super::values::{
    BaseUrl, NO_DOMAIN, SecretKey, filled, is_domain, number_or_text, object, optional_base, text,
    whole,
};
use crate::ids::{GenesysIntegrationId, IntegrationName};
use crate::time::Timestamp;

/// What the senders of one integration need.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SendConfig {
    /// The integration.
    pub name: IntegrationName,
    /// Towards Genesys Cloud.
    pub genesys: SendGenesys,
    /// Towards Lynn.
    pub lynn: SendLynn,
    /// What is done to text on its way to Genesys.
    #[serde(default)]
    pub text: TextConfig,
    /// What is done to files.
    #[serde(default)]
    pub media: MediaConfig,
    /// How long delivery is tried.
    #[serde(default)]
    pub delivery: DeliveryConfig,
}

/// Towards Genesys Cloud.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SendGenesys {
    /// The region's domain, such as `mypurecloud.com`.
    #[serde(deserialize_with = "text")]
    pub domain: String,
    /// The id of the Open Messaging integration.
    pub integration_id: GenesysIntegrationId,
    /// Instead of `https://api.{domain}`.
    #[serde(default, deserialize_with = "optional_base")]
    pub api_base_url: Option<BaseUrl>,
    /// Instead of `https://login.{domain}`.
    #[serde(default, deserialize_with = "optional_base")]
    pub login_base_url: Option<BaseUrl>,
    /// Clients with the client credentials grant; load is spread over them.
    pub oauth_clients: Vec<OAuthClient>,
    /// How long an ended conversation can be resumed, in minutes, 0 to 4320; 0 is the synchronous mode.
    #[serde(default = "three_days", deserialize_with = "whole::<_, _, 0, 4320>")]
    pub threading_timeline_minutes: u32,
    /// When an agent's message counts as delivered.
    #[serde(default)]
    pub receipts: Receipts,
}

/// One OAuth client.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OAuthClient {
    /// Its id.
    #[serde(deserialize_with = "text")]
    pub client_id: String,
    /// Its secret.
    #[serde(deserialize_with = "filled")]
    pub client_secret: SecretString,
}

/// When an agent's message is reported as delivered to Genesys. Failures are always reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Receipts {
    /// When Lynn reports it.
    #[default]
    Reported,
    /// As soon as Lynn has accepted it.
    Accepted,
}

/// Towards Lynn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SendLynn {
    /// Where events are posted.
    pub webhook_url: BaseUrl,
    /// How the bridge authenticates there.
    #[serde(default, deserialize_with = "object")]
    pub auth: LynnAuthentication,
    /// Signs what is posted, by Standard Webhooks.
    #[serde(default)]
    pub signing_secret: Option<SecretKey>,
    /// What happens to an agent's message when the customer's session is over.
    #[serde(default)]
    pub quiet_session: QuietSession,
    /// The campaign for `quietSession: proactive`.
    #[serde(default)]
    pub proactive: Option<Proactive>,
    /// Minutes without a word from the customer after which the session counts as over.
    #[serde(default = "one_day", deserialize_with = "whole::<_, _, 1, { u32::MAX as u64 }>")]
    pub session_timeout_minutes: u32,
    /// What the end of a session does at Genesys.
    #[serde(default)]
    pub on_session_ended: OnSessionEnded,
}

/// What happens to an agent's message when the customer's session at Lynn is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum QuietSession {
    /// It is posted all the same, with `session.active: false`.
    #[default]
    Webhook,
    /// A campaign brings it to the customer.
    Proactive,
    /// The agent is told that it failed.
    Fail,
}

/// The campaign that reaches a customer whose session is over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Proactive {
    /// Where it is asked for.
    pub url: BaseUrl,
    /// Which one, a number or a text.
    #[serde(deserialize_with = "number_or_text")]
    pub campaign_id: serde_json::Value,
}

/// What the end of a Lynn session does at Genesys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnSessionEnded {
    /// Nothing.
    #[default]
    Keep,
    /// The conversation is disconnected.
    Disconnect,
    /// The agent reads a line of text.
    Notice,
}

/// What is done to text on its way to Genesys.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct TextConfig {
    /// Whether HTML becomes plain text.
    pub strip_html: bool,
    /// The most characters in one message, 1 to 10,000.
    #[serde(deserialize_with = "whole::<_, _, 1, 10_000>")]
    pub max_length: usize,
}

impl Default for TextConfig {
    fn default() -> Self {
        // Inbound no limit is documented. Agents themselves may write 4,000 characters, by an older page 2,000.
        Self { strip_html: true, max_length: 2000 }
    }
}

/// What is done to files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct MediaConfig {
    /// The way.
    pub mode: MediaMode,
    /// What links to copies begin with: where the internet reaches the bridge. On AWS the stack knows it.
    #[serde(deserialize_with = "optional_base")]
    pub public_base_url: Option<BaseUrl>,
    /// How many hours after its event a link to a copy lives, 1 to 72.
    #[serde(deserialize_with = "whole::<_, _, 1, 72>")]
    pub link_hours: u32,
    /// Signs links. Nobody writes it: `split` makes it out of a webhook secret.
    pub link_key: Option<SecretString>,
}

impl Default for MediaConfig {
    fn default() -> Self {
        // As long as an asynchronous session can live.
        Self { mode: MediaMode::Pass, public_base_url: None, link_hours: 72, link_key: None }
    }
}

/// What is done to files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MediaMode {
    /// Their links are passed on as they are.
    #[default]
    Pass,
    /// They are copied, and links to the copies are passed on.
    Relay,
}

/// The longest `delivery.maxAgeMinutes`: 7 days, as long as what is known of a message is kept. SQS
/// deletes what it has held for 14 days, and nobody would be told.
pub const LONGEST_MAX_AGE_MINUTES: u32 = 7 * 24 * 60;

/// How long delivery is tried.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct DeliveryConfig {
    /// Minutes after which an event that could not be delivered is given up, 1 to 10,080.
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

impl SendConfig {
    /// Reads the sending half.
    pub fn parse(document: &SecretString) -> Result<Self, ConfigError> {
        let config: Self = read(document.expose_secret())?;
        config.check()?;
        Ok(config)
    }

    /// The base of Genesys' API.
    pub fn api(&self, path: &str) -> String {
        host(self.genesys.api_base_url.as_ref(), "api", &self.genesys.domain, path)
    }

    /// The base of Genesys' login.
    pub fn login(&self, path: &str) -> String {
        host(self.genesys.login_base_url.as_ref(), "login", &self.genesys.domain, path)
    }

    /// Until when a conversation that ended at `end` can be resumed; `None` in the synchronous mode.
    pub fn resumable_until(&self, end: Timestamp) -> Option<Timestamp> {
        let minutes = self.genesys.threading_timeline_minutes;
        (minutes > 0).then(|| end.plus_milliseconds(i64::from(minutes) * 60_000))
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
        self.lynn.auth.check().map_err(|error| error.inside("lynn.auth"))
    }
}

fn host(configured: Option<&BaseUrl>, service: &str, domain: &str, path: &str) -> String {
    match configured {
        Some(base) => base.join(path),
        None => format!("https://{service}.{domain}/{}", path.trim_start_matches('/')),
    }
}
