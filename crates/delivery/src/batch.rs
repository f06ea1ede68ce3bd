//! The interface between a queue and a sender: records go in, and each record gets one outcome.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// One queue entry as received.
#[derive(Clone, PartialEq, Eq)]
pub struct QueueRecord {
    /// The queue's own id of this entry; the sender reports the outcome under it.
    pub id: String,
    /// The group of the conversation.
    pub group: String,
    pub body: String,
    /// How often the queue has handed out the entry, this time included. The value is 1 only if the
    /// queue certainly never handed it out before.
    pub attempt: u32,
}

impl fmt::Debug for QueueRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Record({}, group {}, attempt {})", self.id, self.group, self.attempt)
    }
}

/// The queue's next step for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Remove the record. Its event was delivered now or earlier, was dropped on purpose, or is a
    /// dead letter of which the originating side was told.
    Done,
    /// Hand out the record again after this time, and no other record of its group before it.
    Retry {
        /// The minimum wait.
        after: Duration,
    },
    /// The record was not tried, because an earlier record of its group must be delivered first.
    Blocked,
}

/// A sender: it takes a batch and returns one outcome for each record, in the same order.
#[async_trait]
pub trait BatchHandler: Send + Sync {
    /// Delivers the records; those of one group strictly in the given order. Never panics and never
    /// fails as a whole.
    async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome>;
}
