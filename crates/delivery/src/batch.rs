//! What a queue hands to a sender and what the sender answers: records in, one outcome for each out.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// One queue entry as received.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The queue's own id of this entry, to report its outcome under.
    pub id: String,
    /// The conversation's group.
    pub group: String,
    /// The body as it was sent.
    pub body: String,
    /// How often the queue has handed it out, this time included; 1 only when it certainly never was before.
    pub attempt: u32,
}

impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Record({}, group {}, attempt {})", self.id, self.group, self.attempt)
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Delivered, already delivered, dropped on purpose, or dead-lettered with the originating side told: remove it.
    Done,
    /// Hand it out again after this long, and nothing of its group before it.
    Retry {
        /// At least this long.
        after: Duration,
    },
    /// Not tried, since an earlier record of its group must be delivered first.
    HeldBack,
}

/// A sender: takes a batch and answers one outcome for each record, in their order.
#[async_trait]
pub trait BatchHandler: Send + Sync {
    /// Delivers the records, those of one group strictly in the order given. Never panics and never fails as a whole.
    async fn handle(&self, records: Vec<Record>) -> Vec<Outcome>;
}
