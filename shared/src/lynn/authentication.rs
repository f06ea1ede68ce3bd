//! Proving that a request is Lynn's: a Standard Webhooks signature or an API key, any of those configured.

use http::HeaderMap;

use super::signature::{self, SIGNATURE_HEADER, SigningSecret};
use crate::config::{InboundAuthentication, ReceiveConfig};
use crate::secret_text;
use crate::time::Timestamp;
use crate::verified::{Unverified, Verified};

/// The header with the API key.
pub const KEY_HEADER: &str = "x-api-key";

/// Why a request is refused; the caller is told none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Neither a key nor a signature.
    #[error("there is neither a key nor a signature")]
    Missing,
    /// No configured key is the one given.
    #[error("the key does not match")]
    Key,
    /// The signature does not hold.
    #[error(transparent)]
    Signature(signature::Rejection),
}

/// Proves a body by any way that the integration allows.
pub fn verify(
    body: Unverified,
    headers: &HeaderMap,
    versions: &[std::sync::Arc<ReceiveConfig>],
    now: Timestamp,
) -> Result<Verified, Rejection> {
    let ways = || versions.iter().flat_map(|config| config.inbound.iter());
    let given = headers.get(KEY_HEADER);
    if let Some(given) = given {
        let matches = |way: &InboundAuthentication| match way {
            InboundAuthentication::ApiKey { key } => secret_text::matches(key, given.as_bytes()),
            InboundAuthentication::Signature { .. } => false,
        };
        if ways().any(matches) {
            return body.verify(|_| Ok(()));
        }
    }
    if !headers.contains_key(SIGNATURE_HEADER) {
        return Err(if given.is_some() { Rejection::Key } else { Rejection::Missing });
    }
    let secrets: Vec<&SigningSecret> = ways()
        .filter_map(|way| match way {
            InboundAuthentication::Signature { secret } => Some(&secret.0),
            InboundAuthentication::ApiKey { .. } => None,
        })
        .collect();
    signature::verify(body, headers, secrets, now).map_err(Rejection::Signature)
}
