//! A store with recent lists and a plain one cannot be told apart, whatever is written.

use std::sync::Arc;
use std::time::Duration;

use delivery::RecentStore;
use proptest::prelude::*;
use serde_json::json;
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Change, Clock, Expected, Item, ItemKey, PortError, Store, Write};
use testing::{ManualClock, MemoryStore};

use crate::events::{agent_says, says};
use crate::harness::Harness;

const PARTITION: &str = "conv#support#ana";
const WEEK: Duration = Duration::from_hours(7 * 24);
const LETTER: Duration = Duration::from_hours(90 * 24);

/// A step of one of the writers of a conversation.
#[derive(Clone, Debug)]
enum Step {
    /// An event is recorded as done, with the state or without, and with a mapping or without.
    Done { id: usize, with_state: bool, with_link: bool },
    /// An event is recorded as tried.
    Tried { id: usize, with_state: bool },
    /// A receipt is kept under the key of a mapping.
    Early { id: usize },
    /// The state is written alone.
    State,
    /// An item is removed.
    Remove { id: usize, link: bool },
    /// The state is removed.
    RemoveState,
    /// Time passes.
    Later { days: u64 },
    /// The next process starts: it knows no items. The first one is of a version without lists.
    Restart,
    /// Another process writes with what it read before the last steps.
    Stale,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = || 0..12_usize;
    let step = prop_oneof![
        8 => (id(), any::<bool>(), any::<bool>())
            .prop_map(|(id, with_state, with_link)| Step::Done { id, with_state, with_link }),
        3 => (id(), any::<bool>()).prop_map(|(id, with_state)| Step::Tried { id, with_state }),
        2 => id().prop_map(|id| Step::Early { id }),
        2 => Just(Step::State),
        1 => (id(), any::<bool>()).prop_map(|(id, link)| Step::Remove { id, link }),
        1 => Just(Step::RemoveState),
        1 => prop_oneof![Just(0), Just(8)].prop_map(|days| Step::Later { days }),
        1 => Just(Step::Restart),
        2 => Just(Step::Stale),
    ];
    prop::collection::vec(step, 1..60)
}

/// Ids as vendors give them: a UUID, a short one, and one that a list cannot hold.
fn event(id: usize) -> ItemKey {
    let id = match id % 3 {
        0 => format!("0c4c1a48-bf7e-42cd-b43e-5cc6ed9f4c{id:02x}"),
        1 => format!("m-{id}"),
        _ => format!("wamid,\"{id}"),
    };
    ItemKey::new(PARTITION, format!("msg#in#{id}"))
}

fn link(id: usize) -> ItemKey {
    ItemKey::new(PARTITION, format!("peer#9d0c1a48-bf7e-42cd-b43e-5cc6ed9f4c{id:02x}"))
}

fn state() -> ItemKey {
    ItemKey::new(PARTITION, "state")
}

struct Pair {
    clock: Arc<ManualClock>,
    plain: Arc<MemoryStore>,
    stored: Arc<MemoryStore>,
    lists: Arc<dyn Store>,
    /// The versions that another process read, in both stores.
    stale: Option<[(Option<u64>, Option<u64>); 2]>,
    round: usize,
}

