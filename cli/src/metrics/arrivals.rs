//! Counts what enters the queues: first acceptances, repeats, and the bridge's own receipts; and
//! what becomes of the events.

use std::sync::Arc;

use async_trait::async_trait;
use delivery::event::QueuedEvent;
use delivery::observer::{Happening, Observer, Origin};
use delivery::per_session;
use delivery::record::{DeliveryState, EventRecord};
use shared::error::chain;
use shared::ports::{Direction, PortError, Queue, QueueMessage, Store};
use sqlite::Database;

use super::{Metrics, known};

/// Which part of the bridge uses a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It brings what the vendors send.
    Endpoints,
    /// It brings receipts, and events that go on in another conversation.
    Senders,
}

/// Remembers what waits from before the start, so that its repeats are known: what was not tried
/// yet has no record.
pub async fn recall(metrics: &Metrics, database: &Database) {
    let remember = |direction, body: &str| {
        let event = serde_json::from_str::<QueuedEvent>(body).ok();
        if let Some(event) = event.filter(|event| Origin::of(event) != Origin::Bridge) {
            metrics.known.add(direction, &event);
        }
    };
    if let Err(error) = database.each_queued(known::MOST, remember).await {
        tracing::debug!(error = chain(&error), "Some repeats may be counted as accepted.");
    }
}

/// A queue that counts.
pub struct Arrivals {
    /// Where the events are queued.
    pub queue: Arc<dyn Queue>,
    /// Where the events are recorded.
    pub store: Arc<dyn Store>,
    pub metrics: Metrics,
    pub side: Side,
}

#[async_trait]
impl Queue for Arrivals {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let event = serde_json::from_str::<QueuedEvent>(&message.body).ok();
        let Some(event) = event.filter(|event| self.counts(event)) else {
            return self.queue.send(direction, message).await;
        };
        // Before it is sent, since it may be delivered before this call returns.
        let is_new = self.metrics.known.add(direction, &event);
        let is_repeat = !is_new || self.is_recorded(direction, &event).await;
        if let Err(error) = self.queue.send(direction, message).await {
            if is_new {
                self.metrics.known.forget(direction, &event);
            }
            return Err(error);
        }
        let series = &self.metrics.series;
        let of = match (Origin::of(&event), is_repeat) {
            (Origin::Notice, false) => &series.notices,
            // A notice that is written again is the same one.
            (Origin::Notice, true) => return Ok(()),
            (_, false) => &series.accepted,
            (_, true) => &series.repeated,
        };
        of.with_label_values(&[event.integration.as_str(), direction.name()]).inc();
        Ok(())
    }
}

impl Arrivals {
    fn counts(&self, event: &QueuedEvent) -> bool {
        match Origin::of(event) {
            Origin::Vendor => self.side == Side::Endpoints,
            Origin::Notice => true,
            Origin::Bridge => false,
        }
    }

    /// Whether an event was accepted before, by its record.
    async fn is_recorded(&self, direction: Direction, event: &QueuedEvent) -> bool {
        let Some(record) = self.record(direction, event).await else { return false };
        let is_of_another = |content: &String| record.is_of_another(content, event.redrive);
        match event.content().filter(is_of_another) {
            None => is_repeat(&record, event),
            // It is delivered under a derived id.
            Some(content) => {
                let event = event.clone().derived(&content);
                let record = self.record(direction, &event).await;
                record.is_some_and(|record| is_repeat(&record, &event))
            }
        }
    }

    async fn record(&self, direction: Direction, event: &QueuedEvent) -> Option<EventRecord> {
        match self.read_record(direction, event).await {
            Ok(record) => record,
            Err(error) => {
                tracing::debug!(
                    error = chain(&error),
                    "The bridge could not check for a repeat; a repeat may be counted as accepted."
                );
                None
            }
        }
    }

    async fn read_record(
        &self,
        direction: Direction,
        event: &QueuedEvent,
    ) -> Result<Option<EventRecord>, PortError> {
        let Some(event) = per_session::placed_before(&*self.store, event).await? else {
            return Ok(None);
        };
        let found = self.store.load(&[event.record_key(direction)]).await?.pop().flatten();
        Ok(found.and_then(|item| serde_json::from_str(&item.body).ok()))
    }
}

/// An event that was given up and sent again has its effect, and counts as accepted.
fn is_repeat(record: &EventRecord, event: &QueuedEvent) -> bool {
    record.state == DeliveryState::Trying || record.is_finished(event)
}

impl Observer for Metrics {
    fn observe(&self, direction: Direction, event: &QueuedEvent, happening: Happening<'_>) {
        if happening == Happening::Failed {
            self.known.forget(direction, event);
        }
        if Origin::of(event) != Origin::Vendor {
            return;
        }
        let labels = [event.integration.as_str(), direction.name()];
        match happening {
            Happening::Delivered { age_ms } => {
                self.series.delivered.with_label_values(&labels).inc();
                let seconds = age_ms.max(0) as f64 / 1000.0;
                self.series.seconds.with_label_values(&labels).observe(seconds);
            }
            Happening::Settled => self.series.settled.with_label_values(&labels).inc(),
            Happening::Retried { code } => {
                self.series.retried(&event.integration, direction, code);
            }
            Happening::Failed => self.series.failed.with_label_values(&labels).inc(),
        }
    }
}
