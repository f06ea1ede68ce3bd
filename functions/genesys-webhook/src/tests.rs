//! Tests to which contact an accepted event belongs, and in which group it waits.

use conversation::Conversation;
use delivery::index;
use shared::ids::{ContactId, ConversationKey, GenesysConversationId};
use shared::ports::{Change, Expected, ItemKey, SecretPart, Write};
use testing::{ManualClock, MemoryQueue, MemorySecrets, MemoryStore};

use super::*;

const SECRET: &str = "a-secret-that-several-use";
const OTHER: &str = "a-secret-of-one-alone";
const KEY: &str = "the-key-of-the-events";

struct Endpoint {
    webhook: GenesysWebhook,
    queue: Arc<MemoryQueue>,
    store: Arc<MemoryStore>,
}

async fn endpoint(has_table: bool) -> Endpoint {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
    let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
    let secrets = MemorySecrets::new();
    secrets.set_names(&["support", "sales", "shop"]);
    for (name, secret) in [("support", SECRET), ("sales", SECRET), ("shop", OTHER)] {
        let document = json!({
            "name": name,
            "genesys": { "integrationId": format!("i-{name}"), "webhookSecrets": [secret], "eventsApiKey": KEY },
            "lynn": { "inboundAuth": [ { "type": "apiKey", "key": KEY } ] },
        });
        secrets.set(&IntegrationName::new(name), SecretPart::Receive, vec![document.to_string()]);
    }
    let settings = Arc::new(Settings::new(Arc::new(secrets), Arc::clone(&clock)));
    let table = has_table.then(|| Arc::clone(&store) as Arc<dyn Store>);
    let webhook = GenesysWebhook { settings, queue: queue.clone(), table, clock };
    Endpoint { webhook, queue, store }
}

impl Endpoint {
    async fn post(&self, path: &str, header: (&'static str, String), body: &serde_json::Value) {
        let request = Request::post(path)
            .header(header.0, header.1)
            .body(Bytes::from(body.to_string()))
            .unwrap();
        assert_eq!(self.webhook.handle(request).await.status(), 200);
    }

    /// An agent's message, posted to the address of `support` and signed with its secret.
    async fn message(&self, channel: &str) {
        let body = json!({
            "id": format!("g-{channel}"), "type": "Text", "direction": "Outbound", "text": "Hello",
            "channel": { "id": channel, "to": { "id": "ana" }, "from": { "id": channel } },
        });
        let settings =
            self.webhook.settings.current(&IntegrationName::new("support")).await.unwrap();
        let signed = signature::sign(&settings.webhook_secrets[0], body.to_string().as_bytes());
        self.post("/genesys/support", (signature::HEADER, signed), &body).await;
    }

    async fn event(&self, more: serde_json::Value) {
        let mut body = json!({ "topicName": "acd.end", "disconnectType": "TRANSFER" });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.post("/genesys/support/events", (events_key::HEADER, KEY.to_owned()), &body).await;
    }

    /// The queued events with their groups.
    fn queued(&self) -> Vec<(QueuedEvent, String)> {
        let entries = self.queue.entries(Direction::Outbound).into_iter();
        entries
            .map(|entry| {
                (serde_json::from_str(&entry.message.body).unwrap(), entry.message.group.clone())
            })
            .collect()
    }
}

fn key() -> ConversationKey {
    ConversationKey::new(IntegrationName::new("support"), ContactId::new("ana"))
}

#[tokio::test]
async fn a_webhook_of_another_channel_goes_to_whom_it_is_signed_for() {
    let endpoint = endpoint(false).await;
    for (channel, integration) in
        [("i-support", "support"), ("i-sales", "sales"), ("i-shop", "support"), ("i-9", "support")]
    {
        endpoint.message(channel).await;
        let (event, _) = endpoint.queued().pop().unwrap();
        assert_eq!(event.integration.as_str(), integration, "{channel}");
        assert_eq!(event.contact, Some(ContactId::new("ana")));
    }
}

#[tokio::test]
async fn an_event_that_names_its_customer_waits_with_their_messages() {
    let endpoint = endpoint(false).await;
    for more in [
        json!({ "conversationId": "c-1", "addressFrom": "ana", "addressTo": "i-support" }),
        json!({ "conversationId": "c-2", "addressFrom": "i-support", "addressTo": "ana" }),
        json!({ "conversationId": "c-3", "addressFrom": "ana" }),
        json!({ "addressFrom": "ana", "addressTo": "i-support" }),
    ] {
        endpoint.event(more).await;
    }
    endpoint.message("i-support").await;
    let queued = endpoint.queued();
    assert_eq!(queued.len(), 5);
    for (event, group) in queued {
        assert_eq!(group, key().group());
        assert_eq!(event.is_presumed(), matches!(event.payload, Payload::Lifecycle(_)));
    }
}

#[tokio::test]
async fn an_event_of_somebody_else_keeps_nobody_waiting() {
    let endpoint = endpoint(true).await;
    endpoint.event(json!({ "conversationId": "c-1" })).await;
    let addresses =
        json!({ "conversationId": "c-2", "addressFrom": "ana", "addressTo": "i-sales" });
    endpoint.event(addresses).await;
    for (event, group) in endpoint.queued() {
        assert_eq!((event.contact.as_ref(), event.is_presumed()), (None, false));
        assert_ne!(group, key().group());
    }
}

#[tokio::test]
async fn an_event_is_found_by_its_id_where_the_table_is_at_hand() {
    let endpoint = endpoint(true).await;
    let id = GenesysConversationId::new("c-1");
    let change = Change::Put {
        body: serde_json::to_string(&Conversation::default()).unwrap(),
        expires_at: None,
        index: Some(index::of_conversation(&id)),
        due: None,
    };
    let write = Write { key: ItemKey::state(&key()), expected: Expected::Absent, change };
    endpoint.store.write(&[write]).await.unwrap();
    endpoint.event(json!({ "conversationId": "c-1" })).await;
    endpoint
        .event(json!({ "conversationId": "c-1", "eventTime": 1_795_341_600_001_i64, "addressFrom": "tel:ana" }))
        .await;
    for (event, group) in endpoint.queued() {
        assert_eq!(group, key().group());
        assert!(!event.is_presumed());
    }
}
