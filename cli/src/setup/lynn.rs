//! The settings of Lynn: its address, and how the bridge authenticates there.

use anyhow::anyhow;
use clap::ValueEnum;
use serde_json::{Value, json};
use shared::config::BaseUrl;

use super::asker::{self as reading, Asker};
use crate::administrator::Environment;
use crate::failure;
use crate::lynn_authentication::{self, Authentication};

const HEADING: &str = "Lynn";

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

/// The arguments about Lynn. Values that the configuration already has need not be given again.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// The address at Lynn to which the bridge posts.
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse)]
    lynn_webhook_url: Option<BaseUrl>,
    #[command(flatten)]
    authentication: lynn_authentication::Arguments,
    /// The effect of the end of a Lynn session at Genesys Cloud. Default: the value of the
    /// configuration, or keep.
    #[arg(long, value_enum, help_heading = HEADING)]
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

    pub fn has_url(&self) -> bool {
        self.lynn_webhook_url.is_some()
    }

    /// Asks for what is missing; secrets are asked for when the section is made. The
    /// authentication is asked for only if the address was missing, too: without its option it
    /// stays as it is.
    pub fn complete(
        &mut self,
        asker: &mut Asker,
        configured: Option<&Value>,
    ) -> anyhow::Result<()> {
        let has = |pointer: &str| configured.is_some_and(|entry| entry.pointer(pointer).is_some());
        if !has("/lynn/webhookUrl") && self.lynn_webhook_url.is_none() {
            let named = ("--lynn-webhook-url", "the address at Lynn to which the bridge posts");
            asker.need(&mut self.lynn_webhook_url, named, None, reading::address)?;
            if asker.may_ask() && !has("/lynn/auth") {
                let what = "how the bridge authenticates to Lynn: none, bearer, header, basic or lynn-token";
                let named = ("--lynn-auth", what);
                asker.need(
                    &mut self.authentication.lynn_auth,
                    named,
                    Some("none"),
                    reading::authentication,
                )?;
            }
        }
        let (texts, secrets): (&[_], &[_]) = match self.authentication.lynn_auth {
            None | Some(Authentication::None) => return Ok(()),
            Some(Authentication::Bearer) => (&[], &["LYNN_TOKEN"]),
            Some(Authentication::Header) => {
                (&[("--lynn-header", "the name of the header")], &["LYNN_HEADER_VALUE"])
            }
            Some(Authentication::Basic) => {
                (&[("--lynn-username", "the user at Lynn")], &["LYNN_PASSWORD"])
            }
            Some(Authentication::LynnToken) => (
                &[("--lynn-tenant", "the tenant at Lynn")],
                &["LYNN_ACCESS_TOKEN", "LYNN_ACCESS_TOKEN_SECRET"],
            ),
        };
        if self.authentication.lynn_auth == Some(Authentication::LynnToken) {
            let named = ("--lynn-token-endpoint", "where Lynn gives tokens");
            asker.need(
                &mut self.authentication.lynn_token_endpoint,
                named,
                None,
                reading::address,
            )?;
        }
        for (option, what) in texts {
            let value = match *option {
                "--lynn-header" => &mut self.authentication.lynn_header,
                "--lynn-username" => &mut self.authentication.lynn_username,
                _ => &mut self.authentication.lynn_tenant,
            };
            asker.need(value, (option, what), None, reading::text)?;
        }
        for secret in secrets.iter().filter(|secret| !asker.has(secret)).collect::<Vec<_>>() {
            if !asker.may_ask() {
                asker.lacks(secret, "a secret, so it is a variable");
            }
        }
        Ok(())
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
