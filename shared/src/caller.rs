//! Who calls an endpoint: proved before a byte of the body is read.
//!
//! Rules: a failed proof may mean that a secret has just been changed, so the settings are read
//! once more before a caller is refused; while they cannot be read the caller may be right, and is
//! asked to come again. Callers who prove nothing cause few log lines.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};

use crate::config::ReceiveConfig;
use crate::endpoint;
use crate::genesys::signature;
use crate::ids::IntegrationName;
use crate::lynn::authentication::KEY_HEADER;
use crate::problem;
use crate::refusal::{self, Endpoint, Network, Rejected};
use crate::settings::{Settings, SettingsError, Versions};
use crate::standard_webhooks::SIGNATURE_HEADER;
use crate::verified::{Unverified, Verified};

/// The most lines about refused requests of one integration for one reason within 10 s.
const REJECTED_LINES: u32 = 10;

/// The body once its sender is proved, and the settings that proved it; or the answer to who is
/// refused. `limit` is the longest body taken, in bytes; a longer one is refused unread.
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
            let (name, reason) = (called.name(), rejection.reason());
            let subject = format!("rejected {integration} {name} {reason}");
            if let Some(count) = settings.lines(subject, REJECTED_LINES) {
                let network = request.extensions().get::<Network>();
                refusal::log(called, integration, &rejection, network, count);
            }
            Err(called.answer(&known, request.headers()))
        }
    }
}

/// Whether a request carries anything that could prove its sender.
fn has_evidence(headers: &HeaderMap) -> bool {
    [signature::HEADER, KEY_HEADER, SIGNATURE_HEADER, AUTHORIZATION.as_str()]
        .iter()
        .any(|name| headers.contains_key(*name))
}
