//! Simulates a burst through the senders, and one tenant that is down beside nine that are not: the
//! figures of docs/scale.md, which [`the_tables`] prints.
//!
//! Assumed as in the calculation of the cost: 5 ms for a read of the table, 15 ms for a write.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use clients::Patience;
use clients::genesys::client::GenesysClient;
use clients::tokens::Tokens;
use delivery::batch::BatchHandler as _;
use delivery::{Engine, Outages};
use genesys_sender::GenesysRoute;
use serde_json::json;
use shared::config::SendConfig;
use shared::ids::IntegrationName;
use shared::ports::{
    Clock, Direction, Item, ItemKey, PortError, Queue as _, SecretPart, Secrets, Store, Vendor,
    VendorError, VendorRequest, VendorResponse, Write,
};
use shared::settings::Settings;
use testing::{AroundStore, MemorySecrets, MemoryStore};

use super::genesys::{RushGenesys, TakenCalls};
use super::queue::RushQueue;
use super::table::is_in_order;
use super::time::{self, Task, VirtualClock};
use super::{Kind, event};
use crate::script::config;

const READ: Duration = Duration::from_millis(5);
const WRITE: Duration = Duration::from_millis(15);
/// How long a vendor takes to answer.
const ANSWER: Duration = Duration::from_millis(100);
/// Below Genesys' limit, so that only the senders limit the flow.
const UNLIMITED: u64 = 1_000_000_000;

#[derive(Clone, Copy, Debug)]
struct Burst {
    tenants: usize,
    /// Whether the first tenant's vendor answers nothing.
    is_down: bool,
    messages: usize,
    conversations: usize,
    /// How long the messages keep coming, in milliseconds.
    lasts: usize,
    instances: usize,
}

#[derive(Debug)]
struct Drained {
    milliseconds: i64,
    is_in_order: bool,
    calls: usize,
    reads: usize,
    writes: usize,
    /// The median and the 99th percentile from acceptance to the vendor, without the first tenant.
    ages: [i64; 2],
}

/// A table with its times, which counts its calls.
struct SlowStore {
    inner: MemoryStore,
    clock: Arc<VirtualClock>,
    counts: Mutex<[usize; 2]>,
}

#[async_trait]
impl AroundStore for SlowStore {
    fn inside(&self) -> &dyn Store {
        &self.inner
    }

    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        self.counts.lock().unwrap()[0] += 1;
        self.clock.sleep(READ).await;
        self.inner.load(keys).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        self.counts.lock().unwrap()[1] += 1;
        self.clock.sleep(WRITE).await;
        self.inner.write(writes).await
    }
}

testing::around_store!(SlowStore);

struct Vendors {
    genesys: RushGenesys,
    is_down: bool,
}

#[async_trait]
impl Vendor for Vendors {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        if self.is_down && request.url.contains("//tenant-0.") {
            self.genesys.clock.sleep(request.timeout).await;
            return Err(VendorError::Uncertain("no answer in time".into()));
        }
        self.genesys.clock.sleep(ANSWER / 2).await;
        let answer = self.genesys.react(&request);
        self.genesys.clock.sleep(ANSWER / 2).await;
        Ok(answer)
    }
}

struct Scene {
    burst: Burst,
    clock: Arc<VirtualClock>,
    queue: Arc<RushQueue>,
    store: Arc<SlowStore>,
    secrets: Arc<dyn Secrets>,
    vendors: Arc<Vendors>,
    accepted: Mutex<Vec<i64>>,
}

impl Burst {
    fn tenant(self, number: usize) -> usize {
        number % self.conversations % self.tenants
    }

    fn run(self) -> Drained {
        let clock = Arc::new(VirtualClock::new(7));
        let secrets = MemorySecrets::new();
        for tenant in 0..self.tenants {
            let name = format!("tenant-{tenant}");
            let genesys = json!({
                "apiBaseUrl": format!("https://{name}.test"),
                "loginBaseUrl": format!("https://login.{name}.test"),
                "oauthClients": [{ "clientId": name, "clientSecret": "s" }],
            });
            let document = config(&json!({ "name": name, "genesys": genesys }));
            secrets.set(&IntegrationName::new(&name), SecretPart::Send, vec![document]);
        }
        let genesys = RushGenesys {
            clock: Arc::clone(&clock),
            allowed: UNLIMITED,
            seen: Mutex::new(TakenCalls::default()),
        };
        let scene = Arc::new(Scene {
            burst: self,
            queue: Arc::new(RushQueue::new(Arc::clone(&clock))),
            store: Arc::new(SlowStore {
                inner: MemoryStore::new(Arc::clone(&clock) as _),
                clock: Arc::clone(&clock),
                counts: Mutex::default(),
            }),
            secrets: Arc::new(secrets),
            vendors: Arc::new(Vendors { genesys, is_down: self.is_down }),
            accepted: Mutex::default(),
            clock,
        });
        let mut tasks: Vec<Task> = vec![Box::pin(offer(Arc::clone(&scene)))];
        for _ in 0..self.instances {
            tasks.push(Box::pin(deliver(Arc::clone(&scene))));
        }
        time::run(&scene.clock, tasks);
        scene.drained()
    }
}

