//! The one thread that writes: it takes what waits, commits once, and answers all.
//!
//! Rule: nothing is answered or told before the commit returned; when that fails, everyone of the batch is refused and
//! the thread goes on.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use shared::ports::{Clock, Direction, PortError, QueueMessage, Write};
use shared::time::Timestamp;

use crate::apply::{PURGE_BATCH, Postponement, Statements};
use crate::fresh::Room;
use crate::listeners::{Arrival, Listeners};
use crate::requests::{Answer, Gathered, Inbox, Waiting};

/// One commit covers at most this many operations.
const BATCH: usize = 512;

/// Items whose time has passed are looked for this often.
const PURGE_EVERY: Duration = Duration::from_secs(30);

/// What the writer can do.
pub(crate) enum Operation {
    /// Conditional writes, all or none.
    Write {
        /// The writes.
        writes: Vec<Write>,
        /// Done, or refused.
        answer: Answer<()>,
    },
    /// A message into a queue.
    Send {
        /// Which queue.
        direction: Direction,
        /// The message.
        message: QueueMessage,
        /// Durable, or sent before.
        answer: Answer<()>,
    },
    /// What became of entries that were handed out.
    Settle {
        /// To be tried again.
        postponed: Arc<[Postponement]>,
        /// To be removed.
        done: Arc<[i64]>,
        /// Recorded.
        answer: Answer<()>,
    },
}

/// What an operation did inside the transaction.
enum Effect {
    Done,
    Conflict,
    Queued(i64),
}

/// What the thread owns.
pub(crate) struct Writer {
    /// The only connection that writes.
    pub(crate) connection: Connection,
    /// Where operations come from.
    pub(crate) inbox: Inbox<Operation>,
    /// For expiry and the age of entries.
    pub(crate) clock: Arc<dyn Clock>,
    /// Who hears of new entries.
    pub(crate) listeners: Arc<Listeners>,
    /// The directory stays locked until the connection is closed.
    pub(crate) lock: File,
}

impl Writer {
    /// Works until the inbox is closed, then checkpoints and unlocks.
    pub(crate) fn run(self) {
        let Self { connection, inbox, clock, listeners, lock } = self;
        match Statements::prepare(&connection) {
            Ok(statements) => {
                Work { statements, inbox, clock, listeners, room: Room::default() }.run()
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

struct Work<'connection> {
    statements: Statements<'connection>,
    inbox: Inbox<Operation>,
    clock: Arc<dyn Clock>,
    listeners: Arc<Listeners>,
    room: Room,
}

impl Work<'_> {
    fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut purge_due = self.clock.now();
        loop {
            let due = self.clock.now() >= purge_due;
            let wait = if due { Duration::ZERO } else { PURGE_EVERY };
            match self.inbox.gather(&mut batch, BATCH, wait) {
                Gathered::Closed => return,
                Gathered::Nothing => self.purge(&mut purge_due, Duration::ZERO),
                Gathered::Some => {
                    self.serve(&mut batch);
                    self.purge(&mut purge_due, PURGE_EVERY);
                }
            }
        }
    }

    fn serve(&mut self, batch: &mut Vec<Waiting<Operation>>) {
        match self.transact(batch) {
            Ok(effects) => self.answer(batch, effects),
            Err(error) => {
                tracing::error!(%error, operations = batch.len(), "nothing was written");
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

    fn transact(&mut self, batch: &[Waiting<Operation>]) -> rusqlite::Result<Vec<Effect>> {
        let now = self.clock.now();
        self.statements.begin()?;
        let mut effects = Vec::with_capacity(batch.len());
        for waiting in batch {
            effects.push(match &waiting.request {
                Operation::Write { writes, .. } if self.statements.write(writes, now)? => {
                    Effect::Done
                }
                Operation::Write { .. } => Effect::Conflict,
                Operation::Send { direction, message, .. } => {
                    match self.statements.enqueue(*direction, message, now)? {
                        Some(sequence) => Effect::Queued(sequence),
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
        Ok(effects)
    }

    /// The workers hear first, so that a sender that has its answer can rely on it.
    fn answer(&self, batch: &mut Vec<Waiting<Operation>>, effects: Vec<Effect>) {
        let mut answers = Vec::with_capacity(batch.len());
        let (mut inbound, mut outbound) = (Vec::new(), Vec::new());
        for (waiting, effect) in batch.drain(..).zip(effects) {
            let refused = matches!(effect, Effect::Conflict);
            let answer = match waiting.request {
                Operation::Write { answer, .. } | Operation::Settle { answer, .. } => answer,
                Operation::Send { direction, message, answer } => {
                    if let Effect::Queued(sequence) = effect {
                        let QueueMessage { integration, group, body, .. } = message;
                        let fresh = self.room.keep(&group, body);
                        let arrivals = match direction {
                            Direction::Inbound => &mut inbound,
                            Direction::Outbound => &mut outbound,
                        };
                        arrivals.push(Arrival { sequence, integration, group, fresh });
                    }
                    answer
                }
            };
            answers.push((answer, refused));
        }
        self.listeners.tell(Direction::Inbound, inbound);
        self.listeners.tell(Direction::Outbound, outbound);
        for (answer, refused) in answers {
            let conflict = PortError::Conflict { operation: "write items" };
            // Nobody there any more is no error.
            let _ = answer.send(if refused { Err(conflict) } else { Ok(()) });
        }
    }

    /// Under load the purge waits for a pause, but not for ever: once it is late by `patience`, one small batch goes
    /// between two commits.
    fn purge(&mut self, due: &mut Timestamp, patience: Duration) {
        let now = self.clock.now();
        if now < after(*due, patience) {
            return;
        }
        let removed = self.statements.purge(now).unwrap_or_else(|error| {
            tracing::warn!(%error, "expired items were not removed; they count as absent all the same");
            0
        });
        // A full batch was not the last one: stay due.
        if removed < PURGE_BATCH {
            *due = after(now, PURGE_EVERY);
        }
    }
}

fn after(instant: Timestamp, duration: Duration) -> Timestamp {
    instant.plus_milliseconds(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

fn refuse(operation: Operation, error: &Arc<rusqlite::Error>) {
    let (answer, name) = match operation {
        Operation::Write { answer, .. } => (answer, "write items"),
        Operation::Send { answer, .. } => (answer, "send to the queue"),
        Operation::Settle { answer, .. } => (answer, "settle queue entries"),
    };
    let _ = answer.send(Err(PortError::unavailable(name, Arc::clone(error))));
}
