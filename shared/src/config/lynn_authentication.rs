//! How the bridge proves itself to Lynn, as configured.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::document::ConfigError;
use super::values::{BaseUrl, base, clean, clean_text, filled, number_or_text, text};

/// Headers that the bridge or HTTP itself sets on each post; another value would break the post or its signature.
const TAKEN_HEADERS: [&str; 16] = [
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
];

/// How the bridge authenticates to Lynn.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum LynnAuthentication {
    /// Not at all, or by the signature alone. With braces, so that serde sees keys that do not belong here.
    None {},
    /// `authorization: Bearer …`.
    Bearer {
        /// The token.
        #[serde(deserialize_with = "filled")]
        token: SecretString,
    },
    /// A header of any name.
    Header {
        /// Its name.
        #[serde(deserialize_with = "text")]
        name: String,
        /// Its value.
        #[serde(deserialize_with = "filled")]
        value: SecretString,
    },
    /// `authorization: Basic …`.
    Basic {
        /// The user.
        #[serde(deserialize_with = "clean_text")]
        username: String,
        /// The password.
        #[serde(deserialize_with = "clean")]
        password: SecretString,
    },
    /// A bearer token from Lynn's own `CreateToken`.
    LynnToken {
        /// The base of `/api/LynnService/CreateToken`.
        #[serde(deserialize_with = "base")]
        endpoint: BaseUrl,
        /// The access token of the credential.
        #[serde(deserialize_with = "filled")]
        access_token: SecretString,
        /// Its secret.
        #[serde(deserialize_with = "filled")]
        access_token_secret: SecretString,
        /// The tenant, a number or a text.
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
    /// What the types do not say.
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
