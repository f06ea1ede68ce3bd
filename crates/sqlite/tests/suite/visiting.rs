//! A visitor fulfils the contracts of the ports beside a running instance, and the instance's
//! worker delivers the visitor's entries.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use shared::ids::IntegrationName;
use shared::ports::{
    Change, Clock, Direction, Expected, ItemKey, Queue, QueueMessage, Store, Write,
};
use sqlite::{OpenError, Visitor, Worker, WorkerOptions};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use crate::conformance::{self, Subject};
use crate::support::{ByHand, FakeClock, Handed, meddle, open, pending, send};

/// The writer checks for visitors' entries every second.
const SOON: Duration = Duration::from_secs(2);

fn visit(directory: &Path, clock: &Arc<FakeClock>) -> Visitor {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Visitor::open(directory, clock).expect("the visitor is let in")
}

macro_rules! conforms {
    ($($check:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let directory = tempfile::tempdir().unwrap();
                let clock = FakeClock::new();
                let database = open(directory.path(), &clock);
                let visitor = Arc::new(visit(directory.path(), &clock));
                let (reading, moving) = (Arc::clone(&clock), clock);
                conformance::$check(Subject {
                    store: Arc::clone(&visitor) as Arc<dyn Store>,
                    queue: visitor,
                    now: Box::new(move || reading.now()),
                    advance: Box::new(move |duration| moving.advance(duration)),
                })
                .await;
                database.close().await;
            }
        )*
    };
}

conformance::each_check!(conforms);

async fn bring(visitor: &Visitor, direction: Direction, group: &str, body: &str) {
    let message = QueueMessage {
        integration: IntegrationName::new("support"),
        group: group.to_owned(),
        deduplication: format!("{group}/{body}"),
        body: body.to_owned(),
    };
    visitor.send(direction, message).await.expect("the visitor may send");
}

async fn soon(handed: &mut UnboundedReceiver<Handed>) -> Handed {
    timeout(SOON, handed.recv()).await.expect("it is handed out soon").expect("the worker runs")
}

#[tokio::test]
async fn a_running_worker_delivers_what_a_visitor_brings() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let visitor = visit(directory.path(), &clock);
    let options = WorkerOptions::default();
    let (inbound, mut inbound_handed) = ByHand::handler();
    let (outbound, mut outbound_handed) = ByHand::handler();
    let workers = [(Direction::Inbound, inbound), (Direction::Outbound, outbound)]
        .map(|(direction, handler)| Worker::start(database.clone(), direction, handler, options));
    for round in ["1", "2"] {
        bring(&visitor, Direction::Inbound, "group", round).await;
        bring(&visitor, Direction::Outbound, "group", round).await;
        for handed in [&mut inbound_handed, &mut outbound_handed] {
            let batch = soon(handed).await;
            // The entry was certainly never handed out before.
            assert_eq!((batch.bodies(), batch.attempts()), (vec![round], vec![1]));
            batch.done();
        }
    }
    for worker in workers {
        worker.stop(SOON).await;
    }
    assert_eq!(pending(&database).await, 0);
}

#[tokio::test]
async fn a_visitors_entry_keeps_its_place_among_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let visitor = visit(directory.path(), &clock);
    let (handler, mut handed) = ByHand::handler();
    let options = WorkerOptions::default();
    let _worker = Worker::start(database.clone(), Direction::Inbound, handler, options);
    send(&database, "support", "group", "1").await;
    let first = soon(&mut handed).await;
    // The gap before the next entry announces it at once; the periodic check does not announce it
    // again.
    for (number, body) in ["2", "3", "4", "5", "6"].into_iter().enumerate() {
        if number % 2 == 0 {
            bring(&visitor, Direction::Inbound, "group", body).await;
        } else {
            send(&database, "support", "group", body).await;
        }
    }
    tokio::time::sleep(SOON).await;
    assert_eq!(first.bodies(), ["1"]);
    first.done();
    let rest = soon(&mut handed).await;
    assert_eq!(rest.bodies(), ["2", "3", "4", "5", "6"]);
    rest.done();
    send(&database, "support", "group", "7").await;
    assert_eq!(soon(&mut handed).await.bodies(), ["7"]);
}

#[tokio::test]
async fn what_is_brought_while_nobody_runs_is_delivered_after_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    send(&database, "support", "group", "1").await;
    database.close().await;
    let visitor = visit(directory.path(), &clock);
    bring(&visitor, Direction::Inbound, "group", "2").await;
    let database = open(directory.path(), &clock);
    // Between the opening and the worker's start.
    bring(&visitor, Direction::Inbound, "group", "3").await;
    let (handler, mut handed) = ByHand::handler();
    let _worker =
        Worker::start(database.clone(), Direction::Inbound, handler, WorkerOptions::default());
    let mut bodies = Vec::new();
    while bodies.len() < 3 {
        let batch = soon(&mut handed).await;
        bodies.extend(batch.bodies().into_iter().map(str::to_owned));
        batch.done();
    }
    assert_eq!(bodies, ["1", "2", "3"]);
}

#[tokio::test]
async fn partitions_and_their_items_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let visitor = visit(directory.path(), &clock);
    let put = |partition: &str, sort: &str| Write {
        key: ItemKey::new(partition, sort),
        expected: Expected::Anything,
        change: Change::Put {
            body: partition.to_owned(),
            expires_at: None,
            index: None,
            due: None,
        },
    };
    let items = [
        put("conv#a#1", "msg#in#x"),
        put("conv#a#1", "state"),
        put("conv#a#2", "state"),
        put("conv#b#3", "msg#in#x"),
        put("conv#b#4", "state"),
        put("dead#a", "1"),
        put("dead#a", "2"),
    ];
    database.write(&items).await.unwrap();
    assert_eq!(visitor.partitions("dead#").await.unwrap(), ["dead#a"]);
    let all = visitor.partitions("conv#").await.unwrap();
    assert_eq!(all, ["conv#a#1", "conv#a#2", "conv#b#3", "conv#b#4"]);
    assert!(visitor.partitions("x").await.unwrap().is_empty());
    let across = async |prefix: &str, after: Option<&str>, limit| {
        let items = visitor.across(prefix, "state", after, limit).await.unwrap();
        items.into_iter().map(|(key, _)| key.partition).collect::<Vec<_>>()
    };
    assert_eq!(across("conv#", None, 9).await, ["conv#a#1", "conv#a#2", "conv#b#4"]);
    assert_eq!(across("conv#", None, 1).await, ["conv#a#1"]);
    assert_eq!(across("conv#", Some("conv#a#1"), 9).await, ["conv#a#2", "conv#b#4"]);
    assert_eq!(across("conv#a#", None, 9).await, ["conv#a#1", "conv#a#2"]);
}

#[tokio::test]
async fn nothing_is_made_where_there_is_no_database() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let open_there =
        |path: &Path| Visitor::open(path, Arc::clone(&clock) as Arc<dyn Clock>).unwrap_err();
    assert!(matches!(open_there(directory.path()), OpenError::Absent { .. }));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    let newer = tempfile::tempdir().unwrap();
    open(newer.path(), &clock).close().await;
    meddle(newer.path(), "PRAGMA user_version = 99");
    assert!(matches!(open_there(newer.path()), OpenError::NewerSchema { .. }));
}
