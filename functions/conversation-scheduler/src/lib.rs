//! Wakes the conversations whose time has come: sessions that time out, windows that end, quiet conversations to be looked at.
//!
//! Rules: it only wakes; what is due, the conversation itself says, in its own order. Its work grows with what is due, not with
//! how many conversations there are. Waking twice does no harm, so nothing is noted of having woken one.

mod needs;

use std::sync::Arc;

use delivery::event::{Identity, Payload, QueuedEvent};
use futures_util::future::try_join_all;
use shared::error::chain;
use shared::ids::{ConversationKey, TraceId};
use shared::ports::{Clock, Direction, ItemKey, PortError, Queue, Store};
use shared::time::Timestamp;

pub use needs::NEEDS;

/// How many conversations are woken in one run, so that they do not stand in the way of messages. What is left is still due in the
/// next, a minute later, the longest overdue first.
pub const MOST: usize = 4_000;
/// How many are put in the queue at the same time.
const TOGETHER: usize = 16;

/// The handler of the schedule.
pub struct ConversationScheduler {
    /// Where deadlines lie.
    pub store: Arc<dyn Store>,
    /// Where those who are woken go.
    pub queue: Arc<dyn Queue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl ConversationScheduler {
    /// Wakes what is due now, at most `most`, and says how many there were.
    ///
    /// # Errors
    /// The store or the queue did not answer: what was not woken is still due.
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

    /// The same, where there is nobody to tell of a failure.
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
        let event = QueuedEvent {
            integration: conversation.integration,
            contact: Some(conversation.contact),
            identity: Identity::Deadline(at.milliseconds()),
            accepted_at: self.clock.now(),
            trace: TraceId::new(format!("deadline-{}", at.milliseconds())),
            redrive: 0,
            first_accepted_at: None,
            payload: Payload::Deadline,
        };
        let message = event.to_message(Direction::Inbound).map_err(|source| {
            PortError::Corrupt { operation: "write an event", source: Box::new(source) }
        })?;
        self.queue.send(Direction::Inbound, message).await
    }
}
