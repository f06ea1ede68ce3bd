//! Starts a worker: it registers as the listener, then reads the entries in the queue.
//!
//! Rule: an entry that was queued before the start may have been handed out before a crash, so its
//! next attempt counts at least as the second. A later entry is announced to the worker and is new.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use delivery::batch::BatchHandler;
use shared::ports::Direction;
use tokio::sync::oneshot;

use super::WorkerOptions;
use super::drain::Drain;
use super::group::Ticket;
use super::index::Index;
use super::settler::AFTER_TROUBLE;
use crate::database::Database;
use crate::listeners::Listening;
use crate::queries::Leftover;

/// Reads the leftovers in portions, so that the reader can answer other callers in between.
const PORTION: u32 = 1000;

/// The longest pause before an entry's first attempt after a start. The time in
/// the database may come from a clock that was ahead. A handler that asked for a longer pause is
/// called once more and asks again.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The arguments of a worker's start.
pub(super) struct Begin {
    pub(super) database: Database,
    pub(super) direction: Direction,
    pub(super) handler: Arc<dyn BatchHandler>,
    pub(super) options: WorkerOptions,
    /// Set when the entries in the queue have been read.
    pub(super) begun: Arc<AtomicBool>,
}

impl Begin {
    /// Starts, then drains until it is told to stop. Returns the number of batches that were cut
    /// off.
    pub(super) async fn run(
        self,
        listening: Option<Listening>,
        mut stop: oneshot::Receiver<Duration>,
    ) -> usize {
        let mut index = Index::new(self.options);
        let begun = async {
            let listening = match listening {
                Some(listening) => listening,
                None => self.listen().await,
            };
            let read = self.read_leftovers(listening.told, &mut index).await;
            read.then_some(listening.arrivals)
        };
        let begun = tokio::select! {
            begun = begun => begun,
            _ = &mut stop => return 0,
        };
        let Some(arrivals) = begun else { return 0 };
        self.begun.store(true, Ordering::Relaxed);
        Drain::new(self.database, self.handler, index, arrivals).run(stop).await
    }

    async fn listen(&self) -> Listening {
        loop {
            let direction = self.direction.name();
            tracing::warn!(direction, "another worker drains this queue; waiting");
            self.database.inner.clock.sleep(AFTER_TROUBLE).await;
            if let Some(listening) = self.database.inner.listeners.listen(self.direction) {
                return listening;
            }
        }
    }

    /// Returns `false` if the database is closed.
    async fn read_leftovers(&self, through: i64, index: &mut Index) -> bool {
        let clock = &self.database.inner.clock;
        let mut read_to = 0;
        loop {
            match self.database.leftovers(self.direction, read_to, through, PORTION).await {
                Ok(leftovers) => {
                    let Some(last) = leftovers.last() else { return true };
                    read_to = last.sequence;
                    let now = clock.now();
                    for Leftover { sequence, integration, group, attempts, not_before } in leftovers
                    {
                        let ticket = Ticket::new(sequence, attempts.max(1));
                        let longest = now + LONGEST_PAUSE;
                        let until = not_before.filter(|until| *until > now);
                        let until = until.map(|until| until.min(longest));
                        index.add(&integration, &group, ticket, until);
                    }
                }
                Err(_) if self.database.inner.reader.is_closed() => return false,
                Err(error) => {
                    let direction = self.direction.name();
                    tracing::warn!(%error, direction, "the queue was not read; trying again");
                    clock.sleep(AFTER_TROUBLE).await;
                }
            }
        }
    }
}
