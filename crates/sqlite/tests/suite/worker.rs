//! The worker, batch by batch: the order of batches, repeated deliveries, and failures that lose no
//! entry.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use delivery::batch::Outcome;
use shared::ports::Direction;
use sqlite::{Database, Worker, WorkerOptions};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::support::{ByHand, FakeClock, Handed, attempts, meddle, open, pending, send};

const LONG: Duration = Duration::from_secs(3600);

fn start(database: &Database) -> (Worker, UnboundedReceiver<Handed>) {
    let (handler, handed) = ByHand::handler();
    let options = WorkerOptions::default();
    (Worker::start(database.clone(), Direction::Inbound, handler, options), handed)
}

async fn next(handed: &mut UnboundedReceiver<Handed>) -> Handed {
    handed.recv().await.expect("the worker runs")
}

/// Returns when the worker knows every entry sent before.
async fn until_known(database: &Database, handed: &mut UnboundedReceiver<Handed>) {
    send(database, "support", "marker", "marker").await;
    let marker = next(handed).await;
    assert_eq!(marker.bodies(), ["marker"]);
    marker.done();
}

fn retry(seconds: u64) -> Outcome {
    Outcome::Retry { after: Duration::from_secs(seconds) }
}

#[tokio::test]
async fn a_group_waits_for_its_own_batch_and_for_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path(), &FakeClock::new());
    let (worker, mut handed) = start(&database);
    send(&database, "support", "slow", "1").await;
    let slow = next(&mut handed).await;
    for body in ["2", "3"] {
        send(&database, "support", "slow", body).await;
    }
    send(&database, "support", "quick", "4").await;
    let quick = next(&mut handed).await;
    assert_eq!((quick.bodies(), quick.attempts()), (vec!["4"], vec![1]));
    quick.done();
    assert!(handed.try_recv().is_err());
    // "4" was queued after "2" and "3", so the worker knows them.
    slow.done();
    let rest = next(&mut handed).await;
    assert_eq!((rest.bodies(), rest.attempts()), (vec!["2", "3"], vec![1, 1]));
    rest.done();
    assert_eq!(worker.stop(LONG).await, 0);
    assert_eq!(pending(&database).await, 0);
}

#[tokio::test]
async fn a_hanging_integration_stops_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path(), &FakeClock::new());
    let (handler, mut handed) = ByHand::handler();
    let options = WorkerOptions { in_flight_per_integration: 3, batch: 1 };
    let _worker = Worker::start(database.clone(), Direction::Inbound, handler, options);
    for group in 0..9 {
        send(&database, "hanging", &group.to_string(), "stuck").await;
    }
    let mut stuck = Vec::new();
    for _ in 0..3 {
        stuck.push(next(&mut handed).await);
    }
    for number in 0..50 {
        send(&database, "healthy", "group", &number.to_string()).await;
        let batch = next(&mut handed).await;
        assert_eq!(batch.bodies(), [number.to_string()]);
        batch.done();
    }
    stuck.remove(0).done();
    assert_eq!(next(&mut handed).await.bodies(), ["stuck"]);
}

#[tokio::test]
async fn a_retry_waits_its_time_with_the_rest_of_its_group() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (worker, mut handed) = start(&database);
    send(&database, "support", "group", "0").await;
    let first = next(&mut handed).await;
    for body in ["1", "2", "3"] {
        send(&database, "support", "group", body).await;
    }
    until_known(&database, &mut handed).await;
    first.done();
    let batch = next(&mut handed).await;
    batch.answer(vec![Outcome::Done, retry(10), Outcome::Blocked]);
    clock.until_somebody_sleeps().await;
    clock.advance(Duration::from_millis(9_999));
    send(&database, "support", "other", "now").await;
    next(&mut handed).await.done();
    assert!(handed.try_recv().is_err());
    clock.advance(Duration::from_millis(1));
    let again = next(&mut handed).await;
    assert_eq!((again.bodies(), again.attempts()), (vec!["2", "3"], vec![2, 1]));
    again.answer(vec![retry(60), Outcome::Blocked]);
    clock.until_somebody_sleeps().await;
    assert_eq!(worker.stop(LONG).await, 0);
    assert_eq!(attempts(directory.path()), [2, 0]);

    let (_worker, mut handed) = start(&database);
    clock.until_somebody_sleeps().await;
    assert!(handed.try_recv().is_err());
    clock.advance(Duration::from_secs(60));
    let after_restart = next(&mut handed).await;
    assert_eq!((after_restart.bodies(), after_restart.attempts()), (vec!["2", "3"], vec![3, 2]));
}

