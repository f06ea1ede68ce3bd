//! The vendors as callers: Genesys' webhook and Lynn's posts, both with repeats, and the event bus.

use std::sync::Arc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, Request};
use secrecy::SecretString;
use serde_json::Value;
use shared::genesys::{events_key, signature};
use shared::ids::TraceId;
use shared::lynn::authentication::KEY_HEADER;
use shared::standard_webhooks::{ID_HEADER, SIGNATURE_HEADER, SigningSecret, TIMESTAMP_HEADER};

use crate::canaries::INTEGRATIONS;
use crate::configuration;
use crate::genesys;
use crate::lock;
use crate::requests::{self, Endpoint};
use crate::run::Simulation;
use crate::scenario::{FaultKind, Port};
use crate::speech::{self, Written};

/// How often Genesys repeats a webhook.
const GENESYS_REPEATS: u32 = 5;
/// The pause between repeats, in milliseconds.
const GENESYS_PAUSE: i64 = 5_000;
/// How often Lynn repeats a post: the API tells Lynn to repeat.
const LYNN_REPEATS: u32 = 6;
const LYNN_PAUSE: i64 = 3_000;
/// How often the bus hands over an event again.
const BUS_REPEATS: u32 = 8;
const BUS_PAUSE: i64 = 4_000;

/// A request that a vendor posts.
#[derive(Clone)]
pub(crate) struct Post {
    pub(crate) endpoint: Endpoint,
    pub(crate) integration: usize,
    /// The id by which the checks recognise the post.
    pub(crate) id: String,
    pub(crate) body: Bytes,
}

impl Post {
    pub(crate) fn lynn(integration: usize, id: String, body: &Value) -> Self {
        Self { endpoint: Endpoint::Lynn, integration, id, body: Bytes::from(body.to_string()) }
    }

    pub(crate) fn genesys(integration: usize, id: String, body: &Value) -> Self {
        Self { endpoint: Endpoint::Webhook, integration, id, body: Bytes::from(body.to_string()) }
    }
}

/// The coverage name of a repeated post.
fn posted_again(endpoint: Endpoint) -> String {
    format!("repeat to {endpoint:?}")
}

/// The cases that the vendors' calls must exercise, besides the faults.
pub(crate) fn wanted() -> Vec<String> {
    [Endpoint::Lynn, Endpoint::Webhook, Endpoint::Events].map(posted_again).to_vec()
}

/// The result of a post.
#[derive(Clone)]
pub(crate) struct Posted {
    pub(crate) endpoint: Endpoint,
    pub(crate) integration: usize,
    pub(crate) id: String,
    /// Whether the endpoint answered 2xx.
    pub(crate) accepted: bool,
    /// For an event of a conversation's life: whether the bridge knew the conversation at that
    /// time.
    pub(crate) known: bool,
}

/// Posts the request until the endpoint accepts it or the vendor has used all its repeats.
pub(crate) fn post(simulation: &Arc<Simulation>, post: Post) {
    post_later(simulation, post, 0);
}

/// The same as [`post`], after a delay in milliseconds.
pub(crate) fn post_later(simulation: &Arc<Simulation>, post: Post, after: i64) {
    let place = {
        let mut posts = lock(&simulation.posts);
        let (endpoint, integration, id) = (post.endpoint, post.integration, post.id.clone());
        posts.push(Posted { endpoint, integration, id, accepted: false, known: false });
        posts.len() - 1
    };
    let simulation_of_task = Arc::clone(simulation);
    simulation.environment.spawn(None, async move {
        let simulation = simulation_of_task;
        simulation.environment.sleep(after).await;
        // An earlier attempt without an answer may have queued a copy that belonged to no
        // conversation then. For some time the queue drops further copies as duplicates.
        let known = simulation.knows_conversation(&post.id);
        let accepted = until_accepted(&simulation, &post).await;
        let known = known && simulation.knows_conversation(&post.id);
        if let Some(posted) = lock(&simulation.posts).get_mut(place) {
            posted.accepted |= accepted;
            posted.known = known;
        }
    });
}

async fn until_accepted(simulation: &Arc<Simulation>, post: &Post) -> bool {
    let (repeats, pause) = match post.endpoint {
        Endpoint::Lynn => (LYNN_REPEATS, LYNN_PAUSE),
        Endpoint::Webhook | Endpoint::Events => (GENESYS_REPEATS, GENESYS_PAUSE),
    };
    for repeat in 0..=repeats {
        if repeat > 0 {
            simulation.environment.sleep(pause).await;
            lock(&simulation.environment.coverage).count(posted_again(post.endpoint));
        }
        let fault_kind = simulation.environment.fault_kind(Port::Request);
        if fault_kind == Some(FaultKind::Twice) {
            let (copy, other) = (Arc::clone(simulation), post.clone());
            simulation.environment.spawn(None, async move {
                requests::send(&copy, &other, None).await;
            });
        }
        match requests::send(simulation, post, fault_kind).await {
            Some(200..=299) => return true,
            Some(429 | 500..=599) | None => {}
            Some(status) => {
                let (endpoint, id) = (post.endpoint, &post.id);
                simulation.environment.broken(|| {
                    format!("an authentic post to {endpoint:?} is answered {status}: {id}")
                });
                return false;
            }
        }
    }
    false
}

/// Whether a post needs a token: it is a call of Open Messaging.
pub(crate) fn needs_token(simulation: &Simulation, post: &Post) -> bool {
    post.endpoint == Endpoint::Lynn && written(simulation, post).resource.is_some()
}

