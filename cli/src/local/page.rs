//! The page: both transcripts side by side, a box for the customer and a box for the agent.
//!
//! Rule: it acts only through the simulated vendors, so that every message takes the real way
//! through the bridge.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use shared::problem;
use simulators::{GenesysSimulator, TranscriptLine};
use uuid::Uuid;

use crate::http_server::{Payload, RequestHandler, whole};
use crate::router::contract;
use crate::samples::Stage;

const HTML: &str = include_str!("page.html");
/// Enough for a chat line and its frame.
const BODY_LIMIT: usize = 64 * 1024;

pub struct Page {
    stage: Arc<Stage>,
}

#[async_trait]
impl RequestHandler for Page {
    fn body_limit(&self, _path: &str) -> usize {
        BODY_LIMIT
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        self.reply(request).await.map(whole)
    }
}

impl Page {
    pub fn new(stage: Arc<Stage>) -> Self {
        Self { stage }
    }

    async fn reply(&self, request: Request<Bytes>) -> Response<Bytes> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/") => html(),
            (&Method::GET | &Method::HEAD, "/transcripts") => {
                problem::answer(StatusCode::OK, &self.transcripts())
            }
            (&Method::GET | &Method::HEAD, "/openapi.yaml") => contract(),
            (&Method::POST, path @ ("/customer" | "/agent")) => {
                match serde_json::from_slice::<Value>(request.body()) {
                    Ok(body) => self.say(path, &body).await,
                    Err(_) => problem::problem(
                        StatusCode::BAD_REQUEST,
                        "Not JSON",
                        "Send contact and text.",
                    ),
                }
            }
            (&Method::POST, "/act") => self.act(request.body()),
            _ => problem::not_found(),
        }
    }

    fn transcripts(&self) -> Value {
        json!({ "lynn": lines(&self.stage.lynn.transcript()), "genesys": lines(&self.stage.genesys.transcript()) })
    }

    fn act(&self, body: &[u8]) -> Response<Bytes> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let act = ACTS.iter().find(|(name, _)| body["act"] == *name);
        let (Some((_, act)), Some(contact)) = (act, body["contact"].as_str()) else {
            return problem::problem(
                StatusCode::BAD_REQUEST,
                "Incomplete",
                "Send contact and act.",
            );
        };
        let accepted = act(&self.stage.genesys, contact) > 0;
        problem::answer(StatusCode::OK, &json!({ "accepted": accepted }))
    }

    async fn say(&self, path: &str, body: &Value) -> Response<Bytes> {
        let (Some(contact), Some(text)) = (body["contact"].as_str(), body["text"].as_str()) else {
            return problem::problem(
                StatusCode::BAD_REQUEST,
                "Incomplete",
                "Send contact and text.",
            );
        };
        let accepted = if path == "/customer" {
            let id = Uuid::now_v7().to_string();
            self.stage.lynn.customer_says(contact, &id, text).await.is_success()
        } else {
            self.stage.genesys.agent_says(contact, text).await.delivered
        };
        problem::answer(StatusCode::OK, &json!({ "accepted": accepted }))
    }
}

const AGENT: &str = "agent";

/// The actions of the buttons, by name.
const ACTS: [(&str, Act); 5] = [
    ("queue", |genesys, contact| genesys.queue_waits(contact).len()),
    ("answer", |genesys, contact| genesys.agent_answers(contact, AGENT).len()),
    ("transfer", |genesys, contact| genesys.agent_transfers_to_queue(contact, AGENT).len()),
    ("end", |genesys, contact| genesys.agent_ends(contact, AGENT).len()),
    ("timeout", |genesys, contact| genesys.customer_disappears(contact).len()),
];

/// Does something at Genesys and returns how many events followed.
type Act = fn(&GenesysSimulator, &str) -> usize;

fn lines(lines: &[TranscriptLine]) -> Vec<Value> {
    lines
        .iter()
        .map(|line| json!({ "time": line.time, "contact": line.contact, "author": line.author, "text": line.text }))
        .collect()
}

fn html() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(HTML.as_bytes()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
