//! The worker's loop: takes new entries, hands out batches, applies outcomes.
//!
//! Rule: one task owns the index, and a slow handler never blocks that task.

use std::collections::HashMap;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use delivery::batch::{BatchHandler, Outcome};
use shared::ports::{Clock, PortError};
use shared::time::{SetBack, Timestamp};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};

use super::delivery::{AFTER_A_FAULT, EntryResult, deliver};
use super::group::Ticket;
use super::index::{Batch, Index};
use super::settler::{AFTER_TROUBLE, Settler};
use crate::apply::Postponement;
use crate::database::Database;
use crate::fresh::Fresh;
use crate::listeners::Arrivals;

/// In milliseconds. The clock may be set while a timer runs, so no timer runs longer than this. A
/// pause becomes at most this much longer when the clock is set back.
const LONGEST_SLEEP: i64 = 10_000;

type Sleep<'clock> = Pin<Box<dyn Future<Output = ()> + Send + 'clock>>;
type Delivered = Result<Vec<EntryResult>, PortError>;

/// The loop and its state.
pub(super) struct Drain {
    database: Database,
    handler: Arc<dyn BatchHandler>,
    index: Index,
    settler: Settler,
    deliveries: JoinSet<Delivered>,
    /// The batch of each delivery. It is stored here because a delivery that panics loses its own
    /// copy.
    batches: HashMap<Id, Batch>,
    arrivals: UnboundedReceiver<Arrivals>,
    /// By position in the queue: messages in memory that need not be read when they are first
    /// handed out.
    fresh: HashMap<i64, Fresh>,
    set_back: SetBack,
}

impl Drain {
    /// Starts with the entries in `index`, then takes arrivals.
    pub(super) fn new(
        database: Database,
        handler: Arc<dyn BatchHandler>,
        index: Index,
        arrivals: UnboundedReceiver<Arrivals>,
    ) -> Self {
        let settler = Settler::start(database.clone());
        let (deliveries, batches, fresh) = (JoinSet::new(), HashMap::new(), HashMap::new());
        let set_back = SetBack::default();
        Self { database, handler, index, settler, deliveries, batches, arrivals, fresh, set_back }
    }

