//! Lynn's own login: `POST {endpoint}/api/LynnService/CreateToken` exchanges a key and a secret for
//! a bearer token.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::config::{BaseUrl, LynnHeader};
use shared::error::Failure;
use shared::ids::{IntegrationName, digest};
use shared::ports::{Clock, ItemKey, Vendor, VendorRequest};
use shared::time::Timestamp;
use shared::wire::without_mark;

use super::headers::configured;
use crate::tokens::{Fresh, Login, log_in};

/// The login in errors.
const NAME: &str = "log in to Lynn";
const TIMEOUT: Duration = Duration::from_secs(8);
/// Lynn names no lifetime. A token that does not name its own end is used until it is refused, at
/// most for this time.
const ASSUMED_LIFETIME: Duration = Duration::from_hours(12);

pub struct LynnCredentials<'a> {
    /// Makes the login request.
    pub vendor: &'a Arc<dyn Vendor>,
    /// Needed to compute the remaining lifetime of a token.
    pub clock: &'a Arc<dyn Clock>,
    pub integration: &'a IntegrationName,
    /// The configured headers of every call to Lynn.
    pub headers: &'a [LynnHeader],
    /// The base URL of the service.
    pub endpoint: &'a BaseUrl,
    pub access_token: &'a SecretString,
    pub access_token_secret: &'a SecretString,
    pub tenant: &'a Value,
}

/// The fields are borrowed, so that the body is the only copy of a secret.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials<'a> {
    access_token: &'a str,
    access_token_secret: &'a str,
    tenant: &'a Value,
}

#[derive(Deserialize)]
struct TokenResponse {
    token: SecretString,
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
}

/// The key of a credential's token in the table.
pub(crate) fn token_key(
    integration: &IntegrationName,
    endpoint: &BaseUrl,
    access_token: &SecretString,
) -> ItemKey {
    let access_token = access_token.expose_secret();
    let client = digest(&[integration.as_str(), endpoint.as_str(), access_token]);
    ItemKey::new(format!("token#lynn#{client}"), "token")
}

#[async_trait]
impl Login for LynnCredentials<'_> {
    fn key(&self) -> ItemKey {
        token_key(self.integration, self.endpoint, self.access_token)
    }

    async fn login(&self) -> Result<Fresh, Failure> {
        let body = Credentials {
            access_token: self.access_token.expose_secret(),
            access_token_secret: self.access_token_secret.expose_secret(),
            tenant: self.tenant,
        };
        let body =
            serde_json::to_vec(&body).map_err(|error| Failure::login(NAME).caused_by(error))?;
        let mut headers =
            configured(self.headers).map_err(|error| Failure::login(NAME).caused_by(error))?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = VendorRequest {
            method: Method::POST,
            url: self.endpoint.join("/api/LynnService/CreateToken"),
            headers,
            body: Bytes::from(body),
            timeout: TIMEOUT,
        };
        let answer = log_in(&**self.vendor, request, NAME, "lynn.auth").await?;
        let answer: TokenResponse = serde_json::from_slice(without_mark(&answer))
            .map_err(|_| Failure::login(format!("{NAME}: the answer holds no token")))?;
        let lifetime = lifetime(answer.token.expose_secret(), self.clock.now());
        Ok(Fresh { token: answer.token, lifetime })
    }
}

/// Returns the remaining lifetime: from the token, if it is a JWT that names its
/// end.
fn lifetime(token: &str, now: Timestamp) -> Duration {
    let claims = token
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let claims = claims.and_then(|bytes| serde_json::from_slice::<Claims>(&bytes).ok());
    let end = claims.map(|claims| Timestamp::from_milliseconds(claims.exp.saturating_mul(1000)));
    end.filter(|end| *end > now).map(|end| end.elapsed_since(now)).unwrap_or(ASSUMED_LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_names_its_end_is_believed() {
        let now = Timestamp::from_milliseconds(1_000_000);
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"exp":1600}"#));
        assert_eq!(lifetime(&token, now), Duration::from_mins(10));
        for opaque in ["opaque", "a.b.c", "", "e30.e30.e30"] {
            assert_eq!(lifetime(opaque, now), ASSUMED_LIFETIME);
        }
    }
}
