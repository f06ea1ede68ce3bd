//! Stores an event in its queue. The bridge answers 2xx only after that.

use bytes::Bytes;
use http::Response;
use shared::error::chain;
use shared::ports::{Direction, PortError, Queue};
use shared::problem;

use crate::event::QueuedEvent;
use crate::log;

/// Puts an event in its queue and returns `accepted` once the event is durable. Otherwise the
/// answer asks the caller to send the event again.
pub async fn enqueue(
    queue: &dyn Queue,
    direction: Direction,
    event: &QueuedEvent,
    accepted: Response<Bytes>,
) -> Response<Bytes> {
    let message = match event.to_message(direction) {
        Ok(message) => message,
        Err(error) => return refused(&error),
    };
    match queue.send(direction, message).await {
        Ok(()) => {
            log::accepted(direction, event);
            accepted
        }
        // The event has nearly 1 MiB that cannot be compressed, so a repeat by the caller would
        // fail too.
        Err(PortError::TooLong { limit, .. }) => problem::too_large(limit),
        Err(error) => refused(&error),
    }
}

fn refused(error: &(dyn std::error::Error + 'static)) -> Response<Bytes> {
    tracing::error!(
        event.name = "refused",
        error = chain(error),
        "The queue refused an event; its sender was told."
    );
    problem::unavailable()
}
