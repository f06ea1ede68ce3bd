//! The contract of the store and queue ports, for every adapter.
//!
//! Rule: checks use only `shared::ports`, except where instances meet in the store. Each check uses
//! its own partitions. Deadlines are queried across the whole table, so their checks need a table
//! of their own.

mod budgets;
mod due;

pub use budgets::*;
pub use due::*;

use std::sync::Arc;
use std::time::Duration;

use shared::ids::IntegrationName;
use shared::ports::{
    Change, Direction, Expected, Item, ItemKey, PortError, Queue, QueueMessage, Store, Write,
};
use shared::time::Timestamp;

/// An adapter, and the clock that it uses.
pub struct Subject {
    pub store: Arc<dyn Store>,
    pub queue: Arc<dyn Queue>,
    pub now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    pub advance: Box<dyn Fn(Duration) + Send + Sync>,
}

fn put(key: &ItemKey, expected: Expected, body: &str) -> Write {
    full_put(key, expected, body, None, None)
}

fn full_put(
    key: &ItemKey,
    expected: Expected,
    body: &str,
    expires_at: Option<Timestamp>,
    index: Option<&str>,
) -> Write {
    let index = index.map(str::to_owned);
    let change = Change::Put { body: body.to_owned(), expires_at, index, due: None };
    Write { key: key.clone(), expected, change }
}

fn delete(key: &ItemKey, expected: Expected) -> Write {
    Write { key: key.clone(), expected, change: Change::Delete }
}

impl Subject {
    async fn write(&self, writes: &[Write]) {
        self.store.write(writes).await.expect("the write is done");
    }

    async fn refused(&self, writes: &[Write]) {
        let result = self.store.write(writes).await;
        assert!(matches!(result, Err(PortError::Conflict { .. })), "{result:?}");
    }

    async fn get(&self, key: &ItemKey) -> Option<(String, u64)> {
        let items = self.store.load(std::slice::from_ref(key)).await.expect("the item is read");
        assert_eq!(items.len(), 1);
        items.into_iter().next().flatten().map(|Item { body, version }| (body, version))
    }

    async fn sorts(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        most: usize,
    ) -> Vec<String> {
        let items = self.store.list(partition, prefix, after, most).await.expect("it is listed");
        items.into_iter().map(|(key, _)| key.sort).collect()
    }

