//! Both endpoints on ports in memory.

use std::sync::Arc;

use bytes::Bytes;
use delivery::event::QueuedEvent;
use futures_util::FutureExt;
use genesys_webhook::GenesysWebhook;
use http::{Request, Response};
use lynn_inbound::LynnInbound;
use secrecy::SecretString;
use serde_json::json;
use shared::genesys::signature;
use shared::ids::IntegrationName;
use shared::packed;
use shared::ports::{Clock, Direction, SecretPart};
use shared::settings::Settings;
use testing::{ManualClock, MemoryQueue, MemorySecrets, MemoryStore};

/// The secret that signs webhooks.
pub(crate) const SECRET: &str = "the-secret-of-the-fuzzer";
/// The key of Lynn, and of Genesys' workflows.
pub(crate) const KEY: &str = "the-key-of-the-fuzzer";

pub(crate) struct Endpoints {
    genesys: GenesysWebhook,
    lynn: LynnInbound,
    queue: Arc<MemoryQueue>,
    clock: Arc<dyn Clock>,
}

impl Endpoints {
    /// One integration, `support`, and empty queues.
    pub(crate) fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
        let secrets = MemorySecrets::new();
        let document = json!({
            "name": "support",
            "genesys": { "integrationId": "integration-1", "webhookSecrets": [SECRET], "eventsApiKey": KEY },
            "lynn": { "inboundAuth": [ { "type": "apiKey", "key": KEY } ] },
        });
        let name = IntegrationName::new("support");
        secrets.set(&name, SecretPart::Receive, vec![document.to_string()]);
        let settings = Arc::new(Settings::new(Arc::new(secrets), Arc::clone(&clock)));
        let genesys = GenesysWebhook {
            settings: Arc::clone(&settings),
            queue: queue.clone(),
            table: None,
            clock: Arc::clone(&clock),
        };
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        let lynn = LynnInbound { settings, queue: queue.clone(), store, clock: Arc::clone(&clock) };
        Self { genesys, lynn, queue, clock }
    }

    pub(crate) fn now(&self) -> shared::time::Timestamp {
        self.clock.now()
    }

    /// Posts a signed webhook.
    pub(crate) fn webhook(&self, body: &[u8]) -> Response<Bytes> {
        let signature = signature::sign(&SecretString::from(SECRET), body);
        let request = Request::post("/genesys/support").header(signature::HEADER, signature);
        self.ask(request.body(Bytes::copy_from_slice(body)).expect("a request"))
    }

    /// Posts an event of Lynn with its key.
    pub(crate) fn lynn(&self, body: &[u8]) -> Response<Bytes> {
        let request = Request::post("/lynn/support").header("x-api-key", KEY);
        self.ask(request.body(Bytes::copy_from_slice(body)).expect("a request"))
    }

    /// Posts an event of a workflow with its key.
    pub(crate) fn event(&self, body: &[u8]) -> Response<Bytes> {
        let request = Request::post("/genesys/support/events").header("x-api-key", KEY);
        self.ask(request.body(Bytes::copy_from_slice(body)).expect("a request"))
    }

    /// Sends any request to the endpoint that its path names.
    pub(crate) fn ask(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = if request.uri().path().starts_with("/genesys") {
            self.genesys.handle(request).now_or_never()
        } else {
            self.lynn.handle(request).now_or_never()
        };
        answer.expect("ports in memory answer at once")
    }

    /// The queued events, read as a sender reads them after packing and unpacking.
    pub(crate) fn queued(&self, direction: Direction) -> Vec<QueuedEvent> {
        let entries = self.queue.entries(direction).into_iter();
        entries
            .map(|entry| {
                let travelled = packed::pack(entry.message.body.clone()).expect("memory");
                let body = packed::unpack(travelled);
                assert_eq!(body, entry.message.body, "a queue entry comes back as it was");
                serde_json::from_str(&body).expect("an entry that a sender can read")
            })
            .collect()
    }
}
