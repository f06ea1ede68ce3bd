//! Both senders with their real routes, on ports in memory, and a driver that drains the queues as
//! SQS would.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clients::genesys::client::GenesysClient;
use clients::lynn::client::LynnClient;
use clients::tokens::Tokens;
use conversation::Conversation;
use delivery::RecentStore;
use delivery::batch::{BatchHandler as _, Outcome, QueueRecord};
use delivery::dead_letter::DeadLetter;
use delivery::event::QueuedEvent;
use delivery::record::EventRecord;
use delivery::{Engine, Outages};
use futures_util::future::{Either, join, select};
use genesys_sender::GenesysRoute;
use lynn_sender::{LynnRoute, Questions};
use media::{CopyPermits, Relay, Relaying};
use serde_json::Value;
use shared::config::SendConfig;
use shared::ids::{ContactId, ConversationKey, IntegrationName};
use shared::ports::{
    Clock, Direction, ItemKey, Queue as _, SecretPart, Secrets, Store, Vendor, VendorRequest,
};
use shared::settings::Settings;
use testing::{
    ManualClock, MemoryQueue, MemorySecrets, MemoryStore, Reaction, RecordedCall, ScriptedVendor,
};

use crate::fault_injection::{FaultInjector, FaultyQueue, FaultyStore, FaultyVendor};
use crate::files::FileFixture;
use crate::script::{INTEGRATION, Script, config};

const BATCH: usize = 10;
/// How long a queue waits for a receiver that died.
const VISIBILITY: Duration = Duration::from_secs(5);
/// Enough turns for a call to be on its way to the vendor.
const SOME_TURNS: usize = 100;
const MOST_ROUNDS: usize = 20_000;
/// How long an open conversation may be quiet.
pub const RECONCILE_AFTER: Duration = Duration::from_secs(60 * 60);

/// A process that runs both senders. Its memory dies with it.
struct Process {
    inbound: Engine<Relaying<GenesysRoute>>,
    outbound: Engine<Relaying<LynnRoute>>,
}

/// The whole test environment.
pub struct Harness {
    pub clock: Arc<ManualClock>,
    /// The items under their keys.
    pub store: Arc<RecentStore>,
    /// The items as they are stored.
    pub memory: Arc<MemoryStore>,
    pub queue: Arc<FaultyQueue>,
    pub secrets: Arc<MemorySecrets>,
    pub vendor: Arc<ScriptedVendor>,
    pub script: Arc<Mutex<Script>>,
    pub fault_injector: Arc<FaultInjector>,
    /// The files that messages link to, and their copies.
    pub file_fixture: FileFixture,
    /// For each coming round: when the process dies in it.
    pub deaths: VecDeque<Option<u64>>,
    /// For each coming round: whether its outcomes are lost on the way to the queue.
    pub lost: VecDeque<bool>,
    process: Process,
}

impl Harness {
    pub fn new(changes: &Value) -> Self {
        Self::seeded(changes, 1)
    }

    pub fn seeded(changes: &Value, seed: u64) -> Self {
        let clock = Arc::new(ManualClock::new(seed));
        let shared_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let script = Arc::new(Mutex::new(Script::default()));
        let reacting = Arc::clone(&script);
        let react = move |request: &VendorRequest| reacting.lock().unwrap().react(request);
        let vendor = Arc::new(ScriptedVendor::new(Arc::clone(&shared_clock), react));
        let memory = Arc::new(MemoryStore::new(Arc::clone(&shared_clock)));
        let store = RecentStore::new(Arc::clone(&memory) as _, Arc::clone(&shared_clock));
        let fault_injector = Arc::new(FaultInjector::default());
        let inner = Arc::new(MemoryQueue::new(shared_clock));
        let queue = Arc::new(FaultyQueue {
            inner,
            fault_injector: Arc::clone(&fault_injector),
            log: Mutex::default(),
        });
        let secrets = Arc::new(MemorySecrets::new());
        secrets.set(&IntegrationName::new(INTEGRATION), SecretPart::Send, vec![config(changes)]);
        let file_fixture = FileFixture::new(&clock);
        let process =
            process(&clock, &memory, &queue, &secrets, &vendor, &fault_injector, &file_fixture);
        Self {
            clock,
            store: Arc::new(store),
            memory,
            queue,
            secrets,
            vendor,
            script,
            fault_injector,
            file_fixture,
            deaths: VecDeque::new(),
            lost: VecDeque::new(),
            process,
        }
    }

    pub fn genesys(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.script.lock().unwrap().genesys.extend(reactions);
    }

    pub fn lynn(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.script.lock().unwrap().lynn.extend(reactions);
    }

    /// Accepts an event as an endpoint does, for a caller that retries until it is accepted.
    pub async fn accept(&self, direction: Direction, event: &QueuedEvent) {
        let message = event.to_message(direction).unwrap();
        while self.queue.send(direction, message.clone()).await.is_err() {}
    }