impl Scene {
    fn drained(&self) -> Drained {
        let (seen, accepted) =
            (self.vendors.genesys.seen.lock().unwrap(), self.accepted.lock().unwrap());
        let others = seen
            .taken
            .iter()
            .filter(|(_, number, _)| self.burst.tenants == 1 || self.burst.tenant(*number) > 0);
        let mut ages: Vec<i64> = others.map(|(_, number, at)| at - accepted[*number]).collect();
        ages.sort_unstable();
        let [reads, writes] = *self.store.counts.lock().unwrap();
        Drained {
            milliseconds: seen.taken.iter().map(|(.., at)| *at).max().unwrap_or_default(),
            is_in_order: is_in_order(&seen.taken),
            calls: seen.taken.len(),
            reads,
            writes,
            ages: [50, 99].map(|percent| ages[(ages.len() - 1) * percent / 100]),
        }
    }
}

async fn offer(scene: Arc<Scene>) {
    for number in 0..scene.burst.messages {
        let at = i64::try_from(scene.burst.lasts * number / scene.burst.messages).unwrap();
        let wait = at - scene.clock.elapsed();
        if wait > 0 {
            scene.clock.sleep(Duration::from_millis(wait.unsigned_abs())).await;
        }
        let conversation = number % scene.burst.conversations;
        let mut event = event(conversation, number, Kind::Message, scene.clock.now());
        event.integration = IntegrationName::new(format!("tenant-{}", scene.burst.tenant(number)));
        scene.accepted.lock().unwrap().push(scene.clock.elapsed());
        let message = event.to_message(Direction::Inbound).unwrap();
        scene.queue.send(Direction::Inbound, message).await.unwrap();
    }
    scene.queue.close();
}

/// One instance of the sender.
async fn deliver(scene: Arc<Scene>) {
    let clock = Arc::clone(&scene.clock) as Arc<dyn Clock>;
    let store = Arc::clone(&scene.store) as Arc<dyn Store>;
    let vendor = Arc::clone(&scene.vendors) as Arc<dyn Vendor>;
    let vendor: Arc<dyn Vendor> = Arc::new(Patience::new(vendor, Arc::clone(&clock)));
    let tokens = Arc::new(Tokens::new(Arc::clone(&store), Arc::clone(&clock)));
    let client = GenesysClient::new(vendor, tokens, Arc::clone(&clock));
    let settings = Settings::<SendConfig>::new(Arc::clone(&scene.secrets), Arc::clone(&clock));
    let engine = Engine {
        route: GenesysRoute { client: Arc::new(client) },
        store,
        queue: Arc::clone(&scene.queue) as _,
        settings: Arc::new(settings),
        clock,
        time_for_new_records: Some(Duration::from_secs(30)),
        reconcile_after: None,
        outages: Outages::default(),
    };
    while let Some(batch) = scene.queue.receive().await {
        let outcomes = engine.handle(batch.clone()).await;
        scene.queue.settle(&batch, &outcomes);
    }
}

/// 10,000 messages at once, over 1,000 conversations.
fn burst(instances: usize) -> Burst {
    let (messages, conversations) = (10_000, 1_000);
    Burst { tenants: 1, is_down: false, messages, conversations, lasts: 0, instances }
}

/// Ten tenants with ten messages a second together, for two minutes.
fn tenants(is_down: bool, instances: usize) -> Burst {
    let (messages, conversations) = (1_200, 300);
    Burst { tenants: 10, is_down, messages, conversations, lasts: 120_000, instances }
}

#[test]
fn a_burst_is_drained_in_order_with_three_calls_a_message() {
    for instances in [5, 50] {
        let burst = Burst { messages: 2_000, conversations: 200, ..burst(instances) };
        let drained = burst.run();
        assert!(drained.is_in_order && drained.calls == burst.messages, "{drained:?}");
        // Each instance delivers one message after the other while a batch is of one conversation.
        let each = (READ + ANSWER + WRITE).as_millis();
        let ideal = i64::try_from(each).unwrap() * 2_000 / i64::try_from(instances).unwrap();
        assert!(drained.milliseconds < ideal * 3 / 2, "{drained:?}, ideally {ideal}");
    }
}

/// The first message of the tenant that is down holds an instance until the time limit of its call,
/// and the next ones a few seconds each. So the others are later for some seconds if such messages
/// hold all instances, but neither lost nor out of order; with more instances they notice nothing.
#[test]
fn nine_tenants_are_delivered_in_order_beside_one_that_is_down() {
    for (instances, most) in [(5, [100, 9_000]), (20, [60, 250])] {
        let burst = tenants(true, instances);
        let beside = burst.run();
        let reached = (0..burst.messages).filter(|number| burst.tenant(*number) > 0).count();
        assert!(beside.is_in_order && beside.calls == reached, "{beside:?}");
        let within = beside.ages.iter().zip(most).all(|(age, most)| *age < most);
        assert!(within, "{instances} instances: {beside:?}");
    }
}

/// Prints the tables of docs/scale.md.
#[test]
#[ignore = "made by `make scale`"]
fn the_tables() {
    println!(
        "\n| instances of a sender | drained after | a second | in order | calls of the vendor | reads | writes |"
    );
    println!("|---|---|---|---|---|---|---|");
    for instances in [2, 5, 10, 50, 100] {
        let drained = burst(instances).run();
        let Drained { milliseconds, is_in_order, calls, reads, writes, .. } = drained;
        println!(
            "| {instances} | {:.1} s | {} | {is_in_order} | {calls} | {reads} | {writes} |",
            milliseconds as f64 / 1e3,
            10_000_000 / milliseconds
        );
    }
    println!(
        "\n| instances of a sender | all ten up: median, p99 | one down: median, p99 of the other nine |"
    );
    println!("|---|---|---|");
    for instances in [2, 5, 10, 20] {
        let [up, down] = [false, true].map(|is_down| tenants(is_down, instances).run().ages);
        println!("| {instances} | {} ms, {} ms | {} ms, {} ms |", up[0], up[1], down[0], down[1]);
    }
}
