//! Simulates an hour at ten times the budget of one OAuth client and the time after it: what waits,
//! what is skipped, and whether the order holds.
//!
//! Real senders run on ports in memory, in virtual time, against a Genesys Cloud that enforces its
//! limit. [`the_hour`] prints the table of docs/rate-budget.md.

mod burst;
mod earlier;
mod genesys;
mod queue;
mod table;
mod time;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use clients::genesys::client::GenesysClient;
use clients::tokens::Tokens;
use delivery::batch::BatchHandler;
use delivery::event::{DedupKey, Payload, QueuedEvent};
use delivery::{Engine, Outages};
use genesys_sender::GenesysRoute;
use serde_json::{Value, json};
use shared::config::SendConfig;
use shared::contact::IdType;
use shared::ids::{ContactId, GenesysMessageId, IntegrationName, LynnEventId, TraceId};
use shared::lynn::inbound::{Contact, InboundEvent, InboundKind, Message, Receipt, ReceiptStatus};
use shared::ports::{
    Clock, Direction, Item, ItemKey, PortError, Queue as _, SecretPart, Secrets, Store, Vendor,
    Write,
};
use shared::settings::Settings;
use shared::time::Timestamp;
use testing::{AroundStore, MemorySecrets, MemoryStore};

use self::earlier::EarlierRoute;
use self::genesys::{RushGenesys, TakenCalls};
use self::queue::RushQueue;
use self::table::Figures;
use self::time::{Skewed, Task, VirtualClock};
use crate::script::{INTEGRATION, config};

const MINUTE: i64 = 60_000;

/// The parameters of a simulation.
#[derive(Clone, Copy, Debug)]
pub struct Rush {
    /// Requests that Genesys allows a token in a minute.
    pub allowed: u64,
    pub clients: usize,
    pub instances: usize,
    /// How many minutes the load lasts: ten times the requests that one client may make.
    pub minutes: i64,
    pub conversations: usize,
    /// Whether to use the rules from before the budget was shared.
    pub earlier: bool,
}

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Message,
    Receipt,
    Typing,
}

/// An accepted event: its kind and its time.
pub struct Offered {
    pub kind: Kind,
    pub at: i64,
}

/// Counts the store calls that concern only the budget.
struct Counting {
    inner: MemoryStore,
    /// Separate reads, reads together with a conversation, writes.
    counts: Mutex<[usize; 3]>,
}

#[async_trait]
impl AroundStore for Counting {
    fn inside(&self) -> &dyn Store {
        &self.inner
    }

    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        let is_budget = |key: &ItemKey| key.partition.starts_with("budget#");
        if keys.iter().any(is_budget) {
            self.counts.lock().unwrap()[usize::from(!keys.iter().all(is_budget))] += 1;
        }
        self.inner.load(keys).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        if writes.iter().any(|write| write.key.partition.starts_with("budget#")) {
            self.counts.lock().unwrap()[2] += 1;
        }
        self.inner.write(writes).await
    }
}

testing::around_store!(Counting);

struct Harness {
    rush: Rush,
    clock: Arc<VirtualClock>,
    genesys: Arc<RushGenesys>,
    queue: Arc<RushQueue>,
    store: Arc<Counting>,
    secrets: Arc<dyn Secrets>,
    offered: Mutex<Vec<Offered>>,
    /// Events in the queue at the end of each minute.
    queued: Mutex<Vec<usize>>,
}

