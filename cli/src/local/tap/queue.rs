//! Observes the entries that are put into the queues.

use std::sync::Arc;

use async_trait::async_trait;
use delivery::event::QueuedEvent;
use shared::packed::unpack;
use shared::ports::{Clock as _, Direction, PortError, Queue, QueueMessage};

use super::super::traffic::Entry;
use super::Tap;

pub struct Tapped {
    pub tap: Tap,
    pub inner: Arc<dyn Queue>,
}

#[async_trait]
impl Queue for Tapped {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let verified_at = self.tap.clock.now().milliseconds();
        let event = read(&message.body);
        self.inner.send(direction, message).await?;
        if let Some(event) = event {
            let queued = Entry::Queued {
                trace: event.trace.as_str().to_owned(),
                direction,
                contact: event.contact.map(|contact| contact.as_str().to_owned()),
                event: event.dedup_key.kind().to_owned(),
                event_id: event.dedup_key.id(),
                verified_at,
            };
            self.tap.traffic.push(self.tap.clock.now(), queued);
        }
        Ok(())
    }
}

/// The event of a queue entry, which is compressed if it is long.
pub fn read(body: &str) -> Option<QueuedEvent> {
    serde_json::from_str(&unpack(body.to_owned())).ok()
}
