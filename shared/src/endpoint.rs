//! What both endpoints do alike: make an event durable, then answer; and read a path.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;
use uuid::Uuid;

use crate::delivery::event::QueuedEvent;
use crate::error::chain;
use crate::ids::TraceId;
use crate::ports::{Direction, Queue};
use crate::problem;
use crate::settings::SettingsError;
use crate::telemetry;

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
            telemetry::accepted(direction, event);
            accepted
        }
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

/// The answer when there is no configuration: who posts is to send again, who only asks is to ask again.
pub fn unconfigured(error: &SettingsError, method: &Method) -> Response<Bytes> {
    if let SettingsError::Unknown(_) = error {
        return problem::unknown_integration();
    }
    tracing::error!(
        event.name = "unconfigured",
        error = chain(error),
        "A request could not be verified."
    );
    if method == Method::GET { problem::unverifiable() } else { problem::unavailable() }
}

/// Liveness: no secrets, no calls.
pub fn health() -> Response<Bytes> {
    problem::answer(StatusCode::OK, &json!({ "status": "ok" }))
}

/// The parts of a path, decoded; `None` when a part is not UTF-8.
pub fn segments(path: &str) -> Option<Vec<String>> {
    let part =
        |part: &str| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    path.trim_matches('/').split('/').map(part).collect()
}

/// The trace that a request came with, or a new one, which rises with time, so that a log sorts by it.
pub fn trace(request: &Request<Bytes>) -> TraceId {
    let new = || TraceId::new(Uuid::now_v7().simple().to_string());
    request.extensions().get::<TraceId>().cloned().unwrap_or_else(new)
}

/// A text as one part of a path.
pub fn encode(segment: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(segment, KEPT).to_string()
}
