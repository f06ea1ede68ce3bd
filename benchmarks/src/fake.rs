//! A fake AWS and two fake vendors in one server, which answers at once and counts the calls.
//!
//! Rule: it keeps the state that a conversation needs (queue entries, items), so that a second
//! message makes the calls of a running conversation. It checks nothing: the tests of the bridge do
//! that.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::events;
use crate::http::{self, Request, Response};
use crate::table::Table;
use crate::usage::Usage;

#[derive(Clone, Debug)]
pub struct Fake {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    usage: Usage,
    table: Table,
    entries: Vec<String>,
    messages: u64,
    new_messages: Vec<String>,
}

impl Fake {
    pub fn serve() -> Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let address = http::serve(move |request| locked(&shared).answer(request))?;
        Ok(Self { address, state })
    }

    /// The usage since the last call.
    pub fn take_usage(&self) -> Usage {
        std::mem::take(&mut locked(&self.state).usage)
    }

    /// The queue entries since the last call.
    pub fn take_entries(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.state).entries)
    }

    /// The ids that the fake Genesys gave to messages since the last call.
    pub fn take_message_ids(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.state).new_messages)
    }
}

/// The headers in which Genesys reports the rate limit.
const RATE_LIMIT: [(&str, &str); 3] = [
    ("inin-ratelimit-allowed", "300"),
    ("inin-ratelimit-count", "1"),
    ("inin-ratelimit-reset", "60"),
];

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn answer(&mut self, request: &Request) -> Response {
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let Some(target) = request.header("x-amz-target") else { return self.vendor(request) };
        let operation = target.rsplit('.').next().unwrap_or(target);
        *self.usage.calls.entry(operation.to_owned()).or_default() += 1;
        match operation {
            "GetSecretValue" => secret(request.header("host").unwrap_or_default(), &body),
            "SendMessage" => self.enqueue(&body),
            _ => Response::json(200, &self.table.answer(operation, &body, &mut self.usage)),
        }
    }

    fn enqueue(&mut self, body: &Value) -> Response {
        let text = body["MessageBody"].as_str().unwrap_or_default();
        let chunks = text.len().div_ceil(64 * 1024).max(1);
        self.usage.queue_chunks += u64::try_from(chunks).unwrap_or(1);
        self.entries.push(text.to_owned());
        let digest: String =
            Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let answer = json!({
            "MessageId": "219f8380-5770-4cc2-8c3e-5c715e145f5e", "MD5OfMessageBody": digest,
            "SequenceNumber": "18849496460467696128",
        });
        Response::json(200, &answer)
    }

    fn vendor(&mut self, request: &Request) -> Response {
        let size = request.head_bytes() + request.body.len();
        let size = u64::try_from(size).unwrap_or(0);
        self.usage.bytes_to_vendors += size;
        if request.path.starts_with("/oauth/token") {
            *self.usage.calls.entry("login".to_owned()).or_default() += 1;
            let token =
                json!({ "access_token": "token", "token_type": "bearer", "expires_in": 86399 });
            return Response::json(200, &token);
        }
        *self.usage.calls.entry("vendor".to_owned()).or_default() += 1;
        if request.path.starts_with(events::LYNN_PATH) {
            return Response::json(200, &json!({}));
        }
        self.messages += 1;
        let id = format!("5d0d331e-7c1b-4a52-8a0e-{:012}", self.messages);
        self.new_messages.push(id.clone());
        let accepted = json!({ "id": id, "conversationId": events::CONVERSATION });
        let mut answer = Response::json(202, &accepted);
        // Genesys reports the rest of the limit with every call.
        answer.headers.extend(RATE_LIMIT.map(|(name, value)| (name, value.to_owned())));
        answer
    }
}

/// The current version of a secret. There is no previous version.
fn secret(host: &str, body: &Value) -> Response {
    let previous = body["VersionStage"].as_str() == Some("AWSPREVIOUS");
    let name = body["SecretId"].as_str().unwrap_or_default();
    if previous {
        let error = json!({ "__type": "ResourceNotFoundException", "Message": "No such version." });
        return Response::json(400, &error);
    }
    let document = match name {
        _ if name.ends_with("/@integrations/receive") => json!({ "integrations": ["support"] }),
        _ if name.ends_with("/receive") => events::receive_configuration(),
        _ => events::send_configuration(host),
    };
    let answer = json!({
        "ARN": format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-abcdef"), "Name": name,
        "VersionId": "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111", "SecretString": document.to_string(),
        "VersionStages": ["AWSCURRENT"], "CreatedDate": 1_763_805_600.0,
    });
    Response::json(200, &answer)
}

/// The variables of the bridge's functions, with the names of the template.
pub fn variables(fake: SocketAddr) -> BTreeMap<&'static str, String> {
    let queue = |name: &str| format!("http://{fake}/123456789012/{name}.fifo");
    BTreeMap::from([
        ("INBOUND_QUEUE_URL", queue("inbound")),
        ("LOG_LEVEL", "info".to_owned()),
        ("OUTBOUND_QUEUE_URL", queue("outbound")),
        ("MEDIA_BASE_URL", "https://bridge.example.com".to_owned()),
        ("MEDIA_BUCKET_DOMAIN", "none".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "none".to_owned()),
        ("RECONCILE_AFTER_MINUTES", "60".to_owned()),
        ("SECRET_PREFIX", "bridge".to_owned()),
        ("STACK_NAME", "bridge".to_owned()),
        ("TABLE_NAME", "bridge".to_owned()),
    ])
}
