//! DynamoDB and SQS fulfil the contracts of the ports.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws::{DynamoStore, SqsQueue};
use aws_sdk_dynamodb::types::AttributeValue;
use shared::ids::IntegrationName;
use shared::ports::{
    Change, Clock, Direction, Expected, ItemKey, Queue, QueueMessage, Store, Write,
};
use shared::time::Timestamp;
use testing::ManualClock;

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
    let change = Change::Put { body: body.to_owned(), expires_at: None, index: None, due: None };
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

fn due_put(key: &ItemKey, due: Option<i64>) -> Write {
    let due = due.map(Timestamp::from_milliseconds);
    let change = Change::Put { body: "{}".to_owned(), expires_at: None, index: None, due };
    Write { key: key.clone(), expected: Expected::Anything, change }
}

/// The deadline attributes of every item, as stored in the table.
async fn deadlines(client: &aws_sdk_dynamodb::Client) -> Vec<[Option<AttributeValue>; 2]> {
    let answer = client.scan().table_name(TABLE).send().await.expect("the table is read");
    let items = answer.items.unwrap_or_default().into_iter();
    items.map(|mut item| ["due_shard", "due_at"].map(|name| item.remove(name))).collect()
}

#[tokio::test]
async fn deadlines_come_in_order_over_all_shards() {
    let emulator = Emulator::start().await;
    let store = store(&emulator).await;
    let key = |number: i64| ItemKey::new(format!("conv#support#{number}"), "state");
    // 77 and 200 have no common divisor, so each deadline occurs once.
    let writes: Vec<_> =
        (0..200).map(|number| due_put(&key(number), Some(number * 77 % 200))).collect();
    for chunk in writes.chunks(25) {
        store.write(chunk).await.expect("they are written");
    }
    let shards: BTreeSet<_> = deadlines(&emulator.clients().dynamodb())
        .await
        .into_iter()
        .map(|[shard, _]| shard.and_then(|shard| shard.as_s().ok().cloned()))
        .collect();
    assert_eq!(shards.len(), 16, "{shards:?}");
    for (until, limit, expected) in [(999, 999, 200), (999, 33, 33), (120, 999, 121)] {
        let found = store.due(Timestamp::from_milliseconds(until), limit).await;
        let found = found.expect("the deadlines are read").into_iter();
        let times: Vec<_> = found.map(|(_, due)| due.milliseconds()).collect();
        assert_eq!(times, (0..expected).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn both_attributes_of_a_deadline_come_and_go_together() {
    let emulator = Emulator::start().await;
    let (store, client) = (store(&emulator).await, emulator.clients().dynamodb());
    let key = ItemKey::new("conv#support#1", "state");
    store.write(&[due_put(&key, Some(1_500))]).await.expect("it is written");
    let due = AttributeValue::N("1500".to_owned());
    assert!(
        matches!(&deadlines(&client).await[..], [[Some(AttributeValue::S(_)), Some(at)]] if *at == due)
    );
    store.write(&[due_put(&key, None)]).await.expect("it is written");
    assert_eq!(deadlines(&client).await, [[None, None]]);
}

/// The largest body of a webhook with its envelope, and the characters that SQS refuses.
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