impl Rush {
    /// Runs the simulation.
    pub fn run(self) -> Figures {
        let clock = Arc::new(VirtualClock::new(7));
        let shared_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let seen = Mutex::new(TakenCalls::default());
        let genesys = RushGenesys { clock: Arc::clone(&clock), allowed: self.allowed, seen };
        let secrets = Arc::new(MemorySecrets::new());
        let name = IntegrationName::new(INTEGRATION);
        secrets.set(&name, SecretPart::Send, vec![config(&self.clients_config())]);
        let inner = MemoryStore::new(shared_clock);
        let harness = Arc::new(Harness {
            rush: self,
            genesys: Arc::new(genesys),
            queue: Arc::new(RushQueue::new(Arc::clone(&clock))),
            store: Arc::new(Counting { inner, counts: Mutex::default() }),
            secrets,
            offered: Mutex::default(),
            queued: Mutex::default(),
            clock,
        });
        let mut tasks: Vec<Task> =
            vec![Box::pin(offer(Arc::clone(&harness))), Box::pin(watch(Arc::clone(&harness)))];
        for instance in 0..self.instances {
            tasks.push(Box::pin(deliver(Arc::clone(&harness), instance)));
        }
        time::run(&harness.clock, tasks);
        let (offered, queued) = (harness.offered.lock().unwrap(), harness.queued.lock().unwrap());
        let (seen, store) =
            (harness.genesys.seen.lock().unwrap(), harness.store.counts.lock().unwrap());
        Figures::of(&self, &offered, &seen, &queued, (&harness.queue, *store))
    }

    fn clients_config(&self) -> Value {
        let client = |number| json!({ "clientId": format!("c-{number}"), "clientSecret": "s" });
        let clients: Vec<Value> = (0..self.clients).map(client).collect();
        json!({ "genesys": { "oauthClients": clients }, "text": { "maxLength": 2000 } })
    }
}

/// Of five events, one is a message and one is a receipt; the others are typing.
async fn offer(harness: Arc<Harness>) {
    let per_minute = i64::try_from(harness.rush.allowed * 10).unwrap();
    for number in 0..per_minute * harness.rush.minutes {
        let wait = number * MINUTE / per_minute - harness.clock.elapsed();
        if wait > 0 {
            harness.clock.sleep(std::time::Duration::from_millis(wait.unsigned_abs())).await;
        }
        let random = usize::try_from(harness.clock.random() >> 33).unwrap();
        let kind = match random % 5 {
            0 => Kind::Message,
            1 => Kind::Receipt,
            _ => Kind::Typing,
        };
        let conversation = (random / 5) % harness.rush.conversations;
        let now = harness.clock.now();
        let event = event(conversation, usize::try_from(number).unwrap(), kind, now);
        let offered = Offered { kind, at: harness.clock.elapsed() };
        harness.offered.lock().unwrap().push(offered);
        let message = event.to_message(Direction::Inbound).unwrap();
        harness.queue.send(Direction::Inbound, message).await.unwrap();
    }
    harness.queue.close();
}

fn event(conversation: usize, number: usize, kind: Kind, now: Timestamp) -> QueuedEvent {
    let id = format!("e-{conversation}-{number}-");
    let contact = ContactId::new(format!("contact-{conversation}"));
    let (dedup_key, kind) = match kind {
        Kind::Message => {
            let message = Message { text: Some("Hello".to_owned()), ..Message::default() };
            (DedupKey::Message(id.clone()), InboundKind::Message(message))
        }
        Kind::Receipt => {
            let message_id = GenesysMessageId::new(id.clone());
            let status = ReceiptStatus::Delivered;
            let receipt = Receipt { message_id, status, reason: None };
            (DedupKey::Receipt(id.clone(), "delivered".to_owned()), InboundKind::Receipt(receipt))
        }
        Kind::Typing => (DedupKey::Typing(id.clone(), now.milliseconds()), InboundKind::Typing),
    };
    let lynn = InboundEvent {
        id: LynnEventId::new(id),
        time: Some(now),
        contact: Contact {
            id: contact.clone(),
            id_type: IdType::Opaque,
            nickname: None,
            first_name: None,
            last_name: None,
            email: None,
            image_url: None,
            lynn_contact_id: None,
        },
        session: None,
        kind,
        open: None,
    };
    let (integration, trace) = (IntegrationName::new(INTEGRATION), TraceId::new("trace"));
    let payload = Payload::Lynn(Box::new(lynn));
    QueuedEvent::accepted(integration, Some(contact), dedup_key, payload, trace, now)
}

/// Records the length of the queue each minute.
async fn watch(harness: Arc<Harness>) {
    loop {
        harness.clock.sleep(std::time::Duration::from_secs(60)).await;
        let queued = harness.queue.queued();
        harness.queued.lock().unwrap().push(queued);
        if queued == 0 && harness.clock.elapsed() > harness.rush.minutes * MINUTE {
            return;
        }
    }
}

