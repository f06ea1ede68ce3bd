//! The key with which a workflow of Genesys' posts events.
//!
//! Rule: no key configured, nobody allowed; compared in time that does not depend on where it differs.

use std::sync::Arc;

use crate::config::ReceiveConfig;
use crate::secret_text;
use crate::verified::{Unverified, Verified};

/// The header that carries the key.
pub const HEADER: &str = "x-api-key";

/// Why an event is refused; the caller is told none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The integration takes no events over HTTP.
    #[error("no key for events is configured")]
    Unconfigured,
    /// No key.
    #[error("the key is missing")]
    Missing,
    /// Another key.
    #[error("the key does not match")]
    Wrong,
}

/// Proves a body by the key of any valid version of the configuration.
pub fn verify(
    body: Unverified,
    header: Option<&[u8]>,
    versions: &[Arc<ReceiveConfig>],
) -> Result<Verified, Rejection> {
    let keys = || versions.iter().filter_map(|config| config.events_api_key.as_ref());
    if keys().next().is_none() {
        return Err(Rejection::Unconfigured);
    }
    let given = header.ok_or(Rejection::Missing)?;
    let matches = keys().any(|key| secret_text::matches(key, given));
    body.verify(|_| if matches { Ok(()) } else { Err(Rejection::Wrong) })
}
