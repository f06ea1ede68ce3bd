//! Accepts events of Lynn: authenticates, validates, enqueues, answers.
//!
//! Rules: the function answers 2xx only after the event is durable. A body that breaks the contract
//! is refused with a list of all wrong fields. It calls only the queue, and reads conversations for
//! the `GET`, and for a client that asks for the conversation's id.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod availability;
mod copy_links;
mod dedup_key;
mod front;
mod inbound_template;
mod open;
mod requirements;
mod status;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use delivery::accept::enqueue;
use delivery::event::{Payload, QueuedEvent};
use delivery::log;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::json;
use shared::caller;
use shared::config::{ConversationPer, ReceiveConfig};
use shared::content_encoding;
use shared::endpoint;
use shared::ids::{ContactId, IntegrationName, TraceId};
use shared::lynn::authentication;
use shared::lynn::inbound::{Arrival, InboundEvent, Read, new_id, trimmed_id};
use shared::open_messaging;
use shared::ports::{Clock, Direction, Queue, Store};
use shared::problem::{self, Answer};
use shared::refusal::Endpoint;
use shared::settings::{Settings, Versions};
use shared::verified::{Unverified, Verified};

use self::availability::AvailabilityOf;
use self::inbound_template::Reads;
use self::status::{Asked, session};

pub use copy_links::CopyLinks;
pub use front::Front;
pub use inbound_template::{Made, query};
pub use requirements::REQUIREMENTS;

/// In bytes.
pub const BODY_LIMIT: usize = 256 * 1024;

/// The endpoints `POST /lynn/{integration}` and `GET
/// /lynn/{integration}/conversations/{contactId}`, and `GET /lynn/{integration}/availability`.
pub struct LynnInbound {
    pub settings: Arc<Settings<ReceiveConfig>>,
    pub queue: Arc<dyn Queue>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
}

