//! The token call, and the tokens: signed and stateless, so that no store is asked.
//!
//! Rule: a token is signed with a key that is derived from the client's secret. So a token ends
//! with its secret, and the secret cannot be computed from a token.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::config::{InboundAuthentication, ReceiveConfig};
use crate::crypto::keyed;
use crate::ids::IntegrationName;
use crate::refusal::Rejected;
use crate::secret_text;
use crate::time::Timestamp;
use crate::verified::{Unverified, Verified};

/// As long as Genesys' own tokens by default.
pub const LIFETIME_SECONDS: i64 = 86_400;
/// Separates the key from every other use of the secret.
const PURPOSE: &[u8] = b"lynn-genesys-bridge open messaging tokens 1";
const GRANT: &str = "client_credentials";
/// The longest token, in bytes: the name, the time and the signature are shorter.
const LONGEST: usize = 256;

/// The credentials of a login.
pub struct Credentials {
    pub client_id: String,
    pub client_secret: SecretString,
}

/// The token call of a client.
pub enum Grant {
    /// Another grant than client credentials.
    Unsupported,
    /// Without an id or a secret.
    Incomplete,
    Client(Credentials),
}

/// Why a request is refused. The caller does not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("there is no token")]
    Missing,
    #[error("the token is not valid")]
    Token,
    #[error("the client's secret does not match")]
    Key,
}

impl Rejected for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Token => "token",
            Self::Key => "key",
        }
    }
}

/// Reads a token call: a form, and the credentials in it or in Basic authentication.
pub fn grant(headers: &HeaderMap, form: &[u8]) -> Grant {
    let (mut grant, mut id, mut secret) = (None, None, None);
    for (key, value) in url::form_urlencoded::parse(form) {
        match key.as_ref() {
            "grant_type" => grant = Some(value.into_owned()),
            "client_id" => id = Some(value.into_owned()),
            "client_secret" => secret = Some(SecretString::from(value.into_owned())),
            _ => {}
        }
    }
    if grant.as_deref() != Some(GRANT) {
        return Grant::Unsupported;
    }
    let in_form = || {
        let (client_id, client_secret) = id.zip(secret)?;
        Some(Credentials { client_id, client_secret })
    };
    basic(headers).or_else(in_form).map_or(Grant::Incomplete, Grant::Client)
}

fn basic(headers: &HeaderMap) -> Option<Credentials> {
    let encoded = after_scheme(headers, "basic")?;
    let pair = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    let pair = std::str::from_utf8(&pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some(Credentials { client_id: id.to_owned(), client_secret: SecretString::from(secret) })
}

fn after_scheme<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a [u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (given, rest) = value.split_at_checked(value.iter().position(|byte| *byte == b' ')?)?;
    given.eq_ignore_ascii_case(scheme.as_bytes()).then(|| rest.trim_ascii())
}

impl Credentials {
    /// Whether the integration has a client of this id.
    pub fn is_known_to(&self, config: &ReceiveConfig) -> bool {
        clients(config).any(|(id, _)| id == self.client_id)
    }

    /// Verifies the body of a token call by the client's secret.
    pub fn prove(
        &self,
        body: Unverified,
        versions: &[Arc<ReceiveConfig>],
    ) -> Result<Verified, Rejection> {
        let is_proved = versions.iter().any(|config| self.prove_to(config));
        body.verify(|_| if is_proved { Ok(()) } else { Err(Rejection::Key) })
    }

    /// Whether the integration has this client with this secret.
    pub fn prove_to(&self, config: &ReceiveConfig) -> bool {
        let given = self.client_secret.expose_secret().as_bytes();
        clients(config)
            .any(|(id, secret)| id == self.client_id && secret_text::matches(secret, given))
    }
}

fn clients(config: &ReceiveConfig) -> impl Iterator<Item = (&str, &SecretString)> {
    config.inbound.iter().filter_map(|way| match way {
        InboundAuthentication::OauthClient { client_id, client_secret } => {
            Some((client_id.as_str(), client_secret))
        }
        InboundAuthentication::ApiKey { .. } | InboundAuthentication::Signature { .. } => None,
    })
}

/// A new token of a client that has proved its secret to this integration.
pub fn granted(integration: &IntegrationName, client: &Credentials, now: Timestamp) -> String {
    let claims =
        TokenClaims { integration: integration.clone(), until: now.seconds() + LIFETIME_SECONDS };
    let mac = claims.mac(&client.client_id, &client.client_secret).finalize().into_bytes();
    format!("{integration}.{}.{}", claims.until, URL_SAFE_NO_PAD.encode(mac))
}

/// The content of a token before it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    pub integration: IntegrationName,
    /// In seconds since 1970.
    until: i64,
}

/// The token of a request, and what it says.
pub fn bearer(headers: &HeaderMap) -> Result<(TokenClaims, &str), Rejection> {
    let token = after_scheme(headers, "bearer").ok_or(Rejection::Missing)?;
    let token = std::str::from_utf8(token).map_err(|_| Rejection::Token)?;
    let mut parts = token.splitn(3, '.');
    let (Some(name), Some(until), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Rejection::Token);
    };
    let until = until.parse().map_err(|_| Rejection::Token)?;
    if token.len() > LONGEST || !IntegrationName::is_valid(name) {
        return Err(Rejection::Token);
    }
    Ok((TokenClaims { integration: IntegrationName::new(name), until }, token))
}

/// Verifies a body by the token of one of the integration's clients.
pub fn verify(
    body: Unverified,
    token: &str,
    claims: &TokenClaims,
    versions: &[Arc<ReceiveConfig>],
    now: Timestamp,
) -> Result<Verified, Rejection> {
    let client = client_of(token, claims, versions, now);
    body.verify(|_| client.map(drop).ok_or(Rejection::Token))
}

