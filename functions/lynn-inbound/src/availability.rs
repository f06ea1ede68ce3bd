//! Answers a flow's question whether an agent is there.
//!
//! Rule: the endpoint holds no credential. It reads the stored answer; when that is old, it queues
//! a question for the sender, and waits a moment for the new one.

use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;
use delivery::accept;
use delivery::event::{DedupKey, Payload, QueuedEvent};
use http::{Response, StatusCode};
use shared::availability::StoredAvailability;
use shared::error::chain;
use shared::ids::{IntegrationName, TraceId};
use shared::ports::{Clock, Direction, PortError, Queue, Store};
use shared::problem;
use shared::retry::{Limit, Pauses};

/// The longest wait for a new answer.
const WAIT: Limit = Limit::Time(Duration::from_secs(2));
const PAUSES: RangeInclusive<Duration> = Duration::from_millis(20)..=Duration::from_millis(250);

/// The queue that a caller asks about, and the services that the answer needs.
pub(crate) struct AvailabilityOf<'a> {
    pub integration: &'a IntegrationName,
    /// Genesys' id of the queue, if the integration has one.
    pub queue_id: Option<&'a str>,
    pub queue: &'a dyn Queue,
    pub store: &'a dyn Store,
    pub clock: &'a dyn Clock,
}

impl AvailabilityOf<'_> {
    pub(crate) async fn answer(&self, trace: TraceId) -> Response<Bytes> {
        let Some(queue_id) = self.queue_id else {
            let detail = "This integration names no queue: set genesys.queueId.";
            return problem::problem(StatusCode::NOT_FOUND, "No queue", detail);
        };
        match self.latest(queue_id, trace).await {
            Ok(stored) => self.describe(&stored),
            Err(error) => {
                tracing::error!(
                    event.name = "unread",
                    error = chain(&error),
                    "The stored answer about a queue could not be read, or its question could not be queued."
                );
                problem::no_availability()
            }
        }
    }

    fn describe(&self, stored: &StoredAvailability) -> Response<Bytes> {
        let Some(answer) = &stored.answer else { return problem::no_availability() };
        let is_stale = !answer.is_fresh(self.clock.now());
        problem::answer(StatusCode::OK, &answer.describe(is_stale))
    }

    /// The stored answer, renewed if it was old.
    async fn latest(
        &self,
        queue_id: &str,
        trace: TraceId,
    ) -> Result<StoredAvailability, PortError> {
        let before = self.stored(queue_id).await?;
        let now = self.clock.now();
        let is_fresh = before.answer.as_ref().is_some_and(|answer| answer.is_fresh(now));
        if is_fresh || before.is_asked(now) {
            return Ok(before);
        }
        if let Err(error) = self.ask(&before, trace).await {
            // An old answer is better than none.
            return if before.answer.is_some() { Ok(before) } else { Err(error) };
        }
        let mut pauses = Pauses::new(self.clock, PAUSES, WAIT);
        while pauses.pause().await {
            let after = self.stored(queue_id).await?;
            if after.asked_at != before.asked_at {
                return Ok(after);
            }
        }
        Ok(before)
    }

    async fn ask(&self, before: &StoredAvailability, trace: TraceId) -> Result<(), PortError> {
        let now = self.clock.now();
        let (answer, age) = before.question(now);
        let event = QueuedEvent::accepted(
            self.integration.clone(),
            None,
            DedupKey::AvailabilityQuestion(answer, age),
            Payload::AvailabilityQuestion,
            trace,
            now,
        );
        accept::put(self.queue, Direction::Inbound, &event).await
    }

    async fn stored(&self, queue_id: &str) -> Result<StoredAvailability, PortError> {
        let key = StoredAvailability::key(self.integration);
        let item = self.store.load(&[key]).await?.into_iter().next().flatten();
        Ok(StoredAvailability::read(item.as_ref().map(|item| item.body.as_str()), queue_id))
    }
}
