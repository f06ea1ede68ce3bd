//! The thread that reads, in parallel with the writer and without blocking it.
//!
//! Rule: a snapshot starts after the questions that it answers have arrived. So each question sees
//! every write that was answered before the question was asked.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use shared::ports::Clock;
use shared::time::Timestamp;

use crate::queries::Queries;
use crate::requests::{Gathered, Inbox, Waiting};

/// The most questions that one snapshot answers. A long snapshot would keep the log from being
/// reused.
const BATCH: usize = 256;

/// Between questions there is no work; the limit only keeps the wait from being endless.
const WAIT: Duration = Duration::from_secs(3600);

/// A question that the reader can answer. It sends its own answer.
pub(crate) type Question = Box<dyn FnOnce(&mut Queries<'_>, Timestamp) + Send>;

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
            match self.inbox.gather(&mut batch, BATCH, WAIT, Duration::ZERO) {
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
            (waiting.request)(queries, now);
        }
        if begun && let Err(error) = self.connection.execute_batch("COMMIT") {
            tracing::error!(%error, "a snapshot was not released");
        }
    }
}
