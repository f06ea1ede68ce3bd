//! Accepts webhooks and lifecycle events of Genesys Cloud: verifies, enqueues, answers.
//!
//! Rules: the function answers 2xx only after the event is durable. It never refuses an authentic
//! webhook for its content, because Genesys would end the conversation over it. It calls only the
//! queue; a table in its own process is not a call.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod dedup_key;
mod find_contact;
mod probe;
mod requirements;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use delivery::accept::enqueue;
use delivery::event::{DedupKey, Payload, QueuedEvent, Raw};
use delivery::log;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::json;
use shared::caller;
use shared::config::ReceiveConfig;
use shared::content_encoding::{self, Unpackable};
use shared::endpoint;
use shared::genesys::lifecycle::{LifecycleEvent, NotLifecycle};
use shared::genesys::outbound::OutboundNotification;
use shared::genesys::{events_key, signature};
use shared::ids::{GenesysIntegrationId, IntegrationName, TraceId};
use shared::ports::{Clock, Direction, Queue, Store};
use shared::problem::{self, Answer};
use shared::refusal::{Endpoint, Rejected};
use shared::settings::{Settings, Versions};
use shared::verified::{Unverified, Verified};

pub use requirements::REQUIREMENTS;

use probe::Probe;

/// In bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// The endpoints `POST /genesys/{integration}` and `POST /genesys/{integration}/events`.
pub struct GenesysWebhook {
    pub settings: Arc<Settings<ReceiveConfig>>,
    pub queue: Arc<dyn Queue>,
    /// The store of conversations, only in a process that also holds the table, where a look-up is
    /// not a call.
    pub table: Option<Arc<dyn Store>>,
    pub clock: Arc<dyn Clock>,
}

