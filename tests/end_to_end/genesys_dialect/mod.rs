//! The dialect `genesys`: a Lynn that speaks Open Messaging on both sides of the bridge.

mod access;
mod chained;
mod inbound;
mod outbound;
mod per_session;
mod quiet;
mod sdk;

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulators::{LynnSimulator, OpenWebhook};
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, SOON, Setup};

pub const CLIENT: &str = "engine";
pub const CLIENT_SECRET: &str = "the-secret-of-the-engine";
const HUB_SECRET: &str = "the-hub-secret-of-lynn";
/// The integration's id of the simulated Genesys Cloud.
pub const INTEGRATION: &str = "8d1c6b1e-6d0f-4b7a-9a0e-3f6f5f0c2b11";

/// An integration in the dialect, with a client and the key of the other routes.
pub fn dialect() -> Setup {
    named(Setup::new())
}

pub fn named(setup: Setup) -> Setup {
    setup.lynn(|options| options.hub_secret = Some(HUB_SECRET.to_owned())).config(|integration| {
        integration["lynn"]["dialect"] = json!("genesys");
        integration["lynn"]["hubSecret"] = json!(HUB_SECRET);
        let client =
            json!({ "type": "oauthClient", "clientId": CLIENT, "clientSecret": CLIENT_SECRET });
        integration["lynn"]["inboundAuth"].as_array_mut().expect("a list").push(client);
    })
}

/// A client that logs in and posts as to Genesys Cloud.
pub struct Engine<'a> {
    harness: &'a Harness,
    pub token: String,
}

/// The answer to a request.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub body: Value,
}

pub async fn send(request: RequestBuilder) -> Answered {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a body");
    Answered { status, body: serde_json::from_slice(&body).unwrap_or_default() }
}

/// A token call with Basic authentication.
pub fn login(harness: &Harness, id: &str, secret: &str) -> RequestBuilder {
    harness
        .request(Method::POST, "/oauth/token")
        .basic_auth(harness.client_id(id), Some(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials")
}

/// Logs a client in. A deployed function looks for a client that it does not know at most once in
/// 10 s, and other tests bring new clients too.
pub async fn log_in(harness: &Harness, id: &str, secret: &str) -> Answered {
    let deadline = Instant::now() + SOON;
    loop {
        let answer = send(login(harness, id, secret)).await;
        let may_be_new = harness.is_deployed() && answer.status == 400;
        if answer.status == 200 || !may_be_new || Instant::now() > deadline {
            assert_eq!(answer.status, 200, "{answer:?}");
            return answer;
        }
        sleep(Duration::from_millis(500)).await;
    }
}

impl<'a> Engine<'a> {
    pub async fn of(harness: &'a Harness) -> Self {
        let answer = log_in(harness, CLIENT, CLIENT_SECRET).await;
        assert_eq!(answer.body["token_type"], "bearer");
        assert_eq!(answer.body["expires_in"], 86_400);
        let token = answer.body["access_token"].as_str().expect("a token").to_owned();
        Self { harness, token }
    }

    pub fn request(&self, integration: &str, resource: &str) -> RequestBuilder {
        let path = format!("/api/v2/conversations/messages/{integration}/inbound/open/{resource}");
        self.harness.request(Method::POST, &path).bearer_auth(&self.token)
    }

    /// Posts a request, and expects that it is accepted.
    pub async fn post(&self, resource: &str, body: &Value) -> Value {
        let answer = send(self.request(INTEGRATION, resource).json(body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// The customer `ana` writes.
    pub async fn say(&self, id: &str, text: &str) -> Value {
        self.post("message", &said(id, text)).await
    }
}

/// A message of `ana`, as Genesys' own example writes it.
pub fn said(id: &str, text: &str) -> Value {
    json!({ "channel": channel(id), "text": text })
}

pub fn channel(id: &str) -> Value {
    json!({
        "messageId": id,
        "time": now(),
        "from": { "id": "ana", "idType": "Opaque", "nickname": "Ana", "firstName": "Ana",
                  "lastName": "Ruiz", "image": "https://example.com/ana.png" },
        "metadata": { "customAttributes": { "topic": "billing" } },
    })
}

#[expect(clippy::disallowed_methods, reason = "the tests stand outside the bridge")]
pub fn now() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("time");
    let milliseconds = i64::try_from(now.as_millis()).expect("a time");
    shared::time::Timestamp::from_milliseconds(milliseconds).to_text()
}

/// Waits until Lynn has `count` webhooks of `ana`.
pub async fn webhooks(harness: &Harness, count: usize) -> Vec<OpenWebhook> {
    let enough = |lynn: &LynnSimulator| lynn.webhooks_for("ana").len() >= count;
    if !harness.lynn.wait_until(SOON, enough).await {
        harness.fail(&format!("Lynn has {:?}", harness.lynn.webhooks_for("ana")));
    }
    let webhooks = harness.lynn.webhooks_for("ana");
    assert_eq!(webhooks.len(), count, "{webhooks:?}");
    webhooks
}
