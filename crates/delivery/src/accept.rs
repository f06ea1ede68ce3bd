//! Makes an event durable: nothing is answered 2xx before its queue has it.

use bytes::Bytes;
use http::Response;
use shared::error::chain;
use shared::ports::{Direction, PortError, Queue};
use shared::problem;

use crate::event::QueuedEvent;
use crate::log;

/// Puts an event in its queue. Only when it is durable there is `accepted` the answer; otherwise the caller is asked to
/// send it again.
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
        // Nearly 1 MiB of what cannot be packed: the sender would repeat it in vain.
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
