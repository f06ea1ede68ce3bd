//! The thread that reads, beside the writer and never in its way.
//!
//! Rule: a snapshot is taken after the questions that it answers had arrived, so each of them sees every write that was
//! answered before it was asked.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use shared::ports::{Clock, Direction, Item, ItemKey, PortError};
use shared::time::Timestamp;

use crate::queries::{Leftover, Queries, StoredMessage};
use crate::requests::{Answer, Gathered, Inbox, Waiting};

/// One snapshot serves at most this many questions: a long one would keep the log from being reused.
const BATCH: usize = 256;

/// Nothing is to be done between questions; the wait is only not endless.
const WAIT: Duration = Duration::from_secs(3600);

/// What the reader can answer.
pub(crate) enum Question {
    /// Items by key.
    Load {
        /// The keys.
        keys: Vec<ItemKey>,
        /// In their order.
        answer: Answer<Vec<Option<Item>>>,
    },
    /// Items of a partition.
    List {
        /// The partition.
        partition: String,
        /// What their sort keys start with.
        prefix: String,
        /// The sort key to start after.
        after: Option<String>,
        /// How many at most.
        limit: usize,
        /// In the order of their sort keys.
        answer: Answer<Vec<(ItemKey, Item)>>,
    },
    /// Items by the sparse index.
    Find {
        /// The value.
        value: String,
        /// In the order of their keys.
        answer: Answer<Vec<(ItemKey, Item)>>,
    },
    /// Items by their deadlines.
    Due {
        /// The last deadline.
        until: Timestamp,
        /// How many at most.
        limit: usize,
        /// The earliest first.
        answer: Answer<Vec<(ItemKey, Timestamp)>>,
    },
    /// Queue entries with their bodies.
    Messages {
        /// The entries.
        sequences: Vec<i64>,
        /// The first of them.
        answer: Answer<Vec<Option<StoredMessage>>>,
    },
    /// Queue entries left from before, without bodies.
    Leftovers {
        /// Which queue.
        direction: Direction,
        /// The place to start after.
        after: i64,
        /// The last place.
        through: i64,
        /// How many at most.
        limit: u32,
        /// In their order.
        answer: Answer<Vec<Leftover>>,
    },
}

/// What the thread owns.
pub(crate) struct Reader {
    /// A connection that cannot write.
    pub(crate) connection: Connection,
    /// Where questions come from.
    pub(crate) inbox: Inbox<Question>,
    /// For expiry.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Reader {
    /// Works until the inbox is closed.
    pub(crate) fn run(mut self) {
        let mut queries = match Queries::prepare(&self.connection) {
            Ok(queries) => queries,
            Err(error) => {
                tracing::error!(%error, "the database cannot be read");
                return;
            }
        };
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            match self.inbox.gather(&mut batch, BATCH, WAIT) {
                Gathered::Closed => return,
                Gathered::Nothing => {}
                Gathered::Some => self.serve(&mut queries, &mut batch),
            }
        }
    }

    fn serve(&self, queries: &mut Queries<'_>, batch: &mut Vec<Waiting<Question>>) {
        let now = self.clock.now();
        // Without a transaction each question takes its own snapshot, which is slower and as good.
        let begun = batch.len() > 1 && self.connection.execute_batch("BEGIN").is_ok();
        for waiting in batch.drain(..) {
            answer(queries, waiting.request, now);
        }
        if begun && let Err(error) = self.connection.execute_batch("COMMIT") {
            tracing::error!(%error, "a snapshot was not released");
        }
    }
}

/// A caller that no longer waits for its answer is no error.
fn answer(queries: &mut Queries<'_>, question: Question, now: Timestamp) {
    match question {
        Question::Load { keys, answer } => {
            reply(answer, "load items", queries.load(&keys, now));
        }
        Question::List { partition, prefix, after, limit, answer } => {
            let items = queries.list(&partition, &prefix, after.as_deref(), limit, now);
            reply(answer, "list items", items);
        }
        Question::Find { value, answer } => {
            reply(answer, "find items", queries.find(&value, now));
        }
        Question::Due { until, limit, answer } => {
            reply(answer, "find due items", queries.due(until, limit, now));
        }
        Question::Messages { sequences, answer } => {
            reply(answer, "read queue entries", queries.messages(&sequences));
        }
        Question::Leftovers { direction, after, through, limit, answer } => {
            reply(answer, "read the queue", queries.leftovers(direction, after, through, limit));
        }
    }
}

fn reply<T>(answer: Answer<T>, operation: &'static str, result: rusqlite::Result<T>) {
    let _ = answer.send(result.map_err(|error| PortError::unavailable(operation, error)));
}
