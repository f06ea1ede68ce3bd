//! The page: both transcripts side by side, a box for the customer and a box for the agent.
//!
//! Rule: it acts only through the simulated vendors, so that every word takes the real way through the bridge.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use shared::problem;
use simulators::{GenesysSimulator, TranscriptLine};
use uuid::Uuid;

use crate::http_server::{Answer, Payload, whole};
use crate::samples::Stage;

const HTML: &str = include_str!("page.html");
/// A chat line and its frame.
const BODY_LIMIT: usize = 64 * 1024;

/// The page over a stage.
pub struct Page {
    /// What it plays on.
    pub stage: Arc<Stage>,
}

#[async_trait]
impl Answer for Page {
    fn body_limit(&self, _path: &str) -> usize {
        BODY_LIMIT
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        self.reply(request).await.map(whole)
    }
}

impl Page {
    async fn reply(&self, request: Request<Bytes>) -> Response<Bytes> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/") => html(),
            (&Method::GET | &Method::HEAD, "/transcripts") => {
                problem::answer(StatusCode::OK, &self.transcripts())
            }
            (&Method::POST, path @ ("/customer" | "/agent")) if is_same_origin(&request) => {
                match serde_json::from_slice::<Value>(request.body()) {
                    Ok(body) => self.say(path, &body).await,
                    Err(_) => problem::problem(
                        StatusCode::BAD_REQUEST,
                        "Not JSON",
                        "Send contact and text.",
                    ),
                }
            }
            (&Method::POST, "/act") if is_same_origin(&request) => self.act(request.body()),
            (&Method::POST, "/customer" | "/agent" | "/act") => problem::problem(
                StatusCode::FORBIDDEN,
                "Another origin",
                "Only the page itself may send.",
            ),
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

/// The agent of the page.
const AGENT: &str = "agent";

/// What the buttons do, by name.
const ACTS: [(&str, Act); 5] = [
    ("queue", |genesys, contact| genesys.queue_waits(contact).len()),
    ("answer", |genesys, contact| genesys.agent_answers(contact, AGENT).len()),
    ("transfer", |genesys, contact| genesys.agent_transfers_to_queue(contact, AGENT).len()),
    ("end", |genesys, contact| genesys.agent_ends(contact, AGENT).len()),
    ("timeout", |genesys, contact| genesys.customer_disappears(contact).len()),
];

/// Does something at Genesys and says how many events came of it.
type Act = fn(&GenesysSimulator, &str) -> usize;

/// Another page in the same browser must not be able to speak here, not even under a name that it has pointed to this machine.
fn is_same_origin(request: &Request<Bytes>) -> bool {
    let header =
        |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(host) = header(HOST) else { return false };
    let here = host == "localhost"
        || host.starts_with("localhost:")
        || host.parse::<std::net::SocketAddr>().is_ok_and(|address| address.ip().is_loopback());
    here && header(ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host))
}

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
