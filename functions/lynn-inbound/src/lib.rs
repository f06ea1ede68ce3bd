//! Accepts what Lynn sends: authenticates, validates, enqueues, answers.
//!
//! Rules: nothing is answered 2xx before it is durable; a body that is not as the contract says is refused with every field
//! that is wrong. It never calls anybody but the queue, and reads conversations for the `GET`.

mod copy_links;
mod front;
mod identity;
mod needs;
mod status;

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::json;
use shared::caller;
use shared::config::ReceiveConfig;
use shared::delivery::event::{Payload, QueuedEvent};
use shared::endpoint;
use shared::ids::{ContactId, IntegrationName, TraceId};
use shared::lynn::authentication;
use shared::lynn::inbound::InboundEvent;
use shared::ports::{Clock, Direction, Queue, Store};
use shared::problem;
use shared::settings::{Settings, Versions};
use shared::telemetry;
use shared::verified::{Unverified, Verified};

pub use copy_links::CopyLinks;
pub use front::Front;
pub use needs::NEEDS;

/// The largest body taken, in bytes.
pub const BODY_LIMIT: usize = 256 * 1024;

/// The endpoints `POST /lynn/{integration}` and `GET /lynn/{integration}/conversations/{contactId}`.
pub struct LynnInbound {
    /// What verifies the callers.
    pub settings: Arc<Settings<ReceiveConfig>>,
    /// Where events go.
    pub queue: Arc<dyn Queue>,
    /// Where conversations are read.
    pub store: Arc<dyn Store>,
    /// The time of acceptance.
    pub clock: Arc<dyn Clock>,
}

impl LynnInbound {
    /// Answers one request.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let Some(segments) = endpoint::segments(request.uri().path()) else {
            return problem::not_found();
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (segments.as_slice(), request.method()) {
            (["health"], &Method::GET) => endpoint::health(),
            (["health"], _) => problem::method_not_allowed("GET"),
            (["lynn", integration], &Method::POST) => {
                self.accept(&IntegrationName::new(*integration), &request).await
            }
            (["lynn", _], _) => problem::method_not_allowed("POST"),
            // API Gateway decodes the path, so that a contact's id with a slash comes as two segments.
            (["lynn", integration, "conversations", contact @ ..], &Method::GET)
                if !contact.is_empty() =>
            {
                let contact = ContactId::new(contact.join("/"));
                self.tell(&IntegrationName::new(*integration), contact, &request).await
            }
            (["lynn", _, "conversations", _, ..], _) => problem::method_not_allowed("GET"),
            _ => problem::not_found(),
        }
    }

    async fn accept(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let body = match self.authenticated(integration, request).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        if !is_json(request.headers()) {
            return problem::not_json();
        }
        let event = match InboundEvent::parse(body.bytes()) {
            Ok(event) => event,
            Err(errors) => return problem::invalid(&errors),
        };
        let accepted = json!({ "id": event.id, "status": "accepted" });
        let accepted = problem::answer(StatusCode::ACCEPTED, &accepted);
        let event = self.event(integration, event, endpoint::trace(request));
        endpoint::enqueue(&*self.queue, Direction::Inbound, &event, accepted).await
    }

    async fn tell(
        &self,
        integration: &IntegrationName,
        contact: ContactId,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        if let Err(refusal) = self.authenticated(integration, request).await {
            return refusal;
        }
        status::answer(&*self.store, integration, contact, self.clock.now()).await
    }

    /// The body once its sender is proved, or the refusal.
    async fn authenticated(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
    ) -> Result<Verified, Response<Bytes>> {
        let now = self.clock.now();
        let proof = |body: Unverified, headers: &HeaderMap, settings: &Versions<ReceiveConfig>| {
            authentication::verify(body, headers, settings, now)
        };
        let proved = caller::prove(&self.settings, integration, request, BODY_LIMIT, proof);
        proved.await.map(|(_, body)| body)
    }

    fn event(
        &self,
        integration: &IntegrationName,
        event: InboundEvent,
        trace: TraceId,
    ) -> QueuedEvent {
        let accepted_at = self.clock.now();
        if event.time.is_some() && event.credible_time(accepted_at).is_none() {
            telemetry::time_replaced(integration, &event.id, &trace);
        }
        QueuedEvent {
            integration: integration.clone(),
            contact: Some(event.contact.id.clone()),
            identity: identity::of(&event),
            accepted_at,
            trace,
            redrive: 0,
            first_accepted_at: None,
            payload: Payload::Lynn(Box::new(event)),
        }
    }
}

/// A missing content type is let through: some flows' web requests cannot set it.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let Ok(text) = value.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}