impl Pair {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(0));
        let store = || Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let (plain, stored) = (store(), store());
        let lists = Arc::clone(&stored) as Arc<dyn Store>;
        Self { clock, plain, stored, lists, stale: None, round: 0 }
    }

    fn put(&self, key: &ItemKey, version: Option<u64>, body: String, kept: Duration) -> Write {
        let expected = version.map_or(Expected::Absent, Expected::Version);
        let expires_at = Some(self.clock.now() + kept);
        let (index, due) = match key.sort == "state" {
            true => (Some("genesys#c-1".to_owned()), Some(self.clock.now())),
            false => (None, None),
        };
        Write { key: key.clone(), expected, change: Change::Put { body, expires_at, index, due } }
    }

    /// Makes the same writes in both stores, each with the versions that it answers.
    async fn both(
        &mut self,
        keys: &[ItemKey],
        write: impl Fn(&Self, &[Option<u64>]) -> Vec<Write>,
    ) {
        self.round += 1;
        let mut results = Vec::new();
        for store in [&*self.plain as &dyn Store, &*self.lists] {
            let versions: Vec<_> = store
                .load(keys)
                .await
                .unwrap()
                .iter()
                .map(|item| item.as_ref().map(|item| item.version))
                .collect();
            results.push(store.write(&write(self, &versions)).await.is_ok());
        }
        assert_eq!(results[0], results[1]);
    }

    fn state_body(&self) -> String {
        json!({ "status": "open", "sequence": self.round }).to_string()
    }

    async fn play(&mut self, step: &Step) {
        let done = |id: usize| {
            json!({ "state": "done", "parts": 1, "firstTime": 1_795_341_600_123_i64, "content": format!("ab.c{id}") })
                .to_string()
        };
        match *step {
            Step::Done { id, with_state, with_link } => {
                let keys = [state(), event(id), link(id)];
                let message = event(id).sort["msg#in#".len()..].to_owned();
                self.both(&keys, |pair, versions| {
                    let mut writes = vec![pair.put(&keys[1], versions[1], done(id), WEEK)];
                    if with_state {
                        writes.push(pair.put(&keys[0], versions[0], pair.state_body(), LETTER * 4));
                    }
                    if with_link && versions[2].is_none() {
                        let body = json!({ "message": message, "part": 0, "parts": 1 });
                        writes.push(pair.put(&keys[2], None, body.to_string(), WEEK));
                    }
                    writes
                })
                .await;
            }
            Step::Tried { id, with_state } => {
                let keys = [state(), event(id)];
                self.both(&keys, |pair, versions| {
                    let body = json!({ "state": "dead", "failures": 3 }).to_string();
                    let mut writes = vec![pair.put(&keys[1], versions[1], body, LETTER)];
                    if with_state {
                        writes.push(pair.put(&keys[0], versions[0], pair.state_body(), LETTER * 4));
                    }
                    writes
                })
                .await;
            }
            Step::Early { id } => {
                let keys = [link(id)];
                self.both(&keys, |pair, versions| {
                    let body = json!({ "early": ["{}"] }).to_string();
                    vec![pair.put(&keys[0], versions[0], body, WEEK)]
                })
                .await;
            }
            Step::State => {
                let keys = [state()];
                self.both(&keys, |pair, versions| {
                    vec![pair.put(&keys[0], versions[0], pair.state_body(), LETTER * 4)]
                })
                .await;
            }
            Step::Remove { id, link: is_link } => {
                let key = if is_link { link(id) } else { event(id) };
                let delete = Write { key, expected: Expected::Anything, change: Change::Delete };
                self.both(&[], |_, _| vec![delete.clone()]).await;
            }
            Step::RemoveState => {
                // An operator removes a conversation with all of its items.
                let items = self.plain.list(PARTITION, "", None, 999).await.unwrap();
                let delete =
                    |key| Write { key, expected: Expected::Anything, change: Change::Delete };
                let keys = items.into_iter().map(|(key, _)| key);
                let writes: Vec<_> = keys.map(delete).take(25).collect();
                if writes.len() < 25 {
                    self.both(&[], |_, _| writes.clone()).await;
                }
            }
            Step::Later { days } => self.clock.advance(Duration::from_hours(24 * days)),
            Step::Restart => {
                let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
                let lists = RecentStore::new(Arc::clone(&self.stored) as _, clock);
                self.lists = Arc::new(lists.with_bodies_of(600));
            }
            Step::Stale => self.stale().await,
        }
    }

    /// A process that read before others wrote is refused in both stores, or in none.
    async fn stale(&mut self) {
        let key = state();
        let now = [&*self.plain as &dyn Store, &*self.lists];
        let mut versions = [(None, None), (None, None)];
        for (place, store) in now.into_iter().enumerate() {
            let items = store.load(&[key.clone(), event(0)]).await.unwrap();
            let version = |item: &Option<Item>| item.as_ref().map(|item| item.version);
            versions[place] = (version(&items[0]), version(&items[1]));
        }
        let Some(old) = self.stale.replace(versions) else { return };
        for (place, store) in now.into_iter().enumerate() {
            if old[place].0 == versions[place].0 {
                continue;
            }
            let write = self.put(&key, old[place].0, self.state_body(), LETTER);
            let refused = store.write(&[write]).await;
            assert!(matches!(refused, Err(PortError::Conflict { .. })), "{refused:?}");
        }
    }

    async fn compare(&self) {
        let keys: Vec<_> = (0..12).flat_map(|id| [event(id), link(id)]).chain([state()]).collect();
        let bodies = |items: Vec<Option<Item>>| -> Vec<Option<serde_json::Value>> {
            let read = |item: Item| told(&item.body);
            items.into_iter().map(|item| item.map(read)).collect()
        };
        let plain = bodies(self.plain.load(&keys).await.unwrap());
        assert_eq!(bodies(self.lists.load(&keys).await.unwrap()), plain);
        for (prefix, after, limit) in
            [("", None, 99), ("msg#in#", None, 3), ("peer#", Some("peer#9e"), 5), ("s", None, 1)]
        {
            let listed = |items: Vec<(ItemKey, Item)>| -> Vec<_> {
                let own = items.into_iter().filter(|(key, _)| !key.sort.starts_with("page#"));
                own.map(|(key, item)| (key, told(&item.body))).collect()
            };
            let plain = listed(self.plain.list(PARTITION, prefix, after, limit).await.unwrap());
            let lists = listed(self.lists.list(PARTITION, prefix, after, limit).await.unwrap());
            assert_eq!(lists, plain);
        }
        let found = |items: Vec<(ItemKey, Item)>| -> Vec<_> {
            items.into_iter().map(|(key, item)| (key, item.body)).collect()
        };
        let plain = found(self.plain.find("genesys#c-1").await.unwrap());
        assert_eq!(found(self.lists.find("genesys#c-1").await.unwrap()), plain);
        let due = self.plain.due(self.clock.now(), 9).await.unwrap();
        assert_eq!(self.lists.due(self.clock.now(), 9).await.unwrap(), due);
    }
}