    /// Drains until it is told to stop. Returns the number of batches that were cut off.
    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<Duration>) -> usize {
        let clock = Arc::clone(&self.database.inner.clock);
        let mut alarm: Option<(Timestamp, Sleep<'_>)> = None;
        let mut deadline: Option<Sleep<'_>> = None;
        loop {
            let stopping = deadline.is_some();
            if !stopping {
                self.wake(clock.now());
                self.start_deliveries();
                self.set_alarm(&*clock, &mut alarm);
            } else if self.deliveries.is_empty() {
                break;
            }
            tokio::select! {
                asked = &mut stop, if !stopping => match asked {
                    Ok(timeout) => deadline = Some(clock.sleep(timeout)),
                    // The worker was dropped.
                    Err(_) => return self.deliveries.len(),
                },
                Some(delivered) = self.deliveries.join_next_with_id() => {
                    self.take_back(delivered);
                    while let Some(delivered) = self.deliveries.try_join_next_with_id() {
                        self.take_back(delivered);
                    }
                }
                Some(arrivals) = self.arrivals.recv(), if !stopping => self.add(arrivals),
                () = rings(&mut alarm), if !stopping => alarm = None,
                () = ends(&mut deadline) => return self.deliveries.len(),
            }
        }
        tokio::select! {
            () = self.settler.finish() => {}
            () = ends(&mut deadline) => tracing::warn!("the outcomes of some deliveries are not recorded yet"),
        }
        0
    }

    fn wake(&mut self, now: Timestamp) {
        let back = self.set_back.observe(now);
        if !back.is_zero() {
            self.index.set_back(back);
        }
        self.index.wake(now);
    }

    fn add(&mut self, arrivals: Arrivals) {
        for arrival in arrivals {
            let ticket = Ticket::new(arrival.sequence, 0);
            self.index.add(&arrival.integration, &arrival.group, ticket, None);
            self.fresh.extend(arrival.fresh.map(|fresh| (arrival.sequence, fresh)));
        }
    }

    fn start_deliveries(&mut self) {
        while let Some(batch) = self.index.next() {
            let (database, handler) = (self.database.clone(), Arc::clone(&self.handler));
            let fresh =
                batch.tickets.iter().map(|ticket| self.fresh.remove(&ticket.sequence())).collect();
            let delivery = deliver(database, handler, batch.tickets.clone(), fresh);
            let id = self.deliveries.spawn(delivery).id();
            self.batches.insert(id, batch);
        }
    }

    fn set_alarm<'clock>(
        &self,
        clock: &'clock dyn Clock,
        alarm: &mut Option<(Timestamp, Sleep<'clock>)>,
    ) {
        let Some(wake) = self.index.next_wake() else {
            *alarm = None;
            return;
        };
        if alarm.as_ref().is_none_or(|(set_to, _)| *set_to != wake) {
            let wait = wake.since(clock.now()).clamp(0, LONGEST_SLEEP);
            let wait = Duration::from_millis(wait.unsigned_abs());
            *alarm = Some((wake, clock.sleep(wait)));
        }
    }

    fn take_back(&mut self, delivered: Result<(Id, Delivered), JoinError>) {
        let id = delivered.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(batch) = self.batches.remove(&id) else { return };
        let now = self.database.inner.clock.now();
        match delivered {
            Ok((_, Ok(results))) => self.apply(&batch, &results, now),
            Ok((_, Err(error))) => {
                tracing::warn!(%error, "queue entries were not read; trying again");
                self.index.finish(&batch, &batch.tickets, Some(now + AFTER_TROUBLE));
            }
            Err(_) => {
                // Do not log the panic's message: it may contain a body.
                tracing::error!(records = batch.tickets.len(), "a handler panicked");
                let again = EntryResult::Answered(Outcome::Retry { after: AFTER_A_FAULT });
                self.apply(&batch, &vec![again; batch.tickets.len()], now);
            }
        }
    }

    fn apply(&mut self, batch: &Batch, results: &[EntryResult], now: Timestamp) {
        let mut kept = Vec::new();
        let mut until = None;
        let (mut progress, mut blocked) = (false, false);
        for (ticket, result) in batch.tickets.iter().zip(results) {
            match result {
                EntryResult::Gone => progress = true,
                EntryResult::Untouched => kept.push(*ticket),
                EntryResult::Answered(Outcome::Done) => {
                    progress = true;
                    self.settler.done(ticket.sequence());
                }
                EntryResult::Answered(Outcome::Blocked) => {
                    // The entry was not tried, so it does not count as handed out.
                    blocked = true;
                    kept.push(*ticket);
                }
                EntryResult::Answered(Outcome::Retry { after: pause }) => {
                    let (ticket, not_before) = (ticket.once_more(), now + *pause);
                    let (sequence, attempts) = (ticket.sequence(), ticket.handed_out());
                    self.settler.postponed(Postponement { sequence, attempts, not_before });
                    until = until.max(Some(not_before));
                    kept.push(ticket);
                }
            }
        }
        // Entries were held back although no other entry was retried or finished: do not call the
        // handler at once.
        if until.is_none() && blocked && !progress {
            until = Some(now + AFTER_TROUBLE);
        }
        self.index.finish(batch, &kept, until);
    }
}

async fn rings(alarm: &mut Option<(Timestamp, Sleep<'_>)>) {
    match alarm {
        Some((_, sleep)) => sleep.await,
        None => pending().await,
    }
}

async fn ends(deadline: &mut Option<Sleep<'_>>) {
    match deadline {
        Some(sleep) => sleep.await,
        None => pending().await,
    }
}
