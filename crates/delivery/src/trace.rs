//! The spans of an event: its acceptance, and each attempt to deliver it. A program that collects
//! traces takes them; otherwise they cost nothing.
//!
//! Rule: an attempt is a child of the acceptance, in whatever process both happened. So the id of
//! the acceptance's span follows from the event.

use shared::ids::digest;
use shared::ports::Direction;
use shared::trace::TARGET;
use tracing::Span;

use crate::event::QueuedEvent;

macro_rules! span {
    ($name:literal, $kind:literal, $direction:ident, $event:ident, $($rest:tt)+) => {
        tracing::info_span!(
            target: TARGET,
            $name,
            span.kind = $kind,
            trace.id = $event.trace.as_str(),
            messaging.system = "bridge",
            messaging.destination.name = $direction.name(),
            messaging.message.id = $event.dedup_key.logged(),
            bridge.integration = $event.integration.as_str(),
            bridge.event.kind = $event.dedup_key.kind(),
            $($rest)+
        )
    };
}

/// The span in which an event is put into its queue.
pub(crate) fn acceptance(direction: Direction, event: &QueuedEvent) -> Span {
    let operation = "send";
    span!(
        "accept",
        "producer",
        direction,
        event,
        span.id = acceptance_id(direction, event),
        "messaging.operation.type" = operation,
        "error.type" = tracing::field::Empty,
    )
}

/// The span of one attempt to deliver an event.
pub(crate) fn attempt(direction: Direction, event: &QueuedEvent, attempt: u32) -> Span {
    let operation = "process";
    span!(
        "deliver",
        "consumer",
        direction,
        event,
        span.parent = acceptance_id(direction, event),
        "messaging.operation.type" = operation,
        bridge.attempt = attempt,
        bridge.outcome = tracing::field::Empty,
        "error.type" = tracing::field::Empty,
    )
}

/// Notes what became of the attempt, or of the acceptance, whose span is the present one.
pub(crate) fn outcome(outcome: &'static str, failure: Option<&str>) {
    let span = Span::current();
    span.record("bridge.outcome", outcome);
    if let Some(code) = failure {
        span.record("error.type", code);
    }
}

fn acceptance_id(direction: Direction, event: &QueuedEvent) -> String {
    let record = event.dedup_key.record(direction);
    let id = digest(&[event.trace.as_str(), event.integration.as_str(), &record]);
    id.chars().take(16).collect()
}