    /// Hands out one batch of each queue, or moves the time to the next due entry; `false` when all
    /// is done.
    pub async fn round(&mut self) -> bool {
        let [inbound, outbound] = [Direction::Inbound, Direction::Outbound]
            .map(|way| self.queue.inner.receive(way, BATCH));
        if inbound.is_empty() && outbound.is_empty() {
            let due =
                [Direction::Inbound, Direction::Outbound].map(|way| self.queue.inner.next_due(way));
            let Some(due) = due.into_iter().flatten().min() else { return false };
            self.clock.advance_to(due);
            return true;
        }
        self.fault_injector.arm(self.deaths.pop_front().flatten());
        let work = join(
            self.process.inbound.handle(inbound.clone()),
            self.process.outbound.handle(outbound.clone()),
        );
        let finished = match select(Box::pin(self.fault_injector.death()), work).await {
            Either::Left(_) => None,
            Either::Right((outcomes, _)) => Some(outcomes),
        };
        self.fault_injector.arm(None);
        if let Some((first, second)) = finished {
            check_outcomes(&inbound, &first);
            check_outcomes(&outbound, &second);
            if !self.lost.pop_front().unwrap_or_default() {
                self.queue.inner.settle(Direction::Inbound, &inbound, &first);
                self.queue.inner.settle(Direction::Outbound, &outbound, &second);
                return true;
            }
        } else {
            self.restart();
        }
        self.clock.advance(VISIBILITY);
        self.queue.inner.give_back(Direction::Inbound, &inbound);
        self.queue.inner.give_back(Direction::Outbound, &outbound);
        true
    }

    /// Runs until the queues are empty.
    pub async fn drain(&mut self) {
        for _ in 0..MOST_ROUNDS {
            if !self.round().await {
                return;
            }
        }
        panic!("the work does not end");
    }

    /// Hands out one batch of a queue whose calls are answered slowly. Meanwhile an event of the
    /// other side is accepted and delivered.
    pub async fn meanwhile(&mut self, slow: Direction, event: &QueuedEvent) {
        let (work, meanwhile) = (self.batch(slow), async {
            for _ in 0..SOME_TURNS {
                tokio::task::yield_now().await;
            }
            self.accept(slow.opposite(), event).await;
            self.batch(slow.opposite()).await;
        });
        join(work, meanwhile).await;
    }

    async fn batch(&self, direction: Direction) {
        let records = self.queue.inner.receive(direction, BATCH);
        let outcomes = match direction {
            Direction::Inbound => self.process.inbound.handle(records.clone()).await,
            Direction::Outbound => self.process.outbound.handle(records.clone()).await,
        };
        self.queue.inner.settle(direction, &records, &outcomes);
    }

    /// Hands out one batch of each queue to two processes. The second process begins after `delay`
    /// turns, and only its outcomes reach the queue.
    pub async fn twice(&mut self, delay: usize) {
        let [inbound, outbound] = [Direction::Inbound, Direction::Outbound]
            .map(|way| self.queue.inner.receive(way, BATCH));
        let again = |records: &[QueueRecord]| {
            let again = |record: &QueueRecord| QueueRecord {
                attempt: record.attempt + 1,
                ..record.clone()
            };
            records.iter().map(again).collect::<Vec<_>>()
        };
        let second_process = process(
            &self.clock,
            &self.memory,
            &self.queue,
            &self.secrets,
            &self.vendor,
            &self.fault_injector,
            &self.file_fixture,
        );
        let first = join(
            self.process.inbound.handle(inbound.clone()),
            self.process.outbound.handle(outbound.clone()),
        );
        let second = async {
            for _ in 0..delay {
                tokio::task::yield_now().await;
            }
            join(
                second_process.inbound.handle(again(&inbound)),
                second_process.outbound.handle(again(&outbound)),
            )
            .await
        };
        let (_, (first, second)) = join(first, second).await;
        self.queue.inner.settle(Direction::Inbound, &inbound, &first);
        self.queue.inner.settle(Direction::Outbound, &outbound, &second);
    }

    /// From now on every reading of the clock takes `step`, and a batch has `time` in which to
    /// begin its records and their parts.
    pub fn hurry(&mut self, step: Duration, time: Duration) {
        let clock: Arc<dyn Clock> = Arc::new(Ticking { clock: Arc::clone(&self.clock), step });
        self.process.inbound.clock = Arc::clone(&clock);
        self.process.inbound.time_for_new_records = Some(time);
        self.process.outbound.clock = clock;
        self.process.outbound.time_for_new_records = Some(time);
    }

    /// Replaces the process by a new one.
    pub fn restart(&mut self) {
        self.process = process(
            &self.clock,
            &self.memory,
            &self.queue,
            &self.secrets,
            &self.vendor,
            &self.fault_injector,
            &self.file_fixture,
        );
    }

    /// The requests to Genesys, without logins.
    pub fn genesys_calls(&self) -> Vec<RecordedCall> {
        self.calls("/api/v2/")
    }

    /// The requests to Lynn.
    pub fn lynn_calls(&self) -> Vec<RecordedCall> {
        self.calls("lynn.test")
    }

    pub fn logins(&self) -> usize {
        self.calls("/oauth/token").len()
    }

    fn calls(&self, part: &str) -> Vec<RecordedCall> {
        self.vendor.seen().into_iter().filter(|seen| seen.url.contains(part)).collect()
    }

