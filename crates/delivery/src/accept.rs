//! Stores an event in its queue. The bridge answers 2xx only after that.

use bytes::Bytes;
use http::Response;
use shared::error::chain;
use shared::ports::{Direction, PortError, Queue};
use shared::problem;
use tracing::Instrument as _;

use crate::engine::corrupt;
use crate::event::QueuedEvent;
use crate::{log, trace};

/// Puts an event in its queue and returns `accepted` once the event is durable. Otherwise the
/// answer asks the caller to send the event again.
pub async fn enqueue(
    queue: &dyn Queue,
    direction: Direction,
    event: &QueuedEvent,
    accepted: Response<Bytes>,
) -> Response<Bytes> {
    match put(queue, direction, event).await {
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

/// Puts an event in its queue.
///
/// # Errors
/// The queue did not take it.
pub async fn put(
    queue: &dyn Queue,
    direction: Direction,
    event: &QueuedEvent,
) -> Result<(), PortError> {
    let message = event.to_message(direction).map_err(corrupt)?;
    let send = async {
        let sent = queue.send(direction, message).await;
        if sent.is_err() {
            trace::outcome("refused", Some("queue"));
        }
        sent
    };
    send.instrument(trace::acceptance(direction, event)).await
}

fn refused(error: &(dyn std::error::Error + 'static)) -> Response<Bytes> {
    tracing::error!(
        event.name = "refused",
        error = chain(error),
        "The queue refused an event; its sender was told."
    );
    problem::unavailable()
}