impl LynnInbound {
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let Some(segments) = endpoint::segments(request.uri().path()) else {
            return problem::not_found();
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let answer = match (segments.as_slice(), request.method()) {
            (["health"], method) if endpoint::is_read(method) => Ok(endpoint::health()),
            (["health"], _) => Err(problem::method_not_allowed("GET, HEAD")),
            (["lynn", integration], &Method::POST) => {
                self.accept(&IntegrationName::new(*integration), &request).await
            }
            (["lynn", _], _) => Err(problem::method_not_allowed("POST")),
            // API Gateway decodes the path, so a contact id with a slash arrives as two segments.
            (["lynn", integration, "conversations", contact @ ..], method)
                if !contact.is_empty() && endpoint::is_read(method) =>
            {
                // Trim the id as in an event.
                let contact = ContactId::new(trimmed_id(&contact.join("/")));
                self.tell(&IntegrationName::new(*integration), &contact, &request).await
            }
            (["lynn", integration, "availability"], method) if endpoint::is_read(method) => {
                self.tell_availability(&IntegrationName::new(*integration), &request).await
            }
            (["lynn", _, "availability"], _) => Err(problem::method_not_allowed("GET, HEAD")),
            (["lynn", _, "conversations", _, ..], _) => {
                Err(problem::method_not_allowed("GET, HEAD"))
            }
            (["oauth", "token"], &Method::POST) => Ok(self.grant(&request).await),
            (
                ["api", "v2", "conversations", "messages", id, "inbound", "open", resource @ ..],
                &Method::POST,
            ) => self.open(id, &resource.join("/"), &request).await,
            (["oauth", "token"], _)
            | (["api", "v2", "conversations", "messages", _, "inbound", "open", ..], _) => {
                Err(open_messaging::from_problem(&problem::method_not_allowed("POST")))
            }
            (["api" | "oauth", ..], _) => Err(open_messaging::not_found()),
            _ => Err(problem::not_found()),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }

    async fn accept(&self, integration: &IntegrationName, request: &Request<Bytes>) -> Answer {
        let (settings, body) = self.authenticated(integration, request).await?;
        let body = content_encoding::unpacked(&body, request.headers(), BODY_LIMIT)
            .map_err(|unpackable| unpackable.answer(BODY_LIMIT))?;
        let new_id = || new_id(self.clock.now(), [self.clock.random(), self.clock.random()]);
        let settings = self.with_usable_template(integration, settings).await;
        let current = settings.first();
        let per = current.map(|config| config.conversation_per).unwrap_or_default();
        let template = current.and_then(|config| templates::inbound(config));
        let reads = match template {
            None => InboundEvent::read(body.bytes(), &Arrival::of(request.headers()), new_id)
                .map(|read| Reads { events: vec![read], is_list: false, made: None })
                .map_err(|refused| inbound_template::refusal(&refused))?,
            Some(template) => {
                inbound_template::events(integration, template, request, &body, &new_id)
                    .map_err(|refusal| *refusal)?
            }
        };
        Ok(self.enqueued((integration, per), reads, endpoint::trace(request)).await)
    }

    /// The settings. If their template cannot be used, reads them again, at most every 10 s, since
    /// the operator may have repaired it.
    async fn with_usable_template(
        &self,
        integration: &IntegrationName,
        settings: Versions<ReceiveConfig>,
    ) -> Versions<ReceiveConfig> {
        let template = settings.first().and_then(|config| templates::inbound(config));
        if template.is_none_or(|template| template.faults().0.is_empty()) {
            return settings;
        }
        match self.settings.refreshed(integration, &settings).await {
            Ok(Some(newer)) => newer,
            Ok(None) | Err(_) => settings,
        }
    }

    /// Answers 202 once every event is durable. If the queue refuses one of them, the caller sends
    /// all of them again, and those that are stored already have no second effect.
    async fn enqueued(
        &self,
        (integration, per): (&IntegrationName, ConversationPer),
        reads: Reads,
        trace: TraceId,
    ) -> Response<Bytes> {
        let ids: Vec<_> = reads.events.iter().map(|read| read.event.id.clone()).collect();
        let mut accepted = json!({ "id": ids.first(), "status": "accepted" });
        if reads.is_list {
            accepted["ids"] = json!(ids);
        }
        let mut answer = problem::answer(StatusCode::ACCEPTED, &accepted);
        if let Some(made) = reads.made {
            answer.extensions_mut().insert(made);
        }
        for Read { event, left_out, replaced } in reads.events {
            let event = self.event((integration, per), event, trace.clone());
            if !left_out.is_empty() {
                log::left_out(&event, &left_out);
            }
            if replaced {
                log::characters_replaced(&event);
            }
            answer = enqueue(&*self.queue, Direction::Inbound, &event, answer).await;
            if answer.status() != StatusCode::ACCEPTED {
                break;
            }
        }
        answer
    }

    async fn tell(
        &self,
        integration: &IntegrationName,
        contact: &ContactId,
        request: &Request<Bytes>,
    ) -> Answer {
        let (settings, _) = self.authenticated(integration, request).await?;
        let per = settings.first().map(|config| config.conversation_per).unwrap_or_default();
        let asked = Asked { integration, contact, session: session(request.uri().query()), per };
        Ok(status::answer(&*self.store, &asked, self.clock.now()).await)
    }

    async fn tell_availability(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
    ) -> Answer {
        let (settings, _) = self.authenticated(integration, request).await?;
        let asked = AvailabilityOf {
            integration,
            queue_id: settings.first().and_then(|config| config.queue_id.as_deref()),
            queue: &*self.queue,
            store: &*self.store,
            clock: &*self.clock,
        };
        Ok(asked.answer(endpoint::trace(request)).await)
    }

    /// Returns the body of an authenticated request and the settings that proved it, or the
    /// refusal.
    async fn authenticated(
        &self,
        integration: &IntegrationName,
        request: &Request<Bytes>,
    ) -> Result<(Versions<ReceiveConfig>, Verified), Response<Bytes>> {
        let now = self.clock.now();
        let proof = |body: Unverified, headers: &HeaderMap, settings: &Versions<ReceiveConfig>| {
            authentication::verify(body, headers, settings, now)
        };
        caller::prove(Endpoint::Lynn, &self.settings, integration, request, BODY_LIMIT, proof).await
    }

    fn event(
        &self,
        (integration, per): (&IntegrationName, ConversationPer),
        event: InboundEvent,
        trace: TraceId,
    ) -> QueuedEvent {
        let accepted_at = self.clock.now();
        if event.time.is_some() && event.credible_time(accepted_at).is_none() {
            log::time_replaced(integration, &event.id, &trace);
        }
        let contact = Some(event.contact.id.clone());
        let dedup_key = dedup_key::of(&event);
        let payload = Payload::Lynn(Box::new(event));
        let event = QueuedEvent::accepted(
            integration.clone(),
            contact,
            dedup_key,
            payload,
            trace,
            accepted_at,
        );
        // The sender puts it into its session.
        QueuedEvent { unplaced: per == ConversationPer::Session, ..event }
    }
}
