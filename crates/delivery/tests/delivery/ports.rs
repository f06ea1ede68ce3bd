//! The memory adapters keep the promises of the ports, and the queue meets the needs of its
//! drivers.

use std::sync::Arc;
use std::time::Duration;

use delivery::RecentStore;
use delivery::batch::Outcome;
use shared::ids::IntegrationName;
use shared::ports::{Clock, Direction, Queue, QueueMessage, Store};
use testing::{ManualClock, MemoryQueue, MemoryStore};

use crate::conformance::{self, Subject};

macro_rules! conforms_with {
    ($store:expr; $($check:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $check() {
                let clock = Arc::new(ManualClock::new(0));
                let (reading, moving) = (Arc::clone(&clock), Arc::clone(&clock));
                let clock = clock as Arc<dyn Clock>;
                conformance::$check(Subject {
                    store: $store(&clock),
                    queue: Arc::new(MemoryQueue::new(clock)) as Arc<dyn Queue>,
                    now: Box::new(move || reading.now()),
                    advance: Box::new(move |duration| moving.advance(duration)),
                })
                .await;
            }
        )*
    };
}

macro_rules! conforms {
    ($($check:ident),* $(,)?) => { conforms_with!(memory; $($check),*); };
}

conformance::each_check!(conforms);

/// A store with recent lists keeps the same promises.
mod with_lists {
    use super::*;

    macro_rules! conforms {
        ($($check:ident),* $(,)?) => { conforms_with!(lists; $($check),*); };
    }

    conformance::each_check!(conforms);
}

fn memory(clock: &Arc<dyn Clock>) -> Arc<dyn Store> {
    Arc::new(MemoryStore::new(Arc::clone(clock)))
}

fn lists(clock: &Arc<dyn Clock>) -> Arc<dyn Store> {
    Arc::new(RecentStore::new(memory(clock), Arc::clone(clock)))
}

const WAY: Direction = Direction::Inbound;

async fn send(queue: &MemoryQueue, group: &str, id: &str) {
    let message = QueueMessage {
        integration: IntegrationName::new("support"),
        group: group.to_owned(),
        deduplication: id.to_owned(),
        body: id.to_owned(),
    };
    queue.send(WAY, message).await.unwrap();
}

fn handed(queue: &MemoryQueue, most: usize) -> Vec<(String, u32)> {
    let records = queue.receive(WAY, most);
    records.iter().map(|record| (record.body.clone(), record.attempt)).collect()
}

fn named(expected: &[(&str, u32)]) -> Vec<(String, u32)> {
    expected.iter().map(|(body, attempt)| ((*body).to_owned(), *attempt)).collect()
}

#[tokio::test]
async fn a_group_waits_for_its_first_entry_and_no_other_does() {
    let clock = Arc::new(ManualClock::new(0));
    let queue = MemoryQueue::new(Arc::clone(&clock) as _);
    for (group, id) in [("a", "a1"), ("b", "b1"), ("a", "a2")] {
        send(&queue, group, id).await;
    }
    let batch = queue.receive(WAY, 10);
    send(&queue, "a", "a3").await;
    assert_eq!(handed(&queue, 10), []);
    let pause = Duration::from_secs(2);
    let outcomes = [Outcome::Retry { after: pause }, Outcome::Done, Outcome::Blocked];
    queue.settle(WAY, &batch, &outcomes);
    send(&queue, "b", "b2").await;
    assert_eq!(handed(&queue, 10), named(&[("b2", 1)]));
    assert_eq!(queue.next_due(WAY), Some(clock.now()));
    clock.advance(pause);
    assert_eq!(handed(&queue, 2), named(&[("a1", 2), ("a2", 2)]));
    assert_eq!(handed(&queue, 2), []);
    assert_eq!(queue.entries(WAY).len(), 4);
}

#[tokio::test]
async fn an_id_is_queued_once_while_it_is_there_and_within_five_minutes() {
    let clock = Arc::new(ManualClock::new(0));
    let queue = MemoryQueue::new(Arc::clone(&clock) as _);
    send(&queue, "a", "a1").await;
    clock.advance(Duration::from_secs(400));
    send(&queue, "a", "a1").await;
    let batch = queue.receive(WAY, 10);
    assert_eq!(batch.len(), 1);
    queue.settle(WAY, &batch, &[Outcome::Done]);
    send(&queue, "a", "a2").await;
    let batch = queue.receive(WAY, 10);
    queue.settle(WAY, &batch, &[Outcome::Done]);
    clock.advance(Duration::from_millis(299_999));
    send(&queue, "a", "a2").await;
    assert!(queue.entries(WAY).is_empty());
    clock.advance(Duration::from_millis(1));
    send(&queue, "a", "a2").await;
    assert_eq!(queue.entries(WAY).len(), 1);
}

#[tokio::test]
async fn sleeps_side_by_side_overlap_and_a_seed_repeats() {
    let clock = ManualClock::new(7);
    let start = clock.now();
    futures_util::future::join_all(
        (1..=5).map(|seconds| clock.sleep(Duration::from_secs(seconds))),
    )
    .await;
    assert_eq!(clock.now().since(start), 5000);
    let numbers = |seed| {
        let clock = ManualClock::new(seed);
        [clock.random(), clock.random()]
    };
    assert_eq!(numbers(7), numbers(7));
    assert_ne!(numbers(7), numbers(8));
}
