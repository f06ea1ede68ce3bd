//! Both endpoints and both senders, without a network.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use bytes::Bytes;
use clients::genesys::client::GenesysClient;
use clients::lynn::client::LynnClient;
use clients::tokens::Tokens;
use delivery::batch::BatchHandler as _;
use delivery::{Engine, Outages, RecentStore};
use genesys_sender::GenesysRoute;
use genesys_webhook::GenesysWebhook;
use http::Request;
use lynn_inbound::LynnInbound;
use lynn_sender::{LynnRoute, Questions};
use secrecy::SecretString;
use serde_json::json;
use shared::config::SendConfig;
use shared::genesys::signature;
use shared::ids::IntegrationName;
use shared::ports::{
    Clock, Direction, Queue as _, QueueMessage, SecretPart, Secrets, Store, Vendor,
};
use shared::settings::Settings;
use sqlite::Database;
use testing::{ManualClock, MemoryQueue, MemorySecrets, MemoryStore, Reaction, ScriptedVendor};

const NAME: &str = "load";
const KEY: &str = "a-key-of-thirty-two-characters-00";
const SECRET: &str = "a-secret-of-thirty-two-characters";
/// The most entries of a batch.
const BATCH: usize = 10;

pub struct Bridge {
    clock: Arc<ManualClock>,
    queue: Arc<MemoryQueue>,
    /// On SQLite: where each entry is stored besides.
    database: Option<Database>,
    vendor: Arc<ScriptedVendor>,
    lynn: LynnInbound,
    genesys: GenesysWebhook,
    inbound: Engine<GenesysRoute>,
    outbound: Engine<LynnRoute>,
}

impl Bridge {
    /// With its store in memory, or in a data directory.
    pub fn start(directory: Option<&Path>) -> anyhow::Result<Self> {
        let manual = Arc::new(ManualClock::new(1));
        let clock = Arc::clone(&manual) as Arc<dyn Clock>;
        let database =
            directory.map(|directory| Database::open(directory, Arc::clone(&clock))).transpose()?;
        let store: Arc<dyn Store> = Arc::new(match &database {
            Some(database) => sqlite::with_lists(Arc::new(database.clone()), Arc::clone(&clock)),
            None => {
                let memory = Arc::new(MemoryStore::new(Arc::clone(&clock)));
                RecentStore::new(memory, Arc::clone(&clock))
            }
        });
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
        let secrets = secrets();
        let vendor = Arc::new(ScriptedVendor::new(Arc::clone(&clock), |request| {
            Reaction::body(
                200,
                match request.url.contains("/oauth/token") {
                    true => r#"{"access_token":"a","token_type":"bearer","expires_in":86400}"#,
                    false => r#"{"id":"0c4c1a48-bf7e-42cd-b43e-5cc6ed9f4cda"}"#,
                },
            )
        }));
        let calls = Arc::clone(&vendor) as Arc<dyn Vendor>;
        let tokens = Arc::new(Tokens::new(Arc::clone(&store), Arc::clone(&clock)));
        let shared = || (Arc::clone(&calls), Arc::clone(&tokens), Arc::clone(&clock));
        let (calls_of, tokens_of, clock_of) = shared();
        let genesys = Arc::new(GenesysClient::new(calls_of, tokens_of, clock_of));
        let (calls_of, tokens_of, clock_of) = shared();
        let lynn = Arc::new(LynnClient::new(calls_of, tokens_of, clock_of));
        let receive = Arc::new(Settings::new(Arc::clone(&secrets), Arc::clone(&clock)));
        let send = Arc::new(Settings::<SendConfig>::new(secrets, Arc::clone(&clock)));
        let outbound = LynnRoute {
            client: lynn,
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            watch: None,
            questions: Questions::default(),
        };
        Ok(Self {
            lynn: LynnInbound {
                settings: Arc::clone(&receive),
                queue: Arc::clone(&queue) as _,
                store: Arc::clone(&store),
                clock: Arc::clone(&clock),
            },
            genesys: GenesysWebhook {
                settings: receive,
                queue: Arc::clone(&queue) as _,
                table: None,
                clock: Arc::clone(&clock),
            },
            inbound: engine(GenesysRoute { client: genesys }, &store, &queue, &send, &clock),
            outbound: engine(outbound, &store, &queue, &send, &clock),
            clock: manual,
            queue,
            database,
            vendor,
        })
    }

