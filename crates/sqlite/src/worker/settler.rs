//! Records what became of entries, beside the deliveries and in their order.
//!
//! Rule: what could not be recorded is tried again each second, and nothing later overtakes it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::apply::Postponement;
use crate::database::Database;

/// One operation records at most this many.
const MOST: usize = 512;

/// After disk trouble.
pub(super) const AFTER_TROUBLE: Duration = Duration::from_secs(1);

enum Settlement {
    Done(i64),
    Postponed(Postponement),
}

/// Takes what is to be recorded.
pub(super) struct Settler {
    sender: UnboundedSender<Settlement>,
    task: JoinHandle<()>,
}

impl Settler {
    /// Starts recording.
    pub(super) fn start(database: Database) -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, task: tokio::spawn(record(database, receiver)) }
    }

    /// The entry is removed from the queue.
    pub(super) fn done(&self, sequence: i64) {
        self.tell(Settlement::Done(sequence));
    }

    /// The entry's next attempt is written down.
    pub(super) fn postponed(&self, postponement: Postponement) {
        self.tell(Settlement::Postponed(postponement));
    }

    /// Returns when everything told so far is recorded.
    pub(super) async fn finish(self) {
        drop(self.sender);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the outcome of some deliveries was not recorded; they repeat");
        }
    }

    /// Refused only when the runtime is being shut down; then the entries repeat.
    fn tell(&self, settlement: Settlement) {
        let _ = self.sender.send(settlement);
    }
}

async fn record(database: Database, mut settlements: UnboundedReceiver<Settlement>) {
    let mut batch = Vec::with_capacity(MOST);
    while settlements.recv_many(&mut batch, MOST).await > 0 {
        let (mut postponed, mut done) = (Vec::new(), Vec::new());
        for settlement in batch.drain(..) {
            match settlement {
                Settlement::Done(sequence) => done.push(sequence),
                Settlement::Postponed(postponement) => postponed.push(postponement),
            }
        }
        // An entry postponed and then done is both: the writer removes last.
        let (postponed, done) = (Arc::<[_]>::from(postponed), Arc::<[_]>::from(done));
        while let Err(error) = database.settle(Arc::clone(&postponed), Arc::clone(&done)).await {
            if database.writer().is_closed() {
                return;
            }
            if let Some(count) = database.unrecorded().count(database.clock().now()) {
                tracing::warn!(
                    event.name = "not_recorded",
                    %error,
                    count,
                    "The outcomes of deliveries could not be recorded. The bridge tries again each second."
                );
            }
            database.clock().sleep(AFTER_TROUBLE).await;
        }
    }
}
