//! The page and its routes.
//!
//! Rule: the page's own files are all that its browser loads, and no text of a message becomes
//! markup: the policy forbids scripts and styles in the page itself.

mod assets;
mod stream;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Either;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::problem;

use self::stream::Stream;
use super::acts::Act;
use super::playground::Playground;
use super::recording::Recording;
use super::scenario;
use super::state::Seen;
use crate::http_server::{Payload, RequestHandler, whole};
use crate::router::contract;
use crate::samples::{INTEGRATION, SIGNING_SECRET, WEBHOOK_SECRET};

/// Enough for a long message and its frame.
const BODY_LIMIT: usize = 1024 * 1024;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub struct Page {
    playground: Arc<Playground>,
    stream: Stream,
    recording: Option<Recording>,
}

/// A request of the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// In words, for a recording.
    #[serde(default)]
    words: String,
    act: Act,
}

#[async_trait]
impl RequestHandler for Page {
    fn body_limit(&self, _path: &str) -> usize {
        BODY_LIMIT
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        let is_read = matches!(request.method(), &Method::GET | &Method::HEAD);
        let answer = match request.uri().path() {
            "/api/events" if request.method() == Method::GET => self
                .stream
                .open(request.headers())
                .map(|events| Either::Right(Either::Right(events))),
            "/api/act" if request.method() == Method::POST => {
                self.act(request.body()).await.map(whole)
            }
            "/api/about" if is_read => problem::answer(StatusCode::OK, &self.about()).map(whole),
            "/openapi.yaml" if is_read => contract().map(whole),
            path if is_read => file(path).unwrap_or_else(problem::not_found).map(whole),
            _ => problem::not_found().map(whole),
        };
        protected(answer)
    }
}

impl Page {
    pub fn new(playground: Arc<Playground>, state: Seen, recording: Option<Recording>) -> Self {
        let stream = Stream::new(playground.traffic.clone(), state);
        Self { playground, stream, recording }
    }

    async fn act(&self, body: &[u8]) -> Response<Bytes> {
        let Wanted { words, act } = match serde_json::from_slice(body) {
            Ok(wanted) => wanted,
            Err(error) => {
                let detail = format!("Send words and act: {error}.");
                return problem::problem(StatusCode::BAD_REQUEST, "No act", &detail);
            }
        };
        if let Some(recording) = &self.recording
            && let Err(error) = recording.add(&words, &act)
        {
            let detail = crate::failure::words(&error);
            return problem::problem(StatusCode::INTERNAL_SERVER_ERROR, "Not recorded", &detail);
        }
        let done = act.perform(&self.playground).await;
        problem::answer(StatusCode::OK, &json!(done))
    }

    /// The facts that do not change while the program runs.
    fn about(&self) -> Value {
        let vendors = &self.playground.vendors;
        json!({
            "integration": INTEGRATION,
            "bridge": self.playground.bridge_url,
            "genesys": vendors.genesys.base_url(),
            "lynn": vendors.lynn.webhook_url(),
            "webhookSecret": WEBHOOK_SECRET,
            "signingSecret": SIGNING_SECRET,
            "records": self.recording.is_some(),
            "scenarios": scenario::library().unwrap_or_default(),
        })
    }
}

/// A file of the page.
fn file(path: &str) -> Option<Response<Bytes>> {
    let (mime, text) = assets::find(path)?;
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    Some(response)
}

fn protected(mut response: Response<Payload>) -> Response<Payload> {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
