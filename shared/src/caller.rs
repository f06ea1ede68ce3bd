//! Who calls an endpoint: proved before a byte of the body is read.
//!
//! Rules: a failed proof may mean that a secret has just been changed, so the settings are read once more before anybody is refused;
//! while they cannot be read the caller may be right, and is asked to come again.

use std::fmt::Display;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use crate::config::ReceiveConfig;
use crate::endpoint;
use crate::ids::IntegrationName;
use crate::problem;
use crate::settings::{Settings, Versions};
use crate::verified::{Unverified, Verified};

/// The body once its sender is proved, and the settings that proved it; or the answer to who is refused. `limit` is the longest body
/// taken, in bytes; a longer one is refused unread.
pub async fn prove<E: Display>(
    settings: &Settings<ReceiveConfig>,
    integration: &IntegrationName,
    request: &Request<Bytes>,
    limit: usize,
    proof: impl Fn(Unverified, &HeaderMap, &Versions<ReceiveConfig>) -> Result<Verified, E>,
) -> Result<(Versions<ReceiveConfig>, Verified), Response<Bytes>> {
    let mut valid = settings
        .get(integration)
        .await
        .map_err(|error| endpoint::unconfigured(&error, request.method()))?;
    let body = || Unverified::new(request.body().clone());
    if body().length() > limit {
        return Err(problem::too_large(limit));
    }
    let mut proved = proof(body(), request.headers(), &valid);
    if proved.is_err() {
        let refreshed = settings.refreshed(integration, &valid).await;
        if let Some(newer) =
            refreshed.map_err(|error| endpoint::unconfigured(&error, request.method()))?
        {
            proved = proof(body(), request.headers(), &newer);
            valid = newer;
        }
    }
    match proved {
        Ok(body) => Ok((valid, body)),
        Err(rejection) => {
            tracing::warn!(
                event.name = "rejected",
                integration = integration.as_str(),
                reason = %rejection,
                "A request was refused."
            );
            Err(problem::unauthenticated())
        }
    }
}
