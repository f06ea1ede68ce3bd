//! The only thread that writes: it takes the waiting operations, commits once, and answers all
//! callers.
//!
//! Rule: no operation is answered and no entry is announced before the commit has returned. If the
//! commit fails, all operations of the batch are refused and the thread continues. Entries that a
//! visitor queued are announced too, in their order: a gap in the sequence numbers reveals them, or
//! else a check every second.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use shared::ports::{Clock, Direction, PortError, QueueMessage, Write};
use shared::time::Timestamp;

use crate::apply::{Brought, PURGE_BATCH, Postponement, Statements};
use crate::fresh::BodyMemory;
use crate::listeners::{Arrival, Arrivals, Listeners};
use crate::log_throttle::LogThrottle;
use crate::numbers::Numbers;
use crate::requests::{Gathered, Inbox, ReplySender, Waiting};

/// The most operations that one commit covers.
const BATCH: usize = 512;

/// From this number of operations in a commit on, the next commit waits for more to cover: a commit
/// costs as much as many operations, and callers who are many wait less for fewer commits.
const MANY: usize = 6;

/// How long it waits.
const LINGER: Duration = Duration::from_millis(1);

/// How often expired items are deleted.
const PURGE_EVERY: Duration = Duration::from_secs(30);

/// How often to look for visitors' entries that no gap reveals.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// An operation of the writer.
pub(crate) enum Operation {
    /// Conditional writes, all or none.
    Write {
        writes: Vec<Write>,
        /// Ok when the writes are durable.
        answer: ReplySender<()>,
    },
    /// Puts a message into a queue.
    Send {
        direction: Direction,
        message: QueueMessage,
        /// Ok when the message is durable or was already queued.
        answer: ReplySender<()>,
    },
    /// Records the outcomes of entries that were handed out.
    Settle {
        /// Entries to retry.
        postponed: Arc<[Postponement]>,
        /// Entries to remove.
        done: Arc<[i64]>,
        answer: ReplySender<()>,
    },
}

/// The effect of an operation inside the transaction.
enum Effect {
    Done,
    Conflict,
    Queued(i64),
}

/// The results of a transaction.
struct Done {
    effects: Vec<Effect>,
    /// Entries that visitors queued before it.
    brought: Vec<Brought>,
    /// The position of the last entry in the queues.
    last: i64,
}

/// Entries to announce to the workers.
#[derive(Default)]
struct News {
    inbound: Arrivals,
    outbound: Arrivals,
}

impl News {
    fn of(brought: Vec<Brought>) -> Self {
        let mut news = Self::default();
        for Brought { sequence, direction, integration, group } in brought {
            news.add(direction, Arrival { sequence, integration, group, fresh: None });
        }
        news
    }

    fn add(&mut self, direction: Direction, arrival: Arrival) {
        match direction {
            Direction::Inbound => self.inbound.push(arrival),
            Direction::Outbound => self.outbound.push(arrival),
        }
    }

    fn tell(self, listeners: &Listeners) {
        listeners.tell(Direction::Inbound, self.inbound);
        listeners.tell(Direction::Outbound, self.outbound);
    }
}

/// The state of the writer thread.
pub(crate) struct Writer {
    /// The only connection of this instance that writes.
    pub(crate) connection: Connection,
    pub(crate) inbox: Inbox<Operation>,
    /// For expiry and the age of entries.
    pub(crate) clock: Arc<dyn Clock>,
    /// Receives new entries.
    pub(crate) listeners: Arc<Listeners>,
    /// The position of the last entry in the queues.
    pub(crate) last: i64,
    /// The numbers of items that were read.
    pub(crate) numbers: Arc<Numbers>,
    /// Keeps the directory locked until the connection is closed.
    pub(crate) lock: File,
}

impl Writer {
    /// Works until the inbox is closed, then checkpoints and unlocks.
    pub(crate) fn run(self) {
        let Self { connection, inbox, clock, listeners, last, numbers, lock } = self;
        match Statements::prepare(&connection, numbers) {
            Ok(statements) => {
                let (memory, failures) = (BodyMemory::default(), LogThrottle::default());
                WriterThread { statements, inbox, clock, listeners, last, memory, failures }.run()
            }
            Err(error) => tracing::error!(%error, "the database cannot be written to"),
        }
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        if let Err(error) = connection.query_row(checkpoint, [], |_| Ok(())) {
            tracing::warn!(%error, "no checkpoint when closing; the next start catches up");
        }
        if let Err((_, error)) = connection.close() {
            tracing::warn!(%error, "the database was not closed in order; the next start catches up");
        }
        drop(lock);
    }
}

struct WriterThread<'connection> {
    statements: Statements<'connection>,
    inbox: Inbox<Operation>,
    clock: Arc<dyn Clock>,
    listeners: Arc<Listeners>,
    /// The position of the last entry that was announced.
    last: i64,
    memory: BodyMemory,
    /// The lines about transactions that failed.
    failures: LogThrottle,
}

