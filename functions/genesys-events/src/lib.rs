//! Takes lifecycle events of Genesys Cloud from EventBridge, finds their conversation and enqueues
//! them.
//!
//! Rules: an event of a conversation of the bridge is in its queue when the function returns;
//! otherwise the function fails and EventBridge sends the event again. Other events are counted and
//! ignored: the bus carries the events of the whole organisation.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod requirements;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use delivery::accept;
use delivery::event::{DedupKey, Payload, QueuedEvent};
use delivery::index;
use delivery::log;
use shared::genesys::lifecycle::{LifecycleEvent, NotLifecycle};
use shared::ids::{ConversationKey, TraceId};
use shared::ports::{Clock, Direction, PortError, Queue, Store};
use shared::retry::{Limit, Pauses};

pub use requirements::REQUIREMENTS;

/// An event may arrive before the answer that gives the conversation's id, and the index lags. The
/// conversation is looked up again this many times.
const REPEATS: Limit = Limit::Pauses(2);
/// The pause between two look-ups.
const PAUSE: Duration = Duration::from_secs(1);
/// The age beyond which an event is looked up only once: it can no longer have
/// arrived before the answer.
const FRESH: Duration = Duration::from_mins(1);

pub struct GenesysEvents {
    pub store: Arc<dyn Store>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
}

impl GenesysEvents {
    /// Handles one event in the form in which EventBridge sends it.
    ///
    /// # Errors
    /// The store or the queue did not answer. EventBridge has to send the event again.
    pub async fn handle(&self, event: &Bytes, trace: TraceId) -> Result<(), PortError> {
        match LifecycleEvent::parse(event, self.clock.now()) {
            Ok(event) => self.take(event, trace).await,
            Err(reason) => {
                match reason {
                    NotLifecycle::Unreadable { .. } => {
                        log::event_unreadable(None, &trace, &reason.to_string());
                    }
                    _ => log::not_ours(&reason.to_string()),
                }
                Ok(())
            }
        }
    }

    async fn take(&self, event: LifecycleEvent, trace: TraceId) -> Result<(), PortError> {
        let Some(conversation) = self.find(&event).await? else {
            log::not_ours("it is about no conversation of the bridge");
            return Ok(());
        };
        let ConversationKey { integration, contact } = conversation;
        let (dedup_key, payload) = (DedupKey::from(&event), Payload::Lifecycle(event));
        let (contact, now) = (Some(contact), self.clock.now());
        let queued = QueuedEvent::accepted(integration, contact, dedup_key, payload, trace, now);
        accept::put(&*self.queue, Direction::Outbound, &queued).await?;
        log::accepted(Direction::Outbound, &queued);
        Ok(())
    }

    /// Finds the conversation by its id, else by its two addresses.
    async fn find(&self, event: &LifecycleEvent) -> Result<Option<ConversationKey>, PortError> {
        let mut values: Vec<String> =
            event.conversation.iter().map(index::of_conversation).collect();
        values.extend(index::of_addresses(&event.addresses));
        let mut pauses = Pauses::new(&*self.clock, PAUSE..=PAUSE, REPEATS);
        loop {
            for value in &values {
                let found = self.store.find(value).await?;
                let mut keys = found.iter().map(|(key, _)| key);
                if let Some(key) =
                    keys.find_map(|key| ConversationKey::of_partition(&key.partition))
                {
                    return Ok(Some(key));
                }
            }
            let is_fresh = self.clock.now().elapsed_since(event.at) < FRESH;
            if !is_fresh || !pauses.pause().await {
                return Ok(None);
            }
        }
    }
}
