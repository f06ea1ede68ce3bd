//! A database of version 1 keeps its contents in an upgrade, and visitors can use it before the
//! upgrade.

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use shared::ids::IntegrationName;
use shared::ports::{
    Change, Clock, Direction, Expected, Item, ItemKey, PortError, Queue as _, QueueMessage, Store,
    Write,
};
use shared::time::Timestamp;
use sqlite::{Database, OpenError, Visitor};
use tempfile::TempDir;

use crate::support::{FakeClock, meddle, open, pending};

/// The database as version 1 made it: an item that is found, an item that expired long ago, and a
/// queue entry.
const VERSION_1: &str = "
PRAGMA journal_mode = WAL;
CREATE TABLE items (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER,
    idx TEXT,
    PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
CREATE INDEX items_by_index ON items (idx) WHERE idx IS NOT NULL;
CREATE INDEX items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE queue (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    direction INTEGER NOT NULL,
    integration TEXT NOT NULL,
    group_id TEXT NOT NULL,
    deduplication TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER,
    accepted_at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX queue_by_deduplication ON queue (direction, deduplication);
PRAGMA user_version = 1;
INSERT INTO items VALUES ('conv#a', 'state', 'kept', 7, NULL, 'genesys#1'), ('conv#a', 'old', 'gone', 1, 1000, NULL);
INSERT INTO queue (direction, integration, group_id, deduplication, accepted_at, body)
VALUES (0, 'support', 'group', 'id', 1, 'waiting');
";

/// Later than every deadline of these tests.
fn future() -> Timestamp {
    Timestamp::from_milliseconds(i64::MAX)
}

fn version_1() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let connection = Connection::open(directory.path().join("bridge.db")).unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    directory
}

fn version(directory: &Path) -> i64 {
    let connection = Connection::open(directory.join("bridge.db")).unwrap();
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

fn state() -> ItemKey {
    ItemKey::new("conv#a", "state")
}

fn put(due: Option<Timestamp>) -> Write {
    let change = Change::Put { body: "new".to_owned(), expires_at: None, index: None, due };
    Write { key: state(), expected: Expected::Version(7), change }
}

/// Readers of version 1 and of version 2 both see these items.
async fn holds_its_items(store: &dyn Store) {
    let kept = Item { body: "kept".to_owned(), version: 7 };
    let keys = [state(), ItemKey::new("conv#a", "old")];
    assert_eq!(store.load(&keys).await.unwrap(), [Some(kept.clone()), None]);
    assert_eq!(store.find("genesys#1").await.unwrap(), [(state(), kept.clone())]);
    assert_eq!(store.list("conv#a", "", None, 9).await.unwrap(), [(state(), kept)]);
}

#[tokio::test]
async fn version_1_is_brought_up_to_date_with_what_it_holds() {
    let directory = version_1();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    assert_eq!(version(directory.path()), 4);
    holds_its_items(&database).await;
    assert_eq!(pending(&database).await, 1);
    assert!(database.due(future(), 9).await.unwrap().is_empty());
    let due = clock.now();
    database.write(&[put(Some(due))]).await.unwrap();
    database.close().await;
    let database = open(directory.path(), &clock);
    assert_eq!(database.due(future(), 9).await.unwrap(), [(state(), due)]);
}

#[tokio::test]
async fn an_upgrade_that_fails_leaves_version_1_as_it_was() {
    let directory = version_1();
    // The second statement of the upgrade fails, because its name is already used.
    meddle(directory.path(), "CREATE TABLE items_by_due (one)");
    let error = Database::open(directory.path(), FakeClock::new()).expect_err("it does not open");
    assert!(matches!(error, OpenError::Database { .. }), "{error:?}");
    assert_eq!(version(directory.path()), 1);
    meddle(directory.path(), "DROP TABLE items_by_due");
    holds_its_items(&open(directory.path(), &FakeClock::new())).await;
}

#[tokio::test]
async fn a_visitor_reads_sends_and_removes_before_the_upgrade() {
    let directory = version_1();
    let clock = FakeClock::new();
    let visitor = Visitor::open(directory.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    holds_its_items(&visitor).await;
    assert_eq!(visitor.partitions("conv#").await.unwrap(), ["conv#a"]);
    assert_eq!(visitor.across("conv#", "state", None, 9).await.unwrap().len(), 1);
    let message = QueueMessage {
        integration: IntegrationName::new("support"),
        group: "group".to_owned(),
        deduplication: "another id".to_owned(),
        body: "{}".to_owned(),
    };
    visitor.send(Direction::Inbound, message).await.unwrap();
    let removal = Write { key: state(), expected: Expected::Version(7), change: Change::Delete };
    visitor.write(&[removal]).await.unwrap();
    assert_eq!(version(directory.path()), 1);
    let database = open(directory.path(), &clock);
    assert_eq!(pending(&database).await, 2);
    assert_eq!(database.load(&[state()]).await.unwrap(), [None]);
}

fn says_what_to_do<T: std::fmt::Debug>(refused: Result<T, PortError>) {
    let error = refused.expect_err("it is refused");
    let source = error.source().expect("it has a source").to_string();
    assert!(source.contains("restart `bridge serve`"), "{source}");
}

#[tokio::test]
async fn a_visitor_that_cannot_go_on_before_the_upgrade_says_what_to_do() {
    let directory = version_1();
    let clock = FakeClock::new();
    let visitor = Visitor::open(directory.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    says_what_to_do(visitor.due(future(), 9).await);
    says_what_to_do(visitor.write(&[put(None)]).await);
    holds_its_items(&visitor).await;
    let _database = open(directory.path(), &clock);
    let due = clock.now();
    visitor.write(&[put(Some(due))]).await.unwrap();
    assert_eq!(visitor.due(future(), 9).await.unwrap(), [(state(), due)]);
}