/// A machine's clock was two hours ahead and is corrected, while the worker runs and while it does
/// not.
#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_pause_longer() {
    let directory = tempfile::tempdir().unwrap();
    let (clock, back) = (FakeClock::new(), Duration::from_secs(7200));
    let database = open(directory.path(), &clock);
    let (worker, mut handed) = start(&database);
    send(&database, "support", "group", "0").await;
    next(&mut handed).await.answer(vec![retry(60)]);
    clock.until_somebody_sleeps().await;
    clock.set_back(back);
    let wait = |seconds: u64| {
        let clock = Arc::clone(&clock);
        async move {
            for _ in 0..seconds {
                clock.until_somebody_sleeps().await;
                clock.advance(Duration::from_secs(1));
            }
        }
    };
    wait(50).await;
    assert!(handed.try_recv().is_err());
    wait(20).await;
    next(&mut handed).await.answer(vec![retry(60)]);
    clock.until_somebody_sleeps().await;
    assert_eq!(worker.stop(LONG).await, 0);
    clock.set_back(back);
    let (_worker, mut handed) = start(&database);
    wait(300).await;
    assert_eq!(next(&mut handed).await.attempts(), [3]);
}

#[tokio::test]
async fn a_batch_only_held_back_is_not_asked_for_again_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (_worker, mut handed) = start(&database);
    send(&database, "support", "group", "1").await;
    next(&mut handed).await.answer(vec![Outcome::Blocked]);
    clock.until_somebody_sleeps().await;
    assert!(handed.try_recv().is_err());
    clock.advance(Duration::from_secs(1));
    assert_eq!(next(&mut handed).await.attempts(), [1]);
}

#[tokio::test]
async fn a_duplicate_is_queued_once_while_the_first_waits() {
    let directory = tempfile::tempdir().unwrap();
    let database = open(directory.path(), &FakeClock::new());
    for _ in 0..3 {
        send(&database, "support", "group", "1").await;
    }
    let (worker, mut handed) = start(&database);
    let batch = next(&mut handed).await;
    assert_eq!(batch.bodies(), ["1"]);
    send(&database, "support", "group", "1").await;
    batch.done();
    assert_eq!(worker.stop(LONG).await, 0);
    assert!(handed.try_recv().is_err());
    assert_eq!(pending(&database).await, 0);
}

#[tokio::test]
async fn a_fault_of_the_handler_repeats_its_batch_after_five_seconds() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (_worker, mut handed) = start(&database);
    send(&database, "support", "group", "1").await;
    drop(next(&mut handed).await.answer);
    for attempt in 2..=3 {
        clock.until_somebody_sleeps().await;
        clock.advance(Duration::from_millis(4_999));
        assert!(handed.try_recv().is_err());
        clock.advance(Duration::from_millis(1));
        let again = next(&mut handed).await;
        assert_eq!(again.attempts(), [attempt]);
        again.answer(vec![Outcome::Done, Outcome::Done]);
    }
}

#[tokio::test]
async fn stopping_finishes_what_is_in_flight_and_starts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (worker, mut handed) = start(&database);
    for body in ["1", "2"] {
        send(&database, "support", "group", body).await;
        send(&database, "support", body, "other").await;
    }
    let (first, second, third) =
        (next(&mut handed).await, next(&mut handed).await, next(&mut handed).await);
    let stopping = tokio::spawn(worker.stop(Duration::from_secs(30)));
    clock.until_somebody_sleeps().await;
    let count = first.records.len() + second.records.len() + third.records.len();
    for batch in [first, second, third] {
        batch.done();
    }
    assert_eq!(stopping.await.unwrap(), 0);
    assert!(handed.try_recv().is_err());
    assert_eq!(pending(&database).await, 4 - count as u64);
}

#[tokio::test]
async fn stopping_gives_up_after_its_time_and_keeps_the_entries() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (worker, mut handed) = start(&database);
    send(&database, "support", "group", "1").await;
    let hanging = next(&mut handed).await;
    let stopping = tokio::spawn(worker.stop(Duration::from_secs(30)));
    clock.until_somebody_sleeps().await;
    clock.advance(Duration::from_secs(30));
    assert_eq!(stopping.await.unwrap(), 1);
    hanging.done();
    assert_eq!(pending(&database).await, 1);
}