/// The fields of a record that matter once its event is done.
fn told(body: &str) -> serde_json::Value {
    let mut value: serde_json::Value = serde_json::from_str(body).unwrap();
    if let Some(fields) = value.as_object_mut()
        && fields.get("state").is_some_and(|state| state == "done")
    {
        fields
            .retain(|name, _| ["state", "parts", "content", "firstTime"].contains(&name.as_str()));
    }
    value
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Also if an earlier version has used the table before.
    #[test]
    fn a_store_with_lists_is_like_a_plain_one(before in steps(), steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut pair = Pair::new();
            let before = before.iter().filter(|step| !matches!(step, Step::Restart)).take(10);
            for step in before.chain([&Step::Restart]).chain(&steps) {
                pair.play(step).await;
                pair.compare().await;
            }
        });
    }
}

/// The conversation's item holds the latest messages and stays small, however long the conversation
/// is; and a repeat of any message is recognised.
#[tokio::test]
async fn a_message_is_one_small_item() {
    let mut harness = Harness::new(&json!({}));
    let id = |number: usize| format!("0c4c1a48-bf7e-42cd-b43e-5cc6ed9f{number:04x}");
    let (mut sizes, mut items) = (Vec::new(), 0);
    for number in 0..200 {
        harness.accept(Inbound, &says(&harness, "ana", &id(number), 1)).await;
        harness.drain().await;
        let stored = harness.memory.list(PARTITION, "", None, 999).await.unwrap();
        items = stored.len();
        let is_state = |(key, _): &&(ItemKey, Item)| key.sort == "state";
        sizes.push(stored.iter().find(is_state).unwrap().1.body.len());
    }
    // The first message, its mapping, the state; and a page for about every ten messages.
    assert!(items <= 3 + 20, "{items} items");
    assert!(sizes[..20].iter().all(|size| *size <= 1750), "{sizes:?}");
    assert!(sizes.iter().all(|size| *size <= 3750), "{sizes:?}");
    let calls = harness.genesys_calls().len();
    for number in 0..200 {
        harness.accept(Inbound, &says(&harness, "ana", &id(number), 1)).await;
        harness.drain().await;
    }
    assert_eq!(harness.genesys_calls().len(), calls);
}

