//! The database fulfils the contracts of the ports, and its own additional ones.

use std::sync::Arc;
use std::time::Duration;

use shared::ports::{Change, Clock as _, Expected, ItemKey, PortError, Queue, Store, Write};
use sqlite::{Backlog, Visitor};

use crate::conformance::{self, Subject};
use crate::support::{FakeClock, later, meddle, open, pending, send};

macro_rules! conforms {
    ($($check:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let directory = tempfile::tempdir().unwrap();
                let clock = FakeClock::new();
                let database = open(directory.path(), &clock);
                let (reading, moving) = (Arc::clone(&clock), clock);
                conformance::$check(Subject {
                    store: Arc::new(database.clone()) as Arc<dyn Store>,
                    queue: Arc::new(database) as Arc<dyn Queue>,
                    now: Box::new(move || reading.now()),
                    advance: Box::new(move |duration| moving.advance(duration)),
                })
                .await;
            }
        )*
    };
}

conformance::each_check!(conforms);

fn put(sort: &str, lifetime: Option<(&FakeClock, i64)>) -> Write {
    let expires_at = lifetime.map(|(clock, time)| later(clock.now(), time));
    let change = Change::Put { body: "SECRET".to_owned(), expires_at, index: None, due: None };
    Write { key: ItemKey::new("conv#SECRET", sort), expected: Expected::Anything, change }
}

#[tokio::test]
async fn a_failed_transaction_refuses_its_batch_and_the_next_one_works() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path(), &FakeClock::new());
    // Acts like a full disk: the statement fails and the whole transaction is rolled back.
    meddle(
        directory.path(),
        "CREATE TRIGGER full BEFORE INSERT ON items WHEN NEW.sk = 'poison'
         BEGIN SELECT RAISE(ROLLBACK, 'no room'); END",
    );
    let writes = ["one", "poison", "two"].map(|sort| vec![put(sort, None)]);
    let results =
        futures_util::future::join_all(writes.iter().map(|write| database.write(write))).await;
    let error = results[1].as_ref().expect_err("the poisoned write is refused");
    assert!(matches!(error, PortError::Unavailable { .. }));
    assert!(!format!("{error:?} {error}").contains("SECRET"));
    let keys = ["one", "two"].map(|sort| ItemKey::new("conv#SECRET", sort));
    let found = database.load(&keys).await.unwrap();
    assert_eq!(results[0].is_ok(), found[0].is_some());
    assert_eq!(results[2].is_ok(), found[1].is_some());
    database.write(&[put("three", None)]).await.expect("the writer goes on");
}

#[tokio::test]
async fn expired_items_are_purged() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    for number in 0..1_200 {
        database.write(&[put(&number.to_string(), Some((&clock, 1_000)))]).await.unwrap();
    }
    clock.advance(Duration::from_secs(60));
    database.write(&[put("last", None)]).await.unwrap();
    // The purge runs while there is no other work, and closing ends it. So poll the file until the
    // purge is done.
    let connection = rusqlite::Connection::open(directory.path().join("bridge.db")).unwrap();
    let count = || connection.query_row("SELECT COUNT(*) FROM items", [], |row| row.get(0));
    let mut left: i64 = count().unwrap();
    while left > 1 {
        tokio::task::yield_now().await;
        left = count().unwrap();
    }
    assert_eq!(left, 1);
}

#[tokio::test]
async fn operators_see_what_waits() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    send(&database, "support", "group", "first").await;
    clock.advance(Duration::from_secs(7));
    send(&database, "sales", "other", "second").await;
    send(&database, "sales", "other", "second").await;
    let status = database.queue_status().await.unwrap();
    assert_eq!(status.inbound.pending, 2);
    assert_eq!(status.inbound.oldest, Some(Duration::from_secs(7)));
    assert_eq!((status.outbound.pending, status.outbound.oldest), (0, None));
    let visitor = Visitor::open(directory.path(), clock.clone()).unwrap();
    assert_eq!(visitor.queue_status().await.unwrap(), status);
    let backlogs = visitor.backlogs().await.unwrap();
    let waited = |backlog: &Backlog| clock.now().elapsed_since(backlog.oldest).as_secs();
    let named: Vec<_> = backlogs
        .iter()
        .map(|backlog| (backlog.integration.as_str(), backlog.pending, waited(backlog)))
        .collect();
    assert_eq!(named, [("sales", 1, 0), ("support", 1, 7)]);
}

#[tokio::test]
async fn what_was_answered_is_there_after_closing() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let clone = database.clone();
    send(&database, "support", "group", "first").await;
    database.close().await;
    assert!(!directory.path().join("bridge.db-wal").exists());
    let late = clone.write(&[put("late", None)]).await;
    assert!(matches!(late, Err(PortError::Unavailable { .. })), "{late:?}");
    assert!(clone.load(&[ItemKey::new("a", "b")]).await.is_err());
    assert!(clone.queue_status().await.is_err());
    clone.close().await;
    assert_eq!(pending(&open(directory.path(), &clock)).await, 1);
}
