use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use conversation::Transition;
use shared::ids::{ContactId, TraceId};
use testing::{AroundStore, ManualClock, MemoryStore};

use super::*;
use crate::event::{DedupKey, Payload};
use crate::recent::RecentStore;

/// Counts the calls of a store.
struct Counted {
    store: MemoryStore,
    loads: AtomicUsize,
    writes: AtomicUsize,
}

#[async_trait]
impl AroundStore for Counted {
    fn inside(&self) -> &dyn Store {
        &self.store
    }

    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.store.load(keys).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.store.write(writes).await
    }
}

testing::around_store!(Counted);

fn event(id: &str) -> QueuedEvent {
    QueuedEvent::accepted(
        IntegrationName::new("support"),
        Some(ContactId::new("ana")),
        DedupKey::Message(id.to_owned()),
        Payload::AvailabilityQuestion,
        TraceId::new("t"),
        Timestamp::from_milliseconds(0),
    )
}

async fn record(store: &dyn Store, clock: &ManualClock, snapshot: &mut Snapshot, sequence: u64) {
    let transitions = [Transition::LynnAccepted { sequence, at: clock.now() }];
    let commit = Commit {
        transitions: &transitions,
        writes: &[],
        letter: None,
        integration: &IntegrationName::new("support"),
        recorded: true,
        schedule: Schedule { session_timeout_acts: false, quiet: None },
        guarded: None,
        records_first: false,
        address: "address".to_owned(),
    };
    assert!(super::commit(store, clock, snapshot, &commit).await.unwrap().is_none());
}

/// Both senders of a process read the conversation before either writes it.
#[tokio::test]
async fn what_this_process_wrote_meanwhile_is_neither_read_again_nor_lost() {
    let clock = Arc::new(ManualClock::new(0));
    let memory = MemoryStore::new(Arc::clone(&clock) as _);
    let counted =
        Arc::new(Counted { store: memory, loads: Default::default(), writes: Default::default() });
    let store = RecentStore::new(Arc::clone(&counted) as _, Arc::clone(&clock) as _);
    let now = clock.now();
    let read =
        async |way, id: &str| load(&store, (way, now), &event(id), Vec::new()).await.unwrap();
    let mut first = read(Direction::Inbound, "m-1").await;
    record(&store, &clock, &mut first, 1).await;
    let mut one = read(Direction::Inbound, "m-2").await;
    let mut other = read(Direction::Inbound, "m-3").await;
    let counts = || [&counted.loads, &counted.writes].map(|count| count.load(Ordering::Relaxed));
    let before = counts();
    record(&store, &clock, &mut one, 2).await;
    record(&store, &clock, &mut other, 3).await;
    assert_eq!(counts(), [before[0], before[1] + 2]);
    assert_eq!(read(Direction::Inbound, "m-4").await.conversation, other.conversation);
}
