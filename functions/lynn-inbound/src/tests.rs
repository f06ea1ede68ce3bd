//! Tests that every event of a list is durable before it is accepted.

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
    let lynn = LynnInbound {
        settings: Arc::new(Settings::new(Arc::new(secrets), Arc::clone(&clock))),
        queue: queue.clone(),
        store: Arc::new(MemoryStore::new(Arc::clone(&clock))),
        clock,
    };
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
    // What was stored before has the same id again, by which the queue and the sender know it.
    let ids: Vec<String> =
        lock(&queue.taken).iter().map(|message| message.deduplication.clone()).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}
