//! Accepts what Genesys Cloud sends: verifies the signature, enqueues, answers.
//!
//! Rules: nothing is answered 2xx before it is durable, and an authentic webhook is never refused for its content, since Genesys
//! would end the conversation over it. It never calls anybody but the queue.

mod identity;
mod needs;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use shared::config::ReceiveConfig;
use shared::delivery::event::{Payload, QueuedEvent, Raw};
use shared::endpoint;
use shared::genesys::signature::{self, Rejection};
use shared::ids::{IntegrationName, TraceId};
use shared::ports::{Clock, Direction, Queue};
use shared::problem;
use shared::settings::{Settings, Versions};
use shared::verified::{Unverified, Verified};

pub use needs::NEEDS;

/// The largest body taken, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// The endpoint `POST /genesys/{integration}`.
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
            (["health"], &Method::GET) => endpoint::health(),
            (["health"], _) => problem::method_not_allowed("GET"),
            (["genesys", integration], &Method::POST) => {
                self.accept(&IntegrationName::new(*integration), &request).await
            }
            (["genesys", _], _) => problem::method_not_allowed("POST"),
            _ => problem::not_found(),
        }
    }

    async fn accept(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let settings = match self.settings.get(integration).await {
            Ok(settings) => settings,
            Err(error) => return endpoint::unconfigured(&error),
        };
        if request.body().len() > BODY_LIMIT {
            return problem::too_large(BODY_LIMIT);
        }
        let body = match self.verify(integration, &settings, request).await {
            Ok(body) => body,
            Err(rejection) => {
                tracing::warn!(
                    event.name = "rejected",
                    integration = integration.as_str(),
                    reason = %rejection,
                    "A webhook was refused."
                );
                return problem::unauthenticated();
            }
        };
        let Some(config) = settings.first() else { return problem::unknown_integration() };
        let event = self.event(config, &body, endpoint::trace(request));
        let mut accepted = Response::new(Bytes::new());
        *accepted.status_mut() = StatusCode::OK;
        endpoint::enqueue(&*self.queue, Direction::Outbound, &event, accepted).await
    }

    /// A wrong signature may mean that the secret has just been changed, so it is read once more.
    async fn verify(
        &self,
        integration: &IntegrationName,
        settings: &Versions<ReceiveConfig>,
        request: &Request<Bytes>,
    ) -> Result<Verified, Rejection> {
        let first = prove(settings, request);
        if first.is_ok() {
            return first;
        }
        match self.settings.refreshed(integration, settings).await {
            Ok(Some(newer)) => prove(&newer, request),
            _ => first,
        }
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
            payload: Payload::Genesys(Raw(text)),
        }
    }
}

fn prove(
    settings: &Versions<ReceiveConfig>,
    request: &Request<Bytes>,
) -> Result<Verified, Rejection> {
    let header = request.headers().get(signature::HEADER).map(http::HeaderValue::as_bytes);
    let secrets = settings.iter().flat_map(|config| config.webhook_secrets.iter());
    signature::verify(Unverified::new(request.body().clone()), header, secrets)
}
