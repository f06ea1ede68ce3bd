//! The settings of Lynn: its address, and how the bridge authenticates there.

use anyhow::anyhow;
use clap::ValueEnum;
use serde_json::{Value, json};
use shared::config::BaseUrl;

use crate::administrator::Environment;
use crate::failure;
use crate::lynn_authentication;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SessionEnd {
    /// Nothing happens.
    Keep,
    /// The conversation is disconnected.
    Disconnect,
    /// The agent gets a line of text.
    Notice,
}

impl SessionEnd {
    /// The word for it, in the configuration too.
    fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// The arguments about Lynn. What is in the configuration already need not be given again.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// The address at Lynn to which the bridge posts.
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse)]
    lynn_webhook_url: Option<BaseUrl>,
    #[command(flatten)]
    authentication: lynn_authentication::Arguments,
    /// What happens at Genesys Cloud when a Lynn session ends; without it, what the configuration
    /// has, or keep.
    #[arg(long, value_enum)]
    on_session_ended: Option<SessionEnd>,
}

impl Arguments {
    /// Whether the bridge ends conversations at Genesys Cloud, by the arguments or otherwise by the
    /// configuration.
    pub fn disconnects(&self, configured: Option<&Value>) -> bool {
        match self.on_session_ended {
            Some(end) => end == SessionEnd::Disconnect,
            None => {
                let said = configured.and_then(|entry| entry.pointer("/lynn/onSessionEnded"));
                said == Some(&json!(SessionEnd::Disconnect.word()))
            }
        }
    }

    /// The address to which the bridge posts, unless one was given.
    pub fn or_webhook_url(&mut self, url: &str) {
        if self.lynn_webhook_url.is_none() {
            self.lynn_webhook_url = BaseUrl::parse(url).ok();
        }
    }

    /// The fields of the section `lynn` that the arguments give.
    pub fn section(
        &self,
        environment: Environment,
        configured: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut section = json!({});
        match &self.lynn_webhook_url {
            Some(url) => section["webhookUrl"] = json!(url.as_str()),
            None if configured.is_some_and(|entry| entry.pointer("/lynn/webhookUrl").is_some()) => {
            }
            None => return Err(needed("--lynn-webhook-url: where the bridge posts to Lynn")),
        }
        if let Some(auth) = self.authentication.read(environment)? {
            section["auth"] = auth;
        }
        if let Some(secret) = environment.get("LYNN_SIGNING_SECRET") {
            section["signingSecret"] = json!(secret);
        }
        if let Some(end) = self.on_session_ended {
            section["onSessionEnded"] = json!(end.word());
        }
        Ok(section)
    }
}

fn needed(argument: &str) -> anyhow::Error {
    failure::misconfigured(anyhow!("this is needed: {argument}"))
}