/// The integration's client whose valid token it is.
pub fn client_of(
    token: &str,
    claims: &TokenClaims,
    versions: &[Arc<ReceiveConfig>],
    now: Timestamp,
) -> Option<Credentials> {
    let signature = URL_SAFE_NO_PAD.decode(token.rsplit('.').next()?).ok()?;
    if claims.until <= now.seconds() {
        return None;
    }
    let mut all = versions.iter().flat_map(|config| clients(config));
    let (id, secret) =
        all.find(|(id, secret)| claims.mac(id, secret).verify_slice(&signature).is_ok())?;
    Some(Credentials { client_id: id.to_owned(), client_secret: secret.clone() })
}

impl TokenClaims {
    fn mac(&self, client_id: &str, client_secret: &SecretString) -> Hmac<Sha256> {
        let key = keyed(client_secret.expose_secret().as_bytes()).chain_update(PURPOSE);
        let key = key.finalize().into_bytes();
        // No part can contain the separator, except the last one.
        let signed = format!("{}\n{}\n{client_id}", self.integration, self.until);
        keyed(&key).chain_update(signed.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_milliseconds(1_795_341_600_000)
    }

    fn config(clients: &[(&str, &str)]) -> Arc<ReceiveConfig> {
        let ways = clients.iter().map(
            |(id, secret)| json!({ "type": "oauthClient", "clientId": id, "clientSecret": secret }),
        );
        let document = json!({
            "name": "support",
            "genesys": { "integrationId": "i-1", "webhookSecrets": ["0123456789abcdef"] },
            "lynn": { "inboundAuth": ways.collect::<Vec<_>>() },
        });
        let document = SecretString::from(document.to_string());
        Arc::new(ReceiveConfig::parse(&document).unwrap())
    }

    fn client(id: &str, secret: &str) -> Credentials {
        Credentials { client_id: id.to_owned(), client_secret: SecretString::from(secret) }
    }

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(value).unwrap())])
    }

    fn is_valid(token: &str, versions: &[Arc<ReceiveConfig>], now: Timestamp) -> bool {
        let headers = headers(&format!("bearer {token}"));
        let Ok((claims, token)) = bearer(&headers) else { return false };
        verify(Unverified::new(Bytes::new()), token, &claims, versions, now).is_ok()
    }

    #[test]
    fn a_token_is_of_one_integration_one_client_and_one_day() {
        let integration = IntegrationName::new("support");
        let engine = client("engine", "the-secret");
        let token = granted(&integration, &engine, now());
        let known = [config(&[("other", "another"), ("engine", "the-secret")])];
        assert!(is_valid(&token, &known, now()));
        let later =
            |seconds: i64| Timestamp::from_milliseconds(now().milliseconds() + seconds * 1000);
        assert!(is_valid(&token, &known, later(LIFETIME_SECONDS - 1)));
        assert!(!is_valid(&token, &known, later(LIFETIME_SECONDS)));
        for clients in [&[("engine", "another")][..], &[("other", "the-secret")], &[("a", "b")]] {
            assert!(!is_valid(&token, &[config(clients)], now()), "{clients:?}");
        }
        // While a secret is changed, the previous version is valid too.
        let rotated = [config(&[("engine", "the-new-secret")]), Arc::clone(&known[0])];
        assert!(is_valid(&token, &rotated, now()));
        assert!(!is_valid(&token, &rotated[..1], now()));
    }

    #[test]
    fn no_part_of_a_token_can_be_changed() {
        let token = granted(&IntegrationName::new("support"), &client("engine", "s"), now());
        let known = [config(&[("engine", "s")])];
        assert!(is_valid(&token, &known, now()));
        let parts: Vec<&str> = token.split('.').collect();
        let changed = [
            token.replace("support", "other"),
            format!("{}.{}.{}", parts[0], i64::MAX, parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{token}A"),
            format!("{}.{}.{}", parts[0], parts[1], "A".repeat(43)),
            "x".repeat(300),
            "a/b.1.AAAA".to_owned(),
            String::new(),
        ];
        for changed in changed {
            assert!(!is_valid(&changed, &known, now()), "{changed}");
        }
        assert_eq!(bearer(&HeaderMap::new()).unwrap_err(), Rejection::Missing);
        assert_eq!(bearer(&headers("Basic abc")).unwrap_err(), Rejection::Missing);
    }

    #[test]
    fn the_credentials_stand_in_either_place() {
        let form = b"grant_type=client_credentials&client_id=a%2Bb&client_secret=c%20d";
        let Grant::Client(in_form) = grant(&HeaderMap::new(), form) else { panic!() };
        assert!(in_form.prove_to(&config(&[("a+b", "c d")])));
        // Aladdin:open:sesame
        let basic = headers("BASIC QWxhZGRpbjpvcGVuOnNlc2FtZQ==");
        let Grant::Client(in_header) = grant(&basic, b"grant_type=client_credentials") else {
            panic!()
        };
        assert!(in_header.prove_to(&config(&[("Aladdin", "open:sesame")])));
        assert!(!in_header.prove_to(&config(&[("Aladdin", "open")])));
        assert!(in_header.is_known_to(&config(&[("Aladdin", "open")])));
        assert!(matches!(grant(&basic, b""), Grant::Unsupported));
        let without = grant(&headers("Basic !"), b"grant_type=client_credentials");
        assert!(matches!(without, Grant::Incomplete));
    }
}
