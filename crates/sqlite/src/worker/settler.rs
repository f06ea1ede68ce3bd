//! Records the outcomes of entries in their order, in parallel with the deliveries.
//!
//! Rule: an outcome that could not be recorded is retried every second, and no later outcome
//! overtakes it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::apply::Postponement;
use crate::database::Database;

/// The most outcomes that one operation records.
const MOST: usize = 512;

/// How long an outcome waits for others. They share a commit, or that of an event which is accepted
/// meanwhile, and nothing waits for them: should the process end before, the message record tells
/// that the entry is done.
const LINGER: Duration = Duration::from_millis(10);

/// The pause after trouble with the disk.
pub(super) const AFTER_TROUBLE: Duration = Duration::from_secs(1);

enum Settlement {
    Done(i64),
    Postponed(Postponement),
}

/// Accepts outcomes to record.
pub(super) struct Settler {
    sender: UnboundedSender<Settlement>,
    task: JoinHandle<()>,
}

impl Settler {
    pub(super) fn start(database: Database) -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, task: tokio::spawn(record(database, receiver)) }
    }

    /// Removes the entry from the queue.
    pub(super) fn done(&self, sequence: i64) {
        self.tell(Settlement::Done(sequence));
    }

    /// Records the time of the entry's next attempt.
    pub(super) fn postponed(&self, postponement: Postponement) {
        self.tell(Settlement::Postponed(postponement));
    }

    /// Returns when all outcomes so far are recorded.
    pub(super) async fn finish(self) {
        drop(self.sender);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the outcome of some deliveries was not recorded; they repeat");
        }
    }

    /// Fails only while the runtime shuts down; the entries are then delivered again.
    fn tell(&self, settlement: Settlement) {
        let _ = self.sender.send(settlement);
    }
}

async fn record(database: Database, mut settlements: UnboundedReceiver<Settlement>) {
    let mut batch = Vec::with_capacity(MOST);
    while let Some(first) = settlements.recv().await {
        batch.push(first);
        if !settlements.is_closed() {
            tokio::time::sleep(LINGER).await;
        }
        while batch.len() < MOST
            && let Ok(further) = settlements.try_recv()
        {
            batch.push(further);
        }
        let (mut postponed, mut done) = (Vec::new(), Vec::new());
        for settlement in batch.drain(..) {
            match settlement {
                Settlement::Done(sequence) => done.push(sequence),
                Settlement::Postponed(postponement) => postponed.push(postponement),
            }
        }
        // An entry may be both postponed and done; the writer removes it after it postponed it.
        let (postponed, done) = (Arc::<[_]>::from(postponed), Arc::<[_]>::from(done));
        while let Err(error) = database.settle(Arc::clone(&postponed), Arc::clone(&done)).await {
            if database.inner.writer.is_closed() {
                return;
            }
            if let Some(count) = database.inner.unrecorded.count(database.inner.clock.now()) {
                tracing::warn!(
                    event.name = "not_recorded",
                    %error,
                    count,
                    "The outcomes of deliveries could not be recorded. The bridge tries again each second."
                );
            }
            database.inner.clock.sleep(AFTER_TROUBLE).await;
        }
    }
}
