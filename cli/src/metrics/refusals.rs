//! Counts the requests that the public address refuses.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use media::is_link;
use shared::open_messaging;
use shared::refusal::RejectionSlot;

use super::series::{Series, UNREADABLE};
use crate::http_server::{Payload, RequestHandler};

/// Other paths are not counted: a probe of `/ready` is no refused event.
const OTHER: &str = "other";

/// A handler whose refusals are counted.
pub struct Refusals {
    pub requests: Arc<dyn RequestHandler>,
    pub series: Arc<Series>,
}

#[async_trait]
impl RequestHandler for Refusals {
    fn body_limit(&self, path: &str) -> usize {
        self.requests.body_limit(path)
    }

    fn refusal(&self, path: &str, problem: Response<Bytes>) -> Response<Bytes> {
        let refusal = self.requests.refusal(path, problem);
        self.count(endpoint(path), refusal.status(), None);
        refusal
    }

    fn unreadable(&self, status: StatusCode) {
        self.series.refused.with_label_values(&[UNREADABLE, status.as_str()]).inc();
        self.requests.unreadable(status);
    }

    async fn answer(&self, mut request: Request<Bytes>) -> Response<Payload> {
        let endpoint = endpoint(request.uri().path());
        let slot = RejectionSlot::default();
        request.extensions_mut().insert(slot.clone());
        let answer = self.requests.answer(request).await;
        self.count(endpoint, answer.status(), slot.reason());
        answer
    }
}

impl Refusals {
    fn count(&self, endpoint: &str, status: StatusCode, reason: Option<&str>) {
        if endpoint == OTHER {
            return;
        }
        if status == StatusCode::UNAUTHORIZED {
            // Without a reason the caller named an integration that does not exist.
            let reason = reason.unwrap_or(if endpoint == "oauth" { "token" } else { "missing" });
            self.series.rejected.with_label_values(&[endpoint, reason]).inc();
        } else if status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE {
            self.series.refused.with_label_values(&[endpoint, status.as_str()]).inc();
        }
    }
}

/// The endpoint of a path, as the log names it.
fn endpoint(path: &str) -> &'static str {
    let mut parts = path.trim_matches('/').split('/');
    match parts.next() {
        _ if is_link(path) => "media",
        _ if open_messaging::is_open(path) => "oauth",
        Some("genesys") if parts.nth(1) == Some("events") => "events",
        Some("genesys") => "genesys",
        Some("lynn") => "lynn",
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_its_endpoint() {
        let of = |paths: &[&str]| paths.iter().map(|path| endpoint(path)).collect::<Vec<_>>();
        assert_eq!(of(&["/genesys/support", "/genesys/support/"]), ["genesys"; 2]);
        assert_eq!(of(&["/genesys/support/events"]), ["events"]);
        assert_eq!(of(&["/lynn/support", "/lynn/support/availability"]), ["lynn"; 2]);
        assert_eq!(of(&["/oauth/token"]), ["oauth"]);
        assert_eq!(of(&["/", "/health", "/metrics", "/lynnx"]), ["other"; 4]);
    }
}
