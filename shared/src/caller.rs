//! Authenticates the caller of an endpoint before the body is parsed.
//!
//! Rules: a failed proof may mean that a secret was just changed, so the settings are read again
//! before a caller is refused. If they cannot be read, the caller may be right and is told to
//! retry. Unauthenticated callers cause few log lines.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};

use crate::config::ReceiveConfig;
use crate::endpoint;
use crate::genesys::signature;
use crate::ids::IntegrationName;
use crate::lynn::authentication::KEY_HEADER;
use crate::problem;
use crate::refusal::{self, Endpoint, Network, Rejected, RejectionSlot};
use crate::settings::{Settings, SettingsError, Versions};
use crate::standard_webhooks::SIGNATURE_HEADER;
use crate::verified::{Unverified, Verified};

/// The most log lines about refused requests, per integration and reason, within 10 s.
const REJECTED_LINES: u32 = 10;

/// Returns the body of an authenticated caller and the settings that proved it, or else the answer
/// that refuses the caller. `limit` is the longest body in bytes; a longer one is refused before
/// the proof.
pub async fn prove<E: Rejected>(
    called: Endpoint,
    settings: &Settings<ReceiveConfig>,
    integration: &IntegrationName,
    request: &Request<Bytes>,
    limit: usize,
    proof: impl Fn(Unverified, &HeaderMap, &Versions<ReceiveConfig>) -> Result<Verified, E>,
) -> Result<(Versions<ReceiveConfig>, Verified), Response<Bytes>> {
    let unconfigured =
        |error: SettingsError| endpoint::unconfigured(settings, &error, request.method());
    let valid = settings
        .get_for(integration, has_evidence(request.headers()))
        .await
        .map_err(unconfigured)?;
    let body = || Unverified::new(request.body().clone());
    if body().length() > limit {
        return Err(problem::too_large(limit));
    }
    let proof = |versions: &Versions<ReceiveConfig>| proof(body(), request.headers(), versions);
    let known = Versions::clone(&valid);
    match settings.proved(integration, valid, proof).await.map_err(unconfigured)? {
        Ok(proved) => Ok(proved),
        Err(rejection) => {
            log_rejection(called, settings, Some(integration), request, &rejection);
            Err(called.answer(&known, request.headers()))
        }
    }
}

/// Logs a refused request, within the limits for its integration and reason.
pub fn log_rejection(
    called: Endpoint,
    settings: &Settings<ReceiveConfig>,
    integration: Option<&IntegrationName>,
    request: &Request<Bytes>,
    rejection: &dyn Rejected,
) {
    if let Some(slot) = request.extensions().get::<RejectionSlot>() {
        slot.set(rejection);
    }
    let (name, reason) = (called.name(), rejection.reason());
    let named = integration.map(IntegrationName::as_str).unwrap_or_default();
    let subject = format!("rejected {named} {name} {reason}");
    if let Some(count) = settings.lines(subject, REJECTED_LINES) {
        let network = request.extensions().get::<Network>();
        refusal::log(called, integration, rejection, network, count);
    }
}

/// Whether a request has any header that could prove the caller.
fn has_evidence(headers: &HeaderMap) -> bool {
    [signature::HEADER, KEY_HEADER, SIGNATURE_HEADER, AUTHORIZATION.as_str()]
        .iter()
        .any(|name| headers.contains_key(*name))
}
