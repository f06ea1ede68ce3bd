//! Wakes the conversations with a due deadline: sessions that time out, windows that end, quiet
//! conversations that need a status question.
//!
//! Rules: the scheduler only wakes. The conversation itself decides what is due, in the order of
//! its own events. The work grows with the number of due deadlines, not with the number of
//! conversations. Waking a conversation twice does no harm, so no record of the waking is kept.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod requirements;

use std::sync::Arc;

use delivery::accept;
use delivery::event::{DedupKey, Payload, QueuedEvent};
use futures_util::future::try_join_all;
use shared::error::chain;
use shared::ids::{ConversationKey, TraceId};
use shared::ports::{Clock, Direction, ItemKey, PortError, Queue, Store};
use shared::time::Timestamp;

pub use requirements::REQUIREMENTS;

/// At most this many conversations are woken in one run, so that they do not delay messages. The
/// rest stays due for the next run a minute later, the longest overdue first.
pub const MOST: usize = 4_000;
/// The number of events that are put into the queue at the same time.
const TOGETHER: usize = 16;

pub struct ConversationScheduler {
    pub store: Arc<dyn Store>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
}

impl ConversationScheduler {
    /// Wakes the due conversations, at most `most`, and returns their number.
    ///
    /// # Errors
    /// The store or the queue did not answer. The conversations that were not woken are still due.
    pub async fn run(&self, most: usize) -> Result<usize, PortError> {
        let due = self.store.due(self.clock.now(), most).await?;
        for together in due.chunks(TOGETHER) {
            try_join_all(together.iter().map(|(key, at)| self.wake(key, *at))).await?;
        }
        if !due.is_empty() {
            tracing::info!(event.name = "woken", count = due.len(), "Conversations were woken.");
        }
        Ok(due.len())
    }

    /// As [`Self::run`] with [`MOST`], for a caller that cannot handle a failure.
    pub async fn run_and_log(&self) {
        if let Err(error) = self.run(MOST).await {
            tracing::warn!(
                event.name = "not_woken",
                error = chain(&error),
                "Conversations could not be woken; they are still due."
            );
        }
    }

    async fn wake(&self, key: &ItemKey, at: Timestamp) -> Result<(), PortError> {
        let Some(conversation) = ConversationKey::of_partition(&key.partition) else {
            return Ok(());
        };
        let event = QueuedEvent::accepted(
            conversation.integration,
            Some(conversation.contact),
            DedupKey::Deadline(at.milliseconds()),
            Payload::Deadline,
            TraceId::new(format!("deadline-{}", at.milliseconds())),
            self.clock.now(),
        );
        accept::put(&*self.queue, Direction::Inbound, &event).await
    }
}