/// The token call of an integration's Lynn, with the secret that it uses now.
pub(crate) fn token_request(simulation: &Simulation, integration: usize) -> Option<Request<Bytes>> {
    let secret = configuration::lynn_key(integration, simulation.vendors_versions(integration).key);
    let client = speech::client_id(integration);
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    Request::post("/oauth/token").body(Bytes::from(form)).ok()
}

fn written(simulation: &Simulation, post: &Post) -> Written {
    let event = serde_json::from_slice(&post.body).unwrap_or_default();
    speech::written(simulation.setup(post.integration).speech, event)
}

/// Builds the request of a post, with the credentials that its vendor uses now.
pub(crate) fn request(
    simulation: &Arc<Simulation>,
    post: &Post,
    token: Option<&str>,
) -> Option<Request<Bytes>> {
    let integration = post.integration;
    let mut body = post.body.clone();
    let versions = simulation.vendors_versions(integration);
    let name = INTEGRATIONS[integration % INTEGRATIONS.len()];
    let value = |text: &str| HeaderValue::from_str(text).ok();
    let mut headers = HeaderMap::new();
    let path = match post.endpoint {
        Endpoint::Webhook => {
            let secret = configuration::webhook_secret(integration, versions.webhook);
            headers.insert(signature::HEADER, value(&signature::sign(&secret, &post.body))?);
            format!("/genesys/{name}")
        }
        Endpoint::Events => {
            headers.insert(events_key::HEADER, value(&configuration::events_key(integration))?);
            format!("/genesys/{name}/events")
        }
        Endpoint::Lynn => {
            let written = written(simulation, post);
            body = Bytes::from(written.body.to_string());
            if let Some(token) = token {
                headers.insert(AUTHORIZATION, value(&format!("Bearer {token}"))?);
            } else if simulation.setup(integration).lynn_signs {
                let secret = configuration::lynn_signing(integration, versions.key);
                let seconds = simulation.environment.time().seconds();
                let signature = SigningSecret::parse(&secret)?.sign(&post.id, seconds, &body);
                headers.insert(SIGNATURE_HEADER, value(&signature)?);
                headers.insert(ID_HEADER, value(&post.id)?);
                headers.insert(TIMESTAMP_HEADER, HeaderValue::from(seconds));
            } else {
                let key = SecretString::from(configuration::lynn_key(integration, versions.key));
                headers.insert(KEY_HEADER, value(secrecy::ExposeSecret::expose_secret(&key))?);
            }
            match written.resource {
                None => format!("/lynn/{name}"),
                Some(resource) => {
                    let id = configuration::genesys_integration(integration);
                    format!("/api/v2/conversations/messages/{id}/inbound/open/{resource}")
                }
            }
        }
    };
    let mut request = Request::builder().method(Method::POST).uri(path).body(body).ok()?;
    *request.headers_mut() = headers;
    request.extensions_mut().insert(TraceId::new(format!("trace-{}", post.id)));
    Some(request)
}

/// Reports an event of a conversation's life as Genesys does: late, sometimes twice, in any order.
pub(crate) fn event(simulation: &Arc<Simulation>, integration: usize, event: &Value) {
    let after = simulation.environment.random(|random| {
        if random.one_in(4) { random.between(0, 9_000) } else { random.between(0, 300) }
    });
    let id = event_id(event);
    let body = Bytes::from(event.to_string());
    if !simulation.scenario.setup.events_by_bus {
        let post = Post { endpoint: Endpoint::Events, integration, id, body };
        post_later(simulation, post, after);
        return;
    }
    let fault_kind = simulation.environment.fault_kind(Port::Bus);
    let copies = if fault_kind == Some(FaultKind::Twice) { 2 } else { 1 };
    for copy in 0..copies {
        let (task, body, id) = (Arc::clone(simulation), body.clone(), id.clone());
        let trace = format!("event-{id}");
        simulation.environment.spawn(None, async move {
            task.environment.sleep(after + copy * 700).await;
            if fault_kind == Some(FaultKind::SlowBefore) {
                task.environment.sleep(20_000).await;
            }
            for repeat in 0..BUS_REPEATS {
                let lost = repeat == 0 && fault_kind == Some(FaultKind::FailsBefore);
                let known = task.knows_conversation(&id);
                if !lost && requests::hand_over(&task, &body, TraceId::new(trace.clone())).await {
                    let known = known && task.knows_conversation(&id);
                    // Events of conversations that the bridge does not know are ignored.
                    lock(&task.posts).extend(known.then_some(Posted {
                        endpoint: Endpoint::Events,
                        integration,
                        id,
                        accepted: true,
                        known,
                    }));
                    return;
                }
                task.environment.sleep(BUS_PAUSE << repeat.min(4)).await;
            }
            lock(&task.environment.coverage)
                .count("vendor event given to its own dead-letter queue".to_owned());
        });
    }
}

/// Identifies an event by conversation, kind and time, like the bridge's own identity of it.
fn event_id(event: &Value) -> String {
    let topic = genesys::text(event, "/detail/topicName");
    let kind = topic.splitn(6, '.').nth(5).unwrap_or_default();
    let conversation = genesys::text(event, "/detail/eventBody/conversationId");
    let at = event.pointer("/detail/eventBody/eventTime").and_then(Value::as_i64);
    format!("{conversation}#{kind}#{}", at.unwrap_or_default())
}
