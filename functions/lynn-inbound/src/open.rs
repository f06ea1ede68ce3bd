//! The routes of Genesys' Open Messaging, for a Lynn that speaks it: a token, and the four
//! requests.
//!
//! Rule: a client learns nothing of an integration that it may not use.

use std::sync::Arc;

use bytes::Bytes;
use delivery::accept::enqueue;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response, StatusCode};
use serde_json::json;
use shared::caller;
use shared::config::ReceiveConfig;
use shared::content_encoding::{self, Unpackable};
use shared::endpoint;
use shared::error::chain;
use shared::ids::{ContactId, GenesysConversationId};
use shared::lynn::inbound::{InboundEvent, OpenResource, new_id};
use shared::open_messaging::{self, BODY_LIMIT, Credentials, Denied, Grant, Invalid, denied};
use shared::ports::Direction;
use shared::problem::{self, Answer};
use shared::refusal::Endpoint;
use shared::settings::Versions;
use shared::verified::{Unverified, Verified};

use crate::LynnInbound;
use crate::status::Asked;

impl LynnInbound {
    /// `POST /oauth/token`.
    pub(crate) async fn grant(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if request.body().len() > BODY_LIMIT {
            return open_messaging::from_problem(&problem::too_large(BODY_LIMIT));
        }
        let client = match open_messaging::grant(request.headers(), request.body()) {
            Grant::Unsupported => return denied(Denied::UnsupportedGrant),
            Grant::Incomplete => return denied(Denied::UnknownClient),
            Grant::Client(client) => client,
        };
        match self.token(request, &client).await {
            Ok(token) => problem::answer(
                StatusCode::OK,
                &json!({
                    "access_token": token,
                    "token_type": "bearer",
                    "expires_in": open_messaging::LIFETIME_SECONDS,
                }),
            ),
            Err(why) => denied(why),
        }
    }

    /// The call does not say which integration is meant: the client's id does.
    async fn token(
        &self,
        request: &Request<Bytes>,
        client: &Credentials,
    ) -> Result<String, Denied> {
        let proves = |config: &ReceiveConfig| client.prove_to(config);
        let mut found = self.settings.search(proves).await;
        if found.names.is_empty() {
            found = self.settings.search(|config| client.is_known_to(config)).await;
        }
        let mut why = if found.is_complete { Denied::UnknownClient } else { Denied::Unavailable };
        for integration in &found.names {
            let proof = |body: Unverified, _: &HeaderMap, versions: &Versions<ReceiveConfig>| {
                client.prove(body, versions)
            };
            let proved = caller::prove(
                Endpoint::Oauth,
                &self.settings,
                integration,
                request,
                BODY_LIMIT,
                proof,
            );
            match proved.await {
                Ok(_) => {
                    return Ok(open_messaging::granted(integration, client, self.clock.now()));
                }
                Err(refusal) if refusal.status() == StatusCode::UNAUTHORIZED => {
                    why = Denied::WrongSecret;
                }
                Err(refusal) if refusal.status() == StatusCode::SERVICE_UNAVAILABLE => {
                    why = Denied::Unavailable;
                }
                Err(_) => {}
            }
        }
        Err(why)
    }

    /// `POST /api/v2/conversations/messages/{integrationId}/inbound/open/{resource}`.
    pub(crate) async fn open(
        &self,
        integration_id: &str,
        resource: &str,
        request: &Request<Bytes>,
    ) -> Answer {
        let (config, body) = self.admitted(integration_id, request).await?;
        let resource = OpenResource::of(resource).ok_or_else(open_messaging::not_found)?;
        if !says_json(request.headers()) {
            return Err(open_messaging::from_problem(&problem::not_json(None)));
        }
        let body = content_encoding::unpacked(&body, request.headers(), BODY_LIMIT)
            .map_err(|error| unpackable(&error))?;
        let invalid = |error: Invalid| open_messaging::bad_request(&error.to_string());
        let prefetches = open_messaging::prefetches(request.uri().query()).map_err(invalid)?;
        let new_id = || new_id(self.clock.now(), [self.clock.random(), self.clock.random()]);
        let event = open_messaging::read(resource, body.bytes(), new_id).map_err(invalid)?;
        let accepted = event.clone();
        let named = (&config.name, config.conversation_per);
        let queued = self.event(named, event, endpoint::trace(request));
        let stored = Response::new(Bytes::new());
        let stored = enqueue(&*self.queue, Direction::Inbound, &queued, stored).await;
        if stored.status() != StatusCode::OK {
            return Err(open_messaging::from_problem(&stored));
        }
        let asks = prefetches && resource == OpenResource::Message;
        let contact = &accepted.contact.id;
        let conversation = if asks { self.conversation_of(&config, contact).await } else { None };
        Ok(self.answer(&config, &accepted, conversation.as_ref()))
    }

