//! Shared by the tests: a clock that tests move, a handler that tests answer, and a directory with
//! a database.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use delivery::batch::{BatchHandler, Outcome, QueueRecord};
use shared::ids::IntegrationName;
use shared::ports::{Clock, Direction, Queue as _, QueueMessage};
use shared::time::Timestamp;
use sqlite::Database;
use tokio::sync::{mpsc, oneshot, watch};

/// When each sleeper wakes, and the channel that wakes it.
type Sleepers = Vec<(i64, oneshot::Sender<()>)>;

/// A clock that moves only when told. An automatic clock skips sleeps of up to a minute.
pub struct FakeClock {
    automatic: bool,
    state: Mutex<(i64, Sleepers)>,
    sleeps: watch::Sender<usize>,
}

impl FakeClock {
    pub fn new() -> Arc<Self> {
        Self::build(false)
    }

    pub fn automatic() -> Arc<Self> {
        Self::build(true)
    }

    fn build(automatic: bool) -> Arc<Self> {
        let state = Mutex::new((1_800_000_000_000, Vec::new()));
        Arc::new(Self { automatic, state, sleeps: watch::Sender::new(0) })
    }

    pub fn advance(&self, duration: Duration) {
        let mut state = self.state.lock().unwrap();
        state.0 += i64::try_from(duration.as_millis()).unwrap();
        let (now, sleepers) = (state.0, std::mem::take(&mut state.1));
        for (until, sleeper) in sleepers {
            if until <= now {
                let _ = sleeper.send(());
            } else {
                state.1.push((until, sleeper));
            }
        }
    }

    /// Sets the time back; sleepers keep their remaining time.
    pub fn set_back(&self, duration: Duration) {
        let mut state = self.state.lock().unwrap();
        let back = i64::try_from(duration.as_millis()).unwrap();
        state.0 -= back;
        state.1.iter_mut().for_each(|(until, _)| *until -= back);
    }

    /// Returns once a task sleeps.
    pub async fn until_somebody_sleeps(&self) {
        let mut sleeps = self.sleeps.subscribe();
        loop {
            let asleep = |state: &mut (i64, Sleepers)| {
                state.1.retain(|(_, sleeper)| !sleeper.is_closed());
                !state.1.is_empty()
            };
            if asleep(&mut self.state.lock().unwrap()) {
                return;
            }
            sleeps.changed().await.unwrap();
        }
    }
}

/// The time this many milliseconds after `now`, or before it.
pub fn later(now: Timestamp, milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(now.milliseconds() + milliseconds)
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.state.lock().unwrap().0)
    }

    fn random(&self) -> u64 {
        4
    }

    async fn sleep(&self, duration: Duration) {
        if self.automatic && duration <= Duration::from_secs(60) {
            tokio::task::yield_now().await;
            self.advance(duration);
            return;
        }
        let (sender, woken) = oneshot::channel();
        {
            let mut state = self.state.lock().unwrap();
            let until = state.0 + i64::try_from(duration.as_millis()).unwrap();
            state.1.push((until, sender));
        }
        self.sleeps.send_modify(|sleeps| *sleeps += 1);
        woken.await.unwrap();
    }
}

/// A batch that the handler received, and the channel for the answer.
pub struct Handed {
    pub records: Vec<QueueRecord>,
    pub answer: oneshot::Sender<Vec<Outcome>>,
}

impl Handed {
    pub fn bodies(&self) -> Vec<&str> {
        self.records.iter().map(|record| record.body.as_str()).collect()
    }

    pub fn attempts(&self) -> Vec<u32> {
        self.records.iter().map(|record| record.attempt).collect()
    }

    pub fn done(self) {
        let outcomes = vec![Outcome::Done; self.records.len()];
        self.answer(outcomes);
    }

    pub fn answer(self, outcomes: Vec<Outcome>) {
        // Fails if the batch was cut off.
        let _ = self.answer.send(outcomes);
    }
}

/// Hands every batch to the test. Dropping a batch unanswered makes the handler panic.
pub struct ByHand(mpsc::UnboundedSender<Handed>);

impl ByHand {
    pub fn handler() -> (Arc<dyn BatchHandler>, mpsc::UnboundedReceiver<Handed>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Arc::new(Self(sender)), receiver)
    }
}

#[async_trait]
impl BatchHandler for ByHand {
    async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Handed { records, answer }).expect("the test still listens");
        answered.await.expect("the test answers each batch")
    }
}

pub fn open(directory: &Path, clock: &Arc<FakeClock>) -> Database {
    Database::open(directory, Arc::clone(clock) as Arc<dyn Clock>).expect("the database opens")
}

pub async fn send(database: &Database, integration: &str, group: &str, body: &str) {
    let message = QueueMessage {
        integration: IntegrationName::new(integration),
        group: group.to_owned(),
        deduplication: format!("{group}/{body}"),
        body: body.to_owned(),
    };
    database.send(Direction::Inbound, message).await.expect("the queue takes it");
}

pub async fn pending(database: &Database) -> u64 {
    database.queue_status().await.expect("the queue is counted").inbound.pending
}

/// How often the delivery of each entry failed, in the order of the queue.
pub fn attempts(directory: &Path) -> Vec<u32> {
    let connection = rusqlite::Connection::open(directory.join("bridge.db")).expect("it opens");
    let mut read = connection.prepare("SELECT attempts FROM queue ORDER BY sequence").unwrap();
    read.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Opens a second connection that interferes with the database.
pub fn meddle(directory: &Path, statements: &str) {
    rusqlite::Connection::open(directory.join("bridge.db"))
        .and_then(|connection| {
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch(statements)
        })
        .expect("the meddling works");
}