/// One instance: it processes one batch at a time, as Lambda does. Its clock is wrong by a fraction
/// of a second.
async fn deliver(harness: Arc<Harness>, instance: usize) {
    let skew = (i64::try_from(instance).unwrap() - 1) * 300;
    let clock: Arc<dyn Clock> = Arc::new(Skewed(Arc::clone(&harness.clock), skew));
    let store = Arc::clone(&harness.store) as Arc<dyn Store>;
    let vendor = Arc::clone(&harness.genesys) as Arc<dyn Vendor>;
    let tokens = Arc::new(Tokens::new(Arc::clone(&store), Arc::clone(&clock)));
    let client = GenesysClient::new(Arc::clone(&vendor), tokens, Arc::clone(&clock));
    let route = GenesysRoute { client: Arc::new(client) };
    let handler: Box<dyn BatchHandler> = if harness.rush.earlier {
        let route = EarlierRoute::new(route, vendor, Arc::clone(&clock), harness.rush.clients);
        Box::new(engine(&harness, route, store, clock))
    } else {
        Box::new(engine(&harness, route, store, clock))
    };
    while let Some(batch) = harness.queue.receive().await {
        let outcomes = handler.handle(batch.clone()).await;
        harness.queue.settle(&batch, &outcomes);
    }
}

fn engine<R>(
    harness: &Harness,
    route: R,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) -> Engine<R> {
    let settings =
        Settings::<SendConfig>::new(Arc::clone(&harness.secrets), Arc::clone(&harness.clock) as _);
    Engine {
        route,
        store,
        queue: Arc::clone(&harness.queue) as _,
        settings: Arc::new(settings),
        clock,
        time_for_new_records: None,
        reconcile_after: None,
        outages: Outages::default(),
    }
}

/// The four columns of the table.
fn variants(allowed: u64) -> [Rush; 4] {
    let rush = |clients, earlier| Rush {
        allowed,
        clients,
        instances: 4,
        minutes: 60,
        conversations: usize::try_from(allowed).unwrap() * 2,
        earlier,
    };
    [rush(1, true), rush(1, false), rush(3, true), rush(3, false)]
}

/// The table of docs/rate-budget.md: 300 requests a minute, as Genesys allows.
#[test]
#[ignore = "made by `make rate-budget`: four times 180,000 events"]
fn the_hour() {
    let figures = variants(300).map(|rush| std::thread::spawn(move || rush.run()));
    let figures = figures.map(|figures| figures.join().unwrap());
    println!("\n{}", table::markdown(&figures));
    for (rush, figures) in variants(300).iter().zip(&figures) {
        check(rush, figures);
    }
}

#[test]
fn an_hour_at_ten_times_the_budget_of_one_client() {
    let rush = variants(30)[1];
    check(&rush, &rush.run());
}

#[test]
fn an_hour_at_ten_times_the_budget_of_one_client_with_three() {
    let rush = variants(30)[3];
    check(&rush, &rush.run());
}

/// Checks the statements of the table.
fn check(rush: &Rush, figures: &Figures) {
    println!("{rush:?} {figures:#?}");
    assert!(figures.in_order, "{rush:?}");
    if rush.earlier {
        return;
    }
    assert_eq!(figures.messages_lost, 0, "{figures:?}");
    assert_eq!(figures.receipts_lost, 0, "{figures:?}");
    assert_eq!(figures.told, 0, "{figures:?}");
    // Typing is skipped first.
    assert!(figures.typing_sent * 20 < figures.typing, "{figures:?}");
    // Instances that do not know each other's latest calls meet the limit, a few times per minute
    // and client.
    let most = rush.clients * rush.instances * 2;
    assert!(figures.most_refused_in_a_minute <= most, "{figures:?}");
    // No rush: no second has more than a quarter of the requests that Genesys allows a client in a
    // minute by default.
    assert!(figures.busiest_second <= 75 * rush.clients, "{figures:?}");
}
