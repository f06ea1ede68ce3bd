//! A client that calls as the bridge does, and a receiver with scripted answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use simulators::{GenesysOptions, GenesysSimulator, PlatformHabits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// The endpoint of messages, with the request for the conversation's id.
pub const ASKING: &str = "message?prefetchConversationId=true";

pub const SOON: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "the tests of the simulators stand alone")]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .no_proxy()
        .build()
        .expect("a client")
}

/// A running Genesys simulator with a token.
pub struct Genesys {
    pub simulator: GenesysSimulator,
    pub client: reqwest::Client,
    pub token: String,
}

/// Without the habits of the administration: the tests here switch on one at a time.
pub fn quiet() -> GenesysOptions {
    GenesysOptions {
        automatic_receipts: false,
        time_scale: 0.05,
        habits: PlatformHabits::none(),
        ..GenesysOptions::default()
    }
}

impl Genesys {
    pub async fn start() -> Self {
        Self::start_with(quiet()).await
    }

    pub async fn start_with(options: GenesysOptions) -> Self {
        let simulator = GenesysSimulator::start(options).await.expect("a simulator");
        let client = client();
        let mut genesys = Self { simulator, client, token: String::new() };
        genesys.token = genesys.login().await;
        genesys
    }

    pub async fn login(&self) -> String {
        let options = self.simulator.options();
        let answer = self
            .client
            .post(format!("{}/oauth/token", self.simulator.base_url()))
            .basic_auth(&options.client_id, Some(&options.client_secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials")
            .send()
            .await
            .expect("an answer");
        let body: Value = answer.json().await.expect("JSON");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn request(&self, endpoint: &str, body: &Value) -> RequestBuilder {
        let integration = &self.simulator.options().integration_id;
        let base = self.simulator.base_url();
        self.client
            .post(format!(
                "{base}/api/v2/conversations/messages/{integration}/inbound/open/{endpoint}"
            ))
            .bearer_auth(&self.token)
            .json(body)
    }

    pub async fn post(&self, endpoint: &str, body: &Value) -> (u16, Value) {
        read(self.request(endpoint, body)).await
    }

    /// Posts a message and expects it to be accepted. Like the bridge, it asks for the
    /// conversation's id only if the message opens a conversation, or repeats such a message.
    pub async fn say(&self, contact: &str, id: &str, second: u32) -> Value {
        let asks = !self.simulator.is_conversation_open(contact)
            || self.simulator.genesys_message_id(contact, id).is_some();
        let endpoint = if asks { ASKING } else { "message" };
        let (status, body) = self.post(endpoint, &message(contact, id, second)).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

pub async fn read(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or(Value::Null))
}

pub fn message(contact: &str, id: &str, second: u32) -> Value {
    json!({
        "channel": {
            "messageId": id,
            "time": format!("2026-03-04T05:06:{second:02}.000Z"),
            "from": { "id": contact, "idType": "Opaque" },
        },
        "text": format!("Text of {id}"),
    })
}

pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// A server that answers with the given statuses in turn and repeats the last one; 0 never answers.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    pub async fn start(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let receiver = Self { url, received: Arc::default() };
        let received = Arc::clone(&receiver.received);
        let mut statuses = statuses.to_vec();
        statuses.reverse();
        tokio::spawn(async move {
            let mut unanswered = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let Some(request) = read_request(&mut stream).await else {
                    continue;
                };
                received.lock().expect("no poison").push(request);
                let status =
                    if statuses.len() > 1 { statuses.pop() } else { statuses.last().copied() };
                match status.unwrap_or(200) {
                    0 => unanswered.push(stream),
                    status => {
                        let reason = StatusCode::from_u16(status).expect("a status");
                        let answer = format!(
                            "HTTP/1.1 {reason}\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                        );
                        stream.write_all(answer.as_bytes()).await.expect("written");
                    }
                }
            }
        });
        receiver
    }

    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock().expect("no poison"))
    }
}

async fn read_request(stream: &mut tokio::net::TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut received = Received { head, body: bytes.split_off(head_end) };
    let length: usize = received.header("content-length").unwrap_or("0").parse().ok()?;
    while received.body.len() < length {
        if stream.read_buf(&mut received.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(received)
}

pub fn hmac_base64(key: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}
