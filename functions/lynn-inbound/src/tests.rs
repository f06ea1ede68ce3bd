//! Tests that need what the end-to-end tests cannot have: a queue that fills up, a secret store
//! that is down, and more integrations than one search reads.

use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::Value;
use shared::lock::lock;
use shared::ports::{PortError, QueueMessage, SecretPart};
use testing::{ManualClock, MemorySecrets, MemoryStore};

use super::*;

const KEY: &str = "the-key-of-lynn";

/// A queue that takes this many messages, and refuses the next one.
struct FullQueue {
    room: Mutex<usize>,
    taken: Mutex<Vec<QueueMessage>>,
}

#[async_trait]
impl Queue for FullQueue {
    async fn send(&self, _: Direction, message: QueueMessage) -> Result<(), PortError> {
        let mut room = lock(&self.room);
        let Some(left) = room.checked_sub(1) else {
            *room = usize::MAX;
            let full = std::io::Error::other("the queue is full");
            return Err(PortError::unavailable("send a message", full));
        };
        *room = left;
        lock(&self.taken).push(message);
        Ok(())
    }
}

fn endpoint(
    secrets: Arc<MemorySecrets>,
    queue: Arc<FullQueue>,
    clock: Arc<dyn Clock>,
) -> LynnInbound {
    LynnInbound {
        settings: Arc::new(Settings::new(secrets, Arc::clone(&clock))),
        queue,
        store: Arc::new(MemoryStore::new(Arc::clone(&clock))),
        clock,
    }
}

/// `count` integrations, each with a client of its own, and the endpoint in front of them.
struct Clients {
    secrets: Arc<MemorySecrets>,
    clock: Arc<ManualClock>,
    lynn: LynnInbound,
}