#[tokio::test]
async fn a_second_worker_waits_for_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (first, mut handed) = start(&database);
    send(&database, "support", "group", "1").await;
    let batch = next(&mut handed).await;
    let (_second, mut handed_too) = start(&database);
    clock.until_somebody_sleeps().await;
    assert!(handed_too.try_recv().is_err());
    batch.done();
    assert_eq!(first.stop(LONG).await, 0);
    send(&database, "support", "group", "2").await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(next(&mut handed_too).await.bodies(), ["2"]);
}

#[tokio::test]
async fn unreadable_rows_are_read_again_each_second() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (_worker, mut handed) = start(&database);
    send(&database, "support", "group", "1").await;
    // An entry that is handed out again is read again.
    next(&mut handed).await.answer(vec![retry(1)]);
    clock.until_somebody_sleeps().await;
    meddle(directory.path(), "ALTER TABLE queue RENAME TO gone");
    clock.advance(Duration::from_secs(1));
    for _ in 0..2 {
        clock.until_somebody_sleeps().await;
        assert!(handed.try_recv().is_err());
        clock.advance(Duration::from_millis(500));
    }
    meddle(directory.path(), "ALTER TABLE gone RENAME TO queue");
    let mut batch = None;
    while batch.is_none() {
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        batch = handed.try_recv().ok();
    }
    let batch = batch.unwrap();
    assert_eq!((batch.bodies(), batch.attempts()), (vec!["1"], vec![2]));
}

#[tokio::test]
async fn outcomes_that_cannot_be_recorded_are_recorded_later() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (worker, mut handed) = start(&database);
    let mut batches = Vec::new();
    for group in ["1", "2", "3"] {
        send(&database, "support", group, "body").await;
        batches.push(next(&mut handed).await);
    }
    meddle(
        directory.path(),
        "CREATE TRIGGER full BEFORE DELETE ON queue BEGIN SELECT RAISE(ROLLBACK, 'no room'); END",
    );
    batches.into_iter().for_each(Handed::done);
    clock.until_somebody_sleeps().await;
    assert_eq!(pending(&database).await, 3);
    meddle(directory.path(), "DROP TRIGGER full");
    clock.advance(Duration::from_secs(1));
    assert_eq!(worker.stop(LONG).await, 0);
    assert_eq!(pending(&database).await, 0);
}

fn copy(from: &Path, to: &Path) {
    for file in ["bridge.db", "bridge.db-wal"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

#[tokio::test]
async fn after_a_crash_everything_unfinished_comes_again_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (worker, mut handed) = start(&database);
    send(&database, "support", "group", "0").await;
    let first = next(&mut handed).await;
    for number in 1..30 {
        send(&database, "support", "group", &number.to_string()).await;
    }
    until_known(&database, &mut handed).await;
    first.done();
    let second = next(&mut handed).await;
    assert_eq!(second.records.len(), 10);

    // The files as a crash leaves them: nothing closed, and a batch with the handler.
    let image = tempfile::tempdir().unwrap();
    copy(directory.path(), image.path());
    let crashed = Arc::new(worker);

    let database = open(image.path(), &clock);
    let (worker, mut handed) = start(&database);
    let mut bodies = Vec::new();
    while bodies.last().map(String::as_str) != Some("29") {
        let batch = next(&mut handed).await;
        assert!(batch.attempts().iter().all(|attempt| *attempt >= 2));
        // The removal of the marker may or may not have reached the disk.
        let own = batch.bodies().into_iter().filter(|body| *body != "marker");
        bodies.extend(own.map(str::to_owned));
        batch.done();
    }
    // The removal of the first entry may or may not have reached the disk.
    let first = bodies[0].parse::<usize>().unwrap();
    assert!(first <= 1);
    assert_eq!(bodies, (first..30).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(worker.stop(LONG).await, 0);
    assert_eq!(pending(&database).await, 0);
    drop(crashed);
}

#[tokio::test]
async fn a_dropped_worker_leaves_its_entries_to_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let clock = FakeClock::new();
    let database = open(directory.path(), &clock);
    let (worker, mut handed) = start(&database);
    send(&database, "support", "group", "1").await;
    let _cut_off = next(&mut handed).await;
    drop(worker);
    let (_worker, mut handed_again) = start(&database);
    let mut batch = None;
    while batch.is_none() {
        // The first worker may still be registered as the listener for a moment.
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
        batch = handed_again.try_recv().ok();
    }
    let batch = batch.unwrap();
    assert_eq!((batch.bodies(), batch.attempts()), (vec!["1"], vec![2]));
}
