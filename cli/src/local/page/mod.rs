//! The page and its routes.
//!
//! Rule: no text of a message becomes markup.

mod assets;
mod stream;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
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
use super::traffic::Side;
use crate::http_server::{Payload, RequestHandler, whole};
use crate::page;
use crate::router::contract;
use crate::samples::{SIGNING_SECRET, WEBHOOK_SECRET};

/// Enough for a long message and its frame.
const BODY_LIMIT: usize = 1024 * 1024;

pub struct Page {
    playground: Arc<Playground>,
    stream: Stream,
    recording: Option<Arc<Recording>>,
}

/// What the page asks to be done.
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
            path if is_read => {
                page::file(assets::ASSETS, path).unwrap_or_else(problem::not_found).map(whole)
            }
            _ => problem::not_found().map(whole),
        };
        page::protected(answer)
    }
}

impl Page {
    pub fn new(
        playground: Arc<Playground>,
        state: Seen,
        recording: Option<Arc<Recording>>,
    ) -> Self {
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

    /// What does not change while the program runs.
    fn about(&self) -> Value {
        let cast = &self.playground.cast;
        let vendors = &cast.vendors;
        // The page shows no secret of a real side.
        let unless = |side, secret| (cast.real != Some(side)).then_some(secret);
        json!({
            "integration": cast.integration,
            "real": cast.real,
            "bridge": self.playground.bridge_url,
            "genesys": vendors.genesys.base_url(),
            "lynn": vendors.lynn.webhook_url(),
            "webhookSecret": unless(Side::Genesys, WEBHOOK_SECRET),
            "signingSecret": unless(Side::Lynn, SIGNING_SECRET),
            "records": self.recording.is_some(),
            "scenarios": scenario::library().unwrap_or_default(),
        })
    }
}
