//! The thread that reads, in parallel with the writer and without blocking it.
//!
//! Rule: a snapshot starts after the questions that it answers have arrived. So each question sees
//! every write that was answered before the question was asked.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use shared::ports::{Clock, Direction, Item, ItemKey, PortError};
use shared::time::Timestamp;

use crate::queries::{Leftover, Queries, StoredMessage};
use crate::requests::{Gathered, Inbox, ReplySender, Waiting};

/// The most questions that one snapshot answers. A long snapshot would keep the log from being
/// reused.
const BATCH: usize = 256;

/// Between questions there is no work; the limit only keeps the wait from being endless.
const WAIT: Duration = Duration::from_secs(3600);

/// A question that the reader can answer.
pub(crate) enum Question {
    /// Loads items by key.
    Load {
        keys: Vec<ItemKey>,
        /// In the order of `keys`.
        answer: ReplySender<Vec<Option<Item>>>,
    },
    /// Lists items of a partition.
    List {
        partition: String,
        /// The prefix of the sort keys.
        prefix: String,
        /// The sort key to start after.
        after: Option<String>,
        /// The most items to return.
        limit: usize,
        /// Ordered by sort key.
        answer: ReplySender<Vec<(ItemKey, Item)>>,
    },
    /// Finds items by the sparse index.
    Find {
        value: String,
        /// Ordered by key.
        answer: ReplySender<Vec<(ItemKey, Item)>>,
    },
    /// Finds due items.
    Due {
        /// The last deadline to include.
        until: Timestamp,
        /// The most items to return.
        limit: usize,
        /// Earliest first.
        answer: ReplySender<Vec<(ItemKey, Timestamp)>>,
    },
    /// Reads queue entries with their bodies.
    Messages {
        sequences: Vec<i64>,
        /// The first of the entries, as far as they fit a batch.
        answer: ReplySender<Vec<Option<StoredMessage>>>,
    },
    /// Reads queue entries from before the worker listened, without bodies.
    Leftovers {
        direction: Direction,
        /// The position to start after.
        after: i64,
        /// The last position to include.
        through: i64,
        /// The most entries to return.
        limit: u32,
        /// In queue order.
        answer: ReplySender<Vec<Leftover>>,
    },
}

/// The state of the reader thread.
pub(crate) struct Reader {
    /// A connection that cannot write.
    pub(crate) connection: Connection,
    pub(crate) inbox: Inbox<Question>,
    /// Decides which items have expired.
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
        // Without a transaction each question uses its own snapshot, which is slower but equally
        // correct.
        let begun = batch.len() > 1 && self.connection.execute_batch("BEGIN").is_ok();
        for waiting in batch.drain(..) {
            answer(queries, waiting.request, now);
        }
        if begun && let Err(error) = self.connection.execute_batch("COMMIT") {
            tracing::error!(%error, "a snapshot was not released");
        }
    }
}

/// Ignores callers that no longer wait for an answer.
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

fn reply<T>(answer: ReplySender<T>, operation: &'static str, result: rusqlite::Result<T>) {
    let _ = answer.send(result.map_err(|error| PortError::unavailable(operation, error)));
}