impl WriterThread<'_> {
    fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        let (mut purged_at, mut polled_at) = (None, None);
        let mut linger = Duration::ZERO;
        loop {
            let now = self.clock.now();
            let wait =
                if is_due(purged_at, PURGE_EVERY, now) { Duration::ZERO } else { POLL_EVERY };
            let gathered = self.inbox.gather(&mut batch, BATCH, wait, linger);
            linger = if batch.len() >= MANY { LINGER } else { Duration::ZERO };
            match gathered {
                Gathered::Closed => return,
                Gathered::Nothing => self.purge(&mut purged_at, PURGE_EVERY),
                Gathered::Some => {
                    self.serve(&mut batch);
                    self.purge(&mut purged_at, PURGE_EVERY * 2);
                }
            }
            if gathered == Gathered::Nothing || is_due(polled_at, POLL_EVERY, now) {
                self.poll_visitors();
                polled_at = Some(now);
            }
        }
    }

    fn serve(&mut self, batch: &mut Vec<Waiting<Operation>>) {
        match self.transact(batch) {
            Ok(done) => self.answer(batch, done),
            Err(error) => {
                if let Some(count) = self.failures.count(self.clock.now()) {
                    tracing::error!(
                        event.name = "not_written",
                        %error,
                        operations = batch.len(),
                        count,
                        "The database could not be written. Check the disk."
                    );
                }
                if let Err(error) = self.statements.roll_back() {
                    tracing::error!(%error, "roll-back failed");
                }
                let error = Arc::new(error);
                for waiting in batch.drain(..) {
                    refuse(waiting.request, &error);
                }
            }
        }
    }

    fn transact(&mut self, batch: &[Waiting<Operation>]) -> rusqlite::Result<Done> {
        let now = self.clock.now();
        self.statements.begin()?;
        let mut effects = Vec::with_capacity(batch.len());
        let (mut brought, mut last) = (Vec::new(), self.last);
        for waiting in batch {
            effects.push(match &waiting.request {
                Operation::Write { writes, .. } if self.statements.write(writes, now)? => {
                    Effect::Done
                }
                Operation::Write { .. } => Effect::Conflict,
                Operation::Send { direction, message, .. } => {
                    match self.statements.enqueue(*direction, message, now)? {
                        Some(sequence) => {
                            if sequence > last + 1 {
                                brought.extend(self.statements.between(last, sequence)?);
                            }
                            last = sequence;
                            Effect::Queued(sequence)
                        }
                        None => Effect::Done,
                    }
                }
                Operation::Settle { postponed, done, .. } => {
                    self.statements.settle(postponed, done)?;
                    Effect::Done
                }
            });
        }
        self.statements.commit()?;
        Ok(Done { effects, brought, last })
    }

    /// Announces entries before it answers the callers, so that an answered sender can rely on the
    /// announcement.
    fn answer(&mut self, batch: &mut Vec<Waiting<Operation>>, done: Done) {
        let Done { effects, brought, last } = done;
        self.last = last;
        let mut answers = Vec::with_capacity(batch.len());
        let mut news = News::of(brought);
        for (waiting, effect) in batch.drain(..).zip(effects) {
            let refused = matches!(effect, Effect::Conflict);
            let answer = match waiting.request {
                Operation::Write { answer, .. } | Operation::Settle { answer, .. } => answer,
                Operation::Send { direction, message, answer } => {
                    if let Effect::Queued(sequence) = effect {
                        let QueueMessage { integration, group, body, .. } = message;
                        let fresh = self.memory.keep(&group, body);
                        news.add(direction, Arrival { sequence, integration, group, fresh });
                    }
                    answer
                }
            };
            answers.push((answer, refused));
        }
        news.tell(&self.listeners);
        for (answer, refused) in answers {
            let conflict = PortError::Conflict { operation: "write items" };
            // The caller may no longer wait; ignore it.
            let _ = answer.send(if refused { Err(conflict) } else { Ok(()) });
        }
    }

    /// Announces entries that visitors queued since the last one. After a failure, the next check
    /// announces them.
    fn poll_visitors(&mut self) {
        match self.statements.between(self.last, i64::MAX) {
            Ok(brought) => {
                self.last = brought.last().map_or(self.last, |entry| entry.sequence);
                News::of(brought).tell(&self.listeners);
            }
            Err(error) => tracing::warn!(%error, "the queues could not be read"),
        }
    }

    /// Under load the purge waits for a pause, but not forever: after the longer `every`, one small
    /// batch runs between two commits.
    fn purge(&mut self, purged_at: &mut Option<Timestamp>, every: Duration) {
        let now = self.clock.now();
        if !is_due(*purged_at, every, now) {
            return;
        }
        let removed = self.statements.purge(now).unwrap_or_else(|error| {
            tracing::warn!(%error, "expired items were not removed; they count as absent anyway");
            0
        });
        // A full batch was not the last one, so the purge stays due.
        if removed < PURGE_BATCH {
            *purged_at = Some(now);
        }
    }
}

/// Whether `every` has passed since `done_at`; also true after the clock was set back.
fn is_due(done_at: Option<Timestamp>, every: Duration, now: Timestamp) -> bool {
    !done_at.is_some_and(|done_at| now.is_within(every, done_at))
}

fn refuse(operation: Operation, error: &Arc<rusqlite::Error>) {
    let (answer, name) = match operation {
        Operation::Write { answer, .. } => (answer, "write items"),
        Operation::Send { answer, .. } => (answer, "send to the queue"),
        Operation::Settle { answer, .. } => (answer, "settle queue entries"),
    };
    let _ = answer.send(Err(PortError::unavailable(name, Arc::clone(error))));
}
