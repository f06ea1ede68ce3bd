//! Verifies the key with which a Genesys workflow posts events.
//!
//! Rule: without a configured key, every caller is refused. The time of the comparison does not
//! depend on where the keys differ.

use std::sync::Arc;

use crate::config::ReceiveConfig;
use crate::secret_text;
use crate::verified::{Unverified, Verified};

pub const HEADER: &str = "x-api-key";

/// Why an event is refused. The caller does not learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The integration accepts no events over HTTP.
    #[error("no key for events is configured")]
    Unconfigured,
    #[error("the key is missing")]
    Missing,
    #[error("the key does not match")]
    Wrong,
}

/// Verifies a body by the key of any valid version of the configuration.
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
