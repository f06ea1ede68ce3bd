//! How the bridge authenticates to Lynn, as arguments. Secrets come from the environment, or the
//! person is asked for them.

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

#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct Arguments {
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
}

impl Arguments {
    /// Whether any of them is there.
    pub fn is_given(&self) -> bool {
        let texts = [&self.lynn_header, &self.lynn_username, &self.lynn_tenant];
        self.lynn_auth.is_some()
            || self.lynn_token_endpoint.is_some()
            || texts.into_iter().any(Option::is_some)
    }

    /// The section `lynn.auth`; `None` if the arguments say nothing.
    pub fn read(&self, environment: Environment) -> anyhow::Result<Option<Value>> {
        self.lynn_auth.map(|kind| self.of_kind(kind, environment)).transpose()
    }

    fn of_kind(&self, kind: Authentication, environment: Environment) -> anyhow::Result<Value> {
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