    fn answer(
        &self,
        config: &ReceiveConfig,
        event: &InboundEvent,
        conversation: Option<&GenesysConversationId>,
    ) -> Response<Bytes> {
        let id = &config.integration_id;
        let answer = open_messaging::accepted(event, id, conversation, self.clock.now());
        problem::answer(StatusCode::OK, &answer)
    }

    /// The integration that the path names, and the body of a client that may use it.
    async fn admitted(
        &self,
        integration_id: &str,
        request: &Request<Bytes>,
    ) -> Result<(Arc<ReceiveConfig>, Verified), Response<Bytes>> {
        let now = self.clock.now();
        let (claims, token) = open_messaging::bearer(request.headers()).map_err(|rejection| {
            caller::log_rejection(Endpoint::Oauth, &self.settings, None, request, &rejection);
            open_messaging::unauthenticated()
        })?;
        let proof = |body: Unverified, _: &HeaderMap, versions: &Versions<ReceiveConfig>| {
            open_messaging::verify(body, token, &claims, versions, now)
        };
        let proved = caller::prove(
            Endpoint::Oauth,
            &self.settings,
            &claims.integration,
            request,
            BODY_LIMIT,
            proof,
        );
        let (versions, body) = proved.await.map_err(|refusal| match refusal.status() {
            // The name is a part of the token, so an unknown one is a wrong token.
            StatusCode::NOT_FOUND => open_messaging::unauthenticated(),
            _ => open_messaging::from_problem(&refusal),
        })?;
        let current = versions.first().cloned().ok_or_else(open_messaging::not_found)?;
        if current.integration_id.is(integration_id) {
            return Ok((current, body));
        }
        // The same client may be configured for other integrations too, as at Genesys.
        let client = open_messaging::client_of(token, &claims, &versions, now);
        let client = client.ok_or_else(open_messaging::not_found)?;
        let allows = |config: &ReceiveConfig| {
            config.integration_id.is(integration_id) && client.prove_to(config)
        };
        let found = self.settings.find(allows).await;
        let Some(name) = found.names.first() else {
            return Err(match found.is_complete {
                true => open_messaging::not_found(),
                false => open_messaging::from_problem(&problem::unverifiable()),
            });
        };
        let other = self.settings.current(name).await.map_err(|error| {
            open_messaging::from_problem(&endpoint::unconfigured(
                &self.settings,
                &error,
                request.method(),
            ))
        })?;
        if allows(&other) { Ok((other, body)) } else { Err(open_messaging::not_found()) }
    }

    /// The conversation of the contact, if it is open and Genesys has given its id. An answer
    /// without the id is allowed, so a failure is only logged.
    async fn conversation_of(
        &self,
        config: &ReceiveConfig,
        contact: &ContactId,
    ) -> Option<GenesysConversationId> {
        let per = config.conversation_per;
        let asked = Asked { integration: &config.name, contact, session: None, per };
        let (_, conversation) = match asked.state(&*self.store).await {
            Ok(found) => found?,
            Err(error) => {
                tracing::warn!(
                    event.name = "unread",
                    error = chain(&error),
                    "A conversation could not be read; the answer does not contain its id."
                );
                return None;
            }
        };
        conversation.is_open().then_some(conversation.genesys_conversation)?
    }
}

/// A request without a type may be JSON.
fn says_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json")
}

fn unpackable(error: &Unpackable) -> Response<Bytes> {
    open_messaging::from_problem(&error.answer(BODY_LIMIT))
}
