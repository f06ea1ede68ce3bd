//! Authenticates Lynn's requests by a Standard Webhooks signature or an API key; any configured one
//! is accepted.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::config::{InboundAuthentication, ReceiveConfig};
use crate::secret_text;
use crate::standard_webhooks::{self, SIGNATURE_HEADER, SigningSecret};
use crate::time::Timestamp;
use crate::verified::{Unverified, Verified};

/// The header with the API key. The key may also be in `authorization`, after `Bearer`.
pub const KEY_HEADER: &str = "x-api-key";

/// Why a request is refused. The caller does not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("there is neither a key nor a signature")]
    Missing,
    /// No configured key matches the given one.
    #[error("the key does not match")]
    Key,
    #[error(transparent)]
    Signature(standard_webhooks::Rejection),
}

/// Verifies a body in any way that the integration allows.
pub fn verify(
    body: Unverified,
    headers: &HeaderMap,
    versions: &[std::sync::Arc<ReceiveConfig>],
    now: Timestamp,
) -> Result<Verified, Rejection> {
    let ways = || versions.iter().flat_map(|config| config.inbound.iter());
    let given = keys(headers);
    for given in &given {
        let matches = |way: &InboundAuthentication| match way {
            InboundAuthentication::ApiKey { key } => secret_text::matches(key, given),
            InboundAuthentication::Signature { .. } | InboundAuthentication::OauthClient { .. } => {
                false
            }
        };
        if ways().any(matches) {
            return body.verify(|_| Ok(()));
        }
    }
    if !headers.contains_key(SIGNATURE_HEADER) {
        return Err(if given.is_empty() { Rejection::Missing } else { Rejection::Key });
    }
    let secrets: Vec<&SigningSecret> = ways()
        .filter_map(|way| match way {
            InboundAuthentication::Signature { secret } => Some(&secret.0),
            InboundAuthentication::ApiKey { .. } | InboundAuthentication::OauthClient { .. } => {
                None
            }
        })
        .collect();
    standard_webhooks::verify(body, headers, secrets, now).map_err(Rejection::Signature)
}

/// The keys in a request: at most one for each of the two headers.
fn keys(headers: &HeaderMap) -> Vec<&[u8]> {
    let key = headers.get(KEY_HEADER).map(http::HeaderValue::as_bytes);
    let authorization = headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes);
    let bearer = authorization.and_then(|value| {
        let (scheme, token) =
            value.split_at_checked(value.iter().position(|byte| *byte == b' ')?)?;
        scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii())
    });
    key.into_iter().chain(bearer).collect()
}
