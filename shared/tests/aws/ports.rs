//! DynamoDB and SQS keep what the ports promise.

use std::sync::Arc;

use shared::aws::{DynamoStore, SqsQueue};
use shared::ids::IntegrationName;
use shared::memory::ManualClock;
use shared::ports::{
    Change, Clock, Direction, Expected, ItemKey, Queue, QueueMessage, Store, Write,
};

use crate::conformance::{self, Subject};
use crate::emulator::{Emulator, TABLE};

macro_rules! conforms {
    ($($check:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $check() {
                let emulator = Emulator::start().await;
                let clock = Arc::new(ManualClock::new(0));
                let (reading, moving) = (Arc::clone(&clock), Arc::clone(&clock));
                let (queues, urls) = emulator.queues(30).await;
                let table = emulator.table().await;
                conformance::$check(Subject {
                    store: Arc::new(DynamoStore::new(table, TABLE, clock)) as Arc<dyn Store>,
                    queue: Arc::new(SqsQueue::new(queues, urls)) as Arc<dyn Queue>,
                    now: Box::new(move || reading.now()),
                    advance: Box::new(move |duration| moving.advance(duration)),
                })
                .await;
            }
        )*
    };
}

conformance::each_check!(conforms);

async fn store(emulator: &Emulator) -> DynamoStore {
    DynamoStore::new(emulator.table().await, TABLE, Arc::new(ManualClock::new(0)))
}

fn put(key: &ItemKey, body: &str) -> Write {
    let change = Change::Put { body: body.to_owned(), expires_at: None, index: None };
    Write { key: key.clone(), expected: Expected::Absent, change }
}

#[tokio::test]
async fn keys_of_any_length_stay_apart() {
    let emulator = Emulator::start().await;
    let store = store(&emulator).await;
    let long = |end: &str| ItemKey::new(format!("conv#support#{}{end}", "9".repeat(4000)), "state");
    let deep =
        |end: &str| ItemKey::new("conv#support#1", format!("msg#out#{}{end}", "é".repeat(3000)));
    let keys = [long("a"), long("b"), deep("a"), deep("b")];
    for (place, key) in keys.iter().enumerate() {
        store.write(&[put(key, &place.to_string())]).await.expect("it is written");
    }
    let items = store.load(&keys).await.expect("they are read");
    let bodies: Vec<_> = items.into_iter().map(|item| item.expect("it is there").body).collect();
    assert_eq!(bodies, ["0", "1", "2", "3"]);
    let listed = store.list("conv#support#1", "msg#out#", None, 9).await.expect("they are listed");
    assert_eq!(listed.len(), 2);
}

#[tokio::test]
async fn more_items_than_one_call_reads() {
    let emulator = Emulator::start().await;
    let store = store(&emulator).await;
    let keys: Vec<_> = (0..230)
        .map(|number| ItemKey::new("conv#support#1", format!("msg#in#{number:03}")))
        .collect();
    for chunk in keys.chunks(25) {
        let writes: Vec<_> = chunk.iter().map(|key| put(key, &key.sort)).collect();
        store.write(&writes).await.expect("they are written");
    }
    let items = store.load(&keys).await.expect("they are read");
    assert!(
        keys.iter()
            .zip(&items)
            .all(|(key, item)| item.as_ref().is_some_and(|item| item.body == key.sort))
    );
    let listed = store.list("conv#support#1", "msg#in#", Some("msg#in#009"), 1000).await;
    assert_eq!(listed.expect("they are listed").len(), 220);
}

/// The largest body of a webhook, with what travels with it, and the characters that SQS refuses.
#[tokio::test]
async fn every_body_that_an_endpoint_takes_fits_a_queue_entry() {
    let emulator = Emulator::start().await;
    let (client, urls) = emulator.queues(30).await;
    let url = urls.inbound.clone().expect("an address");
    let queue = SqsQueue::new(client.clone(), urls);
    let body = format!("{{\"text\":\"{}\u{ffff}\"}}", "palabra \\\"".repeat(100_000));
    let message = QueueMessage {
        integration: IntegrationName::new("support"),
        group: "group".to_owned(),
        deduplication: "id".to_owned(),
        body,
    };
    queue.send(Direction::Inbound, message.clone()).await.expect("the queue takes it");
    queue.send(Direction::Inbound, message).await.expect("and takes it again");
    let received = client.receive_message().queue_url(&url).max_number_of_messages(10).send().await;
    assert_eq!(received.expect("it is received").messages.unwrap_or_default().len(), 1);
}