    pub async fn message_of_lynn(&mut self, number: usize) -> anyhow::Result<()> {
        let body = json!({
            "type": "message", "id": id(number), "contact": { "id": "5215512345678", "nickname": "Ana" },
            "session": { "id": "s-1", "channel": "whatsapp" }, "text": text(),
        });
        let request = Request::post("/lynn/load").header("x-api-key", KEY);
        let answer = self.lynn.handle(request.body(Bytes::from(body.to_string()))?).await;
        ensure!(answer.status() == 202, "accept an event: {}", answer.status());
        Ok(())
    }

    pub async fn webhook(&mut self, number: usize) -> anyhow::Result<()> {
        let body = json!({
            "id": id(number), "type": "Text", "direction": "Outbound", "originatingEntity": "Human",
            "channel": {
                "id": "integration", "platform": "Open", "type": "Private", "messageId": id(number),
                "to": { "id": "5215512345678", "idType": "Opaque" }, "from": { "id": "integration" },
                "time": "2026-03-04T05:06:09.427Z",
            },
            "text": text(),
        })
        .to_string();
        let signed = signature::sign(&SecretString::from(SECRET.to_owned()), body.as_bytes());
        let request = Request::post("/genesys/load").header(signature::HEADER, signed);
        let answer = self.genesys.handle(request.body(Bytes::from(body))?).await;
        ensure!(answer.status() == 200, "accept a webhook: {}", answer.status());
        Ok(())
    }

    /// Delivers everything that waits.
    pub async fn deliver(&mut self) {
        self.clock.advance(Duration::from_secs(1));
        loop {
            let inbound = self.queue.receive(Direction::Inbound, BATCH);
            let outbound = self.queue.receive(Direction::Outbound, BATCH);
            if inbound.is_empty() && outbound.is_empty() {
                return;
            }
            for (direction, batch) in
                [(Direction::Inbound, inbound), (Direction::Outbound, outbound)]
            {
                if let Some(database) = &self.database {
                    for record in &batch {
                        let message = QueueMessage {
                            integration: IntegrationName::new(NAME),
                            group: record.group.clone(),
                            deduplication: format!("{}-{}", direction.name(), record.id),
                            body: record.body.clone(),
                        };
                        // Its failure shows in the counts.
                        let _ = database.send(direction, message).await;
                    }
                }
                let outcomes = match direction {
                    Direction::Inbound => self.inbound.handle(batch.clone()).await,
                    Direction::Outbound => self.outbound.handle(batch.clone()).await,
                };
                self.queue.settle(direction, &batch, &outcomes);
            }
        }
    }

    /// Fails if the case did something else than it says.
    pub fn check(&self, case: &str, count: usize) -> anyhow::Result<()> {
        let calls = self.vendor.seen().len();
        let expected = if case.starts_with("accept") { 0 } else { count };
        ensure!(calls >= expected, "{case}: {calls} calls of vendors for {count} messages");
        Ok(())
    }
}

fn engine<R>(
    route: R,
    store: &Arc<dyn Store>,
    queue: &Arc<MemoryQueue>,
    settings: &Arc<Settings<SendConfig>>,
    clock: &Arc<dyn Clock>,
) -> Engine<R> {
    Engine {
        route,
        store: Arc::clone(store),
        queue: Arc::clone(queue) as _,
        settings: Arc::clone(settings),
        clock: Arc::clone(clock),
        time_for_new_records: None,
        reconcile_after: None,
        outages: Outages::default(),
    }
}

fn secrets() -> Arc<dyn Secrets> {
    let secrets = MemorySecrets::new();
    secrets.set_names(&[NAME]);
    let receive = json!({
        "name": NAME, "genesys": { "integrationId": "integration", "webhookSecrets": [SECRET] },
        "lynn": { "inboundAuth": [ { "type": "apiKey", "key": KEY } ] },
    });
    let send = json!({
        "name": NAME,
        "genesys": {
            "domain": "genesys.test", "integrationId": "integration",
            "oauthClients": [ { "clientId": "client", "clientSecret": "secret" } ],
        },
        "lynn": { "webhookUrl": "https://lynn.test/hook" },
    });
    for (part, document) in [(SecretPart::Receive, receive), (SecretPart::Send, send)] {
        secrets.set(&IntegrationName::new(NAME), part, vec![document.to_string()]);
    }
    Arc::new(secrets)
}

fn id(number: usize) -> String {
    format!("0c4c1a48-bf7e-42cd-b43e-{number:012x}")
}

/// A text with which a webhook has about 1 KB.
fn text() -> String {
    "A message of a usual length, of some ninety characters, as people write them. ".repeat(7)
}
