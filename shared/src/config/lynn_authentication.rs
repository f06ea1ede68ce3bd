//! How the bridge authenticates to Lynn.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::error::ConfigError;
use super::values::{BaseUrl, base, clean, clean_text, filled, number_or_text, text};

/// Headers that the bridge or HTTP itself sets on each request. Another value would break the
/// request or its signature.
const TAKEN_HEADERS: [&str; 17] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-hub-signature-256",
];

#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum LynnAuthentication {
    /// No credential; the signature may be the only proof. The braces make serde report keys that
    /// do not belong here.
    None {},
    /// `authorization: Bearer …`.
    Bearer {
        #[serde(deserialize_with = "filled")]
        token: SecretString,
    },
    /// A header with any name.
    Header {
        #[serde(deserialize_with = "text")]
        name: String,
        #[serde(deserialize_with = "filled")]
        value: SecretString,
    },
    /// `authorization: Basic …`.
    Basic {
        #[serde(deserialize_with = "clean_text")]
        username: String,
        #[serde(deserialize_with = "clean")]
        password: SecretString,
    },
    /// A bearer token from Lynn's `CreateToken`.
    LynnToken {
        /// The base URL of `/api/LynnService/CreateToken`.
        #[serde(deserialize_with = "base")]
        endpoint: BaseUrl,
        /// The access token of the credential.
        #[serde(deserialize_with = "filled")]
        access_token: SecretString,
        #[serde(deserialize_with = "filled")]
        access_token_secret: SecretString,
        /// A number or a text.
        #[serde(deserialize_with = "number_or_text")]
        tenant: serde_json::Value,
    },
}

impl Default for LynnAuthentication {
    fn default() -> Self {
        Self::None {}
    }
}

impl LynnAuthentication {
    /// Checks what the types cannot express.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let wrong = |key: &str, problem: &str| Err(ConfigError::new(key, problem));
        match self {
            Self::Header { name, .. } if is_taken(name) => {
                wrong("name", "the bridge or HTTP itself sets this header; take another")
            }
            Self::Header { name, .. } if http::HeaderName::from_bytes(name.as_bytes()).is_err() => {
                wrong("name", "this is not the name of a header")
            }
            Self::Header { value, .. }
                if http::HeaderValue::from_str(value.expose_secret()).is_err() =>
            {
                wrong("value", "this cannot be sent as the value of a header")
            }
            Self::Basic { username, .. } if username.contains(':') => {
                wrong("username", "a colon ends the user's name in this scheme; take another")
            }
            _ => Ok(()),
        }
    }
}

/// Whether the bridge or HTTP itself sets a header.
pub(super) fn is_taken(header: &str) -> bool {
    TAKEN_HEADERS.iter().any(|taken| header.eq_ignore_ascii_case(taken))
}
