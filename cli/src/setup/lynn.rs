//! The settings of Lynn: its address, and how the bridge authenticates there. Secrets come from the
//! environment, or the person is asked for them.

use std::str::FromStr;

use anyhow::anyhow;
use clap::ValueEnum;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use shared::config::BaseUrl;

use crate::administrator::Environment;
use crate::failure;

/// How the bridge authenticates to Lynn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Authentication {
    /// No authentication, or only the signature.
    None,
    /// A bearer token: LYNN_TOKEN.
    Bearer,
    /// A header of any name: --lynn-header, LYNN_HEADER_VALUE.
    Header,
    /// A user and a password: --lynn-username, LYNN_PASSWORD.
    Basic,
    /// Lynn's own token service: --lynn-token-endpoint, --lynn-tenant, LYNN_ACCESS_TOKEN,
    /// LYNN_ACCESS_TOKEN_SECRET.
    LynnToken,
}

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
    /// How the bridge authenticates to Lynn.
    #[arg(long, value_enum)]
    lynn_auth: Option<Authentication>,
    /// The name of the header, for --lynn-auth header.
    #[arg(long, value_name = "NAME")]
    lynn_header: Option<String>,
    /// The user, for --lynn-auth basic.
    #[arg(long, value_name = "NAME")]
    lynn_username: Option<String>,
    /// The base of /api/LynnService/CreateToken, for --lynn-auth lynn-token.
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse)]
    lynn_token_endpoint: Option<BaseUrl>,
    /// The tenant, for --lynn-auth lynn-token.
    #[arg(long)]
    lynn_tenant: Option<String>,
    /// The effect of the end of a Lynn session at Genesys Cloud. Default: the value of the
    /// configuration, or keep.
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
        if let Some(kind) = self.lynn_auth {
            section["auth"] = self.authentication(kind, environment)?;
        }
        if let Some(secret) = environment.get("LYNN_SIGNING_SECRET") {
            section["signingSecret"] = json!(secret);
        }
        if let Some(end) = self.on_session_ended {
            section["onSessionEnded"] = json!(end.word());
        }
        Ok(section)
    }

    fn authentication(
        &self,
        kind: Authentication,
        environment: Environment,
    ) -> anyhow::Result<Value> {
        let secret = |name: &str, what: &str| -> anyhow::Result<String> {
            Ok(environment.secret(name, what)?.expose_secret().to_owned())
        };
        let given =
            |value: &Option<String>, argument: &str| value.clone().ok_or_else(|| needed(argument));
        Ok(match kind {
            Authentication::None => json!({ "type": "none" }),
            Authentication::Bearer => {
                json!({ "type": "bearer", "token": secret("LYNN_TOKEN", "Lynn's bearer token")? })
            }
            Authentication::Header => json!({
                "type": "header",
                "name": given(&self.lynn_header, "--lynn-header: the name of the header")?,
                "value": secret("LYNN_HEADER_VALUE", "the value of Lynn's header")?,
            }),
            Authentication::Basic => json!({
                "type": "basic",
                "username": given(&self.lynn_username, "--lynn-username: the user at Lynn")?,
                "password": secret("LYNN_PASSWORD", "the password at Lynn")?,
            }),
            Authentication::LynnToken => {
                let endpoint = self.lynn_token_endpoint.as_ref();
                let endpoint = endpoint.map(|url| url.as_str().to_owned());
                let tenant = given(&self.lynn_tenant, "--lynn-tenant: the tenant at Lynn")?;
                json!({
                    "type": "lynnToken",
                    "endpoint": given(&endpoint, "--lynn-token-endpoint: where Lynn gives tokens")?,
                    "accessToken": secret("LYNN_ACCESS_TOKEN", "Lynn's access token")?,
                    "accessTokenSecret": secret("LYNN_ACCESS_TOKEN_SECRET", "the access token's secret")?,
                    "tenant": i64::from_str(&tenant).map_or_else(|_| json!(tenant), |number| json!(number)),
                })
            }
        })
    }
}

fn needed(argument: &str) -> anyhow::Error {
    failure::misconfigured(anyhow!("this is needed: {argument}"))
}