impl Clients {
    fn new(count: usize) -> Self {
        let (clock, secrets) = (Arc::new(ManualClock::new(0)), Arc::new(MemorySecrets::new()));
        let names: Vec<String> = (0..count).map(|number| format!("i-{number:03}")).collect();
        for name in &names {
            let client = json!({
                "type": "oauthClient", "clientId": format!("client-{name}"),
                "clientSecret": format!("the-secret-of-{name}"),
            });
            let document = json!({
                "name": name,
                "genesys": { "integrationId": name, "webhookSecrets": ["0123456789abcdef"] },
                "lynn": { "inboundAuth": [client] },
            });
            let name = IntegrationName::new(name.clone());
            secrets.set(&name, SecretPart::Receive, vec![document.to_string()]);
        }
        secrets.set_names(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let queue = Arc::new(FullQueue { room: Mutex::new(9), taken: Mutex::default() });
        let lynn = endpoint(Arc::clone(&secrets), queue, Arc::<ManualClock>::clone(&clock));
        Self { secrets, clock, lynn }
    }

    /// Asks for a token of the client of the integration with this number.
    async fn log_in(&self, number: usize) -> Response<Bytes> {
        let form = format!(
            "grant_type=client_credentials&client_id=client-i-{number:03}&client_secret=the-secret-of-i-{number:03}"
        );
        self.lynn.handle(Request::post("/oauth/token").body(Bytes::from(form)).unwrap()).await
    }
}

fn assert_comes_again(answer: &Response<Bytes>) {
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_client_is_unknown_only_when_every_integration_was_read() {
    let clients = Clients::new(2);
    clients.secrets.set_down(true);
    assert_comes_again(&clients.log_in(1).await);
    clients.secrets.set_down(false);
    // The next search comes 10 s after this one.
    assert_comes_again(&clients.log_in(1).await);
    clients.clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(clients.log_in(1).await.status(), 200);
    assert_eq!(clients.log_in(7).await.status(), 400);
}

#[tokio::test]
async fn more_integrations_than_one_search_reads_are_searched_in_turn() {
    let clients = Clients::new(450);
    for _ in 0..2 {
        assert_comes_again(&clients.log_in(449).await);
        clients.clock.advance(std::time::Duration::from_secs(10));
    }
    assert_eq!(clients.log_in(449).await.status(), 200);
    assert_eq!(clients.log_in(999).await.status(), 400);
}

#[tokio::test]
async fn another_integration_is_missing_only_when_every_one_was_read() {
    let clients = Clients::new(3);
    let token = clients.log_in(1).await;
    let token: Value = serde_json::from_slice(token.body()).unwrap();
    let post = async || {
        let request =
            Request::post("/api/v2/conversations/messages/elsewhere/inbound/open/message")
                .header(
                    "authorization",
                    format!("Bearer {}", token["access_token"].as_str().unwrap()),
                )
                .body(Bytes::from_static(b"{}"));
        clients.lynn.handle(request.unwrap()).await
    };
    assert_eq!(post().await.status(), 404);
    clients.secrets.set_names(&["i-000", "i-001", "i-002", "i-new"]);
    clients.secrets.set_down(true);
    clients.clock.advance(std::time::Duration::from_secs(10));
    assert_comes_again(&post().await);
}

#[tokio::test]
async fn a_repaired_template_is_read_within_ten_seconds() {
    let (clock, secrets) = (Arc::new(ManualClock::new(0)), Arc::new(MemorySecrets::new()));
    let set = |template: &str| {
        let document = json!({
            "name": "support",
            "genesys": { "integrationId": "i-1", "webhookSecrets": ["0123456789abcdef"] },
            "lynn": {
                "inboundAuth": [ { "type": "apiKey", "key": KEY } ], "inboundTemplate": template,
            },
        });
        let support = IntegrationName::new("support");
        secrets.set(&support, SecretPart::Receive, vec![document.to_string()]);
    };
    set("{{ body");
    let queue = Arc::new(FullQueue { room: Mutex::new(9), taken: Mutex::default() });
    let lynn = endpoint(Arc::clone(&secrets), queue, Arc::<ManualClock>::clone(&clock));
    let post = async || {
        let body = json!({ "type": "typing", "contact": { "id": "ana" } }).to_string();
        let request = Request::post("/lynn/support").header("x-api-key", KEY);
        lynn.handle(request.body(Bytes::from(body)).unwrap()).await.status()
    };
    assert_eq!(post().await, 503);
    set("{{ body }}");
    assert_eq!(post().await, 503);
    clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(post().await, 202);
}

#[tokio::test]
async fn a_list_is_accepted_as_a_whole_or_comes_again() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
    let queue = Arc::new(FullQueue { room: Mutex::new(1), taken: Mutex::default() });
    let secrets = MemorySecrets::new();
    let document = json!({
        "name": "support",
        "genesys": { "integrationId": "i-1", "webhookSecrets": ["0123456789abcdef"] },
        "lynn": { "inboundAuth": [ { "type": "apiKey", "key": KEY } ], "inboundTemplate": "{{ body }}" },
    });
    let support = IntegrationName::new("support");
    secrets.set(&support, SecretPart::Receive, vec![document.to_string()]);
    let lynn = endpoint(Arc::new(secrets), queue.clone(), clock);
    let typing = || json!({ "type": "typing", "contact": { "id": "ana" } });
    let body = json!([typing(), typing(), typing()]).to_string();
    let post = async || {
        let request = Request::post("/lynn/support")
            .header("x-api-key", KEY)
            .header("idempotency-key", "k-1")
            .body(Bytes::from(body.clone()))
            .unwrap();
        lynn.handle(request).await
    };
    let refused = post().await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(lock(&queue.taken).len(), 1);
    let accepted = post().await;
    assert_eq!(accepted.status(), 202);
    let answer: Value = serde_json::from_slice(accepted.body()).unwrap();
    assert_eq!(answer["ids"], json!(["k-1", "k-1.2", "k-1.3"]));
    // An event that was stored before has the same id again, by which the queue and the sender know
    // it.
    let ids: Vec<String> =
        lock(&queue.taken).iter().map(|message| message.deduplication.clone()).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}
