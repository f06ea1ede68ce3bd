//! The worker: drains one direction's queue into a handler.
//!
//! Rule: inside a group strictly in order, one batch at a time; groups and integrations do not wait for each other; and an
//! entry leaves the queue only when the handler said so.

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
    /// Of each integration, so many groups are with the handler at once. At least 1.
    pub in_flight_per_integration: usize,
    /// So many entries of a group are handed out together. At least 1.
    pub batch: usize,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self { in_flight_per_integration: 256, batch: 10 }
    }
}

/// A running worker. Dropping it is a crash: nothing new starts, what is in flight is cut off, and its entries stay.
#[derive(Debug)]
pub struct Worker {
    stop: oneshot::Sender<Duration>,
    drain: JoinHandle<usize>,
    begun: Arc<AtomicBool>,
}

/// Tells whether a worker works.
#[derive(Clone, Debug)]
pub struct Running {
    drain: AbortHandle,
    begun: Arc<AtomicBool>,
}

impl Running {
    /// Whether it has read what the queue held, and has not ended.
    pub fn is_running(&self) -> bool {
        self.begun.load(Ordering::Relaxed) && !self.drain.is_finished()
    }
}

impl Worker {
    /// Starts with what the queue holds, then goes on with what is sent. A second worker for the same direction of the
    /// same database waits until the first is gone. Must be called inside a tokio runtime.
    pub fn start(
        database: Database,
        direction: Direction,
        handler: Arc<dyn BatchHandler>,
        options: WorkerOptions,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        // Here and not in the task, so that whatever is sent from now on is known to be new.
        let listening = database.listeners().listen(direction);
        let begun = Arc::new(AtomicBool::new(false));
        let begin = Begin { database, direction, handler, options, begun: Arc::clone(&begun) };
        let drain = tokio::spawn(begin.run(listening, stopped));
        Self { stop, drain, begun }
    }

    /// Tells from now on whether it works.
    pub fn running(&self) -> Running {
        Running { drain: self.drain.abort_handle(), begun: Arc::clone(&self.begun) }
    }

    /// Starts nothing more and waits for what is in flight, at most `timeout`; what then is still with the handler is cut
    /// off and stays in the queue. Answers how many batches that were.
    pub async fn stop(self, timeout: Duration) -> usize {
        // Refused only when the drain has ended already.
        let _ = self.stop.send(timeout);
        self.drain.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the worker had ended before it was stopped");
            0
        })
    }
}