/// In a conversation in progress, an event costs one read and one write of one item, each way. The
/// rest of the calls that `docs/performance-and-cost.md` prices are one of the queue and one of the
/// vendor.
#[tokio::test]
async fn a_delivery_is_one_read_and_one_write_of_one_item() {
    let mut harness = Harness::new(&json!({ "genesys": { "agentNames": "hidden" } }));
    harness.accept(Inbound, &says(&harness, "ana", "first", 1)).await;
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-first")).await;
    harness.drain().await;
    let calls = |harness: &Harness| *harness.fault_injector.calls.lock().unwrap();
    for (direction, event) in [
        (Inbound, says(&harness, "ana", "m-1", 1)),
        (Outbound, agent_says(&harness, "ana", "g-1")),
        (Inbound, says(&harness, "ana", "m-2", 1)),
    ] {
        let before = calls(&harness);
        harness.accept(direction, &event).await;
        harness.drain().await;
        let after = calls(&harness);
        let used =
            [after.loads - before.loads, after.writes - before.writes, after.items - before.items];
        assert_eq!(used, [1, 1, 1], "{direction:?}");
    }
}

/// While processes of an earlier version may work beside this one, it writes as they do.
#[tokio::test]
async fn no_list_is_written_in_the_first_hour() {
    let clock = Arc::new(ManualClock::new(0));
    let memory = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    let process = || RecentStore::beside_older(Arc::clone(&memory) as _, Arc::clone(&clock) as _);
    let record = |id: usize| {
        let body = json!({ "state": "done", "parts": 1 }).to_string();
        Write::anyway(event(id), body, Some(clock.now() + WEEK))
    };
    let record = |id| Write { expected: Expected::Absent, ..record(id) };
    let open = Write::anyway(state(), json!({ "status": "open" }).to_string(), None);
    let first = process();
    first.write(&[open, record(0)]).await.unwrap();
    clock.advance(Duration::from_mins(59));
    process().write(&[record(1)]).await.unwrap();
    let stored = |memory: &Arc<MemoryStore>| {
        let memory = Arc::clone(memory);
        async move { memory.list(PARTITION, "msg#", None, 99).await.unwrap().len() }
    };
    assert_eq!(stored(&memory).await, 2);
    clock.advance(Duration::from_mins(1));
    first.write(&[record(3)]).await.unwrap();
    process().write(&[record(4)]).await.unwrap();
    assert_eq!(stored(&memory).await, 2);
    assert_eq!(first.list(PARTITION, "msg#", None, 99).await.unwrap().len(), 4);
}

/// A writer that read before another one stored the item, and turned the page, is told so: of an
/// item on the page, and of one that is stored by itself.
#[tokio::test]
async fn what_left_the_list_is_not_stored_as_new() {
    let clock = Arc::new(ManualClock::new(0));
    let memory = Arc::new(MemoryStore::new(Arc::clone(&clock) as Arc<dyn Clock>));
    let process =
        || RecentStore::new(Arc::clone(&memory) as _, Arc::clone(&clock) as _).with_bodies_of(300);
    let new = |key: ItemKey, body: serde_json::Value| {
        let write = Write::anyway(key, body.to_string(), Some(clock.now() + WEEK));
        Write { expected: Expected::Absent, ..write }
    };
    let done = |id: usize| new(event(id), json!({ "state": "done", "parts": 1 }));
    let one = process();
    one.write(&[new(state(), json!({ "status": "open" }))]).await.unwrap();
    let mapping = json!({ "message": "m-1", "part": 0, "parts": 1 });
    one.write(&[done(1), new(link(1), mapping)]).await.unwrap();
    let tried = json!({ "state": "pending", "parts": 0, "failures": 1 });
    one.write(&[new(event(22), tried)]).await.unwrap();
    for id in [0, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19] {
        one.write(&[done(id)]).await.unwrap();
    }
    assert!(!memory.list(PARTITION, "page#", None, 9).await.unwrap().is_empty());
    assert!(memory.load(&[event(22)]).await.unwrap()[0].is_some());
    for key in [event(1), link(1), event(22)] {
        let early = new(key.clone(), json!({ "early": true }));
        for process in [&one, &process()] {
            let refused = process.write(std::slice::from_ref(&early)).await;
            assert!(matches!(refused, Err(PortError::Conflict { .. })), "{key:?}: {refused:?}");
        }
        assert!(one.load(&[key]).await.unwrap()[0].is_some());
    }
}
