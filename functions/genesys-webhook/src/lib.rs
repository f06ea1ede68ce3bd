//! Accepts what Genesys Cloud sends: verifies the signature, enqueues, answers.
//!
//! Rules: nothing is answered 2xx before it is durable, and an authentic webhook is never refused for its content, since Genesys
//! would end the conversation over it. It never calls anybody but the queue.

mod identity;
mod needs;
mod probe;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::json;
use shared::caller;
use shared::config::ReceiveConfig;
use shared::content_encoding::{self, Unpackable};
use shared::delivery::event::{Identity, Payload, QueuedEvent, Raw};
use shared::endpoint;
use shared::genesys::lifecycle::LifecycleEvent;
use shared::genesys::{events_key, signature};
use shared::ids::{IntegrationName, TraceId};
use shared::ports::{Clock, Direction, Queue};
use shared::problem;
use shared::settings::{Settings, Versions};
use shared::telemetry;
use shared::verified::{Unverified, Verified};

pub use needs::NEEDS;

use probe::Probe;

/// The largest body taken, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// The endpoints `POST /genesys/{integration}` and `POST /genesys/{integration}/events`.
pub struct GenesysWebhook {
    /// What verifies the callers.
    pub settings: Arc<Settings<ReceiveConfig>>,
    /// Where events go.
    pub queue: Arc<dyn Queue>,
    /// The time of acceptance.
    pub clock: Arc<dyn Clock>,
}

impl GenesysWebhook {
    /// Answers one request.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let Some(segments) = endpoint::segments(request.uri().path()) else {
            return problem::not_found();
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (segments.as_slice(), request.method()) {
            (["health"], method) if endpoint::is_read(method) => endpoint::health(),
            (["health"], _) => problem::method_not_allowed("GET, HEAD"),
            (["genesys", integration], &Method::POST) => {
                self.accept(&IntegrationName::new(*integration), &request).await
            }
            (["genesys", integration, "events"], &Method::POST) => {
                self.accept_event(&IntegrationName::new(*integration), &request).await
            }
            (["genesys", _] | ["genesys", _, "events"], _) => problem::method_not_allowed("POST"),
            _ => problem::not_found(),
        }
    }

    async fn accept(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let (config, body) = match self.authenticated(integration, request, signed).await {
            Ok(proved) => proved,
            Err(refusal) => return refusal,
        };
        let body = match content_encoding::unpacked(&body, request.headers(), BODY_LIMIT) {
            Ok(body) => body,
            Err(Unpackable::TooLarge) => return problem::too_large(BODY_LIMIT),
            // It is authentic, so it is taken as it is: refused, Genesys would end the conversation over a header.
            Err(Unpackable::Unknown(_) | Unpackable::Broken) => body,
        };
        if let Some(probe) = Probe::of(body.bytes()) {
            return probe.answer(&config.name, self.clock.now());
        }
        let event = self.event(&config, &body, endpoint::trace(request));
        let mut accepted = Response::new(Bytes::new());
        *accepted.status_mut() = StatusCode::OK;
        endpoint::enqueue(&*self.queue, Direction::Outbound, &event, accepted).await
    }

    /// An event that is none of ours is nobody's loss: it is counted, and its sender is to be content.
    async fn accept_event(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let (config, body) = match self.authenticated(integration, request, keyed).await {
            Ok(proved) => proved,
            Err(refusal) => return refusal,
        };
        let body = match content_encoding::unpacked(&body, request.headers(), BODY_LIMIT) {
            Ok(body) => body,
            Err(unpackable) => return unpackable.answer(BODY_LIMIT),
        };
        let accepted = problem::answer(StatusCode::OK, &json!({ "status": "accepted" }));
        match LifecycleEvent::parse(body.bytes(), self.clock.now()) {
            Ok(event) => {
                let event = QueuedEvent {
                    integration: config.name.clone(),
                    contact: None,
                    identity: Identity::from(&event),
                    accepted_at: self.clock.now(),
                    trace: endpoint::trace(request),
                    redrive: 0,
                    first_accepted_at: None,
                    payload: Payload::Lifecycle(event),
                };
                endpoint::enqueue(&*self.queue, Direction::Outbound, &event, accepted).await
            }
            Err(reason) => {
                telemetry::not_ours(&reason.to_string());
                accepted
            }
        }
    }

    /// The current configuration, and the body once its sender is proved; or the refusal.
    async fn authenticated<E: std::fmt::Display>(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
        proof: impl Fn(Unverified, &HeaderMap, &Versions<ReceiveConfig>) -> Result<Verified, E>,
    ) -> Result<(Arc<ReceiveConfig>, Verified), Response<Bytes>> {
        let (settings, body) =
            caller::prove(&self.settings, integration, request, BODY_LIMIT, proof).await?;
        let config = settings.first().cloned().ok_or_else(problem::unknown_integration)?;
        Ok((config, body))
    }

    fn event(&self, config: &ReceiveConfig, body: &Verified, trace: TraceId) -> QueuedEvent {
        // A byte that is not UTF-8 costs one character, not the message.
        let text = String::from_utf8_lossy(body.bytes()).into_owned();
        let (contact, identity) = identity::of(&text, &config.integration_id);
        QueuedEvent {
            integration: config.name.clone(),
            contact,
            identity,
            accepted_at: self.clock.now(),
            trace,
            redrive: 0,
            first_accepted_at: None,
            payload: Payload::Genesys(Raw(text)),
        }
    }
}

/// A webhook is proved by its signature.
fn signed(
    body: Unverified,
    headers: &HeaderMap,
    settings: &Versions<ReceiveConfig>,
) -> Result<Verified, signature::Rejection> {
    let header = headers.get(signature::HEADER).map(http::HeaderValue::as_bytes);
    let secrets = settings.iter().flat_map(|config| config.webhook_secrets.iter());
    signature::verify(body, header, secrets)
}

/// An event is proved by the key that its workflow knows.
fn keyed(
    body: Unverified,
    headers: &HeaderMap,
    settings: &Versions<ReceiveConfig>,
) -> Result<Verified, events_key::Rejection> {
    let header = headers.get(events_key::HEADER).map(http::HeaderValue::as_bytes);
    events_key::verify(body, header, settings)
}