    /// The index may lag, so an unexpected answer is requested again for a while.
    async fn finds(&self, value: &str, expected: &[&str]) {
        let mut found = Vec::new();
        for _ in 0..50 {
            let items = self.store.find(value).await.expect("the index is read");
            found = items.into_iter().map(|(key, _)| key.sort).collect::<Vec<_>>();
            found.sort();
            if found == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(found, expected);
    }
}

pub async fn loads_in_the_order_asked(subject: Subject) {
    let key = |sort: &str| ItemKey::new("conformance-load", sort);
    subject.write(&[put(&key("a"), Expected::Absent, "A")]).await;
    subject.write(&[put(&key("b"), Expected::Absent, "B")]).await;
    let keys = [key("b"), key("missing"), key("a"), key("b")];
    let items = subject.store.load(&keys).await.expect("the items are read");
    let bodies: Vec<_> =
        items.iter().map(|item| item.as_ref().map(|item| item.body.as_str())).collect();
    assert_eq!(bodies, [Some("B"), None, Some("A"), Some("B")]);
    assert!(subject.store.load(&[]).await.expect("nothing is read").is_empty());
}

pub async fn versions_rise_by_one(subject: Subject) {
    let key = ItemKey::new("conformance-versions", "item");
    for version in 1..=3 {
        subject.write(&[put(&key, Expected::Anything, "{}")]).await;
        assert_eq!(subject.get(&key).await, Some(("{}".to_owned(), version)));
    }
    subject.write(&[delete(&key, Expected::Version(3))]).await;
    assert_eq!(subject.get(&key).await, None);
    subject.write(&[delete(&key, Expected::Anything)]).await;
    subject.write(&[put(&key, Expected::Absent, "{}")]).await;
    assert_eq!(subject.get(&key).await, Some(("{}".to_owned(), 1)));
}

pub async fn rewrites_nothing_but_the_body(subject: Subject) {
    let key = ItemKey::new("conformance-rewrite", "item");
    let rewrite = |version: u64, body: &str| Write {
        key: key.clone(),
        expected: Expected::Version(version),
        change: Change::Rewrite { body: body.to_owned() },
    };
    subject.refused(&[rewrite(1, "early")]).await;
    let end = (subject.now)() + Duration::from_mins(10);
    let index = Some("conformance-rewritten");
    subject.write(&[full_put(&key, Expected::Absent, "first", Some(end), index)]).await;
    subject.write(&[rewrite(1, "second")]).await;
    subject.refused(&[rewrite(1, "late")]).await;
    assert_eq!(subject.get(&key).await, Some(("second".to_owned(), 2)));
    subject.finds("conformance-rewritten", &["item"]).await;
    (subject.advance)(Duration::from_mins(11));
    assert_eq!(subject.get(&key).await, None);
    subject.refused(&[rewrite(2, "expired")]).await;
}

pub async fn conditions_hold_or_refuse(subject: Subject) {
    let key = ItemKey::new("conformance-conditions", "item");
    subject.refused(&[put(&key, Expected::Version(1), "early")]).await;
    subject.refused(&[delete(&key, Expected::Version(1))]).await;
    subject.write(&[put(&key, Expected::Absent, "first")]).await;
    subject.refused(&[put(&key, Expected::Absent, "again")]).await;
    subject.refused(&[delete(&key, Expected::Absent)]).await;
    subject.refused(&[put(&key, Expected::Version(2), "ahead")]).await;
    subject.write(&[put(&key, Expected::Version(1), "second")]).await;
    subject.refused(&[delete(&key, Expected::Version(1))]).await;
    assert_eq!(subject.get(&key).await, Some(("second".to_owned(), 2)));
}

pub async fn writes_together_or_not_at_all(subject: Subject) {
    let keys: Vec<_> =
        (10..35).map(|number| ItemKey::new("conformance-together", number.to_string())).collect();
    let all: Vec<_> = keys.iter().map(|key| put(key, Expected::Absent, "{}")).collect();
    subject.write(&all).await;
    let mut changed: Vec<_> =
        keys.iter().map(|key| put(key, Expected::Version(1), "changed")).collect();
    changed[24].expected = Expected::Absent;
    subject.refused(&changed).await;
    for item in subject.store.load(&keys).await.expect("the items are read") {
        assert_eq!(item.map(|item| (item.body, item.version)), Some(("{}".to_owned(), 1)));
    }
    changed[24] = delete(&keys[24], Expected::Version(1));
    subject.write(&changed).await;
    assert_eq!(subject.get(&keys[0]).await, Some(("changed".to_owned(), 2)));
    assert_eq!(subject.get(&keys[24]).await, None);
}

pub async fn too_many_writes_are_refused(subject: Subject) {
    let key = |number: u32| ItemKey::new("conformance-many", number.to_string());
    let writes: Vec<_> =
        (0..26).map(|number| put(&key(number), Expected::Anything, "{}")).collect();
    assert!(subject.store.write(&writes).await.is_err());
    let same_key_twice =
        [put(&key(0), Expected::Anything, "{}"), delete(&key(0), Expected::Anything)];
    assert!(subject.store.write(&same_key_twice).await.is_err());
    assert_eq!(subject.get(&key(0)).await, None);
}

pub async fn expired_items_count_as_absent(subject: Subject) {
    let key = ItemKey::new("conformance-expiry", "item");
    // Start at a whole second. The expiry then has milliseconds, which round up to the next second.
    let start = ((subject.now)().milliseconds() + 999) / 1000 * 1000;
    (subject.advance)(Duration::from_millis(
        Timestamp::from_milliseconds(start).since((subject.now)()).unsigned_abs(),
    ));
    let expires_at = Some(Timestamp::from_milliseconds(start + 1_500));
    let write = full_put(&key, Expected::Absent, "old", expires_at, Some("conformance-expiry"));
    subject.write(&[write]).await;
    (subject.advance)(Duration::from_millis(1_999));
    assert_eq!(subject.get(&key).await, Some(("old".to_owned(), 1)));
    (subject.advance)(Duration::from_millis(1));
    assert_eq!(subject.get(&key).await, None);
    assert!(subject.sorts("conformance-expiry", "", None, 9).await.is_empty());
    subject.finds("conformance-expiry", &[]).await;
    subject.refused(&[put(&key, Expected::Version(1), "late")]).await;
    subject
        .write(&[
            delete(&key, Expected::Absent),
            put(&ItemKey::new("conformance-expiry", "other"), Expected::Absent, "{}"),
        ])
        .await;
    subject.write(&[full_put(&key, Expected::Absent, "new", expires_at, None)]).await;
    assert_eq!(subject.get(&key).await, None);
    subject.write(&[put(&key, Expected::Absent, "new")]).await;
    assert_eq!(subject.get(&key).await.map(|(body, _)| body), Some("new".to_owned()));
}

pub async fn lists_a_prefix_in_order(subject: Subject) {
    let partition = "conformance-list";
    for sort in ["b#2", "a#1", "b#10", "b", "b#1", "c#1", "b#é", "b#\u{10ffff}x"] {
        subject.write(&[put(&ItemKey::new(partition, sort), Expected::Absent, sort)]).await;
    }
    subject.write(&[put(&ItemKey::new("conformance-list2", "b#3"), Expected::Absent, "")]).await;
    let all = ["b#1", "b#10", "b#2", "b#é", "b#\u{10ffff}x"];
    assert_eq!(subject.sorts(partition, "b#", None, 99).await, all);
    assert_eq!(subject.sorts(partition, "b#", None, 2).await, all[..2]);
    assert_eq!(subject.sorts(partition, "b#", Some("b#10"), 2).await, all[2..4]);
    assert_eq!(subject.sorts(partition, "b#", Some("b#11"), 1).await, all[2..3]);
    assert_eq!(subject.sorts(partition, "b#", Some("a"), 1).await, all[..1]);
    assert!(subject.sorts(partition, "b#", Some("c"), 9).await.is_empty());
    assert!(subject.sorts(partition, "d", None, 9).await.is_empty());
    assert!(subject.sorts(partition, "b#", None, 0).await.is_empty());
    assert_eq!(subject.sorts(partition, "", None, 99).await.len(), 8);
}

pub async fn finds_by_index_until_it_is_removed(subject: Subject) {
    let key = |sort: &str| ItemKey::new("conformance-find", sort);
    let value = "conformance-value";
    let indexed = |sort: &str| full_put(&key(sort), Expected::Anything, "{}", None, Some(value));
    subject.write(&[indexed("a"), indexed("b"), indexed("c")]).await;
    subject.write(&[put(&key("d"), Expected::Absent, "{}")]).await;
    subject.finds(value, &["a", "b", "c"]).await;
    subject
        .write(&[put(&key("a"), Expected::Anything, "{}"), delete(&key("b"), Expected::Anything)])
        .await;
    subject.finds(value, &["c"]).await;
    subject.write(&[full_put(&key("c"), Expected::Anything, "{}", None, Some("other"))]).await;
    subject.finds(value, &[]).await;
    subject.finds("other", &["c"]).await;
    // Longer than a key of DynamoDB, and different only at the end.
    let long = |end: &str| format!("{}{end}", "l".repeat(3000));
    let key = ItemKey::new("conformance-find-long", "l");
    subject.write(&[full_put(&key, Expected::Anything, "L", None, Some(&long("1")))]).await;
    subject.finds(&long("1"), &["l"]).await;
    subject.finds(&long("2"), &[]).await;
}

pub async fn one_of_many_writers_wins(subject: Subject) {
    let key = ItemKey::new("conformance-race", "item");
    for round in 0..20 {
        let expected = if round == 0 { Expected::Absent } else { Expected::Version(round) };
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let (store, key) = (Arc::clone(&subject.store), key.clone());
                tokio::spawn(async move {
                    match store.write(&[put(&key, expected, &writer.to_string())]).await {
                        Ok(()) => Some(writer.to_string()),
                        Err(PortError::Conflict { .. }) => None,
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        let mut winners = Vec::new();
        for writer in writers {
            winners.extend(writer.await.expect("the writer ends"));
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert_eq!(subject.get(&key).await, Some((winners.remove(0), round + 1)));
    }
}

pub async fn a_message_sent_twice_is_no_error(subject: Subject) {
    let message = QueueMessage {
        integration: IntegrationName::new("conformance"),
        group: "conformance-group".to_owned(),
        deduplication: "conformance-id".to_owned(),
        body: "{}".to_owned(),
    };
    for _ in 0..2 {
        for direction in [Direction::Inbound, Direction::Outbound] {
            subject.queue.send(direction, message.clone()).await.expect("the queue takes it");
        }
    }
}

/// Passes the names of all checks to a macro, so that every adapter runs every new check.
macro_rules! each_check {
    ($make:ident) => {
        $make! {
            loads_in_the_order_asked,
            versions_rise_by_one,
            rewrites_nothing_but_the_body,
            conditions_hold_or_refuse,
            writes_together_or_not_at_all,
            too_many_writes_are_refused,
            expired_items_count_as_absent,
            lists_a_prefix_in_order,
            finds_by_index_until_it_is_removed,
            names_what_is_due_the_earliest_first,
            names_an_item_only_by_its_last_deadline,
            names_what_is_due_of_many_conversations_in_order,
            one_of_many_writers_wins,
            the_longest_pause_holds_for_every_instance,
            a_message_sent_twice_is_no_error,
        }
    };
}
pub(crate) use each_check;
