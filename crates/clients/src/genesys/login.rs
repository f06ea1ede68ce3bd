//! Genesys' client credentials login: `POST {login}/oauth/token`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use shared::config::{OAuthClient, SendConfig};
use shared::error::Failure;
use shared::ids::digest;
use shared::ports::{ItemKey, Vendor, VendorRequest};
use shared::secret_text;

use crate::tokens::{Fresh, Login, log_in};

/// The login in errors.
const NAME: &str = "log in to Genesys Cloud";
const TIMEOUT: Duration = Duration::from_secs(8);
/// Used if the answer names no lifetime: the shortest lifetime that Genesys allows for a client.
const SHORTEST_LIFETIME: Duration = Duration::from_mins(5);

/// The credentials of one OAuth client.
pub struct ClientCredentials<'a> {
    /// Makes the login request.
    pub vendor: &'a Arc<dyn Vendor>,
    /// The configuration that the client belongs to.
    pub config: &'a SendConfig,
    pub client: &'a OAuthClient,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: SecretString,
    #[serde(default)]
    expires_in: Value,
}

impl TokenResponse {
    /// Reads the token and its lifetime. `None` if the token cannot be sent in a header.
    fn token(bytes: &[u8]) -> Option<(SecretString, Duration)> {
        let answer: Self = serde_json::from_slice(bytes).ok()?;
        let is_empty = answer.access_token.expose_secret().trim().is_empty();
        let can_be_sent = !is_empty && secret_text::bearer(&answer.access_token).is_ok();
        let seconds = match &answer.expires_in {
            Value::String(text) => text.trim().parse::<f64>().ok(),
            number => number.as_f64(),
        };
        // The fraction of a second is dropped.
        let seconds = seconds.map(|seconds| seconds as u64).filter(|seconds| *seconds > 0);
        let lifetime = seconds.map_or(SHORTEST_LIFETIME, Duration::from_secs);
        can_be_sent.then_some((answer.access_token, lifetime))
    }
}

/// The name of an OAuth client in the table: a digest of its id and of its login address.
/// Integrations with the same client share its token and its budget, because Genesys counts them
/// together.
pub(crate) fn client_digest(config: &SendConfig, client: &OAuthClient) -> String {
    digest(&[&config.login(""), &client.client_id])
}

/// The key of an OAuth client's token in the table.
pub(crate) fn token_key(config: &SendConfig, client: &OAuthClient) -> ItemKey {
    ItemKey::new(format!("token#genesys#{}", client_digest(config, client)), "token")
}

#[async_trait]
impl Login for ClientCredentials<'_> {
    fn key(&self) -> ItemKey {
        token_key(self.config, self.client)
    }

    async fn login(&self) -> Result<Fresh, Failure> {
        let OAuthClient { client_id, client_secret } = self.client;
        let authorization = secret_text::basic(client_id, client_secret)
            .map_err(|error| Failure::login(NAME).caused_by(error))?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = VendorRequest {
            method: Method::POST,
            url: self.config.login("/oauth/token"),
            headers: HeaderMap::from_iter([(AUTHORIZATION, authorization), (CONTENT_TYPE, form)]),
            body: Bytes::from_static(b"grant_type=client_credentials"),
            timeout: TIMEOUT,
        };
        let answer = log_in(&**self.vendor, request, NAME, "the OAuth client").await?;
        let (token, lifetime) = TokenResponse::token(&answer).ok_or_else(|| {
            Failure::login(format!("{NAME}: the answer holds no access_token that can be used"))
        })?;
        Ok(Fresh { token, lifetime })
    }
}