impl GenesysWebhook {
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let Some(segments) = endpoint::segments(request.uri().path()) else {
            return problem::not_found();
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let answer = match (segments.as_slice(), request.method()) {
            (["health"], method) if endpoint::is_read(method) => Ok(endpoint::health()),
            (["health"], _) => Err(problem::method_not_allowed("GET, HEAD")),
            (["genesys", integration], &Method::POST) => {
                self.accept(&IntegrationName::new(*integration), &request).await
            }
            (["genesys", integration, "events"], &Method::POST) => {
                self.accept_event(&IntegrationName::new(*integration), &request).await
            }
            (["genesys", _] | ["genesys", _, "events"], _) => {
                Err(problem::method_not_allowed("POST"))
            }
            _ => Err(problem::not_found()),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }

    async fn accept(&self, integration: &IntegrationName, request: &Request<Bytes>) -> Answer {
        let (config, body) =
            self.authenticated(Endpoint::Genesys, integration, request, signed).await?;
        let body = match content_encoding::unpacked(&body, request.headers(), BODY_LIMIT) {
            Ok(body) => body,
            Err(Unpackable::TooLarge) => return Err(problem::too_large(BODY_LIMIT)),
            // Accept the authentic body unchanged: after a refusal, Genesys would end the
            // conversation over a header.
            Err(Unpackable::Unknown(_) | Unpackable::Broken) => body,
        };
        if let Some(probe) = Probe::of(body.bytes()) {
            return Ok(probe.answer(&config.name, self.clock.now()));
        }
        // An invalid UTF-8 byte costs one character, not the message.
        let text = String::from_utf8_lossy(body.bytes()).into_owned();
        let notification = OutboundNotification::parse(text.as_bytes()).ok();
        let trace = endpoint::trace(request);
        let config = self.addressed(config, notification.as_ref(), request, &trace).await;
        let (contact, dedup_key) =
            dedup_key::of(&text, notification.as_ref(), &config.integration_id);
        let (name, now) = (config.name.clone(), self.clock.now());
        let payload = Payload::Genesys(Raw(text));
        let event = QueuedEvent::accepted(name, contact, dedup_key, payload, trace, now);
        let mut accepted = Response::new(Bytes::new());
        *accepted.status_mut() = StatusCode::OK;
        Ok(enqueue(&*self.queue, Direction::Outbound, &event, accepted).await)
    }

    /// Events for other integrations are counted and acknowledged with 200. An unreadable event may
    /// be a loss. Only the operator can be told of it, in the log: Genesys shows no user the answer
    /// to a data action.
    async fn accept_event(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
    ) -> Answer {
        let (config, body) =
            self.authenticated(Endpoint::Events, integration, request, keyed).await?;
        let body = content_encoding::unpacked(&body, request.headers(), BODY_LIMIT)
            .map_err(|unpackable| unpackable.answer(BODY_LIMIT))?;
        let accepted = problem::answer(StatusCode::OK, &json!({ "status": "accepted" }));
        let mut event = match LifecycleEvent::parse(body.bytes(), self.clock.now()) {
            Ok(event) => event,
            Err(reason) => {
                match reason {
                    NotLifecycle::Unreadable { .. } => log::event_unreadable(
                        Some(&config.name),
                        &endpoint::trace(request),
                        &reason.to_string(),
                    ),
                    _ => log::not_ours(&reason.to_string()),
                }
                return Ok(accepted);
            }
        };
        let contact = find_contact::of(self.table.as_deref(), &config, &mut event).await;
        let (name, now) = (config.name.clone(), self.clock.now());
        let (dedup_key, payload) = (DedupKey::from(&event), Payload::Lifecycle(event));
        let trace = endpoint::trace(request);
        let event = QueuedEvent::accepted(name, contact, dedup_key, payload, trace, now);
        Ok(enqueue(&*self.queue, Direction::Outbound, &event, accepted).await)
    }

    /// Returns the current configuration and the body of an authenticated request, or the refusal.
    async fn authenticated<E: Rejected>(
        &self,
        endpoint: Endpoint,
        integration: &IntegrationName,
        request: &Request<Bytes>,
        proof: impl Fn(Unverified, &HeaderMap, &Versions<ReceiveConfig>) -> Result<Verified, E>,
    ) -> Result<(Arc<ReceiveConfig>, Verified), Response<Bytes>> {
        let (settings, body) =
            caller::prove(endpoint, &self.settings, integration, request, BODY_LIMIT, proof)
                .await?;
        let config = settings.first().cloned().ok_or_else(problem::unknown_integration)?;
        Ok((config, body))
    }

    /// The integration of a webhook: that of its address. Exception: the webhook names the channel
    /// of another integration, and is signed with that integration's secret too.
    async fn addressed(
        &self,
        config: Arc<ReceiveConfig>,
        notification: Option<&OutboundNotification>,
        request: &Request<Bytes>,
        trace: &TraceId,
    ) -> Arc<ReceiveConfig> {
        let channel = notification.and_then(|notification| notification.channel.id.as_ref());
        let Some(channel) = channel.filter(|channel| !config.integration_id.is(channel.as_str()))
        else {
            return config;
        };
        let other = self.signed_by(channel, request).await;
        tracing::warn!(
            event.name = "foreign_channel",
            integration = config.name.as_str(),
            delivered.integration = other.as_ref().unwrap_or(&config).name.as_str(),
            trace.id = trace.as_str(),
            "A webhook names the channel of another integration; compare the addresses of the Open Messaging integrations."
        );
        other.unwrap_or(config)
    }

    async fn signed_by(
        &self,
        channel: &GenesysIntegrationId,
        request: &Request<Bytes>,
    ) -> Option<Arc<ReceiveConfig>> {
        let is_its = |other: &ReceiveConfig| other.integration_id.is(channel.as_str());
        let found = self.settings.find(is_its).await;
        let versions = self.settings.get(found.names.first()?).await.ok()?;
        let current = versions.first().filter(|other| other.integration_id.is(channel.as_str()))?;
        let body = Unverified::new(request.body().clone());
        signed(body, request.headers(), &versions).ok().map(|_| Arc::clone(current))
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

/// An event is proved by the key that its workflow has.
fn keyed(
    body: Unverified,
    headers: &HeaderMap,
    settings: &Versions<ReceiveConfig>,
) -> Result<Verified, events_key::Rejection> {
    let header = headers.get(events_key::HEADER).map(http::HeaderValue::as_bytes);
    events_key::verify(body, header, settings)
}