    pub async fn record(&self, direction: Direction, event: &QueuedEvent) -> Option<EventRecord> {
        self.item(event.record_key(direction))
            .await
            .map(|body| serde_json::from_str(&body).unwrap())
    }

    pub async fn conversation(&self, contact: &str) -> Conversation {
        let key = ConversationKey::new(IntegrationName::new(INTEGRATION), ContactId::new(contact));
        let body = self.item(ItemKey::new(key.partition(), "state")).await;
        body.map(|body| serde_json::from_str(&body).unwrap()).unwrap_or_default()
    }

    async fn item(&self, key: ItemKey) -> Option<String> {
        self.store.load(&[key]).await.unwrap().remove(0).map(|item| item.body)
    }

    pub async fn dead_letters(&self) -> Vec<DeadLetter> {
        let partition = DeadLetter::partition(&IntegrationName::new(INTEGRATION));
        let letters = self.store.list(&partition, "", None, usize::MAX).await.unwrap();
        letters.iter().map(|(_, item)| serde_json::from_str(&item.body).unwrap()).collect()
    }

    /// The events that were stored in a queue, in order.
    pub fn sent(&self, direction: Direction) -> Vec<QueuedEvent> {
        let log = self.queue.log.lock().unwrap();
        let sent = log.iter().filter(|(way, _)| *way == direction);
        sent.map(|(_, message)| serde_json::from_str(&message.body).unwrap()).collect()
    }
}

fn process(
    clock: &Arc<ManualClock>,
    store: &Arc<MemoryStore>,
    queue: &Arc<FaultyQueue>,
    secrets: &Arc<MemorySecrets>,
    vendor: &Arc<ScriptedVendor>,
    fault_injector: &Arc<FaultInjector>,
    file_fixture: &FileFixture,
) -> Process {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let store: Arc<dyn Store> =
        Arc::new(FaultyStore(Arc::clone(store), Arc::clone(fault_injector)));
    let store: Arc<dyn Store> = Arc::new(RecentStore::new(store, Arc::clone(&clock)));
    let vendor: Arc<dyn Vendor> =
        Arc::new(FaultyVendor(Arc::clone(vendor), Arc::clone(fault_injector)));
    let secrets = Arc::clone(secrets) as Arc<dyn Secrets>;
    let settings = Arc::new(Settings::<SendConfig>::new(secrets, Arc::clone(&clock)));
    let tokens = Arc::new(Tokens::new(Arc::clone(&store), Arc::clone(&clock)));
    let genesys = GenesysClient::new(Arc::clone(&vendor), Arc::clone(&tokens), Arc::clone(&clock));
    let lynn = LynnClient::new(Arc::clone(&vendor), Arc::clone(&tokens), Arc::clone(&clock));
    let relay = |genesys| Relay {
        source: Arc::clone(&file_fixture.files) as _,
        store: Some(Arc::new(file_fixture.copies.clone())),
        base_url: None,
        genesys,
        clock: Arc::clone(&clock),
        copying: file_fixture.copying,
        permits: CopyPermits::default(),
    };
    let inbound = relay(None);
    let outbound = relay(Some((vendor, tokens)));
    Process {
        inbound: Engine {
            route: Relaying { route: GenesysRoute { client: Arc::new(genesys) }, relay: inbound },
            store: Arc::clone(&store),
            queue: Arc::clone(queue) as _,
            settings: Arc::clone(&settings),
            clock: Arc::clone(&clock),
            time_for_new_records: None,
            reconcile_after: Some(RECONCILE_AFTER),
            outages: Outages::default(),
        },
        outbound: Engine {
            route: Relaying {
                route: LynnRoute {
                    client: Arc::new(lynn),
                    store: Arc::clone(&store),
                    clock: Arc::clone(&clock),
                    watch: None,
                    questions: Questions::default(),
                },
                relay: outbound,
            },
            store,
            queue: Arc::clone(queue) as _,
            settings,
            clock,
            time_for_new_records: None,
            reconcile_after: Some(RECONCILE_AFTER),
            outages: Outages::default(),
        },
    }
}

/// A clock on which each reading takes time.
struct Ticking {
    clock: Arc<ManualClock>,
    step: Duration,
}

#[async_trait::async_trait]
impl Clock for Ticking {
    fn now(&self) -> shared::time::Timestamp {
        self.clock.advance(self.step);
        self.clock.now()
    }

    fn random(&self) -> u64 {
        self.clock.random()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

/// Within a group, all outcomes are done up to the first record that must wait, and all later
/// records are held back. No other record is held back.
fn check_outcomes(records: &[QueueRecord], outcomes: &[Outcome]) {
    assert_eq!(records.len(), outcomes.len());
    let mut waiting = HashSet::new();
    for (record, outcome) in records.iter().zip(outcomes) {
        assert_eq!(
            *outcome == Outcome::Blocked,
            waiting.contains(&record.group),
            "{records:?} {outcomes:?}"
        );
        if matches!(outcome, Outcome::Retry { .. }) {
            waiting.insert(record.group.clone());
        }
    }
}
