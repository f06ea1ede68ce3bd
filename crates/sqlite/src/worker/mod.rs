//! The worker: drains the queue of one direction into a handler.
//!
//! Rule: inside a group, entries are delivered strictly in order, one batch at a time. Groups and
//! integrations do not wait for each other. An entry leaves the queue only when the handler
//! reported it done.

mod begin;
mod delivery;
mod drain;
mod group;
mod index;
mod settler;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::delivery::batch::BatchHandler;
use shared::ports::Direction;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

use self::begin::Begin;
use crate::database::Database;

/// How much a worker does at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerOptions {
    /// The most groups of one integration that are with the handler at once. At least 1.
    pub in_flight_per_integration: usize,
    /// The most entries of a group that are handed out together. At least 1.
    pub batch: usize,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self { in_flight_per_integration: 256, batch: 10 }
    }
}

/// A running worker. Dropping it acts like a crash: no new batch starts, batches in flight are cut
/// off, and their entries stay in the queue.
#[derive(Debug)]
pub struct Worker {
    stop: oneshot::Sender<Duration>,
    drain: JoinHandle<usize>,
    begun: Arc<AtomicBool>,
}

/// Tells whether a worker is running.
#[derive(Clone, Debug)]
pub struct Running {
    drain: AbortHandle,
    begun: Arc<AtomicBool>,
}

impl Running {
    /// Whether the worker has read the entries in the queue and has not ended.
    pub fn is_running(&self) -> bool {
        self.begun.load(Ordering::Relaxed) && !self.drain.is_finished()
    }
}

impl Worker {
    /// Starts with the entries in the queue, then takes new ones. A second worker for the same
    /// direction of the same database waits until the first has ended. Must be called inside a
    /// tokio runtime with timers.
    pub fn start(
        database: Database,
        direction: Direction,
        handler: Arc<dyn BatchHandler>,
        options: WorkerOptions,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        // Listen here and not in the task, so that entries sent from now on are known to be new.
        let listening = database.inner.listeners.listen(direction);
        let begun = Arc::new(AtomicBool::new(false));
        let begin = Begin { database, direction, handler, options, begun: Arc::clone(&begun) };
        let drain = tokio::spawn(begin.run(listening, stopped));
        Self { stop, drain, begun }
    }

    /// A handle that tells whether the worker is running.
    pub fn running(&self) -> Running {
        Running { drain: self.drain.abort_handle(), begun: Arc::clone(&self.begun) }
    }

    /// Starts no new batch and waits for batches in flight, at most `timeout`. Batches that are
    /// still with the handler are then cut off and stay in the queue. Returns the number of these
    /// batches.
    pub async fn stop(self, timeout: Duration) -> usize {
        // Fails only if the drain has already ended.
        let _ = self.stop.send(timeout);
        self.drain.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the worker had ended before it was stopped");
            0
        })
    }
}
